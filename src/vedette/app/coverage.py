"""What a pass says of its coverage: each resource and scan type, with Inspector's reasons."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from vedette.app.inventories.take import Taken
from vedette.app.reachability import NetworkAnswers
from vedette.findings.exposure import ResourceExposure
from vedette.model.coverage import Coverage, ScanType
from vedette.model.resource import Ec2Instance, InstanceState, Resource, ResourceRef, ResourceType

_SHOWN_REASONS = 3
_MISSED = frozenset({"ACCESS_DENIED", "INTERNAL_ERROR"})
"""Reasons that mean that something went wrong, as opposed to what is simply not there to be scanned."""


def coverage_of(taken: Taken, network: NetworkAnswers, now: datetime) -> Iterator[Coverage]:
    """The rows of one resource: packages, and for instances the network."""
    there = taken.fingerprint is not None
    yield Coverage(
        resource=taken.resource.ref,
        scan_type=ScanType.PACKAGE,
        active=there,
        reason=taken.reason,
        detail=taken.detail,
        last_scanned_at=now if there else None,
    )
    facts = taken.resource.facts
    if not isinstance(facts, Ec2Instance):
        return
    if not taken.wanted:
        yield Coverage(
            resource=taken.resource.ref,
            scan_type=ScanType.NETWORK,
            active=False,
            reason=taken.reason,
            detail=taken.detail,
        )
        return
    yield _network(taken.resource, facts, network.of(taken.resource), now)


def _network(
    resource: Resource, facts: Ec2Instance, exposure: ResourceExposure | None, now: datetime
) -> Coverage:
    stopped = facts.state is not InstanceState.RUNNING
    unknown = () if exposure is None else exposure.unknown
    reason = "EC2_INSTANCE_STOPPED" if stopped else "SUCCESSFUL"
    if exposure is None:
        reason = "ACCESS_DENIED"
    elif unknown:
        reason = "INTERNAL_ERROR"
    return Coverage(
        resource=resource.ref,
        scan_type=ScanType.NETWORK,
        active=exposure is not None and not stopped,
        reason=reason,
        detail="; ".join(sorted({answer.reason for answer in unknown})[:_SHOWN_REASONS]),
        last_scanned_at=now if exposure is not None else None,
    )


def coverage_of_gone(gone: Iterable[ResourceRef]) -> Iterator[Coverage]:
    """The rows of resources that are not there any more."""
    for ref in gone:
        instance = ref.type is ResourceType.EC2_INSTANCE
        for scan_type in ScanType if instance else (ScanType.PACKAGE,):
            yield Coverage(
                resource=ref, scan_type=scan_type, active=False, reason="RESOURCE_TERMINATED"
            )


def is_missed(row: Coverage) -> bool:
    """Whether the resource should have been scanned and was not, or not whole."""
    return row.reason in _MISSED
