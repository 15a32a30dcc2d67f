"""What an extractor is: a frozen record and one pure function."""

from collections.abc import Callable
from enum import StrEnum

import msgspec

from vedette.inventory.found import Extraction


class FileInput(msgspec.Struct, frozen=True, kw_only=True):
    """A file that matched: its path in the tree (no leading `/`) and its content, whole or the extractor's part."""

    path: str
    data: bytes


class Purpose(StrEnum):
    """What a file says of the packages that it names."""

    INSTALLED = "installed"  # they are there: databases and metadata that installing leaves
    DECLARED = "declared"  # they are asked for or chosen, not there: manifests and lock files


class Extractor(msgspec.Struct, frozen=True, kw_only=True):
    """A package format's reader.

    Args:
        name: the name of its module.
        version: raised whenever the same bytes give another result; part of every cache key.
        title: what it reads, for people.
        patterns: globs of whole paths: `*` stays in one part, `**/` is any parts or none. The last part
            is a literal, or `*` and one literal extension, or `*` below literal parts
            (see `vedette.inventory.index`).
        limit: the most bytes a file may have; a larger one is a failure.
        extract: gives what a file holds. Raises ParseError, and only that, where it is not what its format
            says; a bad record among good ones is a `Fault` instead. No I/O.
        part: what it reads of programs (`vedette.inventory.formats.executable`), which no pattern finds; else empty.
        purpose: whether a file proves that its packages are there, or only names them.
    """

    name: str
    version: int
    title: str
    patterns: tuple[str, ...]
    limit: int
    extract: Callable[[FileInput], Extraction]
    purpose: Purpose = Purpose.INSTALLED
    part: str = ""
