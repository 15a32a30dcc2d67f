"""The edges that transit gateways make: from other VPCs, and from what is on premises.

Sources: transit gateways guide, "VPC attachments" (IPv6 only where the attachment has it), "Security group
referencing" (inbound rules, one Region, on at the gateway and at both attachments; off at the gateway and on at
attachments by default).
"""

from collections.abc import Iterator, Mapping

from vedette.network.addrset import AddrSet, Family, subtract, union
from vedette.network.normalise.gather import digest_of
from vedette.network.normalise.landings import Landings
from vedette.network.normalise.members import Members, Perhaps
from vedette.network.normalise.transit import Attached, TransitGateways
from vedette.network.topology import EdgeKind, EdgePoint, Lane, Transit, TransitEnd, Vpc

_UNKNOWN = "whether rules may refer to groups across the transit gateway was not recorded (ec2.describe-transit-gateways)"


def transit_points(
    transits: TransitGateways, landings: Landings, vpcs: Mapping[str, Vpc], members: Members
) -> Iterator[EdgePoint]:
    """The edges of every attached VPC that is known."""
    blocks = {identity: (vpc.v4, vpc.v6) for identity, vpc in vpcs.items()}
    groups: dict[str, list[tuple[str, tuple[AddrSet, AddrSet]]]] = {}
    for (home, group), addresses in sorted(members.addresses.items()):
        groups.setdefault(home, []).append((group, addresses))
    ends = transits.ends()
    for gateway in sorted(transits.attached):
        for _, attachment in sorted(transits.attached[gateway].items()):
            vpc = vpcs.get(attachment.resource)
            if attachment.type == "vpc" and vpc is not None:
                for family in Family:
                    if family is Family.V6 and not _takes_v6(transits, attachment, vpc):
                        continue
                    lanes = transits.lanes(attachment, family, blocks)
                    known = _referenced(transits, attachment, family, groups)
                    unseen = _unseen(transits, attachment, vpcs, members)
                    yield from _points(
                        landings,
                        (attachment, vpc, family),
                        lanes,
                        (known, unseen),
                        ends,
                        described=gateway in transits.described,
                    )


def _takes_v6(transits: TransitGateways, attachment: Attached, vpc: Vpc) -> bool:
    """Whether IPv6 comes over it; where the attachment was not described, it may (`Landings.reason` says so)."""
    details = transits.details.get(attachment.id)
    if details is None:
        return bool(vpc.v6)
    return bool(vpc.v6) and details.options is not None and details.options.ipv6_support == "enable"


def _points(
    landings: Landings,
    attached: tuple[Attached, Vpc, Family],
    lanes: list[tuple[bool, Lane]],
    referred: tuple[tuple[tuple[str, AddrSet], ...], Perhaps],
    ends: dict[tuple[str, str], TransitEnd],
    *,
    described: bool,
) -> Iterator[EdgePoint]:
    attachment, vpc, family = attached
    where = landings.of(attachment)
    own = vpc.blocks(family)
    members, perhaps = referred
    unknown = _UNKNOWN if (members or perhaps) and not described else None
    for kind in (EdgeKind.TRANSIT, EdgeKind.SITES):
        mine = tuple(lane for site, lane in lanes if site == (kind is EdgeKind.SITES))
        if kind is EdgeKind.SITES and not mine:
            continue
        governed = [(one.subnet, one.zone, one.acl.digest, one.table.digest) for one in where]
        digests = [lane.digest for lane in mine]
        yield EdgePoint(
            name=f"{kind}-{family}:{attachment.gateway}",
            kind=kind,
            family=family,
            vpc=vpc.id,
            gateway=attachment.gateway,
            sources=subtract(union(lane.sources for lane in mine), own),
            members=members if kind is EdgeKind.TRANSIT else (),
            perhaps=perhaps if kind is EdgeKind.TRANSIT else (),
            doubt=landings.reason(attachment) if not where else unknown,
            transit=Transit(
                owner=attachment.owner,
                attachment=attachment.id,
                landings=where,
                lanes=mine,
                ends=ends,
                digest=digest_of(attachment.id, governed, digests),
            ),
        )


def _referenced(
    transits: TransitGateways,
    attachment: Attached,
    family: Family,
    groups: Mapping[str, list[tuple[str, tuple[AddrSet, AddrSet]]]],
) -> tuple[tuple[str, AddrSet], ...]:
    """The members of groups in the other VPCs of the gateway, where rules may refer to them."""
    if not _may_refer(transits, attachment):
        return ()
    found: dict[str, list[AddrSet]] = {}
    for identity, other in sorted(transits.attached[attachment.gateway].items()):
        if identity != attachment.id and _refers(transits, identity):
            for group, (v4, v6) in groups.get(other.resource, ()):
                found.setdefault(group, []).append(v4 if family is Family.V4 else v6)
    united = {group: union(sets) for group, sets in found.items()}
    return tuple((group, addresses) for group, addresses in sorted(united.items()) if addresses)


def _unseen(
    transits: TransitGateways, attachment: Attached, vpcs: Mapping[str, Vpc], members: Members
) -> Perhaps:
    """The groups that may have members in the other VPCs of the gateway which were not described."""
    if not _may_refer(transits, attachment):
        return ()
    unlisted = transits.unlisted(attachment.gateway)
    if unlisted is not None:
        return members.anybody(unlisted)
    own = vpcs[attachment.resource].account
    found: dict[str, str] = {}
    for identity, other in sorted(transits.attached[attachment.gateway].items()):
        if identity != attachment.id and other.type == "vpc" and _refers(transits, identity):
            vpc = vpcs.get(other.resource)
            where = (vpc.account, vpc.region) if vpc is not None else ("", attachment.region)
            found |= members.perhaps(other.resource, where, own)
    return tuple(sorted(found.items()))


def _may_refer(transits: TransitGateways, attachment: Attached) -> bool:
    off = attachment.gateway in transits.described - transits.referencing
    return not off and _refers(transits, attachment.id)


def _refers(transits: TransitGateways, attachment: str) -> bool:
    details = transits.details.get(attachment)
    options = details.options if details is not None else None
    return options is None or options.security_group_referencing_support != "disable"
