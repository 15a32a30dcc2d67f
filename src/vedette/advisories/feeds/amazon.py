"""Amazon Linux Security Advisories (ALAS) from the repositories' `updateinfo.xml` (https://alas.aws.amazon.com).

Each repository is an ecosystem of its own: what an AL2 extras topic or the livepatch repository mends concerns
only hosts that have it enabled.
"""

import re
from collections.abc import Iterable, Iterator
from datetime import datetime

import msgspec

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

_CDN = "https://cdn.amazonlinux.com"
_CATALOGUE = Document(name="amazon/2/extras-catalog.json", url=f"{_CDN}/2/extras-catalog.json")
_REPOSITORIES = (
    ("2/core", f"{_CDN}/2/core/latest/x86_64/mirror.list"),
    ("2023/core", f"{_CDN}/al2023/core/mirrors/latest/x86_64/mirror.list"),
    (
        "2023/kernel-livepatch",
        f"{_CDN}/al2023/kernel-livepatch/mirrors/latest/x86_64/mirror.list",
    ),
    ("2023/nvidia", f"{_CDN}/al2023/nvidia/mirrors/latest/x86_64/mirror.list"),
)
"""The x86_64 repositories list every architecture's packages."""
_TOPIC = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]*")
_STREAM = re.compile(r"[A-Za-z_-]+?-?([0-9]+(?:\.[0-9]+)*)")
_TITLE_STREAM = re.compile(r" for [A-Za-z_-]+([0-9]+\.[0-9]+)$")
_MAIN = frozenset({"core", "updates"})


class _Topic(msgspec.Struct):
    n: str


class _Catalogue(msgspec.Struct):
    topics: list[_Topic]


class _Repository(msgspec.Struct, frozen=True, kw_only=True):
    """`stream` is the version that an extras topic is about (`kernel-5.10` → `5.10`)."""

    ecosystem: str
    stream: str | None


def _locate(fetch: FetchSmall) -> Iterator[Document | Unlocated]:
    for folder, mirrors in _REPOSITORIES:
        yield from _updateinfo(fetch, folder, mirrors)
    try:
        catalogue = msgspec.json.decode(fetch(_CATALOGUE), type=_Catalogue)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise FeedError(f"{_CATALOGUE.url}: {error}") from error
    for topic in sorted({topic.n for topic in catalogue.topics if _TOPIC.fullmatch(topic.n)}):
        mirrors = f"{_CDN}/2/extras/{topic}/latest/x86_64/mirror.list"
        yield from _updateinfo(fetch, f"2/extras/{topic}", mirrors)


def _updateinfo(fetch: FetchSmall, folder: str, mirrors: str) -> Iterator[Document | Unlocated]:
    """The repository's advisories; none where it has published none. A repository out of order costs itself only."""
    name = f"amazon/{folder}/updateinfo.xml.gz"
    try:
        yield from _listed(fetch, name, folder, mirrors)
    except FeedError as error:
        yield Unlocated(name=name, reason=str(error))


def _listed(fetch: FetchSmall, name: str, folder: str, mirrors: str) -> Iterator[Document]:
    base = _mirror(fetch(Document(name=f"amazon/{folder}/mirror.list", url=mirrors)), mirrors)
    index = Document(name=f"amazon/{folder}/repomd.xml", url=f"{base}/repodata/repomd.xml")
    try:
        listed = updateinfo_of(fetch(index))
    except ParseError as error:
        raise FeedError(f"{index.url}: {error}") from error
    if listed is not None:
        yield Document(
            name=name,
            url=f"{base}/{listed.href}",
            sha256=listed.sha256,
        )


def _mirror(data: bytes, where: str) -> str:
    """The first mirror, over HTTPS whatever the list says."""
    for line in data.decode("utf-8", "replace").splitlines():
        scheme, separator, rest = line.strip().replace("$basearch", "x86_64").partition("://")
        if separator and scheme in {"http", "https"}:
            return f"https://{rest.rstrip('/')}"
    raise FeedError(f"{where}: no mirror in the list")


