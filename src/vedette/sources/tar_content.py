"""The content of one plain member, once it is known to be small enough."""

from vedette.errors import ParseError
from vedette.sources import tar_sparse
from vedette.sources.limits import Meter
from vedette.sources.tar_members import Member
from vedette.sources.window import Window

_MAP_SURPLUS = 4 << 20  # the map of pax format 1.0 stands with the data


def content(window: Window, member: Member, most: int, meter: Meter) -> bytes:
    """What the member stands for, at most `most` bytes.

    Raises:
        LimitError: it is larger than is allowed.
        ParseError: it is faulty, or the archive ends before it does.
    """
    if member.fault:
        raise ParseError(member.fault)
    sparse = member.sparse
    size = sparse.size if sparse else member.stored
    meter.copy(size, most)
    if sparse and member.stored > size + _MAP_SURPLUS:
        raise ParseError(f"a sparse file of {size} bytes with {member.stored} of data")
    data = window.read(member.offset, member.stored)
    if len(data) < member.stored:
        raise ParseError(
            f"the archive ends after {len(data)} of {member.stored} bytes",
            f"offset {member.offset}",
        )
    return tar_sparse.expanded(sparse, data, meter.limits) if sparse else data
