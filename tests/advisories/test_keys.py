import pytest
from hypothesis import given, settings, strategies as st

from vedette.advisories.database_format import Entry
from vedette.advisories.keys import KeyedEntry, keyed
from vedette.model.advisory import Affected, AffectedStatus, FixState, Range
from vedette.model.package import SchemeName
from vedette.versions import SCHEMES, Scheme

deb = SCHEMES["deb"].key


def entry(
    *ranges: Range, versions: tuple[str, ...] = (), scheme: SchemeName = SchemeName.DEB
) -> KeyedEntry:
    return keyed(
        Affected(ecosystem="Debian:12", name="a", scheme=scheme, ranges=ranges, versions=versions)
    )


def test_a_single_range_has_its_key_in_the_row() -> None:
    assert entry(Range(introduced="1.0", fixed="2.0")) == KeyedEntry(
        deb("1.0"),
        deb("2.0"),
        Entry(
            SchemeName.DEB,
            AffectedStatus.AFFECTED,
            FixState.UNKNOWN,
            by_source=False,
            note=None,
            module=None,
            arches=(),
            ranges=(("1.0", "2.0", None),),
            versions=(),
            keys=(),
            version_keys=(),
            unparsed=(),
        ),
    )


@pytest.mark.parametrize(
    ("given_range", "low", "high"),
    [
        (Range(), b"", None),
        (Range(fixed="2"), b"", deb("2")),
        (Range(introduced="1", last_affected="2"), deb("1"), deb("2") + b"\0"),
        (Range(introduced="1"), deb("1"), None),
        (Range(introduced="2", fixed="2"), deb("2"), deb("2")),
    ],
)
def test_ends(given_range: Range, low: bytes, high: bytes | None) -> None:
    found = entry(given_range)
    assert (found.low, found.high, found.entry.keys, found.entry.unparsed) == (low, high, (), ())


def test_several_ranges_and_versions_have_a_hull() -> None:
    found = entry(
        Range(introduced="3", fixed="4"), Range(introduced="1", fixed="2"), versions=("7", "0.5")
    )
    assert (found.low, found.high) == (deb("0.5"), deb("7") + b"\0")
    assert found.entry.keys == ((deb("3"), deb("4")), (deb("1"), deb("2")))
    assert found.entry.version_keys == (deb("0.5"), deb("7"))
    assert entry(Range(introduced="3"), versions=("5",)).high is None


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (Range(fixed="not a version"), "not a version of scheme deb: 'not a version'"),
        (Range(introduced="!", fixed="1"), "not a version of scheme deb: '!'"),
        (Range(introduced="2", fixed="1"), "a range from '2' back to '1'"),
        (Range(introduced="2", last_affected="1"), "a range from '2' back to '1'"),
    ],
)
def test_what_cannot_be_compared_is_told_and_hides_nothing(bad: Range, reason: str) -> None:
    found = entry(Range(introduced="5", fixed="6"), bad)
    assert found.entry.keys == ((deb("5"), deb("6")), None)
    assert (found.low, found.high) == (b"", None)
    assert [text.startswith(reason) for text in found.entry.unparsed] == [True]


def test_a_version_that_does_not_parse() -> None:
    found = entry(versions=("1.0", "?!"))
    assert found.entry.version_keys == (deb("1.0"),)
    assert (found.low, found.high, len(found.entry.unparsed)) == (b"", None, 1)


def test_an_entry_without_versions_speaks_of_all() -> None:
    assert (entry().low, entry().high, entry().entry.unparsed) == (b"", None, ())


def test_a_scheme_without_an_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vedette.advisories.keys.SCHEMES", {})
    found = entry(Range(fixed="1"), versions=("2",))
    assert found.entry.keys == (None,)
    assert found.entry.unparsed == ("no version order for the scheme deb",)
    assert (found.low, found.high) == (b"", None)
    assert entry().entry.unparsed == ()


def test_keys_that_do_not_decide_have_no_hull(monkeypatch: pytest.MonkeyPatch) -> None:
    partial = Scheme(
        name=SchemeName.DEB,
        key=deb,
        exact=lambda text: text != "2",
        compare=lambda a, b: (a > b) - (a < b),
    )
    monkeypatch.setattr("vedette.advisories.keys.SCHEMES", {SchemeName.DEB: partial})
    exact = entry(Range(introduced="1", fixed="3"))
    assert (exact.low, exact.high, exact.entry.keys) == (deb("1"), deb("3"), ())
    inexact = entry(Range(introduced="1", fixed="2"))
    assert (inexact.low, inexact.high) == (b"", None)
    assert inexact.entry.keys == ((deb("1"), deb("2")),)


@pytest.mark.parametrize("scheme", sorted(SCHEMES))
def test_nonsense_is_a_reason_in_every_scheme(scheme: str) -> None:
    nonsense = "\ufffd \0!"
    found = entry(
        Range(introduced=nonsense, fixed=nonsense), versions=(nonsense,), scheme=SchemeName(scheme)
    )
    assert (found.low, found.high, len(found.entry.unparsed)) == (b"", None, 2)


def test_reasons_are_bounded() -> None:
    assert len(entry(versions=("?",) * 100).entry.unparsed) == 20


VERSIONS = st.sampled_from(["0", "0.9", "1.0~rc1", "1.0", "1.0-1", "1:0.1", "2.0+b1", "10"])
RANGES = st.builds(
    Range,
    introduced=VERSIONS,
    fixed=st.none() | VERSIONS,
    last_affected=st.none() | VERSIONS,
)


@settings(max_examples=150)
@given(st.lists(RANGES, max_size=3), st.lists(VERSIONS, max_size=2), VERSIONS)
def test_the_hull_holds_every_version_that_is_affected(
    ranges: list[Range], versions: list[str], version: str
) -> None:
    found = entry(*ranges, versions=tuple(versions))
    key = deb(version)
    keys = found.entry.keys or ((found.low, found.high),) * len(ranges)
    inside = any(k is not None and k[0] <= key and (k[1] is None or key < k[1]) for k in keys)
    if inside or key in found.entry.version_keys or found.entry.unparsed:
        assert found.low <= key
        assert found.high is None or key < found.high
