"""An internet gateway delivers only to an address that has a public one, or is one.

IPv4: an Elastic IP or auto-assigned address, on the primary or a secondary private address (VPC user guide, "Internet
gateways"; Reachability Analyzer, `IGW_PRIVATE_IP_ASSOCIATION_FOR_INGRESS`). IPv6: global unicast addresses are public
by themselves; `DenyAllIgwTraffic` refuses them at the interface (EC2 API, NetworkInterface).
"""

from vedette.network.addrset import Family
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
from vedette.network.topology import EdgeKind


def _judge(situation: Situation) -> Passage:
    profile = situation.profile
    if situation.point.kind is not EdgeKind.INTERNET:
        return OPEN
    if profile.carrier:
        return doubtful(
            Doubt(
                code=Code.UNSUPPORTED_COMPONENT,
                role=Role.INTERFACE,
                reason="the address is reached through a carrier gateway, which is not judged",
            )
        )
    if not profile.public:
        return Shut(
            code=Code.IGW_PRIVATE_IP_ASSOCIATION_FOR_INGRESS,
            role=Role.INTERFACE,
            reason="the address has no public IPv4 address"
            if profile.family is Family.V4
            else "the IPv6 address is not a global one",
        )
    if profile.deny_igw and profile.family is Family.V6:
        return Shut(
            code=Code.ENI_DENIES_IGW_TRAFFIC,
            role=Role.INTERFACE,
            reason="the interface refuses IPv6 traffic from internet gateways",
        )
    return OPEN


COMPONENT = Component(
    name="public_address",
    type="AWS::EC2::EIP",
    codes=(
        Code.ENI_DENIES_IGW_TRAFFIC,
        Code.IGW_PRIVATE_IP_ASSOCIATION_FOR_INGRESS,
        Code.UNSUPPORTED_COMPONENT,
    ),
    judge=_judge,
)
