"""Inspector Classic: targets, templates, runs and findings over what passes found."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from tests.api.clients import NOW, NewClient
from tests.api.operations import estate
from tests.api.operations.asking import ADMIN, Refused, ask
from tests.findings.make import exposure, finding, rating, vulnerability
from vedette.api.call import Caller, Role, Services
from vedette.api.operations import SERVICES, classic_targets
from vedette.api.service_model import load_service
from vedette.api.translate.classic import described_finding
from vedette.app.assessments import store as assessments
from vedette.app.assessments.model import AssessmentRun
from vedette.app.assessments.store import every
from vedette.findings.lifecycle import Change
from vedette.model.coverage import ScanType
from vedette.model.finding import FindingStatus, Reachable
from vedette.model.severity import Severity
from vedette.store.store import SqlStore

MEMBER = Caller(
    access_key="x", account=estate.MEMBER, role=Role.ADMIN, accounts=frozenset({estate.MEMBER})
)
PACKAGES = [
    f"arn:aws:inspector:us-east-1:{ADMIN.account}:rulespackage/0-{name}"
    for name in ("vulnerab", "networks")
]
AFTER = NOW + timedelta(minutes=10)


class Classic:
    """Asks Inspector Classic, each time with a request id of its own."""

    def __init__(self, services: Services) -> None:
        self.services = services
        self.count = 0

    def __call__(self, operation: str, _more: Any = None, **asked: Any) -> dict[str, Any]:
        self.count += 1
        more = {"request_id": str(self.count), **(_more or {})}
        return ask(self.services, operation, asked, service="inspector", **more)


@pytest.fixture
def looked() -> list[tuple[str, ...]]:
    return []


@pytest.fixture
def classic(store: SqlStore, looked: list[tuple[str, ...]]) -> Classic:
    estate.settle(store)
    found = [
        finding(vulnerability(id="CVE-2024-0001"), resource=estate.INSTANCE),
        finding(Reachable(exposure=exposure()), resource=estate.INSTANCE, severity=Severity.MEDIUM),
        finding(vulnerability(id="CVE-2024-0002"), resource=estate.UNMANAGED),
        finding(
            vulnerability(id="CVE-2024-0003"),
            resource=estate.INSTANCE,
            status=FindingStatus.CLOSED,
            closed_at=estate.EARLIER,
        ),
        finding(vulnerability(id="CVE-2024-0004"), resource=estate.IMAGE),
    ]
    store.apply([Change(before=None, after=one) for one in found])
    return Classic(Services(store=store, look_now=looked.append))


def _group(classic: Classic, *tags: tuple[str, str]) -> str:
    asked = [{"key": key, "value": value} for key, value in tags]
    return str(classic("CreateResourceGroup", resourceGroupTags=asked)["resourceGroupArn"])


def _target(classic: Classic, name: str = "prod", **more: Any) -> str:
    answer = classic("CreateAssessmentTarget", assessmentTargetName=name, **more)
    return str(answer["assessmentTargetArn"])


def _template(classic: Classic, target: str, name: str = "all", **more: Any) -> str:
    asked = {"durationInSeconds": 3600, "rulesPackageArns": PACKAGES, **more}
    answer = classic(
        "CreateAssessmentTemplate",
        assessmentTargetArn=target,
        assessmentTemplateName=name,
        **asked,
    )
    return str(answer["assessmentTemplateArn"])


def _run(classic: Classic, template: str) -> str:
    answer = classic("StartAssessmentRun", assessmentTemplateArn=template)
    return str(answer["assessmentRunArn"])


def _pass(classic: Classic) -> None:
    """A pass that looks at all instances."""
    rows = [estate.row(one, ScanType.NETWORK) for one in (estate.INSTANCE, estate.UNMANAGED)]
    at = NOW + timedelta(minutes=5)
    classic.services.store.save_coverage(
        [msgspec.structs.replace(row, last_scanned_at=at) for row in rows]
    )


def _described(classic: Classic, operation: str, member: str, arn: str, **more: Any) -> Any:
    members = load_service("inspector").shapes[f"{operation}Request"].members
    (asked,) = {one.name for one in members if one.required}
    answer = classic(operation, more or None, **{asked: [arn]})
    assert answer["failedItems"] == {}
    (one,) = answer[member]
    return one


def test_targets_are_groups_by_tags(classic: Classic) -> None:
    group = _group(classic, ("env", "prod"), ("env", "stage"), ("team", "web"))
    told = _described(classic, "DescribeResourceGroups", "resourceGroups", group)
    assert told["tags"] == [
        {"key": "env", "value": "prod"},
        {"key": "env", "value": "stage"},
        {"key": "team", "value": "web"},
    ]
    target = _target(classic, resourceGroupArn=group)
    everything = _target(classic, "everything")
    told = _described(classic, "DescribeAssessmentTargets", "assessmentTargets", target)
    assert (told["name"], told["resourceGroupArn"]) == ("prod", group)
    assert classic("PreviewAgents", previewAgentsArn=target)["agentPreviews"] == [
        {
            "agentId": estate.INSTANCE.ref.id,
            "agentHealth": "HEALTHY",
            "operatingSystem": "Amazon Linux 2023",
            "ipv4Address": "10.0.0.7",
        }
    ]
    seen = classic("PreviewAgents", previewAgentsArn=everything)["agentPreviews"]
    assert [one["agentId"] for one in seen] == [estate.INSTANCE.ref.id, estate.UNMANAGED.ref.id]
    none = _target(classic, "none", resourceGroupArn=_group(classic, ("env", "test")))
    assert classic("PreviewAgents", previewAgentsArn=none)["agentPreviews"] == []
    pattern = {"assessmentTargetNamePattern": "*o*"}
    assert sorted(classic("ListAssessmentTargets", filter=pattern)["assessmentTargetArns"]) == (
        sorted([target, none])
    )
    classic("UpdateAssessmentTarget", assessmentTargetArn=target, assessmentTargetName="new")
    told = _described(classic, "DescribeAssessmentTargets", "assessmentTargets", target)
    assert told["name"] == "new"
    assert "resourceGroupArn" not in told
    classic("DeleteAssessmentTarget", assessmentTargetArn=target)
    answer = classic("DescribeAssessmentTargets", assessmentTargetArns=[target])
    assert answer == {
        "assessmentTargets": [],
        "failedItems": {
            target: {"failureCode": "ITEM_DOES_NOT_EXIST", "retryable": False},
        },
    }


def test_templates_say_what_is_looked_for(classic: Classic) -> None:
    target = _target(classic)
    owner = [{"key": "owner", "value": "me"}]
    template = _template(classic, target, userAttributesForFindings=owner)
    short = _template(
        classic, target, "short", durationInSeconds=180, rulesPackageArns=PACKAGES[1:]
    )
    told = _described(classic, "DescribeAssessmentTemplates", "assessmentTemplates", template)
    assert told == {
        "arn": template,
        "name": "all",
        "assessmentTargetArn": target,
        "durationInSeconds": 3600,
        "rulesPackageArns": PACKAGES,
        "userAttributesForFindings": owner,
        "assessmentRunCount": 0,
        "createdAt": int(NOW.timestamp()),
    }

    def listed(**asked: Any) -> set[str]:
        return set(classic("ListAssessmentTemplates", **asked)["assessmentTemplateArns"])

    assert listed() == {template, short}
    assert listed(assessmentTargetArns=[target]) == {template, short}
    assert listed(assessmentTargetArns=[template]) == set()
    assert listed(filter={"namePattern": "sh*t"}) == {short}
    assert listed(filter={"durationRange": {"minSeconds": 600}}) == {template}
    assert listed(filter={"rulesPackageArns": PACKAGES[:1]}) == {template}
    classic(
        "SetTagsForResource", resourceArn=template, tags=[{"key": "a", "value": "b"}, {"key": "c"}]
    )
    assert classic("ListTagsForResource", resourceArn=template)["tags"] == [
        {"key": "a", "value": "b"},
        {"key": "c"},
    ]
    first = classic("ListAssessmentTemplates", maxResults=1)
    rest = classic("ListAssessmentTemplates", maxResults=1, nextToken=first["nextToken"])
    assert {*first["assessmentTemplateArns"], *rest["assessmentTemplateArns"]} == {template, short}
    assert "nextToken" not in rest
    assert len(classic("ListAssessmentTemplates", maxResults=-5)["assessmentTemplateArns"]) == 1
    classic("DeleteAssessmentTemplate", assessmentTemplateArn=template)
    assert listed() == {short}


def test_rules_packages(classic: Classic) -> None:
    assert classic("ListRulesPackages")["rulesPackageArns"] == PACKAGES
    answer = classic("DescribeRulesPackages", rulesPackageArns=[*PACKAGES, "arn:x"])
    assert [one["name"] for one in answer["rulesPackages"]] == [
        "Common Vulnerabilities and Exposures",
        "Network Reachability",
    ]
    assert list(answer["failedItems"]) == ["arn:x"]


OWNER = [{"key": "owner", "value": "me"}]


def _of_prod(classic: Classic) -> str:
    """A template of the instances in production."""
    group = _group(classic, ("env", "prod"))
    target = _target(classic, resourceGroupArn=group)
    return _template(classic, target, userAttributesForFindings=OWNER)


def test_run_is_over_when_a_pass_has_looked(
    classic: Classic, looked: list[tuple[str, ...]]
) -> None:
    template = _of_prod(classic)
    run = _run(classic, template)
    assert looked == [(estate.INSTANCE.ref.id,)]
    told = _described(classic, "DescribeAssessmentRuns", "assessmentRuns", run)
    assert (told["state"], told["dataCollected"]) == ("COLLECTING_DATA", False)
    with pytest.raises(Refused, match="in progress"):
        classic("DeleteAssessmentRun", assessmentRunArn=run)
    with pytest.raises(Refused, match="in progress"):
        classic("DeleteAssessmentTemplate", assessmentTemplateArn=template)
    _pass(classic)
    told = _described(classic, "DescribeAssessmentRuns", "assessmentRuns", run, now=AFTER)
    assert told["state"] == "COMPLETED"
    assert told["completedAt"] == int((NOW + timedelta(minutes=5)).timestamp())
    assert told["findingCounts"] == {"High": 1, "Medium": 1}
    assert [one["state"] for one in told["stateChanges"]] == ["COLLECTING_DATA", "COMPLETED"]
    told = _described(classic, "DescribeAssessmentTemplates", "assessmentTemplates", template)
    assert (told["assessmentRunCount"], told["lastAssessmentRunArn"]) == (1, run)


def test_run_tells_what_was_found(classic: Classic) -> None:
    run = _run(classic, _of_prod(classic))
    _pass(classic)
    arns = classic("ListFindings", assessmentRunArns=[run])["findingArns"]
    assert len(arns) == 2
    told = classic("DescribeFindings", findingArns=[*arns, f"{run}/finding/0-{'0' * 32}"])
    assert len(told["failedItems"]) == 1
    by_package = {one["serviceAttributes"]["rulesPackageArn"]: one for one in told["findings"]}
    flaw = by_package[PACKAGES[0]]
    assert flaw["severity"] == "High"
    assert flaw["assetAttributes"] == {
        "schemaVersion": 1,
        "agentId": estate.INSTANCE.ref.id,
        "amiId": "ami-0a1b2c3d4e5f60718",
        "ipv4Addresses": ["10.0.0.7"],
        "tags": [{"key": "env", "value": "prod"}, {"key": "team", "value": "web"}],
    }
    attributes = {one["key"]: one["value"] for one in flaw["attributes"]}
    assert attributes["CVE_ID"] == "CVE-2024-0001"
    assert flaw["userAttributes"] == OWNER
    reachable = by_package[PACKAGES[1]]
    attributes = {one["key"]: one["value"] for one in reachable["attributes"]}
    assert (attributes["PROTOCOL"], attributes["PORT"]) == ("TCP", "22-22")


def test_what_comes_after_a_run_is_not_of_it(classic: Classic) -> None:
    run = _run(classic, _template(classic, _target(classic)))
    _pass(classic)
    before = classic("ListFindings", {"now": AFTER}, assessmentRunArns=[run])["findingArns"]
    later = finding(
        vulnerability(id="CVE-2024-0009"),
        resource=estate.INSTANCE,
        first_observed_at=AFTER,
    )
    classic.services.store.apply([Change(before=None, after=later)])
    asked = {"now": AFTER + timedelta(days=1)}
    assert classic("ListFindings", asked, assessmentRunArns=[run])["findingArns"] == before
    assert len(before) == 3
    missing = f"{run}/finding/0-{later.id}"
    assert list(classic("DescribeFindings", asked, findingArns=[missing])["failedItems"]) == [
        missing
    ]


def test_run_whose_time_is_up_has_errors(classic: Classic) -> None:
    run = _run(classic, _template(classic, _target(classic)))
    told = _described(
        classic,
        "DescribeAssessmentRuns",
        "assessmentRuns",
        run,
        now=NOW + timedelta(seconds=3600),
    )
    assert told["state"] == "COMPLETED_WITH_ERRORS"


@pytest.mark.parametrize(
    ("action", "state", "count"),
    [("START_EVALUATION", "COMPLETED", 3), ("SKIP_EVALUATION", "CANCELED", 0)],
)
def test_run_is_stopped(classic: Classic, action: str, state: str, count: int) -> None:
    run = _run(classic, _template(classic, _target(classic)))
    classic("StopAssessmentRun", assessmentRunArn=run, stopAction=action)
    told = _described(classic, "DescribeAssessmentRuns", "assessmentRuns", run)
    assert told["state"] == state
    assert len(classic("ListFindings", assessmentRunArns=[run])["findingArns"]) == count
    with pytest.raises(Refused, match="The run is over"):
        classic("StopAssessmentRun", assessmentRunArn=run)
    classic("DeleteAssessmentRun", assessmentRunArn=run)
    assert classic("ListAssessmentRuns")["assessmentRunArns"] == []


def _range(begin: float | None = None, end: float | None = None) -> dict[str, float]:
    told = {"beginDate": begin, "endDate": end}
    return {name: value for name, value in told.items() if value is not None}


def test_runs_and_findings_are_filtered(classic: Classic) -> None:
    owner = [{"key": "owner", "value": "me"}]
    template = _template(classic, _target(classic), userAttributesForFindings=owner)
    run = _run(classic, template)
    _pass(classic)
    start = NOW.timestamp()
    runs: list[tuple[dict[str, Any], bool]] = [
        ({"namePattern": "Run*"}, True),
        ({"namePattern": "x*"}, False),
        ({"states": ["COMPLETED"]}, True),
        ({"states": ["FAILED"]}, False),
        ({"durationRange": {"maxSeconds": 3600}}, True),
        ({"durationRange": {"maxSeconds": 300}}, False),
        ({"rulesPackageArns": PACKAGES[1:]}, True),
        ({"rulesPackageArns": ["arn:x"]}, False),
        ({"startTimeRange": _range(start, start)}, True),
        ({"startTimeRange": _range(start + 1)}, False),
        ({"completionTimeRange": _range(start + 300)}, True),
        ({"completionTimeRange": _range(end=start)}, False),
        ({"stateChangeTimeRange": _range(start + 300)}, True),
        ({"stateChangeTimeRange": _range(start + 301)}, False),
    ]
    more = {"now": AFTER}
    for criteria, wanted in runs:
        found = classic("ListAssessmentRuns", more, filter=criteria)["assessmentRunArns"]
        assert (criteria, found) == (criteria, [run] if wanted else [])
    assert classic("ListAssessmentRuns", more, assessmentTemplateArns=["arn:x"]) == {
        "assessmentRunArns": []
    }
    first = classic.services.store.known(estate.INSTANCE.ref)[0].first_observed_at.timestamp()
    findings: list[tuple[dict[str, Any], int]] = [
        ({"agentIds": [estate.UNMANAGED.ref.id]}, 1),
        ({"autoScalingGroups": ["x"]}, 0),
        ({"ruleNames": ["title"]}, 3),
        ({"ruleNames": ["other"]}, 0),
        ({"severities": ["Medium"]}, 1),
        ({"severities": ["Low"]}, 0),
        ({"rulesPackageArns": PACKAGES[1:]}, 1),
        ({"attributes": [{"key": "CVE_ID", "value": "CVE-2024-0002"}]}, 1),
        ({"attributes": [{"key": "CVE_ID", "value": "CVE-2024-0003"}]}, 0),
        ({"userAttributes": owner}, 3),
        ({"userAttributes": [{"key": "owner", "value": "you"}]}, 0),
        ({"creationTimeRange": _range(first)}, 3),
        ({"creationTimeRange": _range(first + 1)}, 0),
    ]
    for wanted_of, count in findings:
        found = classic("ListFindings", more, filter=wanted_of)["findingArns"]
        assert (wanted_of, len(found)) == (wanted_of, count)


def test_attributes_are_put_on_findings(classic: Classic) -> None:
    run = _run(classic, _template(classic, _target(classic), rulesPackageArns=PACKAGES[1:]))
    (arn,) = classic("ListFindings", assessmentRunArns=[run])["findingArns"]
    note = [{"key": "note", "value": "seen"}]
    answer = classic("AddAttributesToFindings", findingArns=[arn, "arn:x"], attributes=note)
    assert list(answer["failedItems"]) == ["arn:x"]
    (told,) = classic("DescribeFindings", findingArns=[arn])["findings"]
    assert told["userAttributes"] == note
    classic("RemoveAttributesFromFindings", findingArns=[arn], attributeKeys=["note"])
    (told,) = classic("DescribeFindings", findingArns=[arn])["findings"]
    assert told["userAttributes"] == []


def test_member_looks_at_its_own_instances(classic: Classic) -> None:
    more = {"caller": MEMBER}
    target = classic("CreateAssessmentTarget", more, assessmentTargetName="own")
    asked = {"previewAgentsArn": target["assessmentTargetArn"]}
    (seen,) = classic("PreviewAgents", more, **asked)["agentPreviews"]
    assert seen["agentId"] == estate.UNMANAGED.ref.id
    with pytest.raises(Refused, match="does not exist") as refused:
        classic("PreviewAgents", **asked)
    assert refused.value.code == "NoSuchEntityException"


def test_what_cannot_be(classic: Classic) -> None:
    target = _target(classic)
    absent = _target(classic, "none", resourceGroupArn=_group(classic, ("env", "test")))
    empty = _template(classic, absent)
    calls: list[tuple[Callable[[], object], str]] = [
        (lambda: _target(classic), "with the name 'prod' already"),
        (lambda: _target(classic, "x", resourceGroupArn="arn:x"), "arn:x does not exist"),
        (lambda: _template(classic, target, rulesPackageArns=[]), "at least one"),
        (lambda: _template(classic, target, rulesPackageArns=["arn:x"]), "arn:x does not exist"),
        (lambda: _template(classic, "arn:x"), "arn:x does not exist"),
        (lambda: _run(classic, empty), "has no instances"),
        (lambda: _run(classic, "arn:x"), "arn:x does not exist"),
        (
            lambda: classic(
                "UpdateAssessmentTarget",
                assessmentTargetArn=target,
                assessmentTargetName="x",
                resourceGroupArn="arn:x",
            ),
            "arn:x does not exist",
        ),
    ]
    for call, why in calls:
        with pytest.raises(Refused, match=why):
            call()


def test_there_is_a_most_of_everything(classic: Classic, monkeypatch: pytest.MonkeyPatch) -> None:
    target = _target(classic)
    _template(classic, target)
    monkeypatch.setattr(classic_targets, "_MOST_TARGETS", 1)
    monkeypatch.setattr(classic_targets, "_MOST_TEMPLATES", 1)
    monkeypatch.setattr(assessments, "MOST_INSTANCES", 1)
    with pytest.raises(Refused, match="There are 1 targets"):
        _target(classic, "second")
    with pytest.raises(Refused, match="There are 1 templates"):
        _template(classic, target, "second")
    assert len(classic("PreviewAgents", previewAgentsArn=target)["agentPreviews"]) == 1


def test_what_does_not_exist_is_told_as_failed(classic: Classic) -> None:
    for operation, member in (
        ("DescribeAssessmentTemplates", "assessmentTemplateArns"),
        ("DescribeAssessmentRuns", "assessmentRunArns"),
        ("DescribeResourceGroups", "resourceGroupArns"),
    ):
        assert list(classic(operation, **{member: ["arn:x"]})["failedItems"]) == ["arn:x"]


def test_finding_of_an_unknown_resource_is_told_without_it(classic: Classic) -> None:
    run = _run(classic, _template(classic, _target(classic)))
    kept = next(every(classic.services.store, (ADMIN.account, "us-east-1"), AssessmentRun))
    known = finding(
        vulnerability(ratings=(rating(),)), resource=estate.INSTANCE, severity=Severity.UNTRIAGED
    )
    told = described_finding(f"{run}/finding/0-x", known, None, kept, PACKAGES[0])
    assert told["assetAttributes"] == {"schemaVersion": 1, "agentId": estate.INSTANCE.ref.id}
    assert (told["severity"], told["numericSeverity"]) == ("Undefined", 0.0)
    assert {"key": "CVSS3_SCORE", "value": "9.8"} in told["attributes"]


def test_templates_and_runs_go_with_their_target(classic: Classic) -> None:
    target = _target(classic)
    run = _run(classic, _template(classic, target))
    classic("StopAssessmentRun", assessmentRunArn=run)
    classic("DeleteAssessmentTarget", assessmentTargetArn=target)
    assert classic("ListAssessmentTemplates")["assessmentTemplateArns"] == []
    assert classic("ListAssessmentRuns")["assessmentRunArns"] == []


@pytest.mark.parametrize("operation", ["ListEventSubscriptions", "ListExclusions"])
def test_lists_of_what_there_is_not(classic: Classic, operation: str) -> None:
    asked = {"assessmentRunArn": "arn:x"} if operation == "ListExclusions" else {}
    (listed,) = classic(operation, **asked).values()
    assert listed == []


def test_the_rest_is_refused(classic: Classic) -> None:
    with pytest.raises(Refused, match="no HTML or PDF") as refused:
        classic(
            "GetAssessmentReport",
            assessmentRunArn="arn:x",
            reportFileFormat="PDF",
            reportType="FINDING",
        )
    assert refused.value.code == "AccessDeniedException"


def test_botos_client_understands_it(client: NewClient, store: SqlStore) -> None:
    estate.settle(store)
    caller = client(store, service="inspector")
    pages = caller.get_paginator("list_rules_packages").paginate(PaginationConfig={"PageSize": 1})
    assert list(pages.search("rulesPackageArns[]")) == PACKAGES


def test_every_operation_is_answered() -> None:
    assert set(SERVICES["inspector"]) == set(load_service("inspector").operations)
