"""Mach-O, the programs of macOS: `mach-o/loader.h`, for one architecture, 32 and 64 bits, both byte orders."""

import struct
from collections.abc import Iterator

import msgspec

from vedette.errors import ParseError
from vedette.inventory.formats.program import Program, Section, Segment

_MOST_COMMANDS = 1 << 20
_READ_WRITE = 3


class _Form(msgspec.Struct, frozen=True):
    header: int
    command: int
    segment: (
        str  # name, address, size in memory, offset, size in the file, protections, sections, flags
    )
    section: str  # name, segment's name, address, size, offset, …


_FORM32 = _Form(28, 0x1, "16s4I4I", "16s16s9I")
_FORM64 = _Form(32, 0x19, "16s4Q4I", "16s16s2Q8I")
STARTS = {
    b"\xfe\xed\xfa\xce": (">", _FORM32),
    b"\xce\xfa\xed\xfe": ("<", _FORM32),
    b"\xfe\xed\xfa\xcf": (">", _FORM64),
    b"\xcf\xfa\xed\xfe": ("<", _FORM64),
}


def size(head: bytes) -> int:
    """Bytes of the header with all load commands.

    Raises:
        ParseError: where it is cut off, or larger than any real one.
    """
    order, form = STARTS[head[:4]]
    if len(head) < form.header:
        raise ParseError("a header that is cut off")
    (commands,) = struct.unpack_from(f"{order}I", head, 20)
    if commands > _MOST_COMMANDS:
        raise ParseError(f"{commands} bytes of load commands")
    return form.header + int(commands)


def program(header: bytes) -> Program:
    """The program of a header (one that `size` has seen) with its load commands, as far as they go."""
    order, form = STARTS[header[:4]]
    segments: list[Segment] = []
    sections: list[Section] = []
    entry = struct.Struct(order + form.segment)
    section = struct.Struct(order + form.section)
    for start, end in _commands(header, order, form):
        if end - start < entry.size:
            continue
        _, address, _, offset, length, most, protection, count, _ = entry.unpack_from(header, start)
        is_data = most == protection == _READ_WRITE and bool(address and length)
        segments.append(Segment(address, offset, length, is_data))
        first = start + entry.size
        for at in range(
            first, min(first + count * section.size, end - section.size + 1), section.size
        ):
            name, _, _, bytes_, where, *_ = section.unpack_from(header, at)
            sections.append(Section(name.rstrip(b"\0").decode("latin-1"), where, bytes_))
    return Program(tuple(segments), tuple(sections))


def _commands(header: bytes, order: str, form: _Form) -> Iterator[tuple[int, int]]:
    """Start and end of the content of each command that loads a segment."""
    at = form.header
    while at + 8 <= len(header):
        kind, length = struct.unpack_from(f"{order}2I", header, at)
        if length < 8 or at + length > len(header):  # noqa: PLR2004 - of its own head
            return
        if kind == form.command:
            yield at + 8, at + length
        at += length
