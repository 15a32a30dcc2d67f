"""What meets traffic inside a VPC, between a load balancer's node and a target."""

import msgspec

from vedette.network.addrset import AddrSet, Family, contains, everything
from vedette.network.components._base import Handover, admitted
from vedette.network.components.load_balancer_egress import NODE_PORTS
from vedette.network.normalise.gather import digest_of
from vedette.network.portset import any_port, meet, merge
from vedette.network.topology import AclEntry, NetworkAcl, Subnet

INSIDE = NetworkAcl(
    id="",
    inbound=tuple(
        AclEntry(
            number=1,
            allow=True,
            transport=None,
            ports=(0, 65535),
            span=everything(family)[0],
            family=family,
            text="within the subnet",
        )
        for family in Family
    ),
    outbound=(),
    digest=b"within the subnet",
)
INSIDE = msgspec.structs.replace(INSIDE, outbound=INSIDE.inbound)
"""What meets traffic that does not leave its subnet."""


def inside_view(subnet: Subnet) -> Subnet:
    """Routes to a gateway endpoint's list are to AWS's public addresses, whether it was recorded or not."""
    table = subnet.table
    kept = tuple(
        one for one in table.doubtful if one.appliance or not one.target.startswith("vpce-")
    )
    if kept == table.doubtful:
        return subnet
    inside = msgspec.structs.replace(table, doubtful=kept, digest=digest_of("inside", table.digest))
    return msgspec.structs.replace(subnet, table=inside)


def common_ports(handover: Handover, there: NetworkAcl) -> AddrSet:
    """The clients that have a port to which all network ACLs on the way let answers pass."""
    family, transport = handover.family, handover.transport
    node = handover.node.acl
    back = meet(
        admitted(node.outbound, family).of(transport),
        admitted(there.outbound, family).of(transport),
    )
    from_target = (
        (low, high, everything(family))
        for low, high, sources in admitted(node.inbound, family).of(transport)
        if contains(sources, handover.address)
    )
    return any_port(meet(back, merge(from_target)))


def node_returns(handover: Handover, there: NetworkAcl, sender: int) -> bool:
    """Whether a port that nodes use is let out by the target's network ACL and in by the node's: one port for both."""
    family, transport = handover.family, handover.transport
    leaves = [
        (low, high)
        for low, high, clients in admitted(there.outbound, family).of(transport)
        if contains(clients, sender)
    ]
    first, last = NODE_PORTS
    return any(
        max(low, start, first) <= min(high, end, last)
        for low, high, sources in admitted(handover.node.acl.inbound, family).of(transport)
        if contains(sources, handover.address)
        for start, end in leaves
    )
