"""One layer of an image: wherever its bytes are, inflated, compared with its digests and walked."""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from typing import BinaryIO

import msgspec

from vedette.errors import Error, ParseError
from vedette.model.digest import Digest
from vedette.sources.compression import Coding, Read, coding_of, inflate
from vedette.sources.limits import Flow, Limits, Meter
from vedette.sources.regions import Region, open_region
from vedette.sources.tar import Item, walk_tar
from vedette.sources.tree import Peek, Sieve, Wanted
from vedette.sources.window import StreamWindow, Window

_MAGIC = 6  # bytes that tell the coding

Stored = Region | BinaryIO
"""A blob's bytes: local ones can be read anywhere, others only from the beginning to the end."""


class Verify(StrEnum):
    """What of a layer is compared with its digests while it is read; a mismatch is a failure of the layer.

    `content`: the inflated bytes with the layer's digest, so that results may be kept under that digest.
    `stored`: the compressed bytes with the manifest's digest (layers that are not compressed are read in part only,
    so they are not compared). `nothing`: the fastest, for a target that is trusted to be whole.
    """

    NOTHING = "nothing"
    STORED = "stored"
    CONTENT = "content"


class ImageLayer(msgspec.Struct, frozen=True, kw_only=True):
    """A layer of an image; each walk opens it anew.

    Args:
        digest: the DiffID, that of the content as a tar archive.
        blob: the digest of what is stored, if the manifest gives one.
        name: how failures call it.
        stored: gives the bytes; may raise `Error` or `OSError`.
        limits: what is read at most.
        verify: what is compared with the digests.
        size: bytes of what is stored, as far as that is known.
        is_local: whether `stored` gives a region at once, of a file that was there before.
    """

    digest: Digest | None
    blob: Digest | None
    name: str
    stored: Callable[[], Stored]
    limits: Limits
    verify: Verify
    size: int = 0
    is_local: bool = False

    @property
    def runs_beside(self) -> bool:
        """See `Layer`: all but a local tar archive that is neither compressed nor hashed."""
        if not self.is_local or (self.verify is Verify.CONTENT and self.digest is not None):
            return True
        try:
            stored = self.stored()
            if not isinstance(stored, Region):
                return True
            with open_region(stored) as opened:
                return coding_of(opened.read(_MAGIC)) is not Coding.NONE
        except (Error, OSError):
            return False  # there is nothing to be read

    def content(self) -> tuple[str, ...] | None:
        """See `Layer.content`: the digest where it is compared, else the place of local bytes (`Region.place`)."""
        if self.verify is Verify.CONTENT:
            return (self.digest,) if self.digest else None
        if not self.is_local:
            return None
        try:
            stored = self.stored()
        except Error:
            return None
        return stored.place() if isinstance(stored, Region) else None

    def walk(
        self, wanted: Wanted, peek: Peek | None = None, sieve: Sieve | None = None
    ) -> Iterator[Item]:
        """See `Layer.walk`.

        Digests are compared at the end, so what is yielded before a mismatch is reported is not to be trusted either.
        """
        meter = Meter(self.limits, extractor="layer", layer=self.digest)
        verify = [self.verify]  # for the first pass only, of which there is always one

        def opened() -> Iterator[Window]:
            return self._open(verify.pop() if verify else Verify.NOTHING)

        try:
            yield from walk_tar(
                contextmanager(opened), wanted, meter, whiteouts=True, peek=peek, sieve=sieve
            )
        except (Error, OSError) as error:
            yield from meter.failure("", f"{self.name}: {error}")

    def _open(self, verify: Verify) -> Iterator[Window]:
        stored = self.stored()
        if not isinstance(stored, Region):
            with stored:
                yield from self._streamed(stored.read, verify)
            return
        with open_region(stored) as opened:
            is_plain = coding_of(opened.window().read(0, _MAGIC)) is Coding.NONE
            if is_plain and (verify is not Verify.CONTENT or self.digest is None):
                yield opened.window()
            else:
                yield from self._streamed(opened.read, verify)

    def _streamed(self, read: Read, verify: Verify) -> Iterator[Window]:
        check: _Check | None = None
        if verify is Verify.CONTENT and self.digest is not None:
            check = _Check(self.digest, "content")
            pieces = check.passing(inflate(read, Flow(self.limits)))
        elif verify is not Verify.NOTHING and self.blob is not None:
            check = _Check(self.blob, "blob")
            pieces = inflate(check.reading(read), Flow(self.limits))
        else:
            pieces = inflate(read, Flow(self.limits))
        yield StreamWindow(pieces)
        for _ in pieces:
            pass  # what follows the archive, usually zeros; the compression's own checksum comes last
        if check is not None:
            check.compare()


class _Check:
    def __init__(self, digest: Digest, what: str) -> None:
        self._digest = digest
        self._what = what
        self._algorithm = digest.partition(":")[0]
        self._hash = hashlib.new(self._algorithm)

    def passing(self, pieces: Iterator[bytes]) -> Iterator[bytes]:
        for piece in pieces:
            self._hash.update(piece)
            yield piece

    def reading(self, read: Read) -> Read:
        def checked(size: int) -> bytes:
            data = read(size)
            self._hash.update(data)
            return data

        return checked

    def compare(self) -> None:
        found = f"{self._algorithm}:{self._hash.hexdigest()}"
        if found != self._digest:
            raise ParseError(
                f"the {self._what} is {found}, not {self._digest}; nothing of it can be trusted"
            )
