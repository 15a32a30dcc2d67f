"""Changes to the configuration, as overlays: each takes a situation to what it would be.

A change touches a situation only if the changed component is in it, so that one change can be tried on every
situation of the estate. Overlays give changed components a digest of their own. `bluntness` says how much more than the exposure a change touches by its
nature, 0 for the least.
"""

from collections.abc import Iterable
from typing import ClassVar, Protocol

import msgspec

from vedette.model.network import NetworkChange, Transport
from vedette.network.addrset import Family, Span, everything
from vedette.network.components._base import Situation
from vedette.network.normalise.gather import digest_of
from vedette.network.topology import (
    AclEntry,
    BlockMode,
    EdgeKind,
    GroupSet,
    RouteTable,
    SecurityGroup,
)

DETACHED = {
    EdgeKind.INTERNET: "detach-internet-gateway",
    EdgeKind.PEERING: "delete-vpc-peering-connection",
    EdgeKind.VPN: "detach-vpn-gateway",
}
"""Edges that go with their gateway, and what takes it away. Others have gateways that are not one VPC's alone."""


class RevokeRule(msgspec.Struct, frozen=True, kw_only=True):
    """Take one inbound rule out of a security group."""

    bluntness: ClassVar[int] = 0

    group: str
    rule: str

    def apply(self, situation: Situation) -> Situation:
        """The situation with the rule gone."""
        groups = situation.groups
        if self.group not in groups.ids:
            return situation
        kept = tuple(self._without(one) if one.id == self.group else one for one in groups.groups)
        return _with_groups(situation, groups, kept)

    def _without(self, group: SecurityGroup) -> SecurityGroup:
        rules = tuple(rule for rule in group.rules if rule.id != self.rule)
        return msgspec.structs.replace(
            group, rules=rules, digest=digest_of("revoke", group.digest, self.rule)
        )

    def described(self) -> NetworkChange:
        """The change as it is reported."""
        return NetworkChange(
            kind="revoke-security-group-rule", component=self.group, rule=self.rule
        )


class DetachGroup(msgspec.Struct, frozen=True, kw_only=True):
    """Take one security group off one interface; the interface keeps at least a group that lets nothing in."""

    bluntness: ClassVar[int] = 1

    group: str
    interface: str

    def apply(self, situation: Situation) -> Situation:
        """The situation without the group."""
        groups = situation.groups
        kept = tuple(one for one in groups.groups if one.id != self.group)
        ids = tuple(one for one in groups.ids if one != self.group) or ("a group without rules",)
        absent = tuple(one for one in groups.absent if one[0] != self.group)
        fewer = msgspec.structs.replace(groups, ids=ids, absent=absent)
        return _with_groups(situation, fewer, kept)

    def described(self) -> NetworkChange:
        """The change as it is reported."""
        return NetworkChange(
            kind="detach-security-group",
            component=self.interface,
            rule=self.group,
            note="an interface keeps at least one security group",
        )


class DenyInAcl(msgspec.Struct, frozen=True, kw_only=True):
    """Add an inbound entry to a network ACL that denies everybody these ports, before what allows them."""

    bluntness: ClassVar[int] = 2

    acl: str
    number: int
    transport: Transport
    ports: Span
    family: Family

    def apply(self, situation: Situation) -> Situation:
        """The situation with the entry."""
        acl = situation.subnet.acl
        if acl.id != self.acl:
            return situation
        entry = AclEntry(
            number=self.number,
            allow=False,
            transport=self.transport,
            ports=self.ports,
            span=everything(self.family)[0],
            family=self.family,
            text=self._everywhere,
        )
        changed = msgspec.structs.replace(
            acl,
            inbound=tuple(sorted((*acl.inbound, entry), key=lambda one: one.number)),
            digest=digest_of("deny", acl.digest, self.number, self.transport, self.ports),
        )
        return msgspec.structs.replace(
            situation, subnet=msgspec.structs.replace(situation.subnet, acl=changed)
        )

    @property
    def _everywhere(self) -> str:
        return "0.0.0.0/0" if self.family is Family.V4 else "::/0"

    def described(self) -> NetworkChange:
        """The change as it is reported; the note says all that the entry does."""
        first, last = self.ports
        return NetworkChange(
            kind="deny-in-network-acl",
            component=self.acl,
            rule=str(self.number),
            note=f"inbound deny {self.transport} {first}-{last} from {self._everywhere}",
        )


