"""What APIs reach through VPC links: load balancers, and what Cloud Map has registered.

Sources: API Gateway developer guide, "Set up REST API private integrations" (a link of the first version leads to one
Network Load Balancer by PrivateLink, at the port of the integration's URI) and "Work with VPC links for HTTP APIs" (a
link of the second version has interfaces in its subnets, with its security groups, and an integration names a
listener or a service of Cloud Map). That the groups of a link let it send is taken for granted.
"""

from collections.abc import Iterable, Iterator
from urllib.parse import urlsplit

import msgspec

from vedette.network import described as aws
from vedette.network.addrset import AddrSet, split_families
from vedette.network.apis import Api, Door
from vedette.network.calls import CLOUD_MAP, LISTENERS
from vedette.network.components import APIS
from vedette.network.components._base import Doubt, Reached
from vedette.network.normalise.gather import Gathered
from vedette.network.normalise.members import INTERFACES
from vedette.network.policy import EVERYBODY, NOBODY, Sources
from vedette.network.snapshot import Place

_HTTPS, _HTTP = 443, 80
_MOST_NAMED = 3
_LIVE = "AVAILABLE"


class Linked(msgspec.Struct, frozen=True, kw_only=True):
    """What an API sends to one load balancer (ARN), instance or interface (id); `sources` None: it comes by PrivateLink.

    `members` are the addresses of the link by its security groups. `screened`: it crosses the target's subnet's border.
    """

    api: str
    target: str
    words: str
    ports: tuple[int, ...]
    sources: AddrSet | None = None
    members: tuple[tuple[str, AddrSet], ...] = ()
    screened: bool = False
    partial: bool = False
    doubt: str | None = None


class _End(msgspec.Struct, frozen=True, kw_only=True):
    """Where one door of an API leads to."""

    target: str
    port: int


def known_links(gathered: Gathered, apis: Iterable[Api]) -> tuple[Api, ...]:
    """The APIs, with the doors whose VPC links lead to something that is described."""
    return tuple(_known(gathered, one) if one.linked else one for one in apis)


def _known(gathered: Gathered, api: Api) -> Api:
    doors = tuple(
        msgspec.structs.replace(door, onward=bool(_ends(gathered, api, door))) for door in api.doors
    )
    return msgspec.structs.replace(api, doors=doors)


def linked_doors(gathered: Gathered, apis: Iterable[Api]) -> Iterator[Linked]:
    """One for each API and target behind its doors that somebody can open, or may."""
    for api in apis:
        ends: dict[str, list[tuple[Door, int]]] = {}
        for door in api.doors if api.linked else ():
            for end in _ends(gathered, api, door):
                ends.setdefault(end.target, []).append((door, end.port))
        for target, doors in sorted(ends.items()):
            yield from _linked(gathered, api, target, doors)


def _linked(
    gathered: Gathered, api: Api, target: str, doors: list[tuple[Door, int]]
) -> Iterator[Linked]:
    opened: list[tuple[Door, int]] = []
    doubts: list[str] = []
    callers: Sources = NOBODY
    for door, port in doors:
        for component in APIS:
            passage = component.judge(api, door)
            if isinstance(passage, Reached):
                opened.append((door, port))
                callers = callers.union(passage.sources)
            elif isinstance(passage, Doubt):
                doubts.append(passage.reason)
    if not opened and not doubts:
        return
    used = opened or doors
    names = list(dict.fromkeys(door.name for door, _ in used))
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    sent = _Sent(gathered, api)
    yield Linked(
        api=api.id,
        target=target,
        words=f"{api.host} passes on {', '.join(names[:_MOST_NAMED])}{more}",
        ports=tuple(sorted({port for _, port in used})),
        sources=sent.sources,
        members=sent.members,
        screened=sent.screened(target),
        partial=callers != EVERYBODY,
        doubt=sent.doubt if opened else doubts[0],
    )


