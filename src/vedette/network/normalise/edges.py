"""The edges of each VPC: what can come in from where.

Sources: internet gateways refuse RFC 1918 and RFC 6598 sources and sources that are the VPC's own (Reachability
Analyzer explanation codes `IGW_SOURCE_ADDRESS_*`, `GATEWAY_REJECTS_SPOOFED_TRAFFIC`); over a peering come the peer's
blocks (VPC peering guide), and the peer's own routes and groups are not asked, as Amazon Inspector does not.
"""

from collections.abc import Iterable, Iterator, Mapping

from vedette.errors import ParseError
from vedette.network import described as aws
from vedette.network.addrset import (
    AddrSet,
    Family,
    cidrs,
    complement,
    everything,
    intersect,
    split_families,
    subtract,
    union,
)
from vedette.network.normalise.gather import Gathered
from vedette.network.normalise.members import Members, Perhaps
from vedette.network.normalise.routes import Tables
from vedette.network.topology import EdgeKind, EdgePoint, Vpc

INTERNET = {
    Family.V4: complement(
        cidrs("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10"), Family.V4
    ),
    Family.V6: cidrs("2000::/3"),
}
"""Everything that an internet gateway lets in, before the VPC's own blocks are taken out."""

_IGW = "ec2.describe-internet-gateways"
_FUNCTIONAL = frozenset({"available", "attached"})


def edge_points(
    gathered: Gathered, vpcs: Mapping[str, Vpc], tables: Tables, members: Members
) -> tuple[EdgePoint, ...]:
    """Every edge of every VPC, apart from transit gateways."""
    return (
        *_internet(gathered, vpcs, tables),
        *_peerings(gathered, vpcs, members),
        *_vpn(gathered, vpcs, tables),
    )


def _internet(gathered: Gathered, vpcs: Mapping[str, Vpc], tables: Tables) -> Iterator[EdgePoint]:
    gateways = {
        attachment.vpc_id: (gateway.internet_gateway_id, attachment.state or "available")
        for place in gathered.places
        for gateway in place.internet_gateways
        for attachment in gateway.attachments
        if attachment.state not in {"detached", "detaching"}
    }
    for vpc in vpcs.values():
        gateway, state = gateways.get(vpc.id, (None, "available"))
        known = gateway is not None or gathered.complete(_IGW, vpc.account, vpc.region)
        for family in Family:
            yield EdgePoint(
                name=f"internet-{family}",
                kind=EdgeKind.INTERNET,
                family=family,
                vpc=vpc.id,
                gateway=gateway,
                sources=subtract(INTERNET[family], vpc.blocks(family)),
                state="available" if state in _FUNCTIONAL else state,
                table=tables.of_gateway(gateway) if gateway else None,
                doubt=None if known else gathered.reason(_IGW, vpc.account, vpc.region),
            )


def _peerings(gathered: Gathered, vpcs: Mapping[str, Vpc], members: Members) -> Iterator[EdgePoint]:
    described = {
        peering.vpc_peering_connection_id: peering
        for place in gathered.places
        for peering in place.peerings
        if peering.status is not None and peering.status.code == "active"
    }
    for identity, peering in described.items():
        sides = (peering.accepter_vpc_info, peering.requester_vpc_info)
        for near, far in (sides, sides[::-1]):
            if near is not None and far is not None and near.vpc_id in vpcs:
                yield from _peering(identity, near, far, (vpcs, members))


def _peering(
    identity: str,
    near: aws.PeerVpc,
    far: aws.PeerVpc,
    there: tuple[Mapping[str, Vpc], Members],
) -> Iterator[EdgePoint]:
    vpcs, members = there
    doubt = None
    v4: AddrSet = ()
    v6: AddrSet = ()
    try:
        v4, v6 = split_families(_peer_blocks(far))
    except ParseError as error:
        doubt = f"the peer's blocks are malformed: {error}"
    same_region = near.region == far.region  # references do not cross Regions (VPC peering guide)
    perhaps = _unseen(near, far, vpcs, members) if same_region else ()
    for family, sources in ((Family.V4, v4), (Family.V6, v6)):
        if not sources and family is Family.V6:
            continue
        number = 0 if family is Family.V4 else 1
        theirs = [
            (group, intersect(addresses[number], sources))
            for (vpc, group), addresses in sorted(members.addresses.items())
            if vpc == far.vpc_id and same_region
        ]
        yield EdgePoint(
            name=f"vpc-peering-{family}:{identity}",
            kind=EdgeKind.PEERING,
            family=family,
            vpc=near.vpc_id or "",
            gateway=identity,
            sources=sources,
            members=tuple(one for one in theirs if one[1]),
            perhaps=perhaps,
            doubt=doubt or (None if sources else "the peer's blocks were not described"),
        )


def _unseen(
    near: aws.PeerVpc, far: aws.PeerVpc, vpcs: Mapping[str, Vpc], members: Members
) -> Perhaps:
    vpc = far.vpc_id or ""
    known = vpcs.get(vpc)
    place = (far.owner_id or "", far.region or "")
    if known is not None:
        place = (known.account, known.region)
    return members.perhaps(vpc, place, vpcs[near.vpc_id or ""].account)


def _peer_blocks(peer: aws.PeerVpc) -> Iterable[str]:
    if peer.cidr_block:
        yield peer.cidr_block
    yield from (block.cidr_block for block in peer.cidr_block_set)
    yield from (block.ipv6_cidr_block for block in peer.ipv6_cidr_block_set)


def _vpn(gathered: Gathered, vpcs: Mapping[str, Vpc], tables: Tables) -> Iterator[EdgePoint]:
    attached = {
        (attachment.vpc_id or "", gateway.vpn_gateway_id)
        for place in gathered.places
        for gateway in place.vpn_gateways
        for attachment in gateway.vpc_attachments
        if attachment.state in _FUNCTIONAL and gateway.state not in {"deleting", "deleted"}
    }
    for vpc_id, gateway in sorted(one for one in attached if one[0] in vpcs):
        vpc = vpcs[vpc_id]
        yield EdgePoint(
            name=f"vpn-gateway-v4:{gateway}",
            kind=EdgeKind.VPN,
            family=Family.V4,
            vpc=vpc_id,
            gateway=gateway,
            sources=subtract(everything(Family.V4), union((vpc.v4,))),
            table=tables.of_gateway(gateway),
        )
