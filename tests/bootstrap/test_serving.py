"""What a served door is made of: the index that counts, the audit log, work beside, jobs."""

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.api.doors import told
from tests.api.signing import signed
from vedette.advisories.starter import starter_database
from vedette.api.errors import ApiError, Code
from vedette.api.messages import Request
from vedette.app.credentials import Grant, Role, create_credential, list_credentials
from vedette.app.discovery.scope import Scope
from vedette.app.progress import silent
from vedette.app.runs import Outcome, Run, save_run
from vedette.app.sealing import Sealer, new_key
from vedette.bootstrap import beside, serving
from vedette.bootstrap.beside import Beside, LateAccount
from vedette.bootstrap.jobs import Passes, Refreshes, pass_job, refresh_job
from vedette.bootstrap.serving import (
    AuditFile,
    IndexHolder,
    Options,
    Uses,
    holder,
    open_door,
    schedule_of,
)
from vedette.config import Settings, settings_from
from vedette.errors import FeedError, ServiceError, StoreError
from vedette.model.arn import AccountId
from vedette.store.store import SqlStore

_NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return settings_from(
        {"VEDETTE_DATA_DIR": str(tmp_path / "data"), "VEDETTE_CACHE_DIR": str(tmp_path / "cache")}
    )


@pytest.fixture
def store(settings: Settings) -> Iterator[SqlStore]:
    with SqlStore.open(settings.store) as opened:
        yield opened


