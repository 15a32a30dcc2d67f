from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.api.clients import NOW, NewClient
from tests.api.operations import estate
from vedette.api.service_model import load_service
from vedette.api.translate.coverage import covered_resource, platform_of
from vedette.api.translate.coverage_filter import CRITERIA
from vedette.app.covered import Covered
from vedette.model.coverage import Coverage, ScanType
from vedette.model.resource import (
    Ec2Instance,
    InstanceState,
    LocalTarget,
    Resource,
    ResourceRef,
    ResourceType,
)
from vedette.store.store import SqlStore

INSTANCE, UNMANAGED = estate.INSTANCE.ref.id, estate.UNMANAGED.ref.id
IMAGE, FUNCTION = estate.IMAGE.ref.id, estate.FUNCTION.ref.id
ALL = {(INSTANCE, "PACKAGE"), (INSTANCE, "NETWORK"), (UNMANAGED, "PACKAGE")} | {
    (IMAGE, "PACKAGE"),
    (FUNCTION, "PACKAGE"),
}


@pytest.fixture
def admin(client: NewClient, store: SqlStore) -> Any:
    estate.settle(store)
    return client(store)


def _listed(caller: Any, **criteria: Any) -> set[tuple[str, str]]:
    answer = caller.list_coverage(filterCriteria=criteria)
    return {(one["resourceId"], one["scanType"]) for one in answer["coveredResources"]}


def test_rows_say_all_that_is_known(admin: Any) -> None:
    rows = admin.list_coverage()["coveredResources"]
    shared = {
        "accountId": estate.ADMIN,
        "provider": "AWS",
        "providerAccountId": estate.ADMIN,
        "providerRegion": "us-east-1",
        "providerPartition": "aws",
        "scanStatus": {"statusCode": "ACTIVE", "reason": "SUCCESSFUL"},
        "lastScannedAt": estate.EARLIER,
        "scanType": "PACKAGE",
    }
    instance = {
        **shared,
        "resourceType": "AWS_EC2_INSTANCE",
        "resourceId": INSTANCE,
        "resourceMetadata": {
            "ec2": {
                "tags": {"env": "prod", "team": "web"},
                "amiId": "ami-0a1b2c3d4e5f60718",
                "platform": "LINUX",
            }
        },
    }
    unmanaged = {
        **shared,
        "accountId": estate.MEMBER,
        "providerAccountId": estate.MEMBER,
        "resourceType": "AWS_EC2_INSTANCE",
        "resourceId": UNMANAGED,
        "scanStatus": {"statusCode": "INACTIVE", "reason": "UNMANAGED_EC2_INSTANCE"},
        "resourceMetadata": {"ec2": {"tags": {}, "platform": "WINDOWS"}},
    }
    del unmanaged["lastScannedAt"]
    assert rows == [
        {**instance, "scanType": "NETWORK"},
        {**instance, "scanMode": "EC2_SSM_AGENT_BASED"},
        {
            **shared,
            "resourceType": "AWS_ECR_CONTAINER_IMAGE",
            "resourceId": IMAGE,
            "resourceMetadata": {
                "ecrImage": {
                    "tags": ["1.0", "latest"],
                    "imagePulledAt": NOW,
                    "lastInUseAt": NOW,
                    "inUseCount": 3,
                }
            },
        },
        {
            **shared,
            "resourceType": "AWS_LAMBDA_FUNCTION",
            "resourceId": FUNCTION,
            "resourceMetadata": {
                "lambdaFunction": {
                    "functionTags": {"env": "test"},
                    "layers": ["arn:aws:lambda:us-east-1:111122223333:layer:deps:1"],
                    "functionName": "hook",
                    "runtime": "PYTHON_3_12",
                }
            },
        },
        unmanaged,
    ]


def _is(value: str) -> list[dict[str, str]]:
    return [{"comparison": "EQUALS", "value": value}]


def _not(*values: str) -> list[dict[str, str]]:
    return [{"comparison": "NOT_EQUALS", "value": value} for value in values]


def _tag(key: str, value: str | None = None) -> list[dict[str, str]]:
    return [{"comparison": "EQUALS", "key": key} | ({} if value is None else {"value": value})]


