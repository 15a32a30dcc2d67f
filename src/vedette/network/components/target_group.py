"""A load balancer sends to the targets of a group that are in zones which it and its attributes allow.

Sources: elbv2 guides, "Availability Zones" and "Cross-zone load balancing"; Reachability Analyzer,
`ELB_INSTALLED_AZ_RESTRICTION`, `ELB_NOT_CROSSZONE`, `ELBV2_LISTENER_HAS_NO_TG` (a group without targets sends to
nobody). Targets outside the VPC (zone `all`) have no zone; a function must let the load balancer invoke it.
"""

from vedette.network.codes import Code
from vedette.network.components._base import (
    OPEN,
    Doubt,
    ForwardingComponent,
    Handover,
    Role,
    Shut,
    Verdict,
)


def _judge(handover: Handover) -> Verdict:
    if handover.target.anywhere:
        return OPEN
    zone, crosses = handover.zone, handover.group.crosses
    enabled = handover.zones
    if zone is not None and enabled and None not in enabled and zone not in enabled:
        return Shut(
            code=Code.ELB_INSTALLED_AZ_RESTRICTION,
            role=Role.BALANCER,
            reason=f"the load balancer is not enabled for the target's zone {zone}",
        )
    if crosses is True:
        return OPEN
    if zone is None or handover.node.zone is None:
        return _doubt("the zones of the node and the target are not both known")
    if zone == handover.node.zone:
        return OPEN
    if crosses is None:
        return _doubt("whether it sends across zones was not recorded")
    return Shut(
        code=Code.ELB_NOT_CROSSZONE,
        role=Role.BALANCER,
        reason=f"cross-zone load balancing is off, and the target is in {zone}",
    )


def _doubt(reason: str) -> Doubt:
    return Doubt(code=Code.UNKNOWN_RESOURCE, role=Role.BALANCER, reason=reason)


COMPONENT = ForwardingComponent(
    name="target_group",
    type="AWS::ElasticLoadBalancingV2::TargetGroup",
    codes=(
        Code.ELBV2_LISTENER_HAS_NO_TG,
        Code.ELB_INSTALLED_AZ_RESTRICTION,
        Code.ELB_NOT_CROSSZONE,
        Code.FUNCTION_POLICY,
        Code.UNKNOWN_RESOURCE,
    ),
    judge=_judge,
)
