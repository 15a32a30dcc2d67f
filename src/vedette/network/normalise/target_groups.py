"""Target groups: what is registered, as the addresses, functions and load balancers that they are.

Sources: elbv2 guides, "Target groups" and "Target group attributes": an instance is its primary address; a port given
with a target is used in place of the group's; client addresses are preserved by Network Load Balancers unless the
targets are addresses with TCP or TLS, and always with UDP. Health is never asked: a group whose targets are all
unhealthy sends to all of them.
"""

from collections.abc import Iterable, Iterator

from vedette.errors import ParseError
from vedette.model.network import Transport
from vedette.network import described as aws
from vedette.network.addrset import Family, parse_address
from vedette.network.balancing import BalancerKind, Target, TargetGroup
from vedette.network.calls import BALANCER_ATTRIBUTES, GROUP_ATTRIBUTES, TARGET_HEALTH, ItemCall
from vedette.network.normalise.balancer_names import BalancerNames, kind_of
from vedette.network.normalise.gather import Gathered
from vedette.network.normalise.interfaces import Columns
from vedette.network.normalise.invocations import ELB, refusal
from vedette.network.normalise.listeners import TRANSPORTS
from vedette.network.snapshot import Place
from vedette.network.topology import Subnet

CALL = "elbv2.describe-target-groups"
_CROSS_ZONE = "load_balancing.cross_zone.enabled"
_PRESERVE = "preserve_client_ip.enabled"
_Spot = tuple[str, Family, int]
"""VPC, family, private address."""


class Found:
    """Indexes of the addresses that targets name: by VPC and address, and of instances."""

    def __init__(
        self, gathered: Gathered, columns: Columns, subnets: list[Subnet], names: BalancerNames
    ) -> None:
        self._peered = frozenset(_peered(gathered))
        self._primary: dict[tuple[str, Family], str] = {}
        self._vpc_of: dict[str, str] = {}
        self._spots: dict[_Spot, int] = {}
        self._vpcs: dict[tuple[Family, int], list[str]] = {}
        if not names.rows:
            return
        self._add_instances(gathered, _instances(gathered))
        wanted = _addresses(gathered, self._primary.values())
        addresses, profiles = columns.addresses, columns.profiles
        for index, private in enumerate(addresses.private):
            if private in wanted:
                profile = profiles[addresses.profiles[index]]
                vpc = subnets[profile.subnet].vpc or ""
                self._spots[vpc, profile.family, private] = index
                self._vpcs.setdefault((profile.family, private), []).append(vpc)

    def _add_instances(self, gathered: Gathered, wanted: frozenset[str]) -> None:
        for place in gathered.places:
            for interface in place.interfaces:
                attachment = interface.attachment
                if attachment is None or attachment.instance_id not in wanted:
                    continue
                if attachment.device_index in {0, None}:
                    instance = attachment.instance_id
                    self._vpc_of[instance] = interface.vpc_id or ""
                    self._primary |= {
                        (instance, family): text for family, text in _primary(interface)
                    }

    def instance(self, identity: str, family: Family) -> int:
        """The primary address of an instance. ParseError if it is not known."""
        text = self._primary.get((identity, family))
        if text is None:
            raise ParseError(f"the primary {family} address of {identity} was not described")
        return self.address(self._vpc_of[identity], text)

    def address(self, vpc: str, text: str) -> int:
        """An address in the VPC, or in one that is peered with it. ParseError if no described interface has it."""
        family, private = parse_address(text)
        for one in (vpc, *self._vpcs.get((family, private), ())):
            if one == vpc or frozenset({one, vpc}) in self._peered:
                found = self._spots.get((one, family, private))
                if found is not None:
                    return found
        raise ParseError(f"no described interface of {vpc} or of a peer has {text}")


def _peered(gathered: Gathered) -> Iterator[frozenset[str]]:
    for place in gathered.places:
        for peering in place.peerings:
            sides = (peering.accepter_vpc_info, peering.requester_vpc_info)
            if peering.status is not None and peering.status.code == "active":
                yield frozenset(side.vpc_id or "" for side in sides if side is not None)


def _primary(interface: aws.NetworkInterface) -> Iterator[tuple[Family, str]]:
    if interface.private_ip_address:
        yield Family.V4, interface.private_ip_address
    six = sorted(interface.ipv6_addresses, key=lambda one: not one.is_primary_ipv6)
    if six and (six[0].is_primary_ipv6 or len(six) == 1):
        yield Family.V6, six[0].ipv6_address


def _registered(gathered: Gathered) -> Iterator[str]:
    for place in gathered.places:
        for group in place.target_groups:
            found = gathered.items(TARGET_HEALTH, aws.TargetHealth, place, group.target_group_name)
            yield from (one.target.id for one in found or ())


