"""Coverage as Inspector has it (inspector2 API model, `CoveredResource`)."""

from vedette.api.call import Output
from vedette.app.covered import Covered
from vedette.integrations._base.inspector_resource import inspector_resource
from vedette.model.resource import (
    ContainerImage,
    Ec2Instance,
    LambdaFunction,
    LocalTarget,
    Resource,
)

_LAYERS = 5


def covered_resource(row: Covered) -> Output:
    """One row."""
    coverage = row.coverage
    ref = coverage.resource
    told: Output = {
        "resourceType": str(ref.type),
        "resourceId": ref.id,
        "accountId": ref.account or "",
        "scanType": str(coverage.scan_type),
        "scanStatus": {"statusCode": status_code(row), "reason": coverage.reason},
        "lastScannedAt": coverage.last_scanned_at,
        "scanMode": row.mode,
        "provider": "AWS",
        "providerAccountId": ref.account,
        "providerRegion": ref.region,
        "providerPartition": ref.partition,
        "resourceMetadata": None if row.resource is None else _metadata(row, row.resource),
    }
    return _known(told)


def status_code(row: Covered) -> str:
    """Whether it is scanned."""
    return "ACTIVE" if row.coverage.active else "INACTIVE"


def runtime_of(resource: Resource) -> str:
    """A function's runtime in Inspector's spelling (`PYTHON_3_12`)."""
    details = inspector_resource(resource.ref, resource)["details"]
    return str(details["awsLambdaFunction"]["runtime"])


def platform_of(facts: Ec2Instance) -> str:
    """Inspector's `Ec2Platform`, from EC2's or SSM's words for it."""
    word = (facts.platform or "").lower()
    if not word:
        return "UNKNOWN"
    if "windows" in word:
        return "WINDOWS"
    return "MACOS" if "macos" in word or "mac os" in word else "LINUX"


def _metadata(row: Covered, resource: Resource) -> Output | None:
    match resource.facts:
        case Ec2Instance() as facts:
            return {"ec2": _instance(resource, facts)}
        case ContainerImage() as facts:
            use = row.use
            told = {
                "tags": list(facts.tags),
                "imagePulledAt": facts.last_pulled_at,
                "lastInUseAt": use and use.last_in_use,
                "inUseCount": use.running if use else 0,
            }
            return {"ecrImage": _known(told)}
        case LambdaFunction() as facts:
            return {"lambdaFunction": _function(resource, facts)}
        case LocalTarget():  # pragma: no branch
            return None


def _instance(resource: Resource, facts: Ec2Instance) -> Output:
    told = {"tags": _tags(resource), "amiId": facts.image_id, "platform": platform_of(facts)}
    return _known(told)


def _function(resource: Resource, facts: LambdaFunction) -> Output:
    return {
        "functionTags": _tags(resource),
        "layers": list(facts.layers[:_LAYERS]),
        "functionName": facts.name,
        "runtime": runtime_of(resource),
    }


def _tags(resource: Resource) -> dict[str, str]:
    return {tag.key: tag.value for tag in resource.tags}


def _known(told: Output) -> Output:
    return {name: value for name, value in told.items() if value is not None}
