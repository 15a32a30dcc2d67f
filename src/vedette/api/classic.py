"""What Inspector Classic's operations share: ARNs, descriptions of several things at once, pages, name patterns."""

import base64
import hashlib
import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

from vedette.api.call import Call, Input, Output
from vedette.api.errors import not_found
from vedette.api.listing import ordered_page
from vedette.api.translate.classic import package_arn
from vedette.app.assessments.model import AssessmentRun, Group, RulesPackage, Target, Template
from vedette.app.assessments.store import Place, every, find, run_as_of

_MOST = 100
_Kept = TypeVar("_Kept", Group, Target, Template, AssessmentRun)
_Any = TypeVar("_Any")


def place_of(call: Call) -> Place:
    """Where assessments are kept: the caller's account and Region."""
    return call.caller.account, call.region


def new_arn(call: Call, parent: str, kind: str) -> str:
    """An ARN for something new, the same for the same request.

    Args:
        call: the request.
        parent: the ARN that it lies below, or empty.
        kind: `target`, `template`…
    """
    digest = hashlib.sha256(f"{call.caller.account}/{call.request_id}/{kind}".encode()).digest()
    name = base64.b32encode(digest).decode()[:8]
    above = parent or f"arn:{call.partition}:inspector:{call.region}:{call.caller.account}:"
    return f"{above}{'/' if parent else ''}{kind}/0-{name}"


def required(call: Call, of: type[_Kept], arn: str) -> _Kept:
    """Something by its ARN.

    Raises:
        ApiError: where there is no such thing of the caller's.
    """
    found = find(call.services.store, place_of(call), of, arn)
    if found is None:
        raise not_found(f"{arn} does not exist")
    return found


def described(arns: Iterable[str], member: str, describe: Callable[[str], Output | None]) -> Output:
    """Several things, and those that do not exist."""
    told: list[Output] = []
    failed: Output = {}
    for arn in dict.fromkeys(arns):
        one = describe(arn)
        if one is None:
            failed[arn] = {"failureCode": "ITEM_DOES_NOT_EXIST", "retryable": False}
        else:
            told.append(one)
    return {member: told, "failedItems": failed}


def paged(call: Call, asked: Input, items: Iterable[_Any]) -> tuple[list[_Any], Output]:
    """A page of at most 100, however many are asked for."""
    wanted = asked.get("maxResults") or _MOST
    return ordered_page(call, {**asked, "maxResults": min(max(wanted, 1), _MOST)}, items, _MOST)


def matches(pattern: str | None, name: str) -> bool:
    """Whether a name is what a pattern with `*` asks for."""
    if pattern is None:
        return True
    return re.fullmatch(".*".join(map(re.escape, re.split(r"\*+", pattern))), name) is not None


def runs_of(call: Call, template: str | None = None) -> tuple[AssessmentRun, ...]:
    """The caller's runs as they stand, of one template where it is given."""
    store, place = call.services.store, place_of(call)
    return tuple(
        run_as_of(store, place, run, now=call.now)
        for run in every(store, place, AssessmentRun)
        if template in {None, run.template.arn}
    )


def required_run(call: Call, arn: str) -> AssessmentRun:
    """A run as it stands.

    Raises:
        ApiError: where there is no such run of the caller's.
    """
    run = required(call, AssessmentRun, arn)
    return run_as_of(call.services.store, place_of(call), run, now=call.now)


def arns_of(call: Call, packages: Sequence[RulesPackage]) -> list[str]:
    """The ARNs of rules packages."""
    return [
        package_arn(call.partition, call.caller.account, call.region, package)
        for package in packages
    ]


def packages_of(call: Call, arns: Iterable[str]) -> tuple[RulesPackage, ...]:
    """Rules packages by their ARNs.

    Raises:
        ApiError: where one is none of ours.
    """
    known = dict(zip(arns_of(call, tuple(RulesPackage)), RulesPackage, strict=True))
    found = []
    for arn in dict.fromkeys(arns):
        if arn not in known:
            raise not_found(f"The rules package {arn} does not exist")
        found.append(known[arn])
    return tuple(found)


def is_within(value: Any, bounds: Input | None, lower: str, upper: str) -> bool:
    """Whether something lies between bounds; what is not known does not."""
    if not bounds:
        return True
    return value is not None and bounds.get(lower, value) <= value <= bounds.get(upper, value)
