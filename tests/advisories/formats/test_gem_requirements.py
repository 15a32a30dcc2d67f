"""Safe versions of a gem → the unsafe ones."""

import pytest
from hypothesis import given, settings, strategies as st

from vedette.advisories.formats.gem_requirements import unsafe
from vedette.errors import ParseError
from vedette.model.advisory import Range
from vedette.model.package import SchemeName
from vedette.versions import SCHEMES

_KEY = SCHEMES[SchemeName.GEM].key


def _run(low: str, fixed: str | None = None, last: str | None = None) -> Range:
    return Range(introduced=low, fixed=fixed, last_affected=last)


@pytest.mark.parametrize(
    ("safe", "runs"),
    [
        ([], [_run("0")]),
        ([">= 1.0"], [_run("0", "1.0")]),
        (["> 1.0"], [_run("0", last="1.0")]),
        (["< 1.0"], [_run("1.0")]),
        (["< 1.0", ">= 2.0"], [_run("1.0", "2.0")]),
        ([">= 2.0", "< 1.0"], [_run("1.0", "2.0")]),
        (["< 2.0", ">= 1.0"], []),
        ([">= 0"], []),
        (["~> 1.2.3"], [_run("0", "1.2.3"), _run("1.3.a")]),
        (["~> 1.2"], [_run("0", "1.2"), _run("2.a")]),
        (["~> 1"], [_run("0", "1"), _run("2.a")]),
        (["~> 1.2.rc1"], [_run("0", "1.2.rc1"), _run("2.a")]),
        (["~> 1.2.3, >= 1.2.3.4", ">= 1.3.1"], [_run("0", "1.2.3.4"), _run("1.3.a", "1.3.1")]),
        ([">= 1.2.3.4, ~> 1.2.3"], [_run("0", "1.2.3.4"), _run("1.3.a")]),
        (["~> 1.2.3, < 1.2.9"], [_run("0", "1.2.3"), _run("1.2.9")]),
        (["> 1.5, < 2", ">= 3"], [_run("0", last="1.5"), _run("2", "3")]),
    ],
)
def test_unsafe(safe: list[str], runs: list[Range]) -> None:
    assert list(unsafe(safe)) == runs


@pytest.mark.parametrize(
    "safe", ["<= 1.0", "= 1.0", "1.0", "!= 1.0", ">= ", "", ">= x", "~> 99999999999"]
)
def test_what_has_no_run_of_ours(safe: str) -> None:
    with pytest.raises(ParseError, match="not a"):
        unsafe([safe])


_VERSIONS = st.lists(st.integers(0, 3), min_size=2, max_size=3).map(lambda n: ".".join(map(str, n)))
_TERMS = st.tuples(st.sampled_from(["~>", ">=", ">", "<"]), _VERSIONS)


def _holds(operator: str, bound: str, version: str) -> bool:
    key = _KEY(version)
    match operator:
        case ">=":
            return key >= _KEY(bound)
        case ">":
            return key > _KEY(bound)
        case "<":
            return key < _KEY(bound)
        case _:
            numbers = [int(part) for part in bound.split(".")][:-1]
            numbers[-1] += 1
            return _KEY(bound) <= key < _KEY(".".join(map(str, numbers)))


def _inside(run: Range, version: str) -> bool:
    key = _KEY(version)
    above = key >= _KEY(run.introduced)
    below = run.fixed is None or key < _KEY(run.fixed)
    return above and below and (run.last_affected is None or key <= _KEY(run.last_affected))


@settings(max_examples=200)
@given(st.lists(st.lists(_TERMS, min_size=1, max_size=2), max_size=4), _VERSIONS)
def test_a_version_is_unsafe_where_no_requirement_holds_it(
    requirements: list[list[tuple[str, str]]], version: str
) -> None:
    texts = [", ".join(f"{operator} {bound}" for operator, bound in one) for one in requirements]
    safe = any(all(_holds(*term, version) for term in one) for one in requirements)
    assert any(_inside(run, version) for run in unsafe(texts)) is not safe
