import hashlib
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from tests.advisories.made_up import feed
from tests.advisories.records import NOW
from tests.simulators.feed_server import FeedServer, feed_server
from vedette.advisories.catalogue import FEEDS
from vedette.advisories.database import AdvisoryDatabase
from vedette.advisories.documents import FeedFolder
from vedette.advisories.feeds._base import Feed
from vedette.advisories.refresh import (
    FeedOutcome,
    FeedStatus,
    RefreshOptions,
    RefreshReport,
    refresh,
)
from vedette.clients.http import HttpClient, HttpPolicy
from vedette.errors import ConfigError, FeedError, StoreError

pytestmark = pytest.mark.loopback

TODAY = datetime(2024, 6, 1, tzinfo=UTC)
ONE = b"CVE-1 a 1.0\nCVE-2 b 2.0\n"
TWO = b"CVE-3 a 3.0\n"


@pytest.fixture
def server() -> Iterator[FeedServer]:
    with feed_server() as server:
        server.publish("made/index", b"one.txt\nsub/two.txt\n")
        server.publish("made/one.txt", ONE, changed=datetime(2024, 5, 2, tzinfo=UTC))
        server.publish("made/sub/two.txt", TWO)
        yield server


@pytest.fixture
def client() -> Iterator[HttpClient]:
    with HttpClient(HttpPolicy(attempts=2), sleep=lambda _: None) as client:
        yield client


class Desk:
    """One state directory and what is refreshed into it."""

    def __init__(self, folder: Path, server: FeedServer, client: HttpClient) -> None:
        self.database = folder / "advisories.sqlite"
        self.state = folder / "state"
        self.server = server
        self.client = client
        self.told: list[tuple[str, str, int, int | None]] = []
        self.feeds: tuple[Feed, ...] = (feed(server.url),)

    def refresh(self, **options: object) -> RefreshReport:
        plain = RefreshOptions(state_dir=self.state, database=self.database, now=TODAY)
        return refresh(
            self.feeds,
            msgspec.structs.replace(plain, **options),
            client=self.client,
            progress=lambda *told: self.told.append(told),
        )

    def fixes(self) -> dict[str, str | None]:
        with AdvisoryDatabase.open(self.database) as database:
            database.verify()
            return {
                candidate.advisory.id: candidate.affected.ranges[0].fixed
                for name in "abc"
                for candidate in database.candidates("Debian:12", name)
            }


@pytest.fixture
def desk(tmp_path: Path, server: FeedServer, client: HttpClient) -> Desk:
    return Desk(tmp_path, server, client)


FIXES = {"CVE-1": "1.0", "CVE-2": "2.0", "CVE-3": "3.0"}


def test_documents_are_fetched_and_the_database_is_built(desk: Desk) -> None:
    report = desk.refresh()
    outcome = FeedOutcome(
        name="made",
        status=FeedStatus.UPDATED,
        documents=2,
        records=3,
        failures=0,
        dated=NOW,
        fingerprint=report.feeds[0].fingerprint,
    )
    assert report.feeds == (outcome,)
    assert desk.fixes() == FIXES
    with AdvisoryDatabase.open(desk.database) as database:
        assert (database.digest, database.built_at, database.starter) == (report.digest, NOW, False)
        (state,) = database.feeds
        assert (state.source.title, state.source.licence) == ("Made up", "CC0-1.0")
        assert state.source.dated == datetime(2024, 5, 2, tzinfo=UTC)
    assert report.build is not None
    assert desk.told[-1] == ("", "build", 0, None)
    assert ("made", "fetch made/one.txt", len(ONE), len(ONE)) in desk.told


def test_nothing_changed_nothing_is_rebuilt(desk: Desk) -> None:
    first = desk.refresh()
    desk.server.asked()
    before = desk.database.stat()
    desk.told.clear()
    second = desk.refresh()
    assert desk.server.asked() == ["made/index", "made/one.txt", "made/sub/two.txt"]
    assert [one.status for one in second.feeds] == [FeedStatus.UNCHANGED]
    assert (second.digest, second.build) == (first.digest, None)
    assert desk.database.stat().st_mtime_ns == before.st_mtime_ns
    assert desk.told == []  # not a byte was received, nothing was read or built


