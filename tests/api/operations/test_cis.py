"""CIS: configurations, what agents report, and what is told of it."""

import base64
import csv
import io
from datetime import timedelta
from typing import Any
from urllib.parse import unquote

import pytest

from tests.api.clients import NOW
from tests.api.operations import estate
from tests.api.operations.asking import ADMIN, Refused, ask
from vedette.api.call import Caller, Role, Services
from vedette.api.operations import cis_configurations
from vedette.app.cis.sessions import MOST_CHECKS, job_id
from vedette.store.store import SqlStore

MEMBER = Caller(
    access_key="x", account=estate.MEMBER, role=Role.ADMIN, accounts=frozenset({estate.MEMBER})
)
INSTANCE = estate.INSTANCE.ref.id
TOKEN = "0a1b2c3d-1111-4222-8333-444455556666"  # noqa: S105 - an agent's name for its session
OTHER_TOKEN = "0a1b2c3d-1111-4222-8333-444455557777"  # noqa: S105 - the same
AT = {"timeOfDay": "03:30", "timezone": "Europe/Berlin"}
PROD = {"accountIds": ["SELF"], "targetResourceTags": {"env": ["prod", "stage"]}}


@pytest.fixture
def services(store: SqlStore) -> Services:
    estate.settle(store)
    return Services(store=store)


def _create(services: Services, request_id: str = "one", **asked: Any) -> str:
    wanted = {
        "scanName": "nightly",
        "securityLevel": "LEVEL_1",
        "schedule": {"daily": {"startTime": AT}},
        "targets": PROD,
        **asked,
    }
    answer = ask(services, "CreateCisScanConfiguration", wanted, request_id=request_id)
    return str(answer["scanConfigurationArn"])


def _configurations(services: Services, **asked: Any) -> list[dict[str, Any]]:
    answer = ask(services, "ListCisScanConfigurations", asked)
    found: list[dict[str, Any]] = answer["scanConfigurations"]
    return found


def test_configuration_is_made_changed_and_removed(services: Services) -> None:
    arn = _create(services, tags={"owner": "me"})
    known = {
        "scanConfigurationArn": arn,
        "ownerId": ADMIN.account,
        "scanName": "nightly",
        "securityLevel": "LEVEL_1",
        "schedule": {"daily": {"startTime": AT}},
        "targets": {
            "accountIds": [ADMIN.account],
            "targetResourceTags": PROD["targetResourceTags"],
        },
        "tags": {"owner": "me"},
    }
    assert _configurations(services) == [known]
    ask(
        services,
        "UpdateCisScanConfiguration",
        {
            "scanConfigurationArn": arn,
            "scanName": "weekly",
            "securityLevel": "LEVEL_2",
            "schedule": {"weekly": {"startTime": AT, "days": ["MON", "FRI"]}},
            "targets": {"targetResourceTags": {"env": ["test"]}},
        },
    )
    assert _configurations(services) == [
        {
            **known,
            "scanName": "weekly",
            "securityLevel": "LEVEL_2",
            "schedule": {"weekly": {"startTime": AT, "days": ["MON", "FRI"]}},
            "targets": {
                "accountIds": [ADMIN.account],
                "targetResourceTags": {"env": ["test"]},
            },
        }
    ]
    ask(services, "UpdateCisScanConfiguration", {"scanConfigurationArn": arn})
    assert _configurations(services)[0]["scanName"] == "weekly"
    ask(services, "DeleteCisScanConfiguration", {"scanConfigurationArn": arn})
    assert _configurations(services) == []
    for operation in ("DeleteCisScanConfiguration", "UpdateCisScanConfiguration"):
        with pytest.raises(Refused) as refused:
            ask(services, operation, {"scanConfigurationArn": arn})
        assert refused.value.code == "ResourceNotFoundException"


