"""Deep inspection of instances (Inspector2 API, the five operations on Ec2DeepInspection)."""

from collections.abc import Callable, Mapping

import msgspec

from vedette.api.call import Call, Handler, Input, Note, Output, Support
from vedette.api.scope import NO_ACCESS, Asked, asked_accounts, only_administrator
from vedette.app.deep_inspection import (
    DeepInspection,
    change_deep_inspection,
    deep_inspection_of,
    paths_of_all,
    set_paths_of_all,
)
from vedette.app.enablement import ScanKind, enablement_of

_HOW = "kept as settings; packages of languages are looked for on the whole disk where an instance is read from a snapshot"


def _get(call: Call, _asked: Input) -> Output:
    store = call.services.store
    return _described(call, deep_inspection_of(store, call.caller.account, call.region))


def _update(call: Call, asked: Input) -> Output:
    def change(known: DeepInspection) -> DeepInspection:
        return DeepInspection(
            active=asked.get("activateDeepInspection", known.active),
            paths=tuple(asked.get("packagePaths", known.paths)),
        )

    store, account = call.services.store, call.caller.account
    changed = change_deep_inspection(store, account, call.region, change, now=call.now)
    return _described(call, changed)


def _update_organization(call: Call, asked: Input) -> Output:
    only_administrator(call, "set the paths of the organization")
    paths = tuple(asked["orgPackagePaths"])
    set_paths_of_all(call.services.store, call.region, paths, now=call.now)
    return {}


def _get_members(call: Call, asked: Input) -> Output:
    only_administrator(call, "ask for members")
    accounts = asked_accounts(call, asked.get("accountIds"))
    store = call.services.store
    known = [_member(one, deep_inspection_of(store, one, call.region)) for one in accounts.allowed]
    return {"accountIds": known, "failedAccountIds": _failed(accounts)}


def _update_members(call: Call, asked: Input) -> Output:
    only_administrator(call, "change members")
    wanted = {one["accountId"]: one["activateDeepInspection"] for one in asked["accountIds"]}
    if not wanted:
        return {"accountIds": [], "failedAccountIds": []}
    accounts = asked_accounts(call, wanted)
    store, region = call.services.store, call.region
    done, failed = [], _failed(accounts)
    for account in accounts.allowed:
        if not enablement_of(store, account, region).has(ScanKind.EC2):
            failed.append(_not_scanned(account))
            continue
        changed = change_deep_inspection(
            store, account, region, _switched(on=wanted[account]), now=call.now
        )
        done.append(_member(account, changed))
    return {"accountIds": done, "failedAccountIds": failed}


HANDLERS: Mapping[str, Handler] = {
    "BatchGetMemberEc2DeepInspectionStatus": _get_members,
    "BatchUpdateMemberEc2DeepInspectionStatus": _update_members,
    "GetEc2DeepInspectionConfiguration": _get,
    "UpdateEc2DeepInspectionConfiguration": _update,
    "UpdateOrgEc2DeepInspectionConfiguration": _update_organization,
}

NOTES: Mapping[str, Note] = {
    name: Note(support=Support.WORKS, why=_HOW) for name in HANDLERS if name.startswith("Update")
}


def _switched(*, on: bool) -> Callable[[DeepInspection], DeepInspection]:
    return lambda known: msgspec.structs.replace(known, active=on)


def _described(call: Call, known: DeepInspection) -> Output:
    return {
        "packagePaths": list(known.paths),
        "orgPackagePaths": list(paths_of_all(call.services.store, call.region)),
        "status": _status(known),
    }


def _member(account: str, known: DeepInspection) -> Output:
    return {"accountId": account, "status": _status(known)}


def _status(known: DeepInspection) -> str:
    return "ACTIVATED" if known.active else "DEACTIVATED"


def _not_scanned(account: str) -> Output:
    return {
        "accountId": account,
        "ec2ScanStatus": "DISABLED",
        "errorMessage": "Scanning of EC2 is disabled in this account",
    }


def _failed(accounts: Asked) -> list[Output]:
    return [{"accountId": account, "errorMessage": NO_ACCESS} for account in accounts.refused]
