"""What CloudFront and Global Accelerator send to one target, before it is known where that is.

Sources: as of `fronts`.
"""

from collections.abc import Iterator

import msgspec

from vedette.model.network import Transport
from vedette.network import described as aws
from vedette.network.addrset import AddrSet, Family, Span
from vedette.network.fronts import Front
from vedette.network.topology import EdgeKind

_TRANSPORTS = {"TCP": Transport.TCP, "UDP": Transport.UDP}

Ports = list[tuple[Transport, Span]]


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """A front before its target's VPC is known; `closed` is the state in which nobody comes in."""

    kind: EdgeKind
    identity: str
    gateway: str
    front: Front
    families: tuple[Family, ...]
    closed: str | None = None
    doubt: str | None = None
    sources: AddrSet | None = None
    members: tuple[tuple[str, AddrSet], ...] = ()


def distribution(one: aws.Distribution, endpoint: aws.VpcOriginEndpoint) -> Row:
    """A distribution before a VPC origin, by the ports that it speaks to."""
    numbers = {
        "http-only": (endpoint.http_port,),
        "https-only": (endpoint.https_port,),
    }.get(endpoint.origin_protocol_policy, (endpoint.http_port, endpoint.https_port))
    target = (
        endpoint.arn.rpartition("instance/")[2] if ":instance/" in endpoint.arn else endpoint.arn
    )
    return Row(
        kind=EdgeKind.CLOUDFRONT,
        identity=one.id,
        gateway=one.id,
        front=Front(
            id=f"{one.id}/{target}",
            target=target,
            words=f"{one.domain_name} has it as a VPC origin",
            ports=tuple((Transport.TCP, (port, port)) for port in sorted(set(numbers))),
        ),
        families=(Family.V4,),
        closed=None if one.enabled else "disabled",
    )


def accelerator(one: aws.Accelerator, target: str, ports: Ports) -> Row:
    """An accelerator before an endpoint."""
    dual = one.ip_address_type == "DUAL_STACK" and not target.startswith("i-")
    return Row(
        kind=EdgeKind.ACCELERATOR,
        identity=last(one.accelerator_arn),
        gateway=one.accelerator_arn,
        front=Front(
            id=f"{one.accelerator_arn}/{target}",
            target=target,
            words=f"the accelerator {one.name} sends to it from the clients' addresses",
            ports=tuple(sorted(set(ports))),
        ),
        families=(Family.V4, Family.V6) if dual else (Family.V4,),
    )


def is_preserved(endpoint: aws.AcceleratorEndpoint) -> bool:
    """Whether it is reached privately: with the client's address, as an instance or load balancer."""
    if endpoint.endpoint_id.startswith("i-"):
        return endpoint.preserved is not False
    return endpoint.endpoint_id.startswith("arn:") and bool(endpoint.preserved)


def sent(
    listener: aws.AcceleratorListener, group: aws.EndpointGroup
) -> Iterator[tuple[Transport, Span]]:
    """The endpoint's ports: the listener's, but for those that the group overrides."""
    transport = _TRANSPORTS.get(listener.protocol, Transport.TCP)
    other = {one.listener_port: one.endpoint_port for one in group.port_overrides}
    for ports in listener.port_ranges:
        start = ports.from_port
        for port in sorted(one for one in other if ports.from_port <= one <= ports.to_port):
            if start < port:
                yield transport, (start, port - 1)
            yield transport, (other[port], other[port])
            start = port + 1
        if start <= ports.to_port:
            yield transport, (start, ports.to_port)


def last(arn: str) -> str:
    """The last part of an ARN."""
    return arn.rpartition("/")[2]
