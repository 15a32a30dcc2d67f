"""Directories as trees."""

import errno
import os
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.sources.build import everything, failures, files, only, open_files, write_tree
from vedette.errors import SourceError
from vedette.model.inventory import FileFailure
from vedette.sources.directory import DirectoryLayer, open_directory
from vedette.sources.limits import Limits
from vedette.sources.tree import File, FileTree, Hiding, Sieve, Wanted


@pytest.fixture
def root(tmp_path: Path) -> Path:
    made = tmp_path / "root"
    made.mkdir()
    return made


def walk(
    root: Path, wanted: Wanted = everything, **limits: int
) -> list[File | Hiding | FileFailure]:
    (layer,) = open_directory(root, Limits(**limits)).layers
    return list(layer.walk(wanted))


def unless(*paths: str) -> Wanted:
    return lambda path: 0 if path in paths else 1 << 40


def test_a_tree_of_one_live_layer(root: Path) -> None:
    layer = DirectoryLayer(root=root, limits=Limits())
    assert open_directory(root) == FileTree(layers=(layer,), name=str(root))
    assert layer.digest is None


def test_wanted_files_in_a_fixed_order(root: Path) -> None:
    write_tree(root, {"b": b"1", "a/c": b"2", "a/b": b"3", "z/y/x": b"4", "unwanted": b"5"})
    items = walk(root, lambda path: 0 if path == "unwanted" else 100)
    assert items == [
        File(path="b", data=b"1"),
        File(path="a/b", data=b"3"),
        File(path="a/c", data=b"2"),
        File(path="z/y/x", data=b"4"),
    ]


def test_files_over_their_bound(root: Path) -> None:
    write_tree(root, {"a": b"12345", "b": b"1234"})
    items = walk(root, only("a", "b", most=4))
    assert (files(items), failures(items)) == ({"b": b"1234"}, [("a", "5 bytes, more than 4")])


def test_ten_gigabytes_of_nothing_are_not_read(root: Path) -> None:
    (root / "status").touch()
    os.truncate(root / "status", 10 << 30)
    assert failures(walk(root)) == [("status", f"{10 << 30} bytes, more than {512 << 20}")]


def test_links_are_resolved_within_the_root(root: Path, tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(b"outside")
    write_tree(root, {"usr/lib/os-release": b"inside", "secret": b"own"})
    links = {
        "etc/os-release": "../usr/lib/os-release",
        "absolute": "/usr/lib/os-release",
        "etc/absolute": "/usr/lib/os-release",
        "up": "../../../../secret",
        "outside": str(tmp_path / "secret"),
        "folder": "usr/lib",
        "lib": "/usr/./lib",
        "through": "lib/os-release",
        "below-a-file": "secret/x",
        "dangling": "none",
    }
    (root / "etc").mkdir()
    for name, target in links.items():
        (root / name).symlink_to(target)
    items = walk(root, unless("usr/lib/os-release", "secret"))
    assert failures(items) == []
    assert files(items) == {
        "etc/os-release": b"inside",
        "absolute": b"inside",
        "etc/absolute": b"inside",
        "through": b"inside",
        "up": b"own",
    }


def test_a_file_that_links_lead_to_is_read_once(root: Path) -> None:
    write_tree(root, {"usr/a.jar": b"1", "proc/b.jar": b"2", "c": b"3"})
    for name, target in {"l.jar": "usr/a.jar", "m.jar": "proc/b.jar", "n.jar": "c"}.items():
        (root / name).symlink_to(target)
    layer = DirectoryLayer(root=root, limits=Limits(), left_out=frozenset({"proc"}))
    jars = files(layer.walk(lambda path: 9 if path.endswith(".jar") else 0))
    assert jars == {"usr/a.jar": b"1", "m.jar": b"2", "n.jar": b"3"}


def test_circles_of_links(root: Path) -> None:
    (root / "loop").symlink_to("loop")
    (root / "a").symlink_to("b")
    (root / "b").symlink_to("a/x")
    write_tree(root, {"deep/er/file": b"1"})
    (root / "deep/er/up").symlink_to("..")
    (root / "long").symlink_to("deep/../" * 150 + "deep/er/file")
    items = walk(root, unless("deep/er/file"))
    circle = "over 40 links in a row, perhaps in a circle"
    assert files(items) == {"long": b"1"}
    assert failures(items) == [("a", circle), ("b", circle), ("loop", circle)]
    assert ("long", "a link over too many folders") in failures(
        walk(root, unless("deep/er/file"), depth=50)
    )


def test_special_files_are_left_alone(root: Path) -> None:
    os.mkfifo(root / "pipe")
    (root / "link").symlink_to("pipe")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(root / "s"))
        assert walk(root) == []


