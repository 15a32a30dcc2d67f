"""One resource: what is wrong with it now, against what was known."""

import hashlib
from datetime import datetime

import msgspec

from vedette.findings.build import build_exposures, build_vulnerabilities
from vedette.findings.carry import carried
from vedette.findings.exposure import ResourceExposure
from vedette.findings.lifecycle import Change, Scope, reconcile
from vedette.matching.index import AdvisoryIndex
from vedette.matching.match import match_inventory
from vedette.model.coverage import ScanType
from vedette.model.finding import Finding
from vedette.model.inventory import Inventory
from vedette.model.resource import Resource

RULES = "1"
"""Raised when matching, scoring or wording changes: everything is then judged again."""


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """A resource and what was learnt about it in this pass.

    `read_as` names the content of its inventory, None where that could not be read: its package findings stay as they
    are. `exposure` is None where the network was not analysed for it: its network findings stay as they are.
    """

    resource: Resource
    read_as: str | None
    exposure: ResourceExposure | None


def evidence_of(case: Case, index: AdvisoryIndex) -> str:
    """The fingerprint of everything that the verdict depends on: 64 hex digits."""
    content = msgspec.json.encode(
        [RULES, case.resource, case.read_as, index.digest, case.exposure], order="sorted"
    )
    return hashlib.sha256(content).hexdigest()


def judge(
    case: Case,
    inventory: Inventory | None,
    index: AdvisoryIndex,
    known: tuple[Finding, ...],
    *,
    now: datetime,
) -> tuple[Change, ...]:
    """What changes among the resource's findings.

    Args:
        case: the resource.
        inventory: what `case.read_as` names.
        index: the advisories.
        known: its findings.
        now: the time of the pass.
    """
    seen: list[Finding] = []
    complete: set[Scope] = set()
    ref = case.resource.ref
    if inventory is not None:
        result = match_inventory(inventory, index)
        found = build_vulnerabilities(case.resource, result, index, case.exposure, now=now)
        seen.extend(found)
        seen.extend(carried(known, found, result))
        if not inventory.failures:
            complete.add(Scope(resource=ref, scan_type=ScanType.PACKAGE))
    if case.exposure is not None:
        seen.extend(build_exposures(case.resource, case.exposure.exposures, now=now))
        if not case.exposure.unknown:
            complete.add(Scope(resource=ref, scan_type=ScanType.NETWORK))
    return tuple(reconcile(known, seen, now=now, complete=frozenset(complete)))
