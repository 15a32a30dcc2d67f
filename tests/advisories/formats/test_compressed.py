"""Documents as bounded streams, whatever they are compressed with."""

import bz2
import gzip
import lzma
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard

from vedette.advisories.formats.compressed import open_document, read_document
from vedette.errors import LimitError, ParseError

_TEXT = b"some text " * 100_000
_COMPRESSORS: dict[str, Callable[[bytes], bytes]] = {
    "bz2": bz2.compress,
    "gzip": gzip.compress,
    "plain": bytes,
    "xz": lzma.compress,
    "zstd": zstandard.compress,
}


@pytest.fixture(params=sorted(_COMPRESSORS))
def compress(request: pytest.FixtureRequest) -> Callable[[bytes], bytes]:
    return _COMPRESSORS[request.param]


def _file(folder: Path, data: bytes) -> Path:
    path = folder / "document"
    path.write_bytes(data)
    return path


def test_the_content_tells_the_compression(
    tmp_path: Path, compress: Callable[[bytes], bytes]
) -> None:
    assert read_document(_file(tmp_path, compress(_TEXT))) == _TEXT


def test_lines(tmp_path: Path, compress: Callable[[bytes], bytes]) -> None:
    with open_document(_file(tmp_path, compress(b"a\nb\n"))) as stream:
        assert [stream.readline(2), stream.readline(2), stream.readline(2)] == [b"a\n", b"b\n", b""]


def test_more_than_the_limit(tmp_path: Path, compress: Callable[[bytes], bytes]) -> None:
    path = _file(tmp_path, compress(_TEXT))
    assert read_document(path, len(_TEXT)) == _TEXT
    with pytest.raises(LimitError, match="more than 999999 bytes when decompressed"):
        read_document(path, len(_TEXT) - 1)


@pytest.mark.parametrize("name", sorted(_COMPRESSORS.keys() - {"plain", "zstd"}))
def test_a_cut_document(tmp_path: Path, name: str) -> None:
    data = _COMPRESSORS[name](_TEXT)
    with pytest.raises(ParseError, match="cannot be decompressed"):
        read_document(_file(tmp_path, data[: len(data) // 2]))


@pytest.mark.parametrize("name", sorted(_COMPRESSORS.keys() - {"plain"}))
def test_a_spoilt_document(tmp_path: Path, name: str) -> None:
    data = bytearray(_COMPRESSORS[name](bytes(range(256)) * 4096))
    data[12:200] = bytes(188)
    with pytest.raises(ParseError, match="cannot be decompressed"):
        read_document(_file(tmp_path, bytes(data)))


def test_an_empty_document(tmp_path: Path) -> None:
    assert read_document(_file(tmp_path, b"")) == b""


def test_no_document(tmp_path: Path) -> None:
    with pytest.raises(ParseError, match="cannot be opened: No such file"):
        read_document(tmp_path / "none")
