"""Each of Inspector's reasons of coverage is told and tested, or the reference says why it is not."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

import vedette
from vedette.api.service_model import load_service

_PAGE = Path(__file__).parents[2] / "docs/reference/coverage-reasons.md"
_APP = Path(vedette.__file__).parent / "app"
_TESTS = Path(__file__).parents[1] / "app"
_OTHER = frozenset({"cis", "on_demand.py"})
"""Words of other enumerations: sessions of CIS, and on-demand scans."""
_ROW = re.compile(r"^\| `(?P<reason>[A-Z0-9_]+)` \| (?P<text>.+) \|$", re.MULTILINE)


@cache
def _tables() -> tuple[dict[str, str], dict[str, str]]:
    told, not_told = _PAGE.read_text().split("The others do not apply")
    return tuple(  # type: ignore[return-value] # two of them
        {row["reason"]: row["text"] for row in _ROW.finditer(part)} for part in (told, not_told)
    )


@cache
def _words(folder: Path, *left_out: str) -> frozenset[str]:
    """All texts in the source of a folder."""
    return frozenset(
        node.value
        for path in folder.rglob("*.py")
        if not set(left_out) & set(path.relative_to(folder).parts)
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    )


def test_every_reason_of_the_model_is_in_the_reference_once() -> None:
    told, not_told = _tables()
    assert sorted([*told, *not_told]) == sorted(
        load_service("inspector2").shapes["ScanStatusReason"].choices
    )


def test_tables_are_in_order() -> None:
    for table in _tables():
        assert list(table) == sorted(table)


@pytest.mark.parametrize("reason", sorted(_tables()[0]))
def test_what_is_told_is_told_somewhere_and_tested(reason: str) -> None:
    assert reason in _words(_APP, *_OTHER)
    assert reason in _words(_TESTS)


@pytest.mark.parametrize("reason", sorted(_tables()[1]))
def test_what_does_not_apply_is_told_nowhere(reason: str) -> None:
    assert reason not in _words(_APP, *_OTHER)
