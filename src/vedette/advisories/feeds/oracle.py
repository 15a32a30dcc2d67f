"""Oracle Linux errata (ELSA) as OVAL (https://linux.oracle.com/security/)."""

import re
from collections.abc import Iterable, Iterator

import msgspec

from vedette.advisories.feeds._base import Document, Feed, FetchSmall, LocalDocument, RecordFailure
from vedette.advisories.formats.compressed import open_document
from vedette.advisories.formats.oval import Definition, Flaw, definitions
from vedette.advisories.formats.oval_packages import earlier
from vedette.advisories.formats.ratings import rate
from vedette.advisories.formats.times import parse_time
from vedette.errors import ParseError
from vedette.model.advisory import Advisory, AdvisoryId, Affected

_NAME = "oracle/oval/com.oracle.elsa-all.xml.bz2"
_URL = "https://linux.oracle.com/security/oval/com.oracle.elsa-all.xml.bz2"
_ID = re.compile(r"ELSA-[0-9]{4}-[0-9]+(?:-[0-9]+)?")
_PLATFORM = re.compile(r"Oracle Linux ([0-9]+)")
_CVE = re.compile(r"CVE-[0-9]{4}-[0-9]{4,19}")
_TITLE = re.compile(r"ELSA-\S+:\s*(.*?)\s*(?:\([A-Z/]+\))?")
_DETAILS_LIMIT = 1000
"""The descriptions are the packages' whole change logs."""


def _locate(_fetch: FetchSmall) -> Iterable[Document]:
    return (Document(name=_NAME, url=_URL),)


def _read(document: LocalDocument) -> Iterator[Advisory | RecordFailure]:
    with open_document(document.path) as stream:
        for definition in definitions(stream):
            if isinstance(definition, ParseError):
                yield _failure(document, ": ".join(definition.places), definition.reason)
                continue
            problems: list[str] = []
            try:
                yield _advisory(definition, problems)
            except ParseError as error:
                problems.append(str(error))
            yield from (
                _failure(document, definition.id, problem) for problem in dict.fromkeys(problems)
            )


def _failure(document: LocalDocument, place: str, reason: str) -> RecordFailure:
    return RecordFailure(document=document.name, place=place, reason=reason)


def _advisory(definition: Definition, problems: list[str]) -> Advisory:
    identifier = next((one.id for one in definition.references if _ID.fullmatch(one.id)), None)
    if identifier is None:
        raise ParseError("no ELSA id")
    ratings, bad = rate(_vectors(definition.flaws))
    problems.extend(bad)
    named = {one.id for one in definition.references} | {one.id for one in definition.flaws}
    severity = definition.severity.capitalize()
    title = _TITLE.fullmatch(definition.title)
    return Advisory(
        id=AdvisoryId(identifier),
        feed="oracle",
        modified=parse_time(definition.issued) if definition.issued else None,
        published=parse_time(definition.issued) if definition.issued else None,
        related=tuple(sorted(name for name in named if _CVE.fullmatch(name))),
        summary=title[1] if title else definition.title,
        details=definition.description[:_DETAILS_LIMIT],
        vendor_severity=severity if severity.isalpha() else None,
        ratings=ratings,
        references=tuple(dict.fromkeys(one.url for one in definition.references if one.url)),
        affected=tuple(_affected(definition, problems)),
    )


def _affected(definition: Definition, problems: list[str]) -> Iterator[Affected]:
    """The packages; where several releases are named, the criteria beside each package tell which it is of."""
    releases = {match[1] for name in definition.platforms if (match := _PLATFORM.fullmatch(name))}
    if not releases:
        raise ParseError(f"not a release of Oracle Linux: {', '.join(definition.platforms)[:80]!r}")
    for release in sorted(releases):
        installed = f"Oracle Linux {release} is installed"
        terms = [
            term for term in definition.terms if len(releases) == 1 or installed in term.beside
        ]
        yield from map(_bounded, earlier(terms, f"Oracle Linux:{release}", problems))


def _bounded(affected: Affected) -> Affected:
    """Several UEK kernels of one name are maintained side by side; a fix to 5.4.17 says nothing of 4.14.35."""
    if not affected.name.startswith("kernel-uek"):
        return affected
    runs = (
        msgspec.structs.replace(run, introduced=(run.fixed or "").rpartition("-")[0] or "0")
        for run in affected.ranges
    )
    return msgspec.structs.replace(affected, ranges=tuple(runs))


def _vectors(flaws: tuple[Flaw, ...]) -> Iterator[tuple[str, str]]:
    """`4.7/CVSS:3.0/…`: score and vector; only of an erratum for one flaw, since a rating is of a flaw."""
    for flaw in flaws if len(flaws) == 1 else ():
        for text in (flaw.cvss2, flaw.cvss3):
            if text:
                yield "Oracle", text.partition("/")[2]


FEED = Feed(
    name="oracle",
    title="Oracle Linux: ELSA errata",
    licence="Copyright Oracle, free to use with Oracle Linux",
    locate=_locate,
    mirrored=(_NAME,),
    read=_read,
)
