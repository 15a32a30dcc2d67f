"""The starter set's files as values, and the records that they stand for."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime

import msgspec

from vedette.model.advisory import (
    Advisory,
    AdvisoryId,
    Affected,
    AffectedStatus,
    CveRecord,
    Epss,
    FixState,
    Kev,
    Range,
    Rating,
)
from vedette.model.cvss import parse_vector
from vedette.model.package import SchemeName


class RatingFact(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who gave which vector."""

    source: str
    vector: str


class EpssFact(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The score on the file's `scored` day."""

    probability: float
    percentile: float


class KevFact(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """When the CVE came into CISA's catalogue and until when it was to be mended."""

    added: date
    due: date
    ransomware: bool


class CveFact(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One CVE; the summary is the project's own sentence."""

    id: str
    summary: str
    published: datetime
    epss: EpssFact
    cwes: tuple[str, ...] = ()
    ratings: tuple[RatingFact, ...] = ()
    kev: KevFact | None = None


class CveFacts(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`cves.toml`."""

    taken: date
    scored: date
    cve: tuple[CveFact, ...]


class PackageFact(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A run of versions of some packages; `release` where the file has several."""

    names: tuple[str, ...]
    release: str | None = None
    introduced: str = "0"
    fixed: str | None = None
    last_affected: str | None = None
    state: FixState | None = None
    status: AffectedStatus = AffectedStatus.AFFECTED
    note: str | None = None


class AdvisoryFact(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One advisory."""

    id: str
    affected: tuple[PackageFact, ...]
    aliases: tuple[str, ...] = ()
    related: tuple[str, ...] = ()
    cwes: tuple[str, ...] = ()
    severity: str | None = None
    ratings: tuple[RatingFact, ...] = ()
    published: datetime | None = None
    modified: datetime | None = None


class FeedFacts(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One of the other files; `ecosystem` where its entries name no release."""

    feed: str
    scheme: SchemeName
    taken: date
    advisory: tuple[AdvisoryFact, ...]
    ecosystem: str = ""
    by_source: bool = False


class CveRecords(msgspec.Struct, frozen=True):
    """What the set says of one CVE."""

    described: CveRecord
    scored: Epss
    exploited: Kev | None


def cve_records(facts: CveFacts) -> Iterator[CveRecords]:
    """The records of `cves.toml`."""
    for cve in facts.cve:
        yield CveRecords(
            CveRecord(
                id=cve.id,
                feed="starter",
                published=cve.published,
                modified=None,
                description=cve.summary,
                ratings=_ratings(cve.ratings),
                cwes=cve.cwes,
            ),
            Epss(
                cve=cve.id,
                probability=cve.epss.probability,
                percentile=cve.epss.percentile,
                scored_on=facts.scored,
            ),
            None if cve.kev is None else _exploited(cve.id, cve.kev),
        )


def feed_records(facts: FeedFacts, summaries: Mapping[str, str]) -> Iterator[Advisory]:
    """The records of another file; an advisory's summary is that of its flaws."""
    for fact in facts.advisory:
        flaws = (fact.id, *fact.aliases, *fact.related)
        yield Advisory(
            id=AdvisoryId(fact.id),
            feed=facts.feed,
            modified=fact.modified,
            published=fact.published,
            aliases=fact.aliases,
            related=fact.related,
            summary="; ".join(
                dict.fromkeys(summaries[flaw] for flaw in flaws if flaw in summaries)
            ),
            vendor_severity=fact.severity,
            ratings=_ratings(fact.ratings),
            cwes=fact.cwes,
            affected=tuple(_affected(facts, fact)),
        )


def _affected(facts: FeedFacts, advisory: AdvisoryFact) -> Iterator[Affected]:
    """Runs of versions of one package belong together, in the file's order."""
    runs: dict[tuple[str, str], list[PackageFact]] = {}
    for fact in advisory.affected:
        for name in fact.names:
            runs.setdefault((fact.release or facts.ecosystem, name), []).append(fact)
    for (ecosystem, name), found in runs.items():
        last = found[-1]
        yield Affected(
            ecosystem=ecosystem,
            name=name,
            scheme=facts.scheme,
            ranges=tuple(
                Range(
                    introduced=fact.introduced, fixed=fact.fixed, last_affected=fact.last_affected
                )
                for fact in found
                if fact.status is AffectedStatus.AFFECTED
            ),
            status=last.status,
            fix=_fix(found),
            by_source=facts.by_source,
            note=last.note,
        )


def _fix(found: list[PackageFact]) -> FixState:
    stated = [fact.state for fact in found if fact.state is not None]
    if stated:
        return stated[-1]
    return FixState.FIXED if any(fact.fixed for fact in found) else FixState.UNKNOWN


def _ratings(facts: tuple[RatingFact, ...]) -> tuple[Rating, ...]:
    return tuple(sorted(Rating(source=f.source, vector=parse_vector(f.vector)) for f in facts))


def _exploited(cve: str, fact: KevFact) -> Kev:
    return Kev(cve=cve, added_on=fact.added, due_on=fact.due, ransomware=fact.ransomware)
