"""Amazon EventBridge: one event a change, in the form of Inspector's own.

The source is `vedette`, since AWS refuses `aws.*` from anybody else; detail-type and detail are those of "Inspector2 Finding"
(Inspector User Guide, "EventBridge schema"), so that a rule for one is easily made a rule for both. `PutEvents` takes ten
entries, and 256 KiB in all (EventBridge API Reference, PutEvents).
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from vedette.findings.derived import exploit_available, finding_type, fix_available
from vedette.findings.identity import finding_arn
from vedette.findings.lifecycle import Change
from vedette.integrations._base import Caller, Outlet, Refusal, Sink
from vedette.model.cvss import base_score, version_of
from vedette.model.finding import Finding, Reachable, Score, Vulnerability, VulnerablePackage
from vedette.model.network import Hop

SOURCE = "vedette"
DETAIL_TYPE = "Inspector2 Finding"
_AT_ONCE = 10
_LARGEST = 256 * 1024
_ENVELOPE = 256  # source, detail-type, resources and the time count too
_REFERENCES = 10
_PACKAGES = 200

_Json = dict[str, Any]


def _date(moment: datetime) -> str:
    """As Inspector writes times in events: `Wed Sep 04 16:59:44.356 UTC 2024`."""
    utc = moment.astimezone(UTC)
    return f"{utc:%a %b %d %H:%M:%S}.{utc.microsecond // 1000:03} UTC {utc:%Y}"


def _package(entry: VulnerablePackage) -> _Json:
    package = entry.package
    epoch, _, rest = package.version.rpartition(":")
    version, dash, release = rest.rpartition("-")
    place = package.locations[0] if package.locations else None
    parts = {
        "name": package.name,
        "version": version if dash and package.manager == "OS" else rest,
        "release": release if dash and package.manager == "OS" else None,
        "epoch": int(epoch) if epoch.isdecimal() else 0,
        "arch": package.arch,
        "packageManager": package.manager,
        "filePath": place.path if place else None,
        "sourceLayerHash": place.layer if place else None,
        "fixedInVersion": entry.fixed_in or "NotAvailable",
    }
    return {key: value for key, value in parts.items() if value is not None}


def _vulnerability(evidence: Vulnerability) -> _Json:
    return {
        "vulnerabilityId": evidence.id,
        "source": evidence.source,
        "vendorSeverity": evidence.vendor_severity,
        "cvss": [
            {
                "baseScore": base_score(rating.vector),
                "scoringVector": rating.vector,
                "version": version_of(rating.vector),
                "source": rating.source,
            }
            for rating in evidence.ratings
        ],
        "relatedVulnerabilities": list(evidence.aliases),
        "referenceUrls": list(evidence.references[:_REFERENCES]),
        "vulnerablePackages": [_package(entry) for entry in evidence.packages[:_PACKAGES]],
    }


def _step(hop: Hop) -> _Json:
    step = {"componentId": hop.component_id, "componentType": hop.component_type}
    return step if hop.arn is None else {**step, "componentArn": hop.arn}


def _reachable(evidence: Reachable) -> _Json:
    exposure = evidence.exposure
    return {
        "openPortRange": {"begin": exposure.ports.begin, "end": exposure.ports.end},
        "protocol": exposure.transport,
        "networkPath": {"steps": [_step(hop) for hop in exposure.inspector_path]},
    }


def _score(score: Score) -> _Json:
    if score.value is None or score.vector is None:
        return {}
    return {
        "inspectorScore": score.value,
        "inspectorScoreDetails": {
            "adjustedCvss": {
                "score": score.value,
                "scoringVector": score.vector,
                "version": version_of(score.vector),
                "scoreSource": "vedette",
                "cvssSource": score.source,
                "adjustments": [
                    {"metric": step.metric, "reason": step.reason} for step in score.adjustments
                ],
            }
        },
    }


def _evidence(finding: Finding) -> _Json:
    match finding.evidence:
        case Vulnerability() as evidence:
            epss = {"epss": {"score": evidence.epss.probability}} if evidence.epss else {}
            return {
                "packageVulnerabilityDetails": _vulnerability(evidence),
                "fixAvailable": fix_available(evidence),
                "exploitAvailable": exploit_available(evidence),
                **epss,
            }
        case Reachable() as evidence:
            return {"networkReachabilityDetails": _reachable(evidence)}


def finding_detail(finding: Finding) -> _Json:
    """The finding as Inspector's events have it."""
    ref = finding.key.resource
    return {
        "findingArn": finding_arn(finding.key),
        "awsAccountId": ref.account,
        "type": finding_type(finding),
        "title": finding.title,
        "description": finding.description,
        "remediation": {"recommendation": {"text": finding.remediation}},
        "severity": finding.severity,
        "status": finding.status,
        "firstObservedAt": _date(finding.first_observed_at),
        "lastObservedAt": _date(finding.last_observed_at),
        "updatedAt": _date(finding.updated_at),
        "resources": [
            {"id": ref.id, "type": ref.type, "region": ref.region, "partition": ref.partition}
        ],
        **_score(finding.score),
        **_evidence(finding),
    }


def _entry(finding: Finding) -> _Json:
    return {
        "Source": SOURCE,
        "DetailType": DETAIL_TYPE,
        "Time": finding.updated_at,
        "Resources": [finding.key.resource.id],
        "Detail": msgspec.json.encode(finding_detail(finding)).decode(),
    }


def _size(entry: Mapping[str, Any]) -> int:
    return _ENVELOPE + len(entry["Detail"].encode())


class _Batch:
    """Entries for one `PutEvents`, and the findings they are of."""

    def __init__(self) -> None:
        self.findings: list[Finding] = []
        self.entries: list[_Json] = []
        self._size = 0

    def takes(self, entry: _Json) -> bool:
        return len(self.entries) < _AT_ONCE and self._size + _size(entry) <= _LARGEST

    def add(self, finding: Finding, entry: _Json) -> None:
        self.findings.append(finding)
        self.entries.append(entry)
        self._size += _size(entry)


def _batches(findings: Sequence[Finding], refused: list[Refusal]) -> Iterator[_Batch]:
    batch = _Batch()
    for finding in findings:
        entry = _entry(finding)
        if _size(entry) > _LARGEST:
            refused.append(Refusal(finding=finding.id, reason="the event is larger than 256 KiB"))
            continue
        if not batch.takes(entry):
            yield batch
            batch = _Batch()
        batch.add(finding, entry)
    if batch.entries:
        yield batch


def _put(caller: Caller, region: str, batch: _Batch) -> Iterator[Refusal]:
    answer = caller.call("events", "put_events", region, Entries=batch.entries)
    if not answer.get("FailedEntryCount"):
        return
    for finding, result in zip(batch.findings, answer["Entries"], strict=True):
        if code := result.get("ErrorCode"):
            yield Refusal(finding=finding.id, reason=f"{code}: {result.get('ErrorMessage', '')}")


def _send(changes: Sequence[Change], outlet: Outlet) -> tuple[Refusal, ...]:
    """Every change in order, on the default bus of vedette's own account in the finding's Region.

    Local targets have no Region and are left out.
    """
    by_region: defaultdict[str, list[Finding]] = defaultdict(list)
    for change in changes:
        ref = change.after.key.resource
        if ref.account is not None and ref.region is not None:
            by_region[ref.region].append(change.after)
    refused: list[Refusal] = []
    for region, findings in sorted(by_region.items()):
        for batch in _batches(findings, refused):
            refused.extend(_put(outlet(None), region, batch))
    return tuple(refused)


SINK = Sink(name="eventbridge", send=_send)
