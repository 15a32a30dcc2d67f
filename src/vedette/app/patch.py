"""Patch what findings ask for: which instances, and by Patch Manager."""

from collections import defaultdict
from collections.abc import Iterable, Iterator

from vedette.errors import ServiceError
from vedette.integrations._base import Outlet
from vedette.integrations.patch_manager import PatchOutcome, Waiting, patch_instances, unsent
from vedette.model.advisory import FixState
from vedette.model.finding import Finding, FindingStatus, Vulnerability
from vedette.model.package import PackageManager
from vedette.model.resource import ResourceRef, ResourceType


def patchable(findings: Iterable[Finding]) -> tuple[ResourceRef, ...]:
    """The instances of which an active finding is mended by an update of an OS package, in order."""
    return tuple(sorted({finding.key.resource for finding in findings if _is_patchable(finding)}))


def _is_patchable(finding: Finding) -> bool:
    evidence = finding.evidence
    return (
        finding.status is FindingStatus.ACTIVE
        and finding.key.resource.type is ResourceType.EC2_INSTANCE
        and isinstance(evidence, Vulnerability)
        and any(
            entry.fix is FixState.FIXED
            and entry.package.manager is PackageManager.OS
            and entry.waived is None
            for entry in evidence.packages
        )
    )


def patch(
    instances: Iterable[ResourceRef], outlet: Outlet, waiting: Waiting
) -> tuple[PatchOutcome, ...]:
    """Patch instances, each in its own account and Region.

    Where an account cannot be entered or SSM refuses, that is the outcome of the instances concerned.
    """
    by_place: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for ref in instances:
        by_place[str(ref.account), str(ref.region)].add(ref.id)
    return tuple(
        outcome
        for (account, region), ids in sorted(by_place.items())
        for outcome in _patch_at(account, region, sorted(ids), outlet, waiting)
    )


def _patch_at(
    account: str, region: str, instances: list[str], outlet: Outlet, waiting: Waiting
) -> Iterator[PatchOutcome]:
    try:
        caller = outlet(account)
    except ServiceError as error:
        yield from (unsent(instance, error) for instance in instances)
        return
    yield from patch_instances(caller, region, instances, waiting)
