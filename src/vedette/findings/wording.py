"""Titles and descriptions of findings."""

from collections.abc import Sequence

from vedette.findings.edges import API, CLOUDFRONT, FUNCTION_URL, edge_text, is_internet, kind_of
from vedette.findings.exposure import is_whole
from vedette.findings.listening import Listening
from vedette.model.finding import VulnerablePackage
from vedette.model.network import Exposure, PortRange, Transport
from vedette.model.resource import LambdaFunction, Resource, ResourceType

MAX_TEXT = 1024
"""The longest title or description that Inspector and ASFF take, in characters."""

_NAMED = 2
_NAMED_LISTENERS = 3
_SOURCES = 3
_LAST_PORT = 65535
_ASKED = {
    "api-key": "An API key is asked of clients.",
    "authenticated": "Clients have to sign in first.",
    "client-certificate": "A certificate is asked of clients.",
    "fronted": "Only CloudFront can come in, through anybody's distribution.",
}


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
    name, edge = resource_name(resource), edge_text(exposure)
    who = "" if is_whole(exposure) else f" ({sources_text(exposure)})"
    match kind_of(exposure.edge):
        case kind if kind == FUNCTION_URL:
            told = f"{name} answers unauthenticated requests from {edge} at its function URL{who}"
        case kind if kind == API:
            asked = "with an API key" if exposure.labels else "unauthenticated"
            told = f"{name} answers requests, {asked}, from {edge}{who}"
        case _:
            told = f"{name} exposes {ports_text(exposure)} to {edge} ({sources_text(exposure)})"
    return clip(told)


def exposure_description(
    resource: Resource, exposure: Exposure, answering: Listening | None = None
) -> str:
    """Who can reach what, who answers there, along which components, and by which rules."""
    way = " -> ".join(hop.component_id for hop in exposure.path)
    rules = ", ".join(
        f"{hop.rule} of {hop.component_id}" for hop in exposure.path if hop.rule is not None
    )
    sentences = [
        f"{_clients(exposure)} can reach {ports_text(exposure)} of {resource_name(resource)}{_place(exposure)}.",
        listening_text(answering) if answering is not None else "",
        f"Path: {way}." if way else "",
        f"Let through by {rules}." if rules else "",
        *(_ASKED.get(label, f"Asked of clients: {label}.") for label in exposure.labels),
        "" if exposure.return_path else "Not every source can be answered.",
    ]
    return clip(" ".join(filter(None, sentences)))


def listening_text(answering: Listening) -> str:
    """Who listens, as a sentence; empty where nothing is known of it."""
    if not answering.listeners:
        return "Nothing listens there." if answering.known else ""
    told = list(dict.fromkeys(one.because for one in answering.listeners))
    more = len(told) - _NAMED_LISTENERS
    listed = "; ".join(told[:_NAMED_LISTENERS]) + (f"; and {more} more" if more > 0 else "")
    return f"{listed[:1].upper()}{listed[1:]}."


def _clients(exposure: Exposure) -> str:
    """The sources, and over which edge where it is not the internet itself."""
    edge = edge_text(exposure)
    who = sources_text(exposure)
    return who if edge == "the internet" else f"{who} from {edge}"


def _place(exposure: Exposure) -> str:
    owner = f" of {exposure.owner}" if exposure.owner else ""
    at = f" at {exposure.interface}{owner}" if exposure.interface else ""
    return f"{at} ({exposure.address})" if exposure.address else at


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


def sources_text(exposure: Exposure) -> str:
    """At most three CIDRs; the whole internet is one of each family that it has."""
    if is_whole(exposure) and _is_everybody(exposure):
        families = {"::/0" if ":" in source else "0.0.0.0/0" for source in exposure.sources}
        return " and ".join(sorted(families))
    more = len(exposure.sources) - _SOURCES
    return ", ".join(exposure.sources[:_SOURCES]) + (f" and {more} more" if more > 0 else "")


def _is_everybody(exposure: Exposure) -> bool:
    """Whether all that the edge can send is the internet; CloudFront sends from its own blocks, a peer from its VPC's."""
    return is_internet(exposure.edge) and kind_of(exposure.edge) != CLOUDFRONT
