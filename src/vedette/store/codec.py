"""Between values and bytes, and the keys made of values."""

from datetime import UTC, datetime, timedelta
from functools import cache
from hashlib import sha256
from typing import Any, TypeVar

import msgspec

from vedette.errors import StoreError
from vedette.model.resource import ResourceRef

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_KEY_BYTES = 16
_encoder = msgspec.msgpack.Encoder()

_Value = TypeVar("_Value", bound=msgspec.Struct)


def pack(value: msgspec.Struct) -> bytes:
    """Any of the model's values as bytes.

    Raises:
        StoreError: for text that has no UTF-8.
    """
    try:
        return _encoder.encode(value)
    except UnicodeEncodeError as error:
        raise StoreError(f"a {type(value).__name__} cannot be stored: {error.reason}") from error


@cache
def _decoder(kind: type[_Value]) -> msgspec.msgpack.Decoder[Any]:
    return msgspec.msgpack.Decoder(kind)


def unpack_value(data: bytes, kind: type[_Value]) -> _Value:
    """The way back.

    Raises:
        StoreError: for bytes that another version of the program wrote differently, or that were damaged.
    """
    try:
        value: _Value = _decoder(kind).decode(data)
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
