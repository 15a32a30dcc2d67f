"""Golden folders of feeds: `<feed>/<case>/{input/…, expected.json}`.

`input` is a mirror's root with its archives and compressed files unpacked, so that they can be read and reviewed:
a folder `all.zip` is packed as a zip, `x.tar.xz`, `x.tar.gz`, `x.tar.bz2` and `x.tar.zst` as tars, a file `x.gz`, `x.xz`, `x.bz2` is compressed.
`python -m tests.advisories.feeds.golden` rewrites every expected.json; the difference is to be reviewed.
"""

import bz2
import gzip
import io
import lzma
import tarfile
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import zstandard

from vedette.advisories.catalogue import FEEDS
from vedette.advisories.feeds._base import Feed, LocalDocument
from vedette.errors import ParseError

HERE = Path(__file__).parent


def cases() -> list[tuple[Feed, Path]]:
    return [
        (feed, case)
        for feed in FEEDS
        for case in sorted((HERE / feed.name).glob("*"))
        if (case / "input").is_dir()
    ]


def pack(source: Path, target: Path) -> Path:
    """The mirror as publishers give it."""
    for entry in sorted(source.iterdir()):
        out = target / entry.name
        if entry.is_dir() and entry.suffix == ".zip":
            _zip(entry, out)
        elif entry.is_dir() and entry.name.endswith((".tar.xz", ".tar.gz", ".tar.bz2", ".tar.zst")):
            _tar(entry, out)
        elif entry.is_dir():
            out.mkdir()
            pack(entry, out)
        else:
            out.write_bytes(_compressed(entry.name, entry.read_bytes()))
    return target


def _compressed(name: str, data: bytes) -> bytes:
    if name.endswith(".gz"):
        return gzip.compress(data, mtime=0)
    if name.endswith(".zst"):
        return zstandard.compress(data)
    if name.endswith(".bz2"):
        return bz2.compress(data)
    return lzma.compress(data) if name.endswith(".xz") else data


def _files(folder: Path) -> Iterator[tuple[str, bytes]]:
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            yield str(path.relative_to(folder)), path.read_bytes()


def _zip(folder: Path, out: Path) -> None:
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in _files(folder):
            archive.writestr(zipfile.ZipInfo(name), data)


def _tar(folder: Path, out: Path) -> None:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, data in _files(folder):
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    out.write_bytes(_compressed(out.name, buffer.getvalue()))


def documents(feed: Feed, mirror: Path) -> list[LocalDocument]:
    found = {path for pattern in feed.mirrored for path in mirror.glob(pattern)}
    return [LocalDocument(name=str(path.relative_to(mirror)), path=path) for path in sorted(found)]


def read(feed: Feed, mirror: Path) -> dict[str, list[dict[str, Any]]]:
    """Document → what it gave, in order."""
    return {document.name: list(_results(feed, document)) for document in documents(feed, mirror)}


def _results(feed: Feed, document: LocalDocument) -> Iterator[dict[str, Any]]:
    try:
        for result in feed.read(document):
            yield {type(result).__name__: _without_defaults(result)}
    except ParseError as error:
        yield {"ParseError": str(error)}


def _without_defaults(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_without_defaults(item) for item in value]
    if not isinstance(value, msgspec.Struct):
        return msgspec.to_builtins(value)
    fields = msgspec.structs.fields(value)
    return {
        field.name: _without_defaults(getattr(value, field.name))
        for field in fields
        if field.required or getattr(value, field.name) != field.default
    }


def expected(case: Path) -> Any:
    return msgspec.json.decode((case / "expected.json").read_bytes())


def rewrite() -> None:
    for feed, case in cases():
        with tempfile.TemporaryDirectory() as folder:
            result = read(feed, pack(case / "input", Path(folder)))
        text = msgspec.json.format(msgspec.json.encode(result, order="sorted"), indent=1)
        (case / "expected.json").write_bytes(text + b"\n")


if __name__ == "__main__":
    rewrite()
