"""What Security Hub and EventBridge keep: AWS's model and limits, order, idempotence, refusals one by one."""

import json
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import botocore.session
import msgspec
import pytest
from botocore.model import ServiceModel
from botocore.validate import ParamValidator

from tests.findings.make import LOCAL, NOW, exposure, finding, vulnerability, vulnerable
from tests.integrations.samples import (
    ACCOUNT,
    FINDINGS,
    REGION,
    Recorder,
    golden,
    parcel,
    sent,
    written,
)
from tests.matching.memory import package
from vedette.errors import ServiceError
from vedette.findings.lifecycle import Change, reconcile
from vedette.integrations import SINKS
from vedette.integrations._base import (
    LATER,
    Parcel,
    Refusal,
    Sink,
    asff,
    cut,
    finding_detail,
    version_parts,
)
from vedette.integrations.eventbridge import SINK as BUS
from vedette.integrations.security_hub import SINK as HUB
from vedette.model.finding import Finding, FindingStatus, Reachable
from vedette.model.package import Location, SchemeName

_each = pytest.mark.parametrize("sink", [HUB, BUS], ids=lambda sink: sink.name)
_case = pytest.mark.parametrize("case", FINDINGS)
_OPERATIONS = {HUB.name: ("securityhub", "BatchImportFindings"), BUS.name: ("events", "PutEvents")}


@cache
def _model(service: str) -> ServiceModel:
    return botocore.session.Session().get_service_model(service)


def _problems(value: Any, service: str, shape: str) -> str:
    report = ParamValidator().validate(value, _model(service).shape_for(shape))
    return str(report.generate_report())


def _undated(value: Any) -> Any:
    """Inspector's texts for times as times, which its model has in their place."""
    if isinstance(value, dict):
        return {
            key: datetime.strptime(one, "%a %b %d %H:%M:%S.%f %Z %Y")  # noqa: DTZ007 - for the shape only
            if key.endswith("At")
            else _undated(one)
            for key, one in value.items()
        }
    return [_undated(one) for one in value] if isinstance(value, list) else value


@pytest.mark.parametrize("sink", SINKS, ids=lambda sink: sink.name)
@_case
def test_golden_payload(sink: Sink, case: str) -> None:
    assert golden(sink, case).read_bytes() == written(sink, case)


@_each
@_case
def test_a_call_is_what_the_service_model_says(sink: Sink, case: str) -> None:
    one, resource = FINDINGS[case]
    recorder = Recorder()
    sink.send(parcel(one, resources={resource.ref: resource} if resource else {}), recorder)
    ((service, operation, region, arguments),) = recorder.calls
    name, wire = _OPERATIONS[sink.name]
    assert (service, region) == (name, REGION)
    assert operation.replace("_", "") == wire.lower()
    shape = _model(name).operation_model(wire).input_shape
    assert shape is not None
    assert _problems(arguments, name, shape.name) == ""


@_case
def test_an_event_is_a_finding_of_inspectors_own_model(case: str) -> None:
    (entry,) = sent(BUS, case)
    detail = _undated(entry["Detail"])
    details = detail.get("inspectorScoreDetails", {}).get("adjustedCvss", {})
    assert _problems(detail, "inspector2", "Finding") == ""
    assert details.get("scoreSource", "vedette") == "vedette"


@_case
def test_asff_keeps_within_the_lengths_of_the_user_guide(case: str) -> None:
    (document,) = sent(HUB, case)
    assert 0 < len(document["Title"]) <= 256
    assert 0 < len(document["Description"]) <= 1024
    assert len(document["Id"]) <= 512
    for step in document.get("NetworkPath", ()):
        assert 0 < len(step["ComponentId"]) <= 32
        assert 0 < len(step["ComponentType"]) <= 32


@pytest.mark.parametrize(
    ("case", "record", "workflow", "label"),
    [
        ("instance", "ACTIVE", "NEW", "HIGH"),
        ("image_closed", "ARCHIVED", "NEW", "INFORMATIONAL"),
        ("function_suppressed", "ARCHIVED", "SUPPRESSED", "MEDIUM"),
    ],
)
def test_what_is_closed_or_suppressed_is_archived(
    case: str, record: str, workflow: str, label: str
) -> None:
    (document,) = sent(HUB, case)
    assert (document["RecordState"], document["Workflow"]["Status"]) == (record, workflow)
    assert document["FindingProviderFields"]["Severity"]["Label"] == label


