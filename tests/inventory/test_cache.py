import os
from pathlib import Path

import pytest

from vedette.errors import ConfigError
from vedette.inventory.cache import DirectoryCache


def _files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_entry_comes_back_also_to_another_process(tmp_path: Path) -> None:
    folder = tmp_path / "a" / "b"
    cache = DirectoryCache(folder)
    assert cache.get("k") is None
    cache.put("k", b"value")
    cache.put("k", b"value2")
    assert DirectoryCache(folder).get("k") == b"value2"
    assert _files(folder) == ["k.layer"]


@pytest.mark.parametrize("damage", [b"", b"short", b"\0" * 100])
def test_damaged_entry_is_dropped(tmp_path: Path, damage: bytes) -> None:
    cache = DirectoryCache(tmp_path)
    cache.put("k", b"value")
    (tmp_path / "k.layer").write_bytes(damage)
    assert cache.get("k") is None
    assert _files(tmp_path) == []


def test_entry_of_another_key_is_not_given(tmp_path: Path) -> None:
    cache = DirectoryCache(tmp_path)
    cache.put("k", b"value")
    (tmp_path / "k.layer").rename(tmp_path / "other.layer")
    assert cache.get("other") is None


def test_least_recently_used_goes_first(tmp_path: Path) -> None:
    cache = DirectoryCache(tmp_path, most_bytes=10 * 132)
    for number in range(10):
        cache.put(f"{number}", bytes(100))
        os.utime(tmp_path / f"{number}.layer", (number, number))
    assert cache.get("0") == bytes(100)  # used again
    cache.put("new", bytes(100))
    assert _files(tmp_path) == [f"{n}.layer" for n in (0, 4, 5, 6, 7, 8, 9)] + ["new.layer"]
    cache.put("next", bytes(100))
    assert len(_files(tmp_path)) == 9


def test_what_is_larger_than_the_bound_is_not_kept(tmp_path: Path) -> None:
    cache = DirectoryCache(tmp_path, most_bytes=100)
    cache.put("k", bytes(100))
    assert _files(tmp_path) == []


def test_file_that_is_too_large_is_not_read(tmp_path: Path) -> None:
    with (tmp_path / "k.layer").open("wb") as file:
        file.truncate((256 << 20) + 1)
    assert DirectoryCache(tmp_path).get("k") is None


def test_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(ConfigError, match=r"cannot use .*file/sub as a cache"):
        DirectoryCache(tmp_path / "file" / "sub")


def test_folder_that_went_away_is_no_error(tmp_path: Path) -> None:
    folder = tmp_path / "cache"
    cache = DirectoryCache(folder)
    folder.rmdir()
    cache.put("k", b"value")
    assert cache.get("k") is None


def test_entry_that_cannot_be_put_in_place_leaves_nothing_behind(tmp_path: Path) -> None:
    cache = DirectoryCache(tmp_path)
    (tmp_path / "k.layer").mkdir()
    cache.put("k", b"value")
    assert _files(tmp_path) == ["k.layer"]
    assert cache.get("k") is None
