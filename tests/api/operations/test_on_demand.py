from datetime import timedelta
from typing import Any

import msgspec
import pytest
from botocore.exceptions import ClientError

from tests.api.clients import NOW, NewClient
from tests.api.operations import estate
from vedette.app import on_demand
from vedette.app.on_demand import resources_of
from vedette.model.resource import Resource
from vedette.store.store import SqlStore

AMI = "ami-0a1b2c3d4e5f60718"
OF: dict[str, str] = {"resourceId": estate.INSTANCE.ref.id, "resourceType": "AMI"}


@pytest.fixture
def ready(store: SqlStore) -> SqlStore:
    estate.settle(store)
    return store


def _scanned(store: SqlStore, resource: Resource, *, reason: str = "SUCCESSFUL") -> None:
    row = estate.row(resource, reason=reason, active=reason == "SUCCESSFUL")
    at = NOW + timedelta(minutes=5) if row.active else None
    store.save_coverage([msgspec.structs.replace(row, last_scanned_at=at)])


def _code(refused: pytest.ExceptionInfo[ClientError]) -> str:
    response: Any = refused.value.response
    return str(response["Error"]["Code"])


def test_instances_of_a_machine_image_are_meant(
    ready: SqlStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def meant(account: str | None, region: str = "us-east-1") -> list[str]:
        return [ref.id for ref in resources_of(ready, AMI, account=account, region=region)]

    assert meant(None) == meant(estate.ADMIN) == [estate.INSTANCE.ref.id]
    monkeypatch.setattr(on_demand, "_MOST", 1)
    ready.save_resources(
        [msgspec.structs.replace(estate.UNMANAGED, facts=estate.INSTANCE.facts)],
        looked_in=(),
        now=NOW,
    )
    assert meant(None) == [estate.INSTANCE.ref.id]
    assert meant(estate.MEMBER) == [estate.UNMANAGED.ref.id]
    assert meant("999999999999") == meant(None, "eu-west-1") == []


def test_a_resource_is_looked_at_again(client: NewClient, ready: SqlStore) -> None:
    asked: list[tuple[str, ...]] = []
    caller = client(ready, look_now=asked.append)
    started = caller.start_on_demand_scan(**OF, clientToken="one")
    assert started["ResponseMetadata"]["HTTPStatusCode"] == 202
    scan = started["scanId"]
    assert caller.start_on_demand_scan(**OF, clientToken="one")["scanId"] == scan
    assert asked == [(estate.INSTANCE.ref.id,)] * 2
    with pytest.raises(ClientError):
        caller.get_on_demand_scan_status(**OF, scanId="0")
    with pytest.raises(ClientError) as refused:
        caller.start_on_demand_scan(**OF, clientToken="two")
    assert _code(refused) == "ConflictException"
    running = caller.get_on_demand_scan_status(**OF, scanId=scan)
    assert running["scanStatus"] == "IN_PROGRESS"
    assert "completedAt" not in running
    _scanned(ready, estate.INSTANCE)
    later = client(ready, now=NOW + timedelta(hours=1))
    done = later.get_on_demand_scan_status(**OF, scanId=scan)
    assert {name: done[name] for name in ("scanStatus", "startedAt", "completedAt")} == {
        "scanStatus": "SUCCESSFUL",
        "startedAt": NOW,
        "completedAt": NOW + timedelta(minutes=5),
    }
    _scanned(ready, estate.INSTANCE, reason="NO_INVENTORY")
    assert later.get_on_demand_scan_status(**OF, scanId=scan)["scanStatus"] == "SUCCESSFUL"
    second = later.start_on_demand_scan(**OF, clientToken="two")["scanId"]
    pages = later.get_paginator("list_on_demand_scans")
    listed = pages.paginate(**OF, PaginationConfig={"PageSize": 1}).search("items[].scanId")
    assert list(listed) == [second, scan]


@pytest.mark.parametrize(
    ("reason", "wanted"),
    [
        ("ACCESS_DENIED", "ACCESS_DENIED"),
        ("NO_INVENTORY", "INTERNAL_ERROR"),
        ("RESOURCE_TERMINATED", "RESOURCE_TERMINATED"),
        ("AGENTLESS_INSTANCE_STORAGE_LIMIT_EXCEEDED", "STORAGE_LIMIT_EXCEEDED"),
    ],
)
def test_what_could_not_be_read_has_failed(
    client: NewClient, ready: SqlStore, reason: str, wanted: str
) -> None:
    caller = client(ready)
    scan = caller.start_on_demand_scan(**OF)["scanId"]
    _scanned(ready, estate.IMAGE)
    _scanned(ready, estate.INSTANCE, reason=reason)
    done = caller.get_on_demand_scan_status(**OF, scanId=scan)
    assert (done["scanStatus"], done["scanStatusReason"]) == ("FAILED", wanted)


def test_scan_without_a_pass_fails_after_a_day_and_is_forgotten_after_thirty(
    client: NewClient, ready: SqlStore
) -> None:
    scan = client(ready).start_on_demand_scan(**OF)["scanId"]
    late = client(ready, now=NOW + timedelta(hours=25))
    done = late.get_on_demand_scan_status(**OF, scanId=scan)
    assert (done["scanStatus"], done["scanStatusReason"]) == ("FAILED", "INTERNAL_ERROR")
    assert done["completedAt"] == NOW + timedelta(hours=24)
    much_later = client(ready, now=NOW + timedelta(days=31))
    assert much_later.list_on_demand_scans(**OF)["items"] == []
    with pytest.raises(ClientError) as refused:
        much_later.get_on_demand_scan_status(**OF, scanId=scan)
    assert _code(refused) == "ResourceNotFoundException"


def test_resources_of_others_are_not_known(client: NewClient, ready: SqlStore) -> None:
    image = {"resourceId": estate.IMAGE.ref.id, "resourceType": "AMI"}
    assert client(ready).start_on_demand_scan(**image)["scanId"]
    member = client(ready, estate.MEMBER, accounts=frozenset({estate.MEMBER}))
    for asked in (image, {**OF, "resourceId": "i-00000000000000000"}):
        with pytest.raises(ClientError, match="knows no resource") as refused:
            member.start_on_demand_scan(**asked)
        assert _code(refused) == "ValidationException"


def test_the_three_operations_take_machine_images(client: NewClient, ready: SqlStore) -> None:
    asked: list[tuple[str, ...]] = []
    caller = client(ready, look_now=asked.append)
    of = {"resourceId": AMI, "resourceType": "AMI"}
    scan = caller.start_on_demand_scan(**of)["scanId"]
    assert asked == [(estate.INSTANCE.ref.id,)]
    told = caller.get_on_demand_scan_status(**of, scanId=scan)
    assert (told["resourceId"], told["scanStatus"]) == (AMI, "IN_PROGRESS")
    assert [one["scanId"] for one in caller.list_on_demand_scans(**of)["items"]] == [scan]
    for wrong in ("ami-0A1b2c3d4e5f60718", "ami-0a1b2c3d4", "ami-0a1b2c"):
        with pytest.raises(ClientError, match="regular expression") as refused:
            caller.start_on_demand_scan(**of | {"resourceId": wrong})
        assert _code(refused) == "ValidationException"
