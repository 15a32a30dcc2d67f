"""Every ecosystem's rule: listed, without overlap, and with cases."""

import json
from importlib import import_module
from pathlib import Path

import pytest

import vedette.matching.ecosystems as catalogue
from tests.matching.memory import package
from vedette.matching.ecosystems import ECOSYSTEMS, Ecosystem, Host, rule_for

_FOLDER = Path(catalogue.__file__).parent
_CASES = Path(__file__).parents[1] / "matching" / "cases"
_FILES = sorted(file.stem for file in _FOLDER.glob("[a-z]*.py"))
_RULES = [pytest.param(rule, id=rule.name) for rule in ECOSYSTEMS]


def test_every_file_is_listed() -> None:
    modules = [import_module(f"vedette.matching.ecosystems.{name}") for name in _FILES]
    assert [module.ECOSYSTEM for module in modules] == list(ECOSYSTEMS)
    assert [rule.name for rule in ECOSYSTEMS] == _FILES


def test_no_ecosystem_is_covered_twice() -> None:
    covered = [name for rule in ECOSYSTEMS for name in rule.covers]
    assert sorted(covered) == sorted(set(covered))
    assert all(list(rule.covers) == sorted(rule.covers) for rule in ECOSYSTEMS)


@pytest.mark.parametrize("rule", _RULES)
def test_a_rule_has_cases_that_match_and_cases_that_do_not(rule: Ecosystem) -> None:
    matching = {
        bool(case.get("matches"))
        for file in _CASES.glob("*.json")
        for case in json.loads(file.read_text())
        if any(rule_for(one["in"]) is rule for one in case["packages"])
    }
    assert matching == {True, False}


@pytest.mark.parametrize("rule", _RULES)
def test_a_rule_asks_for_the_package_itself_first(rule: Ecosystem) -> None:
    for name in rule.covers:
        one = package(f"{name}:1", "some-package", "1.0-1")
        host = Host(ecosystems=frozenset([one.ecosystem]))
        lookups = rule.lookups(one, host)
        first = lookups[0]
        assert (first.ecosystem, first.name, first.version) == (
            one.ecosystem,
            "some-package",
            "1.0-1",
        )
        assert lookups == rule.lookups(one, host)
        assert rule.exempt(one, host) is None


@pytest.mark.parametrize("ecosystem", ["deb", "rpm", "apk", "", "Nowhere:1"])
def test_what_nobody_knows_has_no_rule(ecosystem: str) -> None:
    assert rule_for(ecosystem) is None


def test_every_rule_is_in_the_documentation() -> None:
    page = (Path(__file__).parents[2] / "docs/reference/ecosystems.md").read_text()
    for rule in ECOSYSTEMS:
        assert f"| `{rule.name}` | {', '.join(rule.covers)} | " in page