def _read(document: LocalDocument) -> Iterator[Advisory | RecordFailure]:
    repository = _repository(document.name)
    with open_document(document.path) as stream:
        for position, update in enumerate(updates(stream)):
            problems: list[str] = []
            if not update.id:
                yield _failure(document, f"update {position}", "no id")
                continue
            advisory = _advisory(update, repository, problems)
            yield from (_failure(document, update.id, problem) for problem in problems)
            yield advisory


def _failure(document: LocalDocument, place: str, reason: str) -> RecordFailure:
    return RecordFailure(document=document.name, place=place, reason=reason)


def _repository(name: str) -> _Repository:
    """From the path in the mirror: `amazon/2/extras/kernel-5.10/updateinfo.xml.gz`."""
    match name.split("/")[:-1]:
        case ["amazon", release, repository] if repository in _MAIN:
            return _Repository(ecosystem=f"Amazon Linux:{release}", stream=None)
        case ["amazon", "2", "extras", topic]:
            stream = _STREAM.fullmatch(topic)
            return _Repository(
                ecosystem=f"Amazon Linux:2:extras/{topic}", stream=stream[1] if stream else None
            )
        case ["amazon", release, repository]:
            return _Repository(ecosystem=f"Amazon Linux:{release}:{repository}", stream=None)
        case _:
            raise ParseError(f"not a repository of Amazon Linux: {name!r}")


def _advisory(update: Update, repository: _Repository, problems: list[str]) -> Advisory:
    title_stream = _TITLE_STREAM.search(update.title)
    stream = title_stream[1] if title_stream else repository.stream
    return Advisory(
        id=AdvisoryId(update.id),
        feed="amazon",
        modified=_time(update.updated, problems) or _time(update.issued, problems),
        published=_time(update.issued, problems),
        related=tuple(sorted({one.id for one in update.references if one.kind == "cve"})),
        summary=update.title,
        details=update.description,
        vendor_severity=update.severity.capitalize() or None,
        references=tuple(dict.fromkeys(one.href for one in update.references if one.href)),
        affected=tuple(_affected(update.rows, repository, stream, problems)),
    )


def _time(text: str, problems: list[str]) -> datetime | None:
    if not text:
        return None
    try:
        return parse_time(text)
    except ParseError as error:
        if str(error) not in problems:
            problems.append(str(error))
        return None


def _affected(
    rows: Iterable[Row], repository: _Repository, stream: str | None, problems: list[str]
) -> Iterator[Affected]:
    """One entry per (name, version): its architectures together."""
    arches: dict[tuple[str, Range], set[str]] = {}
    for row in rows:
        if row.name and row.version and row.release and row.arch:
            arches.setdefault((row.name, _range(row, stream)), set()).add(row.arch)
        else:
            problems.append(f"an incomplete package row: {row.name!r} {row.version!r} {row.arch!r}")
    for (name, run), known in sorted(
        arches.items(), key=lambda item: (item[0][0], str(item[0][1]))
    ):
        yield Affected(
            ecosystem=repository.ecosystem,
            name=name,
            scheme=SchemeName.RPM,
            ranges=(run,),
            arches=tuple(sorted(known)),
            fix=FixState.FIXED,
        )


def _range(row: Row, stream: str | None) -> Range:
    """Before the fix, and not before the stream that it belongs to.

    An advisory for `kernel6.12` also lists `kernel-tools` 6.12, and the topic `kernel-5.10` lists `kernel` 5.10:
    packages of those names in another stream (6.1, 4.14) have advisories of their own.
    """
    epoch = "" if row.epoch in {"", "0"} else f"{row.epoch}:"
    fixed = f"{epoch}{row.version}-{row.release}"
    if stream is not None and row.version.startswith(f"{stream}."):
        return Range(introduced=f"{epoch}{stream}", fixed=fixed)
    return Range(fixed=fixed)


FEED = Feed(
    name="amazon",
    title="Amazon Linux Security Center: ALAS of Amazon Linux 1, 2, 2022 and 2023",
    licence="not stated",
    locate=_locate,
    mirrored=(
        *(f"amazon/{release}/*/updateinfo.xml.gz" for release in ("1", "2", "2022", "2023")),
        "amazon/2/extras/*/updateinfo.xml.gz",
    ),
    read=_read,
)
