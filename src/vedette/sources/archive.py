"""AWS Lambda functions: the code's zip on top of its layers' zips, which Lambda unpacks below `/opt`."""

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import msgspec

from vedette.errors import ParseError, SourceError
from vedette.model.digest import Digest, digest_of
from vedette.model.inventory import FileFailure
from vedette.sources.dull import dull_names
from vedette.sources.limits import Limits, Meter
from vedette.sources.regions import open_region, region_of
from vedette.sources.tree import FileTree, Peek, Sieve, Wanted
from vedette.sources.zip import Item, walk_zip
from vedette.sources.zip_directory import ReadAt, find_directory

Zip = Path | bytes

_BLOCK = 1 << 20
_BELOW = "opt/"


class ZipLayer(msgspec.Struct, frozen=True, kw_only=True):
    """A zip file as a layer; its paths are put below `prefix`. `digest` is that of the file, None where nobody asked for it."""

    digest: Digest | None
    source: Zip
    prefix: str
    limits: Limits

    @property
    def size(self) -> int:
        """Bytes of the file."""
        return len(self.source) if isinstance(self.source, bytes) else _size(self.source)

    @property
    def runs_beside(self) -> bool:
        """It does not: the directory is nearly all of it."""
        return False

    def content(self) -> tuple[str, ...] | None:
        """See `Layer.content`; the same zip may be a function's code and another's layer."""
        if self.digest:
            return self.digest, self.prefix
        try:
            place = None if isinstance(self.source, bytes) else region_of(self.source).place()
        except OSError:
            return None
        return place and (*place, self.prefix)

    def walk(
        self, wanted: Wanted, peek: Peek | None = None, sieve: Sieve | None = None
    ) -> Iterator[Item]:
        """See `Layer.walk`; where a name comes twice, the later one counts."""
        meter = Meter(self.limits, extractor="zip", layer=self.digest)
        try:
            with _opened(self.source) as (read_at, size):
                directory = find_directory(read_at, size, self.limits)
                yield from walk_zip(
                    read_at,
                    directory,
                    wanted,
                    meter,
                    prefix=self.prefix,
                    peek=peek,
                    dull=dull_names(sieve),
                )
        except ParseError as error:
            yield from meter.failure("", str(error))
        except OSError as error:
            yield from meter.failure("", error.strerror or str(error))


def open_lambda(
    code: Zip,
    layers: Sequence[Zip] = (),
    limits: Limits | None = None,
    *,
    name: str | None = None,
    is_hashed: bool = True,
) -> FileTree:
    """Open a function's deployment package.

    Args:
        code: the function's zip; its paths stay as they are.
        layers: zips of its Lambda layers in their order; their paths come below `opt/`.
        limits: what is read at most.
        name: what to call the function; the file's name by default.
        is_hashed: whether layers have digests, for which whole files are read.

    Raises:
        SourceError: the code is no zip file, or cannot be read. (A layer's is a failure.)
    """
    limits = limits or Limits()
    stack: list[ZipLayer] = []
    failures: list[FileFailure] = []
    for position, layer in enumerate(layers):
        try:
            stack.append(_layer(layer, _BELOW, limits, is_hashed=is_hashed))
        except SourceError as error:
            place = str(layer) if isinstance(layer, Path) else f"layer {position + 1}"
            failures.append(FileFailure(extractor="lambda", path=place, reason=str(error)))
    top = _layer(code, "", limits, is_hashed=is_hashed)
    return FileTree(
        layers=(*stack, top),
        name=name or (str(code) if isinstance(code, Path) else top.digest or "the zip"),
        digest=top.digest,
        failures=tuple(failures),
    )


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _layer(source: Zip, prefix: str, limits: Limits, *, is_hashed: bool) -> ZipLayer:
    place = str(source) if isinstance(source, Path) else "the zip"
    try:
        with _opened(source) as (read_at, size):
            find_directory(read_at, size, limits)
        digest = _digest(source) if is_hashed else None
    except ParseError as error:
        raise SourceError(f"{place}: {error}") from error
    except OSError as error:
        raise SourceError(f"{place}: {error.strerror or error}") from error
    return ZipLayer(digest=digest, source=source, prefix=prefix, limits=limits)


def _digest(source: Zip) -> Digest:
    if isinstance(source, bytes):
        return digest_of(source)
    with source.open("rb") as file:
        return Digest("sha256:" + hashlib.file_digest(file, "sha256").hexdigest())


@contextmanager
def _opened(source: Zip) -> Iterator[tuple[ReadAt, int]]:
    if isinstance(source, bytes):
        data = source
        yield lambda offset, size: data[offset : offset + size], len(data)
        return
    region = region_of(source)
    with open_region(region) as opened:
        yield opened.window().read, region.size
