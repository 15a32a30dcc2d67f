"""From judgements to answers: what is exposed with its proof, what is not and why, what is not known.

`judge_all` has decided; here each address gets its answers, and each exposure a witness packet that is walked by
`trace`. A walk that contradicts the judgement becomes an `unknown` with `INTERNAL_DISAGREEMENT`, never an exposure
without proof and never silence.
"""

from collections.abc import Iterator

import msgspec

from vedette.model.network import (
    Exposure,
    NotReachable,
    PortRange,
    Transport,
    UnknownReach,
    Witness,
)
from vedette.network.addrset import (
    AddrSet,
    Family,
    address_text,
    intersect,
    subtract,
    to_cidrs,
)
from vedette.network.api_answers import judge_apis
from vedette.network.codes import Code
from vedette.network.components._base import ICMP_ANSWERS, Region, Role, transports
from vedette.network.cuts import Cutter, Exposed
from vedette.network.forwarding import Forwarder
from vedette.network.functions import judge_functions
from vedette.network.judge import Judged, Judgement, Memo, Outcome, judge_all
from vedette.network.names import inspector_path
from vedette.network.onward import Closer, gathered, onward_answers
from vedette.network.onward_cuts import OnwardCutter
from vedette.network.packets import Packet, Trace
from vedette.network.portset import Cell, Cells, answered, sources_at
from vedette.network.topology import CLOSABLE, EdgeKind, EdgePoint, InterfaceKind, Topology
from vedette.network.trace import trace
from vedette.network.witness import client_port, usual_source


class Reach(msgspec.Struct, frozen=True, kw_only=True):
    """Every answer, each list in order; `assumptions` are sentences about what was taken for granted."""

    exposures: tuple[Exposure, ...]
    not_reachable: tuple[NotReachable, ...]
    unknown: tuple[UnknownReach, ...]
    assumptions: tuple[str, ...] = ()


Answer = Exposure | NotReachable | UnknownReach


def reach(topology: Topology, memo: Memo | None = None, *, cuts: bool = True) -> Reach:
    """Judge the whole network and prove what is exposed; with `cuts`, say what would close each exposure."""
    memo = memo or Memo()
    judgement = judge_all(topology, memo)
    return answers_of(judgement, Cutter(judgement, memo) if cuts else None)


def answers_of(judgement: Judgement, cutter: Cutter | None = None) -> Reach:
    """The answers of a judgement that has been made."""
    exposures: list[Exposure] = []
    not_reachable: list[NotReachable] = []
    unknown = [
        UnknownReach(
            edge=gap.edge,
            resource=gap.resource,
            code=gap.code,
            component=gap.component,
            reason=gap.reason,
        )
        for gap in judgement.topology.gaps
    ]
    # first, so that the cutter knows what else goes with a load balancer
    behind = tuple(_behind_balancers(judgement, cutter))
    teller = _Teller(judgement, cutter)
    for answer in (
        *teller.answers(),
        *behind,
        *judge_functions(judgement.topology.function_urls),
        *judge_apis(judgement.topology.apis),
    ):
        if isinstance(answer, Exposure):
            exposures.append(answer)
        elif isinstance(answer, NotReachable):
            not_reachable.append(answer)
        else:
            unknown.append(answer)
    return Reach(
        exposures=tuple(sorted(exposures, key=exposure_order)),
        not_reachable=tuple(sorted(not_reachable, key=_order)),
        unknown=tuple(sorted(unknown, key=_order)),
        assumptions=judgement.topology.assumptions,
    )


def _behind_balancers(judgement: Judgement, cutter: Cutter | None) -> Iterator[Answer]:
    topology = judgement.topology
    if topology.balancers:
        forwarder = Forwarder(judgement)
        onwards = tuple(gathered(forwarder.ways()).values())
        closer = Closer()
        if cutter is not None:
            closer = onward_cutter = OnwardCutter(cutter, onwards)
            cutter.also = onward_cutter.through
        yield from onward_answers(topology, forwarder, onwards, closer)


def exposure_order(one: Exposure) -> tuple[object, ...]:
    """The order of exposures: edge, interface, address, protocol, ports."""
    return (
        one.edge,
        one.resource,
        one.interface or "",
        one.address or "",
        one.transport,
        one.ports.begin,
        one.through or "",
        one.witness.destination_port if one.witness else 0,
    )


def _order(one: NotReachable | UnknownReach) -> tuple[str, ...]:
    parts = (one.edge, one.resource, one.interface or "", one.address or "", one.code)
    return (*parts, one.component, one.reason)


class _Subject(msgspec.Struct, frozen=True, kw_only=True):
    """What every answer says first."""

    edge: str
    resource: str
    interface: str
    address: str


