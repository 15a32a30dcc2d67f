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


def block_mode(gathered: Gathered, subnet: aws.Subnet, owner: str, region: str) -> BlockMode | None:
    """The mode that governs the subnet; None if nothing was recorded about it."""
    place = gathered.place(owner, region)
    if place is None or BLOCK_OPTIONS not in place.recorded or place.block_options is None:
        states = subnet.block_public_access_states
        if states is None or states.internet_gateway_block_mode is None:
            failed = place is not None and any(gap.call == BLOCK_OPTIONS for gap in place.missing)
            return BlockMode.UNKNOWN if failed else None
        return _MODES.get(states.internet_gateway_block_mode, BlockMode.UNKNOWN)
    mode = _MODES.get(place.block_options.internet_gateway_block_mode or "", BlockMode.UNKNOWN)
    if mode in {BlockMode.OFF, BlockMode.UNKNOWN}:
        return mode
    return _excluded(gathered, place, subnet, mode)


def _excluded(gathered: Gathered, place: Place, subnet: aws.Subnet, mode: BlockMode) -> BlockMode:
    endings = (f":subnet/{subnet.subnet_id}", f":vpc/{subnet.vpc_id}")
    states = {
        exclusion.state
        for exclusion in place.block_exclusions
        if exclusion.resource_arn.endswith(endings)
        and exclusion.internet_gateway_exclusion_mode == "allow-bidirectional"
    }
    if states & _IN_FORCE:
        return BlockMode.OFF
    if states & _CHANGING or not gathered.complete(_EXCLUSIONS, place.account, place.region):
        return BlockMode.UNKNOWN
    return mode
