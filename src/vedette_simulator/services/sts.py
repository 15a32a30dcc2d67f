"""STS: who calls, and `AssumeRole` that asks the role's trust policy (moto gives credentials for any ARN)."""

import json
import re
import uuid
from collections.abc import Iterable
from datetime import timedelta
from typing import Any
from urllib.parse import unquote

from vedette_simulator.errors import AwsError
from vedette_simulator.identity import Caller
from vedette_simulator.wire import Fields
from vedette_simulator.world import Call, Handlers, Place, required

_ROLE = re.compile(r"arn:aws:iam::(?P<account>\d{12}):role/(?P<name>[\w+=,.@/-]+)")
_SESSION = re.compile(r"[\w+=,.@-]{2,64}")
_SHORTEST, _LONGEST = 900, 43_200


def get_caller_identity(call: Call) -> Fields:
    """The caller."""
    return {"UserId": call.caller.user_id, "Account": call.caller.account, "Arn": call.caller.arn}


def assume_role(call: Call) -> Fields:
    """Temporary credentials of a role that exists and trusts the caller; all else is AccessDenied."""
    arn, session = required(call.params, "RoleArn"), required(call.params, "RoleSessionName")
    parts = _ROLE.fullmatch(arn)
    if parts is None:
        raise AwsError("ValidationError", f"{arn} is invalid")
    if not _SESSION.fullmatch(session):
        raise AwsError(
            "ValidationError",
            "1 validation error detected: Value at 'roleSessionName' failed to satisfy constraint: Member must "
            r"satisfy regular expression pattern: [\w+=,.@-]*",
        )
    seconds = int(call.params.get("DurationSeconds", 3600))
    if not _SHORTEST <= seconds <= _LONGEST:
        raise AwsError("ValidationError", f"DurationSeconds must be from {_SHORTEST} to {_LONGEST}")
    role = _role(call, parts["account"], parts["name"].rpartition("/")[2])
    if role is None or not _trusted(role, call):
        raise AwsError(
            "AccessDenied",
            f"User: {call.caller.arn} is not authorized to perform: sts:AssumeRole on resource: {arn}",
            403,
        )
    return _session(call, role, session, seconds)


HANDLERS: Handlers = {
    ("sts", "GetCallerIdentity"): get_caller_identity,
    ("sts", "AssumeRole"): assume_role,
}


def _role(call: Call, account: str, name: str) -> Fields | None:
    place = Place(account=account, region=call.place.region)
    try:
        found: Fields = call.world.invoke("iam", "GetRole", {"RoleName": name}, place)["Role"]
    except AwsError as error:
        if error.code != "NoSuchEntity":
            raise
        return None
    return found


def _trusted(role: Fields, call: Call) -> bool:
    document = role["AssumeRolePolicyDocument"]
    policy = json.loads(unquote(document)) if isinstance(document, str) else document
    statements = [item for item in _many(policy["Statement"]) if _applies(item, call)]
    effects = {statement["Effect"] for statement in statements}
    return effects == {"Allow"}


def _applies(statement: dict[str, Any], call: Call) -> bool:
    """Whether a statement speaks of this call; conditions other than on sts:ExternalId never hold."""
    principal = statement.get("Principal", {})
    named = ["*"] if principal == "*" else _many(principal.get("AWS", []))
    actions = {str(action).lower() for action in _many(statement.get("Action", []))}
    if not (
        actions & {"sts:assumerole", "sts:*", "*"} and any(_is(name, call.caller) for name in named)
    ):
        return False
    condition = statement.get("Condition", {})
    if not condition:
        return True
    expected = condition.get("StringEquals", {}).get("sts:ExternalId")
    return set(condition) == {"StringEquals"} and call.params.get("ExternalId") in _many(expected)


def _is(name: str, caller: Caller) -> bool:
    account = caller.account
    if name in ("*", account, f"arn:aws:iam::{account}:root", caller.arn):
        return True
    # a session has the ARN of its role too
    session = re.fullmatch(r"arn:aws:sts::(\d{12}):assumed-role/([^/]+)/.+", caller.arn)
    return session is not None and name == f"arn:aws:iam::{session[1]}:role/{session[2]}"


def _session(call: Call, role: Fields, session: str, seconds: int) -> Fields:
    nonce = uuid.uuid4().hex
    derive = call.world.identities.derive
    account = role["Arn"].split(":")[4]
    caller = Caller(
        account=account,
        arn=f"arn:aws:sts::{account}:assumed-role/{role['RoleName']}/{session}",
        user_id=f"{role['RoleId']}:{session}",
        access_key="ASIA" + derive("key", nonce)[:16].upper(),
        secret_key=derive("secret", nonce),
        token=derive("token", nonce) + derive("token", nonce, "2"),
        expires_at=call.now + timedelta(seconds=seconds),
    )
    call.world.identities.add(caller)
    return {
        "Credentials": {
            "AccessKeyId": caller.access_key,
            "SecretAccessKey": caller.secret_key,
            "SessionToken": caller.token,
            "Expiration": caller.expires_at,
        },
        "AssumedRoleUser": {"AssumedRoleId": caller.user_id, "Arn": caller.arn},
    }


def _many(value: Any) -> list[Any]:
    if value is None:
        return []
    return (
        list(value)
        if isinstance(value, Iterable) and not isinstance(value, str | dict)
        else [value]
    )
