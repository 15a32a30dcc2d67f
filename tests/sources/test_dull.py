"""What a walk passes over by its name alone: nothing that it would have given, whatever the name."""

import io
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.sources.build import failures, files
from vedette.sources.archive import open_lambda
from vedette.sources.directory import open_directory
from vedette.sources.dull import NOTHING_DULL, dull_names
from vedette.sources.layer import ImageLayer, Verify
from vedette.sources.limits import Limits
from vedette.sources.regions import region_of
from vedette.sources.tree import Layer, Sieve

_SIEVE = Sieve(
    dull=frozenset({".py", ".md"}), names=frozenset({"wanted.py"}), folders=frozenset({"keep"})
)
_NAMES = (
    "a.py",
    "a/b.md",
    "a/wanted.py",
    "wanted.py",
    "keep/c.py",
    "keep/deep/c.py",
    "program",
    f"{'long/' * 30}d.py",
    f"{'long/' * 30}wanted.py",
    "a/.hidden.py",
    ".py",
)
_ODD = (
    "./e.py",
    "/f.py",
    "a//g.py",
    "a/./h.py",
    "../i.py",
    "a/../j.py",
    "a/.wh.k.py",
    ".wh.l.py",
    "m\\n.py",
)


def _wanted(path: str) -> int:
    folder, _, name = path.rpartition("/")
    return 100 if name == "wanted.py" or folder == "keep" or name == "program" else 0


def _tar(path: Path) -> Layer:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for name in (*_NAMES, *_ODD):
            member = tarfile.TarInfo(name)
            member.size = 1
            member.mtime = 1.5  # a fraction, which pax headers are for
            archive.addfile(member, io.BytesIO(b"x"))
        for name, target in (("link.py", "wanted.py"), ("a/link/wanted.py", "../b.md")):
            member = tarfile.TarInfo(name)
            member.type, member.linkname = tarfile.SYMTYPE, target
            archive.addfile(member)
        folder = tarfile.TarInfo("folder/.wh.gone")
        folder.type = tarfile.DIRTYPE
        archive.addfile(folder)
    path.write_bytes(out.getvalue())
    return ImageLayer(
        digest=None,
        blob=None,
        name="layer",
        stored=lambda: region_of(path),
        limits=Limits(),
        verify=Verify.NOTHING,
    )


def _zip(path: Path) -> Layer:
    with zipfile.ZipFile(path, "w") as archive:
        for name in (*_NAMES, *_ODD):
            archive.writestr(name, "x")
        for name in ("link.py", "a/link/wanted.py"):
            link = zipfile.ZipInfo(name)
            link.create_system, link.external_attr = 3, 0o120777 << 16
            archive.writestr(link, "a.py")
    (layer,) = open_lambda(path).layers
    return layer


def _folder(path: Path) -> Layer:
    for name in _NAMES:
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_text("x")
    (path / "link.py").symlink_to("wanted.py")
    (layer,) = open_directory(path).layers
    return layer


@pytest.mark.parametrize("make", [_tar, _zip, _folder])
def test_nothing_is_missed(make: Callable[[Path], Layer], tmp_path: Path) -> None:
    layer = make(tmp_path / "target")
    every, some = list(layer.walk(_wanted)), list(layer.walk(_wanted, None, _SIEVE))
    assert some == every
    assert len(files(some)) >= 5
    assert bool(failures(some)) is (make is not _folder)


@pytest.mark.parametrize("name", [*_NAMES, *_ODD])
def test_bytes_and_text_are_judged_alike(name: str) -> None:
    folder, _, last = name.rpartition("/")
    if dull_names(_SIEVE).is_dull(name.encode()):
        assert _SIEVE.passes_over(folder, last)


def test_without_a_sieve_nothing_is_dull() -> None:
    assert dull_names(None) is NOTHING_DULL
    assert not NOTHING_DULL.is_dull(b"a.py")
    assert dull_names(_SIEVE).is_dull(b"a/b.md")
