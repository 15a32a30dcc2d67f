"""AWS's rules as bit-vector formulas over one packet, read from the raw answers: true for exactly what passes."""

from typing import Any

import z3

from tests.network.oracle import PRIVATE, WANTED, Oracle, bounds, network

PORT = z3.BitVec("port", 16)


def source_of(version: int) -> Any:
    return z3.BitVec("source", 32 if version == 4 else 128)


def inside(variable: Any, low: int, high: int) -> Any:
    return z3.And(z3.UGE(variable, low), z3.ULE(variable, high))


def in_blocks(source: Any, version: int, blocks: list[str]) -> Any:
    spans = [bounds(block)[1:] for block in blocks if bounds(block)[0] == version]
    return z3.Or([inside(source, *span) for span in spans])


def acl_formula(entries: list[Any], version: int, protocol: str, source: Any, port: Any) -> Any:
    """First match decides: nested from the last entry to the first."""
    out: Any = z3.BoolVal(val=False)
    for entry in sorted(entries, key=lambda one: -one["RuleNumber"]):
        block = entry.get("CidrBlock") or entry["Ipv6CidrBlock"]
        if bounds(block)[0] != version or entry["Protocol"] not in {"-1", WANTED[protocol]}:
            continue
        matches = inside(source, *bounds(block)[1:])
        if entry["Protocol"] != "-1":
            span = entry["PortRange"]
            matches = z3.And(matches, inside(port, span["From"], span["To"]))
        out = z3.If(matches, z3.BoolVal(entry["RuleAction"] == "allow"), out)
    return out


def group_formula(oracle: Oracle, eni: Any, version: int, protocol: str, source: Any) -> Any:
    names = {"TCP": "tcp", "UDP": "udp"}
    out = []
    for group in eni["Groups"]:
        for permission in oracle.groups[group["GroupId"]]["IpPermissions"]:
            if permission["IpProtocol"] not in {"-1", names[protocol]}:
                continue
            blocks = [one["CidrIp"] for one in permission["IpRanges"]]
            blocks += [one["CidrIpv6"] for one in permission["Ipv6Ranges"]]
            for one in permission["PrefixListIds"]:
                blocks += oracle.prefix_lists[one["PrefixListId"]]
            matches = in_blocks(source, version, blocks)
            if permission["IpProtocol"] != "-1":
                matches = z3.And(
                    matches, inside(PORT, permission["FromPort"], permission["ToPort"])
                )
            out.append(matches)
    return z3.Or(out)


def route_formula(oracle: Oracle, eni: Any, version: int, source: Any) -> Any:
    """Best route last, so that it stands outermost."""
    gateway = oracle.gateway(eni["VpcId"])
    routes = [
        (-network(block).prefixlen, rank, block, route)
        for route in oracle.table(eni["SubnetId"])["Routes"]
        for block, rank in oracle.destinations(route)
        if bounds(block)[0] == version
    ]
    out: Any = z3.BoolVal(val=False)
    for _, _, block, route in sorted(routes, key=lambda one: one[:2], reverse=True):
        leads = route["State"] == "active" and route.get("GatewayId") == gateway
        out = z3.If(inside(source, *bounds(block)[1:]), z3.BoolVal(leads), out)
    return out


def source_formula(oracle: Oracle, eni: Any, version: int, source: Any) -> Any:
    own = in_blocks(source, version, oracle.blocks(eni["VpcId"]))
    if version == 6:
        return z3.And(in_blocks(source, 6, ["2000::/3"]), z3.Not(own))
    return z3.Not(z3.Or(own, in_blocks(source, 4, [str(one) for one in PRIVATE])))


def passes(oracle: Oracle, eni: Any, version: int, protocol: str) -> Any:
    """The formula of a packet from the internet to an address that is alive and public."""
    source = source_of(version)
    entries = oracle.acl(eni["SubnetId"])["Entries"]
    inbound = [one for one in entries if not one["Egress"]]
    outbound = [one for one in entries if one["Egress"]]
    parts = [
        source_formula(oracle, eni, version, source),
        acl_formula(inbound, version, protocol, source, PORT),
        group_formula(oracle, eni, version, protocol, source),
    ]
    if protocol == "TCP":
        # a client may use any port; these are one of every range that an entry tells apart
        answers = [
            acl_formula(outbound, version, protocol, source, z3.BitVecVal(port, 16))
            for port in oracle.client_ports
        ]
        parts += [route_formula(oracle, eni, version, source), z3.Or(answers)]
    return z3.And(parts)


def region(exposures: list[Any], version: int) -> Any:
    """The exposures as a formula."""
    source = source_of(version)
    return z3.Or(
        [
            z3.And(
                inside(PORT, one.ports.begin, one.ports.end),
                in_blocks(source, version, list(one.sources)),
            )
            for one in exposures
        ]
    )


def differs(left: Any, right: Any) -> bool:
    """Whether some packet is in one and not in the other."""
    solver = z3.Solver()
    solver.add(left != right)
    return bool(solver.check() != z3.unsat)
