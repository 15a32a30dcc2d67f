"""Java's archives: zip files (JAR File Specification) that hold more of their kind.

Only the central directory is looked through, and only what names libraries is inflated: manifests, Maven's
`pom.properties`, and archives within. How deep these go is bounded, as is what they come to altogether.
"""

import hashlib
from collections.abc import Iterator

import msgspec

from vedette.errors import LimitError, ParseError
from vedette.inventory.found import Fault
from vedette.sources.limits import Limits, Meter
from vedette.sources.paths import readable
from vedette.sources.zip import MemberReader
from vedette.sources.zip_directory import Entry, ending, find_directory

EXTENSIONS = ("jar", "war", "ear", "par", "sar", "nar", "kar", "jpi", "hpi")
"""Of files that are such archives; `.lpkg` and others hold these."""

_DEEPEST = 16
_MOST_ARCHIVES = 10_000
_MOST_INFLATED = 512 << 20
_LARGEST_TEXT = 1 << 20
_LIMITS = Limits(entries=1_000_000, directory=128 << 20, copied=_MOST_INFLATED, file=256 << 20)
_MANIFEST = b"META-INF/MANIFEST.MF"
_PROPERTIES = b"pom.properties"
_TAILS = frozenset(f".{extension}".encode() for extension in EXTENSIONS) | {
    _MANIFEST[-4:],
    _PROPERTIES[-4:],
}


class JavaArchive(msgspec.Struct, frozen=True, kw_only=True):
    """One archive: its file's name, where it is within the outermost one, and the texts that name what it holds.

    `sha1` (hex) is what Maven's repositories find it by.
    """

    name: str
    within: str
    manifest: bytes = b""
    properties: tuple[bytes, ...] = ()
    sha1: str = ""


class Archives:
    """An archive and those within it, as an iterator; afterwards `faults` are what could not be read.

    Raises:
        ParseError: where the outermost is no zip file, or is damaged.
    """

    def __init__(self, data: bytes, name: str) -> None:
        self.faults: list[Fault] = []
        self._meter = Meter(_LIMITS, extractor="java_archive")
        self._count = 0
        self._unread: list[str] = []
        self._outermost = (data, name)

    def __iter__(self) -> Iterator[JavaArchive]:
        data, name = self._outermost
        yield from self._read(data, name, "", 0)

    def _read(self, data: bytes, name: str, within: str, depth: int) -> Iterator[JavaArchive]:
        self._count += 1
        if self._count > _MOST_ARCHIVES:
            raise LimitError(f"over {_MOST_ARCHIVES} archives")
        reader = MemberReader(lambda offset, size: data[offset : offset + size], self._meter)
        manifest = b""
        properties: list[bytes] = []
        for entry in self._members(data, within):
            path = readable(entry.name)
            if entry.name == _MANIFEST:
                manifest = self._text(reader, entry, within)
            elif entry.name.endswith(b"/" + _PROPERTIES):
                properties.append(self._text(reader, entry, within))
            elif path.endswith(_SUFFIXES):
                yield from self._nested(reader, entry, _inside(within, path), depth)
        if self._unread and self._unread[-1] == within and not (manifest or properties):
            return  # what could not be opened is no library, whatever it is called
        yield JavaArchive(
            name=name,
            within=within,
            manifest=manifest,
            properties=tuple(properties),
            sha1=hashlib.sha1(data, usedforsecurity=False).hexdigest(),
        )

    def _members(self, data: bytes, within: str) -> Iterator[Entry]:
        """The members that matter; damage of an inner archive ends it alone."""
        try:
            directory = find_directory(
                lambda offset, size: data[offset : offset + size], len(data), _LIMITS
            )
            yield from ending(directory, _TAILS, _LIMITS)
        except ParseError as error:
            if not within:
                raise
            self.faults.append(Fault(place=within, reason=str(error)))
            self._unread.append(within)

    def _text(self, reader: MemberReader, entry: Entry, within: str) -> bytes:
        try:
            return reader.read(entry, _LARGEST_TEXT)
        except ParseError as error:
            self._fault(within, entry, error)
            return b""

    def _nested(
        self, reader: MemberReader, entry: Entry, within: str, depth: int
    ) -> Iterator[JavaArchive]:
        if depth == _DEEPEST:
            self.faults.append(Fault(place=within, reason=f"over {_DEEPEST} archives deep"))
            return
        try:
            data = reader.read(entry, _LIMITS.file)
        except ParseError as error:
            self.faults.append(Fault(place=within, reason=str(error)))
            return
        yield from self._read(data, within.rpartition("/")[2], within, depth + 1)

    def _fault(self, within: str, entry: Entry, error: ParseError) -> None:
        place = _inside(within, readable(entry.name))
        self.faults.append(Fault(place=place, reason=str(error)))


_SUFFIXES = tuple(f".{extension}" for extension in EXTENSIONS)


def _inside(within: str, path: str) -> str:
    """`!/` between an archive and what is in it, as Java's `jar:` URLs have it."""
    return f"{within}!/{path}" if within else path
