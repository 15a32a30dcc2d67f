"""Network interfaces and their addresses, as columns, with equal situations told apart only once."""

from collections.abc import Iterator, Mapping
from functools import cached_property

import msgspec

from vedette.errors import ParseError
from vedette.network import described as aws
from vedette.network.addrset import Family, cidrs, contains, parse_address, parse_block
from vedette.network.codes import Code
from vedette.network.normalise.balancer_names import BalancerNames
from vedette.network.normalise.fronts import Fronts
from vedette.network.normalise.gather import Gathered, digest_of
from vedette.network.normalise.slices import Slices
from vedette.network.normalise.subnets import Subnets
from vedette.network.owners import owner_of
from vedette.network.snapshot import Place
from vedette.network.topology import (
    Addresses,
    AttachmentState,
    Gap,
    GroupSet,
    InterfaceKind,
    Interfaces,
    Profile,
    SecurityGroup,
)

_GLOBAL_UNICAST = cidrs("2000::/3")
_ACCOUNT_DIGITS = 12
_INSTANCES = "ec2.describe-instances"
_GROUPS = "ec2.describe-security-groups"

_KINDS = {
    "lambda": InterfaceKind.LAMBDA,
    "nat_gateway": InterfaceKind.NAT_GATEWAY,
    "load_balancer": InterfaceKind.LOAD_BALANCER,
    "network_load_balancer": InterfaceKind.LOAD_BALANCER,
    "gateway_load_balancer": InterfaceKind.LOAD_BALANCER,
    "interface": InterfaceKind.HOST,
    "efa": InterfaceKind.HOST,
    "efa-only": InterfaceKind.HOST,
    "branch": InterfaceKind.HOST,
    "trunk": InterfaceKind.HOST,
    "vpc_endpoint": InterfaceKind.HOST,
    "transit_gateway": InterfaceKind.HOST,
    "api_gateway_managed": InterfaceKind.HOST,
    "aws_codestar_connections_managed": InterfaceKind.HOST,
    "iot_rules_managed": InterfaceKind.HOST,
    "quicksight": InterfaceKind.HOST,
}
"""Who answers, by `InterfaceType` (EC2 API, NetworkInterfaceType); a type that is not here is not modelled."""

Row = tuple[int, int, int, Profile]
"""Private address, public address or -1, prefix length, profile."""


