"""Amazon EventBridge: one event a change, in the form of Inspector's own.

The source is `vedette`, since AWS refuses `aws.*` from anybody else; detail-type and detail are those of "Inspector2 Finding"
(Inspector User Guide, "EventBridge schema"), so that a rule for one is easily made a rule for both. `PutEvents` takes ten
entries, and less than 256 KB in all (EventBridge User Guide, "Calculating PutEvents event entry size").
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from vedette.errors import ServiceError
from vedette.findings.derived import exploit_available, finding_type, fix_available
from vedette.findings.identity import finding_arn
from vedette.integrations._base import (
    LATER,
    Caller,
    Outlet,
    Parcel,
    Refusal,
    Sink,
    cut,
    fixed_in,
    pruned,
    version_parts,
)
from vedette.model.cvss import base_score, version_of
from vedette.model.finding import Finding, Reachable, Score, Vulnerability, VulnerablePackage
from vedette.model.network import Hop
from vedette.model.resource import (
    ContainerImage,
    Ec2Instance,
    LambdaFunction,
    LocalTarget,
    Resource,
    ResourceRef,
)

SOURCE = "vedette"
DETAIL_TYPE = "Inspector2 Finding"
_AT_ONCE = 10
_TOO_LARGE = 256 * 1024
_TIME = 14  # bytes that EventBridge counts for the time
_TEXT = 1024
_REFERENCES = 10
_PACKAGES = (200, 40, 8)
"""How many packages are named: fewer where the event would be too large."""
_STEPS = 30
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_RUNTIME = re.compile(r"(nodejs|java|python|go|dotnetcore|dotnet|ruby)(\d[\w.]*)")

_Json = dict[str, Any]


def _date(moment: datetime) -> str:
    """As Inspector writes times in events, in English whatever the locale: `Wed Sep 04 16:59:44.356 UTC 2024`."""
    utc = moment.astimezone(UTC)
    day, month = _DAYS[utc.weekday()], _MONTHS[utc.month - 1]
    clock = f"{utc:%H:%M:%S}.{utc.microsecond // 1000:03}"
    return f"{day} {month} {utc.day:02} {clock} UTC {utc.year}"


def _package(entry: VulnerablePackage) -> _Json:
    package = entry.package
    parts = version_parts(package)
    place = package.locations[0] if package.locations else None
    return pruned(
        {
            "name": package.name,
            "version": parts.version,
            "release": parts.release,
            "epoch": parts.epoch,
            "arch": package.arch,
            "packageManager": package.manager,
            "filePath": place.path if place else None,
            "sourceLayerHash": place.layer if place else None,
            "fixedInVersion": fixed_in(entry),
        }
    )


def _vulnerability(evidence: Vulnerability, packages: int) -> _Json:
    known = {
        "vendorSeverity": evidence.vendor_severity,
        "vendorCreatedAt": _date(evidence.published) if evidence.published else None,
        "vendorUpdatedAt": _date(evidence.modified) if evidence.modified else None,
    }
    return {
        "vulnerabilityId": evidence.id,
        "source": evidence.source,
        "cvss": [
            {
                "baseScore": base_score(rating.vector),
                "scoringVector": rating.vector,
                "version": version_of(rating.vector),
                "source": rating.source,
            }
            for rating in evidence.ratings
        ],
        "relatedVulnerabilities": list(evidence.aliases),
        "referenceUrls": list(evidence.references[:_REFERENCES]),
        "vulnerablePackages": [_package(entry) for entry in evidence.packages[:packages]],
        **pruned(known),
    }


def _step(hop: Hop) -> _Json:
    step = {"componentId": hop.component_id, "componentType": hop.component_type}
    return step if hop.arn is None else {**step, "componentArn": hop.arn}


def _reachable(evidence: Reachable) -> _Json:
    exposure = evidence.exposure
    return {
        "openPortRange": {"begin": exposure.ports.begin, "end": exposure.ports.end},
        "protocol": exposure.transport,
        "networkPath": {"steps": [_step(hop) for hop in exposure.inspector_path[:_STEPS]]},
    }


def _score(score: Score) -> _Json:
    if score.value is None or score.vector is None:
        return {}
    return {
        "inspectorScore": score.value,
        "inspectorScoreDetails": {
            "adjustedCvss": {
                "score": score.value,
                "scoringVector": score.vector,
                "version": version_of(score.vector),
                "scoreSource": "vedette",
                **pruned({"cvssSource": score.source}),
                "adjustments": [
                    {"metric": step.metric, "reason": step.reason} for step in score.adjustments
                ],
            }
        },
    }


def _evidence(finding: Finding, packages: int) -> _Json:
    match finding.evidence:
        case Vulnerability() as evidence:
            epss = {"epss": {"score": evidence.epss.probability}} if evidence.epss else {}
            return {
                "packageVulnerabilityDetails": _vulnerability(evidence, packages),
                "fixAvailable": fix_available(evidence),
                "exploitAvailable": exploit_available(evidence),
                **epss,
            }
        case Reachable() as evidence:  # pragma: no branch
            return {"networkReachabilityDetails": _reachable(evidence)}


def _instance(facts: Ec2Instance) -> _Json:
    return pruned(
        {
            "type": facts.instance_type,
            "imageId": facts.image_id,
            "ipV4Addresses": list(facts.ipv4_addresses),
            "ipV6Addresses": list(facts.ipv6_addresses),
            "keyName": facts.key_name,
            "iamInstanceProfileArn": facts.iam_instance_profile_arn,
            "vpcId": facts.vpc_id,
            "subnetId": facts.subnet_id,
            "launchedAt": _date(facts.launched_at) if facts.launched_at else None,
            "platform": facts.platform,
        }
    )


def _image(facts: ContainerImage, ref: ResourceRef) -> _Json:
    return pruned(
        {
            "repositoryName": facts.repository,
            "imageHash": facts.digest,
            "registry": ref.account,
            "imageTags": list(facts.tags),
            "pushedAt": _date(facts.pushed_at) if facts.pushed_at else None,
            "author": facts.author,
            "architecture": facts.architecture,
        }
    )


def _runtime(name: str | None) -> str:
    """Lambda's `python3.11` in Inspector's spelling, `PYTHON_3_11`."""
    found = _RUNTIME.fullmatch(name or "")
    return "_".join(found.groups()).replace(".", "_").upper() if found else "UNSUPPORTED"


def _function(facts: LambdaFunction) -> _Json:
    return pruned(
        {
            "functionName": facts.name,
            "runtime": _runtime(facts.runtime),
            "codeSha256": facts.code_sha256,
            "version": facts.version,
            "executionRoleArn": facts.execution_role_arn,
            "layers": list(facts.layers),
            "packageType": facts.package_type.upper(),
            "architectures": [name.upper() for name in facts.architectures],
            "lastModifiedAt": _date(facts.last_modified_at) if facts.last_modified_at else None,
        }
    )


def _details(resource: Resource) -> _Json:
    match resource.facts:
        case Ec2Instance() as facts:
            return {"awsEc2Instance": _instance(facts)}
        case ContainerImage() as facts:
            return {"awsEcrContainerImage": _image(facts, resource.ref)}
        case LambdaFunction() as facts:
            return {"awsLambdaFunction": _function(facts)}
        case LocalTarget():  # pragma: no branch
            return {}


def _resource(ref: ResourceRef, resource: Resource | None) -> _Json:
    known = (
        {"tags": {tag.key: tag.value for tag in resource.tags}, "details": _details(resource)}
        if resource
        else {}
    )
    return {
        "id": ref.id,
        "type": ref.type,
        "region": ref.region,
        "partition": ref.partition,
        **pruned(known),
    }


def finding_detail(
    finding: Finding, resource: Resource | None, *, packages: int = _PACKAGES[0]
) -> _Json:
    """The finding as Inspector's events have it.

    Args:
        finding: of a resource in AWS.
        resource: what is known of it.
        packages: how many of its packages are named.
    """
    ref = finding.key.resource
    return {
        "findingArn": finding_arn(finding.key),
        "awsAccountId": ref.account,
        "type": finding_type(finding),
        "title": cut(finding.title, _TEXT),
        "description": cut(finding.description or finding.title, _TEXT),
        "remediation": {"recommendation": pruned({"text": finding.remediation})},
        "severity": finding.severity,
        "status": finding.status,
        "firstObservedAt": _date(finding.first_observed_at),
        "lastObservedAt": _date(finding.last_observed_at),
        "updatedAt": _date(finding.updated_at),
        "resources": [_resource(ref, resource)],
        **_score(finding.score),
        **_evidence(finding, packages),
    }


def _size(entry: Mapping[str, Any]) -> int:
    texts = (entry["Source"], entry["DetailType"], entry["Detail"], *entry["Resources"])
    return _TIME + sum(len(text.encode()) for text in texts)


class _Sized(msgspec.Struct, frozen=True, kw_only=True):
    finding: Finding
    entry: _Json
    size: int


def _sized(finding: Finding, resource: Resource | None) -> _Sized | None:
    """The event with as many packages as fit; None where no form fits."""
    for packages in _PACKAGES:
        detail = finding_detail(finding, resource, packages=packages)
        entry = {
            "Source": SOURCE,
            "DetailType": DETAIL_TYPE,
            "Time": finding.updated_at,
            "Resources": [finding.key.resource.id],
            "Detail": msgspec.json.encode(detail).decode(),
        }
        size = _size(entry)
        if size < _TOO_LARGE:
            return _Sized(finding=finding, entry=entry, size=size)
    return None


def _batches(events: Sequence[_Sized]) -> Iterator[list[_Sized]]:
    batch: list[_Sized] = []
    size = 0
    for one in events:
        if batch and (len(batch) == _AT_ONCE or size + one.size >= _TOO_LARGE):
            yield batch
            batch, size = [], 0
        batch.append(one)
        size += one.size
    if batch:
        yield batch


def _put(caller: Caller, region: str, batch: Sequence[_Sized]) -> Iterator[Refusal]:
    answer = caller.call("events", "put_events", region, Entries=[one.entry for one in batch])
    results = answer.get("Entries", ())
    if len(results) != len(batch):
        raise _failure(f"{len(results)} results for {len(batch)} entries", "Malformed")
    for one, result in zip(batch, results, strict=True):
        code = result.get("ErrorCode")
        if not code:
            continue
        reason = str(result.get("ErrorMessage"))
        if code in LATER:
            raise _failure(reason, code)
        yield Refusal(finding=one.finding.id, reason=f"{code}: {reason}")


def _failure(reason: str, code: str) -> ServiceError:
    return ServiceError(reason, service="events", operation="put_events", code=code)


def _send(parcel: Parcel, outlet: Outlet) -> tuple[Refusal, ...]:
    """Every change in order, on the default bus of vedette's own account in the finding's Region."""
    refused: list[Refusal] = []
    fitting: list[_Sized] = []
    for change in parcel.changes:
        finding = change.after
        sized = _sized(finding, parcel.resources.get(finding.key.resource))
        if sized is None:
            refused.append(Refusal(finding=finding.id, reason="the event is larger than 256 KB"))
        else:
            fitting.append(sized)
    for batch in _batches(fitting):
        refused.extend(_put(outlet(None), parcel.region, batch))
    return tuple(refused)


SINK = Sink(name="eventbridge", send=_send)
