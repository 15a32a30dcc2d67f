"""A download's `.part` file: what is there already, whether it may be continued, and the swap at the end.

`TARGET.part` holds the bytes, `TARGET.part.json` the reply that they are from. The part is locked; who finds it
locked writes to a private file instead, so two processes that fetch the same never mix their bytes.
"""

import fcntl
import hashlib
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import msgspec

_BLOCK = 1 << 20


class Validators(msgspec.Struct, frozen=True, kw_only=True):
    """What a server gave to recognise this version of a document again (RFC 9110, section 8.8)."""

    etag: str | None = None
    last_modified: str | None = None

    @property
    def if_range(self) -> str | None:
        """The value for `If-Range`, which takes no weak ETag."""
        if self.etag and not self.etag.startswith("W/"):
            return self.etag
        return None if self.etag else self.last_modified


class Origin(msgspec.Struct, frozen=True, kw_only=True):
    """Where the bytes of a part are from."""

    url: str
    validators: Validators


class Partial:
    """An open part file; `size` bytes are there and hashed.

    Args:
        target: where the whole file goes.
        path: the part, or a private file.
        file: open for reading and writing.
    """

    def __init__(self, target: Path, path: Path, file: BinaryIO) -> None:
        self._target = target
        self._path = path
        self._file = file
        self._note = path.with_name(path.name + ".json")
        self._hash = hashlib.sha256()
        self.size = 0

    @property
    def sha256(self) -> str:
        """Hex digest of what is there."""
        return self._hash.hexdigest()

    def origin(self) -> Origin | None:
        """Where the bytes are from; None where that is not known, so that they are worth nothing."""
        try:
            return msgspec.json.decode(self._note.read_bytes(), type=Origin)
        except (OSError, msgspec.MsgspecError, UnicodeDecodeError):
            return None

    def load(self) -> None:
        """Hash what an earlier run left."""
        self._file.seek(0)
        while block := self._file.read(_BLOCK):
            self._hash.update(block)
            self.size += len(block)

    @property
    def validators(self) -> Validators:
        """Those of the reply that the bytes are from."""
        origin = self.origin()
        return origin.validators if origin else Validators()

    def begin(self, origin: Origin | None) -> None:
        """Forget the bytes; note where the coming ones are from (None: they cannot be continued)."""
        self._file.seek(0)
        self._file.truncate()
        self._hash = hashlib.sha256()
        self.size = 0
        if origin is None:
            self._note.unlink(missing_ok=True)
        else:
            self._note.write_bytes(msgspec.json.encode(origin))

    def append(self, data: bytes) -> None:
        """Add the next bytes."""
        self._file.write(data)
        self._hash.update(data)
        self.size += len(data)

    def finish(self) -> None:
        """Put the file in its place, in one step."""
        self._file.flush()
        os.fsync(self._file.fileno())
        self._path.replace(self._target)
        self._note.unlink(missing_ok=True)

    def discard(self) -> None:
        """Leave nothing behind."""
        self._path.unlink(missing_ok=True)
        self._note.unlink(missing_ok=True)

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()


@contextmanager
def open_partial(target: Path) -> Iterator[Partial]:
    """The part of a target, locked, with what an earlier run left; a private one where it is in use.

    Raises:
        OSError: the directory cannot be written.
    """
    path = target.with_name(target.name + ".part")
    file = _locked(path)
    if file is None:
        handle, name = tempfile.mkstemp(
            prefix=f".{target.name[:64]}.", suffix=".part", dir=target.parent
        )
        partial = Partial(target, Path(name), os.fdopen(handle, "r+b"))
        try:
            yield partial
        finally:
            partial.discard()
            partial.close()
        return
    with file:
        partial = Partial(target, path, file)
        partial.load()
        try:
            yield partial
        finally:
            if not partial.size:
                partial.discard()


def measure(path: Path) -> tuple[int, str] | None:
    """Size and sha256 (hex) of a file; None where there is none.

    Raises:
        OSError: it is there and cannot be read.
    """
    try:
        with path.open("rb") as file:
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
            return file.tell(), sha256
    except FileNotFoundError:
        return None


def _locked(path: Path) -> BinaryIO | None:
    while True:
        file = os.fdopen(
            os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o666), "r+b"
        )
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if os.fstat(file.fileno()).st_ino == path.stat().st_ino:
                return file
        except BlockingIOError:
            file.close()
            return None
        except FileNotFoundError:
            pass  # its owner has just put it in its place
        except BaseException:
            file.close()
            raise
        file.close()
