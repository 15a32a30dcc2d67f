"""Compressed streams against the compressors, whole and damaged."""

import bz2
import gzip
import io
import lzma
import random
from contextlib import suppress

import pytest
import zstandard
from hypothesis import given, settings, strategies as st

from vedette.errors import LimitError, ParseError
from vedette.sources.compression import PIECE, Coding, coding_of, inflate
from vedette.sources.limits import Flow, Limits

NOISE = random.Random(1).randbytes(700_000)


def zstd(data: bytes) -> bytes:
    return zstandard.ZstdCompressor(write_checksum=True).compress(data)


def inflated(data: bytes, limits: Limits | None = None) -> bytes:
    return b"".join(inflate(io.BytesIO(data).read, Flow(limits or Limits())))


@pytest.mark.parametrize("compress", [bytes, gzip.compress, zstd])
@pytest.mark.parametrize("content", [b"", b"x", NOISE, bytes(PIECE), bytes(3 * PIECE + 1)])
def test_round_trip(compress: type[bytes], content: bytes) -> None:
    assert inflated(compress(content)) == content


@pytest.mark.parametrize("compress", [gzip.compress, zstd])
def test_several_members_are_one_stream(compress: type[bytes]) -> None:
    pieces = [NOISE[:1000], b"", NOISE, b"end"]
    assert inflated(b"".join(map(compress, pieces))) == b"".join(pieces)


def test_tiny_members_do_not_take_quadratic_time() -> None:
    assert inflated(gzip.compress(b"x") * 20_000) == b"x" * 20_000


def test_zeros_may_follow_gzip() -> None:
    packed = gzip.compress(NOISE)
    assert inflated(packed + bytes(1 << 20)) == NOISE
    assert inflated(packed + bytes(10) + packed) == NOISE * 2


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (gzip.compress(NOISE)[:-1], "gzip: ends early"),
        (gzip.compress(NOISE)[:-8], "gzip: ends early"),
        (gzip.compress(NOISE)[:300_000], "gzip: ends early"),
        (b"\x1f\x8b", "gzip: ends early"),
        (gzip.compress(NOISE) + b"more", "gzip: followed by something else"),
        (gzip.compress(NOISE) + b"\x1f\x8c", "gzip: ends early"),
        (gzip.compress(NOISE) + b"\x1f\x8c" + bytes(99), "gzip: Error"),
        (b"\x1f\x8b" + b"\xff" * 99, "gzip: Error"),
        (zstd(NOISE)[:-100] + bytes(100), "zstd: "),
        (zstd(NOISE)[:9] + b"\xff" * 99, "zstd: "),
        (zstd(NOISE) + b"more", "zstd: "),
        (bz2.compress(NOISE), "compressed with bzip2, which container images do not use"),
        (lzma.compress(NOISE), "compressed with xz, which container images do not use"),
    ],
)
def test_damage(data: bytes, reason: str) -> None:
    with pytest.raises(ParseError) as error:
        inflated(data)
    assert error.value.reason.startswith(reason)


def test_damage_has_its_offset() -> None:
    packed = gzip.compress(NOISE)
    with pytest.raises(ParseError) as error:
        inflated(packed + b"more")
    assert str(error.value) == f"offset {len(packed)}: gzip: followed by something else"


@pytest.mark.parametrize("place", [-1, -5, 400_000])
def test_gzip_checksums_are_compared(place: int) -> None:
    packed = bytearray(gzip.compress(NOISE))
    packed[place] ^= 1
    with pytest.raises(ParseError, match="gzip: "):
        inflated(bytes(packed))


@pytest.mark.parametrize("compress", [gzip.compress, zstd])
def test_bombs_are_stopped(compress: type[bytes]) -> None:
    bomb = compress(bytes(20_000_000))
    with pytest.raises(LimitError, match="inflates over 100 times"):
        inflated(bomb, Limits(ratio=100, ratio_from=1_000_000))
    with pytest.raises(LimitError, match="inflates to over 5000000 bytes"):
        inflated(bomb, Limits(inflated=5_000_000))


def test_what_was_inflated_before_damage_is_given() -> None:
    pieces = inflate(io.BytesIO(gzip.compress(NOISE)[:-1]).read, Flow(Limits()))
    seen = b""
    with suppress(ParseError):
        for piece in pieces:
            seen += piece
    assert seen == NOISE


def test_zstd_that_is_cut_off_just_ends() -> None:
    """Which its reader cannot tell; what is in it says so: an archive without its end, another digest."""
    assert NOISE.startswith(inflated(zstd(NOISE)[:-200_000]))


@given(
    st.binary(max_size=200),
    st.integers(0, 199),
    st.integers(0, 255),
    st.sampled_from([gzip.compress, zstd]),
)
@settings(max_examples=150)
def test_damaged_streams_raise_parse_errors_only(
    content: bytes, place: int, value: int, compress: type[bytes]
) -> None:
    packed = bytearray(compress(content))
    packed[place % len(packed)] = value
    with suppress(ParseError):
        inflated(bytes(packed))


@pytest.mark.parametrize(
    ("start", "coding"),
    [
        (b"", Coding.NONE),
        (b"\x50", Coding.NONE),
        (b"etc/passwd", Coding.NONE),
        (b"\x5e\x2a\x4d\x18", Coding.ZSTD),
        (b"\x60\x2a\x4d\x18", Coding.NONE),
    ],
)
def test_coding(start: bytes, coding: Coding) -> None:
    assert coding_of(start) is coding
