"""VPCs, subnets, and VPC Block Public Access."""

from vedette.network.described._base import Described


class CidrState(Described, frozen=True, kw_only=True):
    """`SubnetCidrBlockState` and `VpcCidrBlockState`."""

    state: str = "associated"


class SubnetIpv6Block(Described, frozen=True, kw_only=True):
    """`SubnetIpv6CidrBlockAssociation`; some servers give the state as text."""

    ipv6_cidr_block: str
    ipv6_cidr_block_state: CidrState | str | None = None


class BlockPublicAccessStates(Described, frozen=True, kw_only=True):
    """`BlockPublicAccessStates`."""

    internet_gateway_block_mode: str | None = None


class Subnet(Described, frozen=True, kw_only=True):
    """`Subnet`."""

    subnet_id: str
    vpc_id: str
    owner_id: str | None = None
    availability_zone: str | None = None
    availability_zone_id: str | None = None
    cidr_block: str | None = None
    ipv6_cidr_block_association_set: tuple[SubnetIpv6Block, ...] = ()
    block_public_access_states: BlockPublicAccessStates | None = None


class VpcBlock(Described, frozen=True, kw_only=True):
    """`VpcCidrBlockAssociation`."""

    cidr_block: str
    cidr_block_state: CidrState | None = None


class VpcIpv6Block(Described, frozen=True, kw_only=True):
    """`VpcIpv6CidrBlockAssociation`."""

    ipv6_cidr_block: str
    ipv6_cidr_block_state: CidrState | None = None


class Vpc(Described, frozen=True, kw_only=True):
    """`Vpc`."""

    vpc_id: str
    owner_id: str | None = None
    cidr_block: str | None = None
    cidr_block_association_set: tuple[VpcBlock, ...] = ()
    ipv6_cidr_block_association_set: tuple[VpcIpv6Block, ...] = ()


class BlockPublicAccessOptions(Described, frozen=True, kw_only=True):
    """`VpcBlockPublicAccessOptions`."""

    internet_gateway_block_mode: str | None = None
    state: str | None = None


class BlockPublicAccessExclusion(Described, frozen=True, kw_only=True):
    """`VpcBlockPublicAccessExclusion`."""

    resource_arn: str
    internet_gateway_exclusion_mode: str | None = None
    state: str | None = None
