"""ListFindingAggregations: each of the 15 types with something that it counts, and something that its filters leave out."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from botocore.exceptions import ClientError

from tests.api.clients import NewClient
from tests.api.operations import found
from tests.findings.make import (
    FUNCTION,
    IMAGE,
    INSTANCE,
    NOW,
    finding,
    vulnerability,
    vulnerable,
)
from tests.matching.memory import package
from vedette.api.translate.aggregations import AGGREGATIONS
from vedette.findings.lifecycle import Change
from vedette.model.digest import digest_of
from vedette.model.finding import FindingStatus
from vedette.model.package import Location
from vedette.model.severity import Severity
from vedette.store.store import SqlStore

ONE = {
    "all": 1,
    "critical": 0,
    "high": 0,
    "medium": 0,
    "low": 0,
    "informational": 0,
    "untriaged": 0,
}
LOW = {**ONE, "low": 1}
CLOUD = {
    "cloudProvider": "AWS",
    "cloudAccountId": found.ACCOUNT,
    "cloudRegion": found.REGION,
    "cloudPartition": "aws",
}
NONE = [{"comparison": "EQUALS", "value": "nothing"}]


@pytest.fixture(scope="module")
def store(_migrated: bytes, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SqlStore]:
    """One for all: nothing here changes it."""
    path = tmp_path_factory.mktemp("aggregations") / "store.db"
    path.write_bytes(_migrated)
    with SqlStore.open(f"sqlite:///{path}") as opened:
        found.settle(opened)
        yield opened


@pytest.fixture(scope="module")
def admin(client: NewClient, store: SqlStore) -> Any:
    return client(store, region=found.REGION)


def _counted(caller: Any, kind: str, **asked: Any) -> list[dict[str, Any]]:
    member = AGGREGATIONS[kind].member
    answer = caller.list_finding_aggregations(
        aggregationType=kind, aggregationRequest={member: asked}
    )
    assert answer["aggregationType"] == kind
    return [one[member] for one in answer["responses"]]


def _is(value: str, comparison: str = "EQUALS") -> list[dict[str, str]]:
    return [{"comparison": comparison, "value": value}]


HOST_AND_PORT = {**ONE, "all": 2, "critical": 1, "medium": 1}
IMAGE_USE = {"inUseCount": 2, "lastInUseAt": NOW}
CASES: list[tuple[str, list[dict[str, Any]], list[tuple[dict[str, Any], int]]]] = [
    (
        "ACCOUNT",
        [
            {
                "accountId": found.ACCOUNT,
                "severityCounts": {**ONE, "all": 3, "critical": 1, "medium": 1, "low": 1},
                "exploitAvailableCount": 1,
                "fixAvailableCount": 1,
            }
        ],
        [
            ({"findingType": "NETWORK_REACHABILITY"}, 1),
            ({"findingType": "CODE_VULNERABILITY"}, 0),
            ({"resourceType": "AWS_ECR_CONTAINER_IMAGE"}, 1),
            ({"resourceType": "AWS_LAMBDA_FUNCTION"}, 0),
        ],
    ),
    (
        "FINDING_TYPE",
        [
            {
                "accountId": found.ACCOUNT,
                "severityCounts": {**ONE, "all": 3, "critical": 1, "medium": 1, "low": 1},
                "exploitAvailableCount": 1,
                "fixAvailableCount": 1,
                **CLOUD,
            }
        ],
        [
            ({"findingType": "PACKAGE_VULNERABILITY"}, 1),
            ({"resourceType": "CODE_REPOSITORY"}, 0),
        ],
    ),
    (
        "PACKAGE",
        [
            {
                "packageName": "bind",
                "accountId": found.ACCOUNT,
                "severityCounts": {**ONE, "critical": 1},
            },
            {"packageName": "web", "accountId": found.ACCOUNT, "severityCounts": LOW},
        ],
        [({"packageNames": _is("bin", "PREFIX")}, 1), ({"packageNames": NONE}, 0)],
    ),
    (
        "TITLE",
        [
            {
                "title": "CVE-2024-1111 - bind",
                "vulnerabilityId": "CVE-2024-1111",
                "accountId": found.ACCOUNT,
                "severityCounts": {**ONE, "critical": 1},
            },
            {
                "title": "CVE-2024-2222 - web",
                "vulnerabilityId": "CVE-2024-2222",
                "accountId": found.ACCOUNT,
                "severityCounts": LOW,
            },
            {
                "title": "Port 22 is reachable",
                "accountId": found.ACCOUNT,
                "severityCounts": {**ONE, "medium": 1},
            },
        ],
        [
            ({"titles": _is("CVE", "PREFIX")}, 2),
            ({"vulnerabilityIds": _is("CVE-2024-2222")}, 1),
            ({"vulnerabilityIds": _is("CVE-2024-2222", "NOT_EQUALS")}, 2),
            ({"resourceType": "AWS_EC2_INSTANCE"}, 2),
            ({"findingType": "NETWORK_REACHABILITY"}, 1),
            ({"titles": NONE}, 0),
        ],
    ),
    (
        "REPOSITORY",
        [
            {
                "repository": "app",
                "accountId": found.ACCOUNT,
                "affectedImages": 1,
                "severityCounts": LOW,
                **CLOUD,
            }
        ],
        [({"repositories": _is("app")}, 1), ({"repositories": NONE}, 0)],
    ),
    (
        "AMI",
        [
            {
                "ami": "ami-1",
                "accountId": found.ACCOUNT,
                "affectedInstances": 1,
                "scanSource": "INSTANCE_SCAN",
                "severityCounts": HOST_AND_PORT,
                **CLOUD,
            }
        ],
        [
            ({"amis": _is("ami-1")}, 1),
            ({"amis": NONE}, 0),
            ({"scanSources": ["INSTANCE_SCAN"]}, 1),
            ({"scanSources": ["MACHINE_IMAGE_SCAN"]}, 0),
        ],
    ),
    (
        "AWS_EC2_INSTANCE",
        [
            {
                "instanceId": INSTANCE.ref.id,
                "ami": "ami-1",
                "operatingSystem": "Linux/UNIX",
                "instanceTags": {"env": "prod"},
                "accountId": found.ACCOUNT,
                "networkFindings": 1,
                "severityCounts": HOST_AND_PORT,
            }
        ],
        [
            ({"amis": _is("ami-1")}, 1),
            ({"amis": NONE}, 0),
            ({"operatingSystems": _is("Linux", "PREFIX")}, 1),
            ({"operatingSystems": NONE}, 0),
            ({"instanceIds": _is(INSTANCE.ref.id)}, 1),
            ({"instanceIds": NONE}, 0),
            ({"instanceTags": [{"comparison": "EQUALS", "key": "env", "value": "prod"}]}, 1),
            ({"instanceTags": [{"comparison": "EQUALS", "key": "nothing"}]}, 0),
        ],
    ),
    (
        "AWS_ECR_CONTAINER",
        [
            {
                "resourceId": IMAGE.ref.id,
                "imageSha": digest_of(b"app"),
                "repository": "app",
                "architecture": "amd64",
                "imageTags": ["1.0", "latest"],
                "accountId": found.ACCOUNT,
                "severityCounts": LOW,
                **IMAGE_USE,
            }
        ],
        [
            ({"resourceIds": _is(IMAGE.ref.id)}, 1),
            ({"resourceIds": NONE}, 0),
            ({"imageShas": _is(digest_of(b"app"))}, 1),
            ({"imageShas": NONE}, 0),
            ({"repositories": _is("app")}, 1),
            ({"repositories": NONE}, 0),
            ({"architectures": _is("amd64")}, 1),
            ({"architectures": NONE}, 0),
            ({"imageTags": _is("latest")}, 1),
            ({"imageTags": NONE}, 0),
            ({"lastInUseAt": [{"startInclusive": NOW}]}, 1),
            ({"lastInUseAt": [{"startInclusive": NOW + timedelta(days=1)}]}, 0),
            ({"inUseCount": [{"lowerInclusive": 2}]}, 1),
            ({"inUseCount": [{"lowerInclusive": 3}]}, 0),
        ],
    ),
    (
        "IMAGE_LAYER",
        [
            {
                "repository": "app",
                "resourceId": IMAGE.ref.id,
                "layerHash": digest_of(b"l"),
                "accountId": found.ACCOUNT,
                "severityCounts": LOW,
                **CLOUD,
            }
        ],
        [
            ({"repositories": _is("app")}, 1),
            ({"repositories": NONE}, 0),
            ({"resourceIds": NONE}, 0),
            ({"layerHashes": _is(digest_of(b"l"))}, 1),
            ({"layerHashes": NONE}, 0),
            ({"cloudProviders": _is("AWS")}, 1),
            ({"cloudProviders": _is("AZURE")}, 0),
            ({"cloudAccountIds": _is(found.MEMBER)}, 0),
            ({"cloudOrgIds": _is("o-1")}, 0),
            ({"cloudRegions": _is("us-east-1")}, 0),
            ({"cloudPartitions": _is("aws")}, 1),
            ({"cloudPartitions": _is("aw", "PREFIX")}, 1),
            ({"cloudPartitions": _is("aws", "NOT_EQUALS")}, 0),
            ({"cloudPartitions": _is("aws-cn")}, 0),
        ],
    ),
    ("AWS_LAMBDA_FUNCTION", [], []),
    ("LAMBDA_LAYER", [], [({"functionNames": _is("hook")}, 0)]),
    ("CODE_REPOSITORY", [], [({"projectNames": _is("x")}, 0)]),
    (
        "VM_INSTANCE",
        [
            {
                "resourceId": INSTANCE.ref.id,
                "accountId": found.ACCOUNT,
                "vmImageReference": "ami-1",
                "operatingSystem": "Linux/UNIX",
                "tags": {"env": "prod"},
                "networkFindings": 1,
                "exploitAvailableActiveFindingsCount": 1,
                "fixAvailableActiveFindingsCount": 1,
                "severityCounts": HOST_AND_PORT,
                **CLOUD,
            }
        ],
        [
            ({"vmImageReferences": _is("ami-1")}, 1),
            ({"vmImageReferences": NONE}, 0),
            ({"resourceIds": NONE}, 0),
            ({"operatingSystems": NONE}, 0),
            ({"instanceTags": [{"comparison": "EQUALS", "key": "env"}]}, 1),
            ({"cloudProviders": _is("GCP")}, 0),
        ],
    ),
    (
        "CONTAINER_IMAGE",
        [
            {
                "resourceId": IMAGE.ref.id,
                "accountId": found.ACCOUNT,
                "imageDigest": digest_of(b"app"),
                "repository": "app",
                "registry": found.ACCOUNT,
                "architecture": "amd64",
                "imageTags": ["1.0", "latest"],
                "exploitAvailableActiveFindingsCount": 0,
                "fixAvailableActiveFindingsCount": 0,
                "severityCounts": LOW,
                **IMAGE_USE,
                **CLOUD,
            }
        ],
        [
            ({"imageDigests": NONE}, 0),
            ({"registries": _is(found.ACCOUNT)}, 1),
            ({"registries": NONE}, 0),
        ],
    ),
    ("SERVERLESS_FUNCTION", [], []),
]


@pytest.mark.parametrize(("kind", "expected", "filtered"), CASES)
def test_types(
    admin: Any,
    kind: str,
    expected: list[dict[str, Any]],
    filtered: list[tuple[dict[str, Any], int]],
) -> None:
    shown = _counted(admin, kind)
    assert shown == expected
    for asked, count in filtered:
        assert (asked, len(_counted(admin, kind, **asked))) == (asked, count)


def test_every_type_of_the_model_is_tested(admin: Any) -> None:
    types = set(admin.meta.service_model.shape_for("AggregationType").enum)
    assert types == set(AGGREGATIONS) == {kind for kind, _, _ in CASES}
    members = set(admin.meta.service_model.shape_for("AggregationRequest").members)
    assert members == {one.member for one in AGGREGATIONS.values()}


def test_functions(client: NewClient, admin: Any, tmp_path: Path) -> None:
    """The function's finding is suppressed: here it is not."""
    free = msgspec.structs.replace(found.CODE, status=FindingStatus.ACTIVE)
    with SqlStore.open(f"sqlite:///{tmp_path}/store.db") as other:
        other.save_resources([FUNCTION], looked_in=(), now=NOW)
        other.apply([Change(before=None, after=free)])
        caller = client(other, region=found.REGION)
        high = {**ONE, "high": 1}
        (shown,) = _counted(caller, "AWS_LAMBDA_FUNCTION")
        assert shown == {
            "resourceId": FUNCTION.ref.id,
            "functionName": "hook",
            "runtime": "PYTHON_3_11",
            "lambdaTags": {},
            "lastModifiedAt": NOW,
            "accountId": found.ACCOUNT,
            "severityCounts": high,
        }
        (shown,) = _counted(caller, "SERVERLESS_FUNCTION")
        assert shown == {
            "resourceId": FUNCTION.ref.id,
            "functionName": "hook",
            "runtime": "python3.11",
            "tags": {},
            "lastModifiedAt": NOW,
            "accountId": found.ACCOUNT,
            "exploitAvailableActiveFindingsCount": 0,
            "fixAvailableActiveFindingsCount": 1,
            "severityCounts": high,
            **CLOUD,
        }
        for kind in ("AWS_LAMBDA_FUNCTION", "SERVERLESS_FUNCTION"):
            for asked, count in [
                ({"runtimes": _is("PYTHON", "PREFIX")}, 1),
                ({"runtimes": NONE}, 0),
                ({"functionNames": _is("hook")}, 1),
                ({"functionNames": NONE}, 0),
                ({"resourceIds": NONE}, 0),
                ({"functionTags": [{"comparison": "EQUALS", "key": "x"}]}, 0),
            ]:
                assert len(_counted(caller, kind, **asked)) == count
    assert _counted(admin, "AWS_LAMBDA_FUNCTION") == []


