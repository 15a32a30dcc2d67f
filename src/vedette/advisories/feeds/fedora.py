"""Fedora's security updates from the updates repositories' `updateinfo.xml`."""

import re
from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime

from vedette.advisories.feeds._base import (
    Document,
    Feed,
    FetchSmall,
    LocalDocument,
    RecordFailure,
    Unlocated,
)
from vedette.advisories.formats.compressed import open_document
from vedette.advisories.formats.repository import updateinfo_of
from vedette.advisories.formats.times import parse_time
from vedette.advisories.formats.updateinfo import Row, Update, updates
from vedette.errors import FeedError, ParseError
from vedette.model.advisory import Advisory, AdvisoryId, Affected, FixState, Range
from vedette.model.package import SchemeName

_UPDATES = "https://dl.fedoraproject.org/pub/fedora/linux/updates"
_FOLDER = re.compile(r'href="(?:\./)?([0-9]{2,3})/"')
_FILE = re.compile(r"fedora/([0-9]{1,3})/updateinfo\.xml(?:\.[a-z0-9]+)?")
_CVE = re.compile(r"CVE-[0-9]{4}-[0-9]{4,19}")


def _locate(fetch: FetchSmall) -> Iterator[Document | Unlocated]:
    index = Document(name="fedora/index.html", url=f"{_UPDATES}/")
    releases = sorted(set(_FOLDER.findall(fetch(index).decode("utf-8", "replace"))), key=int)
    if not releases:
        raise FeedError(f"{index.url}: not the listing that was expected")
    for release in releases:
        try:
            yield from _release(fetch, release)
        except FeedError as error:
            yield Unlocated(name=f"fedora/{release}/updateinfo.xml", reason=str(error))


def _release(fetch: FetchSmall, release: str) -> Iterator[Document]:
    """The x86_64 repository lists every architecture that an update was built for."""
    base = f"{_UPDATES}/{release}/Everything/x86_64"
    index = Document(name=f"fedora/{release}/repomd.xml", url=f"{base}/repodata/repomd.xml")
    try:
        listed = updateinfo_of(fetch(index))
    except ParseError as error:
        raise FeedError(f"{index.url}: {error}") from error
    if listed is not None:
        yield Document(
            name=f"fedora/{release}/updateinfo.xml",
            url=f"{base}/{listed.href}",
            sha256=listed.sha256,
        )


def _read(document: LocalDocument) -> Iterator[Advisory | RecordFailure]:
    """Updates that are not for security are left out."""
    match = _FILE.fullmatch(document.name)
    if match is None:
        raise ParseError(f"not a release of Fedora: {document.name!r}")
    with open_document(document.path) as stream:
        for position, update in enumerate(updates(stream)):
            if update.kind != "security":
                continue
            problems: list[str] = []
            if update.id:
                yield _advisory(update, f"Fedora:{match[1]}", problems)
            else:
                problems.append("no id")
            for problem in dict.fromkeys(problems):
                place = update.id or f"update {position}"
                yield RecordFailure(document=document.name, place=place, reason=problem)


def _advisory(update: Update, ecosystem: str, problems: list[str]) -> Advisory:
    """Fedora names the flaws in the titles of its bug reports."""
    texts = (update.title, update.description, *(one.title for one in update.references))
    ids = (one.id for one in update.references)
    severity = update.severity.capitalize()
    return Advisory(
        id=AdvisoryId(update.id),
        feed="fedora",
        modified=_time(update.updated, problems) or _time(update.issued, problems),
        published=_time(update.issued, problems),
        related=tuple(sorted({cve for text in (*texts, *ids) for cve in _CVE.findall(text)})),
        summary=update.title,
        details=update.description,
        vendor_severity=severity if severity not in {"", "None"} else None,
        references=tuple(dict.fromkeys(one.href for one in update.references if one.href)),
        affected=tuple(_affected(update.rows, ecosystem, problems)),
    )


def _time(text: str, problems: list[str]) -> datetime | None:
    try:
        return parse_time(text) if text else None
    except ParseError as error:
        problems.append(str(error))
        return None


def _affected(rows: tuple[Row, ...], ecosystem: str, problems: list[str]) -> Iterator[Affected]:
    """One entry per name and version; modules are not told apart here, and Fedora has none any more."""
    arches: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for row in rows:
        if not (row.name and row.version and row.release and row.arch):
            problems.append(f"an incomplete package row: {row.name!r} {row.version!r}")
        elif row.arch != "src":
            epoch = "" if row.epoch in {"", "0"} else f"{row.epoch}:"
            arches[row.name, f"{epoch}{row.version}-{row.release}"].add(row.arch)
    for (name, evr), known in sorted(arches.items()):
        yield Affected(
            ecosystem=ecosystem,
            name=name,
            scheme=SchemeName.RPM,
            ranges=(Range(fixed=evr),),
            arches=tuple(sorted(known)),
            fix=FixState.FIXED,
        )


FEED = Feed(
    name="fedora",
    title="Fedora: security updates",
    licence="not stated",
    locate=_locate,
    mirrored=("fedora/*/updateinfo.xml", "fedora/*/updateinfo.xml.gz"),
    read=_read,
)