def _life() -> tuple[Change, ...]:
    """Opened, then closed."""
    opened = Change(before=None, after=finding())
    closed = reconcile([opened.after], [], now=NOW + timedelta(days=1), complete=True)
    return (opened, *closed)


def test_security_hub_gets_the_last_state_once_under_one_id() -> None:
    recorder = Recorder()
    opened, closed = _life()
    HUB.send(parcel(opened.after), recorder)
    HUB.send(Parcel(account=ACCOUNT, region=REGION, changes=(opened, closed)), recorder)
    first, second = (call[3]["Findings"] for call in recorder.calls)
    assert len(first) == len(second) == 1
    assert first[0]["Id"] == second[0]["Id"]
    assert (first[0]["RecordState"], second[0]["RecordState"]) == ("ACTIVE", "ARCHIVED")
    assert recorder.entered == [ACCOUNT, ACCOUNT]


def test_eventbridge_gets_every_change_in_order_on_vedettes_own_bus() -> None:
    recorder = Recorder()
    BUS.send(Parcel(account=ACCOUNT, region=REGION, changes=_life()), recorder)
    ((_, _, _, arguments),) = recorder.calls
    details = [msgspec.json.decode(entry["Detail"]) for entry in arguments["Entries"]]
    assert [one["status"] for one in details] == ["ACTIVE", "CLOSED"]
    assert len({one["findingArn"] for one in details}) == 1
    assert recorder.entered == [None]


@_each
def test_the_same_again_is_the_same_bytes(sink: Sink) -> None:
    assert sent(sink, "instance") == sent(sink, "instance")


@_each
def test_nothing_to_send_is_no_call(sink: Sink) -> None:
    recorder = Recorder()
    assert sink.send(Parcel(account=ACCOUNT, region=REGION, changes=()), recorder) == ()
    assert (recorder.calls, recorder.entered) == ([], [])


# --- limits --------------------------------------------------------------------------------------------------------


def _many(count: int, **more: Any) -> list[Finding]:
    return [
        msgspec.structs.replace(finding(vulnerability(id=f"CVE-2024-{number:04}")), **more)
        for number in range(count)
    ]


def test_security_hub_takes_a_hundred_at_once() -> None:
    recorder = Recorder()
    HUB.send(parcel(*_many(205)), recorder)
    assert [len(call[3]["Findings"]) for call in recorder.calls] == [100, 100, 5]


def test_eventbridge_takes_ten_at_once() -> None:
    recorder = Recorder()
    BUS.send(parcel(*_many(23)), recorder)
    assert [len(call[3]["Entries"]) for call in recorder.calls] == [10, 10, 3]


def _wide(count: int, length: int, letter: str = "p") -> Finding:
    """A finding of many packages with long names and paths."""
    entries = tuple(
        vulnerable(
            package(
                "PyPI",
                f"{letter * 700}{number}",
                "1",
                locations=(Location(path=letter * length),),
            )
        )
        for number in range(count)
    )
    return finding(vulnerability(packages=entries))


def _huge() -> Finding:
    """A finding whose references alone are too much."""
    return finding(vulnerability(references=("https://example.org/" + "x" * 30_000,) * 10))


def _body(recorder: Recorder) -> int:
    return max(len(json.dumps(call[3], default=str)) for call in recorder.calls)


def test_a_call_to_security_hub_is_at_most_six_megabytes() -> None:
    recorder = Recorder()
    several = [
        msgspec.structs.replace(_wide(20, 10_000), id=one.id, key=one.key) for one in _many(60)
    ]
    assert HUB.send(parcel(*several), recorder) == ()
    assert len(recorder.calls) == 3
    assert _body(recorder) <= 6_000_000


def test_a_call_to_eventbridge_is_under_256_kilobytes() -> None:
    recorder = Recorder()
    several = [msgspec.structs.replace(_wide(20, 1000), id=one.id, key=one.key) for one in _many(9)]
    assert BUS.send(parcel(*several), recorder) == ()
    sizes = [
        sum(
            len(entry["Detail"].encode())
            + len("vedette")
            + len("Inspector2 Finding")
            + 14
            + sum(len(name) for name in entry["Resources"])
            for entry in call[3]["Entries"]
        )
        for call in recorder.calls
    ]
    assert len(sizes) == 2
    assert max(sizes) < 256 * 1024