class _Teller:
    """Tells each address its answers; texts of equal source sets are made once."""

    def __init__(self, judgement: Judgement, cutter: Cutter | None) -> None:
        self._judgement = judgement
        self._cutter = cutter
        self._topology = judgement.topology
        self._texts: dict[tuple[AddrSet, Family], tuple[str, ...]] = {}

    def answers(self) -> Iterator[Answer]:
        addresses = self._topology.addresses
        for index, profile in enumerate(addresses.profiles):
            for judged in self._judgement.by_profile[profile]:
                yield from self._answers(index, judged)

    def _answers(self, index: int, judged: Judged) -> Iterator[Answer]:
        outcome = judged.outcome
        if outcome.shut is not None:
            shut = outcome.shut
            about = self._about(index, judged)
            yield NotReachable(
                edge=about.edge,
                resource=about.resource,
                interface=about.interface,
                address=about.address,
                code=shut.code,
                component=shut.component or self._component(index, judged, shut.role),
                reason=shut.reason,
            )
        else:
            for transport in transports(judged.point.family):
                for cell in outcome.least.of(transport):
                    yield self._exposure(index, judged, transport, cell)
        yield from self._unknown(index, judged)

    def _unknown(self, index: int, judged: Judged) -> Iterator[UnknownReach]:
        outcome = judged.outcome
        open_region = outcome.most.minus(outcome.least)
        if open_region:
            first = outcome.doubts[0]
            reasons = "; ".join(doubt.reason for doubt in outcome.doubts)
            yield _unknown(
                self._about(index, judged),
                first.code,
                first.component or self._component(index, judged, first.role),
                f"{reasons} (possibly {_ports_text(open_region, judged.point.family)})",
            )
        for protocol in self._other_protocols(index, outcome):
            yield _unknown(
                self._about(index, judged),
                Code.PROTOCOL_NOT_JUDGED,
                self._component(index, judged, Role.GROUPS),
                f"a security group rule names IP protocol {protocol}, which is not judged",
            )

    def _other_protocols(self, index: int, outcome: Outcome) -> list[str]:
        """Protocols that groups let in beyond those that are judged, where packets arrive at all."""
        beyond = {Role.NETWORK_ACL, Role.GROUPS, Role.ROUTE_TABLE}
        if outcome.shut is not None and outcome.shut.role not in beyond:
            return []
        profile = self._topology.profiles[self._topology.addresses.profiles[index]]
        if profile.kind is InterfaceKind.LOAD_BALANCER:
            return []  # it takes what its listeners take
        groups = self._topology.group_sets[profile.groups].groups
        return sorted({one for group in groups for one in group.other_protocols})

    def _about(self, index: int, judged: Judged) -> _Subject:
        topology, interfaces = self._topology, self._topology.interfaces
        number = topology.addresses.interfaces[index]
        return _Subject(
            edge=judged.point.name,
            resource=interfaces.instances[number] or interfaces.ids[number],
            interface=interfaces.ids[number],
            address=self._address(index, judged),
        )

    def _address(self, index: int, judged: Judged) -> str:
        addresses = self._topology.addresses
        family = judged.point.family
        to_internet = judged.point.kind is EdgeKind.INTERNET
        public = addresses.public[index]
        value = public if to_internet and public >= 0 else addresses.private[index]
        length = addresses.lengths[index]
        text = address_text(value, family)
        return text if length == _bits(family) else f"{text}/{length}"

    def _component(self, index: int, judged: Judged, role: Role) -> str:
        """The id of the component that a role has on this path."""
        topology, point = self._topology, judged.point
        number = topology.addresses.interfaces[index]
        profile = topology.profiles[topology.addresses.profiles[index]]
        subnet = topology.subnets[profile.subnet]
        interface = topology.interfaces.ids[number]
        ids = {
            Role.GATEWAY: point.gateway or point.vpc,
            Role.VPC: point.vpc,
            Role.SUBNET: subnet.id,
            Role.INTERFACE: interface,
            Role.INSTANCE: topology.interfaces.instances[number] or interface,
            Role.NETWORK_ACL: subnet.acl.id,
            Role.ROUTE_TABLE: subnet.table.id,
            Role.GATEWAY_TABLE: point.table.id if point.table else point.vpc,
            Role.GROUPS: ",".join(topology.group_sets[profile.groups].ids) or interface,
        }
        if role is Role.BALANCER and profile.balancer >= 0:
            return topology.balancers[profile.balancer].id
        return ids.get(role, interface)

    def _exposure(
        self, index: int, judged: Judged, transport: Transport, cell: Cell
    ) -> Exposure | UnknownReach:
        point, outcome = judged.point, judged.outcome
        first, last, sources = cell
        answers = outcome.answers.of(transport)
        returns = _returns(cell, answers, transport, point.family)
        packet = self._packet(index, judged, transport, cell)
        walk = trace(self._topology, index, point, packet)
        about = self._about(index, judged)
        if _disagrees(walk, transport, returns=returns):
            return _disagreement(about, walk, packet, point.family)
        number = self._topology.addresses.interfaces[index]
        interfaces = self._topology.interfaces
        return Exposure(
            edge=about.edge,
            resource=about.resource,
            interface=about.interface,
            address=about.address,
            transport=transport,
            ports=PortRange(begin=first, end=last),
            sources=self._text(sources, point.family),
            return_path=returns,
            path=walk.path,
            back=walk.back if walk.answered else (),
            witness=Witness(
                protocol=transport,
                source=address_text(packet.source, point.family),
                source_port=packet.source_port,
                destination=about.address.split("/")[0],
                destination_port=packet.port,
            ),
            inspector_path=inspector_path(walk.path),
            whole=sources in outcome.whole and not (point.front and point.front.partial),
            account=interfaces.accounts[number],
            region=interfaces.regions[number],
            owner=interfaces.owners.get(number),
            labels=self._labels(point, sources),
            closing_changes=self._cutter.closing_changes(
                Exposed(address=index, judged=judged, transport=transport, cell=cell)
            )
            if self._cutter and point.kind in CLOSABLE
            else (),
        )

    def _labels(self, point: EdgePoint, sources: AddrSet) -> tuple[str, ...]:
        """`fronted`: only CloudFront can come in, though by anybody's distribution (CloudFront guide, "Restrict access")."""
        clouds = self._topology.clouds
        is_direct = point.kind is EdgeKind.INTERNET and point.family is Family.V4
        return ("fronted",) if clouds and is_direct and not subtract(sources, clouds) else ()

    def _packet(self, index: int, judged: Judged, transport: Transport, cell: Cell) -> Packet:
        point, answers = judged.point, judged.outcome.answers.of(transport)
        topology = self._topology
        profile = topology.profiles[topology.addresses.profiles[index]]
        subnet = topology.subnets[profile.subnet]
        port = _usual_port(cell, transport, profile.family)
        answerable = intersect(cell[2], sources_at(answers, port))
        source = usual_source(answerable or cell[2], profile.family)
        ends = source, topology.addresses.private[index]
        by_port = transport in {Transport.TCP, Transport.UDP}
        return Packet(
            transport=transport,
            source=source,
            source_port=client_port(point, subnet, transport, ends) if by_port else 0,
            port=port,
        )

    def _text(self, sources: AddrSet, family: Family) -> tuple[str, ...]:
        key = (sources, family)
        if key not in self._texts:
            self._texts[key] = to_cidrs(sources, family)
        return self._texts[key]