@contextmanager
def as_nobody() -> Iterator[None]:
    """As a user whom permissions hold back."""
    if os.geteuid():
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


def test_what_cannot_be_read_is_a_failure() -> None:
    with tempfile.TemporaryDirectory() as made:
        root = write_tree(Path(made), {"closed/file": b"1", "file": b"2", "open": b"3"})
        root.chmod(0o755)
        (root / "closed").chmod(0)
        (root / "file").chmod(0)
        with as_nobody():
            items = walk(root)
        (root / "closed").chmod(0o700)
    assert files(items) == {"open": b"3"}
    assert failures(items) == [("file", "Permission denied"), ("closed", "Permission denied")]


def test_what_changes_during_the_walk_is_a_failure(root: Path, tmp_path: Path) -> None:
    write_tree(root, {"gone/file": b"1", "swapped/file": b"2", "top": b"3", "type": b"4"})
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere/file").write_bytes(b"outside")

    def wanted(path: str) -> int:
        if path == "top":
            (root / "gone/file").unlink()
            (root / "gone").rmdir()
            (root / "swapped").rename(root / "away")
            (root / "swapped").symlink_to(tmp_path / "elsewhere")
        if path == "type":
            (root / "type").unlink()
            os.mkfifo(root / "type")
        return 100

    items = walk(root, wanted)
    assert files(items) == {"top": b"3"}
    assert failures(items) == [
        ("type", "no regular file any more"),
        ("gone", "No such file or directory"),
        ("swapped", "Not a directory"),
    ]


