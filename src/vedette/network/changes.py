"""Changes to the configuration, as overlays: each takes a situation to what it would be.

A change touches a situation only if the changed component is in it, so that one change can be tried on every
situation of the estate. Overlays give changed components a digest of their own.
"""

from collections.abc import Iterable

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


class RevokeRule(msgspec.Struct, frozen=True, kw_only=True):
    """Take one inbound rule out of a security group."""

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


class DetachGroup(msgspec.Struct, frozen=True, kw_only=True):
    """Take one security group off one interface; the interface keeps at least a group that lets nothing in."""

    group: str
    interface: str

    def apply(self, situation: Situation) -> Situation:
        """The situation without the group."""
        groups = situation.groups
        if self.group not in groups.ids:
            return situation
        kept = tuple(one for one in groups.groups if one.id != self.group)
        ids = tuple(one for one in groups.ids if one != self.group) or ("a group without rules",)
        absent = tuple(one for one in groups.absent if one[0] != self.group)
        fewer = msgspec.structs.replace(groups, ids=ids, absent=absent)
        return _with_groups(situation, fewer, kept)


class DenyInAcl(msgspec.Struct, frozen=True, kw_only=True):
    """Add an inbound entry to a network ACL that denies everybody these ports, before what allows them."""

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
            text="0.0.0.0/0" if self.family is Family.V4 else "::/0",
        )
        changed = msgspec.structs.replace(
            acl,
            inbound=tuple(sorted((*acl.inbound, entry), key=lambda one: one.number)),
            digest=digest_of("deny", acl.digest, self.number, self.transport, self.ports),
        )
        return msgspec.structs.replace(
            situation, subnet=msgspec.structs.replace(situation.subnet, acl=changed)
        )


class RemoveRoute(msgspec.Struct, frozen=True, kw_only=True):
    """Take the route to one destination (a block or a prefix list) out of a route table."""

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


class ReleaseAddress(msgspec.Struct, frozen=True, kw_only=True):
    """Take the public address from one interface's address."""

    interface: str
    address: str
    family: Family

    def apply(self, situation: Situation) -> Situation:
        """The situation with a private address alone."""
        profile = msgspec.structs.replace(situation.profile, public=False)
        return msgspec.structs.replace(situation, profile=profile)


class DetachGateway(msgspec.Struct, frozen=True, kw_only=True):
    """Take an edge's gateway off the VPC, or delete a peering."""

    gateway: str
    kind: EdgeKind

    def apply(self, situation: Situation) -> Situation:
        """The situation without the gateway."""
        if situation.point.gateway != self.gateway:
            return situation
        point = msgspec.structs.replace(situation.point, gateway=None)
        return msgspec.structs.replace(situation, point=point)


class BlockPublicAccess(msgspec.Struct, frozen=True, kw_only=True):
    """Turn on VPC Block Public Access for ingress in one account and Region."""

    account: str
    region: str

    def apply(self, situation: Situation) -> Situation:
        """The situation with the mode in force, where no exclusion lifts it."""
        subnet = situation.subnet
        if (subnet.account, subnet.region) != (self.account, self.region) or subnet.excluded:
            return situation
        blocked = msgspec.structs.replace(subnet, block_mode=BlockMode.INGRESS)
        return msgspec.structs.replace(situation, subnet=blocked)


Change = (
    RevokeRule
    | DetachGroup
    | DenyInAcl
    | RemoveRoute
    | ReleaseAddress
    | DetachGateway
    | BlockPublicAccess
)


def bluntness(change: Change) -> int:
    """How much more than the exposure a change touches by its nature, 0 for the least; breaks ties of ranking."""
    match change:
        case RevokeRule():
            return 0
        case DetachGroup():
            return 1
        case DenyInAcl():
            return 2
        case ReleaseAddress():
            return 3
        case RemoveRoute():
            return 4
        case BlockPublicAccess():
            return 5
        case DetachGateway():
            return 6


def apply_all(changes: Iterable[Change], situation: Situation) -> Situation:
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


def described(change: Change) -> NetworkChange:
    """The change as it is reported."""
    match change:
        case RevokeRule():
            return NetworkChange(
                kind="revoke-security-group-rule", component=change.group, rule=change.rule
            )
        case DetachGroup():
            return NetworkChange(
                kind="detach-security-group",
                component=change.interface,
                rule=change.group,
                note="an interface keeps at least one security group",
            )
        case DenyInAcl():
            first, last = change.ports
            return NetworkChange(
                kind="deny-in-network-acl",
                component=change.acl,
                rule=str(change.number),
                note=f"inbound deny {change.transport} {first}-{last} from anywhere",
            )
        case RemoveRoute():
            return NetworkChange(
                kind="remove-route", component=change.table, rule=change.destination
            )
        case ReleaseAddress():
            kind = "release-address" if change.family is Family.V4 else "unassign-ipv6-address"
            return NetworkChange(kind=kind, component=change.interface, rule=change.address)
        case DetachGateway():
            kinds = {
                EdgeKind.INTERNET: "detach-internet-gateway",
                EdgeKind.PEERING: "delete-vpc-peering-connection",
                EdgeKind.VPN: "detach-vpn-gateway",
            }
            return NetworkChange(kind=kinds[change.kind], component=change.gateway)
        case BlockPublicAccess():
            return NetworkChange(
                kind="block-public-access",
                component=f"{change.account}/{change.region}",
                rule="block-ingress",
            )
