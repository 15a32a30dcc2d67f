"""What VPC Block Public Access does to each subnet: the account's mode, and exclusions.

Source: VPC user guide, "Block public access to VPCs and subnets". The mode is the subnet owner's, so that a shared
subnet follows its owner; an exclusion that lets egress alone out still lets nothing in.
"""

from vedette.network import described as aws
from vedette.network.calls import BLOCK_OPTIONS
from vedette.network.normalise.gather import Gathered
from vedette.network.snapshot import Place
from vedette.network.topology import BlockMode

_EXCLUSIONS = "ec2.describe-vpc-block-public-access-exclusions"
_IN_FORCE = frozenset({"create-complete", "update-complete"})
_CHANGING = frozenset({"create-in-progress", "update-in-progress", "delete-in-progress"})
_MODES = {
    "off": BlockMode.OFF,
    "block-bidirectional": BlockMode.BIDIRECTIONAL,
    "block-ingress": BlockMode.INGRESS,
}


def block_mode(
    gathered: Gathered, subnet: aws.Subnet, owner: str, region: str
) -> tuple[BlockMode | None, bool]:
    """The mode that governs the subnet, None if nothing was recorded about it; and whether it is excluded."""
    place = gathered.place(owner, region)
    if place is None or BLOCK_OPTIONS not in place.recorded or place.block_options is None:
        return _by_the_subnet(subnet, place), False
    mode = _MODES.get(place.block_options.internet_gateway_block_mode or "", BlockMode.UNKNOWN)
    states = _exclusions(place, subnet)
    if mode in {BlockMode.OFF, BlockMode.UNKNOWN}:
        return mode, bool(states & _IN_FORCE)
    if states & _IN_FORCE:
        return BlockMode.OFF, True
    if states & _CHANGING or not gathered.complete(_EXCLUSIONS, place.account, place.region):
        return BlockMode.UNKNOWN, False
    return mode, False


def _by_the_subnet(subnet: aws.Subnet, place: Place | None) -> BlockMode | None:
    """What the subnet itself says (`BlockPublicAccessStates`), where the account's options were not recorded."""
    states = subnet.block_public_access_states
    if states is not None and states.internet_gateway_block_mode is not None:
        return _MODES.get(states.internet_gateway_block_mode, BlockMode.UNKNOWN)
    failed = place is not None and any(gap.call == BLOCK_OPTIONS for gap in place.missing)
    return BlockMode.UNKNOWN if failed else None


def _exclusions(place: Place, subnet: aws.Subnet) -> set[str | None]:
    """The states of the exclusions that let traffic in to the subnet."""
    endings = (f":subnet/{subnet.subnet_id}", f":vpc/{subnet.vpc_id}")
    return {
        exclusion.state
        for exclusion in place.block_exclusions
        if exclusion.resource_arn.endswith(endings)
        and exclusion.internet_gateway_exclusion_mode == "allow-bidirectional"
    }
