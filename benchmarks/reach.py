"""How fast the network is judged: synthetic estates of 10,000 to 1,000,000 interfaces, with Z3 beside it.

    python benchmarks/reach.py [10000 100000 1000000]

Prints one line for each size, in processor time: judging, judging again with what is remembered, exposed interfaces, the cost of an
exposure with its proof and with its closing changes (on a sample), judging again after one security group has changed, and peak memory. Estates are made in the normalised
model, column by column, as a snapshot would give them; the same seed makes the same estate. Beside it, on the smallest
size, Z3 answers one yes-or-no question ("is any TCP packet let in?") for each of some situations.
"""

import random
import resource
import sys
import time
from collections.abc import Sequence

import msgspec

from vedette.model.network import Transport
from vedette.network.addrset import Family, cidrs, parse_block
from vedette.network.cuts import Cutter
from vedette.network.judge import Judgement, Memo, judge_all
from vedette.network.normalise.edges import INTERNET
from vedette.network.normalise.gather import digest_of
from vedette.network.portset import ALL_PORTS
from vedette.network.reach import answers_of
from vedette.network.topology import (
    STATIC,
    AclEntry,
    Addresses,
    AttachmentState,
    EdgeKind,
    EdgePoint,
    GroupRule,
    GroupSet,
    InterfaceKind,
    Interfaces,
    NetworkAcl,
    Profile,
    Route,
    RouteTable,
    SecurityGroup,
    Subnet,
    Topology,
    Vpc,
)
from vedette.network.whatif.incremental import Regrouped, rejudge

_SOMETIMES = 0.3
_PUBLIC = 0.5
_PORTS = (22, 25, 53, 80, 443, 3306, 3389, 5432, 6379, 8080, 9200)
_SOURCES = ("0.0.0.0/0", "0.0.0.0/0", "10.0.0.0/8", "198.51.100.0/24", "203.0.113.7/32")


def _rule(rng: random.Random, group: str, number: int) -> GroupRule:
    low = rng.choice(_PORTS)
    source = rng.choice(_SOURCES)
    if rng.random() < _SOMETIMES:
        source = f"{rng.randrange(1, 224)}.{rng.randrange(256)}.{rng.randrange(256)}.0/24"
    family, span, _ = parse_block(source)
    return GroupRule(
        id=f"sgr-{group}-{number}",
        transport=rng.choice((Transport.TCP, Transport.TCP, Transport.UDP, None)),
        ports=(low, low + rng.choice((0, 0, 0, 10, 1000))),
        source=source,
        family=family,
        spans=(span,),
    )


def _group(rng: random.Random, number: int) -> SecurityGroup:
    name = f"sg-{number:08x}"
    rules = tuple(_rule(rng, name, index) for index in range(rng.randrange(1, 9)))
    return SecurityGroup(id=name, vpc=None, rules=rules, digest=digest_of(rules))


def _acl(number: int, rng: random.Random) -> NetworkAcl:
    def entry(index: int, text: str, ports: tuple[int, int], *, allow: bool) -> AclEntry:
        family, span, _ = parse_block(text)
        transport = None if ports == ALL_PORTS else Transport.TCP
        return AclEntry(
            number=index,
            allow=allow,
            transport=transport,
            ports=ports,
            span=span,
            family=family,
            text=text,
        )

    inbound = [entry(100, "0.0.0.0/0", ALL_PORTS, allow=True)]
    if rng.random() < _SOMETIMES:
        inbound.insert(0, entry(90, "198.51.100.0/25", (0, 1023), allow=False))
    outbound = (entry(100, "0.0.0.0/0", ALL_PORTS, allow=True),)
    return NetworkAcl(
        id=f"acl-{number}",
        inbound=tuple(inbound),
        outbound=outbound,
        digest=digest_of(inbound, outbound),
    )


def _table(number: int, gateway: str | None) -> RouteTable:
    def route(text: str, target: str) -> Route:
        family, span, length = parse_block(text)
        return Route(
            family=family,
            span=span,
            length=length,
            rank=STATIC,
            target=target,
            active=True,
            appliance=False,
            text=text,
        )

    routes = [route("10.0.0.0/16", "local")]
    if gateway is not None:
        routes.append(route("0.0.0.0/0", gateway))
    return RouteTable(id=f"rtb-{number}", routes=tuple(routes), digest=digest_of(routes))