class _Sent:
    """Where the second version's links send from."""

    def __init__(self, gathered: Gathered, api: Api) -> None:
        self._gathered = gathered
        self.link = _http_link(gathered, api)
        self.sources: AddrSet | None = None
        self.members: tuple[tuple[str, AddrSet], ...] = ()
        self.doubt: str | None = None
        if self.link is not None:
            is_complete = gathered.complete(INTERFACES, api.account, api.region)
            own = _own_addresses(gathered, self.link) if is_complete else []
            sources = split_families(own or _subnets(gathered, self.link))[0]
            self.sources = sources
            if not is_complete:
                # one that is missing may be what a rule lets in
                self.doubt = gathered.reason(INTERFACES, api.account, api.region)
            self.members = tuple((one, sources) for one in self.link.security_group_ids)

    def screened(self, target: str) -> bool:
        """Whether what it sends surely crosses a border: not where an interface of it may be in the same subnet."""
        if self.link is None:
            return False
        shared = {
            zone.subnet_id
            for place in self._gathered.places
            for one in place.load_balancers
            if one.load_balancer_arn == target
            for zone in one.availability_zones
        } | {
            one.subnet_id
            for place in self._gathered.places
            for one in place.interfaces
            if target in {one.network_interface_id, _instance(one)}
        }
        return shared.isdisjoint(self.link.subnet_ids)


def _own_addresses(gathered: Gathered, link: aws.HttpVpcLink) -> list[str]:
    """The addresses of the link's own interfaces; none where they are not told apart."""
    groups = set(link.security_group_ids)
    return [
        f"{one.private_ip_address}/32"
        for place in gathered.places
        for one in place.interfaces
        if one.interface_type == "api_gateway_managed"
        and one.subnet_id in link.subnet_ids
        and groups == {group.group_id for group in one.groups}
        and one.private_ip_address
    ]


def _subnets(gathered: Gathered, link: aws.HttpVpcLink) -> list[str]:
    """The blocks that the link's interfaces are in."""
    return [
        one.cidr_block
        for place in gathered.places
        for one in place.subnets
        if one.subnet_id in link.subnet_ids and one.cidr_block
    ]


def _place(gathered: Gathered, api: Api) -> Place | None:
    return gathered.place(api.account, api.region)


def _http_link(gathered: Gathered, api: Api) -> aws.HttpVpcLink | None:
    place = _place(gathered, api)
    links = place.http_links if place is not None else ()
    return next((one for one in links if one.vpc_link_id == api.target), None)


def _ends(gathered: Gathered, api: Api, door: Door) -> tuple[_End, ...]:
    """Where a door leads; nothing where that is not known."""
    place = _place(gathered, api)
    if place is None or door.beyond is None:
        return ()
    for link in place.rest_links:
        if link.id == api.target and link.status == _LIVE:
            port = _port_of(door.beyond)
            return tuple(_End(target=one, port=port) for one in link.target_arns if port)
    http = _http_link(gathered, api)
    if http is None or http.vpc_link_status != _LIVE:
        return ()
    if ":listener/" in door.beyond:
        return tuple(_listener(gathered, place, door.beyond))
    return tuple(_registered(gathered, place, door.beyond))


def _port_of(uri: str) -> int:
    """The port of a URI; 0 of what is none, or has variables of a stage in it."""
    try:
        found = urlsplit(uri)
        port = found.port
    except ValueError:
        return 0
    return port or {"https": _HTTPS, "http": _HTTP}.get(found.scheme, 0)


def _listener(gathered: Gathered, place: Place, arn: str) -> Iterator[_End]:
    balancer = arn.replace(":listener/", ":loadbalancer/").rpartition("/")[0]
    for one in place.load_balancers:
        if one.load_balancer_arn == balancer:
            listed = gathered.items(LISTENERS, aws.Listener, place, one.load_balancer_name)
            for listener in listed or ():
                if listener.listener_arn == arn and listener.port is not None:
                    yield _End(target=balancer, port=listener.port)


def _registered(gathered: Gathered, place: Place, arn: str) -> Iterator[_End]:
    """What a service of Cloud Map has: by instance, or by the primary address of an interface."""
    found = gathered.items(CLOUD_MAP, aws.CloudMapInstance, place, arn.rpartition("/")[2])
    addresses = {
        one.private_ip_address: _instance(one) or one.network_interface_id
        for one in place.interfaces
    }
    for one in found or ():
        address = one.attributes.get("AWS_INSTANCE_IPV4")
        target = one.attributes.get("AWS_EC2_INSTANCE_ID") or addresses.get(address)
        port = one.attributes.get("AWS_INSTANCE_PORT", str(_HTTP))
        if target is not None and port.isascii() and port.isdecimal():
            yield _End(target=target, port=int(port[:6]))


def _instance(one: aws.NetworkInterface) -> str | None:
    return one.attachment.instance_id if one.attachment is not None else None