OF_IMAGE, OF_FUNCTION = {(IMAGE, "PACKAGE")}, {(FUNCTION, "PACKAGE")}
OF_INSTANCE = {(INSTANCE, "PACKAGE"), (INSTANCE, "NETWORK")}
OF_MEMBER = {(UNMANAGED, "PACKAGE")}
DAY = timedelta(days=1)
CASES: list[tuple[str, Any, set[tuple[str, str]]]] = [
    ("accountId", _is(estate.MEMBER), OF_MEMBER),
    ("accountId", _not(estate.ADMIN, "999999999999"), OF_MEMBER),
    ("accountId", _is(estate.MEMBER) + _is(estate.ADMIN) + _not(estate.ADMIN), OF_MEMBER),
    ("cloudContainerImageTags", _is("1.0"), OF_IMAGE),
    ("cloudContainerRegistryName", _is(estate.ADMIN), OF_IMAGE),
    ("cloudContainerRepositoryName", _is("team/app"), OF_IMAGE),
    ("cloudProvider", _is("AWS"), ALL),
    ("cloudProvider", _is("GCP"), set()),
    ("cloudProviderAccountId", _is(estate.MEMBER), OF_MEMBER),
    ("cloudProviderOrgId", _is("o-aaaaaaaaaa"), set()),
    ("cloudProviderOrgId", _not("o-aaaaaaaaaa"), ALL),
    ("cloudProviderRegion", _is("us-east-1"), ALL),
    ("cloudProviderRegion", _is("eu-west-1"), set()),
    ("cloudServerlessFunctionName", _is("hook"), OF_FUNCTION),
    ("cloudServerlessFunctionRuntime", _is("python3.12"), OF_FUNCTION),
    ("cloudServerlessFunctionTags", _tag("env"), OF_FUNCTION),
    ("cloudVmInstanceTags", _tag("env"), OF_INSTANCE),
    ("codeRepositoryProjectName", _is("x"), set()),
    ("codeRepositoryProviderType", _is("GITHUB"), set()),
    ("codeRepositoryProviderTypeVisibility", _is("PUBLIC"), set()),
    ("ec2InstanceTags", _tag("env", "prod"), OF_INSTANCE),
    ("ec2InstanceTags", _tag("env", "test"), set()),
    ("ec2InstanceTags", _tag("absent") + _tag("team"), OF_INSTANCE),
    ("ecrImageInUseCount", [{"lowerInclusive": 3, "upperInclusive": 3}], OF_IMAGE),
    ("ecrImageInUseCount", [{"lowerInclusive": 4}], set()),
    ("ecrImageLastInUseAt", [{"startInclusive": NOW}], OF_IMAGE),
    ("ecrImageLastInUseAt", [{"endInclusive": NOW - DAY}], set()),
    ("ecrImageTags", _is("latest"), OF_IMAGE),
    ("ecrImageTags", _not("latest"), ALL - OF_IMAGE),
    ("ecrRepositoryName", _is("team/app"), OF_IMAGE),
    ("ecrRepositoryName", _is("team"), set()),
    ("imagePulledAt", [{"startInclusive": NOW - DAY}], OF_IMAGE),
    ("imagePulledAt", [{"endInclusive": NOW - DAY}], set()),
    ("lambdaFunctionName", _is("hook"), OF_FUNCTION),
    ("lambdaFunctionRuntime", _is("PYTHON_3_12"), OF_FUNCTION),
    ("lambdaFunctionRuntime", _is("PYTHON_3_11"), set()),
    ("lambdaFunctionTags", _tag("env", "test"), OF_FUNCTION),
    ("lastScannedAt", [{"startInclusive": NOW - DAY, "endInclusive": NOW}], ALL - OF_MEMBER),
    ("lastScannedAt", [{"startInclusive": NOW}], set()),
    ("lastScannedCommitId", _is("a" * 40), set()),
    ("machineImageTags", _tag("env"), set()),
    ("resourceId", _is(FUNCTION), OF_FUNCTION),
    ("resourceType", _is("AWS_ECR_CONTAINER_IMAGE"), OF_IMAGE),
    ("scanMode", _is("EC2_SSM_AGENT_BASED"), {(INSTANCE, "PACKAGE")}),
    ("scanMode", _is("EC2_AGENTLESS"), set()),
    ("scanStatusCode", _is("INACTIVE"), OF_MEMBER),
    ("scanStatusReason", _is("UNMANAGED_EC2_INSTANCE"), OF_MEMBER),
    ("scanType", _is("NETWORK"), {(INSTANCE, "NETWORK")}),
    ("scanType", _is("CODE"), set()),
]


def test_every_criterion_includes_and_excludes(admin: Any) -> None:
    wrong = [
        (name, entries)
        for name, entries, wanted in CASES
        if _listed(admin, **{name: entries}) != wanted
    ]
    assert wrong == []
    members = load_service("inspector2").shapes["CoverageFilterCriteria"].members
    assert {name for name, _, _ in CASES} == {one.name for one in members} == CRITERIA


