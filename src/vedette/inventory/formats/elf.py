"""ELF: System V ABI, chapter 4 "Object Files" (elf(5)), 32 and 64 bits, both byte orders."""

import struct

import msgspec

from vedette.errors import ParseError
from vedette.inventory.formats.program import Program, Section, Segment

START = b"\x7fELF"
_IDENT = 16
_LOAD = 1
_NO_BITS = 8
_WRITE_EXECUTE, _WRITE = 3, 2
_MOST_TABLE = 4 << 20


class _Form(msgspec.Struct, frozen=True):
    """Structures of one class; `program` and `section` say which of their fields are meant."""

    header: str
    program_header: str
    program_fields: tuple[int, ...]  # type, flags, offset, address, size in the file
    section_header: str


_FORMS = {
    1: _Form("HHIIIIIHHHHHH", "8I", (0, 6, 1, 2, 4), "10I"),
    2: _Form("HHIQQQIHHHHHH", "2I6Q", (0, 1, 2, 3, 5), "2I4Q2I2Q"),
}
_ORDERS = {1: "<", 2: ">"}


class Header(msgspec.Struct, frozen=True):
    """What the beginning of the file says; the table of sections is at `table`, `table_size` bytes, 0 where there is none."""

    program: Program
    order: str
    section_form: str
    table: int
    table_size: int
    names: int


def header(head: bytes) -> Header:
    """Read the header and the program headers that are in `head`.

    Raises:
        ParseError: where it is not an ELF header.
    """
    if len(head) <= _IDENT:
        raise ParseError("a header that is cut off")
    form, order = _FORMS.get(head[4]), _ORDERS.get(head[5])
    if form is None or order is None:
        raise ParseError("neither 32 nor 64 bits, or no byte order")
    try:
        fields = struct.unpack_from(order + form.header, head, _IDENT)
    except struct.error as error:
        raise ParseError("a header that is cut off") from error
    _, _, _, _, offset, table, _, _, size, count, section_size, sections, names = fields
    section_form = order + form.section_header
    whole = sections * section_size
    is_usable = table and section_size == struct.calcsize(section_form) and whole <= _MOST_TABLE
    return Header(
        program=Program(segments=_segments(head, order, form, (offset, size, count))),
        order=order,
        section_form=section_form,
        table=table,
        table_size=whole if is_usable else 0,
        names=names,
    )


def _segments(
    head: bytes, order: str, form: _Form, place: tuple[int, int, int]
) -> tuple[Segment, ...]:
    offset, size, count = place
    entry = struct.Struct(order + form.program_header)
    found = []
    if size != entry.size:
        return ()
    for at in range(offset, min(offset + size * count, len(head) - size + 1), size):
        values = entry.unpack_from(head, at)
        kind, flags, start, address, length = (values[field] for field in form.program_fields)
        if kind == _LOAD:
            found.append(Segment(address, start, length, flags & _WRITE_EXECUTE == _WRITE))
    return tuple(found)


def names_section(header_: Header, table: bytes) -> Section | None:
    """Where the names of the sections are."""
    entries = _entries(header_, table)
    if header_.names >= len(entries):
        return None
    _, kind, offset, size = entries[header_.names]
    return None if kind == _NO_BITS or size > _MOST_TABLE else Section("", offset, size)


def sections(header_: Header, table: bytes, names: bytes) -> tuple[Section, ...]:
    """The sections that have bytes in the file."""
    found = []
    for name, kind, offset, size in _entries(header_, table):
        end = names.find(b"\0", name)
        if kind != _NO_BITS and end > name:
            found.append(Section(names[name:end].decode("latin-1"), offset, size))
    return tuple(found)


def _entries(header_: Header, table: bytes) -> list[tuple[int, int, int, int]]:
    size = struct.calcsize(header_.section_form)
    whole = table[: len(table) - len(table) % size]
    return [
        (values[0], values[1], values[4], values[5])
        for values in struct.iter_unpack(header_.section_form, whole)
    ]