def test_the_index_is_the_file_that_is_there(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    seconds = 1000.0
    monkeypatch.setattr(time, "monotonic", lambda: seconds)
    index = IndexHolder(None, settings)
    try:
        first = index()
        assert first.starter
        settings.database.parent.mkdir(parents=True, exist_ok=True)
        starter_database(settings.database)
        assert index() is first  # it has just been looked at
        seconds += 6
        second = index()
        assert second is not first
        assert second.digest == first.digest
        seconds += 61
        assert index() is second
        assert index._retired == []
    finally:
        index.close()


def test_an_audit_log_is_appended_to_and_may_be_moved(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "audit.log"
    write = AuditFile(path)
    write("one")
    write("two")
    path.rename(tmp_path / "old")
    write("three")
    assert (tmp_path / "old").read_text() == "one\ntwo\n"
    assert path.read_text() == "three\n"
    AuditFile(tmp_path / "none" / "audit.log")("four")
    assert "the audit log cannot be written" in caplog.text


def test_work_beside_is_done_and_its_failures_logged(caplog: pytest.LogCaptureFixture) -> None:
    work = Beside()
    done = threading.Event()

    def broken(_clock: Callable[[], datetime]) -> None:
        raise ZeroDivisionError

    work(broken)
    work(lambda clock: done.set() if clock().tzinfo else None)
    assert done.wait(5)
    work.close()
    work._pool.shutdown(wait=True)
    assert "work beside the requests failed" in caplog.text


def test_work_beside_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(beside, "_MOST_WAITING", 1)
    work = Beside()
    go_on = threading.Event()

    def wait(_clock: Callable[[], datetime]) -> None:
        go_on.wait(5)

    work(wait)
    with pytest.raises(ApiError) as refused:
        work(lambda _clock: None)
    assert refused.value.code is Code.THROTTLED
    go_on.set()
    work.close()


def test_an_account_is_connected_to_when_it_is_needed() -> None:
    class Connected:
        def call(
            self, service: str, operation: str, region: str | None = None, **arguments: object
        ) -> Mapping[str, Any]:
            return {"asked": (service, operation, region, arguments)}

    connected: list[Any] = []

    def connect() -> Any:
        connected.append(Connected())
        return connected[-1]

    account = LateAccount(connect)
    assert connected == []
    for _ in range(2):
        answer = account.call("s3", "put_object", "eu-west-1", Bucket="b")
        assert answer == {"asked": ("s3", "put_object", "eu-west-1", {"Bucket": "b"})}
    assert len(connected) == 1


def test_uses_are_noted_by_the_minute(store: SqlStore) -> None:
    sealer = Sealer(new_key())
    grant = Grant(role=Role.READER, account=AccountId("111122223333"))
    made, _ = create_credential(store, sealer, grant, now=_NOW)
    note = Uses(store)
    for seconds in (0, 30, 61):
        note(made.access_key, _NOW + timedelta(seconds=seconds))
    (one,) = list_credentials(store)
    assert one.used_at == _NOW + timedelta(seconds=61)


def test_a_use_that_cannot_be_noted_is_no_trouble(caplog: pytest.LogCaptureFixture) -> None:
    class Away:
        def record(self, *_key: str) -> None:
            raise StoreError("away")

    away: Any = Away()
    Uses(away)("K", _NOW)
    assert "the use of K was not noted: away" in caplog.text


def test_holders_differ() -> None:
    assert holder() != holder()


def test_a_door_to_a_store(settings: Settings, store: SqlStore) -> None:
    save_run(store, Run(job="pass", started_at=_NOW, ended_at=_NOW, outcome=Outcome.FAILED))
    save_run(
        store,
        Run(job="refresh", started_at=_NOW + timedelta(1), outcome=Outcome.RUNNING),
    )
    asked: list[bool] = []
    options = Options(regions=("us-east-1",), audit=settings.data / "audit.log")
    with open_door(settings, options, store, Sealer(new_key()), lambda: asked.append(True)) as door:
        watch = door._parts.watch
        assert [run.job for run in watch.runs()] == ["refresh", "pass"]
        assert watch.look_now is not None
        watch.look_now()
        door._parts.services().look_now(("i-1",))
        assert asked == [True, True]
        lines = list(watch.metrics.lines(watch.gauges()))
        assert "vedette_findings_active 0" in lines
        assert 'vedette_run_failed{job="pass"} 1.0' in lines
        assert 'vedette_run_failed{job="refresh"} 0.0' in lines
        response = door.answer(Request(method="GET", path="/vedette/v1/health"), "1", "")
        assert told(response) == {"status": "ok"}


def test_a_door_opens_to_credentials_of_the_store(settings: Settings, store: SqlStore) -> None:
    sealer = Sealer(new_key())
    account = AccountId("111122223333")
    options = Options(regions=("us-east-1",), audit=settings.data / "audit.log")
    with open_door(settings, options, store, sealer, None) as door:
        for accounts in (None, (AccountId("444455556666"),)):
            grant = Grant(role=Role.READER, account=account, accounts=accounts)
            made, secret = create_credential(store, sealer, grant, now=_NOW)
            request = signed("POST", "/coverage/list", key=made.access_key, secret=secret)
            assert told(door.answer(request, "1", "")) == {"coveredResources": []}
            known = door._parts.gate._kept[made.access_key][1]
            assert known.caller.accounts == (None if accounts is None else {account, *accounts})
        unknown = signed("POST", "/coverage/list", key="VDTA" + "A" * 16)
        assert door.answer(unknown, "1", "").status == 403
    assert all(one.used_at is not None for one in list_credentials(store))


def test_a_door_behind_which_nobody_looks(settings: Settings, store: SqlStore) -> None:
    options = Options(regions=("us-east-1",), audit=settings.data / "audit.log")
    with open_door(settings, options, store, Sealer(new_key()), None) as door:
        door._parts.services().look_now(())
        assert door._parts.watch.look_now is None


def test_a_pass_without_credentials_fails_and_says_so(
    settings: Settings, store: SqlStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(settings.data / "none"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(settings.data / "none"))
    passes = Passes(
        every=timedelta(hours=1),
        scope=Scope(regions=("us-east-1",)),
        outlet=lambda _home: lambda _account: _home,
    )
    job = pass_job(passes, settings, store, silent)
    with pytest.raises(ServiceError, match="NoCredentialsError"):
        job.work(_NOW, lambda: None)
    told_of: list[Run] = []
    schedule = schedule_of(job, store, "a", told_of.append)
    schedule._turn()
    (run,) = schedule.runs()
    assert (run.outcome, told_of) == (Outcome.FAILED, [run])


def test_a_refresh_without_a_mirror_fails_and_says_so(settings: Settings, tmp_path: Path) -> None:
    job = refresh_job(
        Refreshes(every=timedelta(hours=1), mirror=tmp_path / "none"),
        settings,
        silent,
        lambda: None,
    )
    with pytest.raises(FeedError):
        job.work(_NOW, lambda: None)
    assert job.name == serving.REFRESHES
