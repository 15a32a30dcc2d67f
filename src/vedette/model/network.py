"""Network exposure: what can be reached, from where, along which path."""

from enum import StrEnum

import msgspec


class Transport(StrEnum):
    """IP protocols that are judged by port, and ICMP."""

    TCP = "TCP"
    UDP = "UDP"
    ICMP = "ICMP"
    ICMPV6 = "ICMPV6"


class PortRange(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """Ports `begin` to `end`, both included, 0 to 65535."""

    begin: int
    end: int


class Hop(msgspec.Struct, frozen=True, kw_only=True):
    """One component on a path and the rule in it that let the packet pass.

    `component_type` is CloudFormation's (`AWS::EC2::SecurityGroup`); `rule` is the id or number of the rule,
    route or entry (`sgr-…`, `100`, `0.0.0.0/0`); `because` is a sentence for a reader.
    """

    component_type: str
    component_id: str
    arn: str | None = None
    rule: str | None = None
    because: str = ""


class Witness(msgspec.Struct, frozen=True, kw_only=True):
    """A concrete packet that takes the path; addresses are text."""

    protocol: Transport
    source: str
    source_port: int
    destination: str
    destination_port: int


class Exposure(msgspec.Struct, frozen=True, kw_only=True):
    """One (edge, interface, address, protocol, port range) that is reachable.

    `sources` are CIDRs in order, the exact set; `return_path` is True only if every source can be answered.
    A layer-7 edge (`lambda-url`) has the function's ARN as `resource` and no interface.
    """

    edge: str
    resource: str
    transport: Transport
    ports: PortRange
    sources: tuple[str, ...]
    return_path: bool
    path: tuple[Hop, ...]
    back: tuple[Hop, ...] = ()
    interface: str | None = None
    address: str | None = None
    witness: Witness | None = None
    inspector_path: tuple[Hop, ...] = ()


class NotReachable(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Why an interface cannot be reached from an edge.

    `code` is one of VPC Reachability Analyzer's explanation codes where it has one.
    """

    edge: str
    resource: str
    code: str
    component: str
    reason: str
    interface: str | None = None
    address: str | None = None


class UnknownReach(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """What could not be judged, and which call, permission or component is missing."""

    edge: str
    resource: str
    code: str
    component: str
    reason: str
    interface: str | None = None
    address: str | None = None
