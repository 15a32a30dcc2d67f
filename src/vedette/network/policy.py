"""From where a resource policy lets an anonymous caller in.

Source: IAM user guide, "Policy evaluation logic" and "Condition operators": a statement applies when its principal,
action, resource and every condition match; a deny beats an allow; a key that the request does not have fails a
positive operator and passes a negated one. What is not understood makes the answer range from a least to a most.
"""

from collections.abc import Iterator, Mapping
from enum import Enum
from typing import Any

import msgspec

from vedette.errors import ParseError
from vedette.network.addrset import (
    AddrSet,
    Family,
    complement,
    everything,
    intersect,
    split_families,
    subtract,
    union,
)

_MOST_STATEMENTS = 1000


class Sources(msgspec.Struct, frozen=True, kw_only=True):
    """Addresses of both families."""

    v4: AddrSet = ()
    v6: AddrSet = ()

    def __bool__(self) -> bool:
        """Whether there is any address."""
        return bool(self.v4 or self.v6)

    def union(self, other: "Sources") -> "Sources":
        """Addresses in either."""
        return Sources(v4=union((self.v4, other.v4)), v6=union((self.v6, other.v6)))

    def intersect(self, other: "Sources") -> "Sources":
        """Addresses in both."""
        return Sources(v4=intersect(self.v4, other.v4), v6=intersect(self.v6, other.v6))

    def subtract(self, other: "Sources") -> "Sources":
        """Addresses in this one alone."""
        return Sources(v4=subtract(self.v4, other.v4), v6=subtract(self.v6, other.v6))


NOBODY = Sources()
EVERYBODY = Sources(v4=everything(Family.V4), v6=everything(Family.V6))


class Scope(msgspec.Struct, frozen=True, kw_only=True):
    """Who is surely let in, who may be, and the Sids of the statements that allow."""

    least: Sources
    most: Sources
    statements: tuple[str, ...] = ()


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """A call: `context` are the condition keys it has (lower case), `absent` those it never has.

    It is anonymous, unless a `service` makes it (`apigateway.amazonaws.com`).
    """

    action: str
    resources: tuple[str, ...]
    context: tuple[tuple[str, str], ...]
    absent: frozenset[str]
    service: str | None = None


class _Unclear(Enum):
    """A condition that is not understood."""

    UNCLEAR = "unclear"


def allowed(document: str, request: Request) -> Scope:
    """Evaluate a policy document. ParseError if it is not one."""
    allow = Scope(least=NOBODY, most=NOBODY)
    deny = Scope(least=NOBODY, most=NOBODY)
    sids: list[str] = []
    for number, statement in enumerate(_statements(document)):
        effect = statement.get("Effect")
        one = _applies(statement, request)
        if effect == "Allow":
            allow = _either(allow, one)
            if one.most:
                sids.append(str(statement.get("Sid") or f"statement {number}"))
        elif effect == "Deny":
            deny = _either(deny, one)
        else:
            raise ParseError("the effect is neither Allow nor Deny", f"statement {number}")
    return Scope(
        least=allow.least.subtract(deny.most),
        most=allow.most.subtract(deny.least),
        statements=tuple(sids),
    )


def _either(left: Scope, right: Scope) -> Scope:
    return Scope(least=left.least.union(right.least), most=left.most.union(right.most))


def _statements(document: str) -> Iterator[Mapping[str, Any]]:
    try:
        policy = msgspec.json.decode(document)
    except (msgspec.DecodeError, RecursionError) as error:
        raise ParseError(f"the policy is not JSON: {error}") from error
    found = policy.get("Statement") if isinstance(policy, dict) else None
    statements = [found] if isinstance(found, dict) else found
    if not isinstance(statements, list) or not all(isinstance(one, dict) for one in statements):
        raise ParseError("the policy has no statements")
    if len(statements) > _MOST_STATEMENTS:
        raise ParseError(f"the policy has more than {_MOST_STATEMENTS} statements")
    yield from statements