def test_layers_of_functions(client: NewClient, tmp_path: Path) -> None:
    """A function of two layers: one has two flaws, one has one of them too, and one flaw is in the code."""
    digests = (digest_of(b"one"), digest_of(b"two"))
    arns = (found.LAYER, f"{found.LAYER}2")
    facts = msgspec.structs.replace(FUNCTION.facts, layers=arns, layer_digests=digests)
    flaws = [
        ("CVE-1", Severity.CRITICAL, digests),
        ("CVE-2", Severity.HIGH, digests[:1]),
        ("CVE-3", Severity.HIGH, (digest_of(b"code"), None)),
    ]
    several = [
        finding(
            vulnerability(
                id=name,
                packages=(
                    vulnerable(
                        package(
                            "PyPI",
                            "lib",
                            "1",
                            locations=tuple(Location(path="opt/lib", layer=one) for one in there),
                        )
                    ),
                ),
            ),
            resource=FUNCTION,
            severity=severity,
        )
        for name, severity, there in flaws
    ]
    with SqlStore.open(f"sqlite:///{tmp_path}/store.db") as other:
        other.save_resources(
            [msgspec.structs.replace(FUNCTION, facts=facts)], looked_in=(), now=NOW
        )
        other.apply([Change(before=None, after=one) for one in several])
        caller = client(other, region=found.REGION)
        owner = {
            "functionName": "hook",
            "resourceId": FUNCTION.ref.id,
            "accountId": found.ACCOUNT,
        }
        first, second = (
            {
                **owner,
                "layerArn": arns[0],
                "severityCounts": {**ONE, "all": 2, "critical": 1, "high": 1},
            },
            {**owner, "layerArn": arns[1], "severityCounts": {**ONE, "critical": 1}},
        )
        assert _counted(caller, "LAMBDA_LAYER") == [first, second]
        for by in ("ALL", "HIGH"):
            for order, expected in (("ASC", [second, first]), ("DESC", [first, second])):
                asked = {"sortBy": by, "sortOrder": order}
                assert _counted(caller, "LAMBDA_LAYER", **asked) == expected
        assert _counted(caller, "LAMBDA_LAYER", layerArns=_is(arns[1])) == [second]
        assert _counted(caller, "LAMBDA_LAYER", layerArns=_is("arn:", "PREFIX")) == [first, second]
        pages = caller.get_paginator("list_finding_aggregations").paginate(
            aggregationType="LAMBDA_LAYER", PaginationConfig={"PageSize": 1}
        )
        assert [len(page["responses"]) for page in pages] == [1, 1]