@pytest.mark.parametrize("letter", ["p", "é"])
def test_packages_are_left_out_where_a_finding_would_be_too_large(letter: str) -> None:
    recorder = Recorder()
    HUB.send(parcel(_wide(150, 3000, letter)), recorder)
    BUS.send(parcel(_wide(150, 3000, letter)), recorder)
    imported = recorder.calls[0][3]["Findings"][0]
    event = recorder.calls[1][3]["Entries"][0]
    assert len(json.dumps(imported)) <= 240_000  # as botocore writes it: é is six characters
    assert len(event["Detail"].encode()) < 256 * 1024
    kept = imported["Vulnerabilities"][0]["VulnerablePackages"]
    told = msgspec.json.decode(event["Detail"])["packageVulnerabilityDetails"]["vulnerablePackages"]
    assert (len(kept), len(told)) == (20 if letter == "p" else 4, 40)


@_each
def test_one_that_is_too_large_in_every_form_is_refused_alone(sink: Sink) -> None:
    recorder = Recorder()
    huge = _huge()
    other = _many(3)[2]
    (refusal,) = sink.send(parcel(huge, other), recorder)
    assert refusal.finding == huge.id
    assert "larger than" in refusal.reason
    assert len(recorder.calls) == 1


@_each
def test_only_one_that_is_too_large_is_no_call(sink: Sink) -> None:
    recorder = Recorder()
    assert len(sink.send(parcel(_huge()), recorder)) == 1
    assert recorder.calls == []


def test_long_texts_are_cut() -> None:
    recorder = Recorder()
    long = msgspec.structs.replace(
        finding(), title="t" * 2000, description="d" * 5000, remediation="r" * 5000
    )
    HUB.send(parcel(long), recorder)
    BUS.send(parcel(long), recorder)
    document = recorder.calls[0][3]["Findings"][0]
    detail = msgspec.json.decode(recorder.calls[1][3]["Entries"][0]["Detail"])
    assert [len(document[name]) for name in ("Title", "Description")] == [256, 1024]
    assert len(document["Remediation"]["Recommendation"]["Text"]) == 512
    assert [len(detail[name]) for name in ("title", "description")] == [1024, 1024]
    assert document["Title"].endswith("t…")


def test_text_without_words_falls_back_on_the_title() -> None:
    recorder = Recorder()
    HUB.send(parcel(msgspec.structs.replace(finding(), description="", remediation="")), recorder)
    document = recorder.calls[0][3]["Findings"][0]
    assert document["Description"] == "title"
    assert document["Remediation"] == {"Recommendation": {}}


# --- refusals ------------------------------------------------------------------------------------------------------


def test_security_hub_refuses_one_by_one() -> None:
    first, second = _many(2)
    arns = {one["Id"]: one for one in sent_documents(first, second)}
    answer = {
        "SuccessCount": 1,
        "FailedCount": 2,
        "FailedFindings": [
            {"Id": next(iter(arns)), "ErrorCode": "InvalidInput", "ErrorMessage": "no"},
            {"Id": "arn:of:nobody", "ErrorCode": "InvalidAccess", "ErrorMessage": "never"},
        ],
    }
    refused = HUB.send(parcel(first, second), Recorder(answer))
    assert refused == (
        Refusal(finding=first.id, reason="InvalidInput: no"),
        Refusal(finding="arn:of:nobody", reason="InvalidAccess: never"),
    )


def sent_documents(*findings: Finding) -> list[dict[str, Any]]:
    recorder = Recorder()
    HUB.send(parcel(*findings), recorder)
    documents: list[dict[str, Any]] = recorder.calls[0][3]["Findings"]
    return documents


def test_eventbridge_refuses_one_by_one() -> None:
    first, second = _many(2)
    answer = {
        "FailedEntryCount": 1,
        "Entries": [{"EventId": "1"}, {"ErrorCode": "MalformedDetail", "ErrorMessage": "no"}],
    }
    assert BUS.send(parcel(first, second), Recorder(answer)) == (
        Refusal(finding=second.id, reason="MalformedDetail: no"),
    )


@pytest.mark.parametrize("code", sorted(LATER))
def test_what_may_be_taken_later_is_no_refusal(code: str) -> None:
    failed = {"ErrorCode": code, "ErrorMessage": "busy"}
    with pytest.raises(ServiceError, match=f"batch_import_findings: {code}: busy"):
        HUB.send(parcel(finding()), Recorder({"SuccessCount": 0, "FailedFindings": [failed]}))
    with pytest.raises(ServiceError, match=f"put_events: {code}: busy"):
        BUS.send(parcel(finding()), Recorder({"FailedEntryCount": 1, "Entries": [failed]}))


@_each
def test_an_answer_that_says_nothing_is_a_failure(sink: Sink) -> None:
    with pytest.raises(ServiceError, match="Malformed"):
        sink.send(parcel(finding()), Recorder({}))


