"""What is scanned and what is not (Inspector2 API: ListCoverage, ListCoverageStatistics)."""

from collections import Counter
from collections.abc import Iterator, Mapping

from vedette.api.call import Call, Handler, Input, Note, Output, Support
from vedette.api.listing import page
from vedette.api.paging import seal, unseal
from vedette.api.translate.coverage import covered_resource, status_code
from vedette.api.translate.coverage_filter import Texts, account, passes_of, region, repository
from vedette.app.covered import Covered, covered
from vedette.model.resource import ResourceType

_ROWS_A_PAGE = 200
_GROUPS_A_PAGE = 5
_GROUPS: Mapping[str, Texts] = {
    "SCAN_STATUS_CODE": lambda row: (status_code(row),),
    "SCAN_STATUS_REASON": lambda row: (row.coverage.reason,),
    "ACCOUNT_ID": account,
    "RESOURCE_TYPE": lambda row: (str(row.coverage.resource.type),),
    "ECR_REPOSITORY_NAME": repository,
    "PROVIDER": lambda _row: ("AWS",),
    "PROVIDER_ACCOUNT_ID": account,
    "PROVIDER_REGION": region,
    "PROVIDER_ORG_ID": lambda _row: (),
}


def _list(call: Call, asked: Input) -> Output:
    rows, token = page(call, asked, _rows(call, asked), lambda row: row.place, _ROWS_A_PAGE)
    return {"coveredResources": [covered_resource(row) for row in rows], **token}


def _statistics(call: Call, asked: Input) -> Output:
    """Counts of resources and scan types; the greatest first."""
    group = _GROUPS.get(asked.get("groupBy", ""))
    counts: Counter[str] = Counter()
    total = 0
    for row in _rows(call, asked):
        total += 1
        counts.update(() if group is None else group(row))
    start = int(unseal(call, asked) or 0)
    listed = sorted(counts.items(), key=lambda one: (-one[1], one[0]))
    answer: Output = {"totalCounts": total}
    shown = listed[start : start + _GROUPS_A_PAGE]
    if shown:
        answer["countsByGroup"] = [{"groupKey": key, "count": count} for key, count in shown]
    if len(listed) > start + _GROUPS_A_PAGE:
        answer["nextToken"] = seal(call, asked, str(start + _GROUPS_A_PAGE))
    return answer


HANDLERS: Mapping[str, Handler] = {
    "ListCoverage": _list,
    "ListCoverageStatistics": _statistics,
}

NOTES: Mapping[str, Note] = {
    "ListCoverage": Note(
        support=Support.WORKS,
        why="instances, images and functions; repositories are not listed. `imagePulledAt` is ECR's record of the last pull",
    ),
}


def _rows(call: Call, asked: Input) -> Iterator[Covered]:
    passes = passes_of(asked.get("filterCriteria"))
    for row in covered(call.services.store):
        ref = row.coverage.resource
        if ref.type is ResourceType.LOCAL or ref.region != call.region:
            continue
        if call.caller.sees(ref.account) and passes(row):
            yield row
