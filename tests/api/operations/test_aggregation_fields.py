"""Every field that an aggregation can be asked with has a value that includes something, and one that excludes it."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from tests.api.clients import NewClient
from tests.api.operations import found
from tests.findings.make import FUNCTION, IMAGE, INSTANCE, NOW
from vedette.api.service_model import load_service
from vedette.api.translate.aggregations import AGGREGATIONS
from vedette.findings.lifecycle import Change
from vedette.model.digest import digest_of
from vedette.model.finding import FindingStatus
from vedette.model.resource import Tag
from vedette.store.store import SqlStore

_SORT = frozenset({"sortBy", "sortOrder"})


def _is(value: str) -> tuple[list[dict[str, str]], list[dict[str, str]]]:
    return (
        [{"comparison": "EQUALS", "value": value}],
        [{"comparison": "NOT_EQUALS", "value": value}],
    )


def _tag(key: str, value: str) -> tuple[list[dict[str, str]], list[dict[str, str]]]:
    tag = {"comparison": "EQUALS", "key": key}
    return [{**tag, "value": value}], [{**tag, "value": "other"}]


_CLOUD: Mapping[str, tuple[Any, Any]] = {
    "cloudAccountIds": _is(found.ACCOUNT),
    "cloudPartitions": _is("aws"),
    "cloudProviders": _is("AWS"),
    "cloudRegions": _is(found.REGION),
}
_IN_USE: Mapping[str, tuple[Any, Any]] = {
    "inUseCount": ([{"lowerInclusive": 2}], [{"lowerInclusive": 3}]),
    "lastInUseAt": ([{"endInclusive": NOW}], [{"startInclusive": NOW + timedelta(days=1)}]),
}
_TYPES: Mapping[str, tuple[Any, Any]] = {
    "findingType": ("NETWORK_REACHABILITY", "CODE_VULNERABILITY"),
    "resourceType": ("AWS_EC2_INSTANCE", "CODE_REPOSITORY"),
}
_FUNCTION: Mapping[str, tuple[Any, Any]] = {
    "functionNames": _is("hook"),
    "functionTags": _tag("stage", "live"),
    "resourceIds": _is(FUNCTION.ref.id),
    "runtimes": ([{"comparison": "PREFIX", "value": "PYTHON"}], _is("GO_1_X")[0]),
}
_IMAGE: Mapping[str, tuple[Any, Any]] = {
    "architectures": _is("amd64"),
    "imageTags": _is("latest"),
    "repositories": _is("app"),
    "resourceIds": _is(IMAGE.ref.id),
}
_IMAGE["imageTags"][1][0].update(comparison="EQUALS", value="none")

FIELDS: Mapping[str, Mapping[str, tuple[Any, Any]]] = {
    "ACCOUNT": _TYPES,
    "AMI": {
        "amis": _is("ami-1"),
        "scanSources": (["INSTANCE_SCAN"], ["MACHINE_IMAGE_SCAN"]),
    },
    "AWS_EC2_INSTANCE": {
        "amis": _is("ami-1"),
        "instanceIds": _is(INSTANCE.ref.id),
        "instanceTags": _tag("env", "prod"),
        "operatingSystems": _is("Linux/UNIX"),
    },
    "AWS_ECR_CONTAINER": {**_IMAGE, **_IN_USE, "imageShas": _is(digest_of(b"app"))},
    "AWS_LAMBDA_FUNCTION": _FUNCTION,
    "CODE_REPOSITORY": {},
    "CONTAINER_IMAGE": {
        **_IMAGE,
        **_IN_USE,
        **_CLOUD,
        "imageDigests": _is(digest_of(b"app")),
        "registries": _is(found.ACCOUNT),
    },
    "FINDING_TYPE": _TYPES,
    "IMAGE_LAYER": {
        **_CLOUD,
        "layerHashes": _is(digest_of(b"l")),
        "repositories": _is("app"),
        "resourceIds": _is(IMAGE.ref.id),
    },
    "LAMBDA_LAYER": {
        "functionNames": _is("hook"),
        "layerArns": _is(found.LAYER),
        "resourceIds": _is(FUNCTION.ref.id),
    },
    "PACKAGE": {"packageNames": (_is("bind")[0], _is("none")[0])},
    "REPOSITORY": {"repositories": _is("app")},
    "SERVERLESS_FUNCTION": {**_FUNCTION, **_CLOUD},
    "TITLE": {
        **_TYPES,
        "titles": (_is("Port 22 is reachable")[0], _is("none")[0]),
        "vulnerabilityIds": (_is("CVE-2024-1111")[0], _is("none")[0]),
    },
    "VM_INSTANCE": {
        **_CLOUD,
        "instanceTags": _tag("env", "prod"),
        "operatingSystems": _is("Linux/UNIX"),
        "resourceIds": _is(INSTANCE.ref.id),
        "vmImageReferences": _is("ami-1"),
    },
}
"""For each type and field: what includes something, and what excludes it."""

_ORGANIZATIONS = "cloudOrgIds"
NOTHING: Mapping[str, frozenset[str]] = {
    # source code is not scanned
    "CODE_REPOSITORY": frozenset({"projectNames", "providerTypes", "resourceIds"}),
    # an organization is of other clouds
    **dict.fromkeys(
        ("CONTAINER_IMAGE", "IMAGE_LAYER", "SERVERLESS_FUNCTION", "VM_INSTANCE"),
        frozenset({_ORGANIZATIONS}),
    ),
}
"""Fields that exclude everything, whatever they are asked for."""


@pytest.fixture(scope="module")
def caller(
    client: NewClient, _migrated: bytes, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Any]:
    path = tmp_path_factory.mktemp("fields") / "store.db"
    path.write_bytes(_migrated)
    with SqlStore.open(f"sqlite:///{path}") as store:
        found.settle(store)
        tagged = msgspec.structs.replace(FUNCTION, tags=(Tag(key="stage", value="live"),))
        store.save_resources([tagged], looked_in=(), now=NOW)
        free = msgspec.structs.replace(found.CODE, status=FindingStatus.ACTIVE)
        store.apply([Change(before=found.CODE, after=free)])
        yield client(store, region=found.REGION)


def _count(caller: Any, kind: str, **asked: Any) -> int:
    request = {AGGREGATIONS[kind].member: asked}
    answer = caller.list_finding_aggregations(aggregationType=kind, aggregationRequest=request)
    return len(answer["responses"])


def test_no_field_of_the_model_is_missing() -> None:
    shapes = load_service("inspector2").shapes
    requests = {one.name: one.shape for one in shapes["AggregationRequest"].members}
    modelled = {
        kind: {one.name for one in shapes[requests[aggregation.member]].members} - _SORT
        for kind, aggregation in AGGREGATIONS.items()
    }
    assert modelled == {kind: {*fields, *NOTHING.get(kind, ())} for kind, fields in FIELDS.items()}


@pytest.mark.parametrize(
    ("kind", "field"), [(kind, field) for kind, fields in FIELDS.items() for field in fields]
)
def test_fields_include_and_exclude(caller: Any, kind: str, field: str) -> None:
    included, excluded = FIELDS[kind][field]
    everything = _count(caller, kind)
    assert 0 < _count(caller, kind, **{field: included}) <= everything
    assert _count(caller, kind, **{field: excluded}) == 0


@pytest.mark.parametrize(
    ("kind", "field"),
    [(kind, field) for kind, fields in NOTHING.items() for field in sorted(fields)],
)
def test_fields_that_nothing_has(caller: Any, kind: str, field: str) -> None:
    asked = [{"comparison": "EQUALS", "value": "GITHUB" if field == "providerTypes" else "x"}]
    assert _count(caller, kind, **{field: asked}) == 0
