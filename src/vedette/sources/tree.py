"""The one abstraction that inventory reads: a tree of files in layers.

A source opens a target and gives a `FileTree`. Its layers are walked from the bottom to the top, possibly
at the same time in several threads; each layer is walked once, and only the files that `wanted` asks for are
copied. Everything hostile (sizes, ratios, counts, depth, paths, links) is handled below this interface.
"""

from collections.abc import Callable, Generator, Iterator
from enum import StrEnum
from typing import Protocol

import msgspec

from vedette.model.digest import Digest
from vedette.model.inventory import FileFailure

Wanted = Callable[[str], int]
"""Path (relative, `/` between parts, no leading `/`) → the most bytes worth reading; 0: not wanted."""


Reading = Generator[tuple[int, int], bytes, tuple[tuple[str, bytes], ...]]
"""Asks for parts of a file (offset, size) and is sent their bytes, fewer only where the file ends.

Returns what is worth keeping of the file, each with a name; raises nothing. It bounds what it asks for; asking for later parts after
earlier ones is the cheapest.
"""


class Peek(msgspec.Struct, frozen=True, kw_only=True):
    """Regular files that no name tells, such as executables: known by how they begin, then read in parts.

    Args:
        may_be: whether a file's path allows for it. Such a file hides what lower layers have at its path.
        least: bytes; a smaller file is passed over.
        starts: what the first four bytes may be.
        read: reads the parts of a file of that size.
    """

    may_be: Callable[[str], bool]
    least: int
    starts: frozenset[bytes]
    read: Callable[[int], Reading]


class Sieve(msgspec.Struct, frozen=True, kw_only=True):
    """What of most files the name alone tells: that nobody wants them. A walk may pass them over without asking.

    Args:
        dull: extensions (with the dot) of files that are neither wanted nor peeked at, but for those below.
        names: names of files that may be wanted all the same.
        folders: folders in which every file may be.
        extensions: what else may be wanted ends in; None: anything may be.
    """

    dull: frozenset[str]
    names: frozenset[str]
    folders: frozenset[str]
    extensions: frozenset[str] | None = None

    def passes_over(self, folder: str, name: str) -> bool:
        """Whether a file of that name in the folder is of no interest, as a walk finds out in fewer steps."""
        return (
            name[name.rfind(".") :] in self.dull
            and name not in self.names
            and folder not in self.folders
        )

    def may_want(self, folder: str, name: str) -> bool:
        """Whether it is worth asking if a file of that name in the folder is wanted."""
        return (
            self.extensions is None
            or name[name.rfind(".") :] in self.extensions
            or name in self.names
            or folder in self.folders
        )


class File(msgspec.Struct, frozen=True, kw_only=True):
    """A wanted regular file with its content; where `part` is given, with what a `Peek` kept under that name."""

    path: str
    data: bytes
    part: str = ""


class HidingKind(StrEnum):
    """How an entry of an upper layer hides what lies below it."""

    WHITEOUT = "whiteout"  # `.wh.NAME`: the path and everything under it is gone
    OPAQUE = "opaque"  # `.wh..wh..opq`: everything under the path in lower layers is gone
    REPLACED = "replaced"  # the path is now a link, device or file: nothing of it or under it below remains
    FILE = (
        "file"  # the same by a regular file that `wanted` does not ask for and `Peek.may_be` allows
    )


class Hiding(msgspec.Struct, frozen=True, kw_only=True):
    """A path of this layer that hides lower layers' content (OCI image spec, layer.md, "Whiteouts")."""

    path: str
    kind: HidingKind


class Layer(Protocol):
    """One layer: for an image its changeset, else the only one."""

    @property
    def digest(self) -> Digest | None:
        """The digest of the content (an image layer's DiffID, a zip's sha256); None if it is live."""
        ...

    @property
    def size(self) -> int:
        """Bytes of what is stored; 0 where that is not known before it is read."""
        ...

    @property
    def runs_beside(self) -> bool:
        """Whether much of a walk leaves the interpreter to others: inflating, hashing, fetching."""
        ...

    def content(self) -> tuple[str, ...] | None:
        """What names everything that a walk may give, so that results may be kept under it; None where nothing does.

        A digest that was only claimed names nothing: a crafted image could put its content under another's. Bytes in
        a local file have a name all the same, its place and times, under which nothing else can be put.
        """
        ...

    def walk(
        self, wanted: Wanted, peek: Peek | None = None, sieve: Sieve | None = None
    ) -> Iterator[File | Hiding | FileFailure]:
        """Wanted files, parts of others, hidings and what could not be read, in the layer's own order.

        A failure inside the layer is yielded, never raised, and never ends the walk of what can still be read. One
        with a path stands for that file, which lower layers' must not be taken for; the path `""` means the layer.
        What `sieve` passes over is neither wanted nor peeked at. A file larger than `wanted` allows is a failure. Where a path comes twice, the later one counts.
        """
        ...


class FileTree(msgspec.Struct, frozen=True, kw_only=True):
    """A target opened for reading; `layers` from the bottom to the top.

    `failures` are those met on opening (a layer that is missing). `digest` names the whole content where it
    has a name (an image's config or manifest digest). `architecture` is as the image's config writes it.
    """

    layers: tuple[Layer, ...]
    name: str
    digest: Digest | None = None
    architecture: str | None = None
    failures: tuple[FileFailure, ...] = ()
