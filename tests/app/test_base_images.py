"""Layers of images in the store."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from vedette.app.base_images import KIND, all_bases, base_of, forget_layers, save_layers
from vedette.errors import StoreError
from vedette.findings.bases import Base
from vedette.model.arn import AccountId
from vedette.model.digest import Digest, digest_of
from vedette.model.inventory import Inventory
from vedette.model.resource import ResourceRef, ResourceType
from vedette.store.store import SqlStore

NOW = datetime(2026, 5, 2, tzinfo=UTC)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqlStore]:
    with SqlStore.open(f"sqlite:///{tmp_path / 'store.db'}") as opened:
        yield opened


def _ref(name: str) -> ResourceRef:
    return ResourceRef(
        type=ResourceType.ECR_CONTAINER_IMAGE,
        id=name,
        account=AccountId("111122223333"),
        region="eu-west-1",
    )


def _layers(names: str) -> tuple[Digest, ...]:
    return tuple(digest_of(name.encode()) for name in names)


def _inventory(name: str, layers: str) -> Inventory:
    return Inventory(resource=_ref(name), distro=None, packages=(), layers=_layers(layers))


def test_bases_are_known_as_long_as_they_are_there(store: SqlStore) -> None:
    for name, layers in (("app", "abc"), ("base", "ab"), ("function", "")):
        save_layers(store, _inventory(name, layers), now=NOW)
    assert all_bases(store) == {_ref("app"): Base(image=_ref("base"), layers=_layers("ab"))}
    assert base_of(store, _ref("app")) == Base(image=_ref("base"), layers=_layers("ab"))
    assert base_of(store, ResourceRef(type=ResourceType.LOCAL, id="app")) is None
    save_layers(store, _inventory("app", "abc"), now=NOW)
    assert [record.version for record in store.records(KIND)] == [1, 1]
    forget_layers(store, _ref("base"))
    assert all_bases(store) == {}


def test_one_base_is_that_of_all(store: SqlStore) -> None:
    several = {"a": "abcd", "b": "abc", "c": "ab", "d": "a", "e": "xabc", "f": "x", "g": "ba"}
    for name, layers in several.items():
        save_layers(store, _inventory(name, layers), now=NOW)
    every = all_bases(store)
    assert {name: base_of(store, _ref(name)) for name in several} == {
        name: every.get(_ref(name)) for name in several
    }
    assert set(every) == {_ref(name) for name in "abce"}
    assert base_of(store, _ref("unknown")) is None


def test_layers_that_cannot_be_read_are_an_error_of_the_store(store: SqlStore) -> None:
    save_layers(store, _inventory("app", "abc"), now=NOW)
    (record,) = store.records(KIND)
    store.put_record(msgspec.structs.replace(record, value=b"[]"))
    with pytest.raises(StoreError, match="layers that cannot be read"):
        all_bases(store)
