"""Security groups, network ACLs and prefix lists."""

import msgspec

from vedette.network.described._base import Described


class IpRange(Described, frozen=True, kw_only=True):
    """`IpRange`."""

    cidr_ip: str


class Ipv6Range(Described, frozen=True, kw_only=True):
    """`Ipv6Range`."""

    cidr_ipv6: str


class PrefixListId(Described, frozen=True, kw_only=True):
    """`PrefixListId`."""

    prefix_list_id: str


class UserIdGroupPair(Described, frozen=True, kw_only=True):
    """`UserIdGroupPair`."""

    group_id: str | None = None
    vpc_peering_connection_id: str | None = None


class IpPermission(Described, frozen=True, kw_only=True):
    """`IpPermission`."""

    ip_protocol: str
    from_port: int | None = None
    to_port: int | None = None
    ip_ranges: tuple[IpRange, ...] = ()
    ipv6_ranges: tuple[Ipv6Range, ...] = ()
    prefix_list_ids: tuple[PrefixListId, ...] = ()
    user_id_group_pairs: tuple[UserIdGroupPair, ...] = ()


class SecurityGroup(Described, frozen=True, kw_only=True):
    """`SecurityGroup`."""

    group_id: str
    group_name: str | None = None
    vpc_id: str | None = None
    owner_id: str | None = None
    ip_permissions: tuple[IpPermission, ...] = ()
    ip_permissions_egress: tuple[IpPermission, ...] = ()


class ReferencedGroup(Described, frozen=True, kw_only=True):
    """`ReferencedSecurityGroup`."""

    group_id: str | None = None


class SecurityGroupRule(Described, frozen=True, kw_only=True):
    """`SecurityGroupRule`."""

    security_group_rule_id: str
    group_id: str
    ip_protocol: str
    is_egress: bool = False
    from_port: int | None = None
    to_port: int | None = None
    cidr_ipv4: str | None = None
    cidr_ipv6: str | None = None
    prefix_list_id: str | None = None
    referenced_group_info: ReferencedGroup | None = None


class PortSpan(Described, frozen=True, kw_only=True):
    """`PortRange`."""

    from_: int | None = msgspec.field(default=None, name="From")
    to: int | None = None


class IcmpTypeCode(Described, frozen=True, kw_only=True):
    """`IcmpTypeCode`."""

    code: int | None = None
    type: int | None = None


class NetworkAclEntry(Described, frozen=True, kw_only=True):
    """`NetworkAclEntry`."""

    rule_number: int
    rule_action: str
    protocol: str
    egress: bool
    cidr_block: str | None = None
    ipv6_cidr_block: str | None = None
    port_range: PortSpan | None = None
    icmp_type_code: IcmpTypeCode | None = None


class NetworkAclAssociation(Described, frozen=True, kw_only=True):
    """`NetworkAclAssociation`."""

    subnet_id: str | None = None


class NetworkAcl(Described, frozen=True, kw_only=True):
    """`NetworkAcl`."""

    network_acl_id: str
    vpc_id: str | None = None
    owner_id: str | None = None
    is_default: bool = False
    associations: tuple[NetworkAclAssociation, ...] = ()
    entries: tuple[NetworkAclEntry, ...] = ()


class ManagedPrefixList(Described, frozen=True, kw_only=True):
    """`ManagedPrefixList`."""

    prefix_list_id: str
    prefix_list_name: str | None = None
    owner_id: str | None = None


class PrefixList(Described, frozen=True, kw_only=True):
    """`PrefixList`: an AWS service's list with its blocks."""

    prefix_list_id: str
    cidrs: tuple[str, ...] = ()


class PrefixListEntry(Described, frozen=True, kw_only=True):
    """`PrefixListEntry`."""

    cidr: str
