"""The mounted file systems of a disk as one layer: directories are read, and of files only those that are wanted."""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping

import msgspec

from vedette.errors import LimitError, ParseError
from vedette.model.inventory import FileFailure
from vedette.sources.filesystem import FILE, FOLDER, LINK, UNKNOWN, Entry, FileSystem
from vedette.sources.limits import Meter
from vedette.sources.paths import readable
from vedette.sources.peeking import peeked
from vedette.sources.tree import File, Peek, Wanted

_TOP = b""
_READ = frozenset({FILE, FOLDER, LINK})
_TIMES = 4  # entries looked through for links, as a multiple of what a walk may have
_KEPT = 64

Item = File | FileFailure


class _Place(msgspec.Struct, frozen=True):
    """An inode of one of the file systems."""

    system: FileSystem
    inode: int
    kind: int


class _Folder(msgspec.Struct, frozen=True):
    """A directory that is still to be walked."""

    path: bytes
    inode: int


def walk_mounts(
    mounts: Mapping[bytes, FileSystem], wanted: Wanted, meter: Meter, peek: Peek | None = None
) -> Iterator[Item]:
    """See `Layer.walk`; each directory's files by name, then its directories by name.

    Args:
        mounts: file systems by the path they are mounted at; `b""` is the root.
        wanted: see `Layer.walk`.
        meter: what may be used.
        peek: see `Layer.walk`.
    """
    walk = _Walk(mounts, wanted, meter, peek)
    for path in sorted(mounts):
        yield from walk.run(path)


def read_path(system: FileSystem, path: str, most: int, meter: Meter) -> bytes | None:
    """The file that a path means in one file system; None where there is none, or it is larger or damaged."""
    walk = _Walk({_TOP: system}, lambda _: 0, meter, None)
    try:
        return walk.read(path.encode(), most)
    except (ParseError, OSError):
        return None


