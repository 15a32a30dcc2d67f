"""A directory as a tree: a root file system, mounted, unpacked or running.

Directories are opened one below the other and links are never followed by the system, so that nothing that changes
during the walk leads out of the root. A wanted file that is a link is resolved as `chroot` would do it.
"""

import os
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import msgspec

from vedette.errors import LimitError, SourceError
from vedette.model.inventory import FileFailure
from vedette.sources.limits import Limits, Meter
from vedette.sources.mounts import left_out
from vedette.sources.paths import readable
from vedette.sources.peeking import PartError
from vedette.sources.rooted import FOLDER, read_file, read_link, read_parts
from vedette.sources.tree import File, FileTree, Peek, Wanted


def open_directory(path: Path, limits: Limits | None = None) -> FileTree:
    """Open a directory as the root of a tree of one layer.

    Raises:
        SourceError: it is no directory, or cannot be read.
    """
    try:
        root = path.resolve(strict=True)
        os.close(os.open(root, FOLDER))
    except (OSError, RuntimeError) as error:  # RuntimeError: a loop of links
        raise SourceError(f"{path}: {getattr(error, 'strerror', None) or error}") from error
    layer = DirectoryLayer(root=root, limits=limits or Limits(), left_out=left_out(root))
    return FileTree(layers=(layer,), name=str(path))


class DirectoryLayer(msgspec.Struct, frozen=True, kw_only=True):
    """The files below a root; `left_out` are paths that are not entered."""

    root: Path
    limits: Limits
    left_out: frozenset[str] = frozenset()

    @property
    def digest(self) -> None:
        """None: what is there may change at any time."""
        return

    @property
    def size(self) -> int:
        """0: nobody knows before the walk."""
        return 0

    def content(self) -> None:
        """None, as for `digest`."""
        return

    def walk(self, wanted: Wanted, peek: Peek | None = None) -> Iterator[File | FileFailure]:
        """See `Layer.walk`; each directory's files by name, then its directories by name."""
        meter = Meter(self.limits, extractor="directory")
        try:
            with ExitStack() as stack:
                root = os.open(self.root, FOLDER)
                stack.callback(os.close, root)
                yield from _Walk(root, wanted, meter, self.left_out, peek).run(stack)
        except OSError as error:
            yield from meter.failure("", f"{self.root}: {error.strerror or error}")


class _Folder(msgspec.Struct, frozen=True):
    """An open directory and those of its directories that are still to be walked, the next one last."""

    descriptor: int
    path: str
    waiting: list[str]


class _Walk:
    def __init__(
        self,
        root: int,
        wanted: Wanted,
        meter: Meter,
        left_out: frozenset[str],
        peek: Peek | None,
    ) -> None:
        self._root = root
        self._wanted = wanted
        self._peek = peek
        self._meter = meter
        self._left_out = left_out
        self._entries = 0
        self._open: list[_Folder] = []

    def run(self, stack: ExitStack) -> Iterator[File | FileFailure]:
        stack.callback(self._close)
        yield from self._enter(os.dup(self._root), "")
        while self._open:
            folder = self._open[-1]
            if not folder.waiting:
                os.close(self._open.pop().descriptor)
                continue
            name = folder.waiting.pop()
            path = _below(folder.path, name)
            try:
                descriptor = os.open(name, FOLDER, dir_fd=folder.descriptor)
            except OSError as error:
                yield from self._failed(path, error)
                continue
            yield from self._enter(descriptor, path)
            if self._entries > self._meter.limits.entries:
                yield from self._meter.failure("", f"over {self._meter.limits.entries} entries")
                return

    def _close(self) -> None:
        while self._open:
            os.close(self._open.pop().descriptor)

    def _enter(self, descriptor: int, path: str) -> Iterator[File | FileFailure]:
        """Yield a directory's files and note its directories."""
        folder = _Folder(descriptor, path, [])
        self._open.append(folder)
        if len(self._open) > self._meter.limits.depth:
            yield from self._meter.failure(_shown(path), f"over {len(self._open) - 1} folders deep")
            return
        try:
            files, folders = self._listed(descriptor, path)
        except OSError as error:
            yield from self._failed(path, error)
            return
        folder.waiting.extend(folders)
        for name, is_link in files:
            place = _below(path, name)
            shown = _shown(place)
            if most := self._wanted(shown):
                yield from self._file(folder, name, place, most, is_link=is_link)
            elif self._peek and not is_link and self._peek.may_be(shown):
                yield from self._parts(folder, name, place, self._peek)

    def _listed(self, descriptor: int, path: str) -> tuple[list[tuple[str, bool]], list[str]]:
        files, folders = [], []
        with os.scandir(descriptor) as entries:
            for entry in entries:
                self._entries += 1
                if entry.is_dir(follow_symlinks=False):
                    if _below(path, entry.name) not in self._left_out:
                        folders.append(entry.name)
                elif entry.is_file(follow_symlinks=False):
                    files.append((entry.name, False))
                elif entry.is_symlink():
                    files.append((entry.name, True))
        return sorted(files), sorted(folders, reverse=True)

    def _file(
        self, folder: _Folder, name: str, path: str, most: int, *, is_link: bool
    ) -> Iterator[File | FileFailure]:
        shown = _shown(path)
        try:
            if is_link:
                data = read_link(path, self._root, most, self._meter, is_read=self._is_read)
            else:
                data = read_file(name, folder.descriptor, most, self._meter)
        except LimitError as error:
            yield from self._meter.failure(shown, error.reason)
        except OSError as error:
            yield from self._failed(path, error)
        else:
            if data is not None:
                yield File(path=shown, data=data)

    def _is_read(self, path: str) -> bool:
        return bool(self._wanted(_shown(path))) and not any(
            path.startswith(f"{folder}/") for folder in self._left_out
        )

    def _parts(
        self, folder: _Folder, name: str, path: str, peek: Peek
    ) -> Iterator[File | FileFailure]:
        try:
            yield from read_parts(name, folder.descriptor, _shown(path), peek)
        except PartError as error:
            yield from self._meter.failure(_shown(path), error.reason)
        except OSError as error:
            yield from self._failed(path, error)

    def _failed(self, path: str, error: OSError) -> Iterator[FileFailure]:
        yield from self._meter.failure(_shown(path), error.strerror or str(error))


def _below(folder: str, name: str) -> str:
    return f"{folder}/{name}" if folder else name


def _shown(path: str) -> str:
    """The path for others: names that are not UTF-8 as in archives."""
    return path if path.isascii() else readable(os.fsencode(path))
