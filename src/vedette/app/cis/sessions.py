"""What agents report: one session for each instance and scan, message by message.

A scan job is known by an id that agent and server reckon alike: `job_id`. The scan of a configuration on a day (UTC) is one,
whichever of its instances report.
"""

import uuid
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from enum import StrEnum

import msgspec

from vedette.app.cis.configurations import CisConfiguration, configurations, targets_of
from vedette.app.documents import Key, documents, keep, read, remove, revise
from vedette.app.ports import RecordStore, Store
from vedette.errors import ConflictError, Error

_KIND = "cis-session"
_CHECKS = "cis-checks"
_JOB = "cis-job"
_LOST = timedelta(hours=2)
_KEPT = timedelta(days=90)
MOST_CHECKS = 5000


class CheckStatus(StrEnum):
    """Inspector's `CisRuleStatus`."""

    FAILED = "FAILED"
    PASSED = "PASSED"
    NOT_EVALUATED = "NOT_EVALUATED"
    INFORMATIONAL = "INFORMATIONAL"
    UNKNOWN = "UNKNOWN"
    NOT_APPLICABLE = "NOT_APPLICABLE"
    ERROR = "ERROR"


class SessionStatus(StrEnum):
    """How a session stands: Inspector's `StopCisSessionStatus`, and before and instead of that."""

    IN_PROGRESS = "IN_PROGRESS"
    SUCCESS = "SUCCESS"
    FAILED = "FAILED"
    INTERRUPTED = "INTERRUPTED"
    UNSUPPORTED_OS = "UNSUPPORTED_OS"
    TIMED_OUT = "TIMED_OUT"


