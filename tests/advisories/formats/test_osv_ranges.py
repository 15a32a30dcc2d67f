"""OSV events → runs, against the evaluation that OSV's specification gives in pseudocode."""

import pytest
from hypothesis import given, settings, strategies as st

from vedette.advisories.formats.osv_ranges import Event, normalise
from vedette.advisories.formats.osv_versions import uncovered
from vedette.model.advisory import Range
from vedette.model.package import SchemeName
from vedette.versions import SCHEMES

_KEY = SCHEMES[SchemeName.DEB].key
_VERSIONS = [str(number) for number in range(1, 12)]


def _i(version: str) -> Event:
    return Event(introduced=version)


def _f(version: str) -> Event:
    return Event(fixed=version)


def _l(version: str) -> Event:
    return Event(last_affected=version)


@pytest.mark.parametrize(
    ("events", "runs"),
    [
        ([], []),
        ([_i("0")], [Range()]),
        ([_i("0"), _f("2")], [Range(fixed="2")]),
        ([_f("2"), _i("1")], [Range(introduced="1", fixed="2")]),
        ([_f("2")], [Range(fixed="2")]),
        ([_l("2")], [Range(last_affected="2")]),
        ([_i("0"), _f("0")], []),
        ([_f("3"), _i("3")], []),
        ([_i("3"), _l("3")], [Range(introduced="3", last_affected="3")]),
        ([_l("3"), _i("3")], [Range(introduced="3", last_affected="3")]),
        (
            [_i("5"), _f("6"), _i("0"), _f("2"), _i("3"), _l("4")],
            [Range(fixed="2"), Range(introduced="3", last_affected="4"), Range(introduced="5", fixed="6")],
        ),
        ([_i("0"), _f("2"), _f("3")], [Range(fixed="2")]),
        ([_i("0"), _i("1"), _f("3")], [Range(fixed="3")]),
        ([_i("0"), _f("2"), _i("2"), _f("3")], [Range(fixed="2"), Range(introduced="2", fixed="3")]),
        ([_i("0"), _f("2"), _i("10")], [Range(fixed="2"), Range(introduced="10")]),
        ([_i("0"), Event(limit="5")], [Range(fixed="5")]),
        ([_i("0"), Event(limit="*")], [Range()]),
        ([Event(introduced="0", fixed="2")], [Range(fixed="2")]),
        ([Event(introduced="")], [Range()]),
        ([Event()], []),
    ],
)  # fmt: skip
def test_runs(events: list[Event], runs: list[Range]) -> None:
    assert list(normalise(events, SchemeName.DEB)) == runs


def test_events_that_cannot_be_ordered_stay_as_written() -> None:
    events = [_i("2.0"), _f("no version"), _i("1.0"), _f("1.5")]
    assert list(normalise(events, SchemeName.PEP440)) == [
        Range(introduced="2.0", fixed="no version"),
        Range(introduced="1.0", fixed="1.5"),
    ]


_KINDS = st.lists(st.sampled_from(["fixed", "last_affected"]), min_size=1, max_size=4)


@settings(max_examples=100, deadline=None)
@given(data=st.data(), ends=_KINDS)
def test_range_membership_equals_the_specifications_sweep(
    data: st.DataObject, ends: list[str]
) -> None:
    chosen = sorted(
        data.draw(
            st.lists(
                st.sampled_from(_VERSIONS),
                min_size=2 * len(ends),
                max_size=2 * len(ends),
                unique=True,
            )
        ),
        key=_KEY,
    )
    events = [
        event
        for position, end in enumerate(ends)
        for event in (
            _i(chosen[2 * position]),
            _f(chosen[2 * position + 1]) if end == "fixed" else _l(chosen[2 * position + 1]),
        )
    ][: data.draw(st.integers(min_value=1, max_value=2 * len(ends)))]
    runs = normalise(data.draw(st.permutations(events)), SchemeName.DEB)
    for version in _VERSIONS:
        assert any(_within(run, version) for run in runs) is _swept(events, version)


def _within(run: Range, version: str) -> bool:
    key = _KEY(version)
    if run.introduced != "0" and key < _KEY(run.introduced):
        return False
    if run.fixed is not None:
        return key < _KEY(run.fixed)
    return run.last_affected is None or key <= _KEY(run.last_affected)


def _swept(events: list[Event], version: str) -> bool:
    """https://ossf.github.io/osv-schema/#evaluation."""
    vulnerable = False
    for event in sorted(
        events, key=lambda one: _KEY(one.introduced or one.fixed or one.last_affected or "")
    ):
        if event.introduced is not None and _KEY(version) >= _KEY(event.introduced):
            vulnerable = True
        if event.fixed is not None and _KEY(version) >= _KEY(event.fixed):
            vulnerable = False
        if event.last_affected is not None and _KEY(version) > _KEY(event.last_affected):
            vulnerable = False
    return vulnerable


def test_versions_that_ranges_hold_are_left_out() -> None:
    ranges = (Range(introduced="2", fixed="4"), Range(introduced="6", last_affected="7"))
    versions = ["1", "2", "3", "4", "5", "6", "7", "8", "5", "not one"]
    assert uncovered(versions, ranges, SchemeName.DEB) == ("1", "4", "5", "8", "not one")


def test_an_end_that_cannot_be_ordered_holds_nothing() -> None:
    assert uncovered(["1.0"], (Range(fixed="what"),), SchemeName.PEP440) == ("1.0",)
    assert uncovered(["1.0"], (Range(introduced="what"),), SchemeName.PEP440) == ("1.0",)
    assert uncovered(["1.0"], (Range(),), SchemeName.PEP440) == ()
    assert uncovered([], (Range(),), SchemeName.PEP440) == ()
