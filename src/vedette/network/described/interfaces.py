"""Interfaces, addresses and instances."""

from vedette.network.described._base import Described
from vedette.network.described.gateways import Tag


class Association(Described, frozen=True, kw_only=True):
    """`NetworkInterfaceAssociation`."""

    public_ip: str | None = None
    carrier_ip: str | None = None
    customer_owned_ip: str | None = None
    allocation_id: str | None = None


class PrivateAddress(Described, frozen=True, kw_only=True):
    """`NetworkInterfacePrivateIpAddress`."""

    private_ip_address: str
    primary: bool = False
    association: Association | None = None


class Ipv6Address(Described, frozen=True, kw_only=True):
    """`NetworkInterfaceIpv6Address`."""

    ipv6_address: str
    is_primary_ipv6: bool = False


class Ipv4Prefix(Described, frozen=True, kw_only=True):
    """`Ipv4PrefixSpecification`."""

    ipv4_prefix: str


class Ipv6Prefix(Described, frozen=True, kw_only=True):
    """`Ipv6PrefixSpecification`."""

    ipv6_prefix: str


class Attachment(Described, frozen=True, kw_only=True):
    """`NetworkInterfaceAttachment`."""

    instance_id: str | None = None
    status: str | None = None
    device_index: int | None = None


class GroupIdentifier(Described, frozen=True, kw_only=True):
    """`GroupIdentifier`."""

    group_id: str


class NetworkInterface(Described, frozen=True, kw_only=True):
    """`NetworkInterface`."""

    network_interface_id: str
    subnet_id: str | None = None
    vpc_id: str | None = None
    owner_id: str | None = None
    interface_type: str = "interface"
    description: str = ""
    requester_id: str | None = None
    status: str | None = None
    deny_all_igw_traffic: bool = False
    source_dest_check: bool | None = None
    association: Association | None = None
    attachment: Attachment | None = None
    groups: tuple[GroupIdentifier, ...] = ()
    private_ip_address: str | None = None
    private_ip_addresses: tuple[PrivateAddress, ...] = ()
    ipv6_addresses: tuple[Ipv6Address, ...] = ()
    ipv4_prefixes: tuple[Ipv4Prefix, ...] = ()
    ipv6_prefixes: tuple[Ipv6Prefix, ...] = ()
    tag_set: tuple[Tag, ...] = ()


class Address(Described, frozen=True, kw_only=True):
    """`Address`, an Elastic IP address."""

    public_ip: str | None = None
    allocation_id: str | None = None
    network_interface_id: str | None = None
    private_ip_address: str | None = None


class InstanceState(Described, frozen=True, kw_only=True):
    """`InstanceState`."""

    name: str


class InstanceInterface(Described, frozen=True, kw_only=True):
    """`InstanceNetworkInterface`."""

    network_interface_id: str | None = None


class Instance(Described, frozen=True, kw_only=True):
    """`Instance`."""

    instance_id: str
    state: InstanceState
    network_interfaces: tuple[InstanceInterface, ...] = ()
