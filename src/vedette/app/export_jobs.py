"""Exports that go on beside requests: one of a kind at a time for each account, kept as records.

Whoever writes an export says now and then that it still does. One of which nothing was heard for some time was broken off
with its process, and has failed.
"""

import hashlib
import uuid
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from enum import StrEnum

import msgspec

from vedette.app.documents import Key, documents, keep, read, remove, revise
from vedette.app.ports import RecordStore
from vedette.clients.s3 import ObjectPlace, object_place
from vedette.errors import Error, ServiceError

_CURRENT = "export-current"
_BEAT = timedelta(seconds=5)
_LOST = timedelta(minutes=10)
_LONGEST = timedelta(hours=12)
_KEPT = timedelta(days=30)
_LONGEST_REASON = 1000

Clock = Callable[[], datetime]


class ExportKind(StrEnum):
    """What is exported."""

    FINDINGS = "findings-report"
    SBOMS = "sbom-export"


class ExportStatus(StrEnum):
    """Inspector's `ExternalReportStatus`."""

    SUCCEEDED = "SUCCEEDED"
    IN_PROGRESS = "IN_PROGRESS"
    CANCELLED = "CANCELLED"
    FAILED = "FAILED"


class Destination(msgspec.Struct, frozen=True, kw_only=True):
    """Where to in S3.

    `owner` is the account that must own the bucket; `prefix` is without a slash at its end, and may be empty.
    """

    bucket: str
    prefix: str
    kms_key: str
    owner: str
    region: str

    def place(self, name: str) -> ObjectPlace:
        """An object under the prefix.

        Raises:
            ConfigError: where that is no place in S3.
        """
        key = f"{self.prefix}/{name}" if self.prefix else name
        return object_place(
            self.bucket, key, region=self.region, kms_key=self.kms_key, owner=self.owner
        )


class ExportJob(msgspec.Struct, frozen=True, kw_only=True):
    """An export; `criteria` is what was asked for, as MessagePack, in the words of whoever asked."""

    id: str
    kind: ExportKind
    account: str
    region: str
    format: str
    destination: Destination
    created_at: datetime
    heard_at: datetime
    criteria: bytes = b""
    status: ExportStatus = ExportStatus.IN_PROGRESS
    error_code: str | None = None
    error: str | None = None

    @property
    def key(self) -> Key:
        """The record's."""
        return Key(kind=self.kind, account=self.account, region=self.region, id=self.id)


class BusyError(Error):
    """Another export of this kind is in progress."""


class NothingError(Error):
    """There is nothing to export."""


class _EndedError(Error):
    """The export was cancelled meanwhile, or took too long."""


def new_id(account: str, region: str, request: str) -> str:
    """A report's id, the same for the same request: a UUID."""
    digest = hashlib.sha256(f"{account}/{region}/{request}".encode()).digest()
    return str(uuid.UUID(bytes=digest[:16], version=4))


def begin(store: RecordStore, job: ExportJob) -> None:
    """Keep a new export.

    Raises:
        BusyError: where another of its kind is in progress.
        StoreError: where the store fails.
    """

    def take(current: _Current) -> _Current:
        running = job_of(store, job.kind, job.account, job.region, current.id, now=job.created_at)
        if running is not None and running.status is ExportStatus.IN_PROGRESS:
            raise BusyError("Cannot have multiple reports in-progress")
        return _Current(id=job.id)

    _forget_old(store, job)
    keep(store, job.key, job, now=job.created_at)
    key = Key(kind=_CURRENT, account=job.account, region=job.region, id=job.kind)
    try:
        revise(store, key, _Current(), take, now=job.created_at)
    except BusyError:
        remove(store, job.key)
        raise


def job_of(
    store: RecordStore, kind: ExportKind, account: str, region: str, identity: str, *, now: datetime
) -> ExportJob | None:
    """An export as it stands.

    Raises:
        StoreError: where the store fails.
    """
    key = Key(kind=kind, account=account, region=region, id=identity)
    job = read(store, key, ExportJob)
    return None if job is None else _as_of(job, now)


def latest(
    store: RecordStore, kind: ExportKind, account: str, region: str, *, now: datetime
) -> ExportJob | None:
    """The export that is in progress, or else the last one.

    Raises:
        StoreError: where the store fails.
    """
    found = documents(store, kind, ExportJob, account=account, region=region)
    jobs = [_as_of(job, now) for _, job in found]
    running = (job.status is ExportStatus.IN_PROGRESS for job in jobs)
    ranked = sorted(zip(running, jobs, strict=True), key=lambda one: (one[0], one[1].created_at))
    return ranked[-1][1] if ranked else None


