"""Services that reach one target each: endpoint services (PrivateLink), CloudFront's VPC origins, Global Accelerator.

Sources: AWS PrivateLink guide, "Share your services" (who may connect, and whether connections are accepted one by
one) and Network Load Balancer guide, "Security groups" (the load balancer's groups meet it unless that is off);
CloudFront developer guide, "Restrict access with VPC origins" (from CloudFront's prefix list, or by its own security
group; an internet gateway is attached); Global Accelerator developer guide, "Client IP address preservation".
"""

from collections.abc import Iterable, Iterator, Mapping

import msgspec

from vedette.model.network import Transport
from vedette.network import described as aws
from vedette.network.addrset import AddrSet, Family, everything, split_families
from vedette.network.apis import Api
from vedette.network.calls import (
    ENDPOINT_GROUPS,
    SERVICE_PERMISSIONS,
    SPEED_LISTENERS,
    VPC_ORIGIN,
    ItemCall,
)
from vedette.network.codes import Code
from vedette.network.fronts import Front
from vedette.network.normalise.edges import INTERNET
from vedette.network.normalise.front_rows import (
    Ports,
    Row,
    accelerator,
    distribution,
    is_preserved,
    last,
    sent,
)
from vedette.network.normalise.gather import Gathered
from vedette.network.normalise.links import Linked, linked_doors
from vedette.network.normalise.members import Members
from vedette.network.portset import LAST_PORT
from vedette.network.snapshot import Place
from vedette.network.topology import EdgeKind, EdgePoint, Gap, Vpc

SERVICES = "ec2.describe-vpc-endpoint-service-configurations"
CONNECTIONS = "ec2.describe-vpc-endpoint-connections"
DISTRIBUTIONS = "cloudfront.list-distributions"
ACCELERATORS = "globalaccelerator.list-accelerators"
_LISTINGS = {
    SERVICES: EdgeKind.PRIVATELINK,
    CONNECTIONS: EdgeKind.PRIVATELINK,
    DISTRIBUTIONS: EdgeKind.CLOUDFRONT,
    ACCELERATORS: EdgeKind.ACCELERATOR,
}
_CLOUDFRONT_LIST = "com.amazonaws.global.cloudfront.origin-facing"
_CLOUDFRONT_GROUP = "CloudFront-VPCOrigins-Service-SG"
_ALL_PORTS = ((Transport.TCP, (0, LAST_PORT)), (Transport.UDP, (0, LAST_PORT)))
_ANYBODY = "*"
_MOST_NAMED = 3


