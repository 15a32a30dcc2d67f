"""Files that no name tells, read in parts: the same from every source."""

import io
import random
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.sources.build import failures, files, gz, hidings, tar, zipped
from vedette.errors import ParseError
from vedette.model.inventory import FileFailure
from vedette.sources import window
from vedette.sources.archive import open_lambda
from vedette.sources.directory import open_directory
from vedette.sources.layer import ImageLayer, Verify
from vedette.sources.limits import Limits
from vedette.sources.regions import region_of
from vedette.sources.tree import File, Hiding, HidingKind, Layer, Peek, Reading

_NOISE = random.Random(5).randbytes(700_000)
_FORWARD = b"FWRD" + _NOISE
_BACKWARD = b"BACK" + _NOISE
_GREEDY = b"MORE" + _NOISE
_FILES = {
    "a/forward": _FORWARD,
    "a/backward": _BACKWARD,
    "b/greedy": _GREEDY,
    "b/note.txt": b"FWRD" + _NOISE,
    "b/other": b"ELSE" + _NOISE,
    "b/small": b"FWRD",
    "wanted": b"FWRD" + _NOISE,
}
_PARTS = _NOISE[496:996] + _NOISE[600_000 - 4 : 600_100 - 4] + _NOISE[-10:]


def _read(size: int) -> Reading:
    """The same three parts, in the order that the first bytes say."""
    head = yield 0, 4
    spans = [(500, 500), (600_000, 100), (size - 10, 99)]
    if head == b"MORE":
        spans = [(0, 1 << 20)] * 100
    found: dict[tuple[int, int], bytes] = {}
    for span in reversed(spans) if head == b"BACK" else spans:
        found[span] = yield span
    return (("parts", b"".join(found[span] for span in spans)), ("head", head))


_PEEK = Peek(
    may_be=lambda path: not path.endswith(".txt"),
    least=8,
    starts=frozenset({b"FWRD", b"BACK", b"MORE"}),
    read=_read,
)

Make = Callable[[dict[str, bytes], Path], Layer]


def _image(data: bytes, path: Path, *, is_stream: bool) -> ImageLayer:
    path.write_bytes(data)
    return ImageLayer(
        digest=None,
        blob=None,
        name="layer",
        stored=lambda: path.open("rb") if is_stream else region_of(path),
        limits=Limits(),
        verify=Verify.NOTHING,
    )


def _folder(content: dict[str, bytes], path: Path) -> Layer:
    for name, data in content.items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_bytes(data)
    (path / "a/link").symlink_to("forward")
    (layer,) = open_directory(path).layers
    return layer


def _zip(content: dict[str, bytes], path: Path, method: int) -> Layer:
    (path / "code.zip").write_bytes(zipped(content, method))
    (layer,) = open_lambda(path / "code.zip").layers
    return layer


_SOURCES: dict[str, Make] = {
    "gzip": lambda content, path: _image(gz(tar(content)), path / "layer", is_stream=False),
    "stream": lambda content, path: _image(tar(content), path / "layer", is_stream=True),
    "plain": lambda content, path: _image(tar(content), path / "layer", is_stream=False),
    "directory": _folder,
    "deflated": lambda content, path: _zip(content, path, zipfile.ZIP_DEFLATED),
    "stored": lambda content, path: _zip(content, path, zipfile.ZIP_STORED),
}


def _walk(layer: Layer) -> list[File | Hiding | FileFailure]:
    return list(layer.walk(lambda path: 1 << 30 if path == "wanted" else 0, _PEEK))