class RemoveRoute(msgspec.Struct, frozen=True, kw_only=True):
    """Take the route to one destination (a block or a prefix list) out of a route table."""

    bluntness: ClassVar[int] = 4

    table: str
    destination: str

    def apply(self, situation: Situation) -> Situation:
        """The situation with the route gone."""
        table = situation.subnet.table
        if table.id != self.table:
            return situation
        changed = self._without(table)
        return msgspec.structs.replace(
            situation, subnet=msgspec.structs.replace(situation.subnet, table=changed)
        )

    def _without(self, table: RouteTable) -> RouteTable:
        return msgspec.structs.replace(
            table,
            routes=tuple(
                one for one in table.routes if destination_of(one.text) != self.destination
            ),
            doubtful=tuple(one for one in table.doubtful if one.text != self.destination),
            digest=digest_of("remove", table.digest, self.destination),
        )

    def described(self) -> NetworkChange:
        """The change as it is reported."""
        return NetworkChange(kind="remove-route", component=self.table, rule=self.destination)


class ReleaseAddress(msgspec.Struct, frozen=True, kw_only=True):
    """Take the public address from one interface's address."""

    bluntness: ClassVar[int] = 3

    interface: str
    address: str
    family: Family

    def apply(self, situation: Situation) -> Situation:
        """The situation with a private address alone."""
        profile = msgspec.structs.replace(situation.profile, public=False)
        return msgspec.structs.replace(situation, profile=profile)

    def described(self) -> NetworkChange:
        """The change as it is reported."""
        kind = "release-address" if self.family is Family.V4 else "unassign-ipv6-address"
        return NetworkChange(kind=kind, component=self.interface, rule=self.address)


class DetachGateway(msgspec.Struct, frozen=True, kw_only=True):
    """Take an edge's gateway off the VPC, or delete a peering."""

    bluntness: ClassVar[int] = 6

    gateway: str
    kind: EdgeKind

    def apply(self, situation: Situation) -> Situation:
        """The situation without the gateway."""
        if situation.point.gateway != self.gateway:
            return situation
        point = msgspec.structs.replace(situation.point, gateway=None)
        return msgspec.structs.replace(situation, point=point)

    def described(self) -> NetworkChange:
        """The change as it is reported."""
        return NetworkChange(kind=DETACHED[self.kind], component=self.gateway)


class BlockPublicAccess(msgspec.Struct, frozen=True, kw_only=True):
    """Turn on VPC Block Public Access for ingress in one account and Region."""

    bluntness: ClassVar[int] = 5

    account: str
    region: str

    def apply(self, situation: Situation) -> Situation:
        """The situation with the mode in force, where no exclusion lifts it."""
        subnet = situation.subnet
        if (subnet.account, subnet.region) != (self.account, self.region) or subnet.excluded:
            return situation
        blocked = msgspec.structs.replace(subnet, block_mode=BlockMode.INGRESS)
        return msgspec.structs.replace(situation, subnet=blocked)

    def described(self) -> NetworkChange:
        """The change as it is reported."""
        return NetworkChange(
            kind="block-public-access",
            component=f"{self.account}/{self.region}",
            rule="block-ingress",
        )


Change = (
    RevokeRule
    | DetachGroup
    | DenyInAcl
    | RemoveRoute
    | ReleaseAddress
    | DetachGateway
    | BlockPublicAccess
)


class Applicable(Protocol):
    """Anything that changes a situation."""

    def apply(self, situation: Situation) -> Situation:
        """The situation as it would be."""
        ...


def apply_all(changes: Iterable[Applicable], situation: Situation) -> Situation:
    """All of the changes together."""
    for change in changes:
        situation = change.apply(situation)
    return situation


def destination_of(text: str) -> str:
    """The destination that a route's text names: a block, or the prefix list that the block came from."""
    return text.split(" ", 1)[0]


def _with_groups(
    situation: Situation, groups: GroupSet, kept: tuple[SecurityGroup, ...]
) -> Situation:
    content = [group.digest for group in kept]
    changed = msgspec.structs.replace(
        groups, groups=kept, digest=digest_of("changed", content, groups.ids, groups.absent)
    )
    return msgspec.structs.replace(situation, groups=changed)
