"""The API's operations are the service models', every one of them, and each file of them is listed."""

from collections import Counter
from importlib import import_module
from pathlib import Path

import pytest

import vedette.api.operations
from vedette.api.operations import (
    CLASSIC_FAMILIES,
    CLASSIC_NOTES,
    FAMILIES,
    FAMILY_NOTES,
    NOTES,
    SCAN_FAMILIES,
    SCAN_NOTES,
    SERVICES,
)
from vedette.api.service_model import load_service

_FILES = sorted(
    path.stem
    for path in Path(vedette.api.operations.__path__[0]).glob("*.py")
    if path.stem != "__init__"
)
_LISTED = {
    "inspector2": FAMILIES,
    "inspector-scan": SCAN_FAMILIES,
    "inspector": CLASSIC_FAMILIES,
}
_ALL_LISTED = [family for families in _LISTED.values() for family in families]
_ALL_NOTES = [*FAMILY_NOTES, *SCAN_NOTES, *CLASSIC_NOTES]


@pytest.mark.parametrize("service", SERVICES)
def test_every_operation_of_the_model_has_a_handler_and_nothing_else_has(service: str) -> None:
    assert sorted(SERVICES[service]) == sorted(load_service(service).operations)


def test_inspector_has_all_of_its_operations() -> None:
    assert len(load_service("inspector2").operations) >= 84


@pytest.mark.parametrize("service", SERVICES)
def test_no_operation_is_in_two_families(service: str) -> None:
    counts = Counter(name for family in _LISTED[service] for name in family)
    assert [name for name, count in counts.items() if count > 1] == []


@pytest.mark.parametrize("name", _FILES)
def test_every_file_is_listed_with_its_notes(name: str) -> None:
    module = import_module(f"vedette.api.operations.{name}")
    assert any(family is module.HANDLERS for family in _ALL_LISTED)
    assert any(notes is module.NOTES for notes in _ALL_NOTES)
    assert set(module.NOTES) <= set(module.HANDLERS)


@pytest.mark.parametrize("service", SERVICES)
def test_notes_are_sentences_of_the_reference(service: str) -> None:
    for name, note in NOTES[service].items():
        assert name in load_service(service).operations
        assert note.why == note.why.strip().rstrip(".")
        assert note.why
