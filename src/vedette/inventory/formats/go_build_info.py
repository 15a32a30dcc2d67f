"""The build information that Go's linker puts into a program: Go's src/debug/buildinfo, src/cmd/link/internal/ld/data.go.

It begins with a mark, the size of a pointer and flags. Since Go 1.18 two strings follow, each after its length as a
varint; before, there are two pointers to strings (a pointer and a length) elsewhere in the program's memory.
"""

from collections.abc import Generator
from typing import Literal

from vedette.inventory.formats.program import Program

_MARK = b"\xff Go buildinf:"
_SIZE = 32
_IN_LINE = 2
_BIG_ENDIAN = 1
_LONGEST = 16 << 20
_PIECE = 256 << 10
_FRAME = 16  # of the module information, before and after
_VARINT = 5  # bytes of the longest length that is taken

_Order = Literal["big", "little"]
Reading = Generator[tuple[int, int], bytes, bytes | None]


def read_build_info(program: Program, offset: int, size: int) -> Reading:
    """Look for it in a part of the file, piece by piece since C's linker may put it behind megabytes of other data.

    Gives the toolchain's version, a newline and the module information, or None.
    """
    window, start, end = b"", offset, offset + size
    at = -1
    while at < 0:
        piece = yield start + len(window), min(_PIECE, end - start - len(window))
        if not piece:
            return None
        window += piece
        at = window.find(_MARK)
        if at < 0:
            kept = window[1 - len(_MARK) :]
            window, start = kept, start + len(window) - len(kept)
    window = yield from _grown(window[at:], start + at, _SIZE)
    return (yield from _strings(program, window, start + at))


def _strings(program: Program, window: bytes, offset: int) -> Reading:
    if len(window) < _SIZE:
        return None
    pointer_size, flags = window[14], window[15]
    if flags & _IN_LINE:
        version, rest, window = yield from _text(window, _SIZE, offset)
        module, _, _ = yield from _text(window, rest, offset)
    elif pointer_size in {4, 8}:
        order: _Order = "big" if flags & _BIG_ENDIAN else "little"
        version = yield from _pointed(program, window[16:], pointer_size, order)
        module = yield from _pointed(program, window[16 + pointer_size :], pointer_size, order)
    else:
        return None
    if not version:
        return None
    is_framed = len(module) > 2 * _FRAME and module[-_FRAME - 1 : -_FRAME] == b"\n"
    return version + b"\n" + (module[_FRAME:-_FRAME] if is_framed else b"")


def _grown(window: bytes, offset: int, size: int) -> Generator[tuple[int, int], bytes, bytes]:
    """The window, which is at an offset of the file, of at least a size where the file goes on."""
    while len(window) < size:
        piece = yield offset + len(window), size - len(window)
        if not piece:
            break
        window += piece
    return window


def _text(
    window: bytes, at: int, offset: int
) -> Generator[tuple[int, int], bytes, tuple[bytes, int, bytes]]:
    """The string whose length is at a place of the window, the place after it, and the window as it has grown."""
    window = yield from _grown(window, offset, at + _VARINT)
    length, width = _varint(window[at : at + _VARINT])
    at += width
    if not width or length > _LONGEST:
        return b"", at, window
    window = yield from _grown(window, offset, at + length)
    return window[at : at + length], at + length, window


def _varint(data: bytes) -> tuple[int, int]:
    """The number and its width; no width where it does not end (encoding/binary, "varint")."""
    number = 0
    for width, byte in enumerate(data, 1):
        number |= (byte & 0x7F) << 7 * (width - 1)
        if byte < 0x80:  # noqa: PLR2004 - the bit that says that more follows
            return number, width
    return 0, 0


def _pointed(
    program: Program, window: bytes, size: int, order: _Order
) -> Generator[tuple[int, int], bytes, bytes]:
    """The string behind a pointer to its pointer and length."""
    place = program.offset(int.from_bytes(window[:size], order))
    if place is None:
        return b""
    both = yield place, 2 * size
    place = program.offset(int.from_bytes(both[:size], order))
    length = int.from_bytes(both[size:], order)
    if place is None or length > _LONGEST:
        return b""
    return (yield place, length)
