"""Which scan types are enabled where (Inspector2 API: Enable, Disable, BatchGetAccountStatus and what belongs to them)."""

from collections.abc import Iterable, Mapping

from vedette.api.call import Call, Handler, Input, Note, Output, Support
from vedette.api.errors import denied
from vedette.api.listing import page
from vedette.api.scope import NO_ACCESS, Asked, asked_accounts, is_member
from vedette.app.enablement import SCANNED, Enablement, ScanKind, disable, enable, enablement_of

_ENABLED, _DISABLED = "ENABLED", "DISABLED"
_MEMBERS: Mapping[str, ScanKind] = {
    "ec2": ScanKind.EC2,
    "ecr": ScanKind.ECR,
    "lambda": ScanKind.LAMBDA,
    "lambdaCode": ScanKind.LAMBDA_CODE,
    "codeRepository": ScanKind.CODE_REPOSITORY,
}
_NAMES: Mapping[ScanKind, str] = {
    ScanKind.LAMBDA_CODE: "Lambda code scanning",
    ScanKind.CODE_REPOSITORY: "Code repository scanning",
}
_STATES: Mapping[bool, Mapping[str, str]] = {
    True: {
        "status": _ENABLED,
        "errorCode": "ALREADY_ENABLED",
        "errorMessage": "There is no error: this is enabled",
    },
    False: {
        "status": _DISABLED,
        "errorCode": "RESOURCE_NOT_FOUND",
        "errorMessage": "There is no error: this is not enabled",
    },
}
"""The model requires a code and a message of every state, and has none for those without an error."""
_OPERATIONS = ("DISABLE_SCANNING", "ENABLE_SCANNING")


def _enable(call: Call, asked: Input) -> Output:
    types = _kinds(asked["resourceTypes"])
    for kind in types:
        _refuse_unsupported(call, kind)
    accounts = asked_accounts(call, asked.get("accountIds"))
    store = call.services.store
    done = [
        _account(one, enable(store, one, call.region, types, now=call.now))
        for one in accounts.allowed
    ]
    if done:
        call.services.look_now(())
    return {"accounts": done, "failedAccounts": _failed(accounts)}


def _disable(call: Call, asked: Input) -> Output:
    types = _kinds(asked.get("resourceTypes") or list(ScanKind))
    accounts = asked_accounts(call, asked.get("accountIds"))
    _refuse_members(call, accounts)
    store = call.services.store
    done = [
        _account(one, disable(store, one, call.region, types, now=call.now))
        for one in accounts.allowed
    ]
    if done:
        call.services.look_now(())
    return {"accounts": done, "failedAccounts": _failed(accounts)}


def _batch_get_account_status(call: Call, asked: Input) -> Output:
    accounts = asked_accounts(call, asked.get("accountIds"))
    return {
        "accounts": [_account_state(call, account) for account in accounts.allowed],
        "failedAccounts": _failed(accounts),
    }


def _batch_get_free_trial_info(call: Call, asked: Input) -> Output:
    """No account has a trial: there is nothing to pay for."""
    accounts = asked_accounts(call, asked["accountIds"])
    return {
        "accounts": [{"accountId": account, "freeTrialInfo": []} for account in accounts.allowed],
        "failedAccounts": [
            {"accountId": account, "code": "ACCESS_DENIED", "message": NO_ACCESS}
            for account in accounts.refused
        ],
    }


def _list_account_permissions(call: Call, asked: Input) -> Output:
    member = is_member(call, call.caller.account)
    permissions = [
        {"service": str(kind), "operation": operation}
        for kind in sorted(SCANNED)
        if asked.get("service") in {None, kind}
        for operation in _OPERATIONS
        if not (member and operation == "DISABLE_SCANNING")
    ]
    shown, token = page(
        call, asked, permissions, lambda one: f"{one['service']}/{one['operation']}", 1024
    )
    return {"permissions": shown, **token}


HANDLERS: Mapping[str, Handler] = {
    "BatchGetAccountStatus": _batch_get_account_status,
    "BatchGetFreeTrialInfo": _batch_get_free_trial_info,
    "Disable": _disable,
    "Enable": _enable,
    "ListAccountPermissions": _list_account_permissions,
}

NOTES: Mapping[str, Note] = {
    "BatchGetFreeTrialInfo": Note(
        support=Support.EMPTY, why="nothing is charged, so that no account has a free trial"
    ),
    "Enable": Note(
        support=Support.WORKS,
        why="EC2, ECR and Lambda, which are enabled from the beginning; `LAMBDA_CODE` and `CODE_REPOSITORY` "
        "are refused, since source code is not read",
    ),
}


def _kinds(names: Iterable[str]) -> tuple[ScanKind, ...]:
    return tuple(sorted({ScanKind(name) for name in names}))


def _refuse_unsupported(call: Call, kind: ScanKind) -> None:
    if kind not in SCANNED:
        raise denied(f"{_NAMES[kind]} is not supported in {call.region}: vedette reads no code")


def _refuse_members(call: Call, accounts: Asked) -> None:
    """An account that has an administrator does not disable itself."""
    if call.caller.accounts is None:
        return
    for account in accounts.allowed:
        if is_member(call, account):
            raise denied(f"Member account {account} is not authorized to disable itself")


def _account(account: str, enablement: Enablement) -> Output:
    statuses = {name: _status(enablement.has(kind)) for name, kind in _MEMBERS.items()}
    return {
        "accountId": account,
        "status": _status(bool(enablement.types)),
        "resourceStatus": {**statuses, "ami": _DISABLED},
    }


def _account_state(call: Call, account: str) -> Output:
    enablement = enablement_of(call.services.store, account, call.region)
    states = {name: _state(enablement.has(kind)) for name, kind in _MEMBERS.items()}
    return {
        "accountId": account,
        "state": _state(bool(enablement.types)),
        "resourceState": {**states, "ami": _state(enabled=False)},
    }


def _state(enabled: bool) -> Output:  # noqa: FBT001 - one thing alone
    return dict(_STATES[enabled])


def _status(enabled: bool) -> str:  # noqa: FBT001 - one thing alone
    return _ENABLED if enabled else _DISABLED


def _failed(accounts: Asked) -> list[Output]:
    return [
        {"accountId": account, "errorCode": "ACCESS_DENIED", "errorMessage": NO_ACCESS}
        for account in accounts.refused
    ]
