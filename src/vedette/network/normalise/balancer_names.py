"""Which load balancer an interface belongs to: its description names it.

Source: Elastic Load Balancing puts `ELB app/NAME/ID`, `ELB net/NAME/ID`, `ELB gwy/NAME/ID` or, for Classic Load
Balancers, `ELB NAME` into the description of the interfaces that it makes.
"""

from vedette.network import described as aws
from vedette.network.balancing import BalancerKind
from vedette.network.normalise.gather import Gathered
from vedette.network.snapshot import Place

_KINDS = {
    "application": BalancerKind.APPLICATION,
    "network": BalancerKind.NETWORK,
    "gateway": BalancerKind.GATEWAY,
}
_MARK = ":loadbalancer/"

Described = aws.LoadBalancer | aws.ClassicLoadBalancer


class BalancerNames:
    """Every described load balancer in order, found by the description of an interface or by ARN."""

    def __init__(self, gathered: Gathered) -> None:
        self.rows: list[tuple[Place, Described]] = [
            (place, balancer) for place in gathered.places for balancer in _described(place)
        ]
        self._index = {
            (place.account, place.region, f"ELB {name_of(balancer)}"): index
            for index, (place, balancer) in enumerate(self.rows)
        }
        self.by_arn = {
            balancer.load_balancer_arn: index
            for index, (_, balancer) in enumerate(self.rows)
            if isinstance(balancer, aws.LoadBalancer)
        }

    def index_of(self, place: Place, interface: aws.NetworkInterface) -> int:
        """The load balancer's index, -1 if none is described that has this interface."""
        for account in (interface.owner_id, place.account):
            found = self._index.get((account or "", place.region, interface.description))
            if found is not None:
                return found
        return -1


def _described(place: Place) -> tuple[Described, ...]:
    return (*place.load_balancers, *place.classic_load_balancers)


def name_of(balancer: Described) -> str:
    """`app/NAME/ID`, or a Classic Load Balancer's name."""
    if isinstance(balancer, aws.ClassicLoadBalancer):
        return balancer.load_balancer_name
    return balancer.load_balancer_arn.partition(_MARK)[2]


def kind_of(balancer: aws.LoadBalancer) -> BalancerKind | None:
    """The kind; None for a type that is not known."""
    return _KINDS.get(balancer.type or "")
