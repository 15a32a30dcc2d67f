"""Reports and SBOMs out of a real store."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from tests.findings.make import (
    FUNCTION,
    IMAGE,
    INSTANCE,
    LOCAL,
    NOW,
    finding,
    rating,
    vulnerability,
    vulnerable,
)
from tests.integrations.samples import V4
from tests.matching.memory import package
from vedette.app.export import (
    NoSbom,
    Sbom,
    SbomKind,
    entries,
    export_findings,
    export_sboms,
    sbom_key,
)
from vedette.clients.s3 import object_place
from vedette.findings.lifecycle import Change
from vedette.integrations import REPORTS
from vedette.integrations._base import Occasion
from vedette.model.arn import AccountId
from vedette.model.filter import Text, TextField, TextOperator, TextTest
from vedette.model.finding import Finding, FindingStatus, Score
from vedette.model.inventory import Inventory
from vedette.model.resource import Resource, ResourceRef, ResourceType
from vedette.store.store import SqlStore

REPORT_ID = "75fe89e2-aad1-4a7e-8240-44d70e687eeb"
_BY_NAME = {report.name: report for report in REPORTS}
_OCCASION = Occasion(at=NOW, subject="all accounts")
_ACTIVE = Text(field=TextField.STATUS, test=TextTest(operator=TextOperator.EQUALS, value="ACTIVE"))
_LIB = package("PyPI", "lib", "1.0")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqlStore]:
    with SqlStore.open(f"sqlite:///{tmp_path / 'store.db'}") as opened:
        opened.save_resources([INSTANCE, IMAGE, FUNCTION], looked_in=(), now=NOW)
        yield opened


def _apply(store: SqlStore, *findings: Finding) -> None:
    store.apply(Change(before=None, after=one) for one in findings)


def _numbered(count: int, resource: Resource = INSTANCE) -> list[Finding]:
    return [
        finding(
            vulnerability(id=f"CVE-2024-{number:04}"),
            resource=resource,
            score=Score(value=None, vector=None, source=None, risk=float(number % 100)),
        )
        for number in range(count)
    ]


def test_every_finding_comes_once_with_its_resource(store: SqlStore) -> None:
    known = [*_numbered(700), *_numbered(400, IMAGE)]
    _apply(store, *known)
    found = list(entries(store, None))
    assert sorted(one.finding.id for one in found) == sorted(one.id for one in known)
    assert all(
        one.resource is not None and one.resource.ref == one.finding.key.resource for one in found
    )


def test_a_finding_that_changes_meanwhile_comes_once(store: SqlStore) -> None:
    known = _numbered(1100)
    _apply(store, *known)
    reading = entries(store, None)
    read = [next(reading).finding.id]
    changed = [
        msgspec.structs.replace(one, score=Score(value=None, vector=None, source=None, risk=99.0))
        for one in known
    ]
    store.apply(Change(before=one, after=other) for one, other in zip(known, changed, strict=True))
    read.extend(one.finding.id for one in reading)
    assert sorted(read) == sorted(one.id for one in known)


def test_a_report_has_what_passes_the_filter(store: SqlStore) -> None:
    closed = msgspec.structs.replace(_numbered(2)[1], status=FindingStatus.CLOSED)
    _apply(store, _numbered(1)[0], closed)
    data = b"".join(export_findings(store, _BY_NAME["json"], _ACTIVE, _OCCASION))
    told = json.loads(data)["findings"]
    assert [one["packageVulnerabilityDetails"]["vulnerabilityId"] for one in told] == [
        "CVE-2024-0000"
    ]
    assert told[0]["resources"][0]["details"]["awsEc2Instance"]["imageId"] == "ami-1"


def test_what_people_read_begins_with_the_greatest_risk(store: SqlStore) -> None:
    _apply(store, *_numbered(5))
    page = b"".join(export_findings(store, _BY_NAME["html"], None, _OCCASION)).decode()
    risks = [part.partition('"')[0] for part in page.split('class="risk" data-n="')[1:]]
    assert risks == ["4", "3", "2", "1", "0"]


# --- SBOMs ---------------------------------------------------------------------------------------------------------


def _with_inventories(store: SqlStore) -> None:
    for resource in (INSTANCE, IMAGE, FUNCTION):
        inventory = Inventory(resource=resource.ref, distro=None, packages=(_LIB,), taken_at=NOW)
        store.save_inventory("f", inventory, now=NOW)
    flaw = vulnerability(packages=(vulnerable(_LIB),), ratings=(rating(), rating(V4, "CNA")))
    gone = vulnerability(id="CVE-2024-0002", packages=(vulnerable(_LIB),))
    _apply(
        store,
        finding(flaw),
        finding(flaw, resource=IMAGE),
        finding(gone, resource=IMAGE, status=FindingStatus.CLOSED, closed_at=NOW),
    )


def _sboms(store: SqlStore, kind: SbomKind) -> list[Sbom]:
    found = list(export_sboms(store, kind, report_id=REPORT_ID))
    assert all(isinstance(one, Sbom) for one in found)
    return [one for one in found if isinstance(one, Sbom)]


def test_cyclonedx_of_every_resource(store: SqlStore) -> None:
    _with_inventories(store)
    validator = JsonStrictValidator(SchemaVersion.V1_4)
    told: dict[str, Any] = {}
    for one in _sboms(store, SbomKind.CYCLONEDX_1_4):
        assert validator.validate_str(one.document.decode()) is None
        document = json.loads(one.document)
        told[one.resource.ref.type] = (
            {
                fact["name"]: fact["value"]
                for fact in document["metadata"]["properties"]
                if not fact["name"].startswith("vedette:")
            },
            [flaw["id"] for flaw in document["vulnerabilities"]],
            [component["name"] for component in document["components"]],
        )
    assert told == {
        "AWS_EC2_INSTANCE": (
            {
                "accountId": "111122223333",
                "resourceType": "AWS_EC2_INSTANCE",
                "imageId": "ami-1",
            },
            ["CVE-2024-0001"],
            ["lib"],
        ),
        "AWS_ECR_CONTAINER_IMAGE": (
            {
                "accountId": "111122223333",
                "resourceType": "AWS_ECR_CONTAINER_IMAGE",
                "imageId": IMAGE.facts.digest,  # type: ignore[union-attr]
                "architecture": "amd64",
            },
            ["CVE-2024-0001"],
            ["lib"],
        ),
        "AWS_LAMBDA_FUNCTION": (
            {
                "accountId": "111122223333",
                "resourceType": "AWS_LAMBDA_FUNCTION",
                "architecture": "x86_64",
            },
            [],
            ["lib"],
        ),
    }


def test_spdx_of_every_resource(store: SqlStore, tmp_path: Path) -> None:
    parsing = pytest.importorskip("spdx_tools.spdx.parser.parse_anything")
    validating = pytest.importorskip("spdx_tools.spdx.validation.document_validator")
    _with_inventories(store)
    names = []
    for one in _sboms(store, SbomKind.SPDX_2_3):
        path = tmp_path / "a.spdx.json"
        path.write_bytes(one.document)
        assert validating.validate_full_spdx_document(parsing.parse_file(str(path))) == []
        names.append(json.loads(one.document)["name"])
    assert sorted(names) == [
        "111122223333/EC2/i-0a1b2c3d4e5f60718/ami-1",
        f"111122223333/ECR/{IMAGE.ref.id}/{IMAGE.facts.digest}",  # type: ignore[union-attr]
        f"111122223333/LAMBDA/{FUNCTION.ref.id}",
    ]


@pytest.mark.parametrize("kind", SbomKind)
def test_the_same_store_gives_the_same_bytes(store: SqlStore, kind: SbomKind) -> None:
    _with_inventories(store)
    assert _sboms(store, kind) == _sboms(store, kind)


def test_a_resource_without_an_inventory_is_told(store: SqlStore) -> None:
    found = list(export_sboms(store, SbomKind.SPDX_2_3, report_id=REPORT_ID))
    assert [(type(one), one.resource.ref.type) for one in found] == [
        (NoSbom, ResourceType.EC2_INSTANCE),
        (NoSbom, ResourceType.ECR_CONTAINER_IMAGE),
        (NoSbom, ResourceType.LAMBDA_FUNCTION),
    ]


def test_only_what_is_wanted_is_read(store: SqlStore) -> None:
    found = export_sboms(
        store,
        SbomKind.CYCLONEDX_1_4,
        report_id=REPORT_ID,
        wanted=lambda resource: resource == IMAGE,
    )
    assert [one.resource for one in found] == [IMAGE]


def test_a_local_target_has_a_name_too(store: SqlStore) -> None:
    store.save_resources([LOCAL], looked_in=(), now=NOW)
    store.save_inventory("f", Inventory(resource=LOCAL.ref, distro=None, packages=()), now=NOW)
    (one,) = export_sboms(
        store, SbomKind.SPDX_2_3, report_id=REPORT_ID, wanted=lambda resource: resource == LOCAL
    )
    assert isinstance(one, Sbom)
    assert json.loads(one.document)["name"] == "rootfs//srv/root"


def test_keys_are_those_of_inspectors_exports() -> None:
    digest = "1ffd88db3d0754bceaa663a63a789c6b57bce154af36c8a2f7210bfaed943660"
    ref = ResourceRef(
        type=ResourceType.ECR_CONTAINER_IMAGE,
        id=f"arn:aws:ecr:us-east-1:111122223333:repository/shop/sha256:{digest}",
        account=AccountId("111122223333"),
        region="us-east-1",
    )
    key = sbom_key(ref, SbomKind.CYCLONEDX_1_4, REPORT_ID)
    assert key == (
        f"CYCLONEDX_1_4_outputs_{REPORT_ID}/account=111122223333/resource=AWS_ECR_CONTAINER_IMAGE/"
        f"arn:aws:ecr:us-east-1:111122223333:repository_shop_sha256:{digest}_CYCLONEDX_1_4.json"
    )
    assert object_place("reports", key).key == key


@pytest.mark.parametrize("name", ["..", "../../etc/passwd", "/", "a/../b", ""])
def test_no_id_leads_out_of_the_export(name: str) -> None:
    ref = ResourceRef(type=ResourceType.EC2_INSTANCE, id=name, account=AccountId("111122223333"))
    key = sbom_key(ref, SbomKind.SPDX_2_3, REPORT_ID)
    assert len(key.split("/")) == 4
    assert object_place("reports", key).key == key
