"""Grouping by flaw."""

from hypothesis import given, settings, strategies as st

from tests.matching.memory import advisory, affected, package
from vedette.matching.aliases import Flaw, group
from vedette.matching.judge import Denial
from vedette.model.advisory import Advisory
from vedette.model.match import Match, MatchKind

_PACKAGE = package("PyPI", "lib", "1.0")
_ENTRY = affected("PyPI", "lib", "[0,2.0)")


def _match(record: Advisory) -> Match:
    return Match(
        package=_PACKAGE,
        advisory=record,
        affected=_ENTRY,
        kind=MatchKind.EXACT_DIRECT,
        compared="1.0",
        range=_ENTRY.ranges[0],
    )


def _denial(record: Advisory) -> Denial:
    return Denial(package=_PACKAGE, advisory=record, affected=_ENTRY, compared="1.0")


def _told(flaws: tuple[Flaw, ...]) -> list[tuple[str, tuple[str, ...], list[str]]]:
    return [(one.id, one.aliases, [match.advisory.id for match in one.matches]) for one in flaws]


def test_records_of_one_flaw_are_one() -> None:
    records = [
        advisory("GHSA-1", aliases=("CVE-2024-0001",)),
        advisory("PYSEC-1", aliases=("GHSA-1",)),
        advisory("SNYK-1", aliases=("PYSEC-1",)),
    ]
    assert _told(group(map(_match, records))) == [
        ("CVE-2024-0001", ("GHSA-1", "PYSEC-1", "SNYK-1"), ["GHSA-1", "PYSEC-1", "SNYK-1"])
    ]


def test_without_a_cve_the_ghsa_names_the_flaw() -> None:
    records = [advisory("A-1", aliases=("GHSA-1",)), advisory("GHSA-1")]
    assert _told(group(map(_match, records))) == [("GHSA-1", ("A-1",), ["A-1", "GHSA-1"])]


def test_without_either_the_first_id_does() -> None:
    records = [advisory("RUSTSEC-2", aliases=("RUSTSEC-1",))]
    assert _told(group(map(_match, records))) == [("RUSTSEC-1", ("RUSTSEC-2",), ["RUSTSEC-2"])]


def test_an_update_stands_under_each_of_its_flaws() -> None:
    records = [
        advisory("ALAS-1", related=("CVE-2024-0001", "CVE-2024-0002")),
        advisory("ALAS-2", related=("CVE-2024-0002",)),
        advisory("ALAS-3"),
    ]
    assert _told(group(map(_match, records))) == [
        ("ALAS-3", (), ["ALAS-3"]),
        ("CVE-2024-0001", (), ["ALAS-1"]),
        ("CVE-2024-0002", (), ["ALAS-1", "ALAS-2"]),
    ]


def test_two_cves_are_never_joined() -> None:
    records = [
        advisory("GHSA-1", aliases=("CVE-2024-0001", "CVE-2024-0002")),
        advisory("CVE-2024-0002"),
        advisory("PYSEC-1", aliases=("CVE-2024-0001", "GHSA-1")),
    ]
    assert _told(group(map(_match, records))) == [
        ("CVE-2024-0001", ("GHSA-1", "PYSEC-1"), ["GHSA-1", "PYSEC-1"]),
        ("CVE-2024-0002", ("GHSA-1", "PYSEC-1"), ["GHSA-1", "CVE-2024-0002"]),
    ]


def test_a_denial_takes_one_flaw_from_an_update() -> None:
    update = advisory("DSA-1", related=("CVE-2024-0001", "CVE-2024-0002"))
    flaws = group([_match(update)], [_denial(advisory("CVE-2024-0001"))])
    assert _told(flaws) == [("CVE-2024-0002", (), ["DSA-1"])]


def test_a_publishers_own_id_for_a_cve_is_an_alias() -> None:
    assert _told(group([_match(advisory("UBUNTU-CVE-2024-0001"))])) == [
        ("CVE-2024-0001", ("UBUNTU-CVE-2024-0001",), ["UBUNTU-CVE-2024-0001"])
    ]


_IDS = st.sampled_from(["CVE-2024-0001", "CVE-2024-0002", "GHSA-1", "GHSA-2", "P-1", "P-2", "P-3"])


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(_IDS, st.frozensets(_IDS, max_size=3)), max_size=6), st.randoms())
def test_grouping_does_not_depend_on_order(
    given_records: list[tuple[str, frozenset[str]]], random: st.DataObject
) -> None:
    records = [
        advisory(name, aliases=tuple(sorted(aliases - {name}))) for name, aliases in given_records
    ]
    shuffled = list(records)
    random.shuffle(shuffled)  # type: ignore[attr-defined] # hypothesis gives a random.Random
    first, second = group(map(_match, records)), group(map(_match, shuffled))
    assert [(one.id, one.aliases) for one in first] == [(one.id, one.aliases) for one in second]
    assert {match.advisory.id for one in first for match in one.matches} == {
        record.id for record in records
    }
