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


class NetworkChange(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """One change to the configuration.

    `kind` is a verb (`revoke-security-group-rule`, `detach-security-group`, `deny-in-network-acl`, `remove-route`,
    `release-address`, `detach-gateway`, `block-public-access`); `rule` the rule, entry or destination it is about.
    """

    kind: str
    component: str
    rule: str | None = None
    note: str = ""


class ClosingChange(msgspec.Struct, frozen=True, kw_only=True):
    """A smallest set of changes that closes an exposure, and which other exposures close or narrow with it.

    `breaks` lists at most the first hundred; `broken` counts them all.
    """

    changes: tuple[NetworkChange, ...]
    breaks: tuple[str, ...] = ()
    broken: int = 0


class Witness(msgspec.Struct, frozen=True, kw_only=True):
    """A concrete packet that takes the path; addresses are text.

    For ICMP `destination_port` is `type * 256 + code` and `source_port` is 0.
    """

    protocol: Transport
    source: str
    source_port: int
    destination: str
    destination_port: int


class Exposure(msgspec.Struct, frozen=True, kw_only=True):
    """One (edge, interface, address, protocol, port range) that is reachable.

    `sources` are CIDRs in order, the exact set; `return_path` is True only if every source can be answered.
    `resource` is the id of the instance (`i-…`), or of the interface where there is none; `owner` then says which service's
    it is, as far as the interface tells. A layer-7 edge
    (`lambda-url`, `api-gateway`) has the function's ARN as `resource`, the host as `address` and no interface. `whole`: the
    sources are all that the edge can send (`0.0.0.0/0` for the internet), apart from clients whose answers a more
    specific route leads elsewhere. For ICMP `ports` are `type * 256 + code`. `through` is the load balancer that the
    traffic comes through (its ARN or name; `witness` says at which of its ports), `labels` what is asked of clients
    (`authenticated`, `client-certificate`, `api-key`).
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
    whole: bool = False
    account: str | None = None
    region: str | None = None
    closing_changes: tuple[ClosingChange, ...] = ()
    through: str | None = None
    labels: tuple[str, ...] = ()
    owner: str | None = None


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
