"""SBOMs in bulk to S3 (Inspector2 API: Create, Get and CancelSbomExport)."""

from collections.abc import Mapping

from vedette.api.call import Call, Handler, Input, Note, Output, Support
from vedette.api.exporting import Watched, described, found, start, stop
from vedette.api.translate.resource_filter import is_wanted
from vedette.app.export import NoSbom, SbomKind, export_sboms
from vedette.app.export_jobs import ExportJob, ExportKind, NothingError
from vedette.clients.s3 import Calls, write_object
from vedette.model.resource import Resource, ResourceType

_MEDIA_TYPE = "application/json"


def _create(call: Call, asked: Input) -> Output:
    criteria = asked.get("resourceFilterCriteria")
    kind = SbomKind(asked["reportFormat"])
    store = call.services.store

    def wanted(resource: Resource) -> bool:
        ref = resource.ref
        return (
            ref.type is not ResourceType.LOCAL
            and ref.region == call.region
            and call.caller.sees(ref.account)
            and is_wanted(criteria, resource)
        )

    def write(objects: Calls, job: ExportJob, watched: Watched) -> None:
        count = 0
        for sbom in export_sboms(store, kind, report_id=job.id, wanted=wanted):
            if isinstance(sbom, NoSbom):
                continue  # its coverage says why
            place = job.destination.place(sbom.key)
            write_object(objects, place, watched((sbom.document,)), media_type=_MEDIA_TYPE)
            count += 1
        if not count:
            raise NothingError("No resource with an inventory passes the filter")

    return {"reportId": start(call, ExportKind.SBOMS, asked, criteria, write)}


def _get(call: Call, asked: Input) -> Output:
    job = found(call, ExportKind.SBOMS, asked["reportId"])
    return {**described(job, "s3Destination"), "format": job.format}


def _cancel(call: Call, asked: Input) -> Output:
    return stop(call, ExportKind.SBOMS, asked)


HANDLERS: Mapping[str, Handler] = {
    "CancelSbomExport": _cancel,
    "CreateSbomExport": _create,
    "GetSbomExport": _get,
}

NOTES: Mapping[str, Note] = {
    "CreateSbomExport": Note(
        support=Support.WORKS,
        why="resources without an inventory are left out: their coverage says why",
    ),
}
