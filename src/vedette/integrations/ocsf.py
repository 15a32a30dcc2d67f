"""OCSF 1.5.0: an event of class Vulnerability Finding (2002) for each finding, one a line (https://schema.ocsf.io/1.5.0/classes/vulnerability_finding).

OCSF has no class for an open port: it is a vulnerability by its weakness, with the path in its description. The activity is what happened
last: created, updated or closed. Findings of resources in AWS have the profile `cloud`.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from vedette.findings.derived import Available, exploit_available, finding_type, fix_available
from vedette.findings.identity import finding_arn
from vedette.integrations._base import (
    Entry,
    Occasion,
    Report,
    json_bytes,
    pruned,
    source_url,
    version_parts,
)
from vedette.model.advisory import Rating
from vedette.model.cvss import base_score, version_of
from vedette.model.finding import (
    Finding,
    FindingStatus,
    Reachable,
    Vulnerability,
    VulnerablePackage,
)
from vedette.model.resource import LocalTarget, Resource, ResourceRef, ResourceType
from vedette.model.severity import Severity

_VERSION = "1.5.0"
_CLASS = 2002
_SEVERITIES = {
    Severity.UNTRIAGED: (0, "Unknown"),
    Severity.INFORMATIONAL: (1, "Informational"),
    Severity.LOW: (2, "Low"),
    Severity.MEDIUM: (3, "Medium"),
    Severity.HIGH: (4, "High"),
    Severity.CRITICAL: (5, "Critical"),
}
_STATES = {
    FindingStatus.ACTIVE: (1, "New"),
    FindingStatus.SUPPRESSED: (3, "Suppressed"),
    FindingStatus.CLOSED: (4, "Resolved"),
}
_CREATE, _UPDATE, _CLOSE = (1, "Create"), (2, "Update"), (3, "Close")
_COVERAGE = {
    Available.YES: (1, "Complete"),
    Available.PARTIAL: (2, "Partial"),
    Available.NO: (3, "None"),
}
_WEAKNESS = {"uid": "CWE-668", "caption": "Exposure of Resource to Wrong Sphere"}
"""A vulnerability must be a CVE, an advisory or a weakness: an open port is the last."""
_TYPES = {
    ResourceType.EC2_INSTANCE: "AWS::EC2::Instance",
    ResourceType.ECR_CONTAINER_IMAGE: "AWS::ECR::Image",
    ResourceType.LAMBDA_FUNCTION: "AWS::Lambda::Function",
    ResourceType.LOCAL: "Local target",
}

_Json = dict[str, Any]


def ocsf_event(finding: Finding, resource: Resource | None) -> _Json:
    """The finding as an event."""
    ref = finding.key.resource
    activity, activity_name = _activity(finding)
    severity, severity_name = _SEVERITIES[finding.severity]
    status, status_name = _STATES[finding.status]
    return {
        "activity_id": activity,
        "activity_name": activity_name,
        "category_uid": 2,
        "category_name": "Findings",
        "class_uid": _CLASS,
        "class_name": "Vulnerability Finding",
        "type_uid": _CLASS * 100 + activity,
        "type_name": f"Vulnerability Finding: {activity_name}",
        "time": _millis(finding.updated_at),
        "start_time": _millis(finding.first_observed_at),
        "end_time": _millis(finding.last_observed_at),
        "severity_id": severity,
        "severity": severity_name,
        "status_id": status,
        "status": status_name,
        "message": finding.title,
        **pruned({"status_detail": finding.suppressed_by}),
        "metadata": _metadata(finding),
        **_cloud(ref),
        "finding_info": _info(finding),
        "resources": [_resource(ref, resource)],
        "vulnerabilities": [_vulnerability(finding)],
        "unmapped": pruned({"risk": finding.score.risk, "score": finding.score.value}),
    }


def _millis(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)


def _activity(finding: Finding) -> tuple[int, str]:
    if finding.status is FindingStatus.CLOSED:
        return _CLOSE
    return _CREATE if finding.updated_at == finding.first_observed_at else _UPDATE


def _metadata(finding: Finding) -> _Json:
    known = {
        "profiles": None if finding.key.resource.type is ResourceType.LOCAL else ["cloud"],
        "log_version": finding.database,
    }
    return {
        "version": _VERSION,
        "uid": finding.id,
        "product": {"name": "vedette", "vendor_name": "vedette"},
        **pruned(known),
    }


def _cloud(ref: ResourceRef) -> _Json:
    if ref.type is ResourceType.LOCAL:
        return {}
    account = {"account": {"uid": ref.account, "type_id": 10, "type": "AWS Account"}}
    return {
        "cloud": {
            "provider": "AWS",
            **pruned({"region": ref.region}),
            **(account if ref.account else {}),
        }
    }


def _info(finding: Finding) -> _Json:
    evidence = finding.evidence
    known = {"src_url": source_url(evidence) if isinstance(evidence, Vulnerability) else None}
    return {
        "uid": finding_arn(finding.key) or finding.id,
        "title": finding.title,
        "desc": finding.description,
        "types": [finding_type(finding).value],
        "created_time": _millis(finding.first_observed_at),
        "first_seen_time": _millis(finding.first_observed_at),
        "last_seen_time": _millis(finding.last_observed_at),
        "modified_time": _millis(finding.updated_at),
        **pruned(known),
    }


def _resource(ref: ResourceRef, resource: Resource | None) -> _Json:
    known: _Json = {"region": ref.region}
    if resource is not None and not isinstance(resource.facts, LocalTarget):
        known["tags"] = [{"name": tag.key, "value": tag.value} for tag in resource.tags]
    if ref.type is not ResourceType.LOCAL:
        known["cloud_partition"] = ref.partition
    return {"uid": ref.id, "type": _TYPES[ref.type], **pruned(known)}


def _vulnerability(finding: Finding) -> _Json:
    common = {
        "title": finding.title,
        "desc": finding.description,
        "severity": finding.severity.value,
        "first_seen_time": _millis(finding.first_observed_at),
        "last_seen_time": _millis(finding.last_observed_at),
        **pruned({"remediation": pruned({"desc": finding.remediation})}),
    }
    match finding.evidence:
        case Vulnerability() as evidence:
            return common | _flaw(evidence)
        case Reachable():  # pragma: no branch
            return common | {"category": "Network Reachability", "cwe": dict(_WEAKNESS)}


def _flaw(evidence: Vulnerability) -> _Json:
    coverage, coverage_name = _COVERAGE[fix_available(evidence)]
    known = {
        "references": list(evidence.references),
        "related_vulnerabilities": list(evidence.aliases),
    }
    return {
        **_record(evidence),
        "affected_packages": [_package(one) for one in evidence.packages],
        "vendor_name": evidence.source,
        "fix_coverage_id": coverage,
        "fix_coverage": coverage_name,
        "is_fix_available": coverage != _COVERAGE[Available.NO][0],
        "is_exploit_available": exploit_available(evidence) is Available.YES,
        **pruned(known),
    }


def _record(evidence: Vulnerability) -> _Json:
    """The CVE; an id of another kind is an advisory's."""
    times = pruned(
        {
            "created_time": _millis(evidence.published) if evidence.published else None,
            "modified_time": _millis(evidence.modified) if evidence.modified else None,
        }
    )
    if not evidence.id.startswith("CVE-"):
        return {"advisory": {"uid": evidence.id, **times}}
    known = {
        "cvss": [_cvss(rating) for rating in evidence.ratings],
        "related_cwes": [{"uid": cwe} for cwe in evidence.cwes if cwe.startswith("CWE-")],
        "epss": _epss(evidence),
    }
    return {"cve": {"uid": evidence.id, **times, **pruned(known)}}