@_each
def test_a_service_that_fails_is_a_failure(sink: Sink) -> None:
    broken = ServiceError("not subscribed", service="x", operation="y", code="InvalidAccess")
    with pytest.raises(ServiceError, match="not subscribed"):
        sink.send(parcel(finding()), Recorder(broken))


# --- words ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("scheme", "version", "expected"),
    [
        (SchemeName.RPM, "1:2.0-3.el9", (1, "2.0", "3.el9")),
        (SchemeName.RPM, "2.0-3", (0, "2.0", "3")),
        (SchemeName.DEB, "2:1.0-rc1-4ubuntu2", (2, "1.0-rc1", "4ubuntu2")),
        (SchemeName.DEB, "1.0", (0, "1.0", None)),
        (SchemeName.DEB, "x:1.0", (0, "x:1.0", None)),
        (SchemeName.DEB, "²:1.0-1", (0, "²:1.0", "1")),
        (SchemeName.APK, "1.2.3-r4", (0, "1.2.3", "r4")),
        (SchemeName.PEP440, "1!2.0-1", (0, "1!2.0-1", None)),
        (SchemeName.MAVEN, "1:2-3", (0, "1:2-3", None)),
        (SchemeName.GENERIC, "", (0, "", None)),
    ],
)
def test_a_version_is_taken_apart_only_where_it_has_parts(
    scheme: SchemeName, version: str, expected: tuple[int, str, str | None]
) -> None:
    parts = version_parts(
        msgspec.structs.replace(package("PyPI", "x", "1"), scheme=scheme, version=version)
    )
    assert (parts.epoch, parts.version, parts.release) == expected


@pytest.mark.parametrize(
    ("text", "length", "expected"), [("abc", 3, "abc"), ("abcd", 3, "ab…"), ("", 3, "")]
)
def test_cut(text: str, length: int, expected: str) -> None:
    assert cut(text, length) == expected


@pytest.mark.parametrize(
    ("runtime", "expected"),
    [
        ("python3.12", "PYTHON_3_12"),
        ("nodejs20.x", "NODEJS_20_X"),
        ("java8.al2", "JAVA_8_AL2"),
        ("dotnetcore3.1", "DOTNETCORE_3_1"),
        ("dotnet8", "DOTNET_8"),
        ("go1.x", "GO_1_X"),
        ("ruby3.3", "RUBY_3_3"),
        ("provided.al2023", "UNSUPPORTED"),
        (None, "UNSUPPORTED"),
    ],
)
def test_a_runtime_in_inspectors_spelling(runtime: str | None, expected: str) -> None:
    one, resource = FINDINGS["function_suppressed"]
    assert resource is not None
    facts = msgspec.structs.replace(resource.facts, runtime=runtime)
    known = msgspec.structs.replace(resource, facts=facts)
    recorder = Recorder()
    BUS.send(parcel(one, resources={one.key.resource: known}), recorder)
    detail = msgspec.json.decode(recorder.calls[0][3]["Entries"][0]["Detail"])
    assert detail["resources"][0]["details"]["awsLambdaFunction"]["runtime"] == expected
    assert expected in _model("inspector2").shape_for("Runtime").enum  # type: ignore[attr-defined]


def test_days_and_months_are_english_whatever_the_locale() -> None:
    recorder = Recorder()
    for month in range(1, 13):
        moment = NOW.replace(month=month, day=month)
        BUS.send(parcel(msgspec.structs.replace(finding(), updated_at=moment)), recorder)
    told = [
        msgspec.json.decode(call[3]["Entries"][0]["Detail"])["updatedAt"] for call in recorder.calls
    ]
    assert told == [
        f"{NOW.replace(month=month, day=month):%a %b %d} 03:04:00.000 UTC 2026"
        for month in range(1, 13)
    ]


def test_what_is_not_in_aws_has_no_details() -> None:
    one = finding(resource=LOCAL)
    assert "Details" not in asff(one, LOCAL)["Resources"][0]
    assert "details" not in finding_detail(one, LOCAL)["resources"][0]


def test_a_path_without_steps_is_left_out() -> None:
    one = finding(Reachable(exposure=exposure(path=())))
    assert "NetworkPath" not in asff(one, None)
    assert finding_detail(one, None)["networkReachabilityDetails"]["networkPath"] == {}


def test_every_status_has_its_place() -> None:
    for status in FindingStatus:
        (document,) = sent_documents(msgspec.structs.replace(finding(), status=status))
        assert document["ProductFields"]["vedette/status"] == status