@pytest.mark.parametrize(
    "schedule",
    [{"oneTime": {}}, {"monthly": {"startTime": AT, "day": "SUN"}}],
)
def test_schedules_are_told_as_they_were_given(
    services: Services, schedule: dict[str, Any]
) -> None:
    _create(services, schedule=schedule)
    assert _configurations(services)[0]["schedule"] == schedule


def test_configurations_are_filtered_sorted_and_paged(services: Services) -> None:
    first = _create(services, "one", scanName="b")
    second = _create(
        services, "two", scanName="a", targets={**PROD, "accountIds": ["ALL_ACCOUNTS"]}
    )
    third = _create(
        services,
        "three",
        scanName="c",
        targets={"accountIds": [estate.MEMBER], "targetResourceTags": {"x": ["y"]}},
    )

    def arns(**asked: Any) -> list[str]:
        return [one["scanConfigurationArn"] for one in _configurations(services, **asked)]

    def filtered(**criteria: Any) -> list[str]:
        return arns(filterCriteria=criteria)

    assert arns() == [second, first, third]
    assert arns(sortOrder="DESC") == [third, first, second]
    assert arns(sortBy="SCAN_CONFIGURATION_ARN") == sorted([first, second, third])
    equals_a = [{"comparison": "EQUALS", "value": "a"}]
    assert filtered(scanNameFilters=equals_a) == [second]
    assert filtered(scanNameFilters=[{"comparison": "NOT_EQUALS", "value": "a"}]) == [first, third]
    assert filtered(scanConfigurationArnFilters=[{"comparison": "PREFIX", "value": first}]) == [
        first
    ]
    tag = {"comparison": "EQUALS", "key": "x", "value": "y"}
    assert filtered(targetResourceTagFilters=[tag]) == [third]
    page = ask(services, "ListCisScanConfigurations", {"maxResults": 2})
    rest = ask(
        services, "ListCisScanConfigurations", {"maxResults": 2, "nextToken": page["nextToken"]}
    )
    assert [one["scanConfigurationArn"] for one in rest["scanConfigurations"]] == [third]
    assert ask(services, "ListCisScanConfigurations", caller=MEMBER)["scanConfigurations"] == []
    with pytest.raises(Refused) as refused:
        ask(services, "DeleteCisScanConfiguration", {"scanConfigurationArn": first}, caller=MEMBER)
    assert refused.value.code == "AccessDeniedException"


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        (
            {"schedule": {"daily": {"startTime": {**AT, "timezone": "Mars/Olympus"}}}},
            "ValidationException",
        ),
        ({"targets": {**PROD, "accountIds": ["ALL_ACCOUNTS"]}}, "AccessDeniedException"),
        ({"targets": {**PROD, "accountIds": [ADMIN.account]}}, "AccessDeniedException"),
    ],
)
def test_configurations_that_cannot_be(
    services: Services, asked: dict[str, Any], code: str
) -> None:
    wanted = {
        "scanName": "x",
        "securityLevel": "LEVEL_1",
        "schedule": {"oneTime": {}},
        "targets": PROD,
        **asked,
    }
    with pytest.raises(Refused) as refused:
        ask(services, "CreateCisScanConfiguration", wanted, caller=MEMBER)
    assert refused.value.code == code


def test_there_is_a_most_of_configurations(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cis_configurations, "MOST_CONFIGURATIONS", 1)
    _create(services)
    with pytest.raises(Refused, match="which is the most"):
        _create(services, "two")


def _message(rule: str, status: str, details: bytes = b"") -> dict[str, str]:
    told = base64.b64encode(details).decode()
    return {"ruleId": rule, "status": status, "cisRuleDetails": told}


MESSAGES = [
    _message("1.1", "PASSED"),
    _message("1.2", "FAILED", b"=HYPERLINK()"),
    _message("1.3", "NOT_APPLICABLE"),
]
STOPPED: dict[str, Any] = {
    "status": "SUCCESS",
    "progress": {"totalChecks": 3},
    "computePlatform": {"vendor": "Amazon", "product": "Amazon Linux", "version": "2023"},
    "benchmarkVersion": "1.0.0",
    "benchmarkProfile": "LEVEL_1",
}


