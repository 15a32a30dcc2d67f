"""What clients ask with, by the service model's names."""

import base64
from collections.abc import Mapping
from datetime import datetime
from random import Random
from typing import Any

from tests.api.operations import estate, found
from tests.api.values import Values
from vedette.api.service_model import load_service

_SCAN = (
    f"arn:aws:inspector2:eu-west-1:{found.ACCOUNT}:owner/{found.ACCOUNT}"
    "/cis-scan/0a1b2c3d-0000-4000-8000-00000000000f"
)
_REPOSITORY = f"arn:aws:ecr:eu-west-1:{found.ACCOUNT}:repository/app"

PAGED: Mapping[str, dict[str, Any]] = {
    "GetCisScanResultDetails": {
        "scanArn": _SCAN,
        "targetResourceId": "i-0123456789abcdef0",
        "accountId": found.ACCOUNT,
    },
    "GetClustersForImage": {"filter": {"resourceId": _REPOSITORY}},
    "ListCisScanResultsAggregatedByChecks": {"scanArn": _SCAN},
    "ListCisScanResultsAggregatedByTargetResource": {"scanArn": _SCAN},
    "ListFindingAggregations": {"aggregationType": "TITLE"},
    "ListOnDemandScans": {"resourceId": estate.INSTANCE.ref.id, "resourceType": "AMI"},
    "SearchVulnerabilities": {"filterCriteria": {"vulnerabilityIds": ["CVE-2021-44228"]}},
}
"""What operations that have pages need; the others need nothing."""


def everything(service: str) -> dict[str, Any]:
    """A request of every operation, as random as the model allows, the same every time."""
    model = load_service(service)
    return {
        name: Values(model, Random(name)).of(operation.input) if operation.input else {}
        for name, operation in model.operations.items()
    }


def timed(value: Any, *, tagged: bool) -> Any:
    """A request as JSON: times and bytes as texts, which are told from other texts where `tagged`."""
    match value:
        case datetime():
            return {"$time": value.isoformat()} if tagged else value.isoformat()
        case bytes():
            text = base64.b64encode(value).decode()
            return {"$bytes": text} if tagged else text
        case dict():
            return {name: timed(one, tagged=tagged) for name, one in value.items()}
        case list():
            return [timed(one, tagged=tagged) for one in value]
        case _:
            return value
