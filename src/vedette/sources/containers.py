"""Where an image's files are: a directory, or a tar archive that is read in place."""

from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Protocol

import msgspec

from vedette.errors import ParseError, SourceError
from vedette.sources.compression import Coding, coding_of, inflate
from vedette.sources.limits import Flow, Limits
from vedette.sources.paths import relative
from vedette.sources.regions import Region, Spool, open_region, region_of
from vedette.sources.tar_header import BARE, HARD_LINK, REGULAR, SYMLINK
from vedette.sources.tar_members import Member, members


class Container(Protocol):
    """Files by name."""

    def find(self, name: str) -> Region | None:
        """The file of that name, `/` between parts; None where there is none."""
        ...

    @property
    def damage(self) -> str | None:
        """Why files may be missing."""
        ...


class DirectoryContainer(msgspec.Struct, frozen=True, kw_only=True):
    """An image's files in a directory; nothing outside it is reached, by links neither."""

    root: Path
    damage: str | None = None

    def find(self, name: str) -> Region | None:
        """See `Container`."""
        try:
            path = self.root.joinpath(relative(name.encode())).resolve(strict=True)
            if path.is_file() and path.is_relative_to(self.root.resolve()):
                return region_of(path)
        except (OSError, ParseError, ValueError):
            pass  # not there, or nowhere below the root
        return None


class ArchiveContainer(msgspec.Struct, frozen=True, kw_only=True):
    """An image's files in a tar archive: regions, and links by name."""

    regions: dict[str, Region]
    aliases: dict[str, str]
    limits: Limits
    damage: str | None = None

    def find(self, name: str) -> Region | None:
        """See `Container`."""
        for _ in range(self.limits.links):
            found = self.regions.get(name)
            if found is not None:
                return found
            if name not in self.aliases:
                return None
            name = self.aliases[name]
        return None


def open_container(path: Path, limits: Limits) -> Container:
    """Open a directory or an archive; a compressed archive is first inflated to a temporary file.

    Raises:
        SourceError: it cannot be opened, or is neither.
    """
    try:
        if path.is_dir():
            return DirectoryContainer(root=path)
        region = region_of(path)
        with open_region(region) as opened:
            start = opened.window().read(0, 512)
            if coding_of(start) is not Coding.NONE:
                flow = Flow(limits)
                region = _spooled(inflate(opened.read, flow))
        return _archive(region, limits)
    except OSError as error:
        raise SourceError(error.strerror or str(error)) from error
    except ParseError as error:
        raise SourceError(str(error)) from error


def _spooled(pieces: Iterator[bytes]) -> Region:
    spool = Spool()
    with open(spool.descriptor, "wb", closefd=False) as file:
        size = sum(file.write(piece) for piece in pieces)
    return Region(file=spool, size=size)


def _archive(region: Region, limits: Limits) -> ArchiveContainer:
    regions: dict[str, Region] = {}
    aliases: dict[str, str] = {}
    damage = None
    with open_region(region) as opened:
        try:
            for member in members(opened.window(), limits):
                _enter(member, region, regions, aliases)
        except ParseError as error:
            damage = str(error)
    if damage and not regions:
        raise SourceError(f"not a tar archive: {damage}")
    return ArchiveContainer(regions=regions, aliases=aliases, limits=limits, damage=damage)


def _enter(
    member: Member, region: Region, regions: dict[str, Region], aliases: dict[str, str]
) -> None:
    try:
        name = relative(member.name)
        if member.kind == SYMLINK:
            aliases[name] = _joined(name, member.link)
        elif member.kind == HARD_LINK:
            aliases[name] = relative(member.link)
    except ParseError:
        return  # it leads out of the archive, where nothing is
    if member.kind == REGULAR and not (member.sparse or member.fault):
        offset = region.offset + member.offset
        regions[name] = Region(file=region.file, offset=offset, size=member.stored)
    if member.kind in BARE:
        regions.pop(name, None)
    else:
        aliases.pop(name, None)


def _joined(name: str, link: bytes) -> str:
    """Where a symbolic link leads (Docker's archives have `../ID/layer.tar` for layers that come twice)."""
    parts: list[str] = [] if link[:1] == b"/" else list(PurePosixPath(name).parent.parts)
    for part in link.decode("utf-8", "backslashreplace").split("/"):
        if part == "..":
            if not parts:
                raise ParseError("a link that leads out of the archive")
            parts.pop()
        elif part not in {"", "."}:
            parts.append(part)
    return "/".join(parts)