def estate(count: int, groups: int, subnets: int, vpcs: int, seed: int = 7) -> Topology:
    """An estate of `count` interfaces, about half of them with a public address."""
    rng = random.Random(seed)  # noqa: S311 - reproducible, not secret
    pool = [_group(rng, number) for number in range(groups)]
    acls = [_acl(number, rng) for number in range(20)]
    points = [
        EdgePoint(
            name="internet-v4",
            kind=EdgeKind.INTERNET,
            family=Family.V4,
            vpc=f"vpc-{number}",
            gateway=f"igw-{number}",
            sources=INTERNET[Family.V4],
        )
        for number in range(vpcs)
    ]
    rows = []
    for number in range(subnets):
        vpc = number % vpcs
        rows.append(
            Subnet(
                id=f"subnet-{number}",
                vpc=f"vpc-{vpc}",
                account="123456789012",
                region="eu-west-1",
                acl=rng.choice(acls),
                table=_table(number, f"igw-{vpc}" if number % 2 else None),
                v4=cidrs("10.0.0.0/16"),
            )
        )
    sets: dict[tuple[int, ...], int] = {}
    profiles: dict[tuple[bool, int, int], int] = {}
    public, index = [], []
    for number in range(count):
        subnet = rng.randrange(subnets)
        # a subnet's interfaces come from a few launch templates, each with its groups
        template = subnet * 31 + rng.randrange(3)
        chosen = tuple(sorted({template % groups, template * 7919 % groups}))
        is_public = rng.random() < _PUBLIC
        group_set = sets.setdefault(chosen, len(sets))
        index.append(profiles.setdefault((is_public, subnet, group_set), len(profiles)))
        public.append(0x34000000 + number if is_public else -1)
    return Topology(
        vpcs=tuple(
            Vpc(id=f"vpc-{number}", account="123456789012", region="eu-west-1")
            for number in range(vpcs)
        ),
        subnets=tuple(rows),
        group_sets=tuple(
            GroupSet(
                ids=tuple(pool[one].id for one in chosen),
                groups=tuple(pool[one] for one in chosen),
                digest=digest_of([pool[one].digest for one in chosen]),
            )
            for chosen in sets
        ),
        profiles=tuple(
            Profile(
                kind=InterfaceKind.INSTANCE,
                attachment=AttachmentState.ATTACHED,
                state="running",
                family=Family.V4,
                public=is_public,
                deny_igw=False,
                subnet=subnet,
                groups=group_set,
            )
            for is_public, subnet, group_set in profiles
        ),
        interfaces=Interfaces(
            ids=tuple(f"eni-{number:017x}" for number in range(count)),
            instances=tuple(f"i-{number:017x}" for number in range(count)),
            accounts=("123456789012",) * count,
            regions=("eu-west-1",) * count,
        ),
        addresses=Addresses(
            interfaces=tuple(range(count)),
            private=tuple(0x0A000000 + number % 65536 for number in range(count)),
            public=tuple(public),
            lengths=(32,) * count,
            profiles=tuple(index),
        ),
        points=tuple(points),
    )


_SHAPES = {10_000: (1_000, 200, 10), 100_000: (1_000, 200, 10), 1_000_000: (20_000, 5_000, 300)}


def measure(count: int) -> None:
    """Judge one estate and print the figures."""
    groups, subnets, vpcs = _SHAPES.get(count, (1_000, 200, 10))
    topology = estate(count, groups, subnets, vpcs)
    memo = Memo()
    start = time.process_time()
    judgement = judge_all(topology, memo)
    exposed = sum(
        any(judged.outcome.least for judged in judgement.by_profile[profile])
        for profile in topology.addresses.profiles
    )
    judged = time.process_time() - start
    start = time.process_time()
    judge_all(topology, memo)
    again = time.process_time() - start
    narrowed = type(judgement)(
        topology=_with_addresses(topology, _first(topology.addresses, 2_000)),
        by_profile=judgement.by_profile,
    )
    start = time.process_time()
    answers = answers_of(narrowed)
    proof = (time.process_time() - start) / max(len(answers.exposures), 1)
    few = type(judgement)(
        topology=_with_addresses(topology, _first(topology.addresses, 200)),
        by_profile=judgement.by_profile,
    )
    start = time.process_time()
    closed = answers_of(few, Cutter(few, memo))
    cuts = (time.process_time() - start) / max(len(closed.exposures), 1)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    once, touched = _one_group_changed(judgement, memo)
    print(
        f"{count:>9,} interfaces  {len(topology.profiles):>7,} profiles  judged {judged:6.2f} s"
        f"  again {again:5.2f} s  exposed {exposed:>7,}  proof {proof * 1e6:5.0f} us"
        f"  with cuts {cuts * 1e3:5.2f} ms"
        f"  one group changed {once:5.3f} s ({touched} profiles)"
        f"  peak {memory:6.0f} MB"
    )