class Columns:
    """Collects interfaces; `interfaces` and `addresses` are the finished columns, `unread` VPCs (`""`: any) that have others, and why."""

    def __init__(
        self,
        gathered: Gathered,
        groups: Mapping[str, SecurityGroup],
        subnets: Subnets,
        balancers: BalancerNames,
        marks: tuple[Slices, Fronts],
    ) -> None:
        self._gathered = gathered
        self._slices, self._fronts = marks
        self._balancers = balancers
        self._groups = groups
        self._subnets = subnets
        self._nat = _nat_interfaces(gathered)
        self._elastic = _elastic(gathered)
        self._states = {
            one.instance_id: one.state.name for place in gathered.places for one in place.instances
        }
        self._set_index: dict[tuple[str, ...], int] = {}
        self._profile_index: dict[Profile, int] = {}
        self._seen: set[str] = set()
        self._interfaces: list[tuple[str, str | None, str, str]] = []
        self._owners: dict[int, str] = {}
        self._addresses: list[tuple[int, int, int, int, int]] = []
        self.group_sets: list[GroupSet] = []
        self.gaps: list[Gap] = []
        self.unread: dict[str, str] = {}
        for place in gathered.places:
            for interface in place.interfaces:
                self._add(place, interface)

    @cached_property
    def profiles(self) -> tuple[Profile, ...]:
        """Every distinct profile, by index."""
        return tuple(self._profile_index)

    @cached_property
    def interfaces(self) -> Interfaces:
        """The interfaces' columns."""
        columns = zip(*self._interfaces, strict=True) if self._interfaces else ((), (), (), ())
        ids, instances, accounts, regions = columns
        return Interfaces(
            ids=ids,
            instances=instances,
            accounts=accounts,
            regions=regions,
            owners=self._owners,
        )

    @cached_property
    def addresses(self) -> Addresses:
        """The addresses' columns."""
        rows = self._addresses
        columns = zip(*rows, strict=True) if rows else ((), (), (), (), ())
        interfaces, private, public, lengths, profiles = columns
        return Addresses(
            interfaces=interfaces,
            private=private,
            public=public,
            lengths=lengths,
            profiles=profiles,
        )

    def subnet_of(self, address: int) -> str:
        """The id of the subnet of an address."""
        profile = self.profiles[self.addresses.profiles[address]]
        return self._subnets.rows[profile.subnet].id

    def _add(self, place: Place, interface: aws.NetworkInterface) -> None:
        identity = interface.network_interface_id
        if identity in self._seen:
            return  # a shared subnet's interface may be described by both accounts
        self._seen.add(identity)
        instance = interface.attachment.instance_id if interface.attachment else None
        try:
            rows = list(self._rows(interface, self._profile(place, interface)))
            if self._slices:
                rows = [self._placed(row) for row in rows]
            if self._fronts:
                rows = [self._fronted(row, interface, instance) for row in rows]
        except ParseError as error:
            reason = f"the interface cannot be judged: {error}"
            subnet = self._subnets.index_of(interface.subnet_id, interface.vpc_id, place)
            home = self._subnets.rows[subnet].vpc or ""
            self.unread.setdefault(home, f"{identity}: {reason}")
            self.gaps.append(
                Gap(
                    edge="any",
                    resource=instance or identity,
                    code=Code.UNKNOWN_RESOURCE,
                    component=identity,
                    reason=reason,
                )
            )
            return
        number = len(self._interfaces)
        account = interface.owner_id if _is_account(interface.owner_id) else place.account
        self._interfaces.append((identity, instance, account or "", place.region))
        owner = owner_of(interface)
        if owner is not None:
            self._owners[number] = owner.text
        for private, public, length, profile in rows:
            index = self._profile_index.setdefault(profile, len(self._profile_index))
            self._addresses.append((number, private, public, length, index))

    def _profile(self, place: Place, interface: aws.NetworkInterface) -> Profile:
        """The profile of an IPv4 address that is not public; the rows change what differs."""
        instance = interface.attachment.instance_id if interface.attachment else None
        kind = self._kind(interface, instance)
        of_balancer = kind is InterfaceKind.LOAD_BALANCER
        return Profile(
            kind=kind,
            attachment=_attachment(interface),
            state=self._states.get(instance, "unknown") if instance else None,
            family=Family.V4,
            public=False,
            deny_igw=interface.deny_all_igw_traffic,
            subnet=self._subnets.index_of(interface.subnet_id, interface.vpc_id, place),
            groups=self._group_set(place, interface),
            balancer=self._balancers.index_of(place, interface) if of_balancer else -1,
        )

    def _placed(self, row: Row) -> Row:
        """The row with the part of its subnet that transit gateways tell apart."""
        private, public, length, profile = row
        subnet = self._subnets.rows[profile.subnet]
        spot = self._slices.spot(subnet, profile.family, (private, length))
        return private, public, length, msgspec.structs.replace(profile, spot=spot)

    def _fronted(self, row: Row, interface: aws.NetworkInterface, instance: str | None) -> Row:
        """The row with the services that stand before it: before load balancers, and an instance's primary address."""
        private, public, length, profile = row
        fronts: tuple[str, ...] = ()
        if profile.balancer >= 0:
            balancer = self._balancers.rows[profile.balancer][1]
            if isinstance(balancer, aws.LoadBalancer):
                fronts = self._fronts.before(balancer.load_balancer_arn)
        elif _is_first(interface, profile.family, private):
            fronts = self._fronts.before(instance or interface.network_interface_id)
        return private, public, length, msgspec.structs.replace(profile, fronts=fronts)

    def _kind(self, interface: aws.NetworkInterface, instance: str | None) -> InterfaceKind:
        if interface.network_interface_id in self._nat:
            return InterfaceKind.NAT_GATEWAY
        if interface.requester_id == "amazon-elb" or interface.description.startswith("ELB "):
            return InterfaceKind.LOAD_BALANCER
        if interface.description.startswith("AWS Lambda VPC ENI"):
            return InterfaceKind.LAMBDA
        kind = _KINDS.get(interface.interface_type, InterfaceKind.UNMODELLED)
        return InterfaceKind.INSTANCE if instance and kind is InterfaceKind.HOST else kind

    def _group_set(self, place: Place, interface: aws.NetworkInterface) -> int:
        ids = tuple(sorted({group.group_id for group in interface.groups}))
        if ids not in self._set_index:
            found = tuple(self._groups[one] for one in ids if one in self._groups)
            absent = tuple(
                (one, self._gathered.reason(_GROUPS, place.account, place.region, one))
                for one in ids
                if one not in self._groups
            )
            self._set_index[ids] = len(self.group_sets)
            content = sorted({group.digest for group in found})
            self.group_sets.append(
                GroupSet(ids=ids, groups=found, absent=absent, digest=digest_of(content, absent))
            )
        return self._set_index[ids]

    def _rows(self, interface: aws.NetworkInterface, profile: Profile) -> Iterator[Row]:
        if self._subnets.rows[profile.subnet].vpc is None:
            raise ParseError("neither its VPC nor its subnet is known")
        for private in _private_addresses(interface):
            address = _v4(private.private_ip_address)
            public, carrier = self._public(interface, private)
            yield (
                address,
                public,
                32,
                msgspec.structs.replace(profile, public=public >= 0, carrier=carrier),
            )
        for prefix in interface.ipv4_prefixes:
            _, span, length = parse_block(prefix.ipv4_prefix)
            yield span[0], -1, length, profile
        six = msgspec.structs.replace(profile, family=Family.V6)
        blocks = [one.ipv6_address for one in interface.ipv6_addresses]
        blocks += [one.ipv6_prefix for one in interface.ipv6_prefixes]
        for text in blocks:
            family, (low, _), length = parse_block(text)
            if family is not Family.V6:
                raise ParseError(f"{text!r} is not an IPv6 address")
            public = contains(_GLOBAL_UNICAST, low)
            yield low, low if public else -1, length, msgspec.structs.replace(six, public=public)

    def _public(
        self, interface: aws.NetworkInterface, private: aws.PrivateAddress
    ) -> tuple[int, bool]:
        """The public address that the internet gateway maps to the private one, and whether a carrier gateway does."""
        association = private.association
        if association is None and _is_primary(interface, private):
            association = interface.association
        text = association.public_ip if association else None
        key = (interface.network_interface_id, private.private_ip_address)
        text = text or self._elastic.get(key)
        if text:
            return _v4(text), False
        return -1, association is not None and bool(association.carrier_ip)


