"""From matches and exposures to findings: one a flaw and resource, one an open port range."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

import msgspec

from vedette.findings.exploitation import strongest
from vedette.findings.exposure import ResourceExposure, is_whole, reached
from vedette.findings.identity import exposure_subject, finding_id
from vedette.findings.listening import Installed, Listening, listening
from vedette.findings.remediation import exposure_remediation, vulnerability_remediation
from vedette.findings.score import Threat, score_exposure, score_vulnerability
from vedette.findings.services import exposure_severity
from vedette.findings.severity import choose_rating, severity_of, vendors_of, worst_word
from vedette.findings.wording import (
    clip,
    exposure_description,
    exposure_title,
    vulnerability_title,
)
from vedette.matching.aliases import Flaw, group
from vedette.matching.fixes import fix_for
from vedette.matching.index import AdvisoryIndex
from vedette.matching.match import MatchResult
from vedette.matching.names import cves_of
from vedette.model.advisory import Advisory, CveRecord, Rating
from vedette.model.finding import (
    Finding,
    FindingKey,
    FindingStatus,
    Proof,
    Reachable,
    Vulnerability,
    VulnerablePackage,
)
from vedette.model.match import Match
from vedette.model.network import Exposure
from vedette.model.package import Location, Package
from vedette.model.resource import Resource

_REFERENCES = 100
"""As many as Inspector gives."""


def build_vulnerabilities(
    resource: Resource,
    result: MatchResult,
    index: AdvisoryIndex,
    exposure: ResourceExposure | None,
    *,
    now: datetime,
) -> tuple[Finding, ...]:
    """One finding for each flaw of the resource, sorted by the flaw's id.

    Args:
        resource: what has the flaws.
        result: what matching said of its inventory.
        index: where EPSS, KEV and CVE records are.
        exposure: what the network says of the resource; None where nobody asked.
        now: the time of the findings.

    Flaws whose CVE was rejected have no finding.
    """
    findings = (
        _vulnerability(resource, flaw, index, exposure, now)
        for flaw in group(result.matches, result.denials)
    )
    return tuple(finding for finding in findings if finding is not None)


def build_exposures(
    resource: Resource,
    exposures: Iterable[Exposure],
    *,
    now: datetime,
    installed: Installed = Installed(),  # noqa: B008 - frozen
) -> tuple[Finding, ...]:
    """One finding for each edge, interface, protocol, port range and way, sorted by subject.

    Where several addresses of one interface are open alike, the widest exposure is the evidence.
    """
    by_subject: dict[str, list[Exposure]] = defaultdict(list)
    for exposure in exposures:
        by_subject[exposure_subject(exposure)].append(exposure)
    subjects = sorted(by_subject)
    chosen = [max(by_subject[subject], key=_width) for subject in subjects]
    who = listening(chosen, installed.packages, installed.sockets)
    return tuple(
        _exposure(resource, subject, one, answering, now)
        for subject, one, answering in zip(subjects, chosen, who, strict=True)
    )


def _width(exposure: Exposure) -> tuple[bool, bool, int, str]:
    sources = len(exposure.sources)
    return is_whole(exposure), exposure.return_path, sources, exposure.address or ""


def _exposure(
    resource: Resource, subject: str, exposure: Exposure, answering: Listening, now: datetime
) -> Finding:
    key = FindingKey(resource=resource.ref, subject=subject)
    severity = exposure_severity(exposure)
    return Finding(
        id=finding_id(key),
        key=key,
        evidence=Reachable(exposure=exposure),
        title=exposure_title(resource, exposure),
        description=exposure_description(resource, exposure, answering),
        remediation=exposure_remediation(exposure),
        severity=severity,
        score=score_exposure(exposure, severity),
        status=FindingStatus.ACTIVE,
        first_observed_at=now,
        last_observed_at=now,
        updated_at=now,
    )


def _vulnerability(
    resource: Resource,
    flaw: Flaw,
    index: AdvisoryIndex,
    exposure: ResourceExposure | None,
    now: datetime,
) -> Finding | None:
    records = index.cve(flaw.id)
    if any(record.rejected for record in records):
        return None
    evidence = _evidence(flaw, records, index)
    rating = choose_rating(evidence.ratings, vendors_of(one.package for one in evidence.packages))
    severity = severity_of(rating, evidence.vendor_severity)
    key = FindingKey(resource=resource.ref, subject=flaw.id)
    return Finding(
        id=finding_id(key),
        key=key,
        evidence=evidence,
        title=vulnerability_title(flaw.id, evidence.packages),
        description=clip(_description(flaw, records)),
        remediation=vulnerability_remediation(resource, evidence.packages),
        severity=severity,
        score=score_vulnerability(
            rating,
            severity,
            Threat(epss=evidence.epss, kev=evidence.kev, exploits=evidence.exploits),
            reached(exposure),
            resource.ref.type,
        ),
        status=FindingStatus.ACTIVE,
        first_observed_at=now,
        last_observed_at=now,
        updated_at=now,
        database=index.digest,
    )


def _evidence(flaw: Flaw, records: Sequence[CveRecord], index: AdvisoryIndex) -> Vulnerability:
    advisories = _advisories(flaw)
    packages = _packages(flaw.matches)
    sources: tuple[Advisory | CveRecord, ...] = (*advisories, *records)
    references = dict.fromkeys(link for source in sources for link in source.references)
    return Vulnerability(
        id=flaw.id,
        source=packages[0].proofs[0].feed,
        packages=packages,
        aliases=flaw.aliases,
        advisories=tuple(sorted({advisory.id for advisory in advisories})),
        ratings=_ratings(advisories, records),
        cwes=tuple(sorted({cwe for source in sources for cwe in source.cwes})),
        references=tuple(references)[:_REFERENCES],
        vendor_severity=worst_word(advisory.vendor_severity for advisory in advisories),
        published=min(filter(None, (source.published for source in sources)), default=None),
        modified=max(filter(None, (source.modified for source in sources)), default=None),
        epss=index.epss(flaw.id),
        kev=index.kev(flaw.id),
        exploits=strongest(index.exploits(flaw.id)),
    )


def _advisories(flaw: Flaw) -> tuple[Advisory, ...]:
    known = {(one.advisory.feed, one.advisory.id): one.advisory for one in flaw.matches}
    return tuple(known[name] for name in sorted(known))


def _ratings(advisories: Iterable[Advisory], records: Iterable[CveRecord]) -> tuple[Rating, ...]:
    """All ratings of the flaw; those of an update that mends several flaws belong to none of them."""
    sources: tuple[Advisory | CveRecord, ...] = (
        *(advisory for advisory in advisories if len(cves_of(advisory)) <= 1),
        *records,
    )
    return tuple(sorted({rating for source in sources for rating in source.ratings}))


def _packages(matches: Sequence[Match]) -> tuple[VulnerablePackage, ...]:
    """One entry a package, however often it was found: the places are kept together."""
    by_purl: dict[str, list[Match]] = defaultdict(list)
    for one in matches:
        by_purl[one.package.purl].append(one)
    packages = (_package(found) for found in by_purl.values())
    return tuple(sorted(packages, key=lambda one: (one.package.name, one.package.purl)))


def _package(matches: Sequence[Match]) -> VulnerablePackage:
    fix = fix_for(matches)
    return VulnerablePackage(
        package=_merged([one.package for one in matches]),
        fixed_in=fix.version,
        fix=fix.state,
        proofs=tuple(dict.fromkeys(_proof(one) for one in matches)),
        note=fix.note,
    )


def _merged(packages: Sequence[Package]) -> Package:
    places = {location for package in packages for location in package.locations}
    return msgspec.structs.replace(packages[0], locations=tuple(sorted(places, key=_place)))


def _place(location: Location) -> tuple[str, str]:
    return location.path, location.layer or ""


def _proof(one: Match) -> Proof:
    return Proof(
        kind=one.kind,
        advisory=one.advisory.id,
        feed=one.advisory.feed,
        compared=one.compared,
        range=one.range,
    )


def _description(flaw: Flaw, records: Sequence[CveRecord]) -> str:
    """The CVE's own words first: an update's text tells of other flaws too."""
    return next(_descriptions(flaw, records), f"{flaw.id}: the publishers give no description.")


def _descriptions(flaw: Flaw, records: Sequence[CveRecord]) -> Iterator[str]:
    advisories = _advisories(flaw)
    own = sorted(advisories, key=lambda advisory: len(cves_of(advisory)) > 1)
    texts = (
        *(record.description for record in records),
        *(text for advisory in own for text in (advisory.details, advisory.summary)),
    )
    return (text for text in texts if text.strip())
