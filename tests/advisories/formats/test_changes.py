"""Publishers' lists of changes."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, strategies as st

from vedette.advisories.feeds._base import Document, Kept, kept
from vedette.advisories.formats.changes import MOST_CHANGES, catch_up, read_changes
from vedette.errors import ParseError

_ARCHIVE = Document(name="all.zip", url="https://x/all.zip")
_DAY = datetime(2024, 5, 20, tzinfo=UTC)


def _one(entry: str) -> Document:
    return Document(name=f"changed/{entry}", url=f"https://x/{entry}")


def _hours(number: float) -> datetime:
    return _DAY + timedelta(hours=number)


def test_lists_of_both_kinds() -> None:
    osv = b"2024-05-20T01:00:00Z,A-1\n2024-05-19T01:00:00.5Z,A-2\n"
    csaf = b'"2024/a.json","2024-05-20T01:00:00+00:00"\r\n"b.json","2024-05-19"\r\n'
    assert read_changes(osv, moment=0, entry=1) == {
        "A-1": _hours(1),
        "A-2": datetime(2024, 5, 19, 1, 0, 0, 500_000, tzinfo=UTC),
    }
    assert read_changes(csaf, moment=1, entry=0) == {
        "2024/a.json": _hours(1),
        "b.json": _hours(-24),
    }


def test_the_latest_of_several_moments_counts_and_bad_lines_do_not() -> None:
    data = (
        b"2024-05-20T01:00:00Z,A\n2024-05-20T03:00:00Z,A\n2024-05-20T02:00:00Z,A\nnever,B\n\xff\n\n"
    )
    assert read_changes(data, moment=0, entry=1) == {"A": _hours(3)}


@pytest.mark.parametrize("data", [b"", b"<html>gone</html>", b"A-1,2024-05-20T01:00:00Z"])
def test_what_is_no_list(data: bytes) -> None:
    with pytest.raises(ParseError, match="not a list of changes"):
        read_changes(data, moment=0, entry=1)


def test_a_list_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vedette.advisories.formats.changes._LINES", 1)
    with pytest.raises(ParseError, match="more than 1 lines"):
        read_changes(b"2024-05-20T01:00:00Z,A-1\n" * 2, moment=0, entry=1)


def test_only_what_changed_is_fetched() -> None:
    changes = {"OLD": _hours(-30), "SAME-DAY": _hours(-20), "NEW": _hours(5), "HERE": _hours(6)}
    dates = {"all.zip": _DAY, "changed/HERE": _hours(6), "changed/NEW": _hours(4)}
    assert list(catch_up(_ARCHIVE, changes, _one, dates, kept)) == [
        Kept(name="all.zip"),
        Kept(name="changed/HERE"),
        _one("NEW"),
        _one("SAME-DAY"),
    ]


@pytest.mark.parametrize(
    ("changes", "dates"),
    [
        ({"A": _DAY}, {}),
        ({}, {"all.zip": _DAY}),
        ({"A": _DAY + timedelta(days=31)}, {"all.zip": _DAY}),
        ({f"A-{n}": _DAY for n in range(MOST_CHANGES + 1)}, {"all.zip": _DAY}),
    ],
    ids=["nothing stands", "no list", "too old", "too many"],
)
def test_when_the_whole_archive_is_fetched(
    changes: dict[str, datetime], dates: dict[str, datetime]
) -> None:
    assert list(catch_up(_ARCHIVE, changes, _one, dates, kept)) == [_ARCHIVE]


_ENTRIES = st.dictionaries(st.sampled_from("ABCDEF"), st.integers(-48, 48).map(_hours), min_size=1)


@given(changes=_ENTRIES, standing=_ENTRIES)
def test_nothing_that_changed_since_is_missing(
    changes: dict[str, datetime], standing: dict[str, datetime]
) -> None:
    """Every change since the archive is fetched, or stands in a later form."""
    dates = {"all.zip": _DAY} | {f"changed/{name}": moment for name, moment in standing.items()}
    found = set(catch_up(_ARCHIVE, changes, _one, dates, kept))
    for entry, moment in changes.items():
        if moment > _DAY:
            stays = Kept(name=f"changed/{entry}") in found
            assert stays is (entry in standing and standing[entry] >= moment)
            assert stays is not (_one(entry) in found)
