"""One header block of a tar archive (POSIX.1-2017 pax, "ustar Interchange Format"; GNU tar manual, "Basic Tar Format").

Where writers differ, Go's `archive/tar` decides, since the container engines use it: links and devices have no
content, whatever their size field says.
"""

import struct
from zlib import adler32

from vedette.errors import ParseError

REGULAR = ord("0")
HARD_LINK = ord("1")
SYMLINK = ord("2")
DIRECTORY = ord("5")
SPARSE = ord("S")
LONG_LINK = ord("K")
LONG_NAME = ord("L")
PAX = ord("x")
PAX_GLOBAL = ord("g")

REGULARS = frozenset({0, REGULAR, ord("7")})
"""Type flags of plain content: of old archives, of POSIX, and "contiguous"."""

LINKS = frozenset({HARD_LINK, SYMLINK})
"""Type flags of links."""

BARE = frozenset(b"123456")
"""Type flags of members that have no content: links, devices, directories and pipes."""

EXTENSIONS = frozenset({LONG_LINK, LONG_NAME, PAX, PAX_GLOBAL})
"""Type flags of headers that describe the next member."""

FIELDS = struct.Struct("100s24x11sB12x8sB188xB166x")
"""What tells the usual headers: name, the digits of the size and what follows them, checksum, type flag, the prefix's first byte."""

_BLOCK = 512
_MOST = 1 << 62
_MOST_REMEMBERED = 1 << 16
_ADLER_MODULUS = 65521


class Checksums(dict[bytes, int]):
    """What a header's whole block comes to by Adler-32's low half, by its checksum field; below 0 where that is no number.

    Adler-32's low half is the sum of the bytes plus one, modulo a prime: fifteen times as fast as adding them up.
    The field itself counts as blanks, so what the block must come to follows from the field alone.
    """

    def __missing__(self, field: bytes) -> int:
        """Reckon it; there are few different fields, and as many as one likes in a crafted archive."""
        stated = _stated(field)
        come = -1 if stated is None else (stated - 256 + sum(field) + 1) % _ADLER_MODULUS
        if len(self) < _MOST_REMEMBERED:
            self[field] = come
        return come

    def good(self, head: bytes) -> bool:
        """Whether a block's checksum is right."""
        field = head[148:156]
        # zeros do not count, so a part of a block may well have the sum of the whole
        if self[field] == adler32(head) & 0xFFFF and len(head) == _BLOCK:
            return True
        # old writers added up signed characters
        stated = _stated(field)
        rest = head[:148] + head[156:]
        return stated is not None and stated - 256 == sum(
            byte - 256 if byte > 127 else byte  # noqa: PLR2004 - a signed byte
            for byte in rest
        )


def _stated(field: bytes) -> int | None:
    try:
        return int(field.strip(b" \0"), 8)
    except ValueError:
        return None


def number(field: bytes) -> int:
    """A number in octal, or in base 256 where the first bit is set (GNU and star, for large ones).

    Raises:
        ParseError: it is neither, negative or beyond what any file can be.
    """
    digits = field.strip(b" \0")
    if not digits:
        return 0
    if digits.isdigit():
        try:
            return int(digits, 8)
        except ValueError:
            raise ParseError(f"not an octal number: {field!r}") from None
    if field[0] == 0x80:  # noqa: PLR2004 - the mark of a positive base-256 number
        value = int.from_bytes(field[1:], "big")
        if value < _MOST:
            return value
    raise ParseError(f"not a size: {field!r}")


def text(field: bytes) -> bytes:
    """A field up to its first NUL."""
    end = field.find(b"\0")
    return field if end < 0 else field[:end]


def full_name(head: bytes) -> bytes:
    """The name with the prefix that POSIX headers have; GNU's and older ones keep other things there."""
    end = head.find(b"\0")
    name = head[:end] if 0 <= end < 100 else head[:100]  # noqa: PLR2004 - the field's size
    if head[345] and head[257:263] == b"ustar\0":
        prefix = (
            head[345:476] if head[508:512] == b"tar\0" else head[345:500]
        )  # star's ends earlier
        return text(prefix) + b"/" + name
    return name


def octal_size(head: bytes) -> int:
    """The size field where it has the usual octal digits; below 0 for anything else."""
    try:
        return int(head[124:135], 8)
    except ValueError:
        return -1


def stored_size(head: bytes) -> int:
    """The size field.

    Raises:
        ParseError: it is none.
    """
    return number(head[124:136])
