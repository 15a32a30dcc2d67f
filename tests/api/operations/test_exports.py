"""Reports on findings and SBOMs, to S3."""

import csv
import io
import json
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest

from tests.api.clients import NOW
from tests.api.operations import estate
from tests.api.operations.asking import ADMIN, Refused, ask
from tests.findings.make import finding, vulnerability
from vedette.api.call import Caller, Role, Services, Work
from vedette.api.service_model import load_service
from vedette.api.translate.resource_filter import CRITERIA
from vedette.errors import ServiceError, StoreError
from vedette.findings.lifecycle import Change
from vedette.model.finding import FindingStatus
from vedette.model.inventory import Inventory
from vedette.store.store import SqlStore

KEY = "arn:aws:kms:us-east-1:111122223333:key/0a1b2c3d-1111-4222-8333-444455556666"
TO = {"bucketName": "reports", "keyPrefix": "daily/", "kmsKeyArn": KEY}
MEMBER = Caller(
    access_key="x", account=estate.MEMBER, role=Role.ADMIN, accounts=frozenset({estate.MEMBER})
)


class Bucket:
    """S3, in memory."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.asked: list[Mapping[str, Any]] = []
        self.refusal: str | None = None

    def call(
        self, service: str, operation: str, region: str | None = None, **arguments: Any
    ) -> Mapping[str, Any]:
        assert (service, operation, region) == ("s3", "put_object", "us-east-1")
        if self.refusal is not None:
            raise ServiceError("no", service=service, operation=operation, code=self.refusal)
        self.objects[arguments["Key"]] = arguments["Body"]
        self.asked.append({k: v for k, v in arguments.items() if k not in {"Body", "Key"}})
        return {}


class Later:
    """Work that is done when the test says so."""

    def __init__(self) -> None:
        self.works: list[Work] = []

    def __call__(self, work: Work) -> None:
        self.works.append(work)

    def run(self, now: datetime = NOW) -> None:
        while self.works:
            self.works.pop(0)(lambda: now)


@pytest.fixture
def bucket() -> Bucket:
    return Bucket()


@pytest.fixture
def later() -> Later:
    return Later()


@pytest.fixture
def services(store: SqlStore, bucket: Bucket, later: Later) -> Services:
    estate.settle(store)
    found = [
        finding(vulnerability(id="CVE-2024-0001"), resource=estate.INSTANCE),
        finding(vulnerability(id="CVE-2024-0002"), resource=estate.UNMANAGED),
        finding(vulnerability(id="CVE-2024-0003"), resource=estate.ELSEWHERE),
        finding(
            vulnerability(id="CVE-2024-0004"),
            resource=estate.INSTANCE,
            status=FindingStatus.CLOSED,
        ),
    ]
    store.apply([Change(before=None, after=one) for one in found])
    return Services(store=store, later=later, objects=bucket)


def _create(services: Services, request_id: str = "one", **asked: Any) -> str:
    wanted = {"reportFormat": "CSV", "s3Destination": TO, **asked}
    answer = ask(services, "CreateFindingsReport", wanted, request_id=request_id)
    return str(answer["reportId"])


def _status(services: Services, identity: str | None = None, **more: Any) -> dict[str, Any]:
    asked = {} if identity is None else {"reportId": identity}
    return ask(services, "GetFindingsReportStatus", asked, **more)


def test_report_goes_to_the_bucket(services: Services, bucket: Bucket, later: Later) -> None:
    identity = _create(services)
    told = {
        "reportId": identity,
        "destination": {**TO, "keyPrefix": "daily", "expectedBucketOwner": ADMIN.account},
    }
    assert _status(services) == {**told, "status": "IN_PROGRESS"}
    later.run()
    assert _status(services, identity) == {**told, "status": "SUCCEEDED"}
    assert list(bucket.objects) == [f"daily/{identity}.csv"]
    assert bucket.asked == [
        {
            "Bucket": "reports",
            "ExpectedBucketOwner": ADMIN.account,
            "ContentType": "text/csv; charset=utf-8; header=present",
            "ServerSideEncryption": "aws:kms",
            "SSEKMSKeyId": KEY,
        }
    ]
    rows = list(csv.DictReader(io.StringIO(bucket.objects[f"daily/{identity}.csv"].decode())))
    # of this Region, active
    assert {row["Vulnerability Id"] for row in rows} == {"CVE-2024-0001", "CVE-2024-0002"}


def test_report_has_what_was_asked_for_and_seen(
    services: Services, bucket: Bucket, later: Later
) -> None:
    closed = {"findingStatus": [{"comparison": "EQUALS", "value": "CLOSED"}]}
    identity = _create(services, reportFormat="JSON", filterCriteria=closed)
    later.run()
    (document,) = bucket.objects.values()
    (found,) = json.loads(document)["findings"]
    assert found["packageVulnerabilityDetails"]["vulnerabilityId"] == "CVE-2024-0004"
    assert _status(services, identity)["filterCriteria"] == closed
    bucket.objects.clear()
    asked = {"reportFormat": "JSON", "s3Destination": TO}
    ask(services, "CreateFindingsReport", asked, caller=MEMBER)
    later.run()
    (document,) = bucket.objects.values()
    assert [one["awsAccountId"] for one in json.loads(document)["findings"]] == [estate.MEMBER]


def test_report_that_is_cancelled_at_the_end_stays_cancelled(
    services: Services, later: Later, monkeypatch: pytest.MonkeyPatch
) -> None:
    identity = _create(services)
    assert services.objects is not None
    write = services.objects.call

    def cancel(*arguments: Any, **more: Any) -> Mapping[str, Any]:
        ask(services, "CancelFindingsReport", {"reportId": identity})
        return write(*arguments, **more)

    monkeypatch.setattr(services.objects, "call", cancel)
    later.run()
    assert _status(services, identity)["status"] == "CANCELLED"


def test_times_that_were_asked_for_are_told(services: Services, later: Later) -> None:
    since = {"firstObservedAt": [{"startInclusive": NOW.timestamp() + 0.5}]}
    identity = _create(services, filterCriteria=since)
    later.run()
    told = _status(services, identity)
    assert (told["filterCriteria"], told["errorCode"]) == (since, "NO_FINDINGS_FOUND")


def test_one_report_at_a_time(services: Services, bucket: Bucket, later: Later) -> None:
    first = _create(services)
    with pytest.raises(Refused, match="Cannot have multiple reports in-progress") as refused:
        _create(services, "two")
    assert refused.value.code == "ValidationException"
    assert _status(services)["reportId"] == first
    assert ask(services, "CancelFindingsReport", {"reportId": first}) == {"reportId": first}
    assert _status(services)["status"] == "CANCELLED"
    later.run()
    assert (bucket.objects, _status(services)["status"]) == ({}, "CANCELLED")
    with pytest.raises(Refused, match="is not in progress"):
        ask(services, "CancelFindingsReport", {"reportId": first})
    second = _create(services, "two")
    later.run()
    assert _status(services, second)["status"] == "SUCCEEDED"


@pytest.mark.parametrize(
    ("code", "wanted"),
    [
        ("NoSuchBucket", "BUCKET_NOT_FOUND"),
        ("AccessDenied", "INVALID_PERMISSIONS"),
        ("PermanentRedirect", "INCOMPATIBLE_BUCKET_REGION"),
        ("KMS.NotFoundException", "MALFORMED_KMS_KEY"),
        ("SlowDown", "INTERNAL_ERROR"),
    ],
)
def test_what_s3_refuses_is_told(
    services: Services, bucket: Bucket, later: Later, code: str, wanted: str
) -> None:
    bucket.refusal = code
    identity = _create(services)
    later.run()
    told = _status(services, identity)
    assert (told["status"], told["errorCode"]) == ("FAILED", wanted)
    assert code in told["errorMessage"]


def test_no_findings_make_no_report(services: Services, bucket: Bucket, later: Later) -> None:
    none = {"title": [{"comparison": "EQUALS", "value": "nothing"}]}
    identity = _create(services, filterCriteria=none)
    later.run()
    assert _status(services, identity)["errorCode"] == "NO_FINDINGS_FOUND"
    assert bucket.objects == {}


def test_report_that_nobody_writes_any_more_has_failed(services: Services, later: Later) -> None:
    first = _create(services)
    later.works.clear()  # the server was restarted
    after = NOW + timedelta(minutes=11)
    told = _status(services, first, now=after)
    assert (told["status"], told["errorCode"]) == ("FAILED", "INTERNAL_ERROR")
    asked = {"reportFormat": "CSV", "s3Destination": TO}
    assert ask(services, "CreateFindingsReport", asked, now=after, request_id="two")["reportId"]


def test_reports_are_forgotten_after_thirty_days(services: Services, later: Later) -> None:
    first = _create(services)
    later.run()
    after = NOW + timedelta(days=31)
    asked = {"reportFormat": "CSV", "s3Destination": TO}
    ask(services, "CreateFindingsReport", asked, now=after, request_id="two")
    with pytest.raises(Refused, match="There is no report"):
        _status(services, first, now=after)


def test_what_fails_in_the_store_fails_the_report(
    services: Services, bucket: Bucket, later: Later, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_arguments: object, **_more: object) -> None:
        raise StoreError("the disk is full")

    identity = _create(services)
    monkeypatch.setattr(services.store, "list", fail)
    later.run()
    told = _status(services, identity)
    assert (told["status"], told["errorMessage"]) == ("FAILED", "the disk is full")
    assert bucket.objects == {}


def test_report_that_takes_too_long_fails(services: Services, later: Later) -> None:
    identity = _create(services)
    later.run(NOW + timedelta(hours=13))
    told = _status(services, identity, now=NOW + timedelta(hours=13))
    assert (told["status"], told["errorMessage"]) == ("FAILED", "it was not done within 12 hours")


def _with(**destination: str) -> dict[str, Any]:
    return {"s3Destination": {**TO, **destination}}


@pytest.mark.parametrize(
    "asked",
    [
        _with(bucketName="No_Bucket"),
        _with(keyPrefix="../elsewhere"),
        _with(keyPrefix="a//b"),
        _with(keyPrefix="a\nb"),
        _with(kmsKeyArn="a key"),
    ],
)
def test_places_that_are_none_are_refused(services: Services, asked: dict[str, Any]) -> None:
    with pytest.raises(Refused) as refused:
        _create(services, **asked)
    assert refused.value.code == "ValidationException"


def test_buckets_of_others_and_servers_without_s3(services: Services) -> None:
    asked = {"reportFormat": "CSV", **_with(expectedBucketOwner=ADMIN.account)}
    with pytest.raises(Refused, match="is not an account of yours") as refused:
        ask(services, "CreateFindingsReport", asked, caller=MEMBER)
    assert refused.value.code == "AccessDeniedException"
    with pytest.raises(Refused, match="without access to S3"):
        _create(msgspec.structs.replace(services, objects=None))


def test_reports_of_others_are_not_there(services: Services) -> None:
    identity = _create(services)
    absent: list[Callable[[], object]] = [
        lambda: _status(services, identity, caller=MEMBER),
        lambda: _status(services, caller=MEMBER),
        lambda: ask(services, "GetSbomExport", {"reportId": identity}),
        lambda: ask(services, "CancelSbomExport", {"reportId": identity}),
    ]
    for call in absent:
        with pytest.raises(Refused) as refused:
            call()
        assert refused.value.code == "ResourceNotFoundException"


def _sboms(services: Services, later: Later, request_id: str = "one", **asked: Any) -> str:
    wanted = {"reportFormat": "CYCLONEDX_1_4", "s3Destination": TO, **asked}
    answer = ask(services, "CreateSbomExport", wanted, request_id=request_id)
    later.run()
    return str(answer["reportId"])


def _inventories(services: Services) -> None:
    for resource in (estate.INSTANCE, estate.IMAGE, estate.UNMANAGED, estate.ELSEWHERE):
        inventory = Inventory(resource=resource.ref, distro=None, packages=())
        services.store.save_inventory("x", inventory, now=NOW)


def test_an_sbom_for_each_resource(services: Services, bucket: Bucket, later: Later) -> None:
    _inventories(services)
    of_image = {"resourceType": [{"comparison": "EQUALS", "value": "AWS_ECR_CONTAINER_IMAGE"}]}
    identity = _sboms(services, later, resourceFilterCriteria=of_image)
    assert ask(services, "GetSbomExport", {"reportId": identity}) == {
        "reportId": identity,
        "format": "CYCLONEDX_1_4",
        "status": "SUCCEEDED",
        "filterCriteria": of_image,
        "s3Destination": {**TO, "keyPrefix": "daily", "expectedBucketOwner": ADMIN.account},
    }
    ((key, document),) = bucket.objects.items()
    assert key.startswith(f"daily/CYCLONEDX_1_4_outputs_{identity}/account={estate.ADMIN}/")
    assert json.loads(document)["bomFormat"] == "CycloneDX"
    bucket.objects.clear()
    _sboms(services, later, "two", reportFormat="SPDX_2_3")
    assert len(bucket.objects) == 3  # of this Region, with an inventory


@pytest.mark.parametrize(
    ("name", "entries", "count"),
    [
        ("accountId", [("EQUALS", estate.MEMBER)], 1),
        ("cloudContainerImageTags", [("EQUALS", "latest")], 1),
        ("cloudContainerRegistryName", [("EQUALS", estate.ADMIN)], 1),
        ("cloudContainerRepositoryName", [("EQUALS", "team/app")], 1),
        ("cloudProvider", [("EQUALS", "AWS")], 3),
        ("cloudProviderAccountId", [("NOT_EQUALS", estate.MEMBER)], 2),
        ("cloudProviderOrgId", [("EQUALS", "o-aaaaaaaaaa")], 0),
        ("cloudProviderRegion", [("EQUALS", "us-east-1")], 3),
        ("cloudServerlessFunctionName", [("EQUALS", "hook")], 0),
        ("cloudServerlessFunctionRuntime", [("NOT_EQUALS", "python3.12")], 3),
        ("ecrImageTags", [("EQUALS", "1.0")], 1),
        ("ecrRepositoryName", [("EQUALS", "team")], 0),
        ("lambdaFunctionName", [("NOT_EQUALS", "hook")], 3),
        ("resourceId", [("EQUALS", estate.INSTANCE.ref.id)], 1),
        ("resourceType", [("EQUALS", "AWS_EC2_INSTANCE")], 2),
    ],
)
def test_every_criterion_of_sboms(
    services: Services,
    bucket: Bucket,
    later: Later,
    name: str,
    entries: list[tuple[str, str]],
    count: int,
) -> None:
    _inventories(services)
    asked = [{"comparison": how, "value": value} for how, value in entries]
    identity = _sboms(services, later, resourceFilterCriteria={name: asked})
    assert len(bucket.objects) == count
    told = ask(services, "GetSbomExport", {"reportId": identity})
    assert told.get("errorCode") == (None if count else "NO_FINDINGS_FOUND")


@pytest.mark.parametrize(
    ("name", "value", "count"),
    [
        ("ec2InstanceTags", "prod", 1),
        ("cloudVmInstanceTags", "test", 0),
        ("lambdaFunctionTags", "prod", 0),
        ("cloudServerlessFunctionTags", "test", 0),
    ],
)
def test_tags_of_sboms(
    services: Services, bucket: Bucket, later: Later, name: str, value: str, count: int
) -> None:
    _inventories(services)
    asked = [{"comparison": "EQUALS", "key": "env", "value": value}]
    _sboms(services, later, resourceFilterCriteria={name: asked})
    assert len(bucket.objects) == count


def test_no_criterion_is_missing() -> None:
    members = load_service("inspector2").shapes["ResourceFilterCriteria"].members
    assert {one.name for one in members} == CRITERIA


def test_export_that_was_cancelled_can_be_begun_again(services: Services, later: Later) -> None:
    asked = {"reportFormat": "SPDX_2_3", "s3Destination": TO}
    identity = ask(services, "CreateSbomExport", asked)["reportId"]
    ask(services, "CancelSbomExport", {"reportId": identity})
    later.run()
    assert ask(services, "GetSbomExport", {"reportId": identity})["status"] == "CANCELLED"
