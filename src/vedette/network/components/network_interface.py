"""An interface receives traffic while it is attached to something that accepts connections.

Sources: Reachability Analyzer, `BAD_STATE_ATTACHMENT` and `IGW_PRIVATE_IP_ASSOCIATION_FOR_INGRESS` ("with an
available attachment"); VPC user guide, "NAT gateways" (they accept no connection from outside); Lambda developer
guide, "Giving functions access to a VPC" (a function's interface takes no inbound connection).
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
from vedette.network.topology import AttachmentState, EdgeKind, InterfaceKind


def _shut(code: Code, reason: str) -> Shut:
    return Shut(code=code, role=Role.INTERFACE, reason=reason)


def _doubt(reason: str) -> Passage:
    return doubtful(Doubt(code=Code.UNSUPPORTED_COMPONENT, role=Role.INTERFACE, reason=reason))


_BY_KIND: dict[InterfaceKind, Passage] = {
    InterfaceKind.HOST: OPEN,
    InterfaceKind.INSTANCE: OPEN,
    InterfaceKind.LAMBDA: _shut(
        Code.NO_POSSIBLE_DESTINATION, "a Lambda function's interface takes no connections"
    ),
    InterfaceKind.NAT_GATEWAY: _shut(
        Code.NO_POSSIBLE_DESTINATION, "a NAT gateway takes no connections"
    ),
    InterfaceKind.LOAD_BALANCER: OPEN,  # its listeners decide
    InterfaceKind.UNMODELLED: _doubt("this type of interface is not judged"),
}


def _judge(situation: Situation) -> Passage:
    profile = situation.profile
    if profile.attachment is AttachmentState.ATTACHED:
        return _BY_KIND[profile.kind]
    if profile.attachment is AttachmentState.MOVING:
        return _shut(Code.BAD_STATE_ATTACHMENT, "the interface is being attached or detached")
    to_internet = situation.point.kind is EdgeKind.INTERNET
    return _shut(
        Code.IGW_PRIVATE_IP_ASSOCIATION_FOR_INGRESS if to_internet else Code.BAD_STATE_ATTACHMENT,
        "the interface is not attached to anything",
    )


COMPONENT = Component(
    name="network_interface",
    type="AWS::EC2::NetworkInterface",
    codes=(
        Code.BAD_STATE_ATTACHMENT,
        Code.IGW_PRIVATE_IP_ASSOCIATION_FOR_INGRESS,
        Code.NO_POSSIBLE_DESTINATION,
        Code.UNSUPPORTED_COMPONENT,
    ),
    judge=_judge,
)
