"""Reports on findings to S3 (Inspector2 API: Create, GetStatus and Cancel of FindingsReport)."""

from collections.abc import Mapping
from typing import Any

from vedette.api.call import Call, Handler, Input, Note, Output, Support
from vedette.api.errors import not_found
from vedette.api.exporting import Watched, described, found, start, stop
from vedette.api.translate.filters import filter_of
from vedette.app.export import export_findings
from vedette.app.export_jobs import ExportJob, ExportKind, NothingError, latest
from vedette.clients.s3 import Calls, write_object
from vedette.integrations import REPORTS
from vedette.integrations._base import Occasion
from vedette.model.filter import All, Any as AnyOf, Filter, Text, TextField, TextOperator, TextTest

_FORMATS = {"CSV": "csv", "JSON": "json"}
_ACTIVE = {"findingStatus": [{"comparison": "EQUALS", "value": "ACTIVE"}]}


def _create(call: Call, asked: Input) -> Output:
    criteria = asked.get("filterCriteria")
    condition = _condition(call, criteria)
    report = next(one for one in REPORTS if one.name == _FORMATS[asked["reportFormat"]])
    store = call.services.store

    def write(objects: Calls, job: ExportJob, watched: Watched) -> None:
        if not store.list(condition, limit=1).findings:
            raise NothingError("No findings pass the filter")
        occasion = Occasion(at=call.now, subject=f"findings of {job.account}")
        pieces = watched(export_findings(store, report, condition, occasion))
        place = job.destination.place(f"{job.id}{report.suffix}")
        write_object(objects, place, pieces, media_type=report.media_type)

    identity = start(call, ExportKind.FINDINGS, asked, criteria, write)
    return {"reportId": identity}


def _status(call: Call, asked: Input) -> Output:
    identity = asked.get("reportId")
    if identity is not None:
        return _described(found(call, ExportKind.FINDINGS, identity))
    store, account = call.services.store, call.caller.account
    job = latest(store, ExportKind.FINDINGS, account, call.region, now=call.now)
    if job is None:
        raise not_found("There are no reports")
    return _described(job)


def _cancel(call: Call, asked: Input) -> Output:
    return stop(call, ExportKind.FINDINGS, asked)


HANDLERS: Mapping[str, Handler] = {
    "CancelFindingsReport": _cancel,
    "CreateFindingsReport": _create,
    "GetFindingsReportStatus": _status,
}

NOTES: Mapping[str, Note] = {
    "CreateFindingsReport": Note(
        support=Support.WORKS,
        why="written with the server's own credentials, to a bucket of the caller's account or of `expectedBucketOwner`",
    ),
}


def _described(job: ExportJob) -> Output:
    return described(job, "destination")


def _condition(call: Call, criteria: Mapping[str, Any] | None) -> Filter:
    """What was asked for, as far as the caller sees it; active findings only, where nothing is said of their status."""
    wanted = filter_of(_ACTIVE | dict(criteria or {}))
    here = _text(TextField.REGION, call.region)
    accounts = call.caller.accounts
    if accounts is None:
        return All(parts=(wanted, here))
    own = AnyOf(parts=tuple(_text(TextField.ACCOUNT_ID, one) for one in sorted(accounts)))
    return All(parts=(wanted, here, own))


def _text(field: TextField, value: str) -> Text:
    return Text(field=field, test=TextTest(operator=TextOperator.EQUALS, value=value))
