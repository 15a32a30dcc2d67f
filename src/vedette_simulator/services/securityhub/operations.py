"""Security Hub's operations."""

import json
from datetime import datetime

from vedette_simulator.errors import AwsError
from vedette_simulator.paging import page
from vedette_simulator.services.events import deliver, envelope
from vedette_simulator.services.securityhub.asff import fault_of
from vedette_simulator.services.securityhub.filters import selects
from vedette_simulator.wire import Fields
from vedette_simulator.world import Call, Handlers, required

_MAX_BATCH = 100
_CUSTOMER_FIELDS = ("Note", "UserDefinedFields", "VerificationState", "Workflow")
_PROVIDER_FIELDS = ("Confidence", "Criticality", "RelatedFindings", "Severity", "Types")


class Hub:
    """Whether Security Hub is on, and the findings: (product ARN, id) → finding."""

    def __init__(self) -> None:
        self.enabled_at: datetime | None = None
        self.findings: dict[tuple[str, str], Fields] = {}


def enable_security_hub(call: Call) -> Fields:
    """Turn it on; twice is a conflict."""
    hub = call.state(Hub)
    if hub.enabled_at is not None:
        raise AwsError(
            "ResourceConflictException", "Account is already subscribed to Security Hub", 409
        )
    hub.enabled_at = call.now
    return {}


def disable_security_hub(call: Call) -> Fields:
    """Turn it off."""
    _hub(call).enabled_at = None
    return {}


def describe_hub(call: Call) -> Fields:
    """The hub."""
    enabled_at = _hub(call).enabled_at
    return {
        "HubArn": call.place.arn("securityhub", "hub/default"),
        "SubscribedAt": "" if enabled_at is None else enabled_at.strftime("%Y-%m-%dT%H:%M:%S.000Z"),
        "AutoEnableControls": True,
        "ControlFindingGenerator": "SECURITY_CONTROL",
    }


def batch_import_findings(call: Call) -> Fields:
    """Take findings, each checked for itself; known ones are replaced but for what customers set."""
    hub, findings = _hub(call), required(call.params, "Findings")
    if not 1 <= len(findings) <= _MAX_BATCH:
        raise AwsError(
            "InvalidInputException",
            f"Invalid parameter 'Findings'. 1 to {_MAX_BATCH} are allowed.",
            400,
        )
    failed: list[Fields] = []
    imported: list[Fields] = []
    for finding in findings:
        reason = fault_of(finding, call.place)
        if reason is None:
            imported.append(_import(hub, finding, call))
        else:
            failed.append(
                {"Id": finding.get("Id", ""), "ErrorCode": "InvalidInput", "ErrorMessage": reason}
            )
    for finding in imported:
        _announce(call, finding)
    return {"FailedCount": len(failed), "SuccessCount": len(imported), "FailedFindings": failed}


def get_findings(call: Call) -> Fields:
    """The findings that the filters select, the newest first, in pages of at most 100."""
    chosen = [
        item
        for item in _hub(call).findings.values()
        if selects(call.params.get("Filters", {}), item)
    ]
    chosen.sort(key=lambda finding: finding["Id"])
    chosen.sort(key=lambda finding: finding["UpdatedAt"], reverse=True)
    for criterion in reversed(call.params.get("SortCriteria", [])):
        field = criterion["Field"]
        if field not in {"UpdatedAt", "CreatedAt", "Id", "Title"}:
            raise AwsError("InvalidInputException", f"The simulator does not sort by {field}.", 400)
        chosen.sort(
            key=lambda finding: finding[field], reverse=criterion.get("SortOrder") == "desc"
        )
    size = int(call.params.get("MaxResults", _MAX_BATCH))
    if not 1 <= size <= _MAX_BATCH:
        raise AwsError("InvalidInputException", "Invalid parameter 'MaxResults'.", 400)
    found, token = page(chosen, call.params.get("NextToken"), size, code="InvalidInputException")
    return {"Findings": found, "NextToken": token}


def batch_update_findings(call: Call) -> Fields:
    """Set what customers set: workflow, note, severity and the like."""
    hub = _hub(call)
    changes = {key: value for key, value in call.params.items() if key != "FindingIdentifiers"}
    if "Note" in changes:
        changes["Note"] = changes["Note"] | {"UpdatedAt": _iso(call.now)}
    processed: list[Fields] = []
    unprocessed: list[Fields] = []
    for identifier in required(call.params, "FindingIdentifiers"):
        key = identifier["ProductArn"], identifier["Id"]
        if key in hub.findings:
            hub.findings[key] = hub.findings[key] | changes | {"UpdatedAt": _iso(call.now)}
            processed.append(identifier)
        else:
            unprocessed.append(
                {
                    "FindingIdentifier": identifier,
                    "ErrorCode": "FindingNotFound",
                    "ErrorMessage": "Finding Not Found",
                }
            )
    return {"ProcessedFindings": processed, "UnprocessedFindings": unprocessed}


HANDLERS: Handlers = {
    ("securityhub", "EnableSecurityHub"): enable_security_hub,
    ("securityhub", "DisableSecurityHub"): disable_security_hub,
    ("securityhub", "DescribeHub"): describe_hub,
    ("securityhub", "BatchImportFindings"): batch_import_findings,
    ("securityhub", "GetFindings"): get_findings,
    ("securityhub", "BatchUpdateFindings"): batch_update_findings,
}


def _hub(call: Call) -> Hub:
    hub = call.state(Hub)
    if hub.enabled_at is None:
        raise AwsError(
            "InvalidAccessException",
            f"Account {call.place.account} is not subscribed to AWS Security Hub",
            401,
        )
    return hub


def _import(hub: Hub, finding: Fields, call: Call) -> Fields:
    key = finding["ProductArn"], finding["Id"]
    known = hub.findings.get(key)
    if known is not None and finding["UpdatedAt"] <= known["UpdatedAt"]:
        return known  # an update must be newer than what it updates, else nothing changes
    given = {key: value for key, value in finding.items() if value is not None}
    provided = given.get("FindingProviderFields") or {
        field: given[field] for field in _PROVIDER_FIELDS if field in given
    }
    kept = known or {"Workflow": {"Status": "NEW"}}
    stored = (
        {"RecordState": "ACTIVE"}
        | {field: provided[field] for field in _PROVIDER_FIELDS if field in provided}
        | given
        | {"FindingProviderFields": provided}
        | {field: kept[field] for field in _CUSTOMER_FIELDS if field in kept}
        | {"Region": call.place.region, "WorkflowState": "NEW"}
    )
    stored.setdefault("ProductName", "Default")
    stored.setdefault("CompanyName", "Personal")
    hub.findings[key] = stored
    return stored


def _announce(call: Call, finding: Fields) -> None:
    detail = json.dumps({"findings": [finding]}, default=str)
    entry = {
        "Source": "aws.securityhub",
        "DetailType": "Security Hub Findings - Imported",
        "Resources": [f"{finding['ProductArn']}/{finding['Id']}"],
        "Detail": detail,
    }
    deliver(call.world, call.place, "default", envelope(call.place, call.now, entry))


def _iso(time: datetime) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S.") + f"{time.microsecond // 1000:03d}Z"
