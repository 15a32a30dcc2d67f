"""The delegated administrator, members, and what new accounts get (Inspector2 API, organizations)."""

from collections.abc import Mapping

from vedette.api.call import Call, Handler, Input, Note, Output, Support
from vedette.api.errors import conflict, denied, not_found
from vedette.api.listing import page
from vedette.api.scope import only_administrator
from vedette.app.enablement import ScanKind, automatic_in, set_automatic
from vedette.app.organization import (
    Membership,
    administrator_of,
    forget_administrator,
    known_accounts,
    members,
    name_administrator,
    set_member,
)
from vedette.errors import ConflictError

_SUPPORTED: Mapping[str, ScanKind] = {
    "ec2": ScanKind.EC2,
    "ecr": ScanKind.ECR,
    "lambda": ScanKind.LAMBDA,
}
_UNSUPPORTED = ("lambdaCode", "codeRepository", "ami")
_MEMBERS_A_PAGE = 50
_ADMINISTRATORS_A_PAGE = 5


def _enable_administrator(call: Call, asked: Input) -> Output:
    only_administrator(call, "name a delegated administrator")
    account = asked["delegatedAdminAccountId"]
    store = call.services.store
    try:
        name_administrator(store, call.region, account, now=call.now)
    except ConflictError:
        if administrator_of(store, call.region) != account:
            raise conflict(
                "Another account is the delegated administrator already",
                resource_id=account,
                resource_type="AWS_ACCOUNT",
            ) from None
    return {"delegatedAdminAccountId": account}


def _disable_administrator(call: Call, asked: Input) -> Output:
    only_administrator(call, "remove a delegated administrator")
    account = asked["delegatedAdminAccountId"]
    store = call.services.store
    if administrator_of(store, call.region) != account:
        raise not_found(f"{account} is not the delegated administrator")
    forget_administrator(store, call.region)
    return {"delegatedAdminAccountId": account}


def _get_administrator(call: Call, _asked: Input) -> Output:
    account = _administrator(call)
    if account is None:
        raise not_found("There is no delegated administrator")
    return {"delegatedAdmin": {"accountId": account, "relationshipStatus": "ENABLED"}}


def _list_administrators(call: Call, asked: Input) -> Output:
    account = _administrator(call)
    named = [] if account is None else [account]
    shown, token = page(call, asked, named, str, _ADMINISTRATORS_A_PAGE)
    listed = [{"accountId": one, "status": "ENABLED"} for one in shown]
    return {"delegatedAdminAccounts": listed, **token}


def _associate(call: Call, asked: Input) -> Output:
    only_administrator(call, "associate members")
    account = asked["accountId"]
    if account == call.caller.account:
        raise denied("The delegated administrator is no member of its own")
    set_member(call.services.store, account, call.region, associated=True, now=call.now)
    return {"accountId": account}


def _disassociate(call: Call, asked: Input) -> Output:
    only_administrator(call, "disassociate members")
    account = asked["accountId"]
    _member(call, account)
    set_member(call.services.store, account, call.region, associated=False, now=call.now)
    return {"accountId": account}


def _get_member(call: Call, asked: Input) -> Output:
    account = asked["accountId"]
    if not call.caller.sees(account):
        raise denied(f"{account} is not an account of yours")
    return {"member": _described(call, account, _member(call, account))}


def _list_members(call: Call, asked: Input) -> Output:
    only_administrator(call, "list members")
    everybody = asked.get("onlyAssociated") is False
    known = members(call.services.store, call.region, call.caller.account)
    wanted = [(account, one) for account, one in known.items() if everybody or one.associated]
    shown, token = page(call, asked, wanted, lambda one: one[0], _MEMBERS_A_PAGE)
    return {"members": [_described(call, *one) for one in shown], **token}


def _describe_configuration(call: Call, _asked: Input) -> Output:
    automatic = automatic_in(call.services.store, call.region)
    flags = {name: automatic.has(kind) for name, kind in _SUPPORTED.items()}
    return {
        "autoEnable": {**flags, **dict.fromkeys(_UNSUPPORTED, False)},
        "maxAccountLimitReached": False,
    }


def _update_configuration(call: Call, asked: Input) -> Output:
    only_administrator(call, "change what new accounts get")
    flags = asked["autoEnable"]
    for name in _UNSUPPORTED:
        if flags.get(name):
            raise denied(f"{name} is not supported in {call.region}: vedette does not scan it")
    store = call.services.store
    types = [kind for name, kind in _SUPPORTED.items() if flags.get(name)]
    known = sorted(known_accounts(store) | {call.caller.account})
    set_automatic(store, call.region, types, known=known, now=call.now)
    return {"autoEnable": _describe_configuration(call, asked)["autoEnable"]}


HANDLERS: Mapping[str, Handler] = {
    "AssociateMember": _associate,
    "DescribeOrganizationConfiguration": _describe_configuration,
    "DisableDelegatedAdminAccount": _disable_administrator,
    "DisassociateMember": _disassociate,
    "EnableDelegatedAdminAccount": _enable_administrator,
    "GetDelegatedAdminAccount": _get_administrator,
    "GetMember": _get_member,
    "ListDelegatedAdminAccounts": _list_administrators,
    "ListMembers": _list_members,
    "UpdateOrganizationConfiguration": _update_configuration,
}

NOTES: Mapping[str, Note] = {
    "EnableDelegatedAdminAccount": Note(
        support=Support.WORKS,
        why="names the account; what credentials may see is said where they are created",
    ),
    "ListMembers": Note(
        support=Support.WORKS, why="the organization's accounts are members without being invited"
    ),
    "UpdateOrganizationConfiguration": Note(
        support=Support.WORKS,
        why="`lambdaCode`, `codeRepository` and `ami` are refused, since they are not scanned",
    ),
}


def _administrator(call: Call) -> str | None:
    """The account that was named; where none was, the caller, if they see every account."""
    named = administrator_of(call.services.store, call.region)
    return named or (call.caller.account if call.caller.accounts is None else None)


def _member(call: Call, account: str) -> Membership:
    above = _administrator(call) or ""
    member = members(call.services.store, call.region, above).get(account)
    if member is None:
        raise not_found(f"{account} is no member of the organization")
    return member


def _described(call: Call, account: str, member: Membership) -> Output:
    described: Output = {
        "accountId": account,
        "relationshipStatus": "ENABLED" if member.associated else "REMOVED",
    }
    above = _administrator(call)
    if above is not None:
        described["delegatedAdminAccountId"] = above
    if member.updated_at is not None:
        described["updatedAt"] = member.updated_at
    return described
