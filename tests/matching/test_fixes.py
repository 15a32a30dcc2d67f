"""The version that mends a flaw."""

from typing import Any

import pytest

from tests.matching.memory import advisory, affected, package, run
from vedette.matching.fixes import Fix, fix_for
from vedette.model.advisory import FixState
from vedette.model.match import Match, MatchKind


def _match(version: str, ranges: tuple[str, ...], held: str | None, **more: Any) -> Match:
    entry = affected("PyPI", "lib", *ranges, **more)
    return Match(
        package=package("PyPI", "lib", version),
        advisory=advisory("A", entry),
        affected=entry,
        kind=MatchKind.EXACT_DIRECT,
        compared=version,
        range=None if held is None else run(held),
    )


@pytest.mark.parametrize(
    ("version", "ranges", "expected"),
    [
        ("1.0", ("[0,2.0)",), "2.0"),
        ("1.24.4", ("[0,1.24.8)", "[1.25,1.25.2)"), "1.24.8"),  # the nearest fix, not the newest
        ("1.25.0", ("[0,1.24.8)", "[1.25,1.25.2)"), "1.25.2"),
        ("1.0", ("[0,1.5)", "[1.5,1.7)"), "1.7"),  # the first end is affected itself
        ("1.0", ("[0,1.5)", "[1.2,)"), None),  # and so is every later version
        ("1.0", ("[0,1.5]",), None),
        ("1.0", ("[0,)",), None),
        ("1.0", ("[0,two)",), None),
        ("one", ("[0,)", "[5,6)"), None),
        ("one", ("[0,5)",), "5"),
    ],
)
def test_the_smallest_fixed_version(
    version: str, ranges: tuple[str, ...], expected: str | None
) -> None:
    one = _match(version, ranges, ranges[0])
    state = FixState.UNKNOWN if expected is None else FixState.FIXED
    found = fix_for([one])
    assert (found.version, found.state) == (expected, state)


def test_a_listed_version_is_mended_by_the_next_fix() -> None:
    one = _match("1.0", ("[3.0,3.5)",), None, versions=("1.0",))
    assert fix_for([one]) == Fix(version="3.5", state=FixState.FIXED)


def test_every_publisher_with_a_fix_must_be_satisfied() -> None:
    matches = [_match("1.0", (text,), text) for text in ("[0,1.10)", "[0,1.9)", "[0,)")]
    assert fix_for(matches) == Fix(version="1.10", state=FixState.FIXED)


@pytest.mark.parametrize(
    ("states", "expected"),
    [
        (("unknown", "not-fixed"), FixState.NOT_FIXED),
        (("not-fixed", "wont-fix"), FixState.WONT_FIX),
        (("unknown",), FixState.UNKNOWN),
        (("fixed",), FixState.UNKNOWN),  # it says so, but not in which version
    ],
)
def test_without_a_version_the_strongest_statement_counts(
    states: tuple[str, ...], expected: FixState
) -> None:
    matches = [_match("1.0", ("[0,)",), "[0,)", fix=state) for state in states]
    assert fix_for(matches) == Fix(version=None, state=expected)


def test_a_fix_that_lies_in_another_range_is_passed_over() -> None:
    """1.5 mends the first, and is in the second's branch without its fix."""
    matches = [
        _match("1.0", ("[0,1.5)",), "[0,1.5)"),
        _match("1.0", ("[0,1.2)", "[1.4,1.9)"), "[0,1.2)"),
    ]
    assert fix_for(matches) == Fix(version="1.9", state=FixState.FIXED)


def test_where_no_fix_is_free_the_greatest_counts() -> None:
    matches = [
        _match("1.0", ("[0,1.5)",), "[0,1.5)"),
        _match("1.0", ("[0,1.2)", "[1.4,)"), "[0,1.2)"),
    ]
    assert fix_for(matches) == Fix(version="1.5", state=FixState.FIXED)


def _ubuntu(version: str, *rows: tuple[str, str, str | None]) -> list[Match]:
    entries = [
        affected(ecosystem, "vim", text, note=note, by_source=True)
        for ecosystem, text, note in rows
    ]
    return [
        Match(
            package=package("Ubuntu:18.04", "vim", version),
            advisory=advisory("CVE-2024-1000", entry),
            affected=entry,
            kind=MatchKind.EXACT_DIRECT,
            compared=version,
            range=entry.ranges[0],
        )
        for entry in entries
    ]


@pytest.mark.parametrize(("version", "note"), [("1-1", "only with Ubuntu Pro"), ("1-1+esm1", None)])
def test_a_fix_of_ubuntu_pro_says_so_unless_pro_is_there(version: str, note: str | None) -> None:
    matches = _ubuntu(version, ("Ubuntu:Pro:18.04", "[0,1-1+esm2)", "released"))
    assert fix_for(matches) == Fix(version="1-1+esm2", state=FixState.FIXED, note=note)


def test_the_archives_fix_needs_nothing() -> None:
    matches = _ubuntu("1-1", ("Ubuntu:18.04", "[0,1-2)", None))
    assert fix_for(matches) == Fix(version="1-2", state=FixState.FIXED)


@pytest.mark.parametrize(
    ("note", "expected"), [("no-dsa", "no-dsa"), ("modular", None), (None, None)]
)
def test_the_publishers_word_is_kept(note: str | None, expected: str | None) -> None:
    matches = _ubuntu("1-1", ("Ubuntu:18.04", "[0,)", None), ("Ubuntu:18.04", "[0,)", note))
    assert fix_for(matches) == Fix(version=None, state=FixState.UNKNOWN, note=expected)
