"""Internet-facing load balancers: what is behind one may be reached through it, which is not judged, and so is said.

Target health is never asked: a group whose targets are all unhealthy sends to all of them (elbv2 guide, "Target group
health").
"""

from collections.abc import Iterable, Iterator

from vedette.errors import ParseError
from vedette.network import described as aws
from vedette.network.addrset import parse_address
from vedette.network.calls import TARGET_HEALTH
from vedette.network.codes import Code
from vedette.network.normalise.gather import Gathered
from vedette.network.normalise.interfaces import Columns
from vedette.network.snapshot import Place
from vedette.network.topology import Gap, Subnet

_GROUPS = "elbv2.describe-target-groups"


def balancer_gaps(gathered: Gathered, columns: Columns, subnets: list[Subnet]) -> Iterator[Gap]:
    """One for each internet-facing load balancer, and one for each target of it."""
    any_balancer = any(place.load_balancers for place in gathered.places)
    resources = _by_address(columns, subnets) if any_balancer else {}
    for place in gathered.places:
        for balancer in place.load_balancers:
            if balancer.scheme != "internal":
                yield from _gaps(gathered, place, balancer, resources)
        for classic in place.classic_load_balancers:
            if classic.scheme != "internal":
                name = classic.load_balancer_name
                targets = [one.instance_id for one in classic.instances]
                yield from (_gap(one, name, "") for one in (name, *targets))


def _gaps(
    gathered: Gathered,
    place: Place,
    balancer: aws.LoadBalancer,
    resources: dict[tuple[str, int], str],
) -> Iterator[Gap]:
    name = balancer.load_balancer_arn
    missing = []
    if not gathered.complete(_GROUPS, place.account, place.region):
        missing.append(gathered.reason(_GROUPS, place.account, place.region))
    for group in place.target_groups:
        if name not in group.load_balancer_arns:
            continue
        item = group.target_group_name
        found = gathered.items(TARGET_HEALTH, aws.TargetHealth, place, item)
        if found is None:
            missing.append(gathered.reason(TARGET_HEALTH.name, place.account, place.region, item))
        for target in _resources([one.target.id for one in found or ()], group, resources):
            yield _gap(target, name, "")
    yield _gap(name, name, f"; not all of its targets are known: {missing[0]}" if missing else "")


def _gap(resource: str, balancer: str, more: str) -> Gap:
    return Gap(
        edge="internet-v4",
        resource=resource,
        code=Code.UNSUPPORTED_COMPONENT,
        component=balancer,
        reason=f"what is reachable through this load balancer is not judged{more}",
    )


def _resources(
    ids: Iterable[str], group: aws.TargetGroup, resources: dict[tuple[str, int], str]
) -> Iterator[str]:
    """Targets as the resources they are: an address as what has it, if that is in the group's VPC."""
    for target in ids:
        try:
            _, address = parse_address(target)
        except ParseError:
            yield target  # an instance, a function, another load balancer
        else:
            yield resources.get((group.vpc_id or "", address), target)


def _by_address(columns: Columns, subnets: list[Subnet]) -> dict[tuple[str, int], str]:
    addresses, interfaces, profiles = columns.addresses, columns.interfaces, columns.profiles
    out: dict[tuple[str, int], str] = {}
    for number, private, profile in zip(
        addresses.interfaces, addresses.private, addresses.profiles, strict=True
    ):
        vpc = subnets[profiles[profile].subnet].vpc or ""
        out[vpc, private] = interfaces.instances[number] or interfaces.ids[number]
    return out
