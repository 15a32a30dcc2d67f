"""AWS Security Hub: findings in the AWS Security Finding Format (ASFF), by `BatchImportFindings`.

The mapping is the one of Inspector's own integration (Inspector User Guide, "Security Hub"), under the product ARN of
the account's own default product, as for every custom integration (Security Hub User Guide, "Using custom product
integrations"). A call takes 100 findings of one account, and a finding at most 240 KB.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from vedette.findings.derived import exploit_available, fix_available
from vedette.findings.identity import finding_arn
from vedette.findings.lifecycle import Change
from vedette.integrations._base import Caller, Outlet, Refusal, Sink
from vedette.model.cvss import base_score, version_of
from vedette.model.finding import (
    Finding,
    FindingStatus,
    Reachable,
    Vulnerability,
    VulnerablePackage,
)
from vedette.model.network import Hop
from vedette.model.resource import ResourceRef, ResourceType
from vedette.model.severity import Severity

_AT_ONCE = 100
_LARGEST = 240_000
_TITLE = 256
_DESCRIPTION = 1024
_PACKAGES = 100
_REFERENCES = 32
_LABELS = {
    Severity.CRITICAL: ("CRITICAL", 90),
    Severity.HIGH: ("HIGH", 70),
    Severity.MEDIUM: ("MEDIUM", 40),
    Severity.LOW: ("LOW", 1),
    Severity.INFORMATIONAL: ("INFORMATIONAL", 0),
    Severity.UNTRIAGED: ("INFORMATIONAL", 0),
}
"""ASFF's labels and the normalised value of each (ASFF, Severity); ASFF has no word for "not rated"."""
_RESOURCES = {
    ResourceType.EC2_INSTANCE: "AwsEc2Instance",
    ResourceType.ECR_CONTAINER_IMAGE: "AwsEcrContainerImage",
    ResourceType.LAMBDA_FUNCTION: "AwsLambdaFunction",
    ResourceType.LOCAL: "Other",
}
_CVE = "Software and Configuration Checks/Vulnerabilities/CVE"
_NETWORK = "Software and Configuration Checks/AWS Security Best Practices/Network Reachability"

_Json = dict[str, Any]


def _iso(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%f}"[:-3] + "Z"


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else text[: length - 1] + "…"


def _resource(ref: ResourceRef) -> _Json:
    identity = ref.id
    if ref.type is ResourceType.EC2_INSTANCE:
        identity = f"arn:{ref.partition}:ec2:{ref.region}:{ref.account}:instance/{ref.id}"
    return {
        "Type": _RESOURCES[ref.type],
        "Id": identity,
        "Partition": ref.partition,
        "Region": ref.region,
    }


def _package(entry: VulnerablePackage) -> _Json:
    package = entry.package
    epoch, _, rest = package.version.rpartition(":")
    version, dash, release = rest.rpartition("-")
    place = package.locations[0] if package.locations else None
    os_package = bool(dash) and package.manager == "OS"
    parts = {
        "Name": package.name,
        "Version": version if os_package else rest,
        "Release": release if os_package else None,
        "Epoch": epoch or "0",
        "Architecture": package.arch,
        "PackageManager": package.manager,
        "FixedInVersion": entry.fixed_in or "NotAvailable",
        "FilePath": place.path if place else None,
        "SourceLayerHash": place.layer if place else None,
    }
    return {key: value for key, value in parts.items() if value is not None}


def _cvss(finding: Finding, evidence: Vulnerability) -> Iterator[_Json]:
    for rating in evidence.ratings:
        yield {
            "Version": version_of(rating.vector),
            "BaseScore": base_score(rating.vector),
            "BaseVector": rating.vector,
            "Source": rating.source,
        }
    score = finding.score
    if score.value is not None and score.vector is not None:
        yield {
            "Version": version_of(score.vector),
            "BaseScore": score.value,
            "BaseVector": score.vector,
            "Source": "vedette",
            "Adjustments": [
                {"Metric": step.metric, "Reason": _cut(step.reason, _TITLE)}
                for step in score.adjustments
            ],
        }


