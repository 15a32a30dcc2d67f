"""The join over all packages agrees with comparing each one with each range."""

import threading
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings, strategies as st

from tests.advisories.records import built
from tests.matching.memory import MemoryIndex, advisory, affected, package
from vedette.advisories import database as databases
from vedette.advisories.database import AdvisoryDatabase
from vedette.matching.match import match
from vedette.matching.ranges import Outside, Version, membership, version_of
from vedette.model.advisory import Advisory
from vedette.model.candidate import Question
from vedette.model.package import SchemeName

_VERSIONS = ("0.9.0", "1.0.0", "1.0.0-rc.1", "1.1.0", "2.0.0", "3.0.0")
_RANGES = ("[0,)", "[0,1.0.0)", "[1.0.0,1.1.0)", "[1.0.0,1.1.0]", "[1.1.0,)", "[x y,1.0.0)")
_records = st.lists(
    st.lists(
        st.builds(
            lambda name, ranges, versions, scheme: affected(
                "npm", name, *ranges, versions=versions, scheme=scheme
            ),
            st.sampled_from("abc"),
            st.lists(st.sampled_from(_RANGES), max_size=2),
            st.lists(st.sampled_from(_VERSIONS), max_size=2),
            st.sampled_from(["npm", "npm", "npm", "generic"]),
        ),
        min_size=1,
        max_size=4,
    ),
    min_size=1,
    max_size=6,
).map(
    lambda groups: [advisory(f"GHSA-{number}", *entries) for number, entries in enumerate(groups)]
)


def _questions() -> list[Question]:
    found: list[Question] = []
    for name in "abcd":
        for text in _VERSIONS:
            version = version_of(text, SchemeName.NPM)
            assert isinstance(version, Version)
            found.append(("npm", name, SchemeName.NPM, version.key))
    return found


@settings(max_examples=12, deadline=None)
@given(_records, st.integers(1, 9))
def test_the_join_equals_a_scan_of_all_ranges(records: list[Advisory], at_once: int) -> None:
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(databases, "_AT_ONCE", at_once)
        built(Path(folder) / "db", *records)
        index = MemoryIndex(records)
        with AdvisoryDatabase.open(Path(folder) / "db") as database:
            telling = database.telling(_questions())
            assert telling == database.telling(reversed(_questions()))  # type: ignore[arg-type] # any order
            _compare(telling, index)
            packages = [package("npm", name, text) for name in "abcd" for text in _VERSIONS]
            assert [_short(one) for one in match(packages, database)] == [
                _short(one) for one in match(packages, index)
            ]


def _compare(telling: frozenset[Question], index: MemoryIndex) -> None:
    """No candidate that says anything but "not this version" is left out, and what is left in lies in some hull."""
    texts = {version_of(text, SchemeName.NPM).key: text for text in _VERSIONS}  # type: ignore[union-attr] # they parse
    for question in _questions():
        _, name, _, key = question
        outcomes = [
            membership(one, version_of(texts[key], one.affected.scheme))
            for one in index.candidates("npm", name)
        ]
        if any(not isinstance(one, Outside) for one in outcomes):
            assert question in telling
        if index.candidates("npm", name) == ():
            assert question not in telling
    assert telling == index.telling(_questions()) | {
        question
        for question in _questions()
        if any(
            one.affected.scheme is not question[2] for one in index.candidates("npm", question[1])
        )
    }


def _short(verdict: object) -> tuple[object, ...]:
    return (
        type(verdict).__name__,
        verdict.package.purl,  # type: ignore[attr-defined] # of either kind
        verdict.advisory.id,  # type: ignore[attr-defined] # of either kind
    )


def test_threads_may_ask_one_database(tmp_path: Path) -> None:
    built(
        tmp_path / "db",
        *(advisory(f"GHSA-{n}", affected("npm", f"p{n}", "[0,2.0.0)")) for n in range(50)),
    )
    version = version_of("1.0.0", SchemeName.NPM)
    assert isinstance(version, Version)
    asked = [("npm", f"p{n}", SchemeName.NPM, version.key) for n in range(0, 100, 5)]
    answers: list[frozenset[Question]] = []
    with AdvisoryDatabase.open(tmp_path / "db") as database:

        def ask() -> None:
            for _ in range(20):
                answers.append(database.telling(asked))
                assert len(database.candidates("npm", "p7")) == 1

        threads = [threading.Thread(target=ask) for _ in range(4)]
        for one in threads:
            one.start()
        for one in threads:
            one.join()
    assert answers == [frozenset(asked[:10])] * 80
