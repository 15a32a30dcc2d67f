"""The content of one plain member, once it is known to be small enough."""

from vedette.errors import LimitError, ParseError
from vedette.sources import tar_sparse
from vedette.sources.limits import Meter
from vedette.sources.tar_members import Member
from vedette.sources.window import Window

_MAP_SURPLUS = 4 << 20  # the map of pax format 1.0 stands with the data


class UnusableError(ParseError):
    """A member that cannot be used, while its archive can be read on."""


def content(window: Window, member: Member, most: int, meter: Meter) -> bytes:
    """What the member stands for, at most `most` bytes.

    Raises:
        UnusableError: it is larger than is allowed, faulty, or the archive ends before it does.
        ParseError: the archive's bytes cannot be had.
    """
    _check(member, most, meter)
    data = window.read(member.offset, member.stored)
    if len(data) < member.stored:
        reason = f"the archive ends after {len(data)} of {member.stored} bytes"
        raise UnusableError(reason, f"offset {member.offset}")
    if member.sparse is None:
        return data
    try:
        return tar_sparse.expanded(member.sparse, data, meter.limits)
    except ParseError as error:
        raise UnusableError(error.reason) from error


def _check(member: Member, most: int, meter: Meter) -> None:
    if member.fault:
        raise UnusableError(member.fault)
    size = member.sparse.size if member.sparse else member.stored
    try:
        meter.copy(size, most)
    except LimitError as error:
        raise UnusableError(error.reason) from error
    if member.sparse and member.stored > size + _MAP_SURPLUS:
        raise UnusableError(f"a sparse file of {size} bytes with {member.stored} of data")