def _vulnerability(finding: Finding, evidence: Vulnerability) -> _Json:
    vendor: _Json = {"Name": evidence.source}
    if evidence.vendor_severity:
        vendor["VendorSeverity"] = evidence.vendor_severity
    if evidence.published:
        vendor["VendorCreatedAt"] = _iso(evidence.published)
    if evidence.modified:
        vendor["VendorUpdatedAt"] = _iso(evidence.modified)
    found: _Json = {
        "Id": evidence.id,
        "VulnerablePackages": [_package(entry) for entry in evidence.packages[:_PACKAGES]],
        "Cvss": list(_cvss(finding, evidence)),
        "RelatedVulnerabilities": list(evidence.aliases),
        "Vendor": vendor,
        "ReferenceUrls": list(evidence.references[:_REFERENCES]),
        "FixAvailable": fix_available(evidence),
        "ExploitAvailable": exploit_available(evidence),
    }
    if evidence.epss:
        found["EpssScore"] = evidence.epss.probability
    return found


def _step(hop: Hop) -> _Json:
    return {"ComponentId": hop.component_id, "ComponentType": hop.component_type}


def _evidence(finding: Finding) -> _Json:
    match finding.evidence:
        case Vulnerability() as evidence:
            return {"Vulnerabilities": [_vulnerability(finding, evidence)]}
        case Reachable() as evidence:
            return {"NetworkPath": [_step(hop) for hop in evidence.exposure.inspector_path]}


def asff(finding: Finding) -> _Json:
    """The finding in the AWS Security Finding Format, of the finding's own account and Region."""
    ref = finding.key.resource
    label, normalised = _LABELS[finding.severity]
    kind = _CVE if isinstance(finding.evidence, Vulnerability) else _NETWORK
    active = finding.status is FindingStatus.ACTIVE
    return {
        "SchemaVersion": "2018-10-08",
        "Id": finding_arn(finding.key),
        "ProductArn": (
            f"arn:{ref.partition}:securityhub:{ref.region}:{ref.account}"
            f":product/{ref.account}/default"
        ),
        "GeneratorId": "vedette",
        "AwsAccountId": ref.account,
        "Types": [kind],
        "FirstObservedAt": _iso(finding.first_observed_at),
        "LastObservedAt": _iso(finding.last_observed_at),
        "CreatedAt": _iso(finding.first_observed_at),
        "UpdatedAt": _iso(finding.updated_at),
        "Severity": {"Label": label, "Normalized": normalised},
        "Title": _cut(finding.title, _TITLE),
        "Description": _cut(finding.description or finding.title, _DESCRIPTION),
        "Remediation": {"Recommendation": {"Text": _cut(finding.remediation, 512)}},
        "ProductFields": {
            "vedette/findingId": finding.id,
            "vedette/status": finding.status,
            "vedette/risk": f"{finding.score.risk:g}",
        },
        "Resources": [_resource(ref)],
        "FindingProviderFields": {"Severity": {"Label": label}, "Types": [kind]},
        "RecordState": "ACTIVE" if active else "ARCHIVED",
        "Workflow": {
            "Status": "SUPPRESSED" if finding.status is FindingStatus.SUPPRESSED else "NEW"
        },
        **_evidence(finding),
    }


def _import(caller: Caller, region: str, findings: Sequence[Finding]) -> Iterator[Refusal]:
    by_arn: dict[str, str] = {}
    sent: list[_Json] = []
    for finding in findings:
        document = asff(finding)
        if len(msgspec.json.encode(document)) > _LARGEST:
            yield Refusal(finding=finding.id, reason="the finding is larger than 240 KB")
            continue
        by_arn[document["Id"]] = finding.id
        sent.append(document)
    for start in range(0, len(sent), _AT_ONCE):
        answer = caller.call(
            "securityhub", "batch_import_findings", region, Findings=sent[start : start + _AT_ONCE]
        )
        for failed in answer.get("FailedFindings", ()):
            reason = f"{failed.get('ErrorCode')}: {failed.get('ErrorMessage')}"
            yield Refusal(finding=by_arn.get(failed["Id"], failed["Id"]), reason=reason)


def _send(changes: Sequence[Change], outlet: Outlet) -> tuple[Refusal, ...]:
    """The last state of each finding, once; local targets have no account and are left out."""
    last: defaultdict[tuple[str, str], dict[str, Finding]] = defaultdict(dict)
    for change in changes:
        ref = change.after.key.resource
        if ref.account is not None and ref.region is not None:
            last[ref.account, ref.region][change.after.id] = change.after
    return tuple(
        refusal
        for (account, region), findings in sorted(last.items())
        for refusal in _import(outlet(account), region, tuple(findings.values()))
    )


SINK = Sink(name="security-hub", send=_send)
