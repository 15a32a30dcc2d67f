"""Membership in ranges: tables, and the law that bytes say what the scheme's own order says."""

from collections.abc import Callable

import pytest
from hypothesis import given, settings, strategies as st

from tests.matching.memory import advisory, affected, candidate, run
from vedette.errors import VersionError
from vedette.matching import ranges
from vedette.matching.ranges import (
    Inside,
    NoVersion,
    Outside,
    Unclear,
    Version,
    keyed_range,
    lies_in,
    membership,
    version_of,
)
from vedette.model.advisory import Affected, Range
from vedette.model.candidate import Candidate, KeyedRange
from vedette.model.package import SchemeName
from vedette.versions import Scheme


def _known(text: str, scheme: SchemeName = SchemeName.PEP440) -> Version:
    version = version_of(text, scheme)
    assert isinstance(version, Version)
    return version


def _keyed(text: str, scheme: SchemeName = SchemeName.PEP440) -> KeyedRange:
    keyed = keyed_range(run(text), scheme)
    assert keyed is not None
    return keyed


def _candidate(entry: Affected) -> Candidate:
    return candidate(advisory("A", entry), entry)


@pytest.mark.parametrize(
    ("version", "bounds", "held"),
    [
        ("1.0", "[1.0,2.0)", True),
        ("0.9", "[1.0,2.0)", False),
        ("2.0", "[1.0,2.0)", False),
        ("2.0.0", "[1.0,2.0)", False),
        ("2.0rc1", "[1.0,2.0)", True),
        ("2.0", "[1.0,2.0]", True),
        ("2.0.0", "[1.0,2.0]", True),
        ("2.0.post1", "[1.0,2.0]", False),
        ("0.0.dev0", "[0,2.0)", True),
        ("99", "[1.0,)", True),
        ("0.1", "[1.0,)", False),
    ],
)
def test_a_range_holds_what_lies_between_its_ends(version: str, bounds: str, held: bool) -> None:  # noqa: FBT001
    assert lies_in(_keyed(bounds), _known(version)) is held


@pytest.mark.parametrize("bounds", ["[one,2.0)", "[1.0,two)", "[1.0,two]"])
def test_a_range_with_an_end_that_is_no_version_has_no_keys(bounds: str) -> None:
    assert keyed_range(run(bounds), SchemeName.PEP440) is None


def test_the_beginning_is_before_every_version() -> None:
    keyed = keyed_range(Range(), SchemeName.DEB)
    assert keyed == KeyedRange(range=Range(), low=b"", high=None)
    assert lies_in(_keyed("[0,1.0)", SchemeName.DEB), _known("0~~", SchemeName.DEB))


def test_a_version_says_why_it_has_no_place() -> None:
    assert version_of("a b", SchemeName.PEP440) == NoVersion(
        text="a b", reason="not a version of scheme pep440: 'a b'"
    )


def test_a_scheme_that_is_not_there_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ranges, "SCHEMES", {})
    assert version_of("1.0", SchemeName.SWIFT) == NoVersion(
        text="1.0", reason="no version order for the scheme swift"
    )


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        ("1.5", Inside(range=Range(introduced="1.0", fixed="2.0"))),
        ("3.0", Outside(fixed=True)),
        ("0.5", Outside(fixed=False)),
        ("4.0", Inside(range=None)),
        ("4.0.0", Inside(range=None)),
        ("odd", Inside(range=None)),
        ("other", Unclear(reason="not a version of scheme pep440: 'other'")),
    ],
)
def test_membership(version: str, expected: ranges.Membership) -> None:
    entry = affected("PyPI", "lib", "[1.0,2.0)", versions=("4.0", "odd"))
    known = Candidate(
        advisory=advisory("A"),
        affected=entry,
        ranges=(_keyed("[1.0,2.0)"),),
        version_keys=(_known("4.0").key,),
    )
    assert membership(known, version_of(version, SchemeName.PEP440)) == expected


def test_a_last_affected_version_is_not_a_fix() -> None:
    known = _candidate(affected("PyPI", "lib", "[1.0,2.0]", "[5.0,)"))
    assert membership(known, _known("3.0")) == Outside(fixed=False)


_NUMBERS = st.integers(min_value=0, max_value=30)


