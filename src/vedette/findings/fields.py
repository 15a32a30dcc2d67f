"""The values of a finding's fields, for filters, sorting and counting."""

from collections.abc import Callable, Mapping
from datetime import datetime

from vedette.findings.derived import exploit_available, finding_type, fix_available
from vedette.findings.identity import finding_arn
from vedette.findings.runtimes import runtime_names
from vedette.model.filter import NumberField, TextField, TimeField
from vedette.model.finding import Finding, Reachable, Vulnerability
from vedette.model.network import Hop
from vedette.model.resource import (
    ContainerImage,
    Ec2Instance,
    LambdaFunction,
    Resource,
    ResourceRef,
    ResourceType,
)

_Texts = tuple[str | None, ...]
_REPOSITORY = ":repository/"

_COMMON: Mapping[TextField, Callable[[Finding], _Texts]] = {
    TextField.ACCOUNT_ID: lambda finding: (finding.key.resource.account,),
    TextField.CLOUD_PROVIDER: lambda finding: (_provider(finding.key.resource),),
    TextField.ECR_REGISTRY: lambda finding: (_registry(finding.key.resource),),
    TextField.ECR_REPOSITORY: lambda finding: (_repository(finding.key.resource),),
    TextField.FINDING_ARN: lambda finding: (finding_arn(finding.key),),
    TextField.FINDING_ID: lambda finding: (finding.id,),
    TextField.REGION: lambda finding: (finding.key.resource.region,),
    TextField.RESOURCE_ID: lambda finding: (finding.key.resource.id,),
    TextField.RESOURCE_TYPE: lambda finding: (finding.key.resource.type,),
    TextField.SEVERITY: lambda finding: (finding.severity,),
    TextField.STATUS: lambda finding: (finding.status,),
    TextField.SUPPRESSED_BY: lambda finding: (finding.suppressed_by,),
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
    TextField.COMPONENT_ID: lambda evidence: tuple(hop.component_id for hop in _steps(evidence)),
    TextField.COMPONENT_TYPE: lambda evidence: tuple(
        hop.component_type for hop in _steps(evidence)
    ),
    TextField.EDGE: lambda evidence: (evidence.exposure.edge,),
    TextField.PROTOCOL: lambda evidence: (evidence.exposure.transport,),
}
_INSTANCE: Mapping[TextField, Callable[[Ec2Instance], _Texts]] = {
    TextField.EC2_IMAGE_ID: lambda facts: (facts.image_id,),
    TextField.EC2_PLATFORM: lambda facts: (facts.platform,),
    TextField.EC2_SUBNET_ID: lambda facts: (facts.subnet_id,),
    TextField.EC2_VPC_ID: lambda facts: (facts.vpc_id,),
}
_IMAGE: Mapping[TextField, Callable[[ContainerImage], _Texts]] = {
    TextField.ECR_ARCHITECTURE: lambda facts: (facts.architecture,),
    TextField.ECR_DIGEST: lambda facts: (facts.digest,),
    TextField.ECR_TAG: lambda facts: facts.tags,
}
_FUNCTION: Mapping[TextField, Callable[[LambdaFunction], _Texts]] = {
    TextField.LAMBDA_LAYER: lambda facts: facts.layers,
    TextField.LAMBDA_NAME: lambda facts: (facts.name,),
    TextField.LAMBDA_ROLE: lambda facts: (facts.execution_role_arn,),
    TextField.LAMBDA_RUNTIME: lambda facts: runtime_names(facts.runtime),
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


def number(field: NumberField, finding: Finding, resource: Resource | None) -> float | None:
    """A number's value; None where there is none."""
    match field:
        case NumberField.IN_USE_COUNT:
            facts = None if resource is None else resource.facts
            return facts.in_use_count if isinstance(facts, ContainerImage) else None
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
        case TimeField.LAST_IN_USE_AT:
            return facts.last_in_use_at if isinstance(facts, ContainerImage) else None
        case TimeField.FIRST_OBSERVED_AT:
            return finding.first_observed_at
        case TimeField.LAST_OBSERVED_AT:
            return finding.last_observed_at
        case TimeField.UPDATED_AT:  # pragma: no branch
            return finding.updated_at


def _steps(evidence: Reachable) -> tuple[Hop, ...]:
    """The path as Inspector has it, where there is one."""
    return evidence.exposure.inspector_path or evidence.exposure.path


def _provider(ref: ResourceRef) -> str | None:
    return None if ref.type is ResourceType.LOCAL else "AWS"


def _registry(ref: ResourceRef) -> str | None:
    return ref.account if ref.type is ResourceType.ECR_CONTAINER_IMAGE else None


def _repository(ref: ResourceRef) -> str | None:
    """An image's ARN has its repository's name."""
    if ref.type is not ResourceType.ECR_CONTAINER_IMAGE:
        return None
    return ref.id.partition(_REPOSITORY)[2].rpartition("/")[0] or None


def _of_evidence(field: TextField, finding: Finding) -> _Texts:
    match finding.evidence:
        case Vulnerability() as evidence:
            return _VULNERABILITY[field](evidence) if field in _VULNERABILITY else ()
        case Reachable() as evidence:  # pragma: no branch
            return _REACHABLE[field](evidence) if field in _REACHABLE else ()


def _of_resource(field: TextField, resource: Resource | None) -> _Texts:
    return () if resource is None else resource_texts(field, resource)


def resource_texts(field: TextField, resource: Resource) -> _Texts:
    """The values of a field that only AWS knows; none where the resource is of another kind, None for each that is not known."""
    facts = resource.facts
    if isinstance(facts, Ec2Instance) and field in _INSTANCE:
        return _INSTANCE[field](facts)
    if isinstance(facts, ContainerImage) and field in _IMAGE:
        return _IMAGE[field](facts)
    if isinstance(facts, LambdaFunction) and field in _FUNCTION:
        return _FUNCTION[field](facts)
    return ()