class _Walk:
    def __init__(
        self,
        mounts: Mapping[bytes, FileSystem],
        wanted: Wanted,
        meter: Meter,
        peek: Peek | None,
    ) -> None:
        self._mounts = mounts
        self._wanted = wanted
        self._meter = meter
        self._peek = peek
        self._entries = 0
        self._looked = 0
        self._looked_up: dict[tuple[int, int], dict[bytes, Entry]] = {}

    def run(self, mount: bytes) -> Iterator[Item]:
        """One file system, without what is mounted in it."""
        system = self._mounts[mount]
        waiting = [_Folder(mount, system.root)]
        seen: set[int] = set()
        while waiting:
            folder = waiting.pop()
            if folder.inode in seen:
                yield from self._failed(folder.path, "a directory that is in several places")
                continue
            seen.add(folder.inode)
            files, folders, failures = self._listed(system, folder)
            yield from failures
            waiting.extend(reversed(folders))
            for path, entry in files:
                yield from self._item(system, path, entry)
            if self._entries > self._meter.limits.entries:
                yield from self._meter.failure("", f"over {self._meter.limits.entries} entries")
                return

    def _listed(
        self, system: FileSystem, folder: _Folder
    ) -> tuple[list[tuple[bytes, Entry]], list[_Folder], list[FileFailure]]:
        """A directory's files and directories by name, and what is wrong with it."""
        files: list[tuple[bytes, Entry]] = []
        folders: list[_Folder] = []
        failures: list[FileFailure] = []
        try:
            for path, entry in self._entered(system, folder.path, folder.inode):
                if b"/" in entry.name or b"\0" in entry.name or not entry.name:
                    failures += self._failed(path, "a name that no file can have")
                elif entry.kind != FOLDER:
                    files.append((path, entry))
                elif path not in self._mounts:
                    folders.append(_Folder(path, entry.inode))
        except (ParseError, OSError) as error:
            failures += self._failed(folder.path, _said(error))
        files.sort(key=lambda file: file[0])
        return files, sorted(folders, key=lambda one: one.path), failures

    def _entered(
        self, system: FileSystem, path: bytes, inode: int
    ) -> Iterator[tuple[bytes, Entry]]:
        """The regular files, directories and links in a directory, with their paths."""
        limits = self._meter.limits
        if path.count(b"/") >= limits.depth:
            raise LimitError(f"over {limits.depth} folders deep")
        for entry in system.listing(inode):
            self._entries += 1
            if self._entries > limits.entries:
                return  # the walk ends after this directory
            place = path + b"/" + entry.name if path else entry.name
            if entry.kind == UNKNOWN:
                kind = system.kind(entry.inode)
                entry = Entry(entry.name, entry.inode, kind)  # noqa: PLW2901 - the same, completed
            if entry.kind in _READ:
                yield place, entry

    def _item(self, system: FileSystem, path: bytes, entry: Entry) -> Iterator[Item]:
        shown = readable(path)
        most = self._wanted(shown)
        if not most and (self._peek is None or entry.kind == LINK or not self._peek.may_be(shown)):
            return
        try:
            if most:
                data = (
                    self._linked(path, most)
                    if entry.kind == LINK
                    else self._content(_Place(system, entry.inode, entry.kind), most)
                )
                if data is not None:
                    yield File(path=shown, data=data)
            elif self._peek is not None:
                content = system.content(entry.inode)
                yield from peeked(shown, content.size, self._peek, content.read)
        except (ParseError, OSError) as error:
            yield from self._meter.failure(shown, _said(error))

    def read(self, path: bytes, most: int) -> bytes | None:
        """The regular file that a path means; None where there is none."""
        found = self._resolved(path)
        return None if found is None else self._content(found[1], most)

    def _linked(self, path: bytes, most: int) -> bytes | None:
        """What a link leads to; None too where that is read under its own path anyway: it is one file."""
        found = self._resolved(path)
        if found is None or self._wanted(readable(found[0])):
            return None
        return self._content(found[1], most)

    def _content(self, place: _Place, most: int) -> bytes:
        content = place.system.content(place.inode)
        self._meter.copy(content.size, most)
        return content.read(0, content.size)

    def _resolved(self, path: bytes) -> tuple[bytes, _Place] | None:
        """Path and place of the regular file that a path means with the root as `/` (path_resolution(7)).

        None where that is no file, or nothing.
        """
        parts = deque(path.split(b"/"))
        folders: list[tuple[bytes, _Place]] = [self._root()]
        links = 0
        for _ in range(self._meter.limits.depth * 4):
            if not parts:
                return None  # a directory
            part = parts.popleft()
            if part in {b"", b".", b".."}:
                del folders[max(1, len(folders) - (part == b"..")) :]  # the root is its own parent
                continue
            place, found = self._below(folders[-1], part)
            if found is None:
                return None
            if found.kind == LINK:
                links += 1
                target = self._target(found, links)
                del folders[1 if target.startswith(b"/") else len(folders) :]
                parts.extendleft(reversed(target.split(b"/")))
            elif found.kind == FOLDER:
                folders.append((place, found))
            else:
                return (place, found) if found.kind == FILE and not parts else None
        raise LimitError("a link over too many folders")

    def _target(self, link: _Place, links: int) -> bytes:
        most = self._meter.limits.links
        if links > most:
            raise LimitError(f"over {most} links in a row, perhaps in a circle")
        return link.system.target(link.inode, self._meter.limits.path)

    def _root(self) -> tuple[bytes, _Place]:
        system = self._mounts[_TOP]
        return _TOP, _Place(system, system.root, FOLDER)

    def _below(self, folder: tuple[bytes, _Place], name: bytes) -> tuple[bytes, _Place | None]:
        """The path of a name in a directory, and what is there."""
        where, (system, inode) = folder[0], (folder[1].system, folder[1].inode)
        path = where + b"/" + name if where else name
        mounted = self._mounts.get(path)
        if mounted is not None:
            return path, _Place(mounted, mounted.root, FOLDER)
        names = self._names(system, inode)
        entry = names.get(name)
        if entry is None:
            return path, None
        kind = entry.kind if entry.kind != UNKNOWN else system.kind(entry.inode)
        return path, _Place(system, entry.inode, kind)

    def _names(self, system: FileSystem, inode: int) -> dict[bytes, Entry]:
        """A directory's entries by name; those of the last few directories are kept, since links are much alike."""
        key = id(system), inode
        known = self._looked_up.get(key)
        if known is None:
            known = {}
            for entry in system.listing(inode):
                self._looked += 1
                if self._looked > _TIMES * self._meter.limits.entries:
                    raise LimitError("links over too many entries")
                known.setdefault(entry.name, entry)
            self._looked_up[key] = known
            if len(self._looked_up) > _KEPT:
                del self._looked_up[next(iter(self._looked_up))]
        return known

    def _failed(self, path: bytes, reason: str) -> Iterable[FileFailure]:
        return self._meter.failure(readable(path), reason)


def _said(error: ParseError | OSError) -> str:
    return str(error) if isinstance(error, ParseError) else error.strerror or str(error)
