"""Recorded answers with load balancers: builders for one by hand, and random ones directed at their rules' borders."""

from __future__ import annotations

import random
from typing import Any

from tests.network.estates import (
    ACCOUNT,
    OPEN_ENTRIES,
    REGION,
    Estate,
    entry,
    permission,
    route,
    tcp,
)

WORLD = ("0.0.0.0/0",)
ANYWHERE = permission("-1", v4=WORLD, v6=("::/0",))
ZONES = ("euw1-az1", "euw1-az2", "euw1-az3")
_ARN = f"arn:aws:elasticloadbalancing:{REGION}:{ACCOUNT}"


def balancer_arn(name: str, kind: str = "application") -> str:
    """The ARN of a load balancer."""
    return f"{_ARN}:loadbalancer/{ {'application': 'app', 'network': 'net'}[kind] }/{name}/0a"


def group_arn(name: str) -> str:
    return f"{_ARN}:targetgroup/{name}/0b"


def forward(*groups: str, weights: tuple[int, ...] = ()) -> dict[str, Any]:
    """An action."""
    if len(groups) == 1 and not weights:
        return {"Type": "forward", "TargetGroupArn": group_arn(groups[0])}
    pairs = zip(groups, weights or (1,) * len(groups), strict=True)
    listed = [{"TargetGroupArn": group_arn(one), "Weight": weight} for one, weight in pairs]
    return {"Type": "forward", "ForwardConfig": {"TargetGroups": listed}}