def _session(services: Services, job: str, token: str = TOKEN, **more: Any) -> dict[str, str]:
    asked = {"scanJobId": job, "message": {"sessionToken": token}}
    ask(services, "StartCisSession", asked, **more)
    return {"scanJobId": job, "sessionToken": token}


def _reported(services: Services) -> tuple[str, str]:
    """The ARNs of a configuration and of its scan."""
    arn = _create(services)
    session = _session(services, job_id(arn, INSTANCE))
    ask(services, "SendCisSessionHealth", session)
    ask(services, "SendCisSessionTelemetry", {**session, "messages": MESSAGES})
    ask(services, "StopCisSession", {**session, "message": STOPPED})
    (scan,) = ask(services, "ListCisScans")["scans"]
    return arn, scan["scanArn"]


def test_what_agents_report_is_told(services: Services) -> None:
    arn, scan = _reported(services)
    assert ask(services, "ListCisScans")["scans"] == [
        {
            "scanArn": scan,
            "scanConfigurationArn": arn,
            "status": "COMPLETED",
            "scanName": "nightly",
            "scanDate": int(NOW.timestamp()),
            "failedChecks": 1,
            "totalChecks": 3,
            "targets": {
                "accountIds": [ADMIN.account],
                "targetResourceTags": PROD["targetResourceTags"],
            },
            "scheduledBy": ADMIN.account,
            "securityLevel": "LEVEL_1",
        }
    ]
    shared = {"scanArn": scan, "accountId": ADMIN.account, "platform": "Amazon Amazon Linux 2023"}
    checks = ask(services, "ListCisScanResultsAggregatedByChecks", {"scanArn": scan})
    assert checks["checkAggregations"] == [
        {
            **shared,
            "checkId": rule,
            "level": "LEVEL_1",
            "statusCounts": {"failed": failed, "skipped": skipped, "passed": passed},
        }
        for rule, failed, skipped, passed in (("1.1", 0, 0, 1), ("1.2", 1, 0, 0), ("1.3", 0, 1, 0))
    ]
    targets = ask(services, "ListCisScanResultsAggregatedByTargetResource", {"scanArn": scan})
    assert targets["targetResourceAggregations"] == [
        {
            **shared,
            "targetResourceId": INSTANCE,
            "targetResourceTags": PROD["targetResourceTags"],
            "statusCounts": {"failed": 1, "skipped": 1, "passed": 1},
            "targetStatus": "COMPLETED",
        }
    ]
    of = {"scanArn": scan, "targetResourceId": INSTANCE, "accountId": ADMIN.account}
    details = ask(services, "GetCisScanResultDetails", of)["scanResultDetails"]
    assert [(one["checkId"], one["status"], one.get("statusReason")) for one in details] == [
        ("1.1", "PASSED", None),
        ("1.2", "FAILED", "=HYPERLINK()"),
        ("1.3", "SKIPPED", None),
    ]
    assert len({one["findingArn"] for one in details}) == 3


def test_report_is_csv_without_formulas(services: Services) -> None:
    _, scan = _reported(services)
    answer = ask(services, "GetCisScanReport", {"scanArn": scan})
    head, _, content = answer["url"].partition(",")
    assert (head, answer["status"]) == ("data:text/csv;charset=utf-8;base64", "SUCCEEDED")
    rows = list(csv.DictReader(io.StringIO(base64.b64decode(unquote(content)).decode())))
    assert [(row["Check"], row["Status"], row["Details"]) for row in rows] == [
        ("1.1", "PASSED", ""),
        ("1.2", "FAILED", "'=HYPERLINK()"),
        ("1.3", "SKIPPED", ""),
    ]
    asked = {"scanArn": scan, "targetAccounts": [estate.MEMBER], "reportFormat": "CSV"}
    content = ask(services, "GetCisScanReport", asked)["url"].partition(",")[2]
    assert base64.b64decode(content).decode().count("\n") == 1
    with pytest.raises(Refused, match="no PDF"):
        ask(services, "GetCisScanReport", {"scanArn": scan, "reportFormat": "PDF"})


