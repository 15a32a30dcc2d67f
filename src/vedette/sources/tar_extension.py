"""What headers before a member say about it: GNU's long names and pax records (POSIX.1-2017 pax, "pax Extended Header")."""

from collections.abc import Iterator, Mapping

import msgspec

from vedette.errors import ParseError
from vedette.sources.limits import Limits
from vedette.sources.tar_header import LONG_LINK, LONG_NAME, PAX_GLOBAL, text

_NAMES = frozenset({b"path", b"linkpath", b"GNU.sparse.name"})
_TELLING = _NAMES | {
    b"size",
    *(b"GNU.sparse." + key for key in (b"realsize", b"size", b"major", b"map")),
}
_LONGEST = 7  # digits of a length that is looked at in passing
_HOLES = frozenset({b"GNU.sparse.offset", b"GNU.sparse.numbytes"})


class Extension(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of the next member before its own header; `fault` says why that is not reliable.

    Args:
        name: GNU's long name.
        link: GNU's long link target.
        records: pax records by key, those for all members and those for the next one.
        common: pax records for all members that follow.
        holes: offsets and sizes of the data of a sparse file of pax format 0.0, alternating.
        fault: the first thing wrong.
    """

    name: bytes | None = None
    link: bytes | None = None
    records: Mapping[bytes, bytes] = msgspec.field(default_factory=dict)
    common: Mapping[bytes, bytes] = msgspec.field(default_factory=dict)
    holes: tuple[bytes, ...] = ()
    fault: str | None = None

    def used(self) -> "Extension":
        """What remains for the member after the next one."""
        return Extension(common=self.common, records=self.common)


NOTHING = Extension()


def tells(body: bytes) -> bool:
    """Whether pax records may say more than times and attributes, which is what most have; a quick look."""
    if body.count(b"=") == body.count(b"time="):
        return False
    return b"path=" in body or b"size=" in body or b"GNU.sparse." in body


def path_alone(body: bytes, size: int, limits: Limits) -> bytes | None:
    """The path, of pax records that tell nothing else; empty where they tell nothing; None where they need care.

    Container engines write records for little but paths of over a hundred bytes, other builders one for each time.
    """
    if len(body) < size:
        return None
    length, _, path = body.partition(b" path=")
    if not length.isdigit() or len(length) > _LONGEST:
        return None if tells(body) else b""
    is_whole = int(length) == size and path.find(b"\n") == len(path) - 1 and path.find(b"\0") < 0
    return path[:-1] if is_whole and 1 < len(path) <= limits.path else None


def extended(known: Extension, kind: int, body: bytes, limits: Limits) -> Extension:
    """Add what one more header says; a wrong one makes the member faulty, not the archive."""
    try:
        if kind in {LONG_NAME, LONG_LINK}:
            return _long(known, kind, _short(text(body), limits))
        if not tells(body):
            return known
        records, holes = _records(body, limits)
    except ParseError as error:
        return msgspec.structs.replace(known, fault=known.fault or str(error))
    if kind == PAX_GLOBAL:
        common = {**known.common, **records}
        return msgspec.structs.replace(known, common=common, records={**common, **known.records})
    holes = (*known.holes, *holes)
    if len(holes) > 2 * limits.sparse:
        fault = known.fault or f"a sparse file in over {limits.sparse} pieces"
        return msgspec.structs.replace(known, fault=fault)
    return msgspec.structs.replace(known, records={**known.records, **records}, holes=holes)


def _long(known: Extension, kind: int, name: bytes) -> Extension:
    if kind == LONG_NAME:
        return msgspec.structs.replace(known, name=name)
    return msgspec.structs.replace(known, link=name)


def _short(name: bytes, limits: Limits) -> bytes:
    if len(name) > limits.path:
        raise ParseError(f"a name of {len(name)} bytes, more than {limits.path}")
    return name


def _records(body: bytes, limits: Limits) -> tuple[dict[bytes, bytes], tuple[bytes, ...]]:
    records: dict[bytes, bytes] = {}
    holes: list[bytes] = []
    for key, value in _pairs(body):
        if key in _HOLES:
            holes.append(value)
        elif key in _TELLING:
            if b"\0" in value:
                raise ParseError(f"a pax {key.decode()} with a NUL")
            records[key] = _short(value, limits) if key in _NAMES else value
    return records, tuple(holes)


def _pairs(body: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The `length key=value` records, one a line, the length counting itself and the newline."""
    at = 0
    while at < len(body):
        space = body.find(b" ", at, at + 20)
        length = body[at:space] if space > 0 else b""
        end = at + int(length) if length.isdigit() else 0
        key, equals, value = body[space + 1 : end - 1].partition(b"=")
        if end > len(body) or end <= space or not equals or body[end - 1 : end] != b"\n":
            raise ParseError(f"a malformed pax record: {body[at : at + 40]!r}")
        yield key, value
        at = end
