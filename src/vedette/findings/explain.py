"""A finding told to people: what it stands on, step by step."""

from collections.abc import Iterator

from vedette.findings.bases import Base, Origin, origin_of
from vedette.findings.closing import closing_text
from vedette.findings.edges import edge_text
from vedette.findings.exploitation import in_words
from vedette.findings.identity import finding_arn
from vedette.findings.wording import ports_text, sources_text
from vedette.matching.explain import compared_keys, describe
from vedette.model.cvss import base_score
from vedette.model.finding import (
    Finding,
    FindingStatus,
    Proof,
    Reachable,
    Score,
    Vulnerability,
    VulnerablePackage,
)
from vedette.model.match import MatchKind
from vedette.model.network import Exposure, Hop
from vedette.model.package import SchemeName

_BY = {
    MatchKind.EXACT_DIRECT: "by the package's own name",
    MatchKind.EXACT_INDIRECT: "by its source package",
    MatchKind.CPE: "by CPE",
}

_FROM = {
    Origin.BASE: "it came with the base image",
    Origin.BOTH: "it came with the base image and again with a layer of the image's own; the base image is",
    Origin.OWN: "it came with a layer of the image's own, not with the base image",
}


def explain_finding(finding: Finding, base: Base | None = None) -> tuple[str, ...]:
    """The finding's proof, one sentence a line, indented where it belongs to the line above.

    Names, versions and texts of publishers are as they were found: a terminal must not be given them unescaped.

    Args:
        finding: what is to be told.
        base: what the image stands on, where that is known: it is told which packages came with it.
    """
    return tuple(_lines(finding, base))


def why_first(finding: Finding) -> str:
    """One line on what moves the finding up: CVSS, EPSS, KEV and exposure."""
    told = (term.reason.rpartition(": ")[0] for term in finding.score.risk_terms)
    return "; ".join((f"risk {finding.score.risk:.1f}", *told))


def _lines(finding: Finding, base: Base | None) -> Iterator[str]:
    yield finding.title
    yield f"severity {finding.severity}, risk {finding.score.risk:.1f} of 100, {_status(finding)}"
    yield f"resource {finding.key.resource.id}"
    yield f"id {finding_arn(finding.key) or finding.id}"
    match finding.evidence:
        case Vulnerability() as evidence:
            yield from _vulnerability(evidence, base)
        case Reachable(exposure=exposure):  # pragma: no branch
            yield from _exposure(exposure)
    yield from _score(finding.score)
    yield f"what to do: {finding.remediation}"


def _status(finding: Finding) -> str:
    since = f"first seen {finding.first_observed_at:%Y-%m-%d %H:%M} UTC"
    if finding.status is FindingStatus.SUPPRESSED:
        return f"{since}, suppressed by {finding.suppressed_by}"
    if finding.closed_at is not None:
        return f"{since}, closed {finding.closed_at:%Y-%m-%d %H:%M} UTC"
    return since


def _vulnerability(evidence: Vulnerability, base: Base | None) -> Iterator[str]:
    if evidence.aliases:
        yield f"also known as {', '.join(evidence.aliases)}"
    for one in evidence.packages:
        yield from _package(one)
        yield from _origin(one, base)
    for rating in evidence.ratings:
        yield f"rated {base_score(rating.vector)} by {rating.source}: {rating.vector}"
    if evidence.vendor_severity:
        yield f"the publisher's own word: {evidence.vendor_severity}"
    if evidence.epss:
        chance = f"{evidence.epss.probability:.1%}"
        yield f"EPSS: {chance} within 30 days, as of {evidence.epss.scored_on}"
    if evidence.kev:
        ransomware = ", by ransomware too" if evidence.kev.ransomware else ""
        yield f"CISA KEV: known to be exploited since {evidence.kev.added_on}{ransomware}"
    for exploit in evidence.exploits:
        yield f"{in_words(exploit)}: {exploit.reference}"


def _package(one: VulnerablePackage) -> Iterator[str]:
    package = one.package
    fixed = f"fixed in {one.fixed_in}" if one.fixed_in else f"no version mends it ({one.fix})"
    note = f" ({one.note})" if one.note else ""
    yield f"package {package.name} {package.version} ({package.ecosystem}), {fixed}{note}"
    if one.waived:
        yield f"  set aside: {one.waived}"
    for place in package.locations:
        layer = f" in layer {place.layer}" if place.layer else ""
        yield f"  found at {place.path}{layer}"
    for proof in one.proofs:
        yield f"  {_proof(proof)}"
        scheme = SchemeName.GENERIC if proof.kind is MatchKind.CPE else package.scheme
        keys = compared_keys(proof.compared, proof.range, scheme)
        if keys is not None:
            yield f"    {keys}"


def _origin(one: VulnerablePackage, base: Base | None) -> Iterator[str]:
    origin = origin_of(one.package, base)
    if base is not None and origin in _FROM:
        yield f"  {_FROM[origin]} {base.image.id}"


def _proof(proof: Proof) -> str:
    return (
        f"{proof.advisory} ({proof.feed}), {_BY[proof.kind]}: "
        f"{proof.compared} is affected: {describe(proof.range)}"
    )


def _exposure(exposure: Exposure) -> Iterator[str]:
    yield f"{sources_text(exposure)} from {edge_text(exposure)} reaches {ports_text(exposure)}"
    if exposure.witness is not None:
        packet = exposure.witness
        yield (
            f"for example {packet.protocol} {packet.source} port {packet.source_port} to "
            f"{packet.destination} port {packet.destination_port}"
        )
    yield from _way("the way in", exposure.path)
    yield from _way("the way back", exposure.back)
    if exposure.labels:
        yield f"asked of clients: {', '.join(exposure.labels)}"
    if not exposure.return_path:
        yield "not every source can be answered"
    for closing in exposure.closing_changes:
        yield f"closed by: {closing_text(closing)}"


def _way(name: str, hops: tuple[Hop, ...]) -> Iterator[str]:
    if hops:
        yield f"{name}:"
    for hop in hops:
        rule = f", rule {hop.rule}" if hop.rule is not None else ""
        because = f": {hop.because}" if hop.because else ""
        yield f"  {hop.component_type} {hop.component_id}{rule}{because}"


def _score(score: Score) -> Iterator[str]:
    if score.value is not None:
        yield f"score {score.value} by {score.source}: {score.vector}"
    for step in score.adjustments:
        yield f"  adjusted {step.metric}: {step.reason}"
    yield "risk:"
    for term in score.risk_terms:
        yield f"  {term.metric}: {term.reason}"