def _text(value: str, how: str = "EQUALS") -> list[dict[str, str]]:
    return [{"comparison": how, "value": value}]


PROD_TAG = [{"comparison": "EQUALS", "key": "env", "value": "prod"}]
NO_TAG = [{"comparison": "EQUALS", "key": "env", "value": "none"}]
SCANS: list[tuple[str, Any, Any]] = [
    ("scanNameFilters", _text("night", "PREFIX"), _text("x")),
    ("targetResourceTagFilters", PROD_TAG, NO_TAG),
    ("targetResourceIdFilters", _text(INSTANCE), _text("i-0")),
    ("scanStatusFilters", _text("COMPLETED"), _text("FAILED")),
    (
        "scanAtFilters",
        [{"earliestScanStartTime": NOW.timestamp()}],
        [{"latestScanStartTime": NOW.timestamp() - 1}],
    ),
    ("scheduledByFilters", _text(ADMIN.account), _text(estate.MEMBER)),
    ("failedChecksFilters", [{"lowerInclusive": 1}], [{"upperInclusive": 0}]),
    ("targetAccountIdFilters", _text(ADMIN.account), _text(ADMIN.account, "NOT_EQUALS")),
]
CHECKS: list[tuple[str, Any, Any]] = [
    ("accountIdFilters", _text(ADMIN.account), _text(estate.MEMBER)),
    ("checkIdFilters", _text("1.2"), _text("9")),
    ("titleFilters", _text("x", "NOT_EQUALS"), _text("x")),
    ("platformFilters", _text("Amazon", "PREFIX"), _text("Debian")),
    ("failedResourcesFilters", [{"lowerInclusive": 1}], [{"lowerInclusive": 2}]),
    ("securityLevelFilters", _text("LEVEL_1"), _text("LEVEL_2")),
]
TARGETS: list[tuple[str, Any, Any]] = [
    ("accountIdFilters", _text(ADMIN.account), _text(estate.MEMBER)),
    ("statusFilters", _text("FAILED"), None),
    ("checkIdFilters", _text("1.2"), _text("9")),
    ("targetResourceIdFilters", _text(INSTANCE), _text("i-0")),
    ("targetResourceTagFilters", PROD_TAG, NO_TAG),
    ("platformFilters", _text("Amazon", "PREFIX"), _text("Debian")),
    ("targetStatusFilters", _text("COMPLETED"), _text("TIMED_OUT")),
    ("targetStatusReasonFilters", None, _text("SCAN_IN_PROGRESS")),
    ("failedChecksFilters", [{"upperInclusive": 1}], [{"upperInclusive": 0}]),
]
RESULTS: list[tuple[str, Any, Any]] = [
    ("findingStatusFilters", _text("FAILED"), None),
    ("checkIdFilters", _text("1.2"), _text("9")),
    ("titleFilters", _text("x", "NOT_EQUALS"), _text("x")),
    ("securityLevelFilters", _text("LEVEL_1"), _text("LEVEL_2")),
    ("findingArnFilters", _text("arn:", "PREFIX"), _text("arn:aws:x")),
]


def test_every_filter_includes_and_excludes(services: Services) -> None:
    arn, scan = _reported(services)
    of = {"scanArn": scan}
    of_one = {**of, "targetResourceId": INSTANCE, "accountId": ADMIN.account}
    own: list[tuple[str, Any, Any]] = [
        ("scanArnFilters", _text(scan), _text("x")),
        ("scanConfigurationArnFilters", _text(arn), _text("x")),
    ]
    for operation, member, asked, cases in (
        ("ListCisScans", "scans", {}, [*SCANS, *own]),
        ("ListCisScanResultsAggregatedByChecks", "checkAggregations", of, CHECKS),
        (
            "ListCisScanResultsAggregatedByTargetResource",
            "targetResourceAggregations",
            of,
            TARGETS,
        ),
        ("GetCisScanResultDetails", "scanResultDetails", of_one, RESULTS),
    ):
        for name, including, excluding in cases:
            for entries, found in ((including, True), (excluding, False)):
                if entries is None:
                    continue
                wanted = {**asked, "filterCriteria": {name: entries}}
                answer = ask(services, operation, wanted)
                assert (operation, name, bool(answer[member])) == (operation, name, found)


