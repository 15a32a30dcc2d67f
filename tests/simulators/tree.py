"""A tree of files in memory: the port `FileTree`, mutable in one line."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from vedette.model.digest import Digest, digest_of
from vedette.model.inventory import FileFailure
from vedette.sources.peeking import peeked
from vedette.sources.tree import File, FileTree, Hiding, HidingKind, Peek, Sieve, Wanted


class SimulatedLayer:
    """A layer of named bytes; `walks` counts how often it was really read."""

    def __init__(
        self,
        files: Mapping[str, bytes],
        *,
        hidings: Sequence[Hiding] = (),
        failures: Sequence[FileFailure] = (),
        digest: Digest | None = None,
    ) -> None:
        self.files = dict(files)
        self.hidings = tuple(hidings)
        self.failures = tuple(failures)
        self.walks = 0
        self._digest = digest

    @property
    def digest(self) -> Digest | None:
        return self._digest

    @property
    def size(self) -> int:
        return sum(map(len, self.files.values()))

    @property
    def runs_beside(self) -> bool:
        return True

    def content(self) -> tuple[str, ...] | None:
        return (self._digest,) if self._digest else None

    def walk(
        self, wanted: Wanted, peek: Peek | None = None, sieve: Sieve | None = None
    ) -> Iterator[File | Hiding | FileFailure]:
        self.walks += 1
        yield from self.hidings
        yield from self.failures
        for path, data in self.files.items():
            folder, _, name = path.rpartition("/")
            if sieve and sieve.passes_over(folder, name):
                continue
            limit = wanted(path)
            if limit and len(data) > limit:
                yield FileFailure(extractor="source", path=path, reason="too large")
            elif limit:
                yield File(path=path, data=data)
            elif peek and peek.may_be(path):
                yield Hiding(path=path, kind=HidingKind.FILE)
                yield from _parts(path, data, peek)


def _parts(path: str, data: bytes, peek: Peek) -> Iterator[File]:
    return peeked(path, len(data), peek, lambda at, size: data[at : at + size])


def tree(*layers: SimulatedLayer | Mapping[str, bytes]) -> FileTree:
    """A tree of layers from the bottom to the top; mappings become layers whose digest names their content."""
    return FileTree(
        layers=tuple(
            layer if isinstance(layer, SimulatedLayer) else layer_of(layer) for layer in layers
        ),
        name="simulated",
    )


def layer_of(
    files: Mapping[str, bytes], *, hidings: Sequence[Hiding] = (), salt: str = ""
) -> SimulatedLayer:
    """A layer with a digest of its content; `salt` tells equal ones apart."""
    content = repr((sorted(files.items()), hidings, salt)).encode()
    return SimulatedLayer(files, hidings=hidings, digest=digest_of(content))


def live(files: Mapping[str, bytes]) -> FileTree:
    """A tree of one layer without a digest, as a mounted directory is."""
    return tree(SimulatedLayer(files))


def files_below(folder: Path) -> dict[str, bytes]:
    """Every file of a real folder, by its path in it."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def whiteout(path: str) -> Hiding:
    return Hiding(path=path, kind=HidingKind.WHITEOUT)


def opaque(path: str) -> Hiding:
    return Hiding(path=path, kind=HidingKind.OPAQUE)


def replaced(path: str) -> Hiding:
    return Hiding(path=path, kind=HidingKind.REPLACED)