def _texts(scheme: SchemeName) -> st.SearchStrategy[str]:
    dotted = st.lists(_NUMBERS, min_size=3, max_size=3).map(lambda parts: ".".join(map(str, parts)))
    endings = {
        SchemeName.DEB: st.sampled_from(["-1", "~rc1-1", "+b1", "", "-1ubuntu2"]),
        SchemeName.RPM: st.sampled_from(["-1", "~rc1-1", "^git1-2", "-1.amzn2"]),
        SchemeName.PEP440: st.sampled_from(["", "rc1", ".post1", ".dev3", "+local"]),
        SchemeName.NPM: st.sampled_from(["", "-rc.1", "-alpha", "-0"]),
    }
    return st.tuples(dotted, endings[scheme]).map("".join)


@pytest.mark.parametrize(
    "scheme", [SchemeName.DEB, SchemeName.RPM, SchemeName.PEP440, SchemeName.NPM]
)
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_range_membership_equals_linear_scan(scheme: SchemeName, data: st.DataObject) -> None:
    texts = data.draw(st.lists(_texts(scheme), min_size=3, max_size=12))
    runs = [
        Range(introduced=low, fixed=high)
        for low, high in data.draw(
            st.lists(st.tuples(st.sampled_from(["0", *texts]), st.sampled_from([None, *texts])))
        )
    ]
    entry = affected("PyPI", "lib", scheme=scheme)
    keyed = tuple(filter(None, (keyed_range(one, scheme) for one in runs)))
    known = Candidate(advisory=advisory("A"), affected=entry, ranges=(*keyed,))
    order = sorted({_known(text, scheme).key for text in texts})
    for text in texts:
        here = order.index(_known(text, scheme).key)
        expected = any(
            (one.introduced == "0" or order.index(_known(one.introduced, scheme).key) <= here)
            and (one.fixed is None or here < order.index(_known(one.fixed, scheme).key))
            for one in runs
        )
        held = isinstance(membership(known, version_of(text, scheme)), Inside)
        assert held is expected


def _letters(text: str) -> bytes:
    if not text.isalpha():
        raise VersionError(f"not letters: {text!r}")
    return text.lower().encode()


def _slow(calls: list[tuple[str, str]]) -> Callable[[str, str], int]:
    def compare(left: str, right: str) -> int:
        calls.append((left, right))
        return (left > right) - (left < right)

    return compare


@pytest.mark.parametrize(
    ("version", "bounds", "held", "slow"),
    [
        ("b", "[a,c)", True, False),
        ("B", "[a,c)", False, True),  # keys are equal to those of b: only the comparison tells
        ("b", "[B,c)", True, True),
        ("b", "[a,B)", False, True),
        ("b", "[a,B]", False, True),
        ("B", "[0,b]", True, True),
        ("b", "[B,)", True, True),
        ("B", "[0,)", True, True),
    ],
)
def test_where_keys_are_not_exact_the_scheme_compares(
    monkeypatch: pytest.MonkeyPatch,
    version: str,
    bounds: str,
    held: bool,  # noqa: FBT001
    slow: bool,  # noqa: FBT001
) -> None:
    calls: list[tuple[str, str]] = []
    scheme = Scheme(name=SchemeName.GENERIC, key=_letters, exact=str.islower, compare=_slow(calls))
    monkeypatch.setattr(ranges, "SCHEMES", {SchemeName.GENERIC: scheme})
    known = _known(version, SchemeName.GENERIC)
    entry = affected("PyPI", "lib", bounds, scheme="generic")
    keyed = _keyed(bounds, SchemeName.GENERIC)
    assert lies_in(keyed, known) is held
    assert bool(calls) is (slow and bounds != "[0,)")
    whole = Candidate(advisory=advisory("A"), affected=entry, ranges=(keyed,))
    fixed = keyed.range.fixed is not None and not held and version != "B"
    expected = Inside(range=keyed.range) if held else Outside(fixed=fixed)
    assert membership(whole, known) == expected


def test_a_property_that_nobody_filled_in_is_no_version() -> None:
    assert version_of("${log4j.version}", SchemeName.MAVEN) == NoVersion(
        text="${log4j.version}", reason="a placeholder and no version: '${log4j.version}'"
    )
