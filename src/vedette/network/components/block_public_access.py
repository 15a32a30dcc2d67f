"""VPC Block Public Access stops what comes in from the internet, in both of its modes.

Source: VPC user guide, "Block public access to VPCs and subnets"; Reachability Analyzer,
`VPC_BLOCK_PUBLIC_ACCESS_ENABLED`. VPC origins of CloudFront and Global Accelerator are affected, peerings and VPN
gateways are not.
"""

from vedette.network.codes import Code
from vedette.network.components._base import (
    OPEN,
    Component,
    Doubt,
    Passage,
    Role,
    Shut,
    Situation,
    doubtful,
)
from vedette.network.topology import BlockMode, EdgeKind


def _judge(situation: Situation) -> Passage:
    front = situation.point.front
    if not (front.blocked if front else situation.point.kind is EdgeKind.INTERNET):
        return OPEN
    mode = situation.subnet.block_mode
    if mode is BlockMode.OFF:
        return OPEN
    if mode is BlockMode.UNKNOWN:
        return doubtful(
            Doubt(
                code=Code.UNKNOWN_RESOURCE,
                role=Role.SUBNET,
                reason="the state of VPC Block Public Access is not known for the subnet",
            )
        )
    return Shut(
        code=Code.VPC_BLOCK_PUBLIC_ACCESS_ENABLED,
        role=Role.SUBNET,
        reason=f"VPC Block Public Access is in mode {mode}",
    )


COMPONENT = Component(
    name="block_public_access",
    type="AWS::EC2::VPCBlockPublicAccessOptions",
    codes=(Code.UNKNOWN_RESOURCE, Code.VPC_BLOCK_PUBLIC_ACCESS_ENABLED),
    judge=_judge,
)
