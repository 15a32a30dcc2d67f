"""What a feed is: where its documents are, and how one is read.

The driver (`vedette.advisories.refresh`) does all I/O: it asks `locate` for the publisher's documents, fetches them
conditionally, and hands each to `read` as a local file. From a mirror it skips `locate` and takes what `mirrored` matches.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import TypeVar

import msgspec

from vedette.advisories.formats.archives import Member, MemberFailure
from vedette.errors import ParseError
from vedette.model.advisory import Advisory, CveRecord, EndOfLife, Epss, Exploit, Kev


class Document(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """A file of a feed: `name` is its path in a mirror (`amazon/2023/core/updateinfo.xml.gz`).

    `sha256` is the publisher's own checksum where an index of his gives one; the driver verifies it.
    """

    name: str
    url: str
    sha256: str | None = None


class Unlocated(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """A document that could not be found today, by the name that a mirror has it by, and why.

    The others are fetched; what stands of this one stays.
    """

    name: str
    reason: str


class Kept(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """A document that stands and need not be asked for: what changed in it is in other documents."""

    name: str


def kept(name: str) -> Kept:
    """The document of this name stays as it stands."""
    return Kept(name=name)


class LocalDocument(msgspec.Struct, frozen=True, kw_only=True):
    """A document on disk; `name` is its path in the mirror."""

    name: str
    path: Path


class RecordFailure(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """A record that could not be read: the document, the place in it, and why. The rest still loads."""

    document: str
    place: str
    reason: str


_Result = TypeVar("_Result")

Record = Advisory | CveRecord | EndOfLife | Epss | Exploit | Kev
FetchSmall = Callable[[Document], bytes]
"""Fetch an index document of at most 16 MiB; raises FeedError."""
Dates = Mapping[str, datetime]
"""Of when the standing documents are, by name, where their server said so."""


class Feed(msgspec.Struct, frozen=True, kw_only=True):
    """A publisher's feed.

    Args:
        name: the mirror's folder.
        title: who publishes it, for people.
        licence: SPDX id, or what the publisher says.
        locate: the documents to fetch from the publisher; may read small index documents first. Where one of
            many indices cannot be read, its document is `Unlocated`; FeedError costs the whole feed.
        catch_up: as `locate`, where documents stand: the publisher tells what changed since, so that not all need be
            fetched. None where he does not.
        mirrored: globs below the mirror's root (`**` allowed) that give the same documents there.
        read: one document's records and failures, streaming; never raises for a bad record. A document
            that cannot be read at all raises ParseError.
    """

    name: str
    title: str
    licence: str
    locate: Callable[[FetchSmall], Iterable[Document | Unlocated]]
    mirrored: tuple[str, ...]
    read: Callable[[LocalDocument], Iterator[Record | RecordFailure]]
    catch_up: Callable[[FetchSmall, Dates], Iterable[Document | Unlocated | Kept]] | None = None


def file_name(path: str) -> str:
    """The last part of a member's path."""
    return path.rpartition("/")[2]


def read_each(
    document: LocalDocument,
    found: Iterable[Member | MemberFailure],
    read: Callable[[bytes, list[str]], _Result | None],
    place: Callable[[str], str] = file_name,
) -> Iterator[_Result | RecordFailure]:
    """What each file of an archive says; one that cannot be read costs itself alone.

    Args:
        document: the archive.
        found: its files.
        read: reads one, None where it says nothing of ours; adds to the list what in it could not be read, and
            raises ParseError where that is all of it.
        place: names a file by its path.
    """
    for member in found:
        problems: list[str] = []
        if isinstance(member, MemberFailure):
            problems.append(member.reason)
        else:
            try:
                result = read(member.data, problems)
            except ParseError as error:
                problems.append(str(error))
            else:
                if result is not None:
                    yield result
        for problem in problems:
            yield RecordFailure(document=document.name, place=place(member.name), reason=problem)
