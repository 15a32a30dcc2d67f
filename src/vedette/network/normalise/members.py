"""Who belongs to the security groups that rules refer to, and whom a listing that is not complete may hide.

A reference means the private addresses of a group's members. A group belongs to one VPC, and its account can associate
it with its other VPCs (VPC user guide, "Associate security groups with multiple VPCs"): another account's VPC can hold
members of its own groups, and of those that were not described.
"""

from collections.abc import Mapping

from vedette.network.addrset import AddrSet
from vedette.network.normalise.gather import Gathered
from vedette.network.topology import SecurityGroup, Vpc

INTERFACES = "ec2.describe-network-interfaces"
GROUPS = "ec2.describe-security-groups"

Perhaps = tuple[tuple[str, str], ...]
"""Groups that may have members which were not described, each with the reason."""


class Members:
    """`addresses`: (VPC, group) → addresses of the group's members in that VPC, IPv4 and IPv6."""

    def __init__(
        self,
        gathered: Gathered,
        groups: Mapping[str, SecurityGroup],
        addresses: Mapping[tuple[str, str], tuple[AddrSet, AddrSet]],
        unread: Mapping[str, str],
    ) -> None:
        self._gathered = gathered
        self._unread = unread
        self.addresses = addresses
        self._homes: dict[str | None, list[str]] = {}
        for group in sorted(references(groups)):
            known = groups.get(group)
            self._homes.setdefault(known.vpc if known else None, []).append(group)

    def perhaps(self, vpc: str, place: tuple[str, str], asked_by: str | None) -> Perhaps:
        """The groups that may have more members in a VPC than are described, for an account's rules."""
        account, region = place
        reason = self.unread(vpc, account, region)
        if reason is None:
            return ()
        if account in {"", asked_by}:
            return self.anybody(reason)
        return tuple((one, reason) for one in sorted({*self._of(vpc), *self._of(None)}))

    def unread(self, vpc: str, account: str, region: str) -> str | None:
        """Why not all interfaces of a VPC are known; None where they are."""
        if not self._gathered.complete(INTERFACES, account, region):
            return self._gathered.reason(INTERFACES, account, region)
        return self._unread.get(vpc) or self._unread.get("")

    def anybody(self, reason: str) -> Perhaps:
        """Every group that is referred to: it is not known which VPCs an edge leads to."""
        listed = (one for groups in self._homes.values() for one in groups)
        return tuple((one, reason) for one in sorted(listed))

    def nameless(self, vpc: Vpc) -> Perhaps:
        """The groups that may be any of the VPC, a service's own as well: the listing does not have them, and is not complete."""
        places = [(vpc.account, vpc.region)]
        places += [
            (place.account, place.region)
            for place in self._gathered.places
            if place.region == vpc.region and any(gap.call == GROUPS for gap in place.missing)
        ]
        for account, region in places:
            if not self._gathered.complete(GROUPS, account, region):
                reason = self._gathered.reason(GROUPS, account, region)
                return tuple((one, reason) for one in self._of(None))
        return ()

    def _of(self, vpc: str | None) -> list[str]:
        return self._homes.get(vpc, [])


def references(groups: Mapping[str, SecurityGroup]) -> frozenset[str]:
    """The groups that some rule refers to."""
    return frozenset(
        rule.reference for group in groups.values() for rule in group.rules if rule.reference
    )
