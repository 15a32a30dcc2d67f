"""Where layers' results are kept: content-addressed, so an entry is never wrong, only missing.

Entries are files of a checksum and the payload, written beside and renamed in, so that processes may share a folder
and a crash leaves no half entry; one that does not match its checksum is dropped and read anew.
"""

import contextlib
import os
from pathlib import Path
from typing import Protocol

from vedette.errors import ConfigError

_CHECKSUM = 32  # bytes of SHA-256
_LARGEST = 256 << 20
_SUFFIX = ".layer"
_KEPT = 0.8  # of the bound, after making room: so that room is not made at every write


class LayerCache(Protocol):
    """Bytes by key; keys are hex digests. May forget anything at any time. Called from several threads."""

    def get(self, key: str) -> bytes | None:
        """The bytes kept under a key, None where there are none."""
        ...

    def put(self, key: str, data: bytes) -> None:
        """Keep bytes under a key. A cache that cannot be written is no error: the layer is read again."""
        ...


class DirectoryCache:
    """A folder of entries, least recently used first out.

    Args:
        folder: made where it is missing.
        most_bytes: the most that all entries may take.

    Raises:
        ConfigError: where the folder cannot be made.
    """

    def __init__(self, folder: Path, *, most_bytes: int = 2 << 30) -> None:
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ConfigError(f"cannot use {folder} as a cache: {error.strerror}") from error
        self._folder = folder
        self._most_bytes = most_bytes
        from threading import Lock  # noqa: PLC0415 - as below

        self._lock = Lock()
        self._held: int | None = None

    def get(self, key: str) -> bytes | None:
        """See `LayerCache.get`."""
        path = self._path(key)
        try:
            if path.stat().st_size > _LARGEST:
                return None
            content = path.read_bytes()
        except OSError:
            return None
        checksum, data = content[:_CHECKSUM], content[_CHECKSUM:]
        if checksum != _checksum(key, data):
            _remove(path)
            return None
        with contextlib.suppress(OSError):
            os.utime(path)
        return data

    def put(self, key: str, data: bytes) -> None:
        """See `LayerCache.put`."""
        size = len(data) + _CHECKSUM
        if size > min(_LARGEST, self._most_bytes):
            return
        with self._lock, contextlib.suppress(OSError):
            self._make_room(size)
            self._write(self._path(key), _checksum(key, data) + data)

    def _path(self, key: str) -> Path:
        return self._folder / f"{key}{_SUFFIX}"

    def _write(self, path: Path, content: bytes) -> None:
        import tempfile  # noqa: PLC0415 - what is known already is read without it

        with tempfile.NamedTemporaryFile(dir=self._folder, prefix=".", delete=False) as file:
            temporary = Path(file.name)
            try:
                file.write(content)
                file.close()
                temporary.replace(path)
            except OSError:
                _remove(temporary)
                raise

    def _make_room(self, size: int) -> None:
        """Remove what was not used for longest, where the new entry would go over the bound.

        Between looks the size is only summed up: another process's entries are seen at the next look.
        """
        if self._held is not None and self._held + size <= self._most_bytes:
            self._held += size
            return
        entries = sorted(_entries(self._folder))
        held = sum(bytes_ for _, bytes_, _ in entries)
        room = self._most_bytes if held + size <= self._most_bytes else self._most_bytes * _KEPT
        for _, bytes_, path in entries:
            if held + size <= room:
                break
            _remove(path)
            held -= bytes_
        self._held = held + size


def _entries(folder: Path) -> list[tuple[int, int, Path]]:
    """Last use, size and path of everything in the folder, temporary files of crashed writers too."""
    found: list[tuple[int, int, Path]] = []
    with os.scandir(folder) as scan:
        for entry in scan:
            with contextlib.suppress(OSError):
                stat = entry.stat(follow_symlinks=False)
                found.append((stat.st_mtime_ns, stat.st_size, Path(entry.path)))
    return found


def _checksum(key: str, data: bytes) -> bytes:
    """Over the key too: an entry renamed to another key is no entry of it."""
    import hashlib  # noqa: PLC0415 - a target without a cache need not load OpenSSL

    return hashlib.sha256(key.encode() + b"\0" + data).digest()


def _remove(path: Path) -> None:
    with contextlib.suppress(OSError):
        path.unlink()
