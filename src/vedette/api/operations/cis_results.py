"""What came of CIS scans (Inspector2 API: ListCisScans, the two aggregations, GetCisScanResultDetails, GetCisScanReport)."""

import base64
import csv
import io
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import msgspec

from vedette.api.call import Call, Handler, Input, Note, Output, Support
from vedette.api.errors import invalid
from vedette.api.listing import ordered_page
from vedette.api.translate.cis import (
    Scan,
    counts,
    described_result,
    described_scan,
    described_target,
    finding_arn,
    finding_status,
    scan_arn,
    target_reason,
    target_status,
)
from vedette.api.translate.cis_filter import numbers_pass, tags_pass, texts_pass, times_pass
from vedette.app.cis.sessions import (
    Check,
    CheckStatus,
    CisSession,
    Tally,
    checks_of,
    sessions,
    tally,
)

_SCANS_A_PAGE = 50
_A_PAGE = 100
_DETAILS_A_PAGE = 1000
_COLUMNS = ("Account", "Resource", "Platform", "Check", "Level", "Status", "Details")
_FORMULA = frozenset("=+-@\t\r")


class _CheckOf(msgspec.Struct, frozen=True, kw_only=True):
    """A check on one platform in one account."""

    account: str
    platform: str
    rule: str
    counts: Tally


def _list_scans(call: Call, asked: Input) -> Output:
    criteria = asked.get("filterCriteria", {})
    found = [scan for scan in _scans(call) if _scan_passes(criteria, scan)]
    if asked.get("detailLevel") == "MEMBER":
        found = [one for one in found if one.configuration.owner == call.caller.account]
    keys: Mapping[str, Callable[[Output], Any]] = {
        "STATUS": lambda one: one["status"],
        "SCHEDULED_BY": lambda one: one["scheduledBy"],
        "FAILED_CHECKS": lambda one: one["failedChecks"],
    }
    key = keys.get(asked.get("sortBy", ""), _date)
    told = [described_scan(scan) for scan in found]
    told.sort(key=lambda one: (key(one), one["scanArn"]), reverse=_descending(asked))
    shown, token = ordered_page(call, asked, told, min(asked.get("maxResults", 50), _SCANS_A_PAGE))
    return {"scans": shown, **token}


def _by_checks(call: Call, asked: Input) -> Output:
    scan = _scan(call, asked["scanArn"])
    criteria = asked.get("filterCriteria", {})
    level = str(scan.configuration.level)
    found = [one for one in _checks(call, scan) if _check_passes(criteria, one, level)]
    keys: Mapping[str, Callable[[_CheckOf], Any]] = {
        "PLATFORM": lambda one: one.platform,
        "FAILED_COUNTS": lambda one: one.counts.failed,
    }
    key = keys.get(asked.get("sortBy", ""), _rule)
    found.sort(
        key=lambda one: (key(one), one.rule, one.account, one.platform), reverse=_descending(asked)
    )
    shown, token = ordered_page(call, asked, found, _A_PAGE)
    told = [
        {
            "scanArn": scan.arn,
            "checkId": one.rule,
            "level": level,
            "accountId": one.account,
            "statusCounts": counts(one.counts),
            "platform": one.platform,
        }
        for one in shown
    ]
    return {"checkAggregations": told, **token}


def _by_targets(call: Call, asked: Input) -> Output:
    scan = _scan(call, asked["scanArn"])
    criteria = asked.get("filterCriteria", {})
    found = [one for one in scan.sessions if _target_passes(call, criteria, one)]
    keys: Mapping[str, Callable[[CisSession], Any]] = {
        "ACCOUNT_ID": lambda one: one.account,
        "FAILED_COUNTS": lambda one: one.tally.failed,
        "PLATFORM": lambda one: one.platform.name,
        "TARGET_STATUS": lambda one: target_status(one) or "",
        "TARGET_STATUS_REASON": lambda one: target_reason(one) or "",
    }
    key = keys.get(asked.get("sortBy", ""), _resource)
    found.sort(key=lambda one: (key(one), one.resource_id), reverse=_descending(asked))
    shown, token = ordered_page(call, asked, found, _A_PAGE)
    return {"targetResourceAggregations": [described_target(one) for one in shown], **token}


def _details(call: Call, asked: Input) -> Output:
    scan = _scan(call, asked["scanArn"])
    wanted = asked["accountId"], asked["targetResourceId"]
    criteria = asked.get("filterCriteria", {})
    found = [
        (session, check)
        for session in scan.sessions
        if (session.account, session.resource_id) == wanted
        for check in checks_of(call.services.store, session)
        if _result_passes(criteria, session, check)
    ]
    by_status = asked.get("sortBy") == "STATUS"
    found.sort(
        key=lambda one: (finding_status(one[1].status) if by_status else "", one[1].rule),
        reverse=_descending(asked),
    )
    shown, token = ordered_page(call, asked, found, _DETAILS_A_PAGE)
    return {"scanResultDetails": [described_result(*one) for one in shown], **token}


def _report(call: Call, asked: Input) -> Output:
    """The report as a `data:` URL, so that nothing has to be kept anywhere."""
    scan = _scan(call, asked["scanArn"])
    if asked.get("reportFormat", "CSV") != "CSV":
        why = "vedette writes no PDF: ask for CSV"
        raise invalid(why, ("reportFormat", why))
    if scan.status == "IN_PROGRESS":
        return {"status": "IN_PROGRESS"}
    accounts = asked.get("targetAccounts")
    written = io.StringIO()
    rows = csv.writer(written)
    rows.writerow(_COLUMNS)
    for session in scan.sessions:
        if not accounts or session.account in accounts:
            rows.writerows([*map(_cell, row)] for row in _rows(call, session))
    content = base64.b64encode(written.getvalue().encode()).decode()
    return {"url": f"data:text/csv;charset=utf-8;base64,{content}", "status": "SUCCEEDED"}