def test_orders_and_pages(admin: Any) -> None:
    def titles(sort_by: str, order: str) -> list[str]:
        shown = _counted(admin, "TITLE", sortBy=sort_by, sortOrder=order)
        return [one["title"] for one in shown]

    assert titles("CRITICAL", "DESC")[0] == titles("CRITICAL", "ASC")[-1] == "CVE-2024-1111 - bind"
    assert titles("ALL", "ASC") == sorted(titles("ALL", "DESC"))
    assert len(_counted(admin, "AMI", sortBy="AFFECTED_INSTANCES", sortOrder="DESC")) == 1
    assert len(_counted(admin, "AWS_EC2_INSTANCE", sortBy="NETWORK_FINDINGS")) == 1
    pages = admin.get_paginator("list_finding_aggregations").paginate(
        aggregationType="TITLE", PaginationConfig={"PageSize": 2}
    )
    sizes = [len(page["responses"]) for page in pages]
    assert sizes == [2, 1]
    token = admin.list_finding_aggregations(aggregationType="TITLE", maxResults=1)["nextToken"]
    with pytest.raises(ClientError, match="Pagination token exception"):
        admin.list_finding_aggregations(aggregationType="PACKAGE", nextToken=token)


def test_only_what_the_caller_may_see_is_counted(
    client: NewClient, store: SqlStore, admin: Any
) -> None:
    member = client(store, found.MEMBER, accounts=frozenset({found.MEMBER}), region=found.REGION)
    for kind in AGGREGATIONS:
        assert _counted(member, kind) == []
    for value, count in ((found.ACCOUNT, 1), (found.MEMBER, 0)):
        answer = admin.list_finding_aggregations(aggregationType="ACCOUNT", accountIds=_is(value))
        assert len(answer["responses"]) == count


def test_a_request_of_another_type_is_refused(admin: Any) -> None:
    with pytest.raises(ClientError, match="of another type"):
        admin.list_finding_aggregations(
            aggregationType="ACCOUNT", aggregationRequest={"amiAggregation": {}}
        )
