"""Edges in words, and which of them the internet is behind. Names of edges are `KIND-FAMILY:ID` or `KIND`."""

from collections.abc import Iterator

from vedette.model.network import Exposure

FUNCTION_URL = "lambda-url"
API = "api-gateway"
CLOUDFRONT = "cloudfront"
PRIVATELINK = "privatelink"
LAYER7 = frozenset({FUNCTION_URL, API})
"""Edges of functions that Inspector does not have: what is reached is the function, not a port."""

_INTERNET = {
    "internet": "",
    FUNCTION_URL: "",
    API: "the API",
    CLOUDFRONT: "the CloudFront distribution",
    "api-gateway-link": "the API",
    "global-accelerator": "the accelerator",
}
"""What the internet comes through; clients of all others are somewhere else ("open path" in Inspector's words)."""

_ELSEWHERE = {
    "vpc-peering": "the peering connection",
    "vpn-gateway": "the VPN gateway",
    "transit-gateway": "other VPCs over the transit gateway",
    "transit-gateway-sites": "the sites behind the transit gateway",
    PRIVATELINK: "the clients of the endpoint service",
}
_BALANCER = ":loadbalancer/"


def kind_of(edge: str) -> str:
    """`transit-gateway` of `transit-gateway-v4:tgw-…`."""
    return edge.partition(":")[0].removesuffix("-v4").removesuffix("-v6")


def is_internet(edge: str) -> bool:
    """Whether anybody on the internet is behind the edge, directly or through a service."""
    return kind_of(edge) in _INTERNET


def edge_text(exposure: Exposure) -> str:
    """The edge, and what its traffic comes through: `the internet through the load balancer web`."""
    kind = kind_of(exposure.edge)
    _, _, identifier = exposure.edge.partition(":")
    between = [_balancer(exposure.through)] if exposure.through and kind != API else []
    if kind in _INTERNET:
        return _through("the internet", [*_service(exposure, kind, identifier), *between])
    words = _ELSEWHERE.get(kind)
    return _through(exposure.edge if words is None else f"{words} {identifier}", between)


def _service(exposure: Exposure, kind: str, identifier: str) -> Iterator[str]:
    name = exposure.through if kind == API else identifier
    if _INTERNET[kind] and name:
        yield f"{_INTERNET[kind]} {name}"


def _through(who: str, between: list[str]) -> str:
    return f"{who} through {' and '.join(between)}" if between else who


def _balancer(through: str) -> str:
    """By its name: `app/NAME/ID` or `NAME` in an ARN, else the name itself."""
    _, found, path = through.partition(_BALANCER)
    parts = path.split("/")
    name = parts[min(1, len(parts) - 1)] if found else through
    return f"the load balancer {name}"
