"""Between values and columns."""

from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, TypeVar

import msgspec

from vedette.errors import StoreError
from vedette.model.resource import ResourceRef

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Packed(msgspec.Struct, frozen=True, kw_only=True):
    """A record of the store's own."""


_Value = TypeVar("_Value", bound=msgspec.Struct)

pack = msgspec.msgpack.Encoder().encode
"""Any of the model's values as bytes."""


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
    except msgspec.DecodeError as error:
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