def test_a_changed_document_is_fetched_and_the_rest_is_not(desk: Desk) -> None:
    desk.refresh()
    desk.server.publish("made/sub/two.txt", b"CVE-3 a 3.1\n")
    desk.told.clear()
    report = desk.refresh()
    assert {what for _, what, _, _ in desk.told} == {"fetch made/sub/two.txt", "read", "build"}
    assert [one.status for one in report.feeds] == [FeedStatus.UPDATED]
    assert desk.fixes() == FIXES | {"CVE-3": "3.1"}


def test_a_document_that_is_published_no_longer_goes(desk: Desk) -> None:
    desk.refresh()
    desk.server.publish("made/index", b"one.txt\n")
    assert desk.refresh(accept_shrunk=frozenset({"made"})).feeds[0].documents == 1
    assert desk.fixes() == {"CVE-1": "1.0", "CVE-2": "2.0"}
    files = [path.name for path in desk.state.rglob("*.txt")]
    assert files == ["one.txt"]


def test_what_stands_of_a_document_that_is_not_found_stays(desk: Desk) -> None:
    first = desk.refresh()
    desk.server.publish("made/index", b"one.txt\nsub/two.txt lost\n")
    second = desk.refresh()
    (outcome,) = second.feeds
    assert (outcome.status, outcome.documents) == (FeedStatus.UNCHANGED, 2)
    assert outcome.detail == "not found: sub/two.txt is lost"
    assert second.digest == first.digest
    desk.server.publish("made/one.txt", ONE.replace(b"1.0", b"1.1"))
    third = desk.refresh()
    assert [(one.status, one.detail) for one in third.feeds] == [
        (FeedStatus.UPDATED, "not found: sub/two.txt is lost")
    ]
    assert desk.fixes() == FIXES | {"CVE-1": "1.1"}
    desk.server.publish("made/index", b"one.txt\nsub/two.txt\n")
    assert [one.detail for one in desk.refresh().feeds] == [""]


def test_a_later_copy_of_a_document_that_is_not_found_does_not_slip_in(desk: Desk) -> None:
    desk.refresh()
    stale = desk.state / "documents/made/incoming/made/sub/two.txt"
    stale.parent.mkdir(parents=True)
    stale.write_bytes(b"CVE-3 a 9.9\n")
    desk.server.publish("made/index", b"one.txt\nsub/two.txt lost\n")
    desk.server.publish("made/one.txt", ONE.replace(b"1.0", b"1.1"))
    desk.refresh()
    assert desk.fixes() == FIXES | {"CVE-1": "1.1"}


def test_a_new_document_that_is_not_found_is_told(desk: Desk) -> None:
    desk.server.publish("made/index", b"one.txt\nsub/two.txt lost\n")
    (outcome,) = desk.refresh().feeds
    assert (outcome.status, outcome.documents) == (FeedStatus.UPDATED, 1)
    assert outcome.detail == "not found: sub/two.txt is lost"


def test_nothing_found_at_all_is_a_failure(desk: Desk) -> None:
    desk.refresh()
    desk.server.publish("made/index", b"one.txt lost\nsub/two.txt lost\n")
    (outcome,) = desk.refresh().feeds
    assert (outcome.status, outcome.documents) == (FeedStatus.FAILED, 2)
    assert outcome.detail == "one.txt is lost; sub/two.txt is lost"
    assert desk.fixes() == FIXES


def test_a_busy_server_is_asked_again(desk: Desk) -> None:
    desk.server.web.statuses["/made/one.txt"] = [(500, {})]
    assert desk.refresh().feeds[0].status is FeedStatus.UPDATED


