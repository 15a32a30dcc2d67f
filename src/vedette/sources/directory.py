"""A directory as a tree: a root file system, mounted, unpacked or running.

Directories are opened one below the other and links are never followed by the system, so that nothing that changes
during the walk leads out of the root. A wanted file that is a link is resolved as `chroot` would do it.
"""

import os
import stat
from collections.abc import Iterable, Iterator
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
from vedette.sources.tree import File, FileTree, Peek, Sieve, Wanted


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

    @property
    def runs_beside(self) -> bool:
        """It does not: looking at names is nearly all of it."""
        return False

    def content(self) -> None:
        """None, as for `digest`."""
        return

    def walk(
        self, wanted: Wanted, peek: Peek | None = None, sieve: Sieve | None = None
    ) -> Iterator[File | FileFailure]:
        """See `Layer.walk`; each directory's files by name, then its directories by name."""
        meter = Meter(self.limits, extractor="directory")
        try:
            with ExitStack() as stack:
                root = os.open(self.root, FOLDER)
                stack.callback(os.close, root)
                asked = _Asked(wanted, peek, sieve or _EVERYTHING)
                yield from _Walk(root, asked, meter, self.left_out).run(stack)
        except OSError as error:
            yield from meter.failure("", f"{self.root}: {error.strerror or error}")


_EVERYTHING = Sieve(dull=frozenset(), names=frozenset(), folders=frozenset())
_NOTHING: frozenset[str] = frozenset()


class _Asked(msgspec.Struct, frozen=True):
    """What of the files matters."""

    wanted: Wanted
    peek: Peek | None
    sieve: Sieve


_Candidate = tuple[str, bool, bool]
"""A file that may matter: its name, whether it is a link, and whether it is worth asking if it is wanted."""


class _Folder(msgspec.Struct, frozen=True):
    """An open directory and those of its directories that are still to be walked, the next one last."""

    descriptor: int
    path: str
    waiting: list[str]


class _Walk:
    def __init__(
        self,
        root: int,
        asked: _Asked,
        meter: Meter,
        left_out: frozenset[str],
    ) -> None:
        self._root = root
        self._wanted = asked.wanted
        self._peek = asked.peek
        self._sieve = asked.sieve
        self._meter = meter
        self._left_out = left_out
        self._entries = 0
        self._open: list[_Folder] = []

    def run(self, stack: ExitStack) -> Iterator[File | FileFailure]:
        stack.callback(self._close)
        opened, most = self._open, self._meter.limits.entries
        opened.append(_Folder(os.dup(self._root), "", []))
        yield from self._enter(opened[-1])
        while opened:
            above = opened[-1]
            if not above.waiting:
                os.close(opened.pop().descriptor)
                continue
            name = above.waiting.pop()
            path = _below(above.path, name)
            try:
                descriptor = os.open(name, FOLDER, dir_fd=above.descriptor)
            except OSError as error:
                yield from self._failed(path, error)
                continue
            opened.append(_Folder(descriptor, path, []))
            yield from self._enter(opened[-1])
            if self._entries > most:
                yield from self._meter.failure("", f"over {most} entries")
                return

    def _close(self) -> None:
        while self._open:
            os.close(self._open.pop().descriptor)

    def _enter(self, folder: _Folder) -> Iterable[File | FileFailure]:
        """A directory's files; its directories are noted."""
        if len(self._open) > self._meter.limits.depth:
            reason = f"over {len(self._open) - 1} folders deep"
            return self._meter.failure(_shown(folder.path), reason)
        try:
            files = self._listed(folder)
        except OSError as error:
            return self._failed(folder.path, error)
        return self._files(folder, files) if files else ()

    def _files(self, folder: _Folder, files: Iterable[_Candidate]) -> Iterator[File | FileFailure]:
        may_be = self._peek.may_be if self._peek else _never
        above = f"{folder.path}/" if folder.path else ""
        for name, is_link, may_be_wanted in files:
            place = above + name
            shown = place if place.isascii() else _shown(place)
            if may_be_wanted and (most := self._wanted(shown)):
                yield from self._file(folder, name, place, most, is_link=is_link)
            elif not is_link and self._peek and may_be(shown):
                # most are too small, and none of these should cost more than asking
                try:
                    status = os.stat(name, dir_fd=folder.descriptor, follow_symlinks=False)
                except OSError as error:
                    yield from self._failed(place, error)
                    continue
                if status.st_size >= self._peek.least and stat.S_ISREG(status.st_mode):
                    yield from self._parts(folder, name, place, self._peek)

    def _listed(self, folder: _Folder) -> list[_Candidate]:
        """The files that may matter; the folders wait."""
        found: list[os.DirEntry[str]] = []
        folders, path = folder.waiting, folder.path
        # as `Sieve.passes_over`, which a call would cost more than: every name of the tree comes by here
        dull = _NOTHING if path in self._sieve.folders else self._sieve.dull
        names = self._sieve.names
        passed = 0
        with os.scandir(folder.descriptor) as entries:
            for entry in entries:
                name = entry.name
                if entry.is_dir(follow_symlinks=False):
                    folders.append(name)
                elif name[name.rfind(".") :] in dull and name not in names:
                    passed += 1
                else:
                    found.append(entry)
        self._entries += passed + len(folders) + len(found)
        if self._left_out:
            folders[:] = [name for name in folders if _below(path, name) not in self._left_out]
        folders.sort(reverse=True)
        return self._candidates(path, found) if found else []

    def _candidates(self, path: str, found: Iterable[os.DirEntry[str]]) -> list[_Candidate]:
        """Those that are files, or links that may be wanted, by name."""
        files: list[_Candidate] = []
        may_want = self._sieve.may_want
        for entry in found:
            name = entry.name
            may_be_wanted = may_want(path, name)
            if entry.is_file(follow_symlinks=False):
                if may_be_wanted or self._peek:
                    files.append((name, False, may_be_wanted))
            elif may_be_wanted and entry.is_symlink():
                files.append((name, True, True))
        files.sort()
        return files

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


def _never(_path: str) -> bool:
    return False


def _below(folder: str, name: str) -> str:
    return f"{folder}/{name}" if folder else name


def _shown(path: str) -> str:
    """The path for others: names that are not UTF-8 as in archives."""
    return path if path.isascii() else readable(os.fsencode(path))
