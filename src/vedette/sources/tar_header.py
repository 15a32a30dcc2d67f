"""One header block of a tar archive (POSIX.1-2017 pax, "ustar Interchange Format"; GNU tar manual, "Basic Tar Format").

Where writers differ, Go's `archive/tar` decides, since the container engines use it: links and devices have no
content, whatever their size field says.
"""

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

BARE = frozenset(b"123456")
"""Type flags of members that have no content: links, devices, directories and pipes."""

EXTENSIONS = frozenset({LONG_LINK, LONG_NAME, PAX, PAX_GLOBAL})
"""Type flags of headers that describe the next member."""

_BLOCK = 512
_MOST = 1 << 62
_MOST_REMEMBERED = 1 << 16
_ADLER_MODULUS = 65521


class Checksums:
    """Compares headers' checksums, remembering what each checksum field asks for.

    Adler-32's low half is the sum of the bytes plus one, modulo a prime: fifteen times as fast as adding them up.
    The field itself counts as blanks, so what the whole block must come to follows from the field alone.
    """

    def __init__(self) -> None:
        self.expected: dict[bytes, int] = {}

    def known(self, head: bytes) -> bool:
        """Whether the checksum is right and its field has been seen before; False says nothing."""
        # zeros do not count, so a part of a block may well have the sum of the whole
        return self.expected.get(head[148:156]) == adler32(head) & 0xFFFF and len(head) == _BLOCK

    def good(self, head: bytes) -> bool:
        """Whether the checksum is right."""
        if self.known(head):
            return True
        field = head[148:156]
        try:
            stated = int(field.strip(b" \0"), 8)
        except ValueError:
            return False
        expected = (stated - 256 + sum(field) + 1) % _ADLER_MODULUS
        if expected == adler32(head) & 0xFFFF:
            if len(self.expected) < _MOST_REMEMBERED:
                self.expected[field] = expected
            return True
        # old writers added up signed characters
        rest = head[:148] + head[156:]
        return stated - 256 == sum(byte - 256 if byte > 127 else byte for byte in rest)  # noqa: PLR2004 - a signed byte


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