def test_an_interrupted_download_goes_on(desk: Desk) -> None:
    long = b"".join(b"CVE-%d a 1.%d\n" % (n, n) for n in range(20_000))
    desk.server.publish("made/one.txt", long)
    desk.server.web.cuts["/made/one.txt"] = [100_000, 0]
    report = desk.refresh()
    assert [one.status for one in report.feeds] == [FeedStatus.FAILED]
    assert not desk.database.exists()
    desk.server.web.requests.clear()
    assert desk.refresh().feeds[0].records == 20_001
    (asked,) = (headers for path, headers in desk.server.web.requests if path == "/made/one.txt")
    assert asked["range"] == "bytes=100000-"


def test_what_was_fetched_before_a_failure_is_not_fetched_again(desk: Desk) -> None:
    del desk.server.web.documents["/made/sub/two.txt"]
    report = desk.refresh()
    assert [(one.status, one.documents, report.digest) for one in report.feeds] == [
        (FeedStatus.FAILED, 0, "")
    ]
    assert "made/sub/two.txt: http:GET" in report.feeds[0].detail
    assert "404" in report.feeds[0].detail
    desk.server.publish("made/sub/two.txt", TWO)
    desk.told.clear()
    assert desk.refresh().feeds[0].status is FeedStatus.UPDATED
    assert {what for _, what, _, _ in desk.told} == {"fetch made/sub/two.txt", "read", "build"}


def test_a_wrong_checksum_leaves_the_last_good_documents(desk: Desk) -> None:
    checksum = hashlib.sha256(TWO).hexdigest()
    desk.server.publish("made/index", f"one.txt -\nsub/two.txt {checksum}\n".encode())
    digest = desk.refresh().digest
    desk.server.publish("made/sub/two.txt", b"CVE-3 a 9.9\n")
    desk.server.publish("made/index", f"one.txt -\nsub/two.txt {'0' * 64}\n".encode())
    report = desk.refresh()
    assert report.feeds[0].status is FeedStatus.FAILED
    assert "checksum" in report.feeds[0].detail
    assert (report.feeds[0].records, report.feeds[0].documents) == (3, 2)
    assert (report.digest, report.build, desk.fixes()) == (digest, None, FIXES)


def test_a_document_that_cannot_be_read_leaves_the_last_good_ones(desk: Desk) -> None:
    desk.refresh()
    desk.server.publish("made/one.txt", b"CVE-9 a 9\n!\n")
    report = desk.refresh()
    assert [(one.status, one.detail, one.records) for one in report.feeds] == [
        (FeedStatus.FAILED, "made/one.txt: line 2: not a list", 3)
    ]
    assert (desk.fixes(), report.build) == (FIXES, None)


def test_the_first_time_what_can_be_read_counts_and_the_rest_is_told(desk: Desk) -> None:
    desk.server.publish("made/sub/two.txt", b"!")
    report = desk.refresh()
    assert [(one.status, one.detail, one.records, one.failures) for one in report.feeds] == [
        (FeedStatus.UPDATED, "made/sub/two.txt: line 1: not a list", 2, 1)
    ]
    desk.server.publish(
        "made/one.txt", ONE + b"CVE-4 c 4\n"
    )  # the other one is no worse than before
    assert desk.refresh().feeds[0].status is FeedStatus.UPDATED
    assert desk.fixes() == {"CVE-1": "1.0", "CVE-2": "2.0", "CVE-4": "4"}


def test_nothing_that_can_be_read_is_a_failure(desk: Desk) -> None:
    desk.server.publish("made/index", b"one.txt\n")
    desk.server.publish("made/one.txt", b"!")
    report = desk.refresh()
    assert [(one.status, one.documents) for one in report.feeds] == [(FeedStatus.FAILED, 0)]
    assert report.digest == ""


def test_bad_records_are_counted(desk: Desk) -> None:
    desk.server.publish("made/one.txt", ONE + b"nonsense\n")
    report = desk.refresh()
    assert [(one.records, one.failures, one.detail) for one in report.feeds] == [(3, 1, "")]
    with AdvisoryDatabase.open(desk.database) as database:
        assert [one.place for one in database.failures("made")] == ["line 3"]