def cancel(store: RecordStore, job: ExportJob, *, now: datetime) -> bool:
    """Have an export end, and say whether it was in progress.

    Raises:
        StoreError: where the store fails.
    """
    return _end(store, job, ExportStatus.CANCELLED, now=now)


def carry_out(
    store: RecordStore,
    job: ExportJob,
    write: Callable[[Callable[[Iterable[bytes]], Iterator[bytes]]], None],
    clock: Clock,
) -> None:
    """Do an export, and keep what came of it.

    Args:
        store: where it is kept.
        job: the export.
        write: does it; passes everything that it writes through the function that it is given, which ends it once it is cancelled.
        clock: the time.

    Raises:
        StoreError: where the store fails.
    """
    try:
        write(lambda pieces: _watched(store, job, pieces, clock))
    except _EndedError:
        return
    except NothingError as error:
        _fail(store, job, "NO_FINDINGS_FOUND", str(error), now=clock())
    except ServiceError as error:
        _fail(store, job, _code_of(error), str(error), now=clock())
    except Error as error:
        _fail(store, job, "INTERNAL_ERROR", str(error), now=clock())
    else:
        _end(store, job, ExportStatus.SUCCEEDED, now=clock())


def _forget_old(store: RecordStore, job: ExportJob) -> None:
    known = documents(store, job.kind, ExportJob, account=job.account, region=job.region)
    for key, old in known:
        if job.created_at - old.created_at > _KEPT:
            remove(store, key)


class _Current(msgspec.Struct, frozen=True, kw_only=True):
    """The export of a kind that was begun last."""

    id: str = ""


def _watched(
    store: RecordStore, job: ExportJob, pieces: Iterable[bytes], clock: Clock
) -> Iterator[bytes]:
    """The same pieces, as long as the export is wanted."""
    heard = clock()
    _beat(store, job, heard)
    for piece in pieces:
        now = clock()
        if now - heard >= _BEAT:
            _beat(store, job, now)
            heard = now
        yield piece


def _beat(store: RecordStore, job: ExportJob, now: datetime) -> None:
    if now - job.created_at > _LONGEST:
        raise Error(f"it was not done within {_LONGEST // timedelta(hours=1)} hours")

    def hear(known: ExportJob) -> ExportJob:
        if known.status is not ExportStatus.IN_PROGRESS:
            raise _EndedError
        return msgspec.structs.replace(known, heard_at=now)

    revise(store, job.key, job, hear, now=now)


def _fail(store: RecordStore, job: ExportJob, code: str, reason: str, *, now: datetime) -> None:
    _end(store, job, ExportStatus.FAILED, now=now, code=code, reason=reason[:_LONGEST_REASON])


def _end(
    store: RecordStore,
    job: ExportJob,
    status: ExportStatus,
    *,
    now: datetime,
    code: str | None = None,
    reason: str | None = None,
) -> bool:
    """End an export that is in progress, and say whether it was."""
    ended = False

    def end(known: ExportJob) -> ExportJob:
        nonlocal ended
        ended = known.status is ExportStatus.IN_PROGRESS
        if not ended:
            return known
        return msgspec.structs.replace(
            known, status=status, error_code=code, error=reason, heard_at=now
        )

    revise(store, job.key, job, end, now=now)
    return ended


def _as_of(job: ExportJob, now: datetime) -> ExportJob:
    if job.status is not ExportStatus.IN_PROGRESS or now - job.heard_at <= _LOST:
        return job
    return msgspec.structs.replace(
        job,
        status=ExportStatus.FAILED,
        error_code="INTERNAL_ERROR",
        error="It was broken off with the server that wrote it",
    )


_CODES = {
    "NoSuchBucket": "BUCKET_NOT_FOUND",
    "AccessDenied": "INVALID_PERMISSIONS",
    "AccessDeniedException": "INVALID_PERMISSIONS",
    "AllAccessDisabled": "INVALID_PERMISSIONS",
    "InvalidAccessKeyId": "INVALID_PERMISSIONS",
    "AuthorizationHeaderMalformed": "INCOMPATIBLE_BUCKET_REGION",
    "IllegalLocationConstraintException": "INCOMPATIBLE_BUCKET_REGION",
    "PermanentRedirect": "INCOMPATIBLE_BUCKET_REGION",
    "InvalidArgument": "MALFORMED_KMS_KEY",
    "InvalidRequest": "MALFORMED_KMS_KEY",
}


def _code_of(error: ServiceError) -> str:
    """S3's code as Inspector's `ReportingErrorCode`."""
    if error.code.startswith("KMS."):
        return "MALFORMED_KMS_KEY"
    return _CODES.get(error.code, "INTERNAL_ERROR")