def _unknown(about: _Subject, code: Code, component: str, reason: str) -> UnknownReach:
    return UnknownReach(
        edge=about.edge,
        resource=about.resource,
        interface=about.interface,
        address=about.address,
        code=code,
        component=component,
        reason=reason,
    )


def _bits(family: Family) -> int:
    return 32 if family is Family.V4 else 128


def _returns(cell: Cell, answers: Cells, transport: Transport, family: Family) -> bool:
    """Whether every source can be answered; of ICMP, on every message that has an answer."""
    if transport in {Transport.TCP, Transport.UDP}:
        return answered(cell, answers)
    first, last, sources = cell
    asked = [message for message in ICMP_ANSWERS[family] if first <= message <= last]
    return bool(asked) and all(answered((one, one, sources), answers) for one in asked)


def _usual_port(cell: Cell, transport: Transport, family: Family) -> int:
    """The lowest port; of ICMP, an echo request where it is let in."""
    if transport in {Transport.TCP, Transport.UDP}:
        return cell[0]
    asked = [message for message in ICMP_ANSWERS[family] if cell[0] <= message <= cell[1]]
    return asked[0] if asked else cell[0]


def _disagrees(walk: Trace, transport: Transport, *, returns: bool) -> bool:
    if not walk.delivered:
        return True
    must_return = transport is Transport.TCP or returns
    return must_return and not walk.answered


def _disagreement(about: _Subject, walk: Trace, packet: Packet, family: Family) -> UnknownReach:
    stop = walk.stop or walk.stop_back
    source = address_text(packet.source, family)
    where = f"{stop.component}: {stop.code}: {stop.reason}" if stop else "nowhere"
    reason = (
        f"a {packet.transport} packet from {source} to port {packet.port} was judged to pass,"
        f" but its walk stops at {where}; please report this"
    )
    return _unknown(
        about,
        Code.INTERNAL_DISAGREEMENT,
        stop.component if stop else about.interface,
        reason,
    )


def _ports_text(region: Region, family: Family) -> str:
    parts = [
        f"{transport} {first}-{last}"
        for transport in transports(family)
        for first, last in _joined(region.of(transport))
    ]
    shown = parts[:20]
    return ", ".join(shown) + (f" and {len(parts) - 20} more" if len(parts) > len(shown) else "")


def _joined(cells: Cells) -> Iterator[tuple[int, int]]:
    """Port ranges without regard to sources."""
    ranges: list[tuple[int, int]] = []
    for first, last, _ in cells:
        if ranges and ranges[-1][1] == first - 1:
            ranges[-1] = (ranges[-1][0], last)
        else:
            ranges.append((first, last))
    yield from ranges
