"""A network ACL judges both directions apart: the first entry that matches decides, and nothing matching is denied.

Sources: VPC user guide, "Network ACLs"; EC2 API, CreateNetworkAclEntry. Only the destination port is matched, so an
answer is judged by the client's port, and the client may use any of 0-65535 (Reachability Analyzer shows that range
for internet gateways). IPv4 and IPv6 entries never mix.
"""

from vedette.network.addrset import Family, Span
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
    admitted,
    answers_by,
    doubtful,
)
from vedette.network.portset import ALL_PORTS
from vedette.network.topology import AclEntry


def _judge(situation: Situation) -> Passage:
    acl, family = situation.subnet.acl, situation.profile.family
    if not _screens(situation):
        return OPEN
    if acl.doubt is not None:
        return doubtful(Doubt(code=Code.UNKNOWN_RESOURCE, role=Role.NETWORK_ACL, reason=acl.doubt))
    ports = situation.point.client_ports
    return Sieve(
        most=Flow(
            forward=None if _lands(situation) else admitted(acl.inbound, family),
            answers=_answers(acl.outbound, family, ports),
        ),
        blocks=Shut(
            code=Code.SUBNET_ACL_RESTRICTION,
            role=Role.NETWORK_ACL,
            reason="the network ACL denies it, or every answer to it",
        ),
    )


def _screens(situation: Situation) -> bool:
    """Whether the edge's traffic crosses the subnet's border at all."""
    return situation.point.front is None or situation.point.front.screened


def _lands(situation: Situation) -> bool:
    """Whether it may come from a transit gateway's interface in the subnet (transit gateways guide, "Network ACLs").

    Where its interfaces are not known, which the edge's own doubt says, the inbound entries are no proof that it stops.
    """
    transit = situation.point.transit
    return transit is not None and (not transit.landings or transit.lands_in(situation.subnet.id))


def _answers(entries: tuple[AclEntry, ...], family: Family, clients: Span = ALL_PORTS) -> Region:
    return answers_by(admitted(entries, family), family, clients)


def _key(situation: Situation) -> tuple[object, ...]:
    acl, family = situation.subnet.acl, situation.profile.family
    ports = situation.point.client_ports
    return acl.digest, family, ports, _lands(situation), _screens(situation)


COMPONENT = Component(
    name="network_acl",
    type="AWS::EC2::NetworkAcl",
    codes=(Code.SUBNET_ACL_RESTRICTION, Code.UNKNOWN_RESOURCE),
    judge=_judge,
    key=_key,
)
