"""Where addresses are: family, subnet, groups, and what joins two networks."""

from vedette.network.addrset import Family
from vedette.network.topology import EdgeKind, GroupSet, Subnet, Topology
from vedette.network.ways import Step

LOCAL = "local"


class Spots:
    """Answers about addresses, by their index."""

    def __init__(self, topology: Topology) -> None:
        self._topology = topology
        self._peerings = {
            (point.vpc, point.gateway)
            for point in topology.points
            if point.kind is EdgeKind.PEERING
        }

    def sender(self, step: Step, family: Family) -> int | None:
        """The first private address of the node in the target's family."""
        addresses = self._topology.addresses
        number = addresses.interfaces[step.node]
        for node in step.balancer.nodes:
            if addresses.interfaces[node] == number and self.family(node) is family:
                return addresses.private[node]
        return None

    def gateway(self, here: str, there: str) -> str | None:
        """Where route tables of both VPCs must lead: `local`, a peering, or None where nothing joins them."""
        if here == there:
            return LOCAL
        shared = {gateway for vpc, gateway in self._peerings if vpc == here} & {
            gateway for vpc, gateway in self._peerings if vpc == there
        }
        return min((one for one in shared if one is not None), default=None)

    def family(self, address: int) -> Family:
        """The family of an address."""
        return self._topology.profiles[self._topology.addresses.profiles[address]].family

    def subnet(self, address: int) -> Subnet:
        """The subnet of an address."""
        profile = self._topology.profiles[self._topology.addresses.profiles[address]]
        return self._topology.subnets[profile.subnet]

    def groups(self, address: int) -> GroupSet:
        """The security groups of an address."""
        profile = self._topology.profiles[self._topology.addresses.profiles[address]]
        return self._topology.group_sets[profile.groups]