def _applies(statement: Mapping[str, Any], request: Request) -> Scope:
    if not (_names_action(statement, request) and _names_resource(statement, request)):
        return Scope(least=NOBODY, most=NOBODY)
    if "NotPrincipal" in statement:
        return Scope(least=NOBODY, most=EVERYBODY)
    principal = statement.get("Principal")
    if not (_is_anybody(principal) or _is_service(principal, request.service)):
        return Scope(least=NOBODY, most=NOBODY)
    least = most = EVERYBODY
    for answer in _conditions(statement.get("Condition") or {}, request):
        if isinstance(answer, Sources):
            least, most = least.intersect(answer), most.intersect(answer)
        else:
            least = NOBODY
    return Scope(least=least, most=most)


def _texts(value: Any) -> tuple[str, ...]:
    values = value if isinstance(value, list) else [value]
    return tuple(str(one).lower() if isinstance(one, bool) else str(one) for one in values)


def _is_anybody(principal: Any) -> bool:
    named = principal.get("AWS") if isinstance(principal, dict) else principal
    return named is not None and "*" in _texts(named)


def _is_service(principal: Any, service: str | None) -> bool:
    named = principal.get("Service") if isinstance(principal, dict) else None
    return service is not None and named is not None and service in _texts(named)


def _names_action(statement: Mapping[str, Any], request: Request) -> bool:
    if "NotAction" in statement:
        return not any(_like(one, request.action) for one in _texts(statement["NotAction"]))
    return any(_like(one, request.action) for one in _texts(statement.get("Action", [])))


def _names_resource(statement: Mapping[str, Any], request: Request) -> bool:
    def named(patterns: Any) -> bool:
        return any(_like(one, name) for one in _texts(patterns) for name in request.resources)

    if "NotResource" in statement:
        return not named(statement["NotResource"])
    return "Resource" not in statement or named(statement["Resource"])


def _like(pattern: str, text: str) -> bool:
    """IAM's wildcards: `*` is any text, `?` one character; actions ignore case, and so may all others here.

    Two pointers and one place to go back to, so that no pattern takes more than pattern times text steps.
    """
    pattern, text = pattern.lower(), text.lower()
    at = matched = 0
    star, resume = -1, 0
    while matched < len(text):
        if at < len(pattern) and pattern[at] == "*":
            star, resume = at, matched
            at += 1
        elif at < len(pattern) and pattern[at] in {"?", text[matched]}:
            at, matched = at + 1, matched + 1
        elif star >= 0:
            resume += 1
            at, matched = star + 1, resume
        else:
            return False
    return all(one == "*" for one in pattern[at:])


def _conditions(conditions: Any, request: Request) -> Iterator[Sources | _Unclear]:
    if not isinstance(conditions, dict):
        raise ParseError("the condition is not an object")
    for operator, keys in conditions.items():
        if not isinstance(keys, dict):
            raise ParseError(f"the condition {operator} is not an object")
        for key, values in keys.items():
            yield _condition(operator.lower(), key.lower(), _texts(values), request)


def _condition(
    operator: str, key: str, values: tuple[str, ...], request: Request
) -> Sources | _Unclear:
    name = operator.removesuffix("ifexists")
    if key == "aws:sourceip":
        return _source_ip(name, values)
    context = dict(request.context)
    if key in context:
        return _compare(name, context[key], values)
    if key not in request.absent:
        return _Unclear.UNCLEAR
    if name == "null":
        return EVERYBODY if "true" in values else NOBODY
    negated = "not" in name
    return EVERYBODY if negated or name != operator else NOBODY


def _compare(operator: str, actual: str, values: tuple[str, ...]) -> Sources | _Unclear:
    matches = any(_like(value, actual) for value in values)
    match operator:
        case "stringequals" | "stringlike" | "stringequalsignorecase" | "bool":
            return EVERYBODY if matches else NOBODY
        case "arnequals" | "arnlike":
            return EVERYBODY if matches else NOBODY
        case "stringnotequals" | "stringnotlike" | "stringnotequalsignorecase":
            return NOBODY if matches else EVERYBODY
        case "null":
            return NOBODY if "true" in values else EVERYBODY
        case _:
            return _Unclear.UNCLEAR


def _source_ip(operator: str, values: tuple[str, ...]) -> Sources | _Unclear:
    v4, v6 = split_families(values)
    match operator:
        case "ipaddress":
            return Sources(v4=v4, v6=v6)
        case "notipaddress":
            return Sources(v4=complement(v4, Family.V4), v6=complement(v6, Family.V6))
        case _:
            return _Unclear.UNCLEAR
