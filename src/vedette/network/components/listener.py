"""A load balancer accepts connections on its listeners' ports alone.

Sources: elbv2 guides, "Listeners"; Reachability Analyzer, `ELBV2_LISTENERS_MISMATCH`, `ELB_LISTENERS_MISMATCH`. What a
listener's rules then do with a request does not matter to who reaches it: a redirect is an answer too.
"""

from vedette.model.network import Transport
from vedette.network.addrset import Family, everything
from vedette.network.balancing import Balancer, BalancerKind
from vedette.network.codes import Code
from vedette.network.components._base import (
    OPEN,
    Component,
    Doubt,
    Flow,
    Passage,
    Region,
    Role,
    Shut,
    Sieve,
    Situation,
    doubtful,
)
from vedette.network.portset import Cells, stack


def _judge(situation: Situation) -> Passage:
    balancer = situation.balancer
    if balancer is None or balancer.kind is BalancerKind.GATEWAY:
        return OPEN
    if balancer.doubt is not None:
        return doubtful(
            Doubt(code=Code.UNKNOWN_RESOURCE, role=Role.BALANCER, reason=balancer.doubt)
        )
    classic = balancer.kind is BalancerKind.CLASSIC
    family = situation.profile.family
    return Sieve(
        most=Flow(
            forward=Region(
                tcp=_ports(balancer, Transport.TCP, family),
                udp=_ports(balancer, Transport.UDP, family),
            )
        ),
        blocks=Shut(
            code=Code.ELB_LISTENERS_MISMATCH if classic else Code.ELBV2_LISTENERS_MISMATCH,
            role=Role.BALANCER,
            reason="no listener of the load balancer takes any of it",
        ),
    )


def _ports(balancer: Balancer, transport: Transport, family: Family) -> Cells:
    return stack(
        (one.port, one.port, everything(family))
        for one in balancer.listeners
        if transport in one.transports
    )


def _key(situation: Situation) -> tuple[object, ...]:
    balancer = situation.balancer
    return (None if balancer is None else (balancer.digest, situation.profile.family),)


COMPONENT = Component(
    name="listener",
    type="AWS::ElasticLoadBalancingV2::Listener",
    codes=(
        Code.ELBV2_LISTENERS_MISMATCH,
        Code.ELB_LISTENERS_MISMATCH,
        Code.UNKNOWN_RESOURCE,
    ),
    judge=_judge,
    key=_key,
)