def test_a_feed_that_shrinks_waits_for_confirmation(desk: Desk) -> None:
    desk.refresh()
    desk.server.publish("made/one.txt", b"CVE-1 a 1.0\n")
    held = desk.refresh()
    assert [(one.status, one.detail, one.records) for one in held.feeds] == [
        (FeedStatus.HELD_BACK, "it shrank to 2 records instead of 3", 3)
    ]
    assert (desk.fixes(), held.build) == (FIXES, None)
    accepted = desk.refresh(accept_shrunk=frozenset({"made"}))
    assert [(one.status, one.records) for one in accepted.feeds] == [(FeedStatus.UPDATED, 2)]
    assert desk.fixes() == {"CVE-1": "1.0", "CVE-3": "3.0"}


def test_one_feed_in_trouble_does_not_stop_the_others(desk: Desk) -> None:
    desk.feeds = (feed(desk.server.url, "bad"), feed("nonsense", "worse"), *desk.feeds)
    desk.server.publish("bad/index", b"x.txt\n")
    desk.server.publish("bad/x.txt", b"boom\n")
    report = desk.refresh()
    assert [(one.name, one.status) for one in report.feeds] == [
        ("bad", FeedStatus.FAILED),
        ("worse", FeedStatus.FAILED),
        ("made", FeedStatus.UPDATED),
    ]
    assert report.feeds[0].detail == "KeyError: 'boom'"
    assert desk.fixes() == FIXES


@pytest.mark.parametrize(
    "name",
    [
        "../evil.txt",
        "a/../../evil.txt",
        "/evil.txt",
        "a//b",
        "a/./b",
        "a/",
        "",
        ".",
        "x.part",
        "a\0b",
        "x" * 500,
    ],
)
def test_names_that_lead_elsewhere(tmp_path: Path, name: str) -> None:
    with pytest.raises(FeedError, match="a document cannot be called"):
        FeedFolder(tmp_path / "made").target(name, None)


def test_an_index_cannot_write_elsewhere(desk: Desk) -> None:
    desk.server.publish("made/index", b"one.txt\n../../../evil.txt\n")
    desk.server.publish("evil.txt", b"CVE-9 a 9\n")
    assert desk.refresh().feeds[0].detail == "a document cannot be called 'made/../../../evil.txt'"
    assert list(desk.state.parent.rglob("evil*")) == []


def test_only_some_feeds(desk: Desk) -> None:
    desk.refresh()
    desk.feeds = (*desk.feeds, feed(desk.server.url, "other"))
    desk.server.publish("other/index", b"x.txt\n")
    desk.server.publish("other/x.txt", b"CVE-7 c 7\n")
    desk.server.asked()
    report = desk.refresh(only=frozenset({"other"}))
    assert desk.server.asked() == ["other/index", "other/x.txt"]
    assert [one.name for one in report.feeds] == ["other"]
    assert desk.fixes() == FIXES | {"CVE-7": "7"}
    with pytest.raises(ConfigError, match="no such feed: thir, x"):
        desk.refresh(only=frozenset({"thir"}), accept_shrunk=frozenset({"x"}))


def test_the_users_own_feed_is_read_only_when_it_is_named(desk: Desk, tmp_path: Path) -> None:
    own = tmp_path / "own"
    own.mkdir()
    for number in range(3):
        (own / f"{number}.txt").write_text(f"OWN-{number} a {number}\n")
    desk.feeds = (feed(desk.server.url, "local", ("*.txt",)), feed(desk.server.url))
    assert [one.name for one in desk.refresh().feeds] == ["made"]
    report = desk.refresh(mirror=own, only=frozenset({"local"}))
    assert [(one.status, one.records) for one in report.feeds] == [(FeedStatus.UPDATED, 3)]
    (own / "0.txt").unlink()
    report = desk.refresh(mirror=own, only=frozenset({"local"}))
    assert [(one.status, one.records) for one in report.feeds] == [(FeedStatus.UPDATED, 2)]
    assert desk.fixes() == FIXES | {"OWN-1": "1", "OWN-2": "2"}