def test_criteria_are_joined_by_and(admin: Any) -> None:
    found = _listed(admin, resourceType=_is("AWS_EC2_INSTANCE"), scanType=_is("PACKAGE"))
    assert found == {(INSTANCE, "PACKAGE"), (UNMANAGED, "PACKAGE")}


def test_pages_are_the_whole(admin: Any) -> None:
    pages = admin.get_paginator("list_coverage").paginate(PaginationConfig={"PageSize": 2})
    found = list(pages.search("coveredResources[].[resourceId, scanType]"))
    assert len(found) == len(ALL)
    assert {(name, kind) for name, kind in found} == ALL
    token = admin.list_coverage(maxResults=1)["nextToken"]
    with pytest.raises(ClientError, match="filter parameters changed in the request"):
        admin.list_coverage(nextToken=token, filterCriteria={"resourceId": _is(IMAGE)})


def test_member_sees_its_own(admin: Any, client: NewClient, store: SqlStore) -> None:
    del admin
    member = client(store, estate.MEMBER, accounts=frozenset({estate.MEMBER}))
    assert _listed(member) == OF_MEMBER
    assert member.list_coverage_statistics()["totalCounts"] == 1


@pytest.mark.parametrize(
    ("group", "counts"),
    [
        (None, None),
        ("SCAN_STATUS_CODE", {"ACTIVE": 4, "INACTIVE": 1}),
        ("SCAN_STATUS_REASON", {"SUCCESSFUL": 4, "UNMANAGED_EC2_INSTANCE": 1}),
        ("ACCOUNT_ID", {estate.ADMIN: 4, estate.MEMBER: 1}),
        (
            "RESOURCE_TYPE",
            {"AWS_EC2_INSTANCE": 3, "AWS_ECR_CONTAINER_IMAGE": 1, "AWS_LAMBDA_FUNCTION": 1},
        ),
        ("ECR_REPOSITORY_NAME", {"team/app": 1}),
        ("PROVIDER", {"AWS": 5}),
        ("PROVIDER_ACCOUNT_ID", {estate.ADMIN: 4, estate.MEMBER: 1}),
        ("PROVIDER_REGION", {"us-east-1": 5}),
        ("PROVIDER_ORG_ID", None),
    ],
)
def test_statistics_by_every_key(
    admin: Any, group: str | None, counts: dict[str, int] | None
) -> None:
    answer = admin.list_coverage_statistics(**({"groupBy": group} if group else {}))
    assert answer["totalCounts"] == 5
    found = answer.get("countsByGroup")
    assert (found and {one["groupKey"]: one["count"] for one in found}) == counts


def test_statistics_have_pages_of_five(admin: Any, store: SqlStore) -> None:
    reasons = [
        "NO_INVENTORY",
        "STALE_INVENTORY",
        "ACCESS_DENIED",
        "INTERNAL_ERROR",
        "UNSUPPORTED_OS",
    ]
    store.save_coverage(
        [
            Coverage(
                resource=estate.ref(estate.INSTANCE.ref.type, f"i-0000000000000010{number}"),
                scan_type=ScanType.PACKAGE,
                active=False,
                reason=reason,
            )
            for number, reason in enumerate(reasons)
        ]
    )
    pages = admin.get_paginator("list_coverage_statistics").paginate(groupBy="SCAN_STATUS_REASON")
    found = list(pages.search("countsByGroup[].groupKey"))
    assert found == ["SUCCESSFUL", *sorted([*reasons, "UNMANAGED_EC2_INSTANCE"])]


@pytest.mark.parametrize(
    ("platform", "wanted"),
    [
        (None, "UNKNOWN"),
        ("Linux/UNIX", "LINUX"),
        ("Windows", "WINDOWS"),
        ("Microsoft Windows Server 2022", "WINDOWS"),
        ("macOS 14", "MACOS"),
    ],
)
def test_platform_is_one_of_inspectors(platform: str | None, wanted: str) -> None:
    facts = Ec2Instance(
        instance_type="t3.micro",
        image_id=None,
        state=InstanceState.RUNNING,
        launched_at=None,
        platform=platform,
    )
    assert platform_of(facts) == wanted


def test_what_is_not_of_aws_has_no_metadata() -> None:
    local = Resource(
        ref=ResourceRef(type=ResourceType.LOCAL, id="/srv/root"),
        facts=LocalTarget(kind="rootfs"),
    )
    told = covered_resource(Covered(coverage=estate.row(local), resource=local))
    assert (told["resourceId"], told["accountId"]) == ("/srv/root", "")
    assert "resourceMetadata" not in told
    unknown = covered_resource(Covered(coverage=estate.row(estate.IMAGE), resource=None))
    assert "resourceMetadata" not in unknown
