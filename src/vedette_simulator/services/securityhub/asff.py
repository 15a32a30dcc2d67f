"""What Security Hub checks of a finding in its own format (user guide, "AWS Security Finding Format")."""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

from vedette_simulator.wire import Fields
from vedette_simulator.world import Place

_REQUIRED = (
    "SchemaVersion",
    "Id",
    "ProductArn",
    "GeneratorId",
    "AwsAccountId",
    "CreatedAt",
    "UpdatedAt",
    "Title",
    "Description",
    "Resources",
)
_LENGTHS = {"Id": 512, "GeneratorId": 512, "Title": 256, "Description": 1024}
_MAX_BYTES = 240 * 1024
_MAX_RESOURCES = 32
_MAX_TYPES = 50
_MAX_REMEDIATION = 512
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:?\d\d)")
_LABELS = {"INFORMATIONAL", "LOW", "MEDIUM", "HIGH", "CRITICAL"}
_NAMESPACES = {
    "Software and Configuration Checks",
    "TTPs",
    "Effects",
    "Unusual Behaviors",
    "Sensitive Data Identifications",
}


def fault_of(finding: Fields, place: Place) -> str | None:
    """The first thing that is wrong with a finding imported here, or None."""
    return next((fault for check in _CHECKS for fault in check(finding, place)), None)


def _present(finding: Fields, _place: Place) -> Iterator[str]:
    for field in _REQUIRED:
        if not finding.get(field):
            yield f"Finding does not adhere to Amazon Finding Format. data should have required property '{field}'."
    if finding.get("SchemaVersion") != "2018-10-08":
        yield _bad("SchemaVersion", "should be equal to 2018-10-08")


def _owned(finding: Fields, place: Place) -> Iterator[str]:
    account = place.account
    if finding["AwsAccountId"] != account:
        yield _bad("AwsAccountId", f"should be the calling account {account}")
    if finding["ProductArn"] != place.arn("securityhub", f"product/{account}/default"):
        yield _bad(
            "ProductArn", f"should be the default product of account {account} in {place.region}"
        )


def _sized(finding: Fields, _place: Place) -> Iterator[str]:
    for field, longest in _LENGTHS.items():
        if len(finding[field]) > longest:
            yield _bad(field, f"should NOT be longer than {longest} characters")
    if not len(finding["Resources"]) <= _MAX_RESOURCES:
        yield _bad("Resources", f"should NOT have more than {_MAX_RESOURCES} items")
    if len(json.dumps(finding, default=str).encode()) > _MAX_BYTES:
        yield "Finding size exceeds the limit of 240 KB."
    text = finding.get("Remediation", {}).get("Recommendation", {}).get("Text", "")
    if len(text) > _MAX_REMEDIATION:
        yield _bad(
            "Remediation.Recommendation.Text",
            f"should NOT be longer than {_MAX_REMEDIATION} characters",
        )


def _timed(finding: Fields, _place: Place) -> Iterator[str]:
    for field in ("CreatedAt", "UpdatedAt", "FirstObservedAt", "LastObservedAt"):
        if field in finding and not _TIME.fullmatch(str(finding[field])):
            yield _bad(field, "should match format date-time")


def _classified(finding: Fields, _place: Place) -> Iterator[str]:
    provided = finding.get("FindingProviderFields", {})
    types = provided.get("Types") or finding.get("Types")
    if not types:
        yield "Finding does not adhere to Amazon Finding Format. data should have required property 'Types'."
        return
    if len(types) > _MAX_TYPES:
        yield _bad("Types", f"should NOT have more than {_MAX_TYPES} items")
    for name in types:
        parts = name.split("/")
        if parts[0] not in _NAMESPACES or len(parts) > 3 or not all(parts):  # noqa: PLR2004 - namespace/category/classifier
            yield _bad(
                "Types", f"{name!r} is not namespace/category/classifier with a known namespace"
            )
    severity = provided.get("Severity") or finding.get("Severity")
    if not severity:
        yield "Finding does not adhere to Amazon Finding Format. data should have required property 'Severity'."
    else:
        yield from _severity(severity)


def _severity(severity: dict[str, Any]) -> Iterator[str]:
    label, normalized = severity.get("Label"), severity.get("Normalized")
    if label is None and normalized is None:
        yield _bad("Severity", "should have Label or Normalized")
    if label is not None and label not in _LABELS:
        yield _bad("Severity.Label", f"should be one of {', '.join(sorted(_LABELS))}")
    if normalized is not None and not 0 <= normalized <= 100:  # noqa: PLR2004 - the format's range
        yield _bad("Severity.Normalized", "should be from 0 to 100")


def _structured(finding: Fields, _place: Place) -> Iterator[str]:
    for index, resource in enumerate(finding["Resources"]):
        for field in ("Type", "Id"):
            if not resource.get(field):
                yield _bad(f"Resources[{index}]", f"should have required property '{field}'")
    for index, vulnerability in enumerate(finding.get("Vulnerabilities", [])):
        if not vulnerability.get("Id"):
            yield _bad(f"Vulnerabilities[{index}]", "should have required property 'Id'")
    if finding.get("RecordState", "ACTIVE") not in {"ACTIVE", "ARCHIVED"}:
        yield _bad("RecordState", "should be ACTIVE or ARCHIVED")


def _bad(field: str, reason: str) -> str:
    return f"Finding does not adhere to Amazon Finding Format. data.{field} {reason}."


_CHECKS: tuple[Callable[[Fields, Place], Iterator[str]], ...] = (
    _present,
    _owned,
    _sized,
    _timed,
    _classified,
    _structured,
)
