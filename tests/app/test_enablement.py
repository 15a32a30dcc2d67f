from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.findings.make import FUNCTION, IMAGE, INSTANCE, LOCAL
from vedette.app.enablement import (
    Enablement,
    Plan,
    ScanKind,
    disable,
    enable,
    enablement_of,
    plan_of,
    set_automatic,
)
from vedette.store.store import SqlStore

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
OWN, REGION = "111122223333", "eu-west-1"
EVERYTHING = (INSTANCE, IMAGE, FUNCTION, LOCAL)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqlStore]:
    with SqlStore.open(f"sqlite:///{tmp_path / 'store.db'}") as opened:
        yield opened


def test_everything_is_wanted_where_nothing_is_said() -> None:
    assert Plan().wanted(EVERYTHING) == EVERYTHING


def test_what_is_disabled_is_not_wanted(store: SqlStore) -> None:
    disable(store, OWN, REGION, [ScanKind.EC2, ScanKind.LAMBDA], now=NOW)
    assert plan_of(store).wanted(EVERYTHING) == (IMAGE, LOCAL)
    enable(store, OWN, REGION, [ScanKind.LAMBDA, ScanKind.LAMBDA_CODE], now=NOW)
    assert plan_of(store).wanted(EVERYTHING) == (IMAGE, FUNCTION, LOCAL)
    assert enablement_of(store, OWN, REGION) == Enablement(types=(ScanKind.ECR, ScanKind.LAMBDA))


def test_accounts_that_are_known_keep_what_they_have(store: SqlStore) -> None:
    disable(store, OWN, REGION, [ScanKind.EC2], now=NOW)
    set_automatic(store, REGION, [ScanKind.LAMBDA], known=[OWN, "222233334444"], now=NOW)
    plan = plan_of(store)
    assert plan.enablement(OWN, REGION).types == (ScanKind.ECR, ScanKind.LAMBDA)
    assert plan.enablement("222233334444", REGION) == Enablement()
    assert plan.enablement("333344445555", REGION).types == (ScanKind.LAMBDA,)
    assert plan.enablement("333344445555", "us-east-1") == Enablement()
    assert enablement_of(store, "333344445555", REGION).types == (ScanKind.LAMBDA,)
