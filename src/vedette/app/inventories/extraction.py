"""Jobs of extraction: data in, data out, so that they may be done in another process or on another machine."""

import msgspec

from vedette.app.inventories.functions import read_function
from vedette.app.inventories.images import read_image
from vedette.app.inventories.snapshots import read_snapshot
from vedette.app.inventories.taken import (
    FunctionJob,
    ImageJob,
    Job,
    SnapshotJob,
    Unread,
    Workbench,
)
from vedette.errors import Error, ServiceError, SourceError
from vedette.model.inventory import Inventory


class _Done(msgspec.Struct, frozen=True, kw_only=True, tag="done"):
    inventory: Inventory


class _Refused(msgspec.Struct, frozen=True, kw_only=True, tag="refused"):
    """A ServiceError: its code decides what the target's coverage says."""

    reason: str
    service: str
    operation: str
    code: str


class _Failed(msgspec.Struct, frozen=True, kw_only=True, tag="failed"):
    reason: str


_Outcome = _Done | Unread | _Refused | _Failed
_ENCODER = msgspec.msgpack.Encoder()
_DECODER: msgspec.msgpack.Decoder[_Outcome] = msgspec.msgpack.Decoder(_Outcome)


def extract(job: Job, bench: Workbench) -> Inventory | Unread:
    """Do a job.

    Raises:
        ServiceError, SourceError, ParseError: as the readers do.
    """
    match job:
        case ImageJob():
            return read_image(job, bench)
        case FunctionJob():
            return read_function(job, bench)
        case SnapshotJob():  # pragma: no branch
            return read_snapshot(job, bench)


def outcome_of(job: Job, bench: Workbench) -> bytes:
    """Do a job, and what came of it as MessagePack, errors too: exceptions would not survive every way back."""
    try:
        found = extract(job, bench)
    except ServiceError as error:
        return _ENCODER.encode(
            _Refused(
                reason=error.reason,
                service=error.service,
                operation=error.operation,
                code=error.code,
            )
        )
    except Error as error:
        return failed(str(error))
    except MemoryError:
        return failed("the worker has not enough memory for it")
    return _ENCODER.encode(found if isinstance(found, Unread) else _Done(inventory=found))


def failed(reason: str) -> bytes:
    """The outcome of a job that could not be begun."""
    return _ENCODER.encode(_Failed(reason=reason))


def outcome_from(data: bytes) -> Inventory | Unread:
    """What came of a job, as `extract` would have given it.

    Raises:
        ServiceError: what the job was refused.
        SourceError: every other failure, in its words; also an answer that is no outcome.
    """
    try:
        outcome = _DECODER.decode(data)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise SourceError(f"the worker's answer cannot be read: {error}") from error
    match outcome:
        case _Done(inventory=inventory):
            return inventory
        case Unread():
            return outcome
        case _Refused():
            raise ServiceError(
                outcome.reason,
                service=outcome.service,
                operation=outcome.operation,
                code=outcome.code,
            )
        case _Failed(reason=reason):  # pragma: no branch
            raise SourceError(reason)
