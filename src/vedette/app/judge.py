"""One resource: what is wrong with it now, against what was known."""

import hashlib
from datetime import date, datetime

import msgspec

from vedette.findings.build import build_exposures, build_vulnerabilities
from vedette.findings.carry import carried
from vedette.findings.exposure import ResourceExposure
from vedette.findings.lifecycle import Change, Scope, reconcile
from vedette.findings.listening import Installed
from vedette.findings.suppress import SuppressionRule, suppress
from vedette.findings.vex import scope_of, unwaived, waive
from vedette.findings.weigh import ImportanceRule, Scales, scales_of, weighed
from vedette.matching.index import AdvisoryIndex
from vedette.matching.match import MatchResult
from vedette.matching.runtimes import RuntimeVerdict, judge_runtime, with_runtime
from vedette.model.coverage import ScanType
from vedette.model.finding import Finding
from vedette.model.inventory import Inventory
from vedette.model.resource import ContainerImage, LambdaFunction, Resource
from vedette.model.vex import VexStatement

RULES = "5"
"""Raised when matching, scoring or wording changes: everything is then judged again."""


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """What has been decided before: suppression rules, VEX statements, and what resources matter.

    `fingerprint` is of the last two.
    """

    rules: tuple[SuppressionRule, ...] = ()
    statements: tuple[VexStatement, ...] = ()
    importance: tuple[ImportanceRule, ...] = ()
    fingerprint: str = ""


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """A resource and what was learnt about it in this pass.

    `read_as` names the content of its inventory, None where that could not be read: its package findings stay as they
    are. `exposure` is None where the network was not analysed for it: its network findings stay as they are.
    """

    resource: Resource
    read_as: str | None
    exposure: ResourceExposure | None


class Matched(msgspec.Struct, frozen=True, kw_only=True):
    """An inventory, and what matching says of it."""

    inventory: Inventory
    result: MatchResult


def evidence_of(case: Case, index: AdvisoryIndex, standing: str = "", *, today: date) -> str:
    """The fingerprint of everything that the verdict depends on: 64 hex digits.

    Not of suppression rules: what they cover is seen to when they change. `standing` is the fingerprint of other decisions. When an
    image was last in use changes with every look, and nothing else with it. Of the day it is only what it means for a
    function's runtime.
    """
    parts = [RULES, _unused(case.resource), case.read_as, index.digest, case.exposure, standing]
    runtime = _runtime(case.resource)
    if runtime is not None:
        verdict: RuntimeVerdict = judge_runtime(runtime, index, today=today)
        parts.append((type(verdict).__name__, verdict))
    return hashlib.sha256(msgspec.json.encode(parts, order="sorted")).hexdigest()


def judge(
    case: Case,
    matched: Matched | None,
    index: AdvisoryIndex,
    known: tuple[Finding, ...],
    *,
    now: datetime,
    standing: Standing = Standing(),  # noqa: B008 - frozen
) -> tuple[Change, ...]:
    """What changes among the resource's findings.

    Args:
        case: the resource.
        matched: what `case.read_as` names, judged by `index`.
        index: the advisories.
        known: its findings.
        now: the time of the pass.
        standing: what sets findings aside.
    """
    seen: list[Finding] = []
    complete: set[Scope] = set()
    ref = case.resource.ref
    scales = _scales(case, matched, standing)
    if matched is not None:
        result = _whole(case.resource, matched.result, index, now.date())
        found = build_vulnerabilities(case.resource, result, index, case.exposure, now=now)
        seen.extend(weighed(one, scales) for one in found)
        seen.extend(map(unwaived, carried(known, found, result)))
        if not matched.inventory.failures:
            complete.add(Scope(resource=ref, scan_type=ScanType.PACKAGE))
    if case.exposure is not None:
        ports = build_exposures(
            case.resource, case.exposure.exposures, now=now, installed=_installed(matched)
        )
        seen.extend(weighed(one, scales) for one in ports)
        if not case.exposure.unknown:
            complete.add(Scope(resource=ref, scan_type=ScanType.NETWORK))
    left = suppress(seen, standing.rules, now=now, resource=case.resource)
    if matched is not None and standing.statements:
        scope = scope_of(matched.inventory, _names(case.resource))
        left = iter(waive(left, standing.statements, scope))
    return tuple(reconcile(known, left, now=now, complete=frozenset(complete)))


def _whole(
    resource: Resource, result: MatchResult, index: AdvisoryIndex, today: date
) -> MatchResult:
    """With what is to be said of a function's runtime."""
    runtime = _runtime(resource)
    return result if runtime is None else with_runtime(result, runtime, index, today=today)


def _runtime(resource: Resource) -> str | None:
    return resource.facts.runtime if isinstance(resource.facts, LambdaFunction) else None


def _scales(case: Case, matched: Matched | None, standing: Standing) -> Scales:
    installed = _installed(matched)
    return scales_of(
        case.resource,
        installed.packages,
        () if case.exposure is None else case.exposure.exposures,
        standing.importance,
        installed.sockets,
    )


def _installed(matched: Matched | None) -> Installed:
    if matched is None:
        return Installed()
    return Installed(packages=matched.inventory.packages, sockets=matched.inventory.sockets)


def _names(resource: Resource) -> tuple[str, ...]:
    """What VEX statements may call a resource."""
    facts = resource.facts
    return (facts.digest, *facts.tags) if isinstance(facts, ContainerImage) else ()


def _unused(resource: Resource) -> Resource:
    if not isinstance(resource.facts, ContainerImage):
        return resource
    facts = msgspec.structs.replace(resource.facts, last_in_use_at=None, last_pulled_at=None)
    return msgspec.structs.replace(resource, facts=facts)
