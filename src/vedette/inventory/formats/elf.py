"""ELF: System V ABI, chapter 4 "Object Files" (elf(5)), 32 and 64 bits, both byte orders."""

import struct

import msgspec

from vedette.errors import ParseError
from vedette.inventory.formats.program import Section, Segment

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

    order: str
    form: _Form
    programs: tuple[int, int, int]  # of the program headers: offset, size of one, number
    table: int
    table_size: int
    names: int


def header(head: bytes) -> Header:
    """Read the header.

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
    whole = sections * section_size
    is_usable = (
        table and section_size == struct.calcsize(form.section_header) and whole <= _MOST_TABLE
    )
    return Header(
        order=order,
        form=form,
        programs=(offset, size, count),
        table=table,
        table_size=whole if is_usable else 0,
        names=names,
    )


def segments(head: bytes, header_: Header) -> tuple[Segment, ...]:
    """The segments whose headers are in the beginning of the file."""
    offset, size, count = header_.programs
    form = header_.form
    entry = struct.Struct(header_.order + form.program_header)
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
    form = struct.Struct(header_.order + header_.form.section_header)
    at = header_.names * form.size
    if at + form.size > len(table):
        return None
    values = form.unpack_from(table, at)
    kind, offset, size = values[1], values[4], values[5]
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
    form = header_.order + header_.form.section_header
    whole = table[: len(table) - len(table) % struct.calcsize(form)]
    return [
        (values[0], values[1], values[4], values[5]) for values in struct.iter_unpack(form, whole)
    ]