def test_a_folder_that_cannot_be_listed(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_tree(root, {"a/file": b"1", "b/file": b"2"})
    scandir = os.scandir
    calls = iter([scandir, None, scandir])

    def failing(folder: int) -> object:
        call = next(calls)
        if call is None:
            raise OSError(errno.EIO, "Input/output error")
        return call(folder)

    monkeypatch.setattr(os, "scandir", failing)
    items = walk(root)
    assert (files(items), failures(items)) == ({"b/file": b"2"}, [("a", "Input/output error")])


def test_a_file_that_grows_while_it_is_read(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_tree(root, {"log": b"12", "other": b"1"})
    read = os.read
    grown: list[bool] = []

    def growing(descriptor: int, size: int) -> bytes:
        if not grown and Path(f"/proc/self/fd/{descriptor}").readlink().name == "log":
            grown.append(True)
            with (root / "log").open("ab") as file:
                file.write(b"345")
        return read(descriptor, size)

    monkeypatch.setattr(os, "read", growing)
    items = walk(root, lambda _: 10)
    assert files(items) == {"log": b"12345", "other": b"1"}
    grown.clear()
    (root / "log").write_bytes(b"12")
    assert failures(walk(root, lambda _: 4)) == [("log", "3 bytes, more than 2")]


def test_depth_is_bounded(root: Path) -> None:
    write_tree(root, {"a/b/c/d": b"1", "a/file": b"2", "z": b"3"})
    items = walk(root, depth=2)
    assert files(items) == {"z": b"3", "a/file": b"2"}
    assert failures(items) == [("a/b", "over 2 folders deep")]


def test_entries_are_bounded(root: Path) -> None:
    write_tree(root, {f"{folder}/{n}": b"" for folder in "abc" for n in range(4)})
    items = walk(root, entries=8)
    assert list(files(items)) == [f"{folder}/{n}" for folder in "ab" for n in range(4)]
    assert failures(items) == [("", "over 8 entries")]


def test_names_that_are_not_utf8_can_be_shown(root: Path) -> None:
    folder = root / os.fsdecode(b"caf\xe9")
    folder.mkdir()
    (folder / os.fsdecode(b"\xff")).write_bytes(b"1")
    (folder / "link").symlink_to(os.fsdecode(b"\xff"))
    assert files(walk(root)) == {"caf\\xe9/\\xff": b"1"}
    assert files(walk(root, unless("caf\\xe9/\\xff"))) == {"caf\\xe9/link": b"1"}


def test_folders_that_are_left_out(root: Path) -> None:
    write_tree(root, {"proc/1/status": b"1", "var/proc/file": b"2", "a/sys/file": b"3"})
    layer = DirectoryLayer(root=root, limits=Limits(), left_out=frozenset({"proc", "a/sys"}))
    assert files(layer.walk(everything)) == {"var/proc/file": b"2"}


def test_the_running_system_without_its_kernel_file_systems() -> None:
    (layer,) = open_directory(Path("/"), Limits(entries=10)).layers
    assert isinstance(layer, DirectoryLayer)
    assert {"proc", "sys", "dev", "run"} <= layer.left_out


def test_a_link_to_a_directory_may_be_the_root(root: Path, tmp_path: Path) -> None:
    write_tree(root, {"a": b"1"})
    (tmp_path / "link").symlink_to(root)
    assert files(walk(tmp_path / "link")) == {"a": b"1"}


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("none", "No such file or directory"),
        ("file", "Not a directory"),
        ("loop", "Symlink loop from"),
    ],
)
def test_what_is_no_directory(tmp_path: Path, name: str, reason: str) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "loop").symlink_to("loop")
    with pytest.raises(SourceError, match=reason):
        open_directory(tmp_path / name)


def test_a_root_that_goes_away(root: Path) -> None:
    (layer,) = open_directory(root).layers
    root.rmdir()
    assert failures(layer.walk(everything)) == [("", f"{root}: No such file or directory")]


def test_a_walk_may_be_left_early(root: Path) -> None:
    write_tree(root, {"a/b/c": b"1", "a/b/d": b"2"})
    before = open_files()
    (layer,) = open_directory(root).layers
    walk = iter(layer.walk(everything))
    assert next(walk) == File(path="a/b/c", data=b"1")
    walk.close()  # type: ignore[attr-defined]  # it is a generator
    assert open_files() == before


def test_only_names_that_may_matter_are_asked_about(root: Path) -> None:
    write_tree(root, {"a/x.toml": b"1", "a/y.lock": b"2", "keep/z": b"3", "name": b"4"})
    (root / "a/link.lock").symlink_to("../name")
    (root / "a/link").symlink_to("y.lock")
    asked: list[str] = []

    def wanted(path: str) -> int:
        asked.append(path)
        return 0 if path == "name" else 100

    sieve = Sieve(
        dull=frozenset(),
        names=frozenset({"name"}),
        folders=frozenset({"keep"}),
        extensions=frozenset({".lock"}),
    )
    (layer,) = open_directory(root, Limits()).layers
    found = list(layer.walk(wanted, None, sieve))
    assert found == [
        File(path="a/link.lock", data=b"4"),
        File(path="a/y.lock", data=b"2"),
        File(path="keep/z", data=b"3"),
    ]
    assert sorted(set(asked)) == ["a/link.lock", "a/y.lock", "keep/z", "name"]
    assert [sieve.may_want("a", name) for name in ("x.toml", "y.lock", "name")] == [
        False,
        True,
        True,
    ]
    assert sieve.may_want("keep", "z")