def _instances(gathered: Gathered) -> frozenset[str]:
    classic = {
        instance.instance_id
        for place in gathered.places
        for balancer in place.classic_load_balancers
        for instance in balancer.instances
    }
    return frozenset(one for one in _registered(gathered) if one.startswith("i-")) | classic


def _addresses(gathered: Gathered, primary: Iterable[str]) -> frozenset[int]:
    out: set[int] = set()
    for text in (*primary, *_registered(gathered)):
        try:
            out.add(parse_address(text)[1])
        except ParseError:
            continue  # an instance, a function, another load balancer
    return frozenset(out)


class TargetGroups:
    """The target groups of one place, for one of its load balancers."""

    def __init__(
        self, gathered: Gathered, found: Found, names: BalancerNames, place: Place
    ) -> None:
        self._gathered = gathered
        self._found = found
        self._names = names
        self._place = place
        self._described = {one.target_group_arn: one for one in place.target_groups}

    def of(self, balancer: aws.LoadBalancer, arn: str) -> TargetGroup:
        """A group as this load balancer uses it."""
        group = self._described.get(arn)
        if group is None:
            reason = self._gathered.reason(CALL, self._place.account, self._place.region, arn)
            return TargetGroup(
                id=arn, name=arn, transports=(), targets=(), preserves=None, doubt=reason
            )
        name = group.target_group_name
        attributes = self._attributes(GROUP_ATTRIBUTES, name)
        health = self._gathered.items(TARGET_HEALTH, aws.TargetHealth, self._place, name)
        place = self._place
        doubt = None
        if health is None:
            doubt = self._gathered.reason(TARGET_HEALTH.name, place.account, place.region, name)
        return TargetGroup(
            id=arn,
            name=name,
            transports=_transports(group),
            targets=tuple(self._target(group, one.target) for one in health or ()),
            preserves=_preserves(balancer, group, attributes),
            crosses=self._crosses(balancer, attributes),
            doubt=doubt,
        )

    def attached(self, arn: str) -> list[str]:
        """The groups that some rule of the load balancer uses."""
        return [
            one.target_group_arn
            for one in self._place.target_groups
            if arn in one.load_balancer_arns
        ]

    def _attributes(self, call: ItemCall, name: str) -> dict[str, str] | None:
        found = self._gathered.items(call, aws.Attribute, self._place, name)
        return None if found is None else {one.key: one.value for one in found}

    def balancer_attributes(self, balancer: aws.LoadBalancer) -> dict[str, str] | None:
        """The load balancer's own attributes; None if they were not recorded."""
        return self._attributes(BALANCER_ATTRIBUTES, balancer.load_balancer_name)

    def _crosses(
        self, balancer: aws.LoadBalancer, attributes: dict[str, str] | None
    ) -> bool | None:
        if attributes is None:
            return None
        own = attributes.get(_CROSS_ZONE, "use_load_balancer_configuration")
        if own in {"true", "false"}:
            return own == "true"
        if kind_of(balancer) is BalancerKind.APPLICATION:
            return True
        whole = self.balancer_attributes(balancer)
        return None if whole is None else whole.get(_CROSS_ZONE, "false") == "true"

    def _target(self, group: aws.TargetGroup, target: aws.Target) -> Target:
        port = target.port or group.port or 0
        if group.target_type == "lambda":
            refused, unsure = refusal(self._gathered, target.id, ELB, group.target_group_arn)
            return Target(id=target.id, port=0, function=target.id, refused=refused, doubt=unsure)
        if group.target_type == "alb":
            index = self._names.by_arn.get(target.id)
            doubt = None if index is not None else f"{target.id} was not described"
            return Target(id=target.id, port=port, balancer=index, doubt=doubt)
        try:
            address = self._address(group, target.id)
        except ParseError as error:
            return Target(id=target.id, port=port, doubt=str(error))
        anywhere = target.availability_zone == "all"
        return Target(id=target.id, port=port, address=address, anywhere=anywhere)

    def _address(self, group: aws.TargetGroup, identity: str) -> int:
        if group.target_type == "ip":
            return self._found.address(group.vpc_id or "", identity)
        family = Family.V6 if group.ip_address_type == "ipv6" else Family.V4
        return self._found.instance(identity, family)


def _transports(group: aws.TargetGroup) -> tuple[Transport, ...]:
    if group.target_type == "lambda":
        return (Transport.TCP,)
    return TRANSPORTS.get(group.protocol or "", ())


def _preserves(
    balancer: aws.LoadBalancer, group: aws.TargetGroup, attributes: dict[str, str] | None
) -> bool | None:
    if kind_of(balancer) is not BalancerKind.NETWORK:
        return False
    if group.target_type == "alb" or Transport.UDP in _transports(group):
        return True
    if attributes is None:
        return None
    default = "false" if group.target_type == "ip" else "true"
    return attributes.get(_PRESERVE, default) == "true"
