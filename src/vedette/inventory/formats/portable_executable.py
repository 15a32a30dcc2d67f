"""PE, the programs of Windows and .NET: Microsoft's "PE Format", COFF header, optional header, section table."""

import struct

from vedette.errors import ParseError
from vedette.inventory.formats.program import Program, Section, Segment

START = b"MZ"
MOST_HEADER = (
    24 + 240 + 96 * 40
)  # the signature and header, the largest optional header, 96 sections
_PLACE = 0x3C
_COFF = struct.Struct("<4s2H3I2H")
_SECTION = struct.Struct("<8s6I2HI")
_DATA = 0xC0000040  # initialised, readable, writable
_ALIGNMENT = 0x00F00000
_BASES = {0x10B: (28, "<I"), 0x20B: (24, "<Q")}  # PE32, PE32+


def place(head: bytes) -> int:
    """Where the header is.

    Raises:
        ParseError: where the file is cut off.
    """
    if len(head) < _PLACE + 4:
        raise ParseError("a DOS header that is cut off")
    (offset,) = struct.unpack_from("<I", head, _PLACE)
    return int(offset)


def program(header: bytes) -> Program:
    """The program of a header; its sections are its segments.

    Raises:
        ParseError: where it is none.
    """
    try:
        mark, _, count, _, _, _, optional, _ = _COFF.unpack_from(header)
        (magic,) = struct.unpack_from("<H", header, _COFF.size)
        if mark != b"PE\0\0" or magic not in _BASES:
            raise ParseError("not a PE header")
        at, form = _BASES[magic]
        (base,) = struct.unpack_from(form, header, _COFF.size + at)
    except struct.error as error:
        raise ParseError("a PE header that is cut off") from error
    segments, sections = [], []
    first = _COFF.size + optional
    last = min(first + count * _SECTION.size, len(header) - _SECTION.size + 1)
    for start in range(first, last, _SECTION.size):
        name, _, address, size, offset, _, _, _, _, flags = _SECTION.unpack_from(header, start)
        is_data = flags & ~_ALIGNMENT == _DATA and bool(address and size)
        segments.append(Segment(base + address, offset, size, is_data))
        sections.append(Section(name.rstrip(b"\0").decode("latin-1"), offset, size))
    return Program(tuple(segments), tuple(sections))
