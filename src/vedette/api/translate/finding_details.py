"""What more is known of a finding (inspector2 API model, `FindingDetail`)."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time

from vedette.api.call import Output
from vedette.findings.exploitation import usable
from vedette.model.advisory import Range
from vedette.model.finding import Finding, Proof, Reachable, Vulnerability, VulnerablePackage

_REFERENCES = 100


def finding_detail(arn: str, finding: Finding) -> Output:
    """One finding's details. MITRE's techniques and tools are in no feed: there are none."""
    detail: Output = {
        "findingArn": arn,
        "riskScore": round(finding.score.risk),
        "evidences": list(_evidences(finding)),
        "ttps": [],
        "tools": [],
    }
    match finding.evidence:
        case Vulnerability() as evidence:
            return {**detail, **_vulnerability(evidence)}
        case Reachable():  # pragma: no branch
            return detail


def _vulnerability(evidence: Vulnerability) -> Output:
    told: Output = {
        "cwes": list(evidence.cwes),
        "referenceUrls": [link for link in evidence.references if link][:_REFERENCES],
    }
    if evidence.epss is not None:
        told["epssScore"] = evidence.epss.probability
    if evidence.kev is not None:
        told["cisaData"] = {"dateAdded": _start(evidence.kev.added_on)}
        if evidence.kev.due_on is not None:
            told["cisaData"]["dateDue"] = _start(evidence.kev.due_on)
    days = [one.published for one in usable(evidence.exploits) if one.published]
    if evidence.kev is not None:
        days.append(evidence.kev.added_on)
    if days:
        told["exploitObserved"] = {"firstSeen": _start(min(days)), "lastSeen": _start(max(days))}
    return told


def _evidences(finding: Finding) -> Iterator[Output]:
    """Why the finding is there, and why it ranks where it does."""
    for rule, detail in (*_claims(finding), *_terms(finding)):
        yield {
            "evidenceRule": rule,
            "evidenceDetail": detail,
            "severity": finding.severity.value,
        }


def _claims(finding: Finding) -> Iterator[tuple[str, str]]:
    match finding.evidence:
        case Vulnerability(packages=packages):
            for one in packages:
                for proof in one.proofs:
                    yield f"{proof.feed}: {proof.advisory}", _proof(one, proof)
        case Reachable(exposure=exposure):  # pragma: no branch
            for hop in exposure.path:
                rule = f"{hop.component_type} {hop.component_id} {hop.rule or ''}".strip()
                yield rule, hop.because


def _proof(one: VulnerablePackage, proof: Proof) -> str:
    return f"{one.package.purl}: {proof.compared} is affected{_span(proof.range)}"


def _span(affected: Range | None) -> str:
    if affected is None:
        return ""
    ends = [f" from {affected.introduced}"]
    if affected.fixed is not None:
        ends.append(f" before {affected.fixed}")
    if affected.last_affected is not None:
        ends.append(f" up to {affected.last_affected}")
    return "".join(ends)


def _terms(finding: Finding) -> Iterator[tuple[str, str]]:
    for step in finding.score.adjustments:
        yield f"Inspector score: {step.metric}", step.reason
    for term in finding.score.risk_terms:
        yield f"risk: {term.metric}", term.reason


def _start(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
