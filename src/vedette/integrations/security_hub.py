"""AWS Security Hub: findings in the AWS Security Finding Format (ASFF), by `BatchImportFindings`.

The mapping is the one of Inspector's own integration (Inspector User Guide, "Security Hub"), under the product ARN of
the account's own default product, as for every custom integration (Security Hub User Guide, "Using custom product
integrations"). A call takes 100 findings of one account and 6 MB, and a finding at most 240 KB (Security Hub Partner Integration Guide,
"Guidelines for using the BatchImportFindings API"). Severity and types are given as the provider's fields only: those
of the finding itself are the customer's to change.
"""

import json
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from vedette.errors import ServiceError
from vedette.findings.derived import exploit_available, fix_available
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
    iso,
    pruned,
    version_parts,
)
from vedette.model.cvss import base_score, version_of
from vedette.model.finding import (
    Finding,
    FindingStatus,
    Reachable,
    Vulnerability,
    VulnerablePackage,
)
from vedette.model.resource import (
    ContainerImage,
    Ec2Instance,
    LambdaFunction,
    LocalTarget,
    Resource,
    ResourceRef,
    ResourceType,
)
from vedette.model.severity import Severity

_AT_ONCE = 100
_LARGEST = 240_000
_LARGEST_CALL = 6_000_000
_PACKAGES = (100, 20, 4)
"""How many packages are named: fewer where the finding would be too large."""
_TITLE = 256
_DESCRIPTION = 1024
_RECOMMENDATION = 512
_COMPONENT = 32
_REFERENCES = 32
_TAGS = 50
_LABELS = {
    Severity.CRITICAL: "CRITICAL",
    Severity.HIGH: "HIGH",
    Severity.MEDIUM: "MEDIUM",
    Severity.LOW: "LOW",
    Severity.INFORMATIONAL: "INFORMATIONAL",
    Severity.UNTRIAGED: "INFORMATIONAL",  # ASFF has no word for "not rated"
}
_RESOURCES = {
    ResourceType.EC2_INSTANCE: "AwsEc2Instance",
    ResourceType.ECR_CONTAINER_IMAGE: "AwsEcrContainerImage",
    ResourceType.LAMBDA_FUNCTION: "AwsLambdaFunction",
    ResourceType.LOCAL: "Other",
}
_CVE = "Software and Configuration Checks/Vulnerabilities/CVE"
_NETWORK = "Software and Configuration Checks/AWS Security Best Practices/Network Reachability"

_Json = dict[str, Any]


def _identity(ref: ResourceRef) -> str:
    if ref.type is ResourceType.EC2_INSTANCE:
        return f"arn:{ref.partition}:ec2:{ref.region}:{ref.account}:instance/{ref.id}"
    return ref.id


def _details(resource: Resource) -> _Json:
    match resource.facts:
        case Ec2Instance() as facts:
            return {"AwsEc2Instance": _instance(facts)}
        case ContainerImage() as facts:
            return {"AwsEcrContainerImage": _image(facts, resource.ref)}
        case LambdaFunction() as facts:
            return {"AwsLambdaFunction": _function(facts)}
        case LocalTarget():  # pragma: no branch
            return {}


def _instance(facts: Ec2Instance) -> _Json:
    return pruned(
        {
            "Type": facts.instance_type,
            "ImageId": facts.image_id,
            "IpV4Addresses": list(facts.ipv4_addresses),
            "IpV6Addresses": list(facts.ipv6_addresses),
            "KeyName": facts.key_name,
            "IamInstanceProfileArn": facts.iam_instance_profile_arn,
            "VpcId": facts.vpc_id,
            "SubnetId": facts.subnet_id,
            "LaunchedAt": iso(facts.launched_at) if facts.launched_at else None,
        }
    )


def _image(facts: ContainerImage, ref: ResourceRef) -> _Json:
    return pruned(
        {
            "RegistryId": ref.account,
            "RepositoryName": facts.repository,
            "Architecture": facts.architecture,
            "ImageDigest": facts.digest,
            "ImageTags": list(facts.tags),
            "ImagePublishedAt": iso(facts.pushed_at) if facts.pushed_at else None,
        }
    )


