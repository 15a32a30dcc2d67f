"""A network ACL judges both directions apart: the first entry that matches decides, and nothing matching is denied.

Sources: VPC user guide, "Network ACLs"; EC2 API, CreateNetworkAclEntry. Only the destination port is matched, so an
answer is judged by the client's port, and the client may use any of 0-65535 (Reachability Analyzer shows that range
for internet gateways). IPv4 and IPv6 entries never mix.
"""

from vedette.model.network import Transport
from vedette.network.addrset import AddrSet, Family, Span, everything, intersect, subtract, union
from vedette.network.codes import Code
from vedette.network.components._base import (
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
from vedette.network.portset import (
    ALL_PORTS,
    Cells,
    any_port,
    cut_points,
    every_port,
    meet,
    merge,
    sources_at,
)
from vedette.network.topology import AclEntry

ICMP_ANSWERS = {
    Family.V4: {8 * 256: 0, 13 * 256: 14 * 256, 15 * 256: 16 * 256, 17 * 256: 18 * 256},
    Family.V6: {128 * 256: 129 * 256},
}
"""ICMP request → answer as `type * 256 + code` (RFC 792, RFC 950, RFC 4443); other messages have no answer."""


def _judge(situation: Situation) -> Passage:
    acl, family = situation.subnet.acl, situation.profile.family
    if acl.doubt is not None:
        return doubtful(Doubt(code=Code.UNKNOWN_RESOURCE, role=Role.NETWORK_ACL, reason=acl.doubt))
    ports = situation.point.client_ports
    return Sieve(
        most=Flow(
            forward=admitted(acl.inbound, family), answers=_answers(acl.outbound, family, ports)
        ),
        blocks=Shut(
            code=Code.SUBNET_ACL_RESTRICTION,
            role=Role.NETWORK_ACL,
            reason="the network ACL denies it, or every answer to it",
        ),
    )


def admitted(entries: tuple[AclEntry, ...], family: Family) -> Region:
    """What the entries of one direction let through: destination ports with addresses of the other end."""
    icmp = Transport.ICMP if family is Family.V4 else Transport.ICMPV6

    def of(transport: Transport) -> Cells:
        matching = [
            entry
            for entry in entries
            if entry.family is family and entry.transport in {None, transport}
        ]
        ranges = [ALL_PORTS, *(entry.ports for entry in matching)]
        return merge(
            (low, high, _first_match(matching, low, family)) for low, high in cut_points(ranges)
        )

    return Region(tcp=of(Transport.TCP), udp=of(Transport.UDP), icmp=of(icmp))


def _first_match(entries: list[AclEntry], port: int, family: Family) -> AddrSet:
    """The sources that are allowed on one port."""
    undecided = everything(family)
    allowed: list[AddrSet] = []
    for entry in entries:
        if entry.ports[0] <= port <= entry.ports[1]:
            if entry.allow:
                allowed.append(intersect(undecided, (entry.span,)))
            undecided = subtract(undecided, (entry.span,))
            if not undecided:
                break
    return union(allowed)


def _answers(entries: tuple[AclEntry, ...], family: Family, clients: Span = ALL_PORTS) -> Region:
    """To whom answers can leave: TCP and UDP to some port of the client, ICMP as the message that answers."""
    out = admitted(entries, family)
    used = ((*clients, everything(family)),)
    return Region(
        tcp=every_port(any_port(meet(out.tcp, used))),
        udp=every_port(any_port(meet(out.udp, used))),
        icmp=merge(
            (request, request, sources_at(out.icmp, answer))
            for request, answer in sorted(ICMP_ANSWERS[family].items())
        ),
    )


def _key(situation: Situation) -> tuple[object, ...]:
    return situation.subnet.acl.digest, situation.profile.family, situation.point.client_ports


COMPONENT = Component(
    name="network_acl",
    type="AWS::EC2::NetworkAcl",
    codes=(Code.SUBNET_ACL_RESTRICTION, Code.UNKNOWN_RESOURCE),
    judge=_judge,
    key=_key,
)