def test_every_order(services: Services) -> None:
    _, scan = _reported(services)
    of = {"scanArn": scan}
    of_one = {**of, "targetResourceId": INSTANCE, "accountId": ADMIN.account}
    for operation, asked, orders in (
        ("ListCisScans", {}, "STATUS SCHEDULED_BY SCAN_START_DATE FAILED_CHECKS"),
        (
            "ListCisScanResultsAggregatedByChecks",
            of,
            "CHECK_ID TITLE PLATFORM FAILED_COUNTS SECURITY_LEVEL",
        ),
        (
            "ListCisScanResultsAggregatedByTargetResource",
            of,
            "RESOURCE_ID FAILED_COUNTS ACCOUNT_ID PLATFORM TARGET_STATUS TARGET_STATUS_REASON",
        ),
        ("GetCisScanResultDetails", of_one, "CHECK_ID STATUS"),
    ):
        for order in orders.split():
            assert ask(services, operation, {**asked, "sortBy": order, "sortOrder": "DESC"})
    answer = ask(
        services, "GetCisScanResultDetails", {**of_one, "sortBy": "STATUS", "maxResults": 2}
    )
    assert [one["status"] for one in answer["scanResultDetails"]] == ["FAILED", "PASSED"]
    failed = {**of, "sortBy": "FAILED_COUNTS", "sortOrder": "DESC", "maxResults": 1}
    (first,) = ask(services, "ListCisScanResultsAggregatedByChecks", failed)["checkAggregations"]
    assert first["checkId"] == "1.2"


def test_sessions_are_of_known_jobs_one_at_a_time(services: Services) -> None:
    arn = _create(services)
    job = job_id(arn, INSTANCE)
    with pytest.raises(Refused, match="no instance of this account") as refused:
        _session(services, TOKEN)
    assert refused.value.code == "ValidationException"
    with pytest.raises(Refused, match="no instance of this account"):
        _session(services, job, caller=MEMBER)
    session = _session(services, job)
    assert _session(services, job) == session
    with pytest.raises(Refused) as refused:
        _session(services, job, OTHER_TOKEN)
    assert refused.value.code == "ConflictException"
    for operation, more in (
        ("SendCisSessionHealth", {}),
        ("SendCisSessionTelemetry", {"messages": MESSAGES}),
        ("StopCisSession", {"message": STOPPED}),
    ):
        with pytest.raises(Refused) as refused:
            ask(services, operation, {**session, "sessionToken": OTHER_TOKEN, **more})
        assert refused.value.code == "ConflictException"
    with pytest.raises(Refused):
        ask(services, "SendCisSessionHealth", {**session, "scanJobId": TOKEN})
    with pytest.raises(Refused) as refused:
        ask(services, "GetCisScanReport", {"scanArn": _scan_of(services).replace("0", "1")})
    assert refused.value.code == "ValidationException"


def _scan_of(services: Services) -> str:
    return str(ask(services, "ListCisScans")["scans"][0]["scanArn"])


