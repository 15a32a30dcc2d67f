"""A tar archive's wanted files, what its entries hide, and what could not be read.

Only wanted members are copied. A wanted path that is a link needs the content of another member, which may have
gone by: those are read in a second pass, and so are members of which an earlier part is asked for after a later one.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

from vedette.errors import LimitError, ParseError
from vedette.model.inventory import FileFailure
from vedette.sources.dull import Dull, dull_names
from vedette.sources.limits import Meter
from vedette.sources.paths import readable, relative
from vedette.sources.peeking import PartError, PastError
from vedette.sources.symlinks import Symlinks
from vedette.sources.tar_content import UnusableError, content
from vedette.sources.tar_header import BARE, DIRECTORY, HARD_LINK, REGULAR, SYMLINK
from vedette.sources.tar_links import Link, Links, walk_links
from vedette.sources.tar_members import Member, members
from vedette.sources.tar_parts import parts, walk_again
from vedette.sources.tree import File, Hiding, HidingKind, Peek, Sieve, Wanted
from vedette.sources.window import Window

Open = Callable[[], AbstractContextManager[Window]]
"""Opens the archive anew at its beginning."""

Item = File | Hiding | FileFailure

_WHITEOUT = ".wh."
_OPAQUE = ".wh..wh..opq"
_AUFS = ".wh..wh."  # aufs' own files (`.wh..wh.plnk`), which no engine applies


def walk_tar(
    open_window: Open,
    wanted: Wanted,
    meter: Meter,
    *,
    whiteouts: bool,
    peek: Peek | None = None,
    sieve: Sieve | None = None,
) -> Iterator[Item]:
    """See `Layer.walk`; with `whiteouts`, names that begin with `.wh.` hide (OCI image spec, layer.md).

    Raises:
        ParseError: there is no way on, with the offset; what was yielded before stands.
    """
    first = _Pass(wanted, meter, peek, whiteouts=whiteouts)
    dull = dull_names(sieve)
    damage: ParseError | None = None
    try:
        with open_window() as window:
            yield from first.walk(window, dull)
    except ParseError as error:
        damage = error
    yield from first.report()
    links = Links(hard=first.hard, soft=first.soft, targets=first.targets)
    if links.hard or links.soft:
        with open_window() as window:
            yield from walk_links(window, links, meter, damaged=damage is not None)
    if peek is not None and first.again:
        with open_window() as window:
            yield from walk_again(window, first.again, peek, meter)
    if damage:
        raise damage


class _Pass:
    """The state of one walk: what it has to come back to."""

    def __init__(self, wanted: Wanted, meter: Meter, peek: Peek | None, *, whiteouts: bool) -> None:
        self._wanted = wanted
        self._peek = peek
        self._meter = meter
        self._whiteouts = whiteouts
        self._absolute = 0
        self._first_absolute = ""
        self._symbolic = Symlinks(meter.limits)
        self._waiting: list[Link] = []
        self.soft: list[Link] = []
        self.hard: list[Link] = []
        self.targets: dict[str, str] = {}
        self.again: list[tuple[str, Member]] = []

    def walk(self, window: Window, dull: Dull) -> Iterator[Item]:  # noqa: C901 - a call for each member would cost more than the rest
        wanted, whiteouts = self._wanted, self._whiteouts
        may_be = self._peek.may_be if self._peek else _never
        for member in members(window, self._meter.limits, dull):
            try:
                path = relative(member.name)
            except ParseError as error:
                yield from self._meter.failure(readable(member.name), error.reason)
                continue
            if member.name[:1] == b"/":
                self._count_absolute(member.name)
            if whiteouts and _WHITEOUT in path and (hiding := self._hiding(path)) is not None:
                yield from hiding
            elif member.kind == REGULAR:
                if most := wanted(path):
                    yield from self._file(window, member, path, most)
                elif may_be(path):
                    yield from self._parts(window, member, path)
            elif member.kind != DIRECTORY:
                yield from self._special(member, path)

    def report(self) -> Iterator[FileFailure]:
        """What can be said only at the end; then `soft` is complete."""
        if self._absolute:
            reason = f"{self._absolute} absolute names, taken as below the root"
            yield from self._meter.failure(self._first_absolute, reason)
        for link in self._waiting:
            try:
                target = self._symbolic.followed(link.path)
            except LimitError as error:
                yield from self._meter.failure(link.path, f"a symbolic link: {error.reason}")
                continue
            if not self._wanted(target):  # else it is read by itself, in whatever layer it is
                self.soft.append(Link(link.path, target, link.most))

    def _count_absolute(self, name: bytes) -> None:
        self._absolute += 1
        self._first_absolute = self._first_absolute or readable(name)

    def _file(self, window: Window, member: Member, path: str, most: int) -> Iterator[Item]:
        try:
            data = content(window, member, most, self._meter)
        except UnusableError as error:
            yield from self._meter.failure(path, str(error))
        except ParseError:
            yield from self._meter.failure(path, "not read to its end")
            raise
        else:
            yield File(path=path, data=data)

    def _parts(self, window: Window, member: Member, path: str) -> Iterator[Item]:
        if self._whiteouts:
            yield Hiding(path=path, kind=HidingKind.FILE)
        if self._peek is None or member.stored < self._peek.least or member.fault:
            return
        try:
            yield from parts(window, member, path, self._peek)
        except PastError:
            self.again.append((path, member))
        except PartError as error:
            yield from self._meter.failure(path, error.reason)

    def _special(self, member: Member, path: str) -> Iterator[Item]:
        if member.kind == HARD_LINK:
            yield from self._link(member, path)
        elif member.kind in BARE:
            yield Hiding(path=path, kind=HidingKind.REPLACED)
            if member.kind == SYMLINK:
                yield from self._symlink(member, path)
        elif self._wanted(path):
            yield from self._meter.failure(path, f"a member of the type {chr(member.kind)!r}")

    def _symlink(self, member: Member, path: str) -> Iterator[FileFailure]:
        most = self._wanted(path)
        if member.fault:
            if most:
                yield from self._meter.failure(path, f"a symbolic link: {member.fault}")
            return
        target = readable(member.link)
        self._symbolic.put(path, target)
        if most:
            self._waiting.append(Link(path, target, most))

    def _link(self, member: Member, path: str) -> Iterator[Item]:
        most = self._wanted(path)
        if not most and self._whiteouts and self._peek and self._peek.may_be(path):
            yield Hiding(path=path, kind=HidingKind.FILE)
        fault, target = member.fault, ""
        try:
            target = relative(member.link)
        except ParseError as error:
            fault = fault or error.reason
        if not fault:
            self.targets[path] = target
            if most:
                self.hard.append(Link(path, target, most))
        elif most:
            yield from self._meter.failure(path, f"a hard link: {fault}")

    def _hiding(self, path: str) -> tuple[Item, ...] | None:
        """What a name with `.wh.` means; None where it stands for itself."""
        folder, _, name = path.rpartition("/")
        if not name.startswith(_WHITEOUT):
            return None
        if name == _OPAQUE:
            return (Hiding(path=folder, kind=HidingKind.OPAQUE),)
        if name.startswith(_AUFS):
            return ()
        hidden = name[len(_WHITEOUT) :]
        if hidden in {"", ".", ".."}:
            return self._meter.failure(path, "a whiteout of nothing")
        return (Hiding(path=f"{folder}/{hidden}" if folder else hidden, kind=HidingKind.WHITEOUT),)


def _never(_path: str) -> bool:
    return False
