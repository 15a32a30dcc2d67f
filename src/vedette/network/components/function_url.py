"""A function URL is open to anybody if its auth type is NONE and the function's resource policy agrees.

Source: Lambda developer guide, "Control access to Lambda function URLs": a URL of AuthType NONE needs a statement
that lets everybody call `lambda:InvokeFunctionUrl`, and, for URLs made since October 2025, `lambda:InvokeFunction` as
well. URLs answer over IPv4 and IPv6.
"""

from vedette.errors import ParseError
from vedette.network.codes import Code
from vedette.network.components._base import (
    ANONYMOUS,
    Doubt,
    Layer7Component,
    Reached,
    Role,
    Shut,
    UrlPassage,
)
from vedette.network.policy import NOBODY, Request, Scope, allowed
from vedette.network.topology import FunctionUrl

_BOTH_NEEDED_SINCE = "2025-10-01"


def _judge(url: FunctionUrl) -> UrlPassage:
    if url.auth_type != "NONE":
        return _shut(
            Code.FUNCTION_URL_AUTH_TYPE, f"callers are authenticated: auth type {url.auth_type}"
        )
    if url.failed:
        return _shut(Code.BAD_STATE, "the function is in state Failed")
    if url.doubt is not None:
        return _doubt(f"the resource policy was not recorded: {url.doubt}")
    if url.policy is None:
        return _shut(Code.FUNCTION_URL_POLICY, "the function has no resource policy")
    try:
        opened = _scope(url, url.policy, "lambda:InvokeFunctionUrl")
        invoked = _scope(url, url.policy, "lambda:InvokeFunction")
    except ParseError as error:
        return _doubt(f"the resource policy is malformed: {error}")
    return _verdict(url, opened, invoked)


def _verdict(url: FunctionUrl, opened: Scope, invoked: Scope) -> UrlPassage:
    if not opened.most:
        return _shut(
            Code.FUNCTION_URL_POLICY,
            "the resource policy does not let everybody call lambda:InvokeFunctionUrl",
        )
    if not opened.least:
        return _doubt("conditions of the resource policy are not judged")
    statements = opened.statements
    if url.created is None or url.created >= _BOTH_NEEDED_SINCE:
        if not invoked.least:
            return _doubt(
                "the resource policy does not let everybody call lambda:InvokeFunction, which URLs"
                " made since October 2025 need"
            )
        both = opened.least.intersect(invoked.least)
        statements = tuple(dict.fromkeys((*opened.statements, *invoked.statements)))
    else:
        both = opened.least
    if both == NOBODY:
        return _shut(Code.FUNCTION_URL_POLICY, "the resource policy lets no address in")
    unsure = opened.most != opened.least
    return Reached(
        sources=both,
        statements=statements,
        doubt=_doubt("conditions of the resource policy are not judged") if unsure else None,
    )


def _scope(url: FunctionUrl, policy: str, action: str) -> Scope:
    return allowed(
        policy,
        Request(
            action=action,
            resources=tuple(dict.fromkeys((url.arn, url.function))),
            context=(
                ("lambda:functionurlauthtype", "NONE"),
                ("lambda:invokedviafunctionurl", "true"),
            ),
            absent=ANONYMOUS,
        ),
    )


def _shut(code: Code, reason: str) -> Shut:
    return Shut(code=code, role=Role.FUNCTION_URL, reason=reason)


def _doubt(reason: str) -> Doubt:
    return Doubt(code=Code.UNKNOWN_RESOURCE, role=Role.FUNCTION_URL, reason=reason)


COMPONENT = Layer7Component(
    name="function_url",
    type="AWS::Lambda::Url",
    codes=(
        Code.BAD_STATE,
        Code.FUNCTION_URL_AUTH_TYPE,
        Code.FUNCTION_URL_POLICY,
        Code.UNKNOWN_RESOURCE,
    ),
    judge=_judge,
)