@pytest.mark.parametrize(
    ("stopped", "scan", "target", "reason"),
    [
        (None, "IN_PROGRESS", None, "SCAN_IN_PROGRESS"),
        ("FAILED", "FAILED", "COMPLETED", None),
        ("INTERRUPTED", "CANCELLED", "CANCELLED", None),
        ("UNSUPPORTED_OS", "FAILED", "COMPLETED", "UNSUPPORTED_OS"),
    ],
)
def test_how_sessions_end(
    services: Services, stopped: str | None, scan: str, target: str | None, reason: str | None
) -> None:
    session = _session(services, job_id(_create(services), INSTANCE))
    if stopped is not None:
        message = {"status": stopped, "progress": {}}
        ask(services, "StopCisSession", {**session, "message": message})
    (told,) = ask(services, "ListCisScans", {"detailLevel": "MEMBER"})["scans"]
    assert told["status"] == scan
    asked = {"scanArn": told["scanArn"]}
    (found,) = ask(services, "ListCisScanResultsAggregatedByTargetResource", asked)[
        "targetResourceAggregations"
    ]
    assert (found.get("targetStatus"), found.get("targetStatusReason")) == (target, reason)
    report = ask(services, "GetCisScanReport", asked)
    assert report["status"] == ("SUCCEEDED" if stopped else "IN_PROGRESS")


def test_session_that_is_silent_has_timed_out(services: Services) -> None:
    job = job_id(_create(services), INSTANCE)
    session = _session(services, job)
    late = NOW + timedelta(hours=3)
    asked = {"scanArn": _scan_of(services)}
    (found,) = ask(services, "ListCisScanResultsAggregatedByTargetResource", asked, now=late)[
        "targetResourceAggregations"
    ]
    assert found["targetStatus"] == "TIMED_OUT"
    with pytest.raises(Refused):
        ask(services, "SendCisSessionHealth", session, now=late)
    _session(services, job, OTHER_TOKEN, now=late)
    assert len(ask(services, "ListCisScans", now=late)["scans"]) == 1
    _session(services, job, TOKEN, now=NOW + timedelta(days=1))
    assert len(ask(services, "ListCisScans", now=late)["scans"]) == 2


def _checks(services: Services, **more: Any) -> list[str]:
    (scan,) = ask(services, "ListCisScans", **more)["scans"]
    of = {
        "scanArn": scan["scanArn"],
        "targetResourceId": INSTANCE,
        "accountId": ADMIN.account,
    }
    details = ask(services, "GetCisScanResultDetails", of, **more)["scanResultDetails"]
    return [one["checkId"] for one in details]


def test_a_session_begun_again_begins_without_results(services: Services) -> None:
    job = job_id(_create(services), INSTANCE)
    session = _session(services, job)
    ask(services, "SendCisSessionTelemetry", {**session, "messages": MESSAGES})
    ask(services, "SendCisSessionTelemetry", {**session, "messages": [_message("1.1", "FAILED")]})
    assert _checks(services) == ["1.1", "1.2", "1.3"]
    assert ask(services, "ListCisScans")["scans"][0]["failedChecks"] == 2
    ask(services, "StopCisSession", {**session, "message": STOPPED})
    again = _session(services, job, OTHER_TOKEN)
    assert _checks(services) == []
    ask(services, "SendCisSessionTelemetry", {**again, "messages": [_message("1.9", "PASSED")]})
    assert _checks(services) == ["1.9"]


def test_sessions_are_forgotten_after_ninety_days(services: Services) -> None:
    job = job_id(_create(services), INSTANCE)
    session = _session(services, job)
    ask(services, "SendCisSessionTelemetry", {**session, "messages": MESSAGES})
    after = NOW + timedelta(days=91)
    _session(services, job, OTHER_TOKEN, now=after)
    assert _checks(services, now=after) == []
    assert len(services.store.records("cis-session")) == 1
    assert services.store.records("cis-checks") == ()


def test_sessions_are_bounded(services: Services) -> None:
    session = _session(services, job_id(_create(services), INSTANCE))
    for start in range(0, MOST_CHECKS, 150):
        messages = [_message(str(number), "PASSED") for number in range(start, start + 150)]
        asked = {**session, "messages": messages}
        if start + 150 <= MOST_CHECKS:
            ask(services, "SendCisSessionTelemetry", asked)
            continue
        with pytest.raises(Refused, match=f"more than {MOST_CHECKS} checks"):
            ask(services, "SendCisSessionTelemetry", asked)
