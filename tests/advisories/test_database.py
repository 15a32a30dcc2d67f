import shutil
import sqlite3
import threading
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from tests.advisories.records import (
    CVE,
    END_OF_LIFE,
    EPSS,
    EVERYTHING,
    EXPLOIT,
    FULL,
    KEV,
    NOW,
    advisory,
    affected,
    build,
    built,
)
from vedette.advisories import assemble
from vedette.advisories.database import AdvisoryDatabase
from vedette.advisories.database_format import Name
from vedette.errors import StoreError
from vedette.matching.index import AdvisoryIndex
from vedette.model.advisory import Advisory, ExploitKind, Range
from vedette.model.candidate import Candidate, KeyedRange, Question
from vedette.model.package import SchemeName
from vedette.versions import SCHEMES


@pytest.fixture(scope="module")
def everything(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("database") / "a strange#name?%41.sqlite"
    build(path, *EVERYTHING)
    return path


def test_candidates_are_whole_values(everything: Path) -> None:
    with AdvisoryDatabase.open(everything) as database:
        described = msgspec.structs.replace(FULL, affected=())
        brief = Advisory(
            id=FULL.id,
            feed=FULL.feed,
            modified=FULL.modified,
            published=FULL.published,
            aliases=FULL.aliases,
            related=FULL.related,
        )
        assert database.whole(brief) == described
        high = SCHEMES["deb"].key("3.0.11-1~deb12u2")
        keyed = KeyedRange(range=affected().ranges[0], low=b"", high=high)
        assert database.candidates("Debian:12", "openssl") == (
            Candidate(
                advisory=advisory("CVE-2024-0001", affected=()),
                affected=affected(),
                ranges=(keyed,),
            ),
            Candidate(advisory=brief, affected=affected(), ranges=(keyed,)),
        )
        old = FULL.affected[1]
        (candidate,) = database.candidates("Debian:11", "libssl")
        assert candidate == Candidate(
            advisory=brief,
            affected=old,
            ranges=(
                KeyedRange(
                    range=old.ranges[0],
                    low=SCHEMES["deb"].key("1.0"),
                    high=SCHEMES["deb"].key("1.1-2") + b"\0",
                ),
            ),
        )


@pytest.mark.parametrize(
    ("ecosystem", "name"),
    [
        ("Debian:12", "opens"),
        ("Debian:12", "OpenSSL"),
        ("Debian", "openssl"),
        ("", ""),
        ("Debian:12", "\0"),
        ("Debian:12", "\udce9"),
    ],
)
def test_other_names_have_no_candidates(everything: Path, ecosystem: str, name: str) -> None:
    with AdvisoryDatabase.open(everything) as database:
        assert database.candidates(ecosystem, name) == ()


def test_only_versions_that_may_be_meant_tell(everything: Path) -> None:
    def asked(version: str, name: str = "openssl", ecosystem: str = "Debian:12") -> Question:
        return ecosystem, name, SchemeName.DEB, SCHEMES["deb"].key(version)

    openssl = asked("3.0.11-1~deb12u1")
    old = asked("1.0", "libssl", "Debian:11")
    other_order = ("Debian:12", "openssl", SchemeName.RPM, b"\xff")
    silent = {
        asked("3.0.11-1~deb12u2"),
        asked("0", "libssl", "Debian:11"),
        asked("1.1-2+b1", "libssl", "Debian:11"),
        asked("1", "opens"),
        asked("1", "\udce9"),
        asked("1", "openssl", "Debian:13"),
    }
    many = {asked("1", f"nothing-{number}") for number in range(600)}
    with AdvisoryDatabase.open(everything) as database:
        assert database.telling({openssl, old, other_order, *silent, *many}) == {
            openssl,
            old,
            other_order,
        }
        assert database.telling(()) == frozenset()


def test_facts(everything: Path) -> None:
    with AdvisoryDatabase.open(everything) as database:
        assert database.cve("CVE-2024-0001") == (CVE,)
        assert database.epss("CVE-2024-0001") == EPSS
        assert database.kev("CVE-2024-0001") == KEV
        unknown = "CVE-2024-9999"
        assert (database.cve(unknown), database.epss(unknown), database.kev(unknown)) == (
            (),
            None,
            None,
        )
        assert database.ecosystems() == {"Debian:11", "Debian:12"}


def test_packages_that_are_spoken_of_alike_share_their_entry(tmp_path: Path) -> None:
    names = [f"a{number}" for number in range(50)]
    built(tmp_path / "db", advisory("CVE-1", *map(affected, names)), advisory("CVE-2"))
    with closing(sqlite3.connect(tmp_path / "db")) as connection:
        assert connection.execute("SELECT count(*) FROM affected").fetchone() == (51,)
        assert connection.execute("SELECT count(*) FROM entry").fetchone() == (1,)


def test_entries_that_were_forgotten_are_written_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    many = [affected(name, Range(fixed=f"{number % 3}.0")) for number, name in enumerate("abcdefg")]
    built(tmp_path / "one", advisory("CVE-1", *many))
    monkeypatch.setattr(assemble, "_ENTRIES_KNOWN", 2)
    monkeypatch.setattr("vedette.advisories.database._REMEMBERED", 1)
    built(tmp_path / "two", advisory("CVE-1", *many))
    with (
        AdvisoryDatabase.open(tmp_path / "one") as one,
        AdvisoryDatabase.open(tmp_path / "two") as two,
    ):
        two.verify()
        assert one.digest == two.digest
        assert one.advisories("CVE-1") == two.advisories("CVE-1")


def test_evidence_of_exploitation(tmp_path: Path) -> None:
    later = msgspec.structs.replace(EXPLOIT, source="GitHub", published=None)
    other = msgspec.structs.replace(EXPLOIT, cve="CVE-2024-0002", kind=ExploitKind.WEAPONIZED)
    build(tmp_path / "db", ("exploits", "a", (later, EXPLOIT, other)), ("more", "b", (EXPLOIT,)))
    with AdvisoryDatabase.open(tmp_path / "db") as database:
        assert database.exploits("CVE-2024-0001") == (EXPLOIT, later)
        assert database.exploits("CVE-2024-0002") == (other,)
        assert database.exploits("CVE-2024-0003") == ()
        assert [feed.newest and feed.newest.date() for feed in database.feeds] == [
            EXPLOIT.published,
            EXPLOIT.published,
        ]
        database.verify()


def test_so_much_evidence_is_enough(tmp_path: Path) -> None:
    many = tuple(
        msgspec.structs.replace(EXPLOIT, reference=f"https://example.org/{number:04}")
        for number in range(300)
    )
    build(tmp_path / "one", ("exploits", "a", many))
    build(tmp_path / "two", ("exploits", "a", many[::-1]))
    with (
        AdvisoryDatabase.open(tmp_path / "one") as one,
        AdvisoryDatabase.open(tmp_path / "two") as two,
    ):
        assert len(one.exploits(EXPLOIT.cve)) == 200
        assert one.digest == two.digest


def test_ends_of_life(tmp_path: Path) -> None:
    another = msgspec.structs.replace(
        END_OF_LIFE, source="endoflife.date", eol_on=None, ended=False
    )
    build(tmp_path / "db", ("eol", "a", (another, END_OF_LIFE)))
    with AdvisoryDatabase.open(tmp_path / "db") as database:
        assert database.end_of_life("debian", "12") == END_OF_LIFE
        assert database.end_of_life("debian", "1") is None
        assert database.end_of_life("", "12") is None
        assert [feed.newest for feed in database.feeds] == [None]
        database.verify()


def test_evidence_and_ends_that_cannot_be_stored(tmp_path: Path) -> None:
    bad = (
        msgspec.structs.replace(EXPLOIT, cve=""),
        msgspec.structs.replace(END_OF_LIFE, cycle="1" * 600),
    )
    report = build(tmp_path / "db", ("eol", "a", bad))
    assert [(one.place[:10], one.reason) for one in report.failures] == [
        ("", "cannot be stored: a name of 0 characters"),
        ("debian 111", "cannot be stored: a name of 600 characters"),
    ]


def test_advisories_by_any_of_their_ids(everything: Path) -> None:
    whole = msgspec.structs.replace(FULL, affected=(FULL.affected[1], FULL.affected[0]))
    with AdvisoryDatabase.open(everything) as database:
        assert database.advisories("DSA-1") == (whole,)
        assert database.advisories("GHSA-aaaa-bbbb-cccc") == (whole,)
        assert database.advisories("CVE-2024-0002") == (whole,)
        assert database.advisories("CVE-2024-0002", related=False) == ()
        assert database.advisories("CVE-2024-0001") == (advisory(), whole)
        assert database.names_of("DSA-1") == (
            Name("Debian:11", "libssl"),
            Name("Debian:12", "openssl"),
        )
        assert database.names_of("DSA-2") == ()


def test_what_it_says_of_itself(everything: Path) -> None:
    with AdvisoryDatabase.open(everything) as database:
        index: AdvisoryIndex = database
        assert index.digest.startswith("sha256:")
        assert (database.built_at, database.starter, database.code) == (NOW, False, "")
        assert [feed.name for feed in database.feeds] == ["debian", "epss", "kev", "nvd"]
        assert database.counts() == {
            "advisory": 2,
            "affected": 3,
            "alias": 5,
            "cve": 1,
            "end_of_life": 0,
            "epss": 1,
            "exploit": 0,
            "kev": 1,
            "name": 2,
        }
        database.verify()


def test_no_file_is_no_database(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="there is no advisory database"):
        AdvisoryDatabase.open(tmp_path / "none")
    with pytest.raises(StoreError, match="Is a directory"):
        AdvisoryDatabase.open(tmp_path)
    (tmp_path / "text").write_text("SQLite format 3? no" * 20)
    with pytest.raises(StoreError, match="not an advisory database"):
        AdvisoryDatabase.open(tmp_path / "text")
    (tmp_path / "empty").touch()
    with pytest.raises(StoreError, match="not an advisory database"):
        AdvisoryDatabase.open(tmp_path / "empty")


def test_another_sqlite_file_is_none(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "other")
    connection.execute("CREATE TABLE meta(key, value)")
    connection.commit()
    connection.close()
    with pytest.raises(StoreError, match="not an advisory database of vedette"):
        AdvisoryDatabase.open(tmp_path / "other")


def changed(everything: Path, tmp_path: Path, *statements: str) -> Path:
    path = tmp_path / "changed"
    shutil.copyfile(everything, path)
    connection = sqlite3.connect(path, isolation_level=None)
    for statement in statements:
        connection.execute(statement)
    connection.close()
    return path


def test_another_format_is_refused(everything: Path, tmp_path: Path) -> None:
    path = changed(everything, tmp_path, "PRAGMA user_version=99")
    with pytest.raises(StoreError, match="format 99; this version reads 3: update the database"):
        AdvisoryDatabase.open(path)


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM meta WHERE key = 'meta'",
        "DELETE FROM meta WHERE key = 'digest'",
        "UPDATE meta SET value = 'sha256:00' WHERE key = 'digest'",
        "UPDATE meta SET value = x'ff' WHERE key = 'meta'",
        "DROP TABLE meta",
    ],
)
def test_a_changed_description_is_refused(everything: Path, tmp_path: Path, statement: str) -> None:
    with pytest.raises(StoreError, match="damaged"):
        AdvisoryDatabase.open(changed(everything, tmp_path, statement))


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE affected SET low = x'ff'",
        "UPDATE advisory SET id = 'DSA-2' WHERE id = 'DSA-1'",
        "UPDATE epss SET probability = 0.26",
        "DELETE FROM ecosystem WHERE name = 'Debian:11'",
        "UPDATE advisory SET brief = x'c0'",
        "UPDATE text SET body = x'00c0'",
        "UPDATE cve SET body = x'01'",
        "DROP TABLE kev",
    ],
)
def test_verify_reads_everything(everything: Path, tmp_path: Path, statement: str) -> None:
    with (
        AdvisoryDatabase.open(changed(everything, tmp_path, statement)) as database,
        pytest.raises(StoreError, match="damaged"),
    ):
        database.verify()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE advisory SET brief = x'c0'",
        "DELETE FROM advisory",
        "UPDATE entry SET body = x'c0'",
        "DELETE FROM entry",
        "UPDATE affected SET entry = 99",
        "DROP TABLE affected",
    ],
)
def test_damaged_rows_are_told(everything: Path, tmp_path: Path, statement: str) -> None:
    path = changed(everything, tmp_path, statement)
    with AdvisoryDatabase.open(path) as database, pytest.raises(StoreError, match="damaged"):
        database.candidates("Debian:12", "openssl")


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE text SET body = x'00c0'",
        "UPDATE text SET body = x'01c0'",
        "DELETE FROM text",
        "DELETE FROM alias",
    ],
)
def test_damaged_texts_are_told(everything: Path, tmp_path: Path, statement: str) -> None:
    path = changed(everything, tmp_path, statement)
    with AdvisoryDatabase.open(path) as database:
        (brief, _) = database.candidates("Debian:12", "openssl")
        with pytest.raises(StoreError, match="damaged"):
            database.whole(brief.advisory)


