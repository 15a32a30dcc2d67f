"""Between values and bytes, and the keys made of values.

What is kept is a msgpack of the model's type, compressed where it is long: what repeats itself in a finding is most of it, and
PostgreSQL's own compression takes many times as long.
"""

from datetime import UTC, datetime, timedelta
from functools import cache
from hashlib import sha256
from threading import local
from typing import Any, TypeVar

import msgspec
import zstandard

from vedette.errors import StoreError
from vedette.model.resource import ResourceRef

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_KEY_BYTES = 16
_SHORT = 512
"""Bytes that are not worth compressing."""
_LARGE = 16_384
"""Bytes from which on compressing may take longer; findings are smaller, inventories larger."""
_LARGEST = 1 << 30
_DIFFERENCE = b"\xc1"
"""The byte that msgpack never uses."""
_FRAME = b"\x28\xb5\x2f\xfd"
"""Zstandard's magic number; as msgpack it is a number, which no value of the model is."""
_encoder = msgspec.msgpack.Encoder()

_Value = TypeVar("_Value", bound=msgspec.Struct)


class _Tools(local):
    """Each thread's own: they must not be used by two at once."""

    def __init__(self) -> None:
        self.quick = zstandard.ZstdCompressor(level=-1, write_checksum=False)
        self.thorough = zstandard.ZstdCompressor(level=3, write_checksum=False)
        self.expander = zstandard.ZstdDecompressor()


_tools = _Tools()


def pack(value: msgspec.Struct) -> bytes:
    """Any of the model's values as it is kept.

    Raises:
        StoreError: for text that has no UTF-8.
    """
    return shrunk(encoded(value))


def encoded(value: msgspec.Struct) -> bytes:
    """Any of the model's values as bytes: equal values are equal bytes.

    Raises:
        StoreError: for text that has no UTF-8.
    """
    try:
        return _encoder.encode(value)
    except UnicodeEncodeError as error:
        raise StoreError(f"a {type(value).__name__} cannot be stored: {error.reason}") from error


def shrunk(data: bytes) -> bytes:
    """Compressed, where that is worth it."""
    if len(data) <= _SHORT:
        return data
    return (_tools.quick if len(data) < _LARGE else _tools.thorough).compress(data)


def difference(data: bytes, base: bytes) -> bytes:
    """What is to be known of the first where the second is known: a few dozen bytes for two states of a finding."""
    known = zstandard.ZstdCompressionDict(base, dict_type=zstandard.DICT_TYPE_RAWCONTENT)
    tool = zstandard.ZstdCompressor(level=-1, dict_data=known, write_checksum=False)
    return _DIFFERENCE + tool.compress(data)


def restored(data: bytes, base: bytes) -> bytes:
    """The way back; what was kept whole stays as it is.

    Raises:
        StoreError: for bytes that were damaged.
    """
    if not data.startswith(_DIFFERENCE):
        return data
    known = zstandard.ZstdCompressionDict(expanded(base), dict_type=zstandard.DICT_TYPE_RAWCONTENT)
    return _expanded(data[1:], zstandard.ZstdDecompressor(dict_data=known))


def content_of(data: bytes) -> int:
    """A number of 63 bits that tells one value's bytes from another's."""
    return int.from_bytes(sha256(data).digest()[:8]) >> 1


def expanded(data: bytes) -> bytes:
    """The way back; what was never compressed stays as it is.

    Raises:
        StoreError: for bytes that were damaged.
    """
    if not data.startswith(_FRAME):
        return data
    return _expanded(data, _tools.expander)


def _expanded(data: bytes, tool: zstandard.ZstdDecompressor) -> bytes:
    try:
        if zstandard.frame_content_size(data) > _LARGEST:
            raise StoreError("the store holds a value that is too large")
        return tool.decompress(data)
    except zstandard.ZstdError as error:
        raise StoreError(f"the store holds a value that cannot be expanded: {error}") from error


@cache
def _decoder(kind: type[_Value]) -> msgspec.msgpack.Decoder[Any]:
    return msgspec.msgpack.Decoder(kind)


def unpack_value(data: bytes, kind: type[_Value]) -> _Value:
    """The way back.

    Raises:
        StoreError: for bytes that another version of the program wrote differently, or that were damaged.
    """
    try:
        value: _Value = _decoder(kind).decode(expanded(data))
    except (msgspec.DecodeError, UnicodeDecodeError, TypeError) as error:
        raise StoreError(
            f"the store holds a {kind.__name__} that cannot be read: {error}"
        ) from error
    return value


def micros(moment: datetime) -> int:
    """Microseconds since 1970 of an aware time."""
    return (moment - _EPOCH) // timedelta(microseconds=1)


def ref_key(ref: ResourceRef) -> str:
    """One text per resource; sorts by account, Region, type, id."""
    return f"{ref.account or ''}|{ref.region or ''}|{ref.type}|{ref.partition}|{ref.id}"


def digest_key(*parts: str) -> bytes:
    """16 bytes that stand for texts of any length."""
    content = "\0".join(part.replace("\\", "\\\\").replace("\0", "\\0") for part in parts)
    return sha256(content.encode("utf-8", "surrogatepass")).digest()[:_KEY_BYTES]