HANDLERS: Mapping[str, Handler] = {
    "GetCisScanReport": _report,
    "GetCisScanResultDetails": _details,
    "ListCisScanResultsAggregatedByChecks": _by_checks,
    "ListCisScanResultsAggregatedByTargetResource": _by_targets,
    "ListCisScans": _list_scans,
}

NOTES: Mapping[str, Note] = {
    "GetCisScanReport": Note(support=Support.WORKS, why="CSV, as a `data:` URL; PDF is refused"),
    "ListCisScanResultsAggregatedByChecks": Note(
        support=Support.WORKS,
        why="checks have ids, no titles and descriptions: the benchmarks' texts are not free",
    ),
}


def _date(one: Output) -> Any:
    return one["scanDate"]


def _rule(one: _CheckOf) -> Any:
    return one.rule


def _resource(one: CisSession) -> Any:
    return one.resource_id


def _descending(asked: Input) -> bool:
    return bool(asked.get("sortOrder") == "DESC")


def _scans(call: Call) -> Iterator[Scan]:
    """Scans with the sessions of those accounts that the caller sees."""
    found: defaultdict[str, list[CisSession]] = defaultdict(list)
    for session in sessions(call.services.store, call.region, now=call.now):
        if call.caller.sees(session.account):
            found[scan_arn(session)].append(session)
    for arn in sorted(found):
        yield Scan(arn=arn, sessions=tuple(found[arn]))


def _scan(call: Call, arn: str) -> Scan:
    for scan in _scans(call):
        if scan.arn == arn:
            return scan
    raise invalid(f"The scan {arn} does not exist", ("scanArn", "there is no such scan"))


def _checks(call: Call, scan: Scan) -> Iterator[_CheckOf]:
    found: defaultdict[tuple[str, str, str], Counter[CheckStatus]] = defaultdict(Counter)
    for session in scan.sessions:
        for check in checks_of(call.services.store, session):
            found[session.account, session.platform.name, check.rule][check.status] += 1
    for (account, platform, rule), statuses in found.items():
        yield _CheckOf(account=account, platform=platform, rule=rule, counts=tally(statuses))


def _scan_passes(criteria: Mapping[str, Any], scan: Scan) -> bool:
    known = scan.configuration
    began = min(session.started_at for session in scan.sessions)
    texts: Iterable[tuple[str, Iterable[str]]] = (
        ("scanNameFilters", (known.name,)),
        ("targetResourceIdFilters", [one.resource_id for one in scan.sessions]),
        ("scanStatusFilters", (scan.status,)),
        ("scanConfigurationArnFilters", (known.arn,)),
        ("scanArnFilters", (scan.arn,)),
        ("scheduledByFilters", (known.owner,)),
        ("targetAccountIdFilters", [one.account for one in scan.sessions]),
    )
    return (
        all(texts_pass(criteria.get(name), *values) for name, values in texts)
        and tags_pass(criteria.get("targetResourceTagFilters"), known.targets.tags)
        and times_pass(criteria.get("scanAtFilters"), began)
        and numbers_pass(criteria.get("failedChecksFilters"), scan.failed)
    )


def _check_passes(criteria: Mapping[str, Any], one: _CheckOf, level: str) -> bool:
    return (
        texts_pass(criteria.get("accountIdFilters"), one.account)
        and texts_pass(criteria.get("checkIdFilters"), one.rule)
        and texts_pass(criteria.get("titleFilters"))
        and texts_pass(criteria.get("platformFilters"), one.platform)
        and texts_pass(criteria.get("securityLevelFilters"), level)
        and numbers_pass(criteria.get("failedResourcesFilters"), one.counts.failed)
    )


def _target_passes(call: Call, criteria: Mapping[str, Any], session: CisSession) -> bool:
    by_check = "statusFilters" in criteria or "checkIdFilters" in criteria
    checks = checks_of(call.services.store, session) if by_check else ()
    texts: Iterable[tuple[str, Iterable[str | None]]] = (
        ("accountIdFilters", (session.account,)),
        ("statusFilters", [finding_status(check.status) for check in checks]),
        ("checkIdFilters", [check.rule for check in checks]),
        ("targetResourceIdFilters", (session.resource_id,)),
        ("platformFilters", (session.platform.name,)),
        ("targetStatusFilters", (target_status(session),)),
        ("targetStatusReasonFilters", (target_reason(session),)),
    )
    return (
        all(texts_pass(criteria.get(name), *values) for name, values in texts)
        and tags_pass(criteria.get("targetResourceTagFilters"), session.configuration.targets.tags)
        and numbers_pass(criteria.get("failedChecksFilters"), session.tally.failed)
    )


def _result_passes(criteria: Mapping[str, Any], session: CisSession, check: Check) -> bool:
    return (
        texts_pass(criteria.get("findingStatusFilters"), finding_status(check.status))
        and texts_pass(criteria.get("checkIdFilters"), check.rule)
        and texts_pass(criteria.get("titleFilters"))
        and texts_pass(criteria.get("securityLevelFilters"), str(session.configuration.level))
        and texts_pass(criteria.get("findingArnFilters"), finding_arn(session, check))
    )


def _rows(call: Call, session: CisSession) -> Iterator[tuple[str, ...]]:
    for check in checks_of(call.services.store, session):
        yield (
            session.account,
            session.resource_id,
            session.platform.name,
            check.rule,
            str(session.configuration.level),
            finding_status(check.status),
            check.details.decode("utf-8", "replace"),
        )


def _cell(text: str) -> str:
    """What spreadsheets would take for a formula is kept as text."""
    return f"'{text}" if text[:1] in _FORMULA and text else text