def mirror_of(server: FeedServer, folder: Path) -> Path:
    for name, data in server.web.documents.items():
        path = folder / name.removeprefix("/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return folder


def test_publisher_and_mirrors_give_the_same_database(
    desk: Desk, tmp_path: Path, client: HttpClient
) -> None:
    def digest(mirror: Path | str | None) -> tuple[str, bytes]:
        other = Desk(tmp_path / str(len(list(tmp_path.iterdir()))), desk.server, client)
        other.database.parent.mkdir()
        report = other.refresh(mirror=mirror)
        with AdvisoryDatabase.open(other.database) as database:
            return report.feeds[0].fingerprint, msgspec.msgpack.encode(
                database.feeds[0].source.dated
            )

    desk.server.publish_manifest("2024-05-02")
    directory = mirror_of(desk.server, tmp_path / "mirror")
    assert digest(directory) == digest(desk.server.url) == digest(None)


def test_a_directory_is_verified(desk: Desk, tmp_path: Path) -> None:
    desk.server.publish_manifest()
    directory = mirror_of(desk.server, tmp_path / "mirror")
    (directory / "made/one.txt").write_bytes(b"CVE-1 a 6.6\n")
    report = desk.refresh(mirror=directory)
    assert report.feeds[0].status is FeedStatus.FAILED
    assert report.feeds[0].detail.startswith("made/one.txt: sha256 is ")


def test_a_mirror_over_http_is_verified(desk: Desk) -> None:
    desk.server.publish_manifest(**{"made/one.txt": "0" * 64})
    report = desk.refresh(mirror=desk.server.url)
    assert report.feeds[0].status is FeedStatus.FAILED
    assert "checksum" in report.feeds[0].detail


def test_a_mirror_is_asked_for_nothing_twice(desk: Desk) -> None:
    desk.server.publish_manifest()
    desk.refresh(mirror=desk.server.url)
    desk.server.asked()
    assert desk.refresh(mirror=desk.server.url).feeds[0].status is FeedStatus.UNCHANGED
    assert desk.server.asked() == ["MANIFEST.json"]


def test_a_mirror_without_a_feed(desk: Desk, tmp_path: Path) -> None:
    desk.refresh()
    (tmp_path / "empty").mkdir()
    report = desk.refresh(mirror=tmp_path / "empty")
    assert [(one.status, one.detail, one.records) for one in report.feeds] == [
        (FeedStatus.ABSENT, "there are no documents of it", 3)
    ]
    assert report.build is None


def test_mirrors_that_are_not_there(desk: Desk, tmp_path: Path) -> None:
    with pytest.raises(FeedError, match="no such directory"):
        desk.refresh(mirror=tmp_path / "none")
    with pytest.raises(FeedError, match=r"the mirror cannot be reached: .*404"):
        desk.refresh(mirror=desk.server.url + "/none")


def test_a_mirror_that_cannot_be_copied(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    directory = mirror_of(desk.server, tmp_path / "mirror")
    monkeypatch.setattr("vedette.advisories.gather._LARGEST_DOCUMENT", 5)
    assert "over 5 bytes" in desk.refresh(mirror=directory).feeds[0].detail


def test_state_that_is_in_the_way(desk: Desk, tmp_path: Path) -> None:
    """A file where a folder belongs: of one feed, and of what stands."""
    directory = mirror_of(desk.server, tmp_path / "mirror")
    blocked = desk.state / "documents" / "made"
    (blocked / "incoming").mkdir(parents=True)
    (blocked / "incoming" / "made").write_text("in the way")
    for mirror in (None, directory):
        (outcome,) = desk.refresh(mirror=mirror).feeds
        assert outcome.status is FeedStatus.FAILED
        assert "File exists" in outcome.detail
    shutil.rmtree(blocked)
    (blocked / "current.new").mkdir(parents=True)
    with pytest.raises(StoreError, match="the documents of made cannot be kept"):
        desk.refresh()
    shutil.rmtree(blocked)
    blocked.write_text("in the way")
    with pytest.raises(StoreError, match="Not a directory"):
        desk.refresh()


def test_documents_are_copied_where_they_cannot_have_two_names(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError("no links here")

    monkeypatch.setattr("os.link", refuse)
    desk.refresh()
    desk.server.publish("made/sub/two.txt", b"CVE-3 a 3.1\n")
    assert desk.refresh().feeds[0].status is FeedStatus.UPDATED
    assert desk.fixes() == FIXES | {"CVE-3": "3.1"}


def test_validators_count_only_for_the_bytes_they_came_with(desk: Desk) -> None:
    """A server that goes back to an old version must not be told of the new one's validators."""
    desk.refresh()
    desk.server.publish("made/index", b"one.txt\nsub/two.txt\nzz.txt\n")
    desk.server.publish("made/one.txt", b"CVE-1 a 1.5\nCVE-2 b 2.0\n")
    assert desk.refresh().feeds[0].status is FeedStatus.FAILED
    (desk.state / "documents/made/incoming.json").unlink()  # as if it had crashed before the note
    desk.server.publish("made/one.txt", ONE)
    desk.server.publish("made/index", b"one.txt\nsub/two.txt\n")
    desk.refresh()
    assert desk.fixes() == FIXES


def test_too_many_documents(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vedette.advisories.gather._MOST_DOCUMENTS", 1)
    assert desk.refresh().feeds[0].detail == "2 documents; at most 1 are fetched"


def test_the_age_is_never_later_than_the_documents(desk: Desk) -> None:
    desk.server.publish("made/one.txt", ONE, changed=datetime(2024, 4, 1, tzinfo=UTC))
    assert desk.refresh().feeds[0].dated == datetime(2024, 4, 1, tzinfo=UTC)


def test_lost_documents_are_fetched_again(desk: Desk) -> None:
    digest = desk.refresh().digest
    for path in desk.state.rglob("one.txt"):
        path.unlink()
    report = desk.refresh()
    assert (report.feeds[0].status, report.digest) == (FeedStatus.UPDATED, digest)
    assert [path.read_bytes() for path in desk.state.rglob("one.txt")] == [ONE]


@pytest.mark.parametrize("what", ["advisories.sqlite", "state/stages"])
def test_lost_results_are_made_again(desk: Desk, what: str) -> None:
    digest = desk.refresh().digest
    lost = desk.database.parent / what
    shutil.rmtree(lost) if lost.is_dir() else lost.write_bytes(b"")
    desk.server.publish("made/one.txt", ONE + b"nonsense\n")
    report = desk.refresh()
    assert report.build is not None
    assert report.digest != digest
    assert desk.fixes() == FIXES


def test_what_a_killed_build_left_is_removed(desk: Desk) -> None:
    desk.refresh()
    left = desk.database.parent / f".{desk.database.name}.x7"
    (left / "scratch").mkdir(parents=True)
    desk.refresh()
    assert sorted(path.name for path in desk.database.parent.iterdir()) == [
        desk.database.name,
        "state",
    ]


def test_other_code_reads_everything_again(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    first = desk.refresh()
    monkeypatch.setattr("vedette.advisories.refresh.code_digest", lambda: "other")
    desk.told.clear()
    second = desk.refresh()
    assert [what for _, what, _, _ in desk.told] == ["read", "build"]
    assert second.digest != first.digest
    assert [one.status for one in second.feeds] == [FeedStatus.UNCHANGED]


def test_code_that_cannot_read_what_stands_says_so(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.feeds = (feed(desk.server.url), feed(desk.server.url, "other"))
    desk.server.publish("other/index", b"x.txt\n")
    desk.server.publish("other/x.txt", b"CVE-7 c 7\n")
    desk.refresh()
    monkeypatch.setattr("vedette.advisories.refresh.code_digest", lambda: "other")

    def boom(*_: object) -> Iterator[object]:
        raise KeyError("boom")

    desk.feeds = (msgspec.structs.replace(desk.feeds[0], read=boom), desk.feeds[1])
    report = desk.refresh(only=frozenset({"other"}))
    assert [(one.name, one.status, one.detail) for one in report.feeds] == [
        ("made", FeedStatus.FAILED, "KeyError: 'boom'"),
        ("other", FeedStatus.UNCHANGED, ""),
    ]
    assert desk.fixes() == {"CVE-7": "7"}


def test_two_updates_at_once(desk: Desk) -> None:
    refused: list[str] = []

    def nested(*_: object) -> None:
        with pytest.raises(StoreError, match="another update is running") as caught:
            refresh(
                desk.feeds,
                RefreshOptions(state_dir=desk.state, database=desk.database, now=TODAY),
                client=desk.client,
                progress=lambda *_: None,
            )
        refused.append(str(caught.value))

    refresh(
        desk.feeds,
        RefreshOptions(state_dir=desk.state, database=desk.database, now=TODAY),
        client=desk.client,
        progress=nested,
    )
    assert refused


def test_a_state_directory_that_cannot_be_made(desk: Desk) -> None:
    desk.state.write_text("a file")
    with pytest.raises(StoreError, match="state"):
        desk.refresh()


def in_pool(function: Callable[[ThreadPoolExecutor], RefreshReport]) -> RefreshReport:
    with ThreadPoolExecutor(2) as pool:
        return function(pool)


def test_an_executor_reads_several_feeds_at_once(desk: Desk) -> None:
    desk.feeds = (feed(desk.server.url), feed(desk.server.url, "other"))
    desk.server.publish("other/index", b"x.txt\n")
    desk.server.publish("other/x.txt", b"boom\n")
    report = in_pool(
        lambda pool: refresh(
            desk.feeds,
            RefreshOptions(state_dir=desk.state, database=desk.database, now=TODAY),
            client=desk.client,
            progress=lambda *told: desk.told.append(told),
            executor=pool,
        )
    )
    assert [(one.name, one.status) for one in report.feeds] == [
        ("made", FeedStatus.UPDATED),
        ("other", FeedStatus.FAILED),
    ]
    assert desk.fixes() == FIXES
    assert {told[2:] for told in desk.told if told[1] == "read"} == {(1, 2), (2, 2)}


def test_the_real_mirror(shared: Path, tmp_path: Path, client: HttpClient) -> None:
    """Documents of two small feeds, read as their publishers made them."""
    mirror = tmp_path / "mirror"
    for name in ("amazon/2023/core/updateinfo.xml.gz", "kev/known_exploited_vulnerabilities.json"):
        (mirror / name).parent.mkdir(parents=True)
        shutil.copyfile(shared / "feeds" / name, mirror / name)
    options = RefreshOptions(
        state_dir=tmp_path / "state", database=tmp_path / "db", now=TODAY, mirror=mirror
    )
    report = refresh(FEEDS, options, client=client, progress=lambda *_: None)
    found = {one.name: one for one in report.feeds if one.status is not FeedStatus.ABSENT}
    assert {name: (one.status, one.documents, one.failures) for name, one in found.items()} == {
        "amazon": (FeedStatus.UPDATED, 1, 0),
        "kev": (FeedStatus.UPDATED, 1, 0),
    }
    with AdvisoryDatabase.open(tmp_path / "db") as database:
        database.verify()
        assert database.ecosystems() == {"Amazon Linux:2023"}
        fixes = {
            candidate.affected.ranges[0].fixed
            for candidate in database.candidates("Amazon Linux:2023", "glibc")
            if "CVE-2023-4911" in candidate.advisory.related
        }
        assert fixes == {"2.34-52.amzn2023.0.6"}
        kev = database.kev("CVE-2023-4911")
        assert kev is not None
        assert kev.added_on.isoformat() == "2023-11-21"
