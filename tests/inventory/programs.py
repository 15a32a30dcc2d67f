"""Writes small programs for tests: ELF, PE and Mach-O files with Go's build information and named sections."""

import struct
import zlib
from collections.abc import Mapping

_MARK = b"\xff Go buildinf:"
_BASE = 0x400000
_DATA = 0x1000  # where the data segment begins, in the file and above the base
_NOTE = b"Go\0\0"

Sections = Mapping[str, bytes]


def build_info(version: str, *lines: str) -> bytes:
    """As Go 1.18 and later have it."""
    module = framed(lines)
    head = _MARK + b"\x08\x02" + bytes(16)
    return head + _varint(len(version)) + version.encode() + _varint(len(module)) + module


def framed(lines: tuple[str, ...]) -> bytes:
    text = "".join(f"{line}\n" for line in lines).encode()
    return b"<" * 16 + text + b">" * 16 if lines else b""


def old_build_info(
    version: str, *lines: str, base: int = _BASE + _DATA, size: int = 8, order: str = "<"
) -> bytes:
    """As Go before 1.18 had it, at the beginning of the data: pointers to strings that come after."""
    texts = [version.encode(), framed(lines)]
    form = f"{order}{'Q' if size == 8 else 'I'}"
    head = _MARK + bytes((size, order == ">"))
    strings = 64
    contents = strings + 4 * size
    places = []
    body = b""
    for text in texts:
        places += [base + contents + len(body), len(text)]
        body += text
    pointers = [base + strings, base + strings + 2 * size]
    head += b"".join(struct.pack(form, pointer) for pointer in pointers)
    return head.ljust(strings, b"\0") + b"".join(struct.pack(form, p) for p in places) + body


def audit(document: bytes) -> bytes:
    return zlib.compress(document)


def elf(
    data: bytes = b"",
    sections: Sections | None = None,
    *,
    bits: int = 64,
    order: str = "<",
    note: bool = True,
) -> bytes:
    """An ELF file: `data` is its writable segment; sections come after it, then their names and their table."""
    note_text = struct.pack(f"{order}3I", 4, 4, 4) + _NOTE + b"id\0\0" if note else b""
    head_size, entry_size, table_entry = (64, 56, 64) if bits == 64 else (52, 32, 40)
    body = bytearray((b"\0" * (head_size + 2 * entry_size) + note_text).ljust(_DATA, b"\0"))
    body += data
    names = b"\0"
    table = [(0, 0, 0, 0)]
    for name, content in {**(sections or {}), ".shstrtab": b""}.items():
        content_ = names + b".shstrtab\0" if name == ".shstrtab" else content
        table.append((len(names), 1, len(body), len(content_)))
        names += name.encode() + b"\0"
        body += content_
    place = len(body)
    for name_at, kind, offset, size in table:
        body += _section(bits, order, name_at, kind, offset, size)
    ident = b"\x7fELF" + bytes((bits // 32, 1 if order == "<" else 2, 1)) + bytes(9)
    words = "QQQ" if bits == 64 else "III"
    body[:head_size] = ident + struct.pack(
        f"{order}HHI{words}I6H", 2, 62, 1, _BASE, head_size, place, 0, head_size, entry_size, 2,
        table_entry, len(table), len(table) - 1,
    )  # fmt: skip
    text = _load(bits, order, 5, 0, _DATA)
    writable = _load(bits, order, 6, _DATA, len(data))
    body[head_size : head_size + 2 * entry_size] = text + writable
    return bytes(body)


def pe(data: bytes = b"", sections: Sections | None = None, *, bits: int = 64) -> bytes:
    """A PE file: `data` is its section `.data`."""
    contents = {".data": (data, 0xC0000040)}
    contents |= {name: (content, 0x40000040) for name, content in (sections or {}).items()}
    optional = struct.pack("<H", 0x20B if bits == 64 else 0x10B).ljust(
        24 if bits == 64 else 28, b"\0"
    )
    optional = (optional + struct.pack("<Q" if bits == 64 else "<I", _BASE)).ljust(240, b"\0")
    head = b"MZ\x90\0".ljust(0x3C, b"\0") + struct.pack("<I", 0x80)
    head = head.ljust(0x80, b"\0")
    head += struct.pack("<4s2H3I2H", b"PE\0\0", 0x8664, len(contents), 0, 0, 0, len(optional), 0)
    head += optional
    body = b""
    address = _DATA
    for name, (content, flags) in contents.items():
        head += struct.pack("<8s6I2HI", name.encode(), len(content), address, len(content),
                            _DATA + len(body), 0, 0, 0, 0, flags)  # fmt: skip
        body += content
        address += 0x100000
    return head.ljust(_DATA, b"\0") + body


def macho(
    data: bytes = b"", sections: Sections | None = None, *, bits: int = 64, order: str = "<"
) -> bytes:
    """A Mach-O file: `data` is its segment `__DATA`, whose sections come after it."""
    contents = list((sections or {}).items())
    body = data
    entries = b""
    for name, content in contents:
        fields = (name.encode(), b"__DATA", _BASE + len(body), len(content), _DATA + len(body))
        form = "16s16s2QI7I" if bits == 64 else "16s16s2II6I"
        entries += struct.pack(order + form, *fields, *[0] * (7 if bits == 64 else 6))
        body += content
    form = "16s4Q4I" if bits == 64 else "16s4I4I"
    segment = struct.pack(order + form, b"__DATA", _BASE, len(body), _DATA, len(body), 3, 3,
                          len(contents), 0)  # fmt: skip
    commands = struct.pack(f"{order}2I", 2, 24) + bytes(16)
    kind = 0x19 if bits == 64 else 0x1
    commands += struct.pack(f"{order}2I", kind, 8 + len(segment + entries)) + segment + entries
    head = struct.pack(f"{order}7I", 0xFEEDFACF if bits == 64 else 0xFEEDFACE, 0, 0, 2, 2,
                       len(commands), 0)  # fmt: skip
    return (head + (bytes(4) if bits == 64 else b"") + commands).ljust(_DATA, b"\0") + body


def _load(bits: int, order: str, flags: int, offset: int, size: int) -> bytes:
    address = _BASE + offset
    if bits == 64:
        return struct.pack(f"{order}2I6Q", 1, flags, offset, address, address, size, size, 4096)
    return struct.pack(f"{order}8I", 1, offset, address, address, size, size, flags, 4096)


def _section(bits: int, order: str, name: int, kind: int, offset: int, size: int) -> bytes:
    if bits == 64:
        return struct.pack(f"{order}2I4Q2I2Q", name, kind, 0, 0, offset, size, 0, 0, 1, 0)
    return struct.pack(f"{order}10I", name, kind, 0, 0, offset, size, 0, 0, 1, 0)


def _varint(number: int) -> bytes:
    out = b""
    while number >= 0x80:
        out += bytes((number & 0x7F | 0x80,))
        number >>= 7
    return out + bytes((number,))
