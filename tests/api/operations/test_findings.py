"""ListFindings and the details: every criterion has something that it must include, and something that it must not."""

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

import msgspec
import pytest
from botocore.exceptions import ClientError

from tests.api.clients import NewClient
from tests.api.operations import found
from tests.findings.make import NOW, finding, kev, vulnerability, vulnerable
from vedette.api.translate.filters import CRITERIA
from vedette.api.translate.finding_details import finding_detail
from vedette.api.translate.findings_page import SORTS
from vedette.model.advisory import AdvisoryId, Range
from vedette.model.digest import digest_of
from vedette.model.finding import Adjustment, Proof, Score
from vedette.model.match import MatchKind
from vedette.store.store import SqlStore

EVERY = frozenset(found.ALL)


@pytest.fixture(scope="module")
def store(_migrated: bytes, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SqlStore]:
    """One for all: nothing here changes it."""
    path = tmp_path_factory.mktemp("findings") / "store.db"
    path.write_bytes(_migrated)
    with SqlStore.open(f"sqlite:///{path}") as opened:
        found.settle(opened)
        yield opened


@pytest.fixture(scope="module")
def admin(client: NewClient, store: SqlStore) -> Any:
    return client(store, region=found.REGION)


def _names(answer: Mapping[str, Any]) -> list[str]:
    return [found.NAMES[one["findingArn"]] for one in answer["findings"]]


def _listed(caller: Any, **criteria: Any) -> set[str]:
    return set(_names(caller.list_findings(filterCriteria=criteria)))


TEXTS: dict[str, tuple[str, set[str]]] = {
    "awsAccountId": (found.MEMBER, {"other"}),
    "cloudImageArchitecture": ("amd64", {"layered"}),
    "cloudImageDigest": (digest_of(b"app"), {"layered"}),
    "cloudImageRegistry": (found.ACCOUNT, {"layered"}),
    "cloudImageRepositoryName": ("app", {"layered"}),
    "cloudImageTags": ("latest", {"layered"}),
    "cloudProvider": ("AWS", set(EVERY)),
    "cloudProviderAccountId": (found.MEMBER, {"other"}),
    "cloudProviderOrgId": ("o-1", set()),
    "cloudProviderRegion": (found.REGION, set(EVERY)),
    "cloudServerlessFunctionExecutionRole": ("arn:aws:iam::111122223333:role/hook", {"code"}),
    "cloudServerlessFunctionName": ("hook", {"code"}),
    "cloudServerlessFunctionRuntime": ("python3.11", {"code"}),
    "cloudVmImageReference": ("ami-1", {"host", "port"}),
    "cloudVmNetworkId": ("vpc-1", {"host", "port"}),
    "cloudVmSubnetIds": ("subnet-1", {"host", "port"}),
    "codeRepositoryProjectName": ("x", set()),
    "codeRepositoryProviderType": ("GITHUB", set()),
    "codeVulnerabilityDetectorName": ("x", set()),
    "codeVulnerabilityDetectorTags": ("x", set()),
    "codeVulnerabilityFilePath": ("x", set()),
    "componentId": ("sg-1", {"port"}),
    "componentType": ("AWS::EC2::SecurityGroup", {"port"}),
    "ec2InstanceImageId": ("ami-9", {"other"}),
    "ec2InstanceSubnetId": ("subnet-9", {"other"}),
    "ec2InstanceVpcId": ("vpc-9", {"other"}),
    "ecrImageArchitecture": ("amd64", {"layered"}),
    "ecrImageHash": (digest_of(b"app"), {"layered"}),
    "ecrImageRegistry": (found.ACCOUNT, {"layered"}),
    "ecrImageRepositoryName": ("app", {"layered"}),
    "ecrImageTags": ("1.0", {"layered"}),
    "exploitAvailable": ("YES", {"host"}),
    "findingArn": (found.arn(found.HOST), {"host"}),
    "findingStatus": ("SUPPRESSED", {"code"}),
    "findingType": ("NETWORK_REACHABILITY", {"port"}),
    "fixAvailable": ("NO", {"layered"}),
    "lambdaFunctionExecutionRoleArn": ("arn:aws:iam::111122223333:role/hook", {"code"}),
    "lambdaFunctionLayers": ("arn:aws:lambda:eu-west-1:111122223333:layer:deps:1", {"code"}),
    "lambdaFunctionName": ("hook", {"code"}),
    "lambdaFunctionRuntime": ("PYTHON_3_11", {"code"}),
    "machineImageId": ("ami-1", set()),
    "machineImageName": ("x", set()),
    "machineImageOwnerAccountId": (found.ACCOUNT, set()),
    "machineImagePlatform": ("LINUX", set()),
    "networkProtocol": ("UDP", {"port"}),
    "relatedVulnerabilities": ("ALAS-1", {"host"}),
    "resourceId": ("i-00000000000000009", {"other"}),
    "resourceType": ("AWS_EC2_INSTANCE", {"host", "port", "other"}),
    "severity": ("CRITICAL", {"host"}),
    "title": ("CVE-2024-2222 - web", {"layered"}),
    "vendorSeverity": ("Important", {"host"}),
    "vulnerabilityId": ("CVE-2024-1111", {"host", "other"}),
    "vulnerabilitySource": ("ghsa", {"code"}),
}


