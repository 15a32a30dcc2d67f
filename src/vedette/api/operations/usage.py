"""What Inspector would have charged (Inspector2 API: ListUsageTotals)."""

from collections.abc import Mapping

from vedette.api.call import Call, Handler, Input, Note, Output, Support
from vedette.api.listing import page
from vedette.api.scope import asked_accounts
from vedette.app.usage import Usage, usage_of

_ACCOUNTS_A_PAGE = 500


def _list(call: Call, asked: Input) -> Output:
    named = asked.get("accountIds")
    wanted = asked_accounts(call, named).allowed if named else None
    found = [
        (account, usage)
        for account, usage in usage_of(call.services.store, call.region, now=call.now).items()
        if call.caller.sees(account) and (wanted is None or account in wanted)
    ]
    shown, token = page(call, asked, found, lambda one: one[0], _ACCOUNTS_A_PAGE)
    totals = [
        {"accountId": account, "usage": [_usage(one) for one in usage]} for account, usage in shown
    ]
    return {"totals": totals, **token}


HANDLERS: Mapping[str, Handler] = {"ListUsageTotals": _list}

NOTES: Mapping[str, Note] = {
    "ListUsageTotals": Note(
        support=Support.WORKS,
        why="what Inspector would have charged at the least: vedette charges nothing, re-scans are not counted, "
        "and costs are told where a published price is known",
    ),
}


def _usage(usage: Usage) -> Output:
    told: Output = {
        "type": usage.type,
        "total": usage.total,
        "currency": "USD",
        "cloudProvider": "AWS",
    }
    if usage.dollars is not None:
        told["estimatedMonthlyCost"] = usage.dollars
    return told