class Fronts:
    """Every front, and which load balancers and instances it is before."""

    def __init__(self, gathered: Gathered, apis: Iterable[Api] = ()) -> None:
        self._gathered = gathered
        self._gaps: list[Gap] = list(_refused(gathered))
        self._rows = (
            *self._services(),
            *self._distributions(),
            *self._accelerators(),
            *map(self._link, linked_doors(gathered, apis)),
        )
        self._before: dict[str, tuple[str, ...]] = {}
        for row in self._rows:
            known = self._before.get(row.front.target, ())
            self._before[row.front.target] = (*known, row.front.id)

    def __bool__(self) -> bool:
        """Whether there is any."""
        return bool(self._rows)

    def before(self, target: str) -> tuple[str, ...]:
        """The fronts before a load balancer (ARN) or an instance (id)."""
        return self._before.get(target, ())

    def clouds(self) -> AddrSet:
        """The addresses that CloudFront asks origins from; none where they were not recorded."""
        return self._cloudfront()[0]

    def points(
        self, points: Iterable[EdgePoint], networks: Mapping[str, Vpc], members: Members
    ) -> Iterator[EdgePoint]:
        """The edge of each front; `points` are the other edges, which know the VPCs' internet gateways."""
        gateways = {point.vpc: point for point in points if point.kind is EdgeKind.INTERNET}
        vpcs = self._vpcs()
        clouds = self._cloudfront()
        for row in self._rows:
            vpc = vpcs.get(row.front.target)
            if vpc is None:
                self._gap(row.kind, row.identity, row.front.target, "its target was not described")
                continue
            gateway = gateways.get(vpc)
            own = row.kind is EdgeKind.CLOUDFRONT and vpc in networks and vpc not in clouds[1]
            perhaps = members.nameless(networks[vpc]) if own else ()
            for family in row.families:
                point = self._point(row, (vpc, family), gateway, clouds)
                yield msgspec.structs.replace(point, perhaps=perhaps) if perhaps else point

    def gaps(self) -> list[Gap]:
        """What was not recorded; complete when all points were made."""
        return self._gaps

    def _point(
        self,
        row: Row,
        where: tuple[str, Family],
        internet: EdgePoint | None,
        clouds: tuple[AddrSet, Mapping[str, str], str | None],
    ) -> EdgePoint:
        vpc, family = where
        blocks, groups, missing = clouds
        gateway: str | None = row.gateway
        doubt = row.doubt
        sources = everything(family) if row.sources is None else row.sources
        members = row.members
        if row.kind in {EdgeKind.CLOUDFRONT, EdgeKind.ACCELERATOR}:
            # both need a VPC that is attached to the internet, though not a route to it
            gateway = row.gateway if internet is None or internet.gateway else None
            doubt = doubt or (internet.doubt if internet is not None else None)
            sources = INTERNET[family]
        if row.kind is EdgeKind.CLOUDFRONT:
            doubt, sources = doubt or missing, blocks if missing is None else sources
            members = ((groups[vpc], sources),) if vpc in groups else ()
        return EdgePoint(
            name=f"{row.kind}-{family}:{row.identity}",
            kind=row.kind,
            family=family,
            vpc=vpc,
            gateway=gateway,
            sources=sources,
            state="available" if row.closed is None else row.closed,
            members=members,
            doubt=doubt,
            routed=False,
            front=row.front,
        )

    def _vpcs(self) -> dict[str, str]:
        """The VPC of every target that is described."""
        out = {
            balancer.load_balancer_arn: balancer.vpc_id
            for place in self._gathered.places
            for balancer in place.load_balancers
            if balancer.vpc_id and balancer.load_balancer_arn in self._before
        }
        if any(target.startswith(("i-", "eni-")) for target in self._before):
            for place in self._gathered.places:
                for one in place.interfaces:
                    instance = one.attachment.instance_id if one.attachment else None
                    for name in {one.network_interface_id, instance} & self._before.keys():
                        out[str(name)] = one.vpc_id or ""
        return out

    def _link(self, one: Linked) -> Row:
        """A link of the first version comes as PrivateLink does."""
        return Row(
            kind=EdgeKind.API_LINK,
            identity=one.api,
            gateway=one.api,
            front=Front(
                id=f"{one.api}/{one.target}",
                target=one.target,
                words=one.words,
                ports=tuple((Transport.TCP, (port, port)) for port in one.ports),
                filtered=one.sources is not None or self._filters(one.target),
                screened=one.screened,
                blocked=False,
                preserves=False,
                partial=one.partial,
            ),
            families=(Family.V4,),
            doubt=one.doubt,
            sources=one.sources,
            members=one.members,
        )

    def _gap(self, kind: EdgeKind, identity: str, component: str, reason: str) -> None:
        self._gaps.append(
            Gap(
                edge=f"{kind}:{identity}",
                resource=identity,
                code=Code.UNKNOWN_RESOURCE,
                component=component,
                reason=reason,
            )
        )

    def _missing(self, kind: EdgeKind, identity: str, place: Place, call: ItemCall) -> str:
        return f"{kind} {identity}: " + self._gathered.reason(
            call.name, place.account, place.region, identity
        )

    def _services(self) -> Iterator[Row]:
        for place in self._gathered.places:
            for service in place.endpoint_services:
                for arn in service.network_load_balancer_arns:
                    yield self._service(place, service, arn)

    def _service(self, place: Place, service: aws.EndpointService, arn: str) -> Row:
        identity = service.service_id
        found = self._gathered.items(SERVICE_PERMISSIONS, aws.AllowedPrincipal, place, identity)
        connected = [
            f"{one.vpc_endpoint_id} of {one.vpc_endpoint_owner}"
            for one in place.endpoint_connections
            if one.service_id == identity and (one.vpc_endpoint_state or "").lower() == "available"
        ]
        listed = self._gathered.complete(CONNECTIONS, place.account, place.region)
        allowed = sorted({one.principal for one in found or () if one.principal})
        closed = doubt = None
        unasked = bool(allowed) and not service.acceptance_required
        if not (connected or unasked) and (found is None or not listed):
            call = SERVICE_PERMISSIONS.name if found is None else CONNECTIONS
            item = identity if found is None else None
            doubt = self._gathered.reason(call, place.account, place.region, item)
        elif not (connected or unasked):
            closed = "without connections, and nobody may make one that is not accepted first"
        if (service.service_state or "Available") != "Available":
            closed = f"in state {service.service_state}"
        filtered = self._filters(arn)
        families = [Family.V4] if "ipv4" in service.supported_ip_address_types else []
        families += [Family.V6] if "ipv6" in service.supported_ip_address_types else []
        return Row(
            kind=EdgeKind.PRIVATELINK,
            identity=identity,
            gateway=identity,
            front=Front(
                id=f"{identity}/{arn}",
                target=arn,
                words=_clients(connected, allowed, accepted=service.acceptance_required),
                ports=_ALL_PORTS,
                filtered=filtered,
                screened=False,
                blocked=False,
                preserves=False,
            ),
            families=tuple(families) or (Family.V4,),
            closed=closed,
            doubt=doubt,
        )

    def _filters(self, arn: str) -> bool:
        """Whether the load balancer's security groups meet what comes by PrivateLink."""
        settings = {
            balancer.enforce_security_group_inbound_rules_on_private_link_traffic
            for place in self._gathered.places
            for balancer in place.load_balancers
            if balancer.load_balancer_arn == arn
        }
        return settings != {"off"}

    def _distributions(self) -> Iterator[Row]:
        for place in self._gathered.places:
            for one in place.distributions:
                used = {
                    origin.vpc_origin_config.vpc_origin_id
                    for origin in (one.origins.items if one.origins else ())
                    if origin.vpc_origin_config is not None
                }
                for identity in sorted(used):
                    found = self._gathered.items(VPC_ORIGIN, aws.VpcOrigin, place, identity)
                    if not found:
                        reason = self._missing(EdgeKind.CLOUDFRONT, identity, place, VPC_ORIGIN)
                        self._gap(EdgeKind.CLOUDFRONT, one.id, VPC_ORIGIN.name, reason)
                        continue
                    yield distribution(one, found[0].vpc_origin_endpoint_config)

    def _cloudfront(self) -> tuple[AddrSet, dict[str, str], str | None]:
        """CloudFront's blocks, its security group in each VPC, and why the blocks are not known."""
        groups = {
            group.vpc_id or "": group.group_id
            for place in self._gathered.places
            for group in place.security_groups
            if group.group_name == _CLOUDFRONT_GROUP
        }
        lists = {
            one.prefix_list_id
            for place in self._gathered.places
            for one in place.managed_prefix_lists
            if one.prefix_list_name == _CLOUDFRONT_LIST
        }
        reason = f"the prefix list {_CLOUDFRONT_LIST} was not recorded"
        for identity in sorted(lists):
            blocks = self._gathered.prefix_list(identity)
            if not isinstance(blocks, str):
                return split_families(blocks)[0], groups, None
            reason = blocks
        return (), groups, reason

    def _accelerators(self) -> Iterator[Row]:
        for place in self._gathered.places:
            for one in place.accelerators:
                if one.enabled:
                    ports: dict[str, Ports] = {}
                    self._speeds(place, one, ports)
                    yield from (accelerator(one, target, sent) for target, sent in ports.items())

    def _speeds(self, place: Place, one: aws.Accelerator, ports: dict[str, Ports]) -> None:
        """The ports that an accelerator sends to, by target."""
        identity = last(one.accelerator_arn)
        listeners = self._gathered.items(SPEED_LISTENERS, aws.AcceleratorListener, place, identity)
        if listeners is None:
            reason = self._missing(EdgeKind.ACCELERATOR, identity, place, SPEED_LISTENERS)
            self._gap(EdgeKind.ACCELERATOR, identity, SPEED_LISTENERS.name, reason)
        for listener in listeners or ():
            name = last(listener.listener_arn)
            groups = self._gathered.items(ENDPOINT_GROUPS, aws.EndpointGroup, place, name)
            if groups is None:
                reason = self._missing(EdgeKind.ACCELERATOR, name, place, ENDPOINT_GROUPS)
                self._gap(EdgeKind.ACCELERATOR, identity, ENDPOINT_GROUPS.name, reason)
            for group in groups or ():
                for endpoint in group.endpoint_descriptions:
                    if is_preserved(endpoint):
                        ports.setdefault(endpoint.endpoint_id, []).extend(sent(listener, group))


def _refused(gathered: Gathered) -> Iterator[Gap]:
    """Listings that were asked for and refused, cut or malformed."""
    for place in gathered.places:
        where = f"{place.account}/{place.region}"
        for gap in place.missing:
            if gap.call in _LISTINGS:
                yield Gap(
                    edge=_LISTINGS[gap.call],
                    resource=gap.about,
                    code=Code.UNKNOWN_RESOURCE,
                    component=gap.call,
                    reason=f"{gap.call} of {where}: {gap.reason}",
                )


def _clients(connected: list[str], allowed: list[str], *, accepted: bool) -> str:
    parts = []
    if connected:
        more = len(connected) - _MOST_NAMED
        named = ", ".join(sorted(connected)[:_MOST_NAMED])
        parts.append(f"connected: {named}{f' and {more} more' if more > 0 else ''}")
    if allowed and not accepted:
        who = "anybody" if _ANYBODY in allowed else ", ".join(allowed[:_MOST_NAMED])
        parts.append(f"may connect unasked: {who}")
    return "; ".join(parts)