def _function(facts: LambdaFunction) -> _Json:
    return pruned(
        {
            "FunctionName": facts.name,
            "Runtime": facts.runtime,
            "Role": facts.execution_role_arn,
            "CodeSha256": facts.code_sha256,
            "Version": facts.version,
            "Architectures": list(facts.architectures),
            "PackageType": facts.package_type,
            "Layers": [{"Arn": arn} for arn in facts.layers],
            "LastModified": iso(facts.last_modified_at) if facts.last_modified_at else None,
        }
    )


def _resource(ref: ResourceRef, resource: Resource | None) -> _Json:
    known = pruned(
        {
            "Tags": {tag.key: tag.value for tag in resource.tags[:_TAGS]},
            "Details": _details(resource),
        }
        if resource
        else {}
    )
    return {
        "Type": _RESOURCES[ref.type],
        "Id": _identity(ref),
        "Partition": ref.partition,
        "Region": ref.region,
        **known,
    }


def _package(entry: VulnerablePackage) -> _Json:
    package = entry.package
    parts = version_parts(package)
    place = package.locations[0] if package.locations else None
    return pruned(
        {
            "Name": package.name,
            "Version": parts.version,
            "Release": parts.release,
            "Epoch": str(parts.epoch),
            "Architecture": package.arch,
            "PackageManager": package.manager,
            "FixedInVersion": fixed_in(entry),
            "FilePath": place.path if place else None,
            "SourceLayerHash": place.layer if place else None,
        }
    )


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
                {"Metric": step.metric, "Reason": cut(step.reason, _TITLE)}
                for step in score.adjustments
            ],
        }


def _vulnerability(finding: Finding, evidence: Vulnerability, packages: int) -> _Json:
    vendor = {
        "Name": evidence.source,
        "VendorSeverity": evidence.vendor_severity,
        "VendorCreatedAt": iso(evidence.published) if evidence.published else None,
        "VendorUpdatedAt": iso(evidence.modified) if evidence.modified else None,
    }
    return pruned(
        {
            "Id": evidence.id,
            "VulnerablePackages": [_package(entry) for entry in evidence.packages[:packages]],
            "Cvss": list(_cvss(finding, evidence)),
            "RelatedVulnerabilities": list(evidence.aliases[:_REFERENCES]),
            "Vendor": pruned(vendor),
            "ReferenceUrls": list(evidence.references[:_REFERENCES]),
            "FixAvailable": fix_available(evidence),
            "ExploitAvailable": exploit_available(evidence),
            "EpssScore": evidence.epss.probability if evidence.epss else None,
        }
    )


def _path(evidence: Reachable) -> list[_Json]:
    exposure = evidence.exposure
    steps: list[_Json] = [
        {
            "ComponentId": cut(hop.component_id, _COMPONENT),
            "ComponentType": cut(hop.component_type, _COMPONENT),
        }
        for hop in exposure.inspector_path
    ]
    if steps:
        ports = {"Begin": exposure.ports.begin, "End": exposure.ports.end}
        steps[-1]["Ingress"] = {
            "Protocol": exposure.transport,
            "Destination": {"PortRanges": [ports]},
        }
    return steps


def _evidence(finding: Finding, packages: int) -> _Json:
    match finding.evidence:
        case Vulnerability() as evidence:
            return {"Vulnerabilities": [_vulnerability(finding, evidence, packages)]}
        case Reachable() as evidence:  # pragma: no branch
            return pruned({"NetworkPath": _path(evidence)})


def _state(status: FindingStatus) -> _Json:
    return {
        "RecordState": "ACTIVE" if status is FindingStatus.ACTIVE else "ARCHIVED",
        "Workflow": {"Status": "SUPPRESSED" if status is FindingStatus.SUPPRESSED else "NEW"},
    }