@pytest.mark.parametrize("criterion", TEXTS)
def test_criteria_of_text(admin: Any, criterion: str) -> None:
    value, expected = TEXTS[criterion]

    def given(comparison: str, text: str) -> set[str]:
        return _listed(admin, **{criterion: [{"comparison": comparison, "value": text}]})

    assert given("EQUALS", value) == expected
    assert given("NOT_EQUALS", value) == EVERY - expected
    assert given("PREFIX", value[:-1] or value) >= expected
    assert given("EQUALS", value + "x") == set()
    assert given("NOT_EQUALS", value + "x") == EVERY


_DAY = timedelta(days=1)
_FROM, _UNTIL = "startInclusive", "endInclusive"
_LOW, _HIGH = "lowerInclusive", "upperInclusive"
OTHERS: list[tuple[str, dict[str, Any], set[str]]] = [
    ("firstObservedAt", {_UNTIL: NOW - _DAY}, {"host"}),
    ("firstObservedAt", {_FROM: NOW - _DAY}, set(EVERY) - {"host"}),
    ("lastObservedAt", {_UNTIL: NOW - _DAY}, {"host"}),
    ("updatedAt", {_FROM: NOW - 2 * _DAY, _UNTIL: NOW - _DAY}, {"host"}),
    ("ecrImagePushedAt", {_FROM: NOW}, {"layered"}),
    ("ecrImagePushedAt", {_FROM: NOW + _DAY}, set()),
    ("cloudImagePushedAt", {_UNTIL: NOW}, {"layered"}),
    ("ecrImageLastInUseAt", {_FROM: NOW}, {"layered"}),
    ("ecrImageLastInUseAt", {_FROM: NOW + _DAY}, set()),
    ("cloudImageLastInUseAt", {_FROM: NOW}, {"layered"}),
    ("lambdaFunctionLastModifiedAt", {_FROM: NOW}, {"code"}),
    ("lambdaFunctionLastModifiedAt", {_UNTIL: NOW - _DAY}, set()),
    ("cloudServerlessFunctionLastModifiedAt", {_FROM: NOW}, {"code"}),
    ("inspectorScore", {_LOW: 9.0}, {"host"}),
    ("inspectorScore", {_HIGH: 2.0}, {"layered"}),
    ("epssScore", {_LOW: 0.9}, {"host"}),
    ("epssScore", {}, {"host", "layered"}),
    ("ecrImageInUseCount", {_LOW: 2, _HIGH: 2}, {"layered"}),
    ("ecrImageInUseCount", {_LOW: 3}, set()),
    ("cloudImageInUseCount", {_LOW: 1}, {"layered"}),
    ("resourceTags", {"comparison": "EQUALS", "key": "env"}, {"host", "port"}),
    ("resourceTags", {"comparison": "EQUALS", "key": "env", "value": "prod"}, {"host", "port"}),
    ("resourceTags", {"comparison": "EQUALS", "key": "env", "value": "test"}, set()),
    ("portRange", {"beginInclusive": 20, "endInclusive": 25}, {"port"}),
    ("portRange", {"beginInclusive": 23}, set()),
    ("portRange", {"endInclusive": 22}, {"port"}),
]


@pytest.mark.parametrize(("criterion", "entry", "expected"), OTHERS)
def test_criteria_of_times_numbers_tags_and_ports(
    admin: Any, criterion: str, entry: dict[str, Any], expected: set[str]
) -> None:
    assert _listed(admin, **{criterion: [entry]}) == expected


