"""What both kinds of exports to S3 share: destinations, ids, the one at a time, cancelling."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import msgspec

from vedette.api.call import Call, Input, Output
from vedette.api.errors import ApiError, Code, denied, invalid, not_found
from vedette.app.export_jobs import (
    BusyError,
    Destination,
    ExportJob,
    ExportKind,
    ExportStatus,
    begin,
    cancel,
    carry_out,
    job_of,
    new_id,
)
from vedette.clients.s3 import Calls
from vedette.errors import ConfigError

Watched = Callable[[Iterable[bytes]], Iterator[bytes]]
Write = Callable[[Calls, ExportJob, Watched], None]


def start(call: Call, kind: ExportKind, asked: Input, criteria: Any, write: Write) -> str:
    """Begin an export, and give its id.

    Args:
        call: the request.
        kind: of the export.
        asked: the input, with `reportFormat` and `s3Destination`.
        criteria: what is kept of it to be told again.
        write: does the export.

    Raises:
        ApiError: where there is nowhere to write to, or another export of this kind is in progress.
    """
    services = call.services
    later, objects = services.later, services.objects
    if later is None or objects is None:
        raise denied("This server was started without access to S3")
    account = call.caller.account
    job = ExportJob(
        id=new_id(account, call.region, call.request_id),
        kind=kind,
        account=account,
        region=call.region,
        format=asked["reportFormat"],
        destination=_destination(call, asked["s3Destination"]),
        created_at=call.now,
        heard_at=call.now,
        criteria=b"" if criteria is None else msgspec.msgpack.encode(criteria),
    )
    try:
        begin(services.store, job)
    except BusyError as error:
        raise invalid(f"Reason: {error}") from error
    later(
        lambda clock: carry_out(
            services.store, job, lambda watched: write(objects, job, watched), clock
        )
    )
    return job.id


def found(call: Call, kind: ExportKind, identity: str) -> ExportJob:
    """An export of the caller's account.

    Raises:
        ApiError: where there is none with this id.
    """
    store, account = call.services.store, call.caller.account
    job = job_of(store, kind, account, call.region, identity, now=call.now)
    if job is None:
        raise not_found(f"There is no report {identity}")
    return job


def stop(call: Call, kind: ExportKind, asked: Input) -> Output:
    """Cancel an export.

    Raises:
        ApiError: where it is not in progress.
    """
    job = found(call, kind, asked["reportId"])
    running = job.status is ExportStatus.IN_PROGRESS
    if not (running and cancel(call.services.store, job, now=call.now)):
        raise invalid(f"The report {job.id} is not in progress")
    return {"reportId": job.id}


def described(job: ExportJob, destination: str) -> Output:
    """What both kinds tell of an export; the destination by the name that it has there."""
    to = job.destination
    place = {"bucketName": to.bucket, "keyPrefix": to.prefix, "kmsKeyArn": to.kms_key}
    told: Output = {
        "reportId": job.id,
        "status": str(job.status),
        destination: {**place, "expectedBucketOwner": to.owner},
    }
    if job.error_code is not None:
        told["errorCode"] = job.error_code
    if job.error:
        told["errorMessage"] = job.error
    if job.criteria:
        told["filterCriteria"] = msgspec.msgpack.decode(job.criteria)
    return told


def _destination(call: Call, asked: Input) -> Destination:
    """Where to: a bucket of the caller's own account, or of one that they name and see.

    The server's own credentials write there, so that a bucket's owner is always asked for.
    """
    owner = asked.get("expectedBucketOwner") or call.caller.account
    if not call.caller.sees(owner):
        raise ApiError(Code.ACCESS_DENIED, f"{owner} is not an account of yours")
    if not asked["kmsKeyArn"].startswith("arn:"):
        why = "it is not the ARN of a key"
        raise invalid(why, ("s3Destination.kmsKeyArn", why))
    destination = Destination(
        bucket=asked["bucketName"],
        prefix=asked.get("keyPrefix", "").strip("/"),
        kms_key=asked["kmsKeyArn"],
        owner=owner,
        region=call.region,
    )
    try:
        destination.place("x")
    except ConfigError as error:
        raise invalid(str(error), ("s3Destination", str(error))) from error
    return destination
