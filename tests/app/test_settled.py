from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.findings.make import FUNCTION, IMAGE, INSTANCE, LOCAL
from vedette.app.configuration import (
    Configuration,
    Duration,
    ImageConfiguration,
    PullMode,
    ScanMode,
    configure,
)
from vedette.app.discovery.scope import Agentless, Scope
from vedette.app.enablement import ScanKind, disable
from vedette.app.organization import known_accounts
from vedette.app.settled import settled
from vedette.model.resource import ContainerImage, Resource
from vedette.store.store import SqlStore

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
OWN, REGION = "111122223333", "eu-west-1"
CREATING = Scope(regions=(REGION,), agentless=Agentless.CREATE)
READING = Scope(regions=(REGION,), agentless=Agentless.EXISTING)
WITHOUT = Scope(regions=(REGION,))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqlStore]:
    with SqlStore.open(f"sqlite:///{tmp_path / 'store.db'}") as opened:
        yield opened


def _image(pushed: timedelta, used: timedelta | None) -> Resource:
    facts: Any = IMAGE.facts
    assert isinstance(facts, ContainerImage)
    last = None if used is None else NOW - used
    changed = msgspec.structs.replace(facts, pushed_at=NOW - pushed, last_in_use_at=last)
    return msgspec.structs.replace(IMAGE, facts=changed)


def test_where_nothing_is_settled_everything_is_as_the_server_has_it(store: SqlStore) -> None:
    holds = settled(store, [OWN], now=NOW)
    everything = (INSTANCE, IMAGE, FUNCTION, LOCAL)
    assert holds.enabled(everything) == everything
    for scope in (CREATING, READING, WITHOUT):
        assert holds.scope_of(INSTANCE, scope) == scope
    assert not any(holds.has_expired(one, now=NOW) for one in everything)
    assert known_accounts(store) == {OWN}


def test_what_is_settled_holds(store: SqlStore) -> None:
    images = ImageConfiguration(since_push=Duration.DAYS_14, since_use=Duration.DAYS_3)
    shared = Configuration(images=images, instances=ScanMode.AGENT)
    configure(store, None, REGION, shared, now=NOW)
    disable(store, OWN, REGION, [ScanKind.LAMBDA], now=NOW)
    holds = settled(store, [OWN], now=NOW)
    assert holds.enabled((INSTANCE, IMAGE, FUNCTION, LOCAL)) == (INSTANCE, IMAGE, LOCAL)
    assert holds.scope_of(INSTANCE, CREATING) == WITHOUT
    day = timedelta(days=1)
    assert not holds.has_expired(_image(14 * day, None), now=NOW)
    assert holds.has_expired(_image(15 * day, None), now=NOW)
    assert holds.has_expired(_image(15 * day, 4 * day), now=NOW)
    assert not holds.has_expired(_image(15 * day, 3 * day), now=NOW)
    pulls = msgspec.structs.replace(images, use=PullMode.PULLED)
    configure(store, None, REGION, msgspec.structs.replace(shared, images=pulls), now=NOW)
    holds = settled(store, [OWN], now=NOW)
    for ago, expired in ((3 * day, False), (4 * day, True)):
        one = _image(15 * day, 3 * day)
        facts = msgspec.structs.replace(one.facts, last_pulled_at=NOW - ago)
        pulled = msgspec.structs.replace(one, facts=facts)
        assert holds.has_expired(pulled, now=NOW) is expired
    assert holds.has_expired(_image(15 * day, 3 * day), now=NOW)
    configure(store, OWN, REGION, Configuration(instances=ScanMode.HYBRID), now=NOW)
    holds = settled(store, [OWN], now=NOW)
    assert holds.scope_of(INSTANCE, WITHOUT) == READING
    assert holds.scope_of(INSTANCE, CREATING) == CREATING
    assert holds.has_expired(_image(15 * day, None), now=NOW)
