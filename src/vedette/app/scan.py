"""One target, offline: inventory, match, findings."""

from datetime import datetime
from typing import Protocol

import msgspec

from vedette.findings.build import build_vulnerabilities
from vedette.matching.index import AdvisoryIndex
from vedette.matching.match import match_inventory
from vedette.model.advisory import FixState
from vedette.model.finding import Finding, Vulnerability
from vedette.model.inventory import Inventory
from vedette.model.resource import LocalTarget, Resource
from vedette.model.scan import DatabaseFacts, FixStep, ScanReport


class DatedIndex(AdvisoryIndex, Protocol):
    """An advisory database that says how old it is and whether it is only the starter set."""

    @property
    def built_at(self) -> datetime:
        """The date of the feeds in it."""
        ...

    @property
    def starter(self) -> bool:
        """Whether it is the small set that ships with the program."""
        ...


def judge_local(
    inventory: Inventory,
    index: DatedIndex,
    *,
    kind: str,
    now: datetime,
    ignore_unfixed: bool = False,
) -> ScanReport:
    """What is wrong with an inventory.

    Args:
        inventory: of the target, whose resource is `vedette.app.local.local_ref(target)`.
        index: the advisories.
        kind: the command's word for the target (`image`, `rootfs`, …).
        now: the time to put on the findings.
        ignore_unfixed: leave out packages for which there is no fix.
    """
    resource = Resource(ref=inventory.resource, facts=LocalTarget(kind=kind))
    result = match_inventory(inventory, index)
    findings = build_vulnerabilities(resource, result, index, None, now=now)
    if ignore_unfixed:
        findings = tuple(kept for finding in findings if (kept := _fixable(finding)) is not None)
    return ScanReport(
        target=inventory.resource.id,
        inventory=inventory,
        database=DatabaseFacts(digest=index.digest, built_at=index.built_at, starter=index.starter),
        findings=findings,
        undecided=result.undecided,
        unjudged=result.unjudged,
        fix_plan=tuple(
            FixStep(package=one.package, version=one.version, leaves=one.leaves, brings=one.brings)
            for one in result.upgrades
        ),
    )


def _fixable(finding: Finding) -> Finding | None:
    evidence = finding.evidence
    if not isinstance(evidence, Vulnerability):
        return finding
    packages = tuple(entry for entry in evidence.packages if entry.fix is FixState.FIXED)
    if not packages:
        return None
    return msgspec.structs.replace(
        finding, evidence=msgspec.structs.replace(evidence, packages=packages)
    )
