"""What a pass says of its coverage: each resource and scan type, with Inspector's reasons."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from vedette.app.inventories.take import Taken
from vedette.app.reachability import NetworkAnswers
from vedette.findings.exposure import ResourceExposure
from vedette.model.coverage import Coverage, ScanType
from vedette.model.resource import Ec2Instance, InstanceState, Resource, ResourceRef, ResourceType

_SHOWN_REASONS = 3
_GONE = "RESOURCE_TERMINATED"
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


def coverage_of_new(known: Iterable[Coverage], resources: Iterable[Resource]) -> Iterator[Coverage]:
    """The rows of resources that were found, and that nobody has looked at yet; those that came back are among them."""
    looked_at = {row.resource for row in known if row.reason != _GONE}
    for ref in (resource.ref for resource in resources):
        if ref not in looked_at:
            for scan_type in _scan_types(ref):
                yield Coverage(
                    resource=ref, scan_type=scan_type, active=False, reason="PENDING_INITIAL_SCAN"
                )


def coverage_of_gone(gone: Iterable[ResourceRef]) -> Iterator[Coverage]:
    """The rows of resources that are not there any more."""
    for ref in gone:
        for scan_type in _scan_types(ref):
            yield Coverage(resource=ref, scan_type=scan_type, active=False, reason=_GONE)


def _scan_types(ref: ResourceRef) -> Iterable[ScanType]:
    return ScanType if ref.type is ResourceType.EC2_INSTANCE else (ScanType.PACKAGE,)


def is_missed(row: Coverage) -> bool:
    """Whether the resource should have been scanned and was not, or not whole."""
    return row.reason in _MISSED