def _one_group_changed(judgement: Judgement, memo: Memo) -> tuple[float, int]:
    """Seconds to judge again after the widest-used group has lost a rule, and how many profiles that touches."""
    used: dict[str, int] = {}
    for profile in judgement.topology.profiles:
        for one in judgement.topology.group_sets[profile.groups].ids:
            used[one] = used.get(one, 0) + 1
    widest = max(sorted(used), key=used.__getitem__)
    group = next(
        group for one in judgement.topology.group_sets for group in one.groups if group.id == widest
    )
    fewer = group.rules[:-1]
    changed = msgspec.structs.replace(group, rules=fewer, digest=digest_of("fewer", fewer))
    start = time.process_time()
    again = rejudge(judgement, Regrouped(inbound={widest: changed}, outbound={}), memo)
    return time.process_time() - start, len(again.touched) if again else -1


def _first(addresses: Addresses, count: int) -> Addresses:
    return Addresses(
        interfaces=addresses.interfaces[:count],
        private=addresses.private[:count],
        public=addresses.public[:count],
        lengths=addresses.lengths[:count],
        profiles=addresses.profiles[:count],
    )


def z3_beside(count: int, questions: int = 40) -> None:
    """One satisfiability question for each of some public situations of the same estate."""
    try:
        import z3  # noqa: PLC0415 - only this comparison needs it
    except ImportError:
        print("z3-solver is not installed: no comparison")
        return
    groups, subnets, vpcs = _SHAPES[count]
    topology = estate(count, groups, subnets, vpcs)
    source, port = z3.BitVec("source", 32), z3.BitVec("port", 16)

    def inside(variable: object, span: tuple[int, int]) -> object:
        return z3.And(z3.UGE(variable, span[0]), z3.ULE(variable, span[1]))

    def listed(entries: Sequence[AclEntry]) -> object:
        out = z3.BoolVal(val=False)
        for entry in reversed(entries):
            matches = z3.And(inside(source, entry.span), inside(port, entry.ports))
            out = z3.If(matches, z3.BoolVal(val=entry.allow), out)
        return out

    start = time.process_time()
    public = [one for one in topology.profiles if one.public][:questions]
    for profile in public:
        subnet = topology.subnets[profile.subnet]
        gateway = f"igw-{(subnet.vpc or '').removeprefix('vpc-')}"
        rules = [
            rule for group in topology.group_sets[profile.groups].groups for rule in group.rules
        ]
        solver = z3.Solver()
        solver.add(z3.Or([inside(source, span) for span in INTERNET[Family.V4]]))
        solver.add(listed(subnet.acl.inbound))
        solver.add(z3.BoolVal(val=any(route.target == gateway for route in subnet.table.routes)))
        solver.add(
            z3.Or(
                [
                    z3.And(inside(source, rule.spans[0]), inside(port, rule.ports))
                    for rule in rules
                    if rule.transport in {None, Transport.TCP}
                ]
            )
        )
        solver.check()
    each = (time.process_time() - start) / len(public)
    print(f"          Z3: {each * 1e3:.1f} ms for one yes-or-no question, without ports or sources")


def _with_addresses(topology: Topology, addresses: Addresses) -> Topology:
    fields = {name: getattr(topology, name) for name in topology.__struct_fields__}
    return Topology(**{**fields, "addresses": addresses})


def main(arguments: Sequence[str]) -> None:
    """Run the sizes that are named, all by default."""
    for count in [int(one) for one in arguments if one.isdigit()] or sorted(_SHAPES):
        measure(count)
        if count == min(_SHAPES):
            z3_beside(count)


if __name__ == "__main__":
    main(sys.argv[1:])