def _cvss(rating: Rating) -> _Json:
    return {
        "base_score": base_score(rating.vector),
        "version": version_of(rating.vector),
        "vector_string": rating.vector,
        "vendor_name": rating.source,
    }


def _epss(evidence: Vulnerability) -> _Json:
    epss = evidence.epss
    if epss is None:
        return {}
    return {"score": f"{epss.probability:g}", **pruned({"percentile": epss.percentile})}


def _package(one: VulnerablePackage) -> _Json:
    package = one.package
    parts = version_parts(package)
    known = {
        "architecture": package.arch,
        "release": parts.release,
        "epoch": parts.epoch or None,
        "package_manager": package.manager.value,
        "fixed_in_version": one.fixed_in,
        "path": package.locations[0].path if package.locations else None,
        "license": " AND ".join(package.licenses),
        "vendor_name": package.vendor,
        "cpe_name": next(iter(package.cpes), None),
    }
    return {
        "name": package.name,
        "version": parts.version,
        "purl": package.purl,
        **pruned(known),
    }


def _write(entries: Iterable[Entry], occasion: Occasion) -> Iterator[bytes]:
    del occasion
    for entry in entries:
        yield json_bytes(ocsf_event(entry.finding, entry.resource)) + b"\n"


REPORT = Report(
    name="ocsf",
    title="OCSF 1.5 Vulnerability Finding, a line each",
    media_type="application/x-ndjson",
    suffix=".ocsf.jsonl",
    write=_write,
)
