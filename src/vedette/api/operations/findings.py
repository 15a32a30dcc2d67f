"""Findings and what is known of each (Inspector2 API: ListFindings, BatchGetFindingDetails, BatchGetCodeSnippet)."""

from collections.abc import Iterable, Mapping

from vedette.api.call import Call, Handler, Input, Note, Output, Support
from vedette.api.translate.filters import filter_of
from vedette.api.translate.finding_details import finding_detail
from vedette.api.translate.findings_page import listed
from vedette.errors import ParseError
from vedette.findings.identity import finding_arn
from vedette.model.arn import ArnParts, split_arn
from vedette.model.finding import Finding, FindingId

_A_PAGE = 100
_KIND = "finding/"


def _list(call: Call, asked: Input) -> Output:
    limit = asked.get("maxResults") or _A_PAGE
    return listed(call, asked, filter_of(asked.get("filterCriteria")), limit)


def _details(call: Call, asked: Input) -> Output:
    found, errors = _asked(call, asked["findingArns"], "FINDING_DETAILS_NOT_FOUND")
    return {
        "findingDetails": [finding_detail(arn, finding) for arn, finding in found.items()],
        "errors": errors,
    }


def _snippets(call: Call, asked: Input) -> Output:
    """Of code there are no findings: every answer is that there is no snippet, or no such finding."""
    found, errors = _asked(call, asked["findingArns"], "CODE_SNIPPET_NOT_FOUND")
    there = [
        _error(arn, "CODE_SNIPPET_NOT_FOUND", "The finding is not about a place in code")
        for arn in found
    ]
    return {"codeSnippetResults": [], "errors": [*there, *errors]}


HANDLERS: Mapping[str, Handler] = {
    "BatchGetCodeSnippet": _snippets,
    "BatchGetFindingDetails": _details,
    "ListFindings": _list,
}

NOTES: Mapping[str, Note] = {
    "BatchGetCodeSnippet": Note(
        support=Support.EMPTY, why="code is not scanned, so that no finding has a snippet"
    ),
    "BatchGetFindingDetails": Note(
        support=Support.WORKS,
        why="`ttps` and `tools` are empty: no public feed has them; the evidence is the advisory's range and each "
        "term of the risk",
    ),
    "ListFindings": Note(
        support=Support.WORKS,
        why="all 69 criteria; of source code, machine images and other clouds there is nothing to be found. "
        "Without an order findings come by id",
    ),
}


def _asked(
    call: Call, arns: Iterable[str], missing: str
) -> tuple[dict[str, Finding], list[Output]]:
    """The findings that the caller may see, by ARN as given, and what is wrong with the others."""
    named = {arn: _parts(arn) for arn in dict.fromkeys(arns)}
    known = call.services.store.several(_identifier(parts) for parts in named.values() if parts)
    found: dict[str, Finding] = {}
    errors: list[Output] = []
    for arn, parts in named.items():
        finding = None if parts is None else known.get(_identifier(parts))
        if parts is None:
            errors.append(_error(arn, "INVALID_INPUT", "Not the ARN of a finding"))
        elif not call.caller.sees(parts.account):
            errors.append(_error(arn, "ACCESS_DENIED", "The finding is another account's"))
        elif finding is None or parts.region != call.region or finding_arn(finding.key) != arn:
            errors.append(_error(arn, missing, "There is no such finding"))
        else:
            found[arn] = finding
    return found, errors


def _identifier(parts: ArnParts) -> FindingId:
    return FindingId(parts.resource.removeprefix(_KIND))


def _parts(arn: str) -> ArnParts | None:
    try:
        parts = split_arn(arn)
    except ParseError:
        return None
    named = parts.service == "inspector2" and parts.resource.startswith(_KIND)
    return parts if named else None


def _error(arn: str, code: str, message: str) -> Output:
    return {"findingArn": arn, "errorCode": code, "errorMessage": message}
