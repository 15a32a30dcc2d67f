"""The quick way writes what the long way writes, and leaves to it whatever is not quite as the model says."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from random import Random
from typing import Any

import msgspec
import pytest
from hypothesis import given, strategies

from tests.api.values import Values
from vedette.api import serialise as long_way
from vedette.api.quick import NotQuickError, Quick
from vedette.api.serialise import UnmodelledOutputError, serialise
from vedette.api.service_model import load_service

_NAIVE = datetime(2026, 1, 1)  # noqa: DTZ001 - what is refused
_BROKEN: tuple[Any, ...] = (
    None,
    "text",
    7,
    7.5,
    True,
    b"bytes",
    [],
    {},
    _NAIVE,
    [None],
    {"a": None},
)
_TURNS = 6


def _shapes() -> Iterator[tuple[str, str]]:
    for name in ("inspector2", "inspector-scan", "inspector"):
        service = load_service(name)
        for shape in sorted({one.output for one in service.operations.values() if one.output}):
            yield name, shape


def _long(name: str) -> Any:
    return long_way._writers(name)


def _either(write: Any, value: Any) -> bytes | None:
    """What is written; None where nothing is."""
    try:
        return msgspec.json.encode(write(value))
    except (NotQuickError, UnmodelledOutputError, TypeError, AttributeError):
        return None


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every container and key in it."""
    parts: list[Any] = [value]
    while parts:
        whole = parts.pop()
        keys = list(whole) if isinstance(whole, dict) else range(len(whole))
        for key in keys:
            yield whole, key
            if isinstance(whole[key], dict | list):
                parts.append(whole[key])


@pytest.mark.parametrize(("name", "shape"), list(_shapes()))
def test_both_ways_are_one(name: str, shape: str) -> None:
    random = Random(f"{name} {shape}")
    quick, long = Quick(load_service(name), _long(name).of).of(shape), _long(name).of(shape)
    for turn in range(_TURNS):
        value = Values(load_service(name), random).of(shape)
        expected = _either(long, value)
        assert expected is not None
        assert _either(quick, value) in (expected, None)
        places = list(_places(value))
        if turn and places:
            whole, key = random.choice(places)
            whole[key] = random.choice(_BROKEN)
        if turn > 1 and isinstance(value, dict):
            value["notModelled"] = None
        assert _either(quick, value) in (_either(long, value), None)


def test_a_page_of_findings_goes_quickly() -> None:
    service = load_service("inspector2")
    value = Values(service, Random(7)).of("ListFindingsResponse")
    value["findings"] = [Values(service, Random(turn)).of("Finding") for turn in range(20)]
    assert Quick(service, _long("inspector2").of).of("ListFindingsResponse")(value)


def test_what_is_given_stays_as_it_is() -> None:
    service = load_service("inspector2")
    given_value = {"findings": [Values(service, Random(3)).of("Finding")]}
    before = repr(given_value)
    serialise(service, "ListFindingsResponse", given_value, 200)
    assert repr(given_value) == before


@given(
    strategies.datetimes(min_value=datetime(1, 1, 2), max_value=datetime(9999, 12, 30)),  # noqa: DTZ001 - the zone is added
    strategies.integers(-14 * 60, 14 * 60),
)
def test_times_are_seconds_to_the_thousandth(moment: datetime, minutes: int) -> None:
    aware = moment.replace(tzinfo=timezone(timedelta(minutes=minutes)))
    seconds = aware.astimezone(UTC).timestamp()
    expected = int(seconds) if seconds.is_integer() else round(seconds, 3)
    assert repr(long_way._epoch(aware)) == repr(expected)
