"""A finding as Inspector's API has it: the one translation from the domain to `Finding` of the inspector2 API model."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, time
from typing import Any

from vedette.findings.derived import exploit_available, finding_type, fix_available
from vedette.findings.exploitation import usable
from vedette.findings.identity import finding_arn, finding_id
from vedette.findings.layers import layer_arn
from vedette.integrations._base.inspector_resource import inspector_resource
from vedette.integrations._base.remedies import package_remedy
from vedette.integrations._base.sources import source_url
from vedette.integrations._base.words import cut, fixed_in, pruned, version_parts
from vedette.model.cvss import base_score, version_of
from vedette.model.finding import Finding, Reachable, Score, Vulnerability, VulnerablePackage
from vedette.model.network import Hop, Transport
from vedette.model.package import Package, PackageManager
from vedette.model.resource import Resource, ResourceRef

_TEXT = 1024
_ARCH = 64
_ID = 128
_STEPS = 30
_PROTOCOLS = frozenset({Transport.TCP, Transport.UDP})
_LAYER = "sha256:"
_NOWHERE = "000000000000"
_SOME_REGION = "us-east-1"
_SCORED_BY = "vedette"

_Json = dict[str, Any]


def inspector_finding(
    finding: Finding, resource: Resource | None, *, partition: str = "aws"
) -> _Json:
    """The finding, with the wire's names, aware datetimes for timestamps, and no member without a value.

    Args:
        finding: any. An exposure to ICMP has no protocol: the API has no word for it, and a description tells it.
        resource: what is known of its resource.
        partition: of the ARN, where the resource is not in AWS: it then names account 000000000000 and us-east-1.
    """
    told = inspector_resource(finding.key.resource, resource)
    return _finding(finding, resource, told, partition)


def inspector_findings(
    findings: Iterable[Finding],
    resources: Mapping[ResourceRef, Resource],
    *,
    partition: str = "aws",
) -> list[_Json]:
    """The same of several. What is known of a resource is one value in all of its findings: it is not to be changed."""
    told: dict[str, _Json] = {}
    whole: list[_Json] = []
    for finding in findings:
        ref = finding.key.resource
        resource = resources.get(ref)
        key = f"{ref.type} {ref.partition} {ref.account} {ref.region} {ref.id}"
        if key not in told:
            told[key] = inspector_resource(ref, resource)
        whole.append(_finding(finding, resource, told[key], partition))
    return whole


def _finding(finding: Finding, resource: Resource | None, told: _Json, partition: str) -> _Json:
    ref = finding.key.resource
    title = cut(finding.title, _TEXT)
    return {
        "findingArn": finding_arn(finding.key) or _local_arn(finding, partition),
        "awsAccountId": ref.account or _NOWHERE,
        "type": str(finding_type(finding)),
        "title": title,
        "description": cut(finding.description, _TEXT) or title,
        "remediation": {"recommendation": pruned({"text": finding.remediation})},
        "severity": str(finding.severity),
        "status": str(finding.status),
        "firstObservedAt": finding.first_observed_at,
        "lastObservedAt": finding.last_observed_at,
        "updatedAt": finding.updated_at,
        "resources": [told],
        **_score(finding.score),
        **_evidence(finding, resource),
    }


def _local_arn(finding: Finding, partition: str) -> str:
    place = f"{_SOME_REGION}:{_NOWHERE}"
    return f"arn:{partition}:inspector2:{place}:finding/{finding_id(finding.key)}"


def _score(score: Score) -> _Json:
    if score.value is None:
        return {}
    if score.vector is None:
        return {"inspectorScore": score.value}
    return {
        "inspectorScore": score.value,
        "inspectorScoreDetails": {
            "adjustedCvss": {
                "score": score.value,
                "scoringVector": score.vector,
                "version": version_of(score.vector),
                "scoreSource": _SCORED_BY,
                **pruned({"cvssSource": score.source}),
                "adjustments": [
                    {"metric": step.metric, "reason": step.reason} for step in score.adjustments
                ],
            }
        },
    }


def _evidence(finding: Finding, resource: Resource | None) -> _Json:
    match finding.evidence:
        case Vulnerability() as evidence:
            last = _last_exploit(evidence)
            known = {
                "exploitabilityDetails": {"lastKnownExploitAt": last} if last else None,
                "epss": {"score": evidence.epss.probability} if evidence.epss else None,
            }
            return {
                "packageVulnerabilityDetails": _vulnerability(evidence, resource),
                "fixAvailable": str(fix_available(evidence)),
                "exploitAvailable": str(exploit_available(evidence)),
                **pruned(known),
            }
        case Reachable() as evidence:  # pragma: no branch
            return {"networkReachabilityDetails": _reachable(evidence)}


def _last_exploit(evidence: Vulnerability) -> datetime | None:
    """The beginning of the last day of which an exploit, or its use, is known."""
    days: list[date] = [one.published for one in usable(evidence.exploits) if one.published]
    if evidence.kev is not None:
        days.append(evidence.kev.added_on)
    return datetime.combine(max(days), time(), UTC) if days else None


def _vulnerability(evidence: Vulnerability, resource: Resource | None) -> _Json:
    known = {
        "sourceUrl": source_url(evidence),
        "vendorSeverity": evidence.vendor_severity,
        "vendorCreatedAt": evidence.published,
        "vendorUpdatedAt": evidence.modified,
    }
    return {
        "vulnerabilityId": cut(evidence.id, _ID),
        "source": evidence.source,
        "cvss": list(_cvss(evidence)),
        "relatedVulnerabilities": [cut(alias, _ID) for alias in evidence.aliases if alias],
        "referenceUrls": [link for link in evidence.references if link],
        "vulnerablePackages": [_package(entry, resource) for entry in evidence.packages],
        **pruned(known),
    }


def _cvss(evidence: Vulnerability) -> Iterator[_Json]:
    for rating in evidence.ratings:
        yield {
            "baseScore": base_score(rating.vector),
            "scoringVector": rating.vector,
            "version": version_of(rating.vector),
            "source": rating.source,
        }


def _package(entry: VulnerablePackage, resource: Resource | None) -> _Json:
    package = entry.package
    parts = version_parts(package)
    known = {
        "release": cut(parts.release or "", _TEXT),
        "arch": cut(package.arch or "", _ARCH),
        "packageManager": _manager(package),
        "remediation": package_remedy(resource, entry),
        **_place(package, resource),
    }
    return {
        "name": cut(package.name, _TEXT) or "unknown",
        "version": cut(parts.version, _TEXT) or "unknown",
        "epoch": parts.epoch,
        "fixedInVersion": cut(fixed_in(entry), _TEXT),
        **pruned(known),
    }


def _manager(package: Package) -> str | None:
    manager = package.manager
    return None if manager is PackageManager.OTHER else str(manager)


def _place(package: Package, resource: Resource | None) -> _Json:
    if not package.locations:
        return {}
    place = package.locations[0]
    layer = place.layer if place.layer and place.layer.startswith(_LAYER) else None
    return {
        "filePath": cut(place.path, _TEXT),
        "sourceLayerHash": layer,
        "sourceLambdaLayerArn": layer_arn(resource, place),
    }


def _reachable(evidence: Reachable) -> _Json:
    exposure = evidence.exposure
    hops = (exposure.inspector_path or exposure.path)[:_STEPS]
    return {
        "openPortRange": {"begin": exposure.ports.begin, "end": exposure.ports.end},
        **({"protocol": str(exposure.transport)} if exposure.transport in _PROTOCOLS else {}),
        "networkPath": pruned({"steps": [_step(hop) for hop in hops]}),
    }


def _step(hop: Hop) -> _Json:
    step = {"componentId": hop.component_id, "componentType": hop.component_type}
    return step if hop.arn is None else {**step, "componentArn": hop.arn}