FIXED: dict[str, Any] = {"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "403"}}
REDIRECT: dict[str, Any] = {"Type": "redirect", "RedirectConfig": {"StatusCode": "HTTP_301"}}


def condition(field: str, *values: str) -> dict[str, Any]:
    """A condition."""
    name = {
        "source-ip": "SourceIpConfig",
        "host-header": "HostHeaderConfig",
        "path-pattern": "PathPatternConfig",
        "http-request-method": "HttpRequestMethodConfig",
    }[field]
    return {"Field": field, name: {"Values": list(values)}}


class Balanced(Estate):
    """An estate with load balancers; subnets are in zones."""

    def zone(self, subnet: str, zone: str) -> None:
        place = next(one for one in self.subnets if one["SubnetId"] == subnet)
        place["AvailabilityZoneId"] = zone

    def egress(self, group: str, *permissions: Any) -> None:
        """The outbound rules of a security group."""
        one = next(item for item in self.groups if item["GroupId"] == group)
        one["IpPermissionsEgress"] = list(permissions)

    def node(  # noqa: PLR0913 - what tells interfaces apart
        self,
        number: int,
        name: str,
        subnet: str,
        groups: tuple[str, ...],
        *,
        kind: str = "application",
        public: str | None = None,
        v6: tuple[str, ...] = (),
        **more: Any,
    ) -> None:
        """An interface that Elastic Load Balancing made."""
        short = {"application": "app/", "network": "net/", "classic": ""}[kind]
        end = "" if kind == "classic" else "/0a"
        self.interface(
            number,
            subnet,
            groups,
            public=public,
            v6=v6,
            state=None,
            Description=f"ELB {short}{name}{end}",
            RequesterId="amazon-elb",
            InterfaceType="network_load_balancer" if kind == "network" else "interface",
            **more,
        )

    def balancer(
        self,
        name: str,
        subnets: tuple[str, ...],
        *,
        kind: str = "application",
        scheme: str = "internet-facing",
        attributes: dict[str, str] | None = None,
        **more: Any,
    ) -> str:
        arn = balancer_arn(name, kind)
        self.listed("elbv2.describe-load-balancers", "LoadBalancers").append(
            {
                "LoadBalancerArn": arn,
                "LoadBalancerName": name,
                "Scheme": scheme,
                "Type": kind,
                "VpcId": self.subnets[0]["VpcId"],
                "State": {"Code": "active"},
                "AvailabilityZones": [{"SubnetId": one} for one in subnets],
            }
            | more
        )
        self.extra.setdefault(f"elbv2.describe-listeners/{name}", {"Listeners": []})
        self.attributes("load-balancer", name, attributes or {})
        self.listed("elbv2.describe-target-groups", "TargetGroups")
        return arn

    def attributes(self, what: str, name: str, values: dict[str, str]) -> None:
        self.extra[f"elbv2.describe-{what}-attributes/{name}"] = {
            "Attributes": [{"Key": key, "Value": value} for key, value in values.items()]
        }

    def listed(self, call: str, member: str) -> list[Any]:
        out: list[Any] = self.extra.setdefault(call, {member: []})[member]
        return out

    def listener(
        self, name: str, port: int, action: Any, *rules: Any, protocol: str = "HTTP", **more: Any
    ) -> str:
        """A listener; rules are (conditions, actions) in order of priority."""
        listed = self.extra[f"elbv2.describe-listeners/{name}"]["Listeners"]
        kind = "network" if protocol not in {"HTTP", "HTTPS"} else "application"
        identity = f"{name}{port}{protocol.lower().replace('_', '')}"
        arn = f"{balancer_arn(name, kind).replace(':loadbalancer/', ':listener/')}/{identity}"
        actions = action if isinstance(action, list) else [action]
        listed.append(
            {
                "ListenerArn": arn,
                "LoadBalancerArn": balancer_arn(name, kind),
                "Port": port,
                "Protocol": protocol,
                "DefaultActions": actions,
            }
            | more
        )
        if kind == "application":
            made = [
                {
                    "RuleArn": f"{arn}/r{index}",
                    "Priority": str(index),
                    "Conditions": conditions,
                    "Actions": done if isinstance(done, list) else [done],
                }
                for index, (conditions, done) in enumerate(rules, 1)
            ]
            default = {
                "RuleArn": f"{arn}/default",
                "Priority": "default",
                "IsDefault": True,
                "Actions": actions,
            }
            self.extra[f"elbv2.describe-rules/{identity}"] = {"Rules": [*made, default]}
        return arn

    def group_of_targets(
        self,
        name: str,
        *targets: str | tuple[str, int],
        kind: str = "instance",
        protocol: str | None = "HTTP",
        port: int | None = 80,
        attributes: dict[str, str] | None = None,
        balancers: tuple[str, ...] = (),
        **more: Any,
    ) -> None:
        self.listed("elbv2.describe-target-groups", "TargetGroups").append(
            {
                "TargetGroupArn": group_arn(name),
                "TargetGroupName": name,
                "TargetType": kind,
                "VpcId": self.subnets[0]["VpcId"],
                "LoadBalancerArns": list(balancers),
            }
            | ({"Protocol": protocol} if protocol else {})
            | ({"Port": port} if port else {})
            | more
        )
        described = []
        for one in targets:
            identity, own = one if isinstance(one, tuple) else (one, None)
            described.append(
                {
                    "Target": {"Id": identity} | ({"Port": own} if own else {}),
                    "TargetHealth": {"State": "unhealthy"},
                }
            )
        self.extra[f"elbv2.describe-target-health/{name}"] = {"TargetHealthDescriptions": described}
        self.attributes("target-group", name, attributes or {})

    def classic(
        self,
        name: str,
        subnets: tuple[str, ...],
        instances: tuple[str, ...],
        *listeners: tuple[int, int],
        crosses: bool = True,
    ) -> None:
        self.listed("elb.describe-load-balancers", "LoadBalancerDescriptions").append(
            {
                "LoadBalancerName": name,
                "Scheme": "internet-facing",
                "VPCId": self.subnets[0]["VpcId"],
                "Subnets": list(subnets),
                "Instances": [{"InstanceId": one} for one in instances],
                "ListenerDescriptions": [
                    {
                        "Listener": {
                            "Protocol": "TCP",
                            "LoadBalancerPort": outer,
                            "InstanceProtocol": "TCP",
                            "InstancePort": inner,
                        }
                    }
                    for outer, inner in listeners
                ],
            }
        )
        self.extra[f"elb.describe-load-balancer-attributes/{name}"] = {
            "LoadBalancerAttributes": {"CrossZoneLoadBalancing": {"Enabled": crosses}}
        }


def web(*, kind: str = "application", **balancer: Any) -> Balanced:
    """A load balancer in a public subnet of one zone, an instance in a private one of another; nothing listens."""
    estate = Balanced()
    estate.vpc("vpc-1", "10.1.0.0/16", "2001:db8::/56")
    for index, (subnet, block, six) in enumerate(
        (
            ("subnet-lb", "10.1.0.0/24", "2001:db8:0:1::/64"),
            ("subnet-app", "10.1.1.0/24", "2001:db8:0:2::/64"),
        )
    ):
        estate.subnet(subnet, "vpc-1", block, six)
        estate.zone(subnet, ZONES[index])
        estate.acl(f"acl-{subnet}", "vpc-1", (subnet,))
    local = [route("10.1.0.0/16", "local"), route("2001:db8::/56", "local")]
    estate.table(
        "rtb-lb",
        "vpc-1",
        [*local, route("0.0.0.0/0", "igw-1"), route("::/0", "igw-1")],
        ("subnet-lb",),
    )
    estate.table("rtb-app", "vpc-1", local, ("subnet-app",))
    estate.group("sg-lb", tcp(80, v4=WORLD, v6=("::/0",)))
    estate.egress("sg-lb", ANYWHERE)
    estate.group("sg-app", tcp(8080, groups=("sg-lb",)))
    estate.interface(1, "subnet-app", ("sg-app",), Attachment={})
    estate.interfaces[0]["Attachment"] = {
        "InstanceId": "i-1",
        "Status": "attached",
        "DeviceIndex": 0,
    }
    groups = () if kind == "network" else ("sg-lb",)
    estate.node(2, "web", "subnet-lb", groups, kind=kind, public="54.1.1.1")
    if kind != "classic":
        estate.balancer("web", ("subnet-lb", "subnet-app"), kind=kind, **balancer)
    return estate


# -- random estates ---------------------------------------------------------------------------------------------------

_SOURCES = ("0.0.0.0/0", "198.51.100.0/24", "198.51.100.7/32", "0.0.0.0/1")
_INNER = ("10.1.0.0/16", "10.1.0.0/24", "10.1.1.0/24", "10.1.0.14/32", "0.0.0.0/0")
_PORTS = ((0, 65535), (80, 80), (8080, 8080), (1024, 65535), (0, 1023), (443, 8080), (32768, 65535))
_SIX = ("::/0", "2001:db8:0:1::/64", "2600::/12", "2001:db8:0:2::5/128")


def _rules(rng: random.Random, sources: tuple[str, ...]) -> list[Any]:
    out = []
    for _ in range(rng.randrange(1, 4)):
        protocol = rng.choice(("tcp", "tcp", "tcp", "udp", "-1"))
        chosen: dict[str, Any] = {"v4": (rng.choice(sources),)}
        if rng.random() < 0.4:
            chosen["v6"] = (rng.choice(_SIX),)
        if rng.random() < 0.4:
            chosen["groups"] = (rng.choice(("sg-lb", "sg-nlb", "sg-app")),)
        if rng.random() < 0.15:
            out.append(ANYWHERE)
        elif protocol == "-1":
            out.append(permission("-1", **chosen))
        else:
            out.append(permission(protocol, *rng.choice(_PORTS), **chosen))
    return out


def _entries(rng: random.Random) -> list[Any]:
    if rng.random() < 0.55:
        return OPEN_ENTRIES
    out = []
    for egress in (False, True):
        for number in rng.sample(range(1, 100), rng.randrange(1, 4)):
            block = rng.choice((*_SOURCES, *_INNER, *_SIX))
            action = rng.choice(("allow", "allow", "deny"))
            protocol = rng.choice(("-1", "6", "17"))
            out.append(entry(number, action, block, protocol, rng.choice(_PORTS), egress=egress))
        if rng.random() < 0.8:
            out.append(entry(200, "allow", "0.0.0.0/0", egress=egress))
            out.append(entry(201, "allow", "::/0", egress=egress))
    return out


def _table(rng: random.Random, *, public: bool) -> list[Any]:
    out = [route("10.1.0.0/16", "local"), route("2001:db8::/56", "local")]
    if public:
        out += [route("0.0.0.0/0", "igw-1"), route("::/0", "igw-1")]
    if rng.random() < 0.15:
        out.append(
            route(rng.choice(_INNER[1:4]), "nat-1", state=rng.choice(("active", "blackhole")))
        )
    return out


def _conditions(rng: random.Random) -> list[Any]:
    out = []
    if rng.random() < 0.7:
        out.append(condition("source-ip", rng.choice(_SOURCES), rng.choice(_SIX)))
    if rng.random() < 0.5:
        out.append(condition("path-pattern", rng.choice(("/a", "/b", "*"))))
    if rng.random() < 0.3:
        out.append(condition("host-header", rng.choice(("x.example", "y.example"))))
    return out


def _action(rng: random.Random) -> Any:
    chance = rng.random()
    if chance < 0.2:
        return rng.choice((FIXED, REDIRECT))
    if chance < 0.4:
        return forward("web", "more", weights=(rng.randrange(2), rng.randrange(2)))
    return forward(rng.choice(("web", "web", "more")))


def random_balanced(seed: int) -> Balanced:
    """One or two load balancers in front of up to three instances, in three subnets."""
    rng = random.Random(seed)
    estate = Balanced()
    estate.vpc("vpc-1", "10.1.0.0/16", "2001:db8::/56", gateway=rng.random() < 0.95)
    for index, (subnet, block, six) in enumerate(
        (
            ("subnet-lb", "10.1.0.0/24", "2001:db8:0:1::/64"),
            ("subnet-two", "10.1.2.0/24", "2001:db8:0:3::/64"),
            ("subnet-app", "10.1.1.0/24", "2001:db8:0:2::/64"),
        )
    ):
        estate.subnet(subnet, "vpc-1", block, six)
        estate.zone(subnet, rng.choice(ZONES[: index + 1]))
        estate.acl(f"acl-{subnet}", "vpc-1", (subnet,), _entries(rng))
        public = index < 2 or rng.random() < 0.3
        estate.table(f"rtb-{subnet}", "vpc-1", _table(rng, public=public), (subnet,))
    estate.group("sg-lb", *_rules(rng, _SOURCES))
    estate.egress("sg-lb", *(_rules(rng, _INNER) if rng.random() < 0.5 else [ANYWHERE]))
    estate.group("sg-nlb", *_rules(rng, _SOURCES))
    estate.egress("sg-nlb", *(_rules(rng, _INNER) if rng.random() < 0.5 else [ANYWHERE]))
    estate.group("sg-app", *_rules(rng, _INNER), *_rules(rng, _SOURCES))
    _random_balancer(rng, estate, _random_targets(rng, estate))
    return estate


def _random_targets(rng: random.Random, estate: Balanced) -> list[str | tuple[str, int]]:
    targets: list[str | tuple[str, int]] = []
    for number in range(1, rng.randrange(2, 4)):
        subnet = rng.choice(("subnet-app", "subnet-lb", "subnet-app"))
        made = estate.interface(
            number,
            subnet,
            ("sg-app",),
            v6=("2001:db8:0:2::5",) if rng.random() < 0.5 else (),
            state=rng.choice(("running", "running", "running", "stopped")),
        )
        made["Attachment"]["DeviceIndex"] = 0
        own = rng.choice((None, 8080, 80))
        targets.append((f"i-{number}", own) if own else f"i-{number}")
    return targets


def _random_balancer(
    rng: random.Random, estate: Balanced, targets: list[str | tuple[str, int]]
) -> None:
    by_address = rng.random() < 0.4
    if by_address:
        texts = [one["PrivateIpAddress"] for one in estate.interfaces]
        targets = [texts[0], *((one, 8080) for one in texts[1:])]
    kind = rng.choice(("application", "network", "network", "classic"))
    if kind == "classic":
        _random_classic(rng, estate)
        return
    groups = ("sg-lb",) if kind == "application" or rng.random() < 0.6 else ()
    _random_nodes(rng, estate, "web", kind, groups)
    protocol = "HTTP" if kind == "application" else rng.choice(("TCP", "TCP_UDP", "UDP", "TLS"))
    estate.group_of_targets(
        "web",
        *targets,
        kind="ip" if by_address else "instance",
        protocol="TCP" if protocol == "TLS" else protocol,
        port=rng.choice((80, 8080)),
        attributes=_group_attributes(rng),
    )
    estate.group_of_targets(
        "more", *targets[:1], kind="ip" if by_address else "instance", protocol=protocol, port=443
    )
    if kind == "network":
        estate.listener("web", rng.choice((80, 443)), forward("web"), protocol=protocol)
        if rng.random() < 0.35:
            _random_inner(rng, estate)
        return
    rules = [(_conditions(rng), _action(rng)) for _ in range(rng.randrange(3))]
    estate.listener("web", 80, _action(rng), *rules)
    if rng.random() < 0.4:
        estate.listener("web", 443, _action(rng), protocol="HTTPS")


def _group_attributes(rng: random.Random) -> dict[str, str]:
    out = {}
    if rng.random() < 0.4:
        out["preserve_client_ip.enabled"] = rng.choice(("true", "false"))
    if rng.random() < 0.4:
        out["load_balancing.cross_zone.enabled"] = rng.choice(("true", "false"))
    return out


def _random_nodes(
    rng: random.Random, estate: Balanced, name: str, kind: str, groups: tuple[str, ...]
) -> None:
    subnets = ("subnet-lb",) if rng.random() < 0.4 else ("subnet-lb", "subnet-two")
    for index, subnet in enumerate(subnets):
        six = (f"2001:db8:0:{1 + 2 * index}::9",) if rng.random() < 0.5 else ()
        estate.node(
            4 + index,
            name,
            subnet,
            groups,
            kind=kind,
            public=f"54.0.0.{index + 1}" if rng.random() < 0.85 else None,
            v6=six,
        )
    if rng.random() < 0.7:
        subnets = (*subnets, "subnet-app")  # enabled, and without a node just now
    attributes = {"load_balancing.cross_zone.enabled": rng.choice(("true", "true", "false"))}
    if rng.random() < 0.3:
        attributes["ipv6.deny_all_igw_traffic"] = rng.choice(("true", "false"))
    estate.balancer(name, subnets, kind=kind, attributes=attributes)


def _random_classic(rng: random.Random, estate: Balanced) -> None:
    subnets = ("subnet-lb",) if rng.random() < 0.5 else ("subnet-lb", "subnet-two")
    for index, subnet in enumerate(subnets):
        estate.node(4 + index, "old", subnet, ("sg-lb",), kind="classic", public=f"54.0.0.{index}")
    instances = tuple(one["InstanceId"] for one in estate.instances)
    if rng.random() < 0.7:
        subnets = (*subnets, "subnet-app")
    estate.classic("old", subnets, instances, (80, 8080), (443, 80), crosses=rng.random() < 0.5)


def _random_inner(rng: random.Random, estate: Balanced) -> None:
    """An Application Load Balancer behind the network one."""
    estate.node(7, "inner", "subnet-app", ("sg-app",))
    estate.balancer("inner", ("subnet-app", "subnet-lb"), scheme="internal")
    arn = balancer_arn("inner")
    estate.group_of_targets("alb", arn, kind="alb", protocol="TCP", port=8080)
    last = estate.interfaces[0]["PrivateIpAddress"]
    estate.group_of_targets("last", last, kind="ip", port=80)
    estate.listener("web", 8443, forward("alb"), protocol="TCP")
    rules = [(_conditions(rng), FIXED)] if rng.random() < 0.5 else []
    estate.listener("inner", 8080, forward("last"), *rules)
