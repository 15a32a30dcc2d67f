"""Patch what findings ask for: which instances, and by Patch Manager."""

from collections import defaultdict
from collections.abc import Iterable

from vedette.integrations._base import Outlet
from vedette.integrations.patch_manager import PatchOutcome, Waiting, patch_instances
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
            entry.fix is FixState.FIXED and entry.package.manager is PackageManager.OS
            for entry in evidence.packages
        )
    )


def patch(
    instances: Iterable[ResourceRef], outlet: Outlet, waiting: Waiting
) -> tuple[PatchOutcome, ...]:
    """Patch instances, each in its own account and Region.

    Raises:
        ServiceError: where an account cannot be entered or SSM refuses the command.
    """
    by_place: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for ref in instances:
        by_place[str(ref.account), str(ref.region)].append(ref.id)
    return tuple(
        outcome
        for (account, region), ids in sorted(by_place.items())
        for outcome in patch_instances(outlet(account), region, sorted(ids), waiting)
    )
