"""What archives are attacked with, word by word, in everything that is read: tars, zips, directories and disks.

Where a word is told at length elsewhere, the table names the test; the others are here.
"""

import importlib
import io
import os
import socket
import stat
import tarfile
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.sources import disk_images as made
from tests.sources.build import Content, failures, files, items_of, only, tar, walk, zipped
from tests.sources.test_zip import walk as walk_zip
from vedette.model.inventory import FileFailure
from vedette.sources.directory import open_directory
from vedette.sources.disk import open_disk
from vedette.sources.limits import Limits
from vedette.sources.tree import File, Hiding

_HERE = "test_hostile_words"
_NOT_THERE = "does not apply: "
_WORDS = {
    "bomb by ratio": {
        "tar": "test_hard_cases.test_a_layer_that_is_a_bomb",
        "zip": "test_zip.test_a_bomb_of_one_member_is_not_inflated",
        "directory": _NOT_THERE + "nothing is compressed",
        "disk": "test_disk_hostile.test_what_one_walk_reads_has_an_end",
    },
    "bomb by nesting": {
        "tar": f"{_HERE}.test_a_path_of_thousands_of_folders",
        "zip": f"{_HERE}.test_a_path_of_thousands_of_folders",
        "directory": "test_directory.test_depth_is_bounded",
        "disk": "test_disk_hostile.test_a_directory_in_itself_is_read_once",
    },
    "bomb by count": {
        "tar": "test_tar_hostile.test_entries_are_bounded",
        "zip": "test_zip.test_counts_and_sizes_are_bounded",
        "directory": "test_directory.test_entries_are_bounded",
        "disk": f"{_HERE}.test_a_disk_with_too_many_files",
    },
    "path tricks": {
        "tar": "test_tar.test_names_that_lead_up_are_failures_and_the_rest_is_read",
        "zip": "test_zip.test_names_that_lead_elsewhere_are_failures_and_the_rest_is_read",
        "directory": "test_directory.test_links_are_resolved_within_the_root",
        "disk": "test_disk_hostile.test_names_that_no_file_can_have_are_failures",
    },
    "sparse members": {
        "tar": "test_tar_sparse.test_ten_gigabytes_of_nothing_are_not_copied",
        "zip": _NOT_THERE + "the format has none",
        "directory": "test_directory.test_ten_gigabytes_of_nothing_are_not_read",
        "disk": f"{_HERE}.test_ten_gigabytes_of_holes_on_a_disk",
    },
    "device members": {
        "tar": f"{_HERE}.test_devices_are_not_read",
        "zip": f"{_HERE}.test_devices_are_not_read",
        "directory": f"{_HERE}.test_devices_are_not_read",
        "disk": f"{_HERE}.test_devices_are_not_read",
    },
    "duplicate names": {
        "tar": "test_tar.test_where_a_name_comes_twice_both_are_given_in_order",
        "zip": "test_zip.test_where_a_name_comes_twice_both_are_given_in_order",
        "directory": _NOT_THERE + "the kernel keeps names apart",
        "disk": "test_disk_hostile.test_a_name_that_comes_twice_is_given_twice",
    },
    "case collisions": dict.fromkeys(
        ("tar", "zip", "directory", "disk"), f"{_HERE}.test_names_that_differ_in_case_stay_apart"
    ),
    "symlink loops": {
        "tar": "test_hard_cases.test_circles_of_links_in_an_image",
        "zip": "test_zip.test_symbolic_links_hide_and_are_not_followed",
        "directory": "test_directory.test_circles_of_links",
        "disk": "test_disk_hostile.test_contents_links_and_parts_are_those_of_the_folder",
    },
    "hardlink loops": {
        "tar": "test_tar.test_hard_links_that_lead_nowhere",
        "zip": _NOT_THERE + "the format has none",
        "directory": _NOT_THERE + "a name leads to an inode, not to a name",
        "disk": "test_disk_hostile.test_a_directory_in_itself_is_read_once",
    },
    "invalid UTF-8": dict.fromkeys(
        ("tar", "zip", "directory", "disk"), f"{_HERE}.test_names_that_are_not_utf_8_are_shown"
    ),
}


@pytest.mark.parametrize("word", _WORDS)
def test_every_word_has_its_test(word: str) -> None:
    assert _WORDS[word].keys() == {"tar", "zip", "directory", "disk"}
    for place in _WORDS[word].values():
        if not place.startswith(_NOT_THERE):
            module, _, name = place.partition(".")
            assert hasattr(importlib.import_module(f"tests.sources.{module}"), name), place


Items = list[File | Hiding | FileFailure]
Walk = Callable[[Path, dict[bytes, bytes]], Items]


def _tar(_folder: Path, members: dict[bytes, bytes]) -> Items:
    return walk(tar([(os.fsdecode(name), data) for name, data in members.items()]))


def _zip(_folder: Path, members: dict[bytes, bytes]) -> Items:
    out = zipped({f"{at:03}{'x' * (len(n) - 3)}": d for at, (n, d) in enumerate(members.items())})
    for at, name in enumerate(members):
        out = out.replace(f"{at:03}{'x' * (len(name) - 3)}".encode(), name)
    return walk_zip(out)