@pytest.fixture(params=["remembered", "forgotten"], autouse=True)
def memory(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Whether a stream remembers as much as these files have."""
    if request.param == "forgotten":
        monkeypatch.setattr(window, "_REMEMBERED", 1000)
    return bool(request.param == "remembered")


@pytest.mark.parametrize("source", _SOURCES)
def test_parts_are_the_same_from_every_source(source: str, tmp_path: Path) -> None:
    items = _walk(_SOURCES[source](_FILES, tmp_path))
    found = {(item.path, item.part): item.data for item in items if isinstance(item, File)}
    assert found == {
        ("a/forward", "parts"): _PARTS,
        ("a/forward", "head"): b"FWRD",
        ("a/backward", "parts"): _PARTS,
        ("a/backward", "head"): b"BACK",
        ("wanted", ""): _FILES["wanted"],
    }
    assert failures(items) == [("b/greedy", f"over {64 << 20} bytes of parts")]


@pytest.mark.parametrize("source", ["gzip", "plain", "deflated"])
def test_files_that_may_be_hide_what_is_below(source: str, tmp_path: Path) -> None:
    hiding = ["a/backward", "a/forward", "b/greedy", "b/other", "b/small"]
    items = _walk(_SOURCES[source](_FILES, tmp_path))
    assert sorted(hidings(items)) == [(path, HidingKind.FILE) for path in hiding]


def test_hard_link_hides_and_its_target_is_read(tmp_path: Path) -> None:
    data = tar({"a": _FORWARD, "b": "=> a"})
    items = _walk(_image(data, tmp_path / "layer", is_stream=True))
    assert [*files(items)] == ["a"]
    assert hidings(items) == [("a", HidingKind.FILE), ("b", HidingKind.FILE)]


def test_without_a_peek_nothing_is_read_or_hidden(tmp_path: Path) -> None:
    layer = _SOURCES["gzip"](_FILES, tmp_path)
    assert list(layer.walk(lambda _path: 0)) == []


def _sparse(data: bytes) -> bytes:
    """A member of pax format 1.0 whose map is one piece: all of it (gnu.org/software/tar, "PAX 1")."""
    info = tarfile.TarInfo("sparse")
    body = f"1\n0\n{len(data)}\n".encode().ljust(512, b"\0") + data
    info.size = len(body)
    info.pax_headers = {
        "GNU.sparse.major": "1",
        "GNU.sparse.minor": "0",
        "GNU.sparse.name": "sparse",
        "GNU.sparse.realsize": str(len(data)),
    }
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as archive:
        archive.addfile(info, io.BytesIO(body))
    return out.getvalue()


def test_sparse_member_is_read_as_a_whole(tmp_path: Path) -> None:
    items = _walk(_image(_sparse(_FORWARD), tmp_path / "layer", is_stream=True))
    assert [item.data for item in items if isinstance(item, File)] == [_PARTS, b"FWRD"]


def test_member_that_is_too_large_to_be_read_again_is_a_failure(
    tmp_path: Path,
    memory: bool,  # noqa: FBT001 - a fixture
) -> None:
    layer = _image(tar({"a": _BACKWARD, "b": _FORWARD}), tmp_path / "layer", is_stream=True)
    small = ImageLayer(
        digest=None,
        blob=None,
        name="layer",
        stored=layer.stored,
        limits=Limits(file=1000),
        verify=Verify.NOTHING,
    )
    items = _walk(small)
    reason = f"{len(_BACKWARD)} bytes, more than 1000"
    assert failures(items) == ([] if memory else [("a", reason)])
    assert [*files(items)] == (["a", "b"] if memory else ["b"])


def test_archive_that_is_cut_off_gives_what_comes_before(tmp_path: Path) -> None:
    data = tar({"a": _BACKWARD, "b": _BACKWARD})[: len(_BACKWARD) + 100_000]
    items = _walk(_image(data, tmp_path / "layer", is_stream=True))
    assert {(item.path, item.part) for item in items if isinstance(item, File)} == {
        ("a", "parts"),
        ("a", "head"),
    }
    assert [path for path, _ in failures(items)] == ["b", ""]


def test_archive_that_cannot_be_read_again_is_a_failure(
    memory: bool,  # noqa: FBT001 - a fixture
) -> None:
    whole = gz(tar({"a": _BACKWARD}))
    stored: Iterator[bytes] = iter([whole, whole[:1000]])
    layer = ImageLayer(
        digest=None,
        blob=None,
        name="layer",
        stored=lambda: io.BytesIO(next(stored)),
        limits=Limits(),
        verify=Verify.NOTHING,
    )
    items = _walk(layer)
    if memory:
        assert [*files(items)] == ["a"]
        return
    assert files(items) == {}
    ((path, reason), *_) = failures(items)
    assert path == "a"
    assert reason.startswith("not read again: ")


def test_zip_members_that_cannot_be_read(tmp_path: Path) -> None:
    data = bytearray(zipped({"good": _FORWARD, "bad": _FORWARD, "locked": _FORWARD}))
    at = data.index(b"PK\3\4", 10)
    data[at + 400_000] ^= 0xFF  # within the content of `bad`
    central = data.index(b"PK\1\2", data.index(b"PK\1\2", data.index(b"PK\1\2") + 4) + 4)
    data[central + 8] |= 1
    (tmp_path / "code.zip").write_bytes(data)
    (layer,) = open_lambda(tmp_path / "code.zip").layers
    items = _walk(layer)
    assert [*files(items)] == ["good"]
    assert [path for path, _ in failures(items)] == ["bad"]


def test_zip_member_larger_than_is_allowed_is_a_failure(tmp_path: Path) -> None:
    (tmp_path / "code.zip").write_bytes(zipped({"large": _FORWARD}))
    (layer,) = open_lambda(tmp_path / "code.zip", limits=Limits(file=1000)).layers
    assert failures(_walk(layer)) == [("large", f"{len(_FORWARD)} bytes, more than 1000")]


def test_directory_file_that_cannot_be_opened_is_a_failure(tmp_path: Path) -> None:
    layer = _folder({"a/forward": _FORWARD}, tmp_path)

    def vanish(path: str) -> bool:
        (tmp_path / path).unlink(missing_ok=True)
        return True

    peek = Peek(may_be=vanish, least=8, starts=_PEEK.starts, read=_read)
    assert failures(layer.walk(lambda _path: 0, peek)) == [
        ("a/forward", "No such file or directory")
    ]


def test_reading_that_raises_is_ended(tmp_path: Path) -> None:
    ended = []

    def read(_size: int) -> Reading:
        try:
            yield 0, 4
            raise ParseError("none")
        finally:
            ended.append(True)

    layer = _folder({"a/forward": _FORWARD}, tmp_path)
    peek = Peek(may_be=_PEEK.may_be, least=8, starts=_PEEK.starts, read=read)
    with pytest.raises(ParseError, match="none"):
        list(layer.walk(lambda _path: 0, peek))
    assert ended == [True]
