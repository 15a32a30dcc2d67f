"""Titles and descriptions of findings."""

from collections.abc import Sequence

from vedette.findings.exposure import is_whole
from vedette.findings.services import FUNCTION_URL
from vedette.model.finding import VulnerablePackage
from vedette.model.network import Exposure, PortRange, Transport
from vedette.model.resource import LambdaFunction, Resource, ResourceType

MAX_TEXT = 1024
"""The longest title or description that Inspector and ASFF take, in characters."""

_NAMED = 2
_SOURCES = 3
_LAST_PORT = 65535
_INTERNET = "internet-"
_EDGES = {
    "vpc-peering": "the peering connection",
    "vpn-gateway": "the VPN gateway",
}
"""Names of edges are `KIND-FAMILY:ID`; there is one internet, so that it needs no id."""


def clip(text: str, limit: int = MAX_TEXT) -> str:
    """The text, cut with an ellipsis where it is longer than the limit."""
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def vulnerability_title(identifier: str, packages: Sequence[VulnerablePackage]) -> str:
    """`CVE-2023-4911 - glibc, glibc-common and 3 more`."""
    names = sorted({one.package.name for one in packages})
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return clip(f"{identifier} - {', '.join(names[:_NAMED])}{more}")


def exposure_title(resource: Resource, exposure: Exposure) -> str:
    """`EC2 instance i-… exposes port 22 to the internet (0.0.0.0/0)`."""
    if exposure.edge == FUNCTION_URL:
        return clip(
            f"{resource_name(resource)} answers unauthenticated requests from the internet at its function URL"
        )
    return clip(
        f"{resource_name(resource)} exposes {ports_text(exposure)} to {edge_text(exposure)}"
        f" ({sources_text(exposure)})"
    )


def exposure_description(resource: Resource, exposure: Exposure) -> str:
    """Who can reach what, along which components, and by which rules."""
    at = f" at {exposure.interface}" if exposure.interface else ""
    address = f" ({exposure.address})" if exposure.address else ""
    way = " -> ".join(hop.component_id for hop in exposure.path)
    rules = ", ".join(
        f"{hop.rule} of {hop.component_id}" for hop in exposure.path if hop.rule is not None
    )
    sentences = [
        f"{sources_text(exposure)} can reach {ports_text(exposure)} of {resource_name(resource)}{at}{address}.",
        f"Path: {way}." if way else "",
        f"Let through by {rules}." if rules else "",
        "" if exposure.return_path else "Not every source can be answered.",
    ]
    return clip(" ".join(filter(None, sentences)))


def resource_name(resource: Resource) -> str:
    """What people call the resource."""
    if isinstance(resource.facts, LambdaFunction):
        return f"Lambda function {resource.facts.name}"
    if resource.ref.type is ResourceType.EC2_INSTANCE:
        return f"EC2 instance {resource.ref.id}"
    return resource.ref.id


def ports_text(exposure: Exposure) -> str:
    """`port 22`, `ports 8000-8100`, `all ports`; other protocols than TCP are named."""
    match exposure.transport:
        case Transport.TCP:
            return _span_text(exposure.ports, "")
        case Transport.UDP:
            return _span_text(exposure.ports, "UDP ")
        case Transport.ICMP:
            return "ICMP"
        case Transport.ICMPV6:  # pragma: no branch
            return "ICMPv6"


def _span_text(ports: PortRange, protocol: str) -> str:
    if ports.begin == ports.end:
        return f"{protocol}port {ports.begin}"
    if ports.begin <= 1 and ports.end == _LAST_PORT:
        return f"all {protocol}ports"
    return f"{protocol}ports {ports.begin}-{ports.end}"


def edge_text(exposure: Exposure) -> str:
    """The edge in words: `the internet`, `the peering connection pcx-…`."""
    if exposure.edge.startswith(_INTERNET):
        return "the internet"
    kind, _, identifier = exposure.edge.partition(":")
    words = _EDGES.get(kind.rpartition("-")[0])
    return exposure.edge if words is None else f"{words} {identifier}"


def sources_text(exposure: Exposure) -> str:
    """At most three CIDRs; the whole internet is one."""
    if is_whole(exposure):
        return "::/0" if any(":" in source for source in exposure.sources) else "0.0.0.0/0"
    more = len(exposure.sources) - _SOURCES
    return ", ".join(exposure.sources[:_SOURCES]) + (f" and {more} more" if more > 0 else "")
