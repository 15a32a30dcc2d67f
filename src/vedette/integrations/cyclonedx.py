"""CycloneDX 1.5 with the vulnerabilities beside the components (https://cyclonedx.org/docs/1.5/json/).

The components are the SBOM's own; each vulnerability names the affected ones by their `bom-ref`, the purl.
"""

import uuid
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from vedette.integrations._base import ScanFormat
from vedette.inventory.sbom import SBOM_FORMATS
from vedette.matching.names import cves_of
from vedette.matching.vex import stated
from vedette.model.advisory import AffectedStatus, Rating
from vedette.model.cvss import base_score, version_of
from vedette.model.finding import Finding, FindingStatus, Vulnerability, VulnerablePackage
from vedette.model.match import Undecided
from vedette.model.purl import Purl
from vedette.model.resource import ContainerImage, Ec2Instance, LambdaFunction, Resource
from vedette.model.scan import ScanReport
from vedette.model.severity import Severity
from vedette.model.vex import Justification

_SERIALS = uuid.UUID("0f0f7f0e-5a0d-5f0c-9a3c-6c9c6a6a1f4e")
_METHODS = {"2.0": "CVSSv2", "3.0": "CVSSv3", "3.1": "CVSSv31", "4.0": "CVSSv4"}
_SEVERITIES = {
    Severity.CRITICAL: "critical",
    Severity.HIGH: "high",
    Severity.MEDIUM: "medium",
    Severity.LOW: "low",
    Severity.INFORMATIONAL: "info",
    Severity.UNTRIAGED: "unknown",
}
_JUSTIFICATIONS = {
    Justification.COMPONENT_NOT_PRESENT: "code_not_present",
    Justification.CODE_NOT_PRESENT: "code_not_present",
    Justification.CODE_NOT_IN_EXECUTE_PATH: "code_not_reachable",
    Justification.CODE_NOT_CONTROLLABLE: "requires_environment",
    Justification.MITIGATED: "protected_by_mitigating_control",
}
"""CycloneDX's words (`vulnerabilities[].analysis.justification`) for CISA's five."""

(_SBOM,) = (one for one in SBOM_FORMATS if one.name == "cyclonedx")
(_SBOM_1_4,) = (one for one in SBOM_FORMATS if one.name == "cyclonedx-1.4")

_Json = dict[str, Any]


def _rating(rating: Rating) -> _Json:
    return {
        "source": {"name": rating.source},
        "score": base_score(rating.vector),
        "method": _METHODS[version_of(rating.vector)],
        "vector": rating.vector,
    }


def _affects(packages: Iterable[VulnerablePackage]) -> list[_Json]:
    """Each component once, wherever it lies in the target; affected unless all that is known of it is set aside."""
    waived: dict[Purl, bool] = {}
    for entry in packages:
        purl = entry.package.purl
        waived[purl] = waived.get(purl, True) and entry.waived is not None
    versions = {entry.package.purl: entry.package.version for entry in packages}
    return [
        {
            "ref": purl,
            "versions": [
                {"version": versions[purl], "status": "unaffected" if aside else "affected"}
            ],
        }
        for purl, aside in waived.items()
    ]


def _analysis(finding: Finding) -> _Json:
    """What was set aside, by a VEX statement or a rule, is there with its justification and reason."""
    if finding.status is not FindingStatus.SUPPRESSED:
        return {}
    said = stated(finding.suppressed_by or "")
    state = "resolved" if said.status is AffectedStatus.FIXED else "not_affected"
    word = _JUSTIFICATIONS.get(said.justification) if said.justification else None
    justified = {"justification": word} if word else {}
    detail = {"detail": finding.suppressed_by} if finding.suppressed_by else {}
    return {"analysis": {"state": state, **justified, **detail}}


def _properties(evidence: Vulnerability, finding: Finding) -> Iterator[_Json]:
    yield {"name": "vedette:risk", "value": f"{finding.score.risk:g}"}
    if evidence.epss:
        yield {"name": "vedette:epss:score", "value": f"{evidence.epss.probability:g}"}
    if evidence.kev:
        yield {"name": "vedette:kev:added", "value": evidence.kev.added_on.isoformat()}
    fixes = {
        (entry.package.purl, entry.fixed_in or str(entry.fix)): None for entry in evidence.packages
    }
    for purl, fixed in fixes:
        yield {"name": f"vedette:fix:{purl}", "value": fixed}


def _cwe_numbers(evidence: Vulnerability) -> list[int]:
    return sorted(
        int(number)
        for prefix, _, number in (cwe.partition("-") for cwe in evidence.cwes)
        if prefix == "CWE" and number.isdecimal()
    )