def _is(value: str, comparison: str = "EQUALS") -> dict[str, str]:
    return {"comparison": comparison, "value": value}


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        ({"name": _is("bind")}, {"host"}),
        ({"name": _is("bin", "PREFIX"), "version": _is("9.11.4")}, {"host"}),
        ({"release": _is("26.amzn2")}, {"host"}),
        ({"epoch": {_LOW: 32, _HIGH: 32}}, {"host"}),
        ({"epoch": {_LOW: 33}}, set()),
        ({"architecture": _is("x86_64")}, {"host"}),
        ({"filePath": _is("app")}, {"layered"}),
        ({"sourceLayerHash": _is(digest_of(b"l"))}, {"layered"}),
        ({"sourceLayerHash": _is(digest_of(b"other"))}, set()),
        ({"name": _is("bind", "NOT_EQUALS")}, {"layered", "code", "other"}),
        ({"sourceLambdaLayerArn": _is(found.LAYER)}, {"code"}),
        ({"sourceLambdaLayerArn": _is("arn:aws:lambda", "PREFIX")}, {"code"}),
        ({"sourceLambdaLayerArn": _is(found.LAYER + "1")}, set()),
        ({"sourceLambdaLayerArn": _is(found.LAYER, "NOT_EQUALS")}, {"host", "layered", "other"}),
        ({"name": _is("lib"), "sourceLambdaLayerArn": _is(found.LAYER)}, {"code"}),
        ({"name": _is("web"), "sourceLambdaLayerArn": _is(found.LAYER)}, set()),
        ({"name": _is("web"), "sourceLambdaLayerArn": _is("arn:x")}, set()),
        ({"name": _is("web"), "sourceLambdaLayerArn": _is("arn:x", "NOT_EQUALS")}, {"layered"}),
    ],
)
def test_criteria_of_packages(admin: Any, entry: dict[str, Any], expected: set[str]) -> None:
    assert _listed(admin, vulnerablePackages=[entry]) == expected


def test_every_criterion_of_the_model_is_tested(admin: Any) -> None:
    members = admin.meta.service_model.shape_for("FilterCriteria").members
    tested = {*TEXTS, *(name for name, _, _ in OTHERS), "vulnerablePackages"}
    assert tested == set(members) == CRITERIA


def test_entries_and_criteria_together(admin: Any) -> None:
    either = [_is("CRITICAL"), _is("LO", "PREFIX")]
    assert _listed(admin, severity=either) == {"host", "layered"}
    neither = [_is("CRITICAL", "NOT_EQUALS"), _is("LOW", "NOT_EQUALS")]
    assert _listed(admin, severity=neither) == EVERY - {"host", "layered"}
    assert _listed(admin, severity=[*either, _is("LOW", "NOT_EQUALS")]) == {"host"}
    assert _listed(admin, severity=either, findingStatus=[_is("CLOSED")]) == set()
    tags = [{"comparison": "EQUALS", "key": key} for key in ("nothing", "env")]
    assert _listed(admin, resourceTags=tags) == {"host", "port"}


def test_findings_of_other_regions_and_accounts_are_out_of_sight(
    admin: Any, client: NewClient, store: SqlStore
) -> None:
    assert set(_names(admin.list_findings())) == EVERY
    member = client(store, found.MEMBER, accounts=frozenset({found.MEMBER}), region=found.REGION)
    assert _names(member.list_findings()) == ["other"]
    assert _listed(member, awsAccountId=[_is(found.ACCOUNT)]) == set()
    assert client(store, region="ap-south-1").list_findings()["findings"] == []


@pytest.mark.parametrize("field", sorted(SORTS))
@pytest.mark.parametrize("order", ["ASC", "DESC"])
def test_every_order_page_by_page(admin: Any, field: str, order: str) -> None:
    sort = {"field": field, "sortOrder": order}
    whole = _names(admin.list_findings(sortCriteria=sort))
    pages = admin.get_paginator("list_findings").paginate(
        sortCriteria=sort, PaginationConfig={"PageSize": 2}
    )
    assert [name for page in pages for name in _names(page)] == whole
    assert set(whole) == EVERY


def test_orders(admin: Any) -> None:
    def first(field: str, order: str = "DESC") -> str:
        return _names(admin.list_findings(sortCriteria={"field": field, "sortOrder": order}))[0]

    assert first("SEVERITY") == first("INSPECTOR_SCORE") == first("EPSS_SCORE") == "host"
    assert first("INSPECTOR_SCORE", "ASC") == "layered"
    assert first("AWS_ACCOUNT_ID") == "other"
    assert first("ECR_IMAGE_PUSHED_AT") == first("ECR_IMAGE_REPOSITORY_NAME") == "layered"
    assert first("NETWORK_PROTOCOL") == first("COMPONENT_TYPE") == "port"
    assert first("VULNERABILITY_ID") == "code"


def test_orders_are_those_of_the_model(admin: Any) -> None:
    assert set(admin.meta.service_model.shape_for("SortField").enum) == set(SORTS)


def test_a_token_is_of_its_list(admin: Any) -> None:
    token = admin.list_findings(maxResults=1)["nextToken"]
    assert len(admin.list_findings(nextToken=token)["findings"]) == len(EVERY) - 1
    for other in (
        {"filterCriteria": {"severity": [_is("LOW")]}},
        {"sortCriteria": {"field": "SEVERITY", "sortOrder": "ASC"}},
        {"nextToken": "nonsense"},
    ):
        with pytest.raises(ClientError, match="Pagination token exception") as failed:
            admin.list_findings(**{"nextToken": token, **other})
        assert failed.value.response["Error"]["Code"] == "ValidationException"