def _is_account(owner: str | None) -> bool:
    """Whether it is an account; a VPC's owner is told of the interfaces of those who take part in its subnets."""
    return owner is not None and len(owner) == _ACCOUNT_DIGITS and owner.isdecimal()


def _is_first(interface: aws.NetworkInterface, family: Family, private: int) -> bool:
    """Whether it is the primary IPv4 address of an instance's first interface."""
    first = interface.attachment is not None and not interface.attachment.device_index
    text = interface.private_ip_address
    return first and family is Family.V4 and text is not None and private == _v4(text)


def _v4(text: str) -> int:
    family, address = parse_address(text)
    if family is not Family.V4:
        raise ParseError(f"{text!r} is not an IPv4 address")
    return address


def _private_addresses(interface: aws.NetworkInterface) -> tuple[aws.PrivateAddress, ...]:
    if interface.private_ip_addresses or not interface.private_ip_address:
        return interface.private_ip_addresses
    return (aws.PrivateAddress(private_ip_address=interface.private_ip_address, primary=True),)


def _is_primary(interface: aws.NetworkInterface, private: aws.PrivateAddress) -> bool:
    return private.primary or private.private_ip_address == interface.private_ip_address


def _attachment(interface: aws.NetworkInterface) -> AttachmentState:
    status = interface.attachment.status if interface.attachment else None
    if status == "attached" or (status is None and interface.status in {"in-use", "associated"}):
        return AttachmentState.ATTACHED
    if status in {"attaching", "detaching"} or interface.status in {"attaching", "detaching"}:
        return AttachmentState.MOVING
    return AttachmentState.DETACHED


def _elastic(gathered: Gathered) -> dict[tuple[str, str], str]:
    return {
        (one.network_interface_id, one.private_ip_address): one.public_ip
        for place in gathered.places
        for one in place.addresses
        if one.network_interface_id and one.private_ip_address and one.public_ip
    }


def _nat_interfaces(gathered: Gathered) -> frozenset[str | None]:
    return frozenset(
        address.network_interface_id
        for place in gathered.places
        for gateway in place.nat_gateways
        for address in gateway.nat_gateway_addresses
    )
