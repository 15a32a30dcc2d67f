"""A finding in the AWS Security Finding Format (ASFF).

The mapping is the one of Inspector's own integration (Inspector User Guide, "Security Hub"), under the product ARN of
the account's own default product, as for every custom integration (Security Hub User Guide, "Using custom product
integrations"). Severity and types are given as the provider's fields only: those of the finding itself are the customer's to change.
"""

from collections.abc import Iterator
from typing import Any

from vedette.findings.derived import exploit_available, fix_available
from vedette.findings.identity import finding_arn
from vedette.integrations._base.words import (
    cut,
    fixed_in,
    iso,
    pruned,
    version_parts,
)
from vedette.matching.runtimes import ECOSYSTEM
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

_NOWHERE = "000000000000"
_SOME_REGION = "us-east-1"
ASFF_PACKAGES = 100
"""How many packages of a finding are named."""
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
_PATCHES = "Software and Configuration Checks/Patch Management"
"""What has no fixes any more, such as a runtime past its end: that is no CVE (ASFF types taxonomy)."""
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
            # a value is never blank (Security Hub API, `NonEmptyString`)
            "Tags": {tag.key: tag.value for tag in resource.tags[:_TAGS] if tag.value.strip()},
            "Details": _details(resource),
        }
        if resource
        else {}
    )
    return {
        "Type": _RESOURCES[ref.type],
        "Id": _identity(ref),
        "Partition": ref.partition,
        **pruned({"Region": ref.region}),
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


def _type_of(finding: Finding) -> str:
    match finding.evidence:
        case Vulnerability(packages=packages):
            ended = packages and all(one.package.ecosystem == ECOSYSTEM for one in packages)
            return _PATCHES if ended else _CVE
        case Reachable():  # pragma: no branch
            return _NETWORK


def _state(status: FindingStatus) -> _Json:
    return {
        "RecordState": "ACTIVE" if status is FindingStatus.ACTIVE else "ARCHIVED",
        "Workflow": {"Status": "SUPPRESSED" if status is FindingStatus.SUPPRESSED else "NEW"},
    }


def asff(finding: Finding, resource: Resource | None, *, packages: int = ASFF_PACKAGES) -> _Json:
    """The finding in the AWS Security Finding Format, of the finding's own account and Region.

    Args:
        finding: any. That of a target outside AWS is of account 000000000000 in us-east-1: import it after writing your own.
        resource: what is known of its resource.
        packages: how many of its packages are named.
    """
    ref = finding.key.resource
    account, region = ref.account or _NOWHERE, ref.region or _SOME_REGION
    return {
        "SchemaVersion": "2018-10-08",
        "Id": finding_arn(finding.key) or f"vedette/{finding.id}",
        "ProductArn": (
            f"arn:{ref.partition}:securityhub:{region}:{account}:product/{account}/default"
        ),
        "GeneratorId": "vedette",
        "AwsAccountId": account,
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
            "Types": [_type_of(finding)],
        },
        **_state(finding.status),
        **_evidence(finding, packages),
    }
