"""Assessments and their findings as Inspector Classic has them (inspector API model, 2016-02-16)."""

from collections.abc import Iterable, Iterator, Mapping

from vedette.api.call import Output
from vedette.app.assessments.model import (
    AssessmentRun,
    Group,
    RulesPackage,
    RunState,
    Target,
    Template,
)
from vedette.model.cvss import base_score, version_of
from vedette.model.finding import Finding, Reachable, Vulnerability
from vedette.model.resource import Ec2Instance, Resource, Tag
from vedette.model.severity import Severity

_SEVERITIES: Mapping[Severity, tuple[str, float]] = {
    Severity.CRITICAL: ("High", 9.0),
    Severity.HIGH: ("High", 9.0),
    Severity.MEDIUM: ("Medium", 6.0),
    Severity.LOW: ("Low", 3.0),
    Severity.INFORMATIONAL: ("Informational", 0.0),
    Severity.UNTRIAGED: ("Undefined", 0.0),
}
PACKAGES: Mapping[RulesPackage, tuple[str, str, str]] = {
    RulesPackage.VULNERABILITIES: (
        "0-vulnerab",
        "Common Vulnerabilities and Exposures",
        "Packages of instances that have known flaws.",
    ),
    RulesPackage.NETWORK: (
        "0-networks",
        "Network Reachability",
        "Ports of instances that can be reached from outside of their VPC.",
    ),
}
"""Id, name and description."""
_ATTRIBUTES = 50
_VALUE = 256
_TEXT = 20_000


def package_arn(partition: str, account: str, region: str, package: RulesPackage) -> str:
    """The ARN of a rules package."""
    return f"arn:{partition}:inspector:{region}:{account}:rulespackage/{PACKAGES[package][0]}"


def described_package(arn: str, package: RulesPackage) -> Output:
    """`RulesPackage`."""
    _, name, description = PACKAGES[package]
    return {
        "arn": arn,
        "name": name,
        "version": "1.1",
        "provider": "vedette",
        "description": description,
    }


def described_group(group: Group) -> Output:
    """`ResourceGroup`."""
    return {"arn": group.arn, "tags": pairs(group.tags), "createdAt": group.created_at}


def described_target(target: Target) -> Output:
    """`AssessmentTarget`."""
    told: Output = {
        "arn": target.arn,
        "name": target.name,
        "createdAt": target.created_at,
        "updatedAt": target.updated_at,
    }
    return told if target.group is None else {**told, "resourceGroupArn": target.group}


def described_template(
    template: Template, packages: Iterable[str], runs: tuple[AssessmentRun, ...]
) -> Output:
    """`AssessmentTemplate`; the runs are all of it."""
    told: Output = {
        "arn": template.arn,
        "name": template.name,
        "assessmentTargetArn": template.target,
        "durationInSeconds": template.seconds,
        "rulesPackageArns": list(packages),
        "userAttributesForFindings": pairs(template.attributes),
        "assessmentRunCount": len(runs),
        "createdAt": template.created_at,
    }
    if runs:
        last = max(runs, key=lambda run: (run.started_at, run.arn))
        told["lastAssessmentRunArn"] = last.arn
    return told


def described_run(run: AssessmentRun, packages: Iterable[str], counts: Mapping[str, int]) -> Output:
    """`AssessmentRun`; the counts are of findings by severity."""
    changed = run.ended_at or run.started_at
    changes = [{"stateChangedAt": run.started_at, "state": str(RunState.COLLECTING)}]
    told: Output = {
        "arn": run.arn,
        "name": run.name,
        "assessmentTemplateArn": run.template.arn,
        "state": str(run.state),
        "durationInSeconds": run.template.seconds,
        "rulesPackageArns": list(packages),
        "userAttributesForFindings": pairs(run.template.attributes),
        "createdAt": run.started_at,
        "startedAt": run.started_at,
        "stateChangedAt": changed,
        "dataCollected": run.state is not RunState.COLLECTING,
        "stateChanges": changes,
        "notifications": [],
        "findingCounts": dict(counts),
    }
    if run.ended_at is not None:
        told["completedAt"] = run.ended_at
        changes.append({"stateChangedAt": run.ended_at, "state": str(run.state)})
    return told


def severity_of(finding: Finding) -> str:
    """Classic's word."""
    return _SEVERITIES[finding.severity][0]


def described_finding(
    arn: str, finding: Finding, resource: Resource | None, run: AssessmentRun, package: str
) -> Output:
    """`Finding`; the template's attributes are told with it."""
    word, number = _SEVERITIES[finding.severity]
    return {
        "arn": arn,
        "schemaVersion": 1,
        "service": "Inspector",
        "serviceAttributes": {
            "schemaVersion": 1,
            "assessmentRunArn": run.arn,
            "rulesPackageArn": package,
        },
        "assetType": "ec2-instance",
        "assetAttributes": _asset(finding, resource),
        "id": finding.title[:128],
        "title": finding.title[:_TEXT],
        "description": finding.description[:_TEXT],
        "recommendation": finding.remediation[:_TEXT],
        "severity": word,
        "numericSeverity": number,
        "confidence": 10,
        "indicatorOfCompromise": False,
        "attributes": [
            {"key": key, "value": value[:_VALUE]} for key, value in attributes_of(finding) if value
        ][:_ATTRIBUTES],
        "userAttributes": pairs(run.template.attributes),
        "createdAt": finding.first_observed_at,
        "updatedAt": finding.updated_at,
    }


def attributes_of(finding: Finding) -> Iterator[tuple[str, str]]:
    """The attributes that Classic's findings have of their own accord."""
    yield "INSTANCE_ID", finding.key.resource.id
    match finding.evidence:
        case Vulnerability() as flaw:
            yield "CVE_ID", flaw.id
            for rating in flaw.ratings[:2]:
                major = version_of(rating.vector)[0]
                yield f"CVSS{major}_SCORE", f"{base_score(rating.vector):g}"
            for entry in flaw.packages[:20]:
                yield "package_name", f"{entry.package.name} {entry.package.version}"
        case Reachable(exposure=exposure):  # pragma: no branch
            yield "PROTOCOL", str(exposure.transport)
            yield "PORT", f"{exposure.ports.begin}-{exposure.ports.end}"
            yield "ENI", exposure.interface or ""


def _asset(finding: Finding, resource: Resource | None) -> Output:
    told: Output = {"schemaVersion": 1, "agentId": finding.key.resource.id}
    if resource is None or not isinstance(resource.facts, Ec2Instance):
        return told
    facts = resource.facts
    if facts.image_id:
        told["amiId"] = facts.image_id
    told["ipv4Addresses"] = list(facts.ipv4_addresses[:50])
    told["tags"] = pairs(resource.tags)
    return told


def pairs(tags: Iterable[Tag]) -> list[Output]:
    """Tags as the wire has them; an empty value is left out."""
    return [{"key": tag.key, "value": tag.value} if tag.value else {"key": tag.key} for tag in tags]
