"""Subnets and VPCs with what governs them."""

from collections.abc import Iterable

from vedette.errors import ParseError
from vedette.network import described as aws
from vedette.network.addrset import AddrSet, split_families, union
from vedette.network.normalise.acls import Acls
from vedette.network.normalise.block import block_mode
from vedette.network.normalise.gather import Gathered, digest_of
from vedette.network.normalise.routes import Tables
from vedette.network.snapshot import Place
from vedette.network.topology import BlockMode, NetworkAcl, RouteTable, Subnet, Vpc

CALL = "ec2.describe-subnets"


class Subnets:
    """Subnets by id; one that was not described stands in with its doubt."""

    def __init__(self, gathered: Gathered, acls: Acls, tables: Tables) -> None:
        self._gathered = gathered
        self._index: dict[str, int] = {}
        self.rows: list[Subnet] = []
        self.unblocked: set[tuple[str, str]] = set()
        described: dict[str, tuple[Place, aws.Subnet]] = {}
        for place in gathered.places:
            for subnet in place.subnets:
                # a shared subnet is described to its participants too, who see less of it
                if subnet.subnet_id not in described or place.account == subnet.owner_id:
                    described[subnet.subnet_id] = place, subnet
        for identity in sorted(described):
            place, subnet = described[identity]
            self._append(self._subnet(place, subnet, acls, tables))

    def index_of(self, identity: str | None, vpc: str | None, place: Place) -> int:
        """The subnet's position."""
        name = identity or f"subnet of {vpc}"
        if name not in self._index:
            reason = self._gathered.reason(CALL, place.account, place.region, identity)
            self._append(_undescribed(name, vpc, place, reason))
        return self._index[name]

    def _append(self, subnet: Subnet) -> None:
        self._index[subnet.id] = len(self.rows)
        self.rows.append(subnet)

    def _subnet(self, place: Place, subnet: aws.Subnet, acls: Acls, tables: Tables) -> Subnet:
        owner = subnet.owner_id or place.account
        mode, excluded = block_mode(self._gathered, subnet, owner, place.region)
        if mode is None:
            self.unblocked.add((owner, place.region))
        doubt = None
        v4: AddrSet = ()
        v6: AddrSet = ()
        try:
            v4, v6 = split_families(_blocks(subnet))
        except ParseError as error:
            doubt = f"the subnet's blocks are malformed: {error}"
        where = (subnet.subnet_id, subnet.vpc_id, owner, place.region)
        return Subnet(
            id=subnet.subnet_id,
            vpc=subnet.vpc_id,
            account=owner,
            region=place.region,
            acl=acls.of(*where),
            table=tables.of(*where),
            v4=v4,
            v6=v6,
            block_mode=mode or BlockMode.OFF,
            excluded=excluded,
            zone=subnet.availability_zone_id or subnet.availability_zone,
            doubt=doubt,
        )


def _blocks(subnet: aws.Subnet) -> Iterable[str]:
    if subnet.cidr_block:
        yield subnet.cidr_block
    for block in subnet.ipv6_cidr_block_association_set:
        state = block.ipv6_cidr_block_state
        text = state.state if isinstance(state, aws.CidrState) else state or "associated"
        if "disassociat" not in text and "fail" not in text:
            yield block.ipv6_cidr_block


def _undescribed(name: str, vpc: str | None, place: Place, reason: str) -> Subnet:
    digest = digest_of("no subnet", reason)
    return Subnet(
        id=name,
        vpc=vpc,
        account=place.account,
        region=place.region,
        acl=NetworkAcl(
            id=f"network ACL of {name}", inbound=(), outbound=(), doubt=reason, digest=digest
        ),
        table=RouteTable(id=f"route table of {name}", routes=(), doubt=reason, digest=digest),
        block_mode=BlockMode.UNKNOWN,
        doubt=reason,
    )


def vpcs(gathered: Gathered, subnets: Iterable[Subnet]) -> dict[str, Vpc]:
    """Every VPC that is described or has a subnet; its blocks are its own and its subnets'."""
    out: dict[str, Vpc] = {}
    for subnet in subnets:
        if subnet.vpc:
            known = out.get(subnet.vpc)
            out[subnet.vpc] = Vpc(
                id=subnet.vpc,
                account=subnet.account,
                region=subnet.region,
                v4=union((subnet.v4, known.v4 if known else ())),
                v6=union((subnet.v6, known.v6 if known else ())),
            )
    for place in gathered.places:
        for vpc in place.vpcs:
            known = out.get(vpc.vpc_id)
            v4, v6 = _vpc_blocks(vpc)
            out[vpc.vpc_id] = Vpc(
                id=vpc.vpc_id,
                account=vpc.owner_id or place.account,
                region=place.region,
                v4=union((v4, known.v4 if known else ())),
                v6=union((v6, known.v6 if known else ())),
            )
    return out


def _vpc_blocks(vpc: aws.Vpc) -> tuple[AddrSet, AddrSet]:
    texts = [vpc.cidr_block] if vpc.cidr_block else []
    texts += [
        block.cidr_block
        for block in vpc.cidr_block_association_set
        if _is_associated(block.cidr_block_state)
    ]
    texts += [
        block.ipv6_cidr_block
        for block in vpc.ipv6_cidr_block_association_set
        if _is_associated(block.ipv6_cidr_block_state)
    ]
    try:
        return split_families(texts)
    except ParseError:
        return (), ()  # only spoofed sources would be told apart by it; the subnets' blocks remain


def _is_associated(state: aws.CidrState | None) -> bool:
    return state is None or state.state == "associated"