def _written(folder: Path, members: dict[bytes, bytes]) -> Path:
    root = folder / "root"
    for name, data in members.items():
        path = os.path.join(os.fsencode(root), name)  # noqa: PTH118 - pathlib has no names in bytes
        os.makedirs(os.path.dirname(path), exist_ok=True)  # noqa: PTH103, PTH120 - as above
        Path(os.fsdecode(path)).write_bytes(data)
    return root


def _directory(folder: Path, members: dict[bytes, bytes]) -> Items:
    (layer,) = open_directory(_written(folder, members)).layers
    return items_of(layer)


def _disk(folder: Path, members: dict[bytes, bytes]) -> Items:
    (layer,) = open_disk(made.ext(_written(folder, members), folder / "disk")).layers
    return items_of(layer)


_each = pytest.mark.parametrize("read", [_tar, _zip, _directory, _disk])


@_each
def test_names_that_differ_in_case_stay_apart(read: Walk, tmp_path: Path) -> None:
    members = {
        b"etc/os-release": b"1",
        b"etc/OS-release": b"2",
        b"ETC/os-release": b"3",
        b"Etc/os-release": b"4",
    }
    items = read(tmp_path, members)
    assert files(items) == {name.decode(): data for name, data in members.items()}
    assert failures(items) == []


@_each
def test_names_that_are_not_utf_8_are_shown(read: Walk, tmp_path: Path) -> None:
    items = read(tmp_path, {b"good": b"1", b"caf\xe9\xff": b"2"})
    found = files(items)
    assert found.pop("good") == b"1"
    assert list(found.values()) == [b"2"]
    (name,) = found
    name.encode()  # no half characters
    assert name in {"caf\\xe9\\xff", "caf\u0398\u00a0"}  # a zip's are of code page 437
    assert failures(items) == []


@pytest.mark.parametrize("read", [_tar, _zip])
def test_a_path_of_thousands_of_folders(read: Walk, tmp_path: Path) -> None:
    """A path is text: it is neither made nor descended into, however many folders it has."""
    began = time.process_time()
    deep = b"a/" * 5000 + b"end"
    items = read(tmp_path, {deep: b"1", b"..." + b"/b" * 20_000: b"2", b"good": b"3"})
    assert files(items)["good"] == b"3"
    assert set(files(items)) | {path for path, _ in failures(items)} >= {"good"}
    assert len(files(items)) + len(failures(items)) == 3
    assert time.process_time() - began < 2


def _devices_in_tar(_folder: Path) -> Items:
    kinds = {
        "fifo": tarfile.FIFOTYPE,
        "block": tarfile.BLKTYPE,
        "char": tarfile.CHRTYPE,
    }
    members: dict[str, Content] = {"good": b"1"}
    for name, kind in kinds.items():
        info = tarfile.TarInfo(name)
        info.type = kind
        info.size = 0
        members[name] = info
    return walk(tar(members))


def _devices_in_zip(_folder: Path) -> Items:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("good", b"1")
        kinds = {"fifo": stat.S_IFIFO, "block": stat.S_IFBLK, "char": stat.S_IFCHR}
        for name, kind in {**kinds, "socket": stat.S_IFSOCK}.items():
            info = zipfile.ZipInfo(name)
            info.create_system = 3
            info.external_attr = (kind | 0o644) << 16
            archive.writestr(info, b"not a file's bytes")
    return walk_zip(out.getvalue())


def _special(folder: Path) -> Path:
    root = folder / "root"
    root.mkdir()
    (root / "good").write_bytes(b"1")
    os.mkfifo(root / "fifo")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(root / "socket"))
    return root


def _devices_in_a_directory(folder: Path) -> Items:
    (layer,) = open_directory(_special(folder)).layers
    return items_of(layer)


def _devices_on_a_disk(folder: Path) -> Items:
    (layer,) = open_disk(made.ext(_special(folder), folder / "disk")).layers
    return items_of(layer)


@pytest.mark.parametrize(
    "read",
    [_devices_in_tar, _devices_in_zip, _devices_in_a_directory, _devices_on_a_disk],
)
def test_devices_are_not_read(read: Callable[[Path], Items], tmp_path: Path) -> None:
    items = read(tmp_path)
    assert files(items) == {"good": b"1"}
    if read is _devices_in_zip:  # where the bytes of one could be taken for a file's
        assert {reason for _, reason in failures(items)} == {
            "a device, a pipe or a socket, not read"
        }
        assert sorted(path for path, _ in failures(items)) == ["block", "char", "fifo", "socket"]


def test_a_disk_with_too_many_files(tmp_path: Path) -> None:
    root = _written(tmp_path, {b"%03d" % at: b"1" for at in range(200)})
    tree = open_disk(made.ext(root, tmp_path / "disk"), Limits(entries=50))
    (layer,) = tree.layers
    items = items_of(layer)
    assert 0 < len(files(items)) <= 50
    assert failures(items) == [("", "over 50 entries")]


def test_ten_gigabytes_of_holes_on_a_disk(tmp_path: Path) -> None:
    root = _written(tmp_path, {b"good": b"1"})
    with (root / "holes").open("wb") as file:
        file.truncate(10 << 30)
    (layer,) = open_disk(made.ext(root, tmp_path / "disk")).layers
    began = time.process_time()
    items = [*layer.walk(only("good", "holes", most=1 << 20))]
    assert files(items) == {"good": b"1"}
    assert failures(items) == [("holes", f"{10 << 30} bytes, more than {1 << 20}")]
    assert time.process_time() - began < 2
