"""Active findings counted (Inspector2 API: ListFindingAggregations)."""

from collections.abc import Mapping, Sequence
from typing import Any

from vedette.api.call import Call, Handler, Input, Note, Output, Support
from vedette.api.errors import invalid
from vedette.api.paging import seal, unseal, wrong_token
from vedette.api.translate.aggregations import (
    AGGREGATIONS,
    Aggregation,
    order_of,
    resources_asked,
    severity_counts,
)
from vedette.api.translate.filters import text_test, texts_filter
from vedette.api.translate.findings_page import in_sight
from vedette.findings.counting import CountBy, Counted, Counting
from vedette.model.arn import AccountId
from vedette.model.filter import All, Filter, Text, TextField, TextOperator, TextTest
from vedette.model.resource import ResourceRef, ResourceType

_A_PAGE = 100


def _aggregate(call: Call, asked: Input) -> Output:
    kind = asked["aggregationType"]
    aggregation = AGGREGATIONS[kind]
    request = _request(asked, aggregation)
    start = _start(call, asked)
    limit = asked.get("maxResults") or _A_PAGE
    answer: Output = {"aggregationType": kind, "responses": []}
    if aggregation.by is None:
        return answer
    question = _question(call, asked, aggregation, request)
    found = call.services.store.count_by(question, limit=limit + 1, offset=start)
    answer["responses"] = [
        {aggregation.member: told} for told in _told(call, aggregation, found[:limit])
    ]
    if len(found) > limit:
        answer["nextToken"] = seal(call, asked, str(start + limit))
    return answer


HANDLERS: Mapping[str, Handler] = {"ListFindingAggregations": _aggregate}

NOTES: Mapping[str, Note] = {
    "ListFindingAggregations": Note(
        support=Support.WORKS,
        why="active findings; of code repositories there are none. LAMBDA_LAYER has the layers that Lambda tells the digests of",
    ),
}


def _request(asked: Input, aggregation: Aggregation) -> Mapping[str, Any]:
    given: Mapping[str, Any] = asked.get("aggregationRequest") or {}
    if given and aggregation.member not in given:
        raise invalid(
            "The aggregation request is of another type",
            ("aggregationRequest", f"{aggregation.member} is what this type takes"),
        )
    request: Mapping[str, Any] = given.get(aggregation.member) or {}
    return request


def _start(call: Call, asked: Input) -> int:
    place = unseal(call, asked) or "0"
    if not place.isdecimal():
        raise wrong_token("it is not one of this list")
    return int(place)


def _question(
    call: Call, asked: Input, aggregation: Aggregation, request: Mapping[str, Any]
) -> Counting:
    filters = resources_asked(aggregation, request, call.partition)
    if "accountIds" in asked:
        filters.append(texts_filter(TextField.ACCOUNT_ID, asked["accountIds"]))
    kind = aggregation.resource_type or request.get("resourceType")
    if kind is not None:
        filters.append(_equals(TextField.RESOURCE_TYPE, kind))
    order, descending = order_of(request)
    tests = tuple(
        (part, tuple(map(text_test, request[name])))
        for name, part in aggregation.parts.items()
        if name in request
    )
    return Counting(
        by=aggregation.by or CountBy.ACCOUNT,
        resources=in_sight(call, All(parts=tuple(filters))),
        finding_type=request.get("findingType"),
        tests=tests,
        order=order,
        descending=descending,
    )


def _told(call: Call, aggregation: Aggregation, found: Sequence[Counted]) -> list[Output]:
    kind = aggregation.resource_type
    refs = [None if kind is None else _ref(call, kind, counted) for counted in found]
    known = call.services.store.resources_of(ref for ref in refs if ref is not None)
    return [
        {
            **aggregation.told(call, counted, None if ref is None else known.get(ref)),
            "severityCounts": severity_counts(counted),
        }
        for counted, ref in zip(found, refs, strict=True)
    ]


def _ref(call: Call, kind: ResourceType, counted: Counted) -> ResourceRef:
    return ResourceRef(
        type=kind,
        id=counted.parts[1] or "",
        account=AccountId(counted.parts[0] or ""),
        region=call.region,
        partition=call.partition,
    )


def _equals(field: TextField, value: str) -> Filter:
    return Text(field=field, test=TextTest(operator=TextOperator.EQUALS, value=value))
