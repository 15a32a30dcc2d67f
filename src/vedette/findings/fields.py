"""The values of a finding's fields, for filters, sorting and counting."""

from collections.abc import Callable, Mapping
from datetime import datetime

from vedette.findings.derived import exploit_available, finding_type, fix_available
from vedette.model.filter import NumberField, TextField, TimeField
from vedette.model.finding import Finding, Reachable, Vulnerability
from vedette.model.resource import ContainerImage, Ec2Instance, LambdaFunction, Resource

_Texts = tuple[str | None, ...]

_COMMON: Mapping[TextField, Callable[[Finding], _Texts]] = {
    TextField.ACCOUNT_ID: lambda finding: (finding.key.resource.account,),
    TextField.FINDING_ID: lambda finding: (finding.id,),
    TextField.REGION: lambda finding: (finding.key.resource.region,),
    TextField.RESOURCE_ID: lambda finding: (finding.key.resource.id,),
    TextField.RESOURCE_TYPE: lambda finding: (finding.key.resource.type,),
    TextField.SEVERITY: lambda finding: (finding.severity,),
    TextField.STATUS: lambda finding: (finding.status,),
    TextField.TITLE: lambda finding: (finding.title,),
    TextField.TYPE: lambda finding: (finding_type(finding),),
}
_VULNERABILITY: Mapping[TextField, Callable[[Vulnerability], _Texts]] = {
    TextField.EXPLOIT_AVAILABLE: lambda evidence: (exploit_available(evidence),),
    TextField.FIX_AVAILABLE: lambda evidence: (fix_available(evidence),),
    TextField.RELATED_VULNERABILITY: lambda evidence: evidence.aliases,
    TextField.VENDOR_SEVERITY: lambda evidence: (evidence.vendor_severity,),
    TextField.VULNERABILITY_ID: lambda evidence: (evidence.id,),
    TextField.VULNERABILITY_SOURCE: lambda evidence: (evidence.source,),
}
_REACHABLE: Mapping[TextField, Callable[[Reachable], _Texts]] = {
    TextField.COMPONENT_ID: lambda evidence: tuple(
        hop.component_id for hop in evidence.exposure.path
    ),
    TextField.COMPONENT_TYPE: lambda evidence: tuple(
        hop.component_type for hop in evidence.exposure.path
    ),
    TextField.EDGE: lambda evidence: (evidence.exposure.edge,),
    TextField.PROTOCOL: lambda evidence: (evidence.exposure.transport,),
}
_INSTANCE: Mapping[TextField, Callable[[Ec2Instance], _Texts]] = {
    TextField.EC2_IMAGE_ID: lambda facts: (facts.image_id,),
    TextField.EC2_SUBNET_ID: lambda facts: (facts.subnet_id,),
    TextField.EC2_VPC_ID: lambda facts: (facts.vpc_id,),
}
_IMAGE: Mapping[TextField, Callable[[ContainerImage], _Texts]] = {
    TextField.ECR_ARCHITECTURE: lambda facts: (facts.architecture,),
    TextField.ECR_DIGEST: lambda facts: (facts.digest,),
    TextField.ECR_REPOSITORY: lambda facts: (facts.repository,),
    TextField.ECR_TAG: lambda facts: facts.tags,
}
_FUNCTION: Mapping[TextField, Callable[[LambdaFunction], _Texts]] = {
    TextField.LAMBDA_LAYER: lambda facts: facts.layers,
    TextField.LAMBDA_NAME: lambda facts: (facts.name,),
    TextField.LAMBDA_ROLE: lambda facts: (facts.execution_role_arn,),
    TextField.LAMBDA_RUNTIME: lambda facts: (facts.runtime,),
}


def texts(field: TextField, finding: Finding, resource: Resource | None) -> tuple[str, ...]:
    """A text field's values; none where the finding is of another kind, or the resource is not known.

    Args:
        field: which.
        finding: the finding.
        resource: what AWS says of the finding's resource; None where that is not at hand.
    """
    if field in _COMMON:
        values = _COMMON[field](finding)
    elif field in _VULNERABILITY or field in _REACHABLE:
        values = _of_evidence(field, finding)
    else:
        values = _of_resource(field, resource)
    return tuple(value for value in values if value is not None)


def number(field: NumberField, finding: Finding) -> float | None:
    """A number's value; None where there is none."""
    match field:
        case NumberField.EPSS:
            evidence = finding.evidence
            epss = evidence.epss if isinstance(evidence, Vulnerability) else None
            return None if epss is None else epss.probability
        case NumberField.RISK:
            return finding.score.risk
        case NumberField.SCORE:  # pragma: no branch
            return finding.score.value


def time(field: TimeField, finding: Finding, resource: Resource | None) -> datetime | None:
    """A time's value; None where there is none."""
    facts = None if resource is None else resource.facts
    match field:
        case TimeField.ECR_PUSHED_AT:
            return facts.pushed_at if isinstance(facts, ContainerImage) else None
        case TimeField.LAMBDA_MODIFIED_AT:
            return facts.last_modified_at if isinstance(facts, LambdaFunction) else None
        case TimeField.FIRST_OBSERVED_AT:
            return finding.first_observed_at
        case TimeField.LAST_OBSERVED_AT:
            return finding.last_observed_at
        case TimeField.UPDATED_AT:  # pragma: no branch
            return finding.updated_at


def _of_evidence(field: TextField, finding: Finding) -> _Texts:
    match finding.evidence:
        case Vulnerability() as evidence:
            return _VULNERABILITY[field](evidence) if field in _VULNERABILITY else ()
        case Reachable() as evidence:  # pragma: no branch
            return _REACHABLE[field](evidence) if field in _REACHABLE else ()


def _of_resource(field: TextField, resource: Resource | None) -> _Texts:
    facts = None if resource is None else resource.facts
    if isinstance(facts, Ec2Instance) and field in _INSTANCE:
        return _INSTANCE[field](facts)
    if isinstance(facts, ContainerImage) and field in _IMAGE:
        return _IMAGE[field](facts)
    if isinstance(facts, LambdaFunction) and field in _FUNCTION:
        return _FUNCTION[field](facts)
    return ()