def asff(finding: Finding, resource: Resource | None, *, packages: int = _PACKAGES[0]) -> _Json:
    """The finding in the AWS Security Finding Format, of the finding's own account and Region.

    Args:
        finding: of a resource in AWS.
        resource: what is known of it.
        packages: how many of its packages are named.
    """
    ref = finding.key.resource
    kind = _CVE if isinstance(finding.evidence, Vulnerability) else _NETWORK
    return {
        "SchemaVersion": "2018-10-08",
        "Id": finding_arn(finding.key),
        "ProductArn": (
            f"arn:{ref.partition}:securityhub:{ref.region}:{ref.account}"
            f":product/{ref.account}/default"
        ),
        "GeneratorId": "vedette",
        "AwsAccountId": ref.account,
        "FirstObservedAt": iso(finding.first_observed_at),
        "LastObservedAt": iso(finding.last_observed_at),
        "CreatedAt": iso(finding.first_observed_at),
        "UpdatedAt": iso(finding.updated_at),
        "Title": cut(finding.title, _TITLE),
        "Description": cut(finding.description or finding.title, _DESCRIPTION),
        "Remediation": {
            "Recommendation": pruned({"Text": cut(finding.remediation, _RECOMMENDATION)})
        },
        "ProductFields": {
            "vedette/findingId": finding.id,
            "vedette/status": finding.status,
            "vedette/risk": f"{finding.score.risk:g}",
        },
        "Resources": [_resource(ref, resource)],
        "FindingProviderFields": {
            "Severity": {"Label": _LABELS[finding.severity], "Original": finding.severity},
            "Types": [kind],
        },
        **_state(finding.status),
        **_evidence(finding, packages),
    }


class _Sized(msgspec.Struct, frozen=True, kw_only=True):
    finding: Finding
    document: _Json
    size: int


def _sized(finding: Finding, resource: Resource | None) -> _Sized | None:
    """The finding with as many packages as fit; None where no form fits."""
    for packages in _PACKAGES:
        document = asff(finding, resource, packages=packages)
        size = len(json.dumps(document))  # as botocore writes it
        if size <= _LARGEST:
            return _Sized(finding=finding, document=document, size=size)
    return None


def _batches(findings: Sequence[_Sized]) -> Iterator[list[_Sized]]:
    batch: list[_Sized] = []
    size = 0
    for one in findings:
        if batch and (len(batch) == _AT_ONCE or size + one.size > _LARGEST_CALL):
            yield batch
            batch, size = [], 0
        batch.append(one)
        size += one.size
    if batch:
        yield batch


def _import(caller: Caller, region: str, batch: Sequence[_Sized]) -> Iterator[Refusal]:
    by_arn = {one.document["Id"]: one.finding.id for one in batch}
    answer = caller.call(
        "securityhub", "batch_import_findings", region, Findings=[one.document for one in batch]
    )
    if "SuccessCount" not in answer:
        raise _failure("an answer without SuccessCount", "Malformed")
    for failed in answer.get("FailedFindings", ()):
        code = str(failed.get("ErrorCode"))
        reason = str(failed.get("ErrorMessage"))
        if code in LATER:
            raise _failure(reason, code)
        arn = str(failed.get("Id"))
        yield Refusal(finding=by_arn.get(arn, arn), reason=f"{code}: {reason}")


def _failure(reason: str, code: str) -> ServiceError:
    return ServiceError(reason, service="securityhub", operation="batch_import_findings", code=code)


def _send(parcel: Parcel, outlet: Outlet) -> tuple[Refusal, ...]:
    """The last state of each finding, once."""
    last = {change.after.id: change.after for change in parcel.changes}
    refused: list[Refusal] = []
    fitting: list[_Sized] = []
    for finding in last.values():
        sized = _sized(finding, parcel.resources.get(finding.key.resource))
        if sized is None:
            refused.append(Refusal(finding=finding.id, reason="the finding is larger than 240 KB"))
        else:
            fitting.append(sized)
    if fitting:
        caller = outlet(parcel.account)
        for batch in _batches(fitting):
            refused.extend(_import(caller, parcel.region, batch))
    return tuple(refused)


SINK = Sink(name="security-hub", send=_send)
