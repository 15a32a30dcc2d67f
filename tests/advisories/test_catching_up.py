"""Feeds whose publishers tell what changed, from a publisher on loopback: nothing is fetched that stands."""

import io
import json
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from tests.simulators.feed_server import FeedServer, feed_server
from vedette.advisories.database import AdvisoryDatabase
from vedette.advisories.feeds import nvd, osv, redhat, suse
from vedette.advisories.feeds._base import Feed
from vedette.advisories.refresh import FeedStatus, RefreshOptions, RefreshReport, refresh
from vedette.clients.http import HttpClient, HttpPolicy

pytestmark = pytest.mark.loopback

DAY = datetime(2024, 5, 20, tzinfo=UTC)


@pytest.fixture
def server() -> Iterator[FeedServer]:
    with feed_server() as server:
        yield server


@pytest.fixture
def waits() -> list[float]:
    return []


@pytest.fixture
def client(waits: list[float]) -> Iterator[HttpClient]:
    with HttpClient(HttpPolicy(attempts=2), sleep=waits.append) as client:
        yield client


class Desk:
    def __init__(self, folder: Path, server: FeedServer, client: HttpClient, feed: Feed) -> None:
        self.folder = folder
        self.server = server
        self.client = client
        self.feed = feed

    def refresh(self) -> RefreshReport:
        options = RefreshOptions(
            state_dir=self.folder / "state", database=self.folder / "db", now=DAY
        )
        return refresh((self.feed,), options, client=self.client, progress=lambda *_: None)

    def fixes(self, ecosystem: str, name: str) -> dict[str, str | None]:
        with AdvisoryDatabase.open(self.folder / "db") as database:
            found = database.candidates(ecosystem, name)
            return {one.advisory.id: one.affected.ranges[0].fixed for one in found}


def _record(identifier: str, fixed: str, modified: datetime, **more: str) -> bytes:
    record = {
        "id": identifier,
        "modified": modified.isoformat(),
        "affected": [
            {
                "package": {"ecosystem": "PyPI", "name": "pear"},
                "ranges": [
                    {"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": fixed}]}
                ],
            }
        ],
    }
    return json.dumps(record | more).encode()