def test_details(admin: Any) -> None:
    arn, port = found.arn(found.HOST), found.arn(found.PORT)
    answer = admin.batch_get_finding_details(findingArns=[arn, port])
    assert answer["errors"] == []
    host, open_port = answer["findingDetails"]
    evidences = host.pop("evidences")
    added = host["cisaData"]["dateAdded"]
    assert host == {
        "findingArn": arn,
        "riskScore": 98,
        "cwes": ["CWE-79"],
        "referenceUrls": ["https://example.org/1"],
        "epssScore": 0.95,
        "ttps": [],
        "tools": [],
        "cisaData": {"dateAdded": added},
        "exploitObserved": {"firstSeen": added, "lastSeen": added},
    }
    assert f"{added:%Y-%m-%d}" == "2024-05-06"
    assert evidences[0] == {
        "evidenceRule": "osv: GHSA-1",
        "evidenceDetail": (
            "pkg:amazon-linux/bind@32:9.11.4-26.amzn2: 32:9.11.4-26.amzn2 is affected from 0 before 2.0"
        ),
        "severity": "CRITICAL",
    }
    assert [one["evidenceRule"] for one in open_port["evidences"]] == [
        "AWS::EC2::InternetGateway igw-1",
        "AWS::EC2::SecurityGroup sg-1 sgr-1",
    ]


def test_what_has_no_details(client: NewClient, admin: Any, store: SqlStore) -> None:
    missing = f"arn:aws:inspector2:{found.REGION}:{found.ACCOUNT}:finding/{'0' * 32}"
    wrong_account = found.arn(found.HOST).replace(found.ACCOUNT, found.MEMBER)
    elsewhere = f"arn:aws:inspector2:us-east-1:{found.ACCOUNT}:finding/{finding().id}"
    for call, key, word in (
        (admin.batch_get_finding_details, "findingDetails", "FINDING_DETAILS_NOT_FOUND"),
        (admin.batch_get_code_snippet, "codeSnippetResults", "CODE_SNIPPET_NOT_FOUND"),
    ):
        answer = call(findingArns=[missing, wrong_account, elsewhere, missing])
        assert answer[key] == []
        assert [(one["findingArn"], one["errorCode"]) for one in answer["errors"]] == [
            (arn, word) for arn in (missing, wrong_account, elsewhere)
        ]
    member = client(store, found.MEMBER, accounts=frozenset({found.MEMBER}), region=found.REGION)
    answer = member.batch_get_finding_details(findingArns=[found.arn(found.HOST)])
    assert answer["errors"][0]["errorCode"] == "ACCESS_DENIED"
    answer = admin.batch_get_code_snippet(findingArns=[found.arn(found.HOST)])
    assert answer["errors"][0]["errorCode"] == "CODE_SNIPPET_NOT_FOUND"


def test_a_token_of_another_list_of_the_store_is_refused(
    admin: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = admin.list_findings(maxResults=1)["nextToken"]
    monkeypatch.setattr("vedette.api.translate.findings_page.unseal", lambda *_: "other")
    with pytest.raises(ClientError, match="it is not one of this list"):
        admin.list_findings(nextToken=token)


def test_details_of_what_is_known_in_part() -> None:
    proofs = tuple(
        Proof(
            kind=MatchKind.EXACT_DIRECT,
            advisory=AdvisoryId("A-1"),
            feed="osv",
            compared="1.0",
            range=affected,
        )
        for affected in (None, Range(introduced="1", last_affected="2"))
    )
    due = msgspec.structs.replace(kev(), due_on=date(2024, 6, 1))
    steps = (Adjustment(metric="AV", reason="inside"),)
    one = finding(
        vulnerability(packages=(vulnerable(proofs=proofs),), kev=due),
        score=Score(
            value=1.0, vector=None, source=None, adjustments=steps, risk=1.0, risk_terms=steps
        ),
    )
    detail = finding_detail("arn", one)
    assert detail["cisaData"]["dateDue"] == datetime(2024, 6, 1, tzinfo=UTC)
    assert [(told["evidenceRule"], told["evidenceDetail"]) for told in detail["evidences"]] == [
        ("osv: A-1", "pkg:pypi/lib@1.0: 1.0 is affected"),
        ("osv: A-1", "pkg:pypi/lib@1.0: 1.0 is affected from 1 up to 2"),
        ("Inspector score: AV", "inside"),
        ("risk: AV", "inside"),
    ]
