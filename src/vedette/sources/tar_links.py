"""The second pass over a tar archive: the contents of what wanted links lead to.

A hard link has the content that its target had where the link stands; a symbolic link that of its target in the end.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec

from vedette.errors import LimitError, ParseError
from vedette.model.inventory import FileFailure
from vedette.sources.limits import Meter
from vedette.sources.paths import relative
from vedette.sources.tar_content import UnusableError, content
from vedette.sources.tar_header import HARD_LINK, REGULAR
from vedette.sources.tar_members import Member, members
from vedette.sources.tree import File
from vedette.sources.window import Window


class Link(msgspec.Struct, frozen=True):
    """A wanted link: its path, the path it leads to and the most bytes worth reading."""

    path: str
    target: str
    most: int


class Links(msgspec.Struct, frozen=True, kw_only=True):
    """Wanted hard links and symbolic ones; `targets` of all hard links, since one may lead to another."""

    hard: Sequence[Link]
    soft: Sequence[Link]
    targets: Mapping[str, str]


def walk_links(
    window: Window, links: Links, meter: Meter, *, damaged: bool
) -> Iterator[File | FileFailure]:
    """What wanted links stand for; of a `damaged` archive what comes before the damage, which is reported already.

    Raises:
        ParseError: there is no way on although the first pass found one, with the offset.
    """
    held = _Held(meter)
    try:
        yield from _hard(window, links, held, meter)
    except ParseError:
        if not damaged:
            raise
    for link in links.soft:
        yield from _item(link, "symbolic", held.get(link.target), meter)


def _hard(
    window: Window, links: Links, held: "_Held", meter: Meter
) -> Iterator[File | FileFailure]:
    """Hard links where they stand; what symbolic ones need is held in the end."""
    needed = _needed([*links.hard, *links.soft], links.targets)
    waiting = {link.path: link for link in links.hard}
    for member in members(window, meter.limits):
        try:
            path = relative(member.name)
        except ParseError:
            continue  # reported in the first pass
        if member.kind == REGULAR and path in needed:
            held.read(window, member, path, needed[path])
        elif member.kind == HARD_LINK and path in links.targets:
            found = held.get(links.targets[path])
            if path in needed:
                held.put(path, found)
            if path in waiting:
                yield from _item(waiting[path], "hard", found, meter)


class _Held:
    """Contents by path, or why there is none."""

    def __init__(self, meter: Meter) -> None:
        self._meter = meter
        self._contents: dict[str, bytes | str] = {}
        self._size = 0

    def get(self, path: str) -> bytes | str:
        return self._contents.get(path, "it is not in this layer, or only after the link")

    def put(self, path: str, found: bytes | str) -> None:
        self._contents[path] = found

    def read(self, window: Window, member: Member, path: str, most: int) -> None:
        most_held = self._meter.limits.linked
        if self._size + member.stored > most_held:
            self.put(path, f"over {most_held} bytes held for links")
            return
        try:
            found = content(window, member, most, self._meter)
        except UnusableError as error:
            self.put(path, str(error))
        else:
            self._size += len(found)
            self.put(path, found)


def _needed(links: Iterable[Link], targets: Mapping[str, str]) -> dict[str, int]:
    """The paths on the way from wanted links to contents, with the most bytes worth reading."""
    needed: dict[str, int] = {}
    for link in links:
        path: str | None = link.target
        seen: set[str] = set()
        while path is not None and path not in seen and needed.get(path, 0) < link.most:
            needed[path] = link.most
            seen.add(path)
            path = targets.get(path)
    return needed


def _item(link: Link, kind: str, found: bytes | str, meter: Meter) -> Iterator[File | FileFailure]:
    if isinstance(found, str):
        yield from meter.failure(link.path, f"a {kind} link to {link.target!r}: {found}")
        return
    try:
        meter.copy(len(found), link.most)
    except LimitError as error:
        yield from meter.failure(link.path, error.reason)
    else:
        yield File(path=link.path, data=found)
