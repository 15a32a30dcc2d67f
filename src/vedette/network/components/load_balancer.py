"""A load balancer takes traffic at its nodes unless it failed, and can refuse IPv6 traffic of internet gateways.

Sources: elbv2 API, LoadBalancerState and LoadBalancerAttribute (`ipv6.deny_all_igw_traffic`: true for internal load
balancers unless set otherwise). Scheme and address type show in the nodes' addresses: an internal one, and one that is
dual-stack without public IPv4 addresses, has none that an internet gateway delivers to.
"""

from vedette.network.addrset import Family
from vedette.network.balancing import BalancerKind
from vedette.network.codes import Code
from vedette.network.components._base import (
    OPEN,
    Component,
    Doubt,
    Passage,
    Role,
    Shut,
    Situation,
    doubtful,
)
from vedette.network.topology import EdgeKind, InterfaceKind


def _judge(situation: Situation) -> Passage:
    if situation.profile.kind is not InterfaceKind.LOAD_BALANCER:
        return OPEN
    balancer = situation.balancer
    if balancer is None:
        return _doubt(
            Code.UNKNOWN_RESOURCE, "whose interface it is was not described", Role.INTERFACE
        )
    if balancer.kind is BalancerKind.GATEWAY:
        return _doubt(Code.UNSUPPORTED_COMPONENT, "Gateway Load Balancers are not judged")
    if balancer.failed:
        return Shut(
            code=Code.BAD_STATE, role=Role.BALANCER, reason="the load balancer is in state failed"
        )
    to_internet = situation.point.kind is EdgeKind.INTERNET
    if not to_internet or situation.profile.family is Family.V4 or balancer.refuses_igw is False:
        return OPEN
    if balancer.refuses_igw is None and not situation.profile.deny_igw:
        return _doubt(
            Code.UNKNOWN_RESOURCE, "whether it refuses internet gateways was not recorded"
        )
    return Shut(
        code=Code.BALANCER_DENIES_IGW_TRAFFIC,
        role=Role.BALANCER,
        reason="the load balancer refuses IPv6 traffic from internet gateways",
    )


def _doubt(code: Code, reason: str, role: Role = Role.BALANCER) -> Passage:
    return doubtful(Doubt(code=code, role=role, reason=reason))


COMPONENT = Component(
    name="load_balancer",
    type="AWS::ElasticLoadBalancingV2::LoadBalancer",
    codes=(
        Code.BAD_STATE,
        Code.BALANCER_DENIES_IGW_TRAFFIC,
        Code.UNKNOWN_RESOURCE,
        Code.UNSUPPORTED_COMPONENT,
    ),
    judge=_judge,
)