def _zip(records: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in records.items():
            archive.writestr(zipfile.ZipInfo(f"{name}.json"), data)
    return out.getvalue()


def _publish(server: FeedServer, changes: dict[str, tuple[str, datetime]]) -> None:
    """Records by id: fixed version and moment; the list of changes names them all."""
    lines = []
    for identifier, (fixed, moment) in changes.items():
        data = _record(identifier, fixed, moment)
        server.publish(f"PyPI/{identifier}.json", data, changed=moment + timedelta(minutes=1))
        lines.append(f"{moment.isoformat()},{identifier}\n")
    server.publish("PyPI/modified_id.csv", "".join(lines).encode())


@pytest.fixture
def desk(
    tmp_path: Path, server: FeedServer, client: HttpClient, monkeypatch: pytest.MonkeyPatch
) -> Desk:
    monkeypatch.setattr(osv, "_BUCKET", server.url)
    server.publish("ecosystems.txt", b"PyPI\n")
    old = {f"PYSEC-{n}": ("1.0", DAY - timedelta(days=40)) for n in range(1, 6)}
    records = {name: _record(name, *said) for name, said in old.items()}
    server.publish("PyPI/all.zip", _zip(records), changed=DAY)
    _publish(server, old)
    return Desk(tmp_path, server, client, osv.FEED)


OLD = {f"PYSEC-{n}": "1.0" for n in range(1, 6)}


def _changed(desk: Desk, **later: tuple[str, datetime]) -> None:
    old = {f"PYSEC-{n}": ("1.0", DAY - timedelta(days=40)) for n in range(1, 6)}
    names = {name.replace("_", "-"): said for name, said in later.items()}
    _publish(desk.server, old | names)


def test_osv_fetches_the_records_that_changed(desk: Desk) -> None:
    desk.refresh()
    assert desk.server.asked() == ["ecosystems.txt", "PyPI/all.zip"]
    assert desk.fixes("PyPI", "pear") == OLD

    _changed(desk, PYSEC_2=("1.1", DAY + timedelta(days=1)), PYSEC_9=("2", DAY + timedelta(days=1)))
    report = desk.refresh()
    assert [(one.status, one.documents, one.records) for one in report.feeds] == [
        (FeedStatus.UPDATED, 3, 7)
    ]
    assert desk.server.asked() == [
        "ecosystems.txt",
        "PyPI/modified_id.csv",
        "PyPI/PYSEC-2.json",
        "PyPI/PYSEC-9.json",
    ]
    assert desk.fixes("PyPI", "pear") == OLD | {"PYSEC-2": "1.1", "PYSEC-9": "2"}

    report = desk.refresh()  # what stands is not asked for again
    assert [one.status for one in report.feeds] == [FeedStatus.UNCHANGED]
    assert desk.server.asked() == ["ecosystems.txt", "PyPI/modified_id.csv"]

    _changed(desk, PYSEC_2=("1.2", DAY + timedelta(days=2)), PYSEC_9=("2", DAY + timedelta(days=1)))
    desk.refresh()
    assert desk.server.asked()[2:] == ["PyPI/PYSEC-2.json"]
    assert desk.fixes("PyPI", "pear") == OLD | {"PYSEC-2": "1.2", "PYSEC-9": "2"}


def test_a_withdrawal_is_a_change(desk: Desk) -> None:
    desk.refresh()
    moment = DAY + timedelta(days=1)
    _changed(desk, PYSEC_2=("1.0", moment))
    gone = _record("PYSEC-2", "1.0", moment, withdrawn=moment.isoformat())
    desk.server.publish("PyPI/PYSEC-2.json", gone, changed=moment)
    desk.refresh()
    assert "PYSEC-2" not in desk.fixes("PyPI", "pear")
    with AdvisoryDatabase.open(desk.folder / "db") as database:
        assert [one.dropped for one in database.feeds] == [1]


def test_an_old_archive_is_fetched_again_and_its_changes_go(desk: Desk) -> None:
    desk.refresh()
    later = DAY + timedelta(days=1)
    _changed(desk, PYSEC_9=("2", later))
    desk.refresh()
    much_later = DAY + timedelta(days=40)
    _changed(desk, PYSEC_9=("2", later), PYSEC_8=("3", much_later))
    records = {name: _record(name, "1.0", DAY) for name in OLD}
    records |= {"PYSEC-8": _record("PYSEC-8", "3", much_later)}
    records |= {"PYSEC-9": _record("PYSEC-9", "2", later)}
    desk.server.publish("PyPI/all.zip", _zip(records), changed=much_later)
    desk.server.asked()
    report = desk.refresh()
    assert desk.server.asked() == ["ecosystems.txt", "PyPI/modified_id.csv", "PyPI/all.zip"]
    assert [(one.documents, one.records) for one in report.feeds] == [(1, 7)]
    assert desk.fixes("PyPI", "pear") == OLD | {"PYSEC-8": "3", "PYSEC-9": "2"}
    kept = [path.name for path in desk.folder.rglob("*.json") if "documents" in path.parts]
    assert kept == ["current.json"]


@pytest.mark.parametrize("data", [b"", b"<html>moved</html>", None])
def test_without_a_list_the_archive_is_asked_for(desk: Desk, data: bytes | None) -> None:
    desk.refresh()
    if data is None:
        desk.server.withdraw("PyPI/modified_id.csv")
    else:
        desk.server.publish("PyPI/modified_id.csv", data)
    desk.server.asked()
    assert [one.status for one in desk.refresh().feeds] == [FeedStatus.UNCHANGED]
    assert desk.server.asked()[-1] == "PyPI/all.zip"


def test_a_busy_publisher_is_waited_for(desk: Desk, waits: list[float]) -> None:
    desk.refresh()
    _changed(desk, PYSEC_9=("2", DAY + timedelta(days=1)))
    desk.server.web.statuses["/PyPI/PYSEC-9.json"] = [(429, {"Retry-After": "7"})]
    assert [one.status for one in desk.refresh().feeds] == [FeedStatus.UPDATED]
    assert waits == [7.0]


@pytest.mark.parametrize(
    "fault",
    [
        [(503, {}), (503, {})],
        [(429, {"Retry-After": "100000"})],
        [(404, {})],
    ],
    ids=["5xx", "a wait of a day", "gone"],
)
def test_a_change_that_cannot_be_fetched_leaves_the_last_good_state(
    desk: Desk, fault: list[tuple[int, dict[str, str]]]
) -> None:
    digest = desk.refresh().digest
    _changed(desk, PYSEC_8=("2", DAY + timedelta(days=1)), PYSEC_9=("2", DAY + timedelta(days=1)))
    desk.server.web.statuses["/PyPI/PYSEC-9.json"] = fault
    report = desk.refresh()
    (outcome,) = report.feeds
    assert (outcome.status, outcome.documents, outcome.records) == (FeedStatus.FAILED, 1, 5)
    assert "osv/PyPI/changed/PYSEC-9.json" in outcome.detail
    assert (report.digest, desk.fixes("PyPI", "pear")) == (digest, OLD)
    desk.server.asked()
    desk.server.web.statuses.clear()
    assert [one.status for one in desk.refresh().feeds] == [FeedStatus.UPDATED]
    asked = [headers for path, headers in desk.server.web.requests if "PYSEC-8" in path]
    assert ["if-none-match" in headers for headers in asked] == [True]  # it was there: 304


def test_a_truncated_change_goes_on_where_it_was(desk: Desk) -> None:
    desk.refresh()
    _changed(desk, PYSEC_9=("2", DAY + timedelta(days=1)))
    desk.server.web.cuts["/PyPI/PYSEC-9.json"] = [10]
    assert [one.status for one in desk.refresh().feeds] == [FeedStatus.UPDATED]
    ranges = [headers.get("range") for path, headers in desk.server.web.requests if "-9" in path]
    assert ranges == [None, "bytes=10-"]
    assert desk.fixes("PyPI", "pear") == OLD | {"PYSEC-9": "2"}


def test_a_change_that_is_no_record_is_a_failure_of_its_own(desk: Desk) -> None:
    desk.refresh()
    _changed(desk, PYSEC_9=("2", DAY + timedelta(days=1)))
    desk.server.publish("PyPI/PYSEC-9.json", b"{", changed=DAY)
    (outcome,) = desk.refresh().feeds
    assert (outcome.status, outcome.failures) == (FeedStatus.UPDATED, 1)
    with AdvisoryDatabase.open(desk.folder / "db") as database:
        (failure,) = database.failures("osv")
        assert (failure.document, failure.place) == (
            "osv/PyPI/changed/PYSEC-9.json",
            "PYSEC-9.json",
        )


def test_a_publisher_that_gives_no_dates_is_asked_for_everything(desk: Desk) -> None:
    desk.server.web.headers.clear()
    desk.refresh()
    desk.server.asked()
    desk.refresh()
    assert desk.server.asked() == ["ecosystems.txt", "PyPI/all.zip"]


def _vex(cve: str, name: str, moment: datetime, product: str) -> bytes:
    component = f"{product}:{name}-1-1"
    document = {
        "document": {
            "category": "csaf_vex",
            "tracking": {"id": cve, "current_release_date": moment.isoformat()},
        },
        "product_tree": {
            "branches": [
                {
                    "product": {
                        "product_id": product,
                        "product_identification_helper": {
                            "cpe": "cpe:/o:redhat:enterprise_linux:9::baseos"
                        },
                    }
                }
            ],
            "relationships": [
                {
                    "full_product_name": {"product_id": component},
                    "product_reference": f"{name}-1-1",
                    "relates_to_product_reference": product,
                }
            ],
        },
        "vulnerabilities": [{"cve": cve, "product_status": {"fixed": [component]}}],
    }
    return json.dumps(document).encode()


@pytest.mark.parametrize(
    ("feed", "archive", "one", "entry", "product", "ecosystem"),
    [
        (suse, "csaf-vex.tar.bz2", "csaf-vex/cve-2024-0002.json", "cve-2024-0002.json", "openSUSE Tumbleweed", "openSUSE:Tumbleweed"),
        (redhat, "csaf_vex_2024-05-20.tar.zst", "2024/cve-2024-0002.json", "2024/cve-2024-0002.json", "BaseOS", "Red Hat:9"),
    ],
    ids=["suse", "redhat"],
)  # fmt: skip
def test_csaf_changes(  # noqa: PLR0913, PLR0917 - a table's columns
    feed: object,
    archive: str,
    one: str,
    entry: str,
    product: str,
    ecosystem: str,
    tmp_path: Path,
    server: FeedServer,
    client: HttpClient,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(feed, "_URL" if feed is suse else "_VEX", server.url)
    later = DAY + timedelta(days=1)
    index = "csaf-vex/changes.csv" if feed is suse else "changes.csv"
    latest = redhat._LATEST
    monkeypatch.setattr(
        redhat, "_LATEST", msgspec.structs.replace(latest, url=f"{server.url}/archive_latest.txt")
    )
    server.publish("archive_latest.txt", archive.encode())
    packed = _zip({"cve-2024-0001": _vex("CVE-2024-0001", "pear", DAY, product)})
    server.publish(archive, packed, changed=DAY)
    server.publish(
        index, f'"{entry}","{DAY - timedelta(days=3)}"\n"../x.json","{later}"\n'.encode()
    )
    desk = Desk(tmp_path, server, client, feed.FEED)  # type: ignore[attr-defined]  # one of two modules
    desk.refresh()
    server.publish(one, _vex("CVE-2024-0002", "pear", later, product), changed=later)
    server.publish(index, f'"{entry}","{later}"\n"../x.json","{later}"\n'.encode())
    desk.server.asked()
    desk.refresh()
    assert desk.server.asked()[-2:] == [index, one]
    assert desk.fixes(ecosystem, "pear") == {"CVE-2024-0001": "1-1", "CVE-2024-0002": "1-1"}


def test_nvd_fetches_the_last_week_only(
    tmp_path: Path, server: FeedServer, client: HttpClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(nvd, "_URL", server.url)
    monkeypatch.setattr(nvd, "_FIRST_YEAR", 2023)
    monkeypatch.setattr(nvd, "_OVERRIDES", f"{server.url}/overrides.zip")
    addition = {"_annotation": {"cve_id": "CVE-2024-0009"}}
    server.publish(
        "overrides.zip", _zip({"CVE-2024-0009": json.dumps(addition).encode()}), changed=DAY
    )

    def publish(part: str, number: int, changed: datetime) -> None:
        item = {"cve": {"id": f"CVE-2024-{number:04}", "lastModified": changed.isoformat()}}
        data = json.dumps({"vulnerabilities": [item]}).encode()
        server.publish(f"nvdcve-2.0-{part}.json.gz", data, changed=changed)

    def meta(changed: datetime) -> None:
        text = f"lastModifiedDate:{changed.isoformat()}\r\nsize:1\r\n"
        server.publish("nvdcve-2.0-modified.meta", text.encode())

    for number, part in enumerate(("2023", "2024", "modified"), 1):
        publish(part, number, DAY)
    meta(DAY)
    desk = Desk(tmp_path, server, client, nvd.FEED)
    desk.refresh()
    assert len(desk.server.asked()) == 5

    publish("modified", 4, DAY + timedelta(days=6))
    meta(DAY + timedelta(days=6))
    (outcome,) = desk.refresh().feeds
    assert (outcome.documents, outcome.records) == (4, 3)
    assert desk.server.asked() == [
        "nvdcve-2.0-modified.meta",
        "overrides.zip",
        "nvdcve-2.0-modified.json.gz",
    ]

    meta(DAY + timedelta(days=7))
    desk.refresh()
    assert len(desk.server.asked()) == 5  # all years again

    server.publish("nvdcve-2.0-modified.meta", b"lastModifiedDate:2024-99-99\r\n")
    (outcome,) = desk.refresh().feeds
    assert outcome.status is FeedStatus.FAILED
    assert "not a time" in outcome.detail
