"""Values: frozen, hashable, and the same after a way through JSON and MessagePack."""

import importlib
import pkgutil
from typing import Any

import msgspec
import pytest

import vedette.model
from tests.findings.make import (
    FUNCTION,
    IMAGE,
    INSTANCE,
    LOCAL,
    NOW,
    exposure,
    finding,
    vulnerability,
)
from vedette.model.filter import (
    All,
    Filter,
    Not,
    PackageMatch,
    Ports,
    Span,
    Tagged,
    Text,
    TextField,
    TextOperator,
    TextTest,
    Time,
    TimeField,
)
from vedette.model.finding import Reachable
from vedette.model.resource import Resource
from vedette.model.scan import DatabaseFacts
from vedette.model.severity import Severity

_TEST = TextTest(operator=TextOperator.PREFIX, value="glibc")
_FILTER = All(
    parts=(
        Not(part=Text(field=TextField.TITLE, test=_TEST)),
        Time(field=TimeField.UPDATED_AT, start=NOW),
        Ports(begin=1, end=2),
        Tagged(key="env"),
        PackageMatch(name=_TEST, epoch=Span(lower=1)),
    )
)


def _structs() -> list[type[msgspec.Struct]]:
    found: set[type[msgspec.Struct]] = set()
    for module in pkgutil.iter_modules(vedette.model.__path__):
        members = vars(importlib.import_module(f"vedette.model.{module.name}")).values()
        found.update(
            one for one in members if isinstance(one, type) and issubclass(one, msgspec.Struct)
        )
    return sorted(found - {msgspec.Struct}, key=lambda one: one.__name__)


@pytest.mark.parametrize("kind", _structs())
def test_values_are_frozen_and_have_keywords_only(kind: type[msgspec.Struct]) -> None:
    config = kind.__struct_config__
    assert config.frozen
    with pytest.raises(TypeError):
        kind(object())


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (finding(vulnerability()), None),
        (finding(Reachable(exposure=exposure())), None),
        (INSTANCE, Resource),
        (IMAGE, Resource),
        (FUNCTION, Resource),
        (LOCAL, Resource),
        (_FILTER, Filter),
        (DatabaseFacts(digest="d", built_at=NOW, starter=True), None),
    ],
)
def test_values_survive_their_encodings(value: Any, kind: Any) -> None:
    kind = kind or type(value)
    assert msgspec.json.decode(msgspec.json.encode(value), type=kind) == value
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(value), type=kind) == value
    assert hash(value) == hash(msgspec.msgpack.decode(msgspec.msgpack.encode(value), type=kind))


def test_ranks() -> None:
    assert [one.rank for one in Severity] == [6, 5, 4, 3, 2, 1]