class Check(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """One rule of the benchmark; `details` is what the agent says of it, as it is."""

    rule: str
    status: CheckStatus
    details: bytes = b""


class Platform(msgspec.Struct, frozen=True, kw_only=True):
    """What the agent says that it runs on, and by which benchmark it judged; empty where it does not say."""

    vendor: str = ""
    product: str = ""
    version: str = ""
    benchmark: str = ""
    profile: str = ""

    @property
    def name(self) -> str:
        """The platform in words."""
        return " ".join(filter(None, (self.vendor, self.product, self.version)))


class Tally(msgspec.Struct, frozen=True, kw_only=True):
    """How many checks came out how; those that neither passed nor failed were skipped."""

    failed: int = 0
    skipped: int = 0
    passed: int = 0

    @property
    def total(self) -> int:
        """All of them."""
        return self.failed + self.skipped + self.passed


class CisSession(msgspec.Struct, frozen=True, kw_only=True):
    """One instance in one scan; the configuration is as it was when the session began.

    What it reports is kept apart: `checks_of`.
    """

    job: str
    scan: str
    configuration: CisConfiguration
    account: str
    region: str
    resource_id: str
    token: str
    started_at: datetime
    heard_at: datetime
    status: SessionStatus = SessionStatus.IN_PROGRESS
    reason: str = ""
    platform: Platform = Platform()
    tally: Tally = Tally()

    @property
    def key(self) -> Key:
        """The record's."""
        return Key(
            kind=_KIND, account=self.account, region=self.region, id=f"{self.scan}/{self.job}"
        )


class _Checks(msgspec.Struct, frozen=True, kw_only=True):
    """What a session has reported, by rule."""

    checks: tuple[Check, ...] = ()


class _Job(msgspec.Struct, frozen=True, kw_only=True):
    """The scan in which a job's session was begun last."""

    scan: str


class NoJobError(Error):
    """No instance of the account has a scan job with this id."""


class NoSessionError(Error):
    """The job has no session with this token that is in progress."""


class TooMuchError(Error):
    """The session reports more checks than any benchmark has."""


def job_id(configuration_arn: str, instance_id: str) -> str:
    """The id of the scan job of an instance: the UUID (version 5, of URLs) of `CONFIGURATION-ARN/INSTANCE-ID`."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{configuration_arn}/{instance_id}"))


def begin(
    store: Store, place: tuple[str, str], job: str, token: str, *, now: datetime
) -> CisSession:
    """Begin a session; the same token goes on with the one that there is.

    Args:
        store: where.
        place: the instance's account and Region.
        job: the scan job.
        token: what the agent calls its session.
        now: the time.

    Raises:
        NoJobError: where no instance of the account has this job.
        ConflictError: where the job has a session with another token in progress.
        StoreError: where the store fails.
    """
    account, region = place
    configuration, instance = _meant(store, account, region, job)
    scan = str(uuid.uuid5(uuid.NAMESPACE_URL, f"{configuration.arn}/{now.date().isoformat()}"))
    fresh = CisSession(
        job=job,
        scan=scan,
        configuration=configuration,
        account=account,
        region=region,
        resource_id=instance,
        token=token,
        started_at=now,
        heard_at=now,
    )

    def started(known: CisSession) -> CisSession:
        if known.token == token:
            return known
        if _goes_on(known, now):
            raise ConflictError("the job has a session in progress")
        return fresh

    _forget_old(store, place, now)
    session = revise(store, fresh.key, fresh, started, now=now)
    if session.tally.total == 0:
        remove(store, _checks_key(session))  # those of a session before this one
    keep(store, _job_key(account, region, job), _Job(scan=scan), now=now)
    return session


def report(
    store: RecordStore, session: CisSession, checks: Iterable[Check], *, now: datetime
) -> None:
    """Take what an agent reports; of a rule that is reported again the last report stands.

    Raises:
        TooMuchError: where there are too many rules.
        StoreError: where the store fails.
    """
    told = {check.rule: check for check in checks}

    def more(known: _Checks) -> _Checks:
        every = {check.rule: check for check in known.checks} | told
        if len(every) > MOST_CHECKS:
            raise TooMuchError(f"more than {MOST_CHECKS} checks")
        return _Checks(checks=tuple(every[rule] for rule in sorted(every)))

    every = revise(store, _checks_key(session), _Checks(), more, now=now).checks
    counts = Counter(check.status for check in every)
    revise(
        store,
        session.key,
        session,
        lambda known: msgspec.structs.replace(known, tally=tally(counts), heard_at=now),
        now=now,
    )


def tally(counts: Counter[CheckStatus]) -> Tally:
    """Results as Inspector counts them."""
    failed, passed = counts[CheckStatus.FAILED], counts[CheckStatus.PASSED]
    return Tally(failed=failed, passed=passed, skipped=counts.total() - failed - passed)


def checks_of(store: RecordStore, session: CisSession) -> tuple[Check, ...]:
    """What a session has reported, by rule.

    Raises:
        StoreError: where the store fails.
    """
    found = read(store, _checks_key(session), _Checks)
    return () if found is None else found.checks


def end(
    store: RecordStore,
    session: CisSession,
    status: SessionStatus,
    *,
    reason: str,
    platform: Platform,
    now: datetime,
) -> None:
    """End a session.

    Raises:
        StoreError: where the store fails.
    """
    revise(
        store,
        session.key,
        session,
        lambda known: msgspec.structs.replace(
            known, status=status, reason=reason, platform=platform, heard_at=now
        ),
        now=now,
    )


def current(
    store: RecordStore, place: tuple[str, str], job: str, token: str, *, now: datetime
) -> CisSession:
    """The session of a job that is in progress.

    Raises:
        NoSessionError: where there is none with this token.
        StoreError: where the store fails.
    """
    account, region = place
    known = read(store, _job_key(account, region, job), _Job)
    if known is not None:
        key = Key(kind=_KIND, account=account, region=region, id=f"{known.scan}/{job}")
        session = read(store, key, CisSession)
        if session is not None and session.token == token and _goes_on(session, now):
            return session
    raise NoSessionError("no session of this job with this token is in progress")


def sessions(store: RecordStore, region: str, *, now: datetime) -> Iterator[CisSession]:
    """All sessions of a Region as they stand now, by account, scan and job.

    Raises:
        StoreError: where the store fails.
    """
    found = documents(store, _KIND, CisSession, region=region)
    return (as_of(session, now) for _, session in found)


def as_of(session: CisSession, now: datetime) -> CisSession:
    """A session of which nothing was heard for two hours has timed out."""
    if session.status is not SessionStatus.IN_PROGRESS or now - session.heard_at <= _LOST:
        return session
    return msgspec.structs.replace(session, status=SessionStatus.TIMED_OUT)


def _forget_old(store: RecordStore, place: tuple[str, str], now: datetime) -> None:
    account, region = place
    found = documents(store, _KIND, CisSession, account=account, region=region)
    for key, session in found:
        if now - session.started_at > _KEPT:
            remove(store, _checks_key(session))
            remove(store, key)


def _goes_on(session: CisSession, now: datetime) -> bool:
    return as_of(session, now).status is SessionStatus.IN_PROGRESS


def _meant(store: Store, account: str, region: str, job: str) -> tuple[CisConfiguration, str]:
    for configuration in configurations(store, region):
        for resource in targets_of(store, configuration):
            ref = resource.ref
            if ref.account == account and job_id(configuration.arn, ref.id) == job:
                return configuration, ref.id
    raise NoJobError("no instance of this account has such a scan job")


def _checks_key(session: CisSession) -> Key:
    return msgspec.structs.replace(session.key, kind=_CHECKS)


def _job_key(account: str, region: str, job: str) -> Key:
    return Key(kind=_JOB, account=account, region=region, id=job)
