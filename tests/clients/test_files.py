"""Files: whole or not at all, and never outside their folder."""

import os
import stat
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from vedette.clients.files import path_below, write_file
from vedette.errors import ConfigError, StoreError


def test_a_file_is_written(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    assert write_file(path, iter([b"one", b"two"])) == 6
    assert path.read_bytes() == b"onetwo"
    mask = os.umask(0)
    os.umask(mask)
    assert stat.S_IMODE(path.stat().st_mode) == 0o666 & ~mask


def test_what_is_there_is_replaced_and_keeps_its_mode(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"old")
    path.chmod(0o600)
    write_file(path, [b"new"])
    assert (path.read_bytes(), stat.S_IMODE(path.stat().st_mode)) == (b"new", 0o600)
    assert [one.name for one in tmp_path.iterdir()] == ["a.csv"]


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "target")
    write_file(link, [b"x"])
    assert link.is_symlink()
    assert (tmp_path / "target").read_bytes() == b"x"


def test_what_fails_in_the_middle_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"old")

    def pieces() -> Iterator[bytes]:
        yield b"half"
        raise StoreError("gone")

    with pytest.raises(StoreError):
        write_file(path, pieces())
    assert path.read_bytes() == b"old"
    assert [one.name for one in tmp_path.iterdir()] == ["a.csv"]


def test_a_pipe_is_written_to(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    read: list[bytes] = []
    reader = threading.Thread(target=lambda: read.append(path.read_bytes()))
    reader.start()
    assert write_file(path, [b"ab", b"c"]) == 3
    reader.join()
    assert read == [b"abc"]


@pytest.mark.parametrize("name", ["", "missing/a.csv"])
def test_what_cannot_be_written_is_an_error_of_ours(tmp_path: Path, name: str) -> None:
    with pytest.raises(ConfigError, match="cannot be written"):
        write_file(tmp_path / name, [b"x"])


def test_a_path_below_a_folder(tmp_path: Path) -> None:
    path = path_below(tmp_path, "a=1/b: c/d..e.json")
    assert path == tmp_path / "a=1/b: c/d..e.json"
    write_file(path, [b"x"])
    assert path_below(tmp_path, "a=1/b: c/d..e.json") == path


def test_a_long_name_is_cut_and_stays_its_own(tmp_path: Path) -> None:
    one, other = (path_below(tmp_path, "é" * 300 + end + ".json") for end in "ab")
    assert one != other
    for path in (one, other):
        write_file(path, [b"x"])
        assert path.suffix == ".json"
        assert len(os.fsencode(path.name)) <= 255


@pytest.mark.parametrize(
    "name",
    [
        "",
        "/etc/passwd",
        "../a",
        "a/../../b",
        "a/./b",
        "a//b",
        "a/",
        "a\0b",
        "..",
        "half\ud800",
    ],
)
def test_names_that_lead_elsewhere(tmp_path: Path, name: str) -> None:
    with pytest.raises(ConfigError, match="not a relative name"):
        path_below(tmp_path / "folder", name)
    assert not (tmp_path / "folder").exists()


def test_links_that_lead_elsewhere(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "way").symlink_to(tmp_path)
    (folder / "file").symlink_to(tmp_path / "outside")
    for name in ("way/a", "file"):
        with pytest.raises(ConfigError, match="leads out of"):
            path_below(folder, name)


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"")
    with pytest.raises(ConfigError, match="cannot be made"):
        path_below(tmp_path, "a/b")