def test_truncated_files_are_refused(everything: Path, tmp_path: Path) -> None:
    whole = everything.read_bytes()
    path = tmp_path / "cut"
    for size in (0, 50, 99, 100, 4096, len(whole) - 4096, len(whole) - 1):
        path.write_bytes(whole[:size])
        with pytest.raises(StoreError):
            AdvisoryDatabase.open(path)
    path.write_bytes(whole + b"\0" * 4096)
    with pytest.raises(StoreError, match="damaged"):
        AdvisoryDatabase.open(path)


@settings(
    max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(st.data())
def test_a_flipped_bit_is_found_or_changes_nothing(
    everything: Path, tmp_path: Path, data: st.DataObject
) -> None:
    whole = bytearray(everything.read_bytes())
    position = data.draw(st.integers(0, len(whole) * 8 - 1))
    whole[position // 8] ^= 1 << position % 8
    path = tmp_path / "flipped"
    path.write_bytes(whole)
    try:
        with AdvisoryDatabase.open(path) as database:
            database.verify()
            found = database.candidates("Debian:12", "openssl"), database.kev("CVE-2024-0001")
    except StoreError:
        return
    with AdvisoryDatabase.open(everything) as database:
        assert found == (database.candidates("Debian:12", "openssl"), database.kev("CVE-2024-0001"))


def _version(number: int) -> Advisory:
    return advisory(f"CVE-{number}", affected("a", Range(fixed=str(number + 1))))


def test_readers_keep_what_they_opened_while_it_is_replaced(tmp_path: Path) -> None:
    target = tmp_path / "db"
    answers = {}
    for number in (0, 1):
        built(target, _version(number))
        with AdvisoryDatabase.open(target) as database:
            answers[database.digest] = database.candidates("Debian:12", "a")
    wrong: list[object] = []
    stop = threading.Event()

    def read() -> None:
        while not stop.is_set():
            with AdvisoryDatabase.open(target) as database:
                found = {database.candidates("Debian:12", "a") for _ in range(5)}
                wrong.extend(found - {answers[database.digest]})

    threads = [threading.Thread(target=read) for _ in range(3)]
    for thread in threads:
        thread.start()
    for number in range(10):
        built(target, _version(number % 2))
    stop.set()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_threads_share_a_database(everything: Path) -> None:
    with AdvisoryDatabase.open(everything) as database:
        expected = database.candidates("Debian:12", "openssl")
        wrong: list[object] = []

        def read() -> None:
            for _ in range(200):
                found = database.candidates("Debian:12", "openssl")
                if found != expected:
                    wrong.append(found)

        threads = [threading.Thread(target=read) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert wrong == []


def test_remembered_advisories_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vedette.advisories.database._REMEMBERED", 3)
    built(tmp_path / "db", *(advisory(f"CVE-{n}", affected("a")) for n in range(8)))
    with AdvisoryDatabase.open(tmp_path / "db") as database:
        assert [c.advisory.id for c in database.candidates("Debian:12", "a")] == [
            f"CVE-{n}" for n in range(8)
        ]
        assert len(database._advisories) <= 3


PACKAGES = st.lists(
    st.tuples(
        st.sampled_from(["a", "b"]), st.sampled_from(["Debian:12", "npm"]), st.integers(1, 5)
    ),
    max_size=5,
)


@settings(
    max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(st.dictionaries(st.integers(1, 30), PACKAGES, max_size=6))
def test_look_ups_equal_a_linear_scan(
    tmp_path: Path, flaws: dict[int, list[tuple[str, str, int]]]
) -> None:
    records = [
        advisory(
            f"CVE-{number:03}",
            affected=tuple(
                affected(
                    name,
                    Range(fixed=f"{fixed}.0.0"),
                    ecosystem=ecosystem,
                    scheme=SchemeName.NPM if ecosystem == "npm" else SchemeName.DEB,
                )
                for name, ecosystem, fixed in packages
            ),
            modified=NOW + timedelta(days=number),
        )
        for number, packages in sorted(flaws.items())
    ]
    built(tmp_path / "db", *records)
    with AdvisoryDatabase.open(tmp_path / "db") as database:
        for ecosystem in ("Debian:12", "npm"):
            for name in ("a", "b"):
                expected = [
                    (record.id, entry)
                    for record in records
                    for entry in sorted(
                        set(record.affected), key=lambda one: one.ranges[0].fixed or ""
                    )
                    if (entry.ecosystem, entry.name) == (ecosystem, name)
                ]
                found = [(c.advisory.id, c.affected) for c in database.candidates(ecosystem, name)]
                assert found == expected
