"""Findings and SBOMs out of the store, page by page."""

from collections.abc import Callable, Iterator
from enum import StrEnum

import msgspec

from vedette.app.ports import Store
from vedette.findings.query import Sort, SortField
from vedette.integrations._base import Entry, Occasion, Report
from vedette.integrations.cyclonedx import resource_sbom
from vedette.integrations.spdx import spdx_document
from vedette.model.filter import Filter
from vedette.model.finding import FindingStatus
from vedette.model.resource import (
    ContainerImage,
    Ec2Instance,
    LambdaFunction,
    LocalTarget,
    Resource,
    ResourceRef,
)
from vedette.model.scan import ScanReport

_PAGE = 500
_IN_TIME = Sort(field=SortField.FIRST_OBSERVED_AT, descending=False)
_WORST_FIRST = Sort(field=SortField.RISK, descending=True)


class SbomKind(StrEnum):
    """Inspector's formats of exported SBOMs (inspector2 API model, `SbomReportFormat`)."""

    CYCLONEDX_1_4 = "CYCLONEDX_1_4"
    SPDX_2_3 = "SPDX_2_3"


class Sbom(msgspec.Struct, frozen=True, kw_only=True):
    """One resource's SBOM; `key` is its name under the export's prefix, as Inspector's exports have it."""

    resource: Resource
    key: str
    document: bytes


class NoSbom(msgspec.Struct, frozen=True, kw_only=True):
    """A resource of which there is no SBOM, and why."""

    resource: Resource
    reason: str


def entries(store: Store, condition: Filter | None, sort: Sort = _IN_TIME) -> Iterator[Entry]:
    """Every finding that passes a filter, with its resource.

    In the order of first observation, which never changes, each finding comes once whatever happens meanwhile.

    Raises:
        StoreError: where the store fails.
    """
    after: str | None = None
    while True:
        page = store.list(condition, sort=sort, limit=_PAGE, after=after)
        resources = store.resources_of({one.key.resource for one in page.findings})
        for finding in page.findings:
            yield Entry(finding=finding, resource=resources.get(finding.key.resource))
        after = page.next
        if after is None:
            return


def export_findings(
    store: Store, report: Report, condition: Filter | None, occasion: Occasion
) -> Iterator[bytes]:
    """A report on the findings that pass a filter, piece by piece.

    Args:
        store: where they are.
        report: the format. What people read begins with the greatest risk, what programs read with the oldest finding.
        condition: None passes everything; Inspector's reports have active findings only, unless asked otherwise.
        occasion: what the report is made for.

    Raises:
        StoreError: where the store fails, also in the middle of the report.
    """
    sort = _WORST_FIRST if report.for_people else _IN_TIME
    return report.write(entries(store, condition, sort), occasion)


def export_sboms(
    store: Store,
    kind: SbomKind,
    *,
    report_id: str,
    wanted: Callable[[Resource], bool] | None = None,
) -> Iterator[Sbom | NoSbom]:
    """An SBOM for each resource that is there, with its flaws, one at a time.

    Args:
        store: where the inventories are.
        kind: the format.
        report_id: of the export; the first part of each key.
        wanted: which resources; None is all.

    Raises:
        StoreError: where the store fails.
    """
    for resource in store.resources():
        if wanted is None or wanted(resource):
            yield _exported(store, kind, report_id, resource)


def _exported(store: Store, kind: SbomKind, report_id: str, resource: Resource) -> Sbom | NoSbom:
    known = store.inventory(resource.ref)
    if known is None:
        return NoSbom(resource=resource, reason="it has no inventory yet")
    findings = tuple(
        one for one in store.known(resource.ref) if one.status is not FindingStatus.CLOSED
    )
    report = ScanReport(
        target=resource.ref.id, inventory=known.inventory, database=None, findings=findings
    )
    return Sbom(
        resource=resource,
        key=sbom_key(resource.ref, kind, report_id),
        document=_document(kind, report, resource),
    )


def _document(kind: SbomKind, report: ScanReport, resource: Resource) -> bytes:
    match kind:
        case SbomKind.CYCLONEDX_1_4:
            return resource_sbom(report, resource)
        case SbomKind.SPDX_2_3:  # pragma: no branch
            return spdx_document(report, name=_spdx_name(resource))


def sbom_key(ref: ResourceRef, kind: SbomKind, report_id: str) -> str:
    """`FORMAT_outputs_REPORT/account=ACCOUNT/resource=TYPE/ID_FORMAT.json`, slashes of the id as `_`, as Inspector's exports have it."""
    name = ref.id.replace("/", "_")
    return (
        f"{kind}_outputs_{report_id}/account={ref.account}/resource={ref.type}/{name}_{kind}.json"
    )


def _spdx_name(resource: Resource) -> str:
    """`ACCOUNT/EC2/i-…/ami-…`, as Inspector's exports have it."""
    account, name = resource.ref.account, resource.ref.id
    match resource.facts:
        case Ec2Instance(image_id=image):
            return "/".join(filter(None, (account, "EC2", name, image)))
        case ContainerImage(digest=digest):
            return f"{account}/ECR/{name}/{digest}"
        case LambdaFunction():
            return f"{account}/LAMBDA/{name}"
        case LocalTarget(kind=kind):  # pragma: no branch
            return f"{kind}/{name}"
