import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from tests.advisories.records import (
    CVE,
    EPSS,
    EVERYTHING,
    KEV,
    NOW,
    VECTOR,
    advisory,
    affected,
    build,
    built,
)
from vedette.advisories.build import Batch
from vedette.advisories.database import AdvisoryDatabase
from vedette.advisories.feeds._base import Record, RecordFailure
from vedette.advisories.stage import Counts, Stage
from vedette.advisories.state import FeedSource, FeedState
from vedette.errors import ParseError, StoreError
from vedette.model.advisory import Advisory, AffectedStatus, Range, Rating

LATER = NOW + timedelta(days=1)


def all_advisories(path: Path, identifier: str = "CVE-2024-0001") -> tuple[Advisory, ...]:
    with AdvisoryDatabase.open(path) as database:
        database.verify()
        return database.advisories(identifier)


def test_equal_records_make_equal_files(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    digest = build(first, *EVERYTHING).digest
    turned: tuple[Batch, ...] = tuple(
        (feed, document, tuple(reversed(tuple(records))))
        for feed, document, records in reversed(EVERYTHING)
    )
    assert build(second, *turned).digest == digest
    assert first.read_bytes() == second.read_bytes()


DAYS = st.sampled_from([None, NOW, LATER])
RECORDS = st.lists(
    st.one_of(
        st.builds(
            lambda number, package, fixed, modified, withdrawn: advisory(
                f"CVE-2024-{number}",
                affected(package, Range(fixed=fixed)),
                modified=modified,
                withdrawn=withdrawn,
            ),
            st.integers(1, 4),
            st.sampled_from(["a", "b"]),
            st.sampled_from(["1.0", "1.0~rc1", "2:0"]),
            DAYS,
            st.sampled_from([None, None, NOW]),
        ),
        st.builds(
            lambda text, modified, rejected: msgspec.structs.replace(
                CVE, description=text, modified=modified, rejected=rejected
            ),
            st.text(max_size=3),
            DAYS,
            st.booleans(),
        ),
        st.builds(lambda p: msgspec.structs.replace(EPSS, probability=p), st.floats(0, 1)),
        st.builds(lambda text: msgspec.structs.replace(KEV, action=text), st.text(max_size=3)),
    ),
    max_size=12,
)


@settings(
    max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(RECORDS, st.randoms(use_true_random=False))
def test_the_order_of_records_is_no_matter(
    tmp_path: Path, records: list[Record], chance: random.Random
) -> None:
    built(tmp_path / "first", *records)
    shuffled = list(records)
    chance.shuffle(shuffled)
    half = len(shuffled) // 2
    build(
        tmp_path / "second",
        ("debian", "debian/list", shuffled[half:]),
        ("debian", "debian/list", shuffled[:half]),
    )
    with (
        AdvisoryDatabase.open(tmp_path / "first") as one,
        AdvisoryDatabase.open(tmp_path / "second") as two,
    ):
        for name in ("a", "b"):
            assert one.candidates("Debian:12", name) == two.candidates("Debian:12", name)
        assert one.cve("CVE-2024-0001") == two.cve("CVE-2024-0001")
        assert one.epss("CVE-2024-0001") == two.epss("CVE-2024-0001")
        assert one.kev("CVE-2024-0001") == two.kev("CVE-2024-0001")
        assert one.counts() == two.counts()


def test_the_report(tmp_path: Path) -> None:
    source = FeedSource(
        name="debian", title="Debian", licence="none", fingerprint="ab", dated=LATER
    )
    report = build(
        tmp_path / "db",
        (
            "debian",
            "debian/a",
            (advisory(), RecordFailure(document="debian/a", place="line 3", reason="no id")),
        ),
        ("debian", "debian/b", (advisory("CVE-2024-0002", withdrawn=NOW),)),
        ("nvd", "nvd/2024", (msgspec.structs.replace(CVE, rejected=True),)),
        feeds=(source, FeedSource(name="never read")),
    )
    states = (
        FeedState(source=source, documents=2, records=2, failures=1, dropped=1, newest=NOW),
        FeedState(
            source=FeedSource(name="nvd"), documents=1, records=1, failures=0, dropped=1, newest=NOW
        ),
    )
    assert (report.feeds, report.advisories, report.packages) == (states, 1, 1)
    assert report.failures == (RecordFailure(document="debian/a", place="line 3", reason="no id"),)
    assert report.size == (tmp_path / "db").stat().st_size
    assert states[0].name == "debian"
    assert states[0].dated == NOW
    with AdvisoryDatabase.open(tmp_path / "db") as database:
        assert (database.feeds, database.digest) == (states, report.digest)
        assert database.failures("debian") == report.failures


def test_the_newest_statement_wins(tmp_path: Path) -> None:
    old = advisory("CVE-2024-0001", affected("old"))
    new = advisory("CVE-2024-0001", affected("new"), modified=LATER)
    undated = advisory("CVE-2024-0001", affected("undated"), modified=None)
    built(tmp_path / "db", undated, new, old)
    assert all_advisories(tmp_path / "db") == (new,)


def test_statements_of_one_moment_are_joined(tmp_path: Path) -> None:
    first = advisory(
        "CVE-2024-0001",
        affected("a"),
        modified=None,
        aliases=("X-2",),
        related=("CVE-1",),
        ratings=(Rating(source="NVD", vector=VECTOR),),
    )
    second = advisory(
        "CVE-2024-0001", affected("b"), affected("a"), modified=None, aliases=("X-1",)
    )
    built(tmp_path / "db", first, second, first)
    assert all_advisories(tmp_path / "db", "X-1") == (
        msgspec.structs.replace(
            first, aliases=("X-1", "X-2"), affected=(affected("a"), affected("b"))
        ),
    )


def test_one_feed_does_not_replace_another(tmp_path: Path) -> None:
    ubuntu = advisory(feed="ubuntu", modified=LATER)
    build(tmp_path / "db", ("ubuntu", "u", (ubuntu,)), ("debian", "d", (advisory(),)))
    assert all_advisories(tmp_path / "db") == (advisory(), ubuntu)


@pytest.mark.parametrize(("withdrawn", "left"), [(LATER, 0), (NOW, 0), (NOW - timedelta(1), 1)])
def test_a_withdrawal_counts_if_nothing_newer_stands(
    tmp_path: Path, withdrawn: datetime, left: int
) -> None:
    built(tmp_path / "db", advisory(), advisory(modified=withdrawn, withdrawn=withdrawn))
    assert len(all_advisories(tmp_path / "db")) == left


def test_repeated_facts(tmp_path: Path) -> None:
    newer = msgspec.structs.replace(CVE, modified=LATER, description="Better words")
    score = msgspec.structs.replace(EPSS, probability=0.75, scored_on=LATER.date())
    other = msgspec.structs.replace(KEV, action="", ransomware=False)
    build(
        tmp_path / "db",
        ("nvd", "a", (CVE, newer)),
        ("epss", "b", (score, EPSS)),
        ("extra", "c", (EPSS, KEV)),
        ("kev", "d", (KEV, other)),
    )
    with AdvisoryDatabase.open(tmp_path / "db") as database:
        assert database.cve("CVE-2024-0001") == (newer,)
        assert database.epss("CVE-2024-0001") == score
        assert database.kev("CVE-2024-0001") in {KEV, other}


def test_a_document_that_ends_in_an_error_is_a_failure(tmp_path: Path) -> None:
    def records() -> Iterator[Record]:
        yield advisory()
        raise ParseError("cut off", "offset 7")

    report = build(tmp_path / "db", ("debian", "debian/list", records()))
    assert report.failures == (
        RecordFailure(document="debian/list", place="", reason="offset 7: cut off"),
    )
    assert report.feeds[0].failures == 1
    assert all_advisories(tmp_path / "db") == (advisory(),)


HUGE = "x" * 100_000


@pytest.mark.parametrize(
    "record",
    [
        advisory("\ud800"),
        advisory(""),
        advisory(HUGE),
        advisory("CVE-2024-0001", affected("\udfff")),
        advisory("CVE-2024-0001", affected("")),
        advisory("CVE-2024-0001", affected(HUGE)),
        advisory(modified=datetime(2024, 1, 1)),  # noqa: DTZ001 - the fault that is tested
        advisory(published=datetime(2024, 1, 1)),  # noqa: DTZ001 - the fault that is tested
        advisory(references=tuple(f"{HUGE}{number}" for number in range(200))),
        advisory("CVE-2024-0001", affected("a", *(Range(fixed=HUGE),) * 200)),
        msgspec.structs.replace(CVE, published=datetime(2024, 1, 1)),  # noqa: DTZ001 - the same
        msgspec.structs.replace(CVE, id=""),
        msgspec.structs.replace(EPSS, probability=1.5),
        msgspec.structs.replace(EPSS, probability=float("nan")),
        msgspec.structs.replace(EPSS, percentile=-0.1),
        msgspec.structs.replace(KEV, cve=""),
    ],
)
def test_records_that_cannot_be_stored_are_failures(tmp_path: Path, record: Record) -> None:
    report = built(tmp_path / "db", record, advisory("CVE-2024-0009"))
    assert [failure.reason.partition(":")[0] for failure in report.failures] == ["cannot be stored"]
    assert (report.advisories, report.feeds[0].records, report.feeds[0].failures) == (1, 2, 1)
    assert all(len(failure.place) <= 500 for failure in report.failures)


def test_too_many_packages_are_a_failure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vedette.advisories.stage._MOST_AFFECTED", 2)
    report = built(tmp_path / "db", advisory("X-1", *(affected(f"p{n}") for n in range(3))))
    assert [failure.reason for failure in report.failures] == ["cannot be stored: 3 packages"]
    monkeypatch.setattr("vedette.advisories.stage._LARGEST_ROWS", 10)
    report = built(tmp_path / "db", advisory("X-1"))
    assert "bytes" in report.failures[0].reason


def test_long_texts_are_cut_and_the_rest_is_kept(tmp_path: Path) -> None:
    built(tmp_path / "db", advisory(details=HUGE, summary="short"))
    (found,) = all_advisories(tmp_path / "db")
    assert found == advisory(details="x" * 65536 + " […]", summary="short")


def test_absurd_ranges_do_not_decide(tmp_path: Path) -> None:
    built(
        tmp_path / "db",
        advisory(
            "CVE-2024-0001", affected("a", Range(introduced="9", fixed="1"), Range(fixed="?"))
        ),
    )
    with AdvisoryDatabase.open(tmp_path / "db") as database:
        (candidate,) = database.candidates("Debian:12", "a")
    assert candidate.ranges == ()
    assert [text[:13] for text in candidate.unparsed] == ["a range from ", "not a version"]


def test_moments_before_1970_and_statuses_survive(tmp_path: Path) -> None:
    unaffected = msgspec.structs.replace(
        affected("a"),
        ranges=(),
        status=AffectedStatus.NOT_AFFECTED,
        arches=("x86_64",),
        note="n",
        module="m",
    )
    old = advisory("CVE-1999-0001", unaffected, modified=datetime(1, 1, 1, tzinfo=UTC))
    built(tmp_path / "db", old)
    assert all_advisories(tmp_path / "db", "CVE-1999-0001") == (old,)


def test_failures_are_sorted_counted_and_bounded(tmp_path: Path) -> None:
    failures = [
        RecordFailure(document="d", place=f"{n:05}", reason="\ud800bad") for n in range(1500)
    ]
    report = build(tmp_path / "db", ("debian", "d", failures[::-1]))
    assert report.feeds[0].failures == 1500
    assert len(report.failures) == 1000
    assert report.failures[0] == RecordFailure(document="d", place="00000", reason="\\ud800bad")


def test_a_failed_build_leaves_the_old_database(tmp_path: Path) -> None:
    target = tmp_path / "db"
    built(target, advisory())
    before = target.read_bytes()

    def records() -> Iterator[Record]:
        yield advisory("CVE-2024-0002")
        raise RuntimeError("a reader's fault")

    with pytest.raises(RuntimeError, match="a reader's fault"):
        build(target, ("debian", "debian/list", records()))
    assert target.read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["db"]


def test_a_target_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "db").mkdir()
    with pytest.raises(StoreError, match="cannot be built"):
        built(tmp_path / "db", advisory())


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    for path in (tmp_path / "none" / "db", tmp_path / "none" / "stage"):
        with pytest.raises(StoreError, match="cannot be built"):
            built(path, advisory()) if path.name == "db" else Stage(path)


def test_a_full_disk_is_told(tmp_path: Path) -> None:
    with Stage(tmp_path / "stage") as stage:
        stage._connection.execute("PRAGMA max_page_count=20")
        with pytest.raises(StoreError, match="cannot be built: database or disk is full"):
            stage.read("d", (advisory(f"CVE-{n}", details="x" * n) for n in range(10_000)))


def test_a_stage_may_be_read_before_it_is_used(tmp_path: Path) -> None:
    with Stage(tmp_path / "stage") as stage:
        assert stage.counts == Counts()
        assert stage.read("d", (EPSS, KEV)) is None
        assert stage.finish() == Counts(
            documents=1, records=2, newest=datetime(2024, 4, 30, tzinfo=UTC)
        )
        with pytest.raises(StoreError, match="no transaction is active"):
            stage.finish()