def _vulnerability(finding: Finding, evidence: Vulnerability) -> _Json:
    ratings = [_rating(rating) for rating in evidence.ratings]
    overall = {"severity": _SEVERITIES[finding.severity], "source": {"name": "vedette"}}
    return {
        "bom-ref": f"vulnerability:{evidence.id}",
        "id": evidence.id,
        "source": {"name": evidence.source},
        "references": [
            {"id": alias, "source": {"name": alias.partition("-")[0]}} for alias in evidence.aliases
        ],
        "ratings": [overall, *ratings],
        "cwes": _cwe_numbers(evidence),
        "description": finding.description,
        "recommendation": finding.remediation,
        **_analysis(finding),
        "affects": _affects(evidence.packages),
        "properties": list(_properties(evidence, finding)),
    }


def _render(report: ScanReport, _least: Severity) -> bytes:
    document = msgspec.json.decode(_SBOM.write(report.inventory))
    document["vulnerabilities"] = [*_vulnerabilities(report), *_in_triage(report)]
    return _numbered(document)


def resource_sbom(report: ScanReport, resource: Resource) -> bytes:
    """CycloneDX 1.4 of a resource in AWS, with the properties that Inspector's exports have.

    Args:
        report: its inventory and findings.
        resource: what is known of it.
    """
    document = msgspec.json.decode(_SBOM_1_4.write(report.inventory))
    metadata = document["metadata"]
    metadata["properties"] = [*metadata.get("properties", ()), *_facts(resource)]
    document["vulnerabilities"] = [_in_1_4(one) for one in _vulnerabilities(report)]
    return _numbered(document)


def _facts(resource: Resource) -> Iterator[_Json]:
    facts = resource.facts
    known = {
        "accountId": resource.ref.account,
        "resourceType": resource.ref.type.value,
        "imageId": facts.digest if isinstance(facts, ContainerImage) else None,
        "architecture": facts.architecture if isinstance(facts, ContainerImage) else None,
    }
    if isinstance(facts, Ec2Instance):
        known["imageId"] = facts.image_id
    if isinstance(facts, LambdaFunction):
        known["architecture"] = next(iter(facts.architectures), None)
    return ({"name": name, "value": value} for name, value in known.items() if value)


def _in_1_4(vulnerability: _Json) -> _Json:
    """CVSS v4 has no word of its own yet."""
    ratings = [
        one | {"method": "other"} if one.get("method") == "CVSSv4" else one
        for one in vulnerability["ratings"]
    ]
    return vulnerability | {"ratings": ratings}


def _vulnerabilities(report: ScanReport) -> Iterator[_Json]:
    for finding in report.findings:
        if isinstance(finding.evidence, Vulnerability):
            yield _vulnerability(finding, finding.evidence)


def _in_triage(report: ScanReport) -> Iterator[_Json]:
    """What nobody can tell, with the reason: one entry for each flaw that no finding is about."""
    told = {
        name
        for finding in report.findings
        if isinstance(finding.evidence, Vulnerability)
        for name in (finding.evidence.id, *finding.evidence.aliases)
    }
    doubts: dict[str, dict[Purl, Undecided]] = defaultdict(dict)
    for one in report.undecided:
        for name in cves_of(one.advisory) or (one.advisory.id,):
            if name not in told:
                doubts[name].setdefault(one.package.purl, one)
    for name in sorted(doubts):
        found = [doubts[name][purl] for purl in sorted(doubts[name])]
        reasons = sorted({one.reason for one in found})
        yield {
            "bom-ref": f"vulnerability:{name}",
            "id": name,
            "source": {"name": found[0].advisory.feed},
            "analysis": {"state": "in_triage", "detail": "; ".join(reasons)},
            "affects": [
                {
                    "ref": one.package.purl,
                    "versions": [{"version": one.package.version, "status": "unknown"}],
                }
                for one in found
            ],
        }


def _numbered(document: _Json) -> bytes:
    document.pop("serialNumber", None)
    content = msgspec.json.encode(document, order="sorted").decode()
    document["serialNumber"] = uuid.uuid5(_SERIALS, content).urn
    return msgspec.json.format(msgspec.json.encode(document), indent=1) + b"\n"


SCAN_FORMAT = ScanFormat(
    name="cyclonedx",
    title="CycloneDX 1.5 with vulnerabilities",
    media_type="application/vnd.cyclonedx+json; version=1.5",
    render=_render,
)
