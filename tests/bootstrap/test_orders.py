"""What workers are told: data, and nothing that opens a door."""

from pathlib import Path

import msgspec
import pytest

from vedette.app.inventories.extraction import failed, outcome_from
from vedette.app.inventories.taken import FunctionJob, ImageJob, Job, SnapshotJob
from vedette.bootstrap.orders import Order, carry_out, place_of, written
from vedette.config import settings_from
from vedette.errors import SourceError
from vedette.model.arn import AccountId, Arn
from vedette.model.digest import digest_of
from vedette.model.resource import ResourceRef, ResourceType

_REF = ResourceRef(
    type=ResourceType.ECR_CONTAINER_IMAGE,
    id="shop",
    account=AccountId("111122223333"),
    region="eu-west-1",
)
_SETTINGS = settings_from(
    {"HOME": "/home/ann", "VEDETTE_EXTERNAL_ID": "handshake", "AWS_REGION": "eu-west-1"}
)
_JOBS = (
    ImageJob(ref=_REF, repository="shop", digest=digest_of(b"manifest")),
    FunctionJob(ref=_REF, code_sha256="c2hh", layers=(Arn("arn:aws:lambda:::layer:x:1"),)),
    SnapshotJob(ref=_REF, snapshot="snap-1"),
)


@pytest.mark.parametrize("job", _JOBS)
def test_an_order_is_data_without_what_only_the_server_may_know(job: Job) -> None:
    place = place_of(_SETTINGS, "audit")
    order = written(place, job)
    assert msgspec.msgpack.decode(order, type=Order) == Order(place=place, job=job)
    assert b"handshake" not in order
    assert set(msgspec.msgpack.decode(order)["place"]) == {
        "region",
        "role_name",
        "cache",
        "profile",
    }


def test_an_order_that_is_none_is_a_failure_of_what_was_asked() -> None:
    with pytest.raises(SourceError, match="does not understand the order"):
        outcome_from(carry_out(b"\xc1"))


def test_an_answer_that_is_none_is_a_failure_too() -> None:
    with pytest.raises(SourceError, match="the worker's answer cannot be read"):
        outcome_from(b"\xc1")
    with pytest.raises(SourceError, match="no room"):
        outcome_from(failed("no room"))


def test_a_worker_without_credentials_says_so(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    order = written(place_of(_SETTINGS, "nobody"), _JOBS[0])
    with pytest.raises(SourceError, match=r"ProfileNotFound.*nobody"):
        outcome_from(carry_out(order))
