"""Which changes close an exposure, and what else they would close.

Candidates come from the path alone; each is tried on an overlay of the situation and judged again. Of security group
rules the set is unique: every rule that covers a part of the exposure must go, or its group. Routes and mixtures are
tried up to `_LARGEST` changes together. The sets are minimal: no part of one closes the exposure.
"""

from collections.abc import Callable, Iterable, Iterator
from itertools import combinations, product

import msgspec

from vedette.model.network import ClosingChange, Transport
from vedette.network.addrset import AddrSet, Family, Span, address_text, intersect
from vedette.network.balancer_changes import AnyChange, DeleteListener, MakeInternal
from vedette.network.changes import (
    BlockPublicAccess,
    DenyInAcl,
    DetachGateway,
    DetachGroup,
    ReleaseAddress,
    RemoveRoute,
    RevokeRule,
    apply_all,
    destination_of,
)
from vedette.network.components._base import Situation, transports
from vedette.network.judge import Judged, Judgement, Memo, situation_of
from vedette.network.portset import ALL_PORTS, Cell, Cells, meet
from vedette.network.topology import EdgeKind, GroupRule, NetworkAcl, Topology

_LARGEST = 3
_MOST_TRIALS = 150
_MOST_BREAKS = 100
_CODES = 256
"""ICMP codes of one type: an ICMP port is `type * 256 + code`."""

Changes = tuple[AnyChange, ...]


class Exposed(msgspec.Struct, frozen=True, kw_only=True):
    """One cell that is reachable: of an address (its index), from an edge."""

    address: int
    judged: Judged
    transport: Transport
    cell: Cell


class Cutter:
    """Finds closing changes; what equal situations have in common is found once."""

    def __init__(self, judgement: Judgement, memo: Memo | None = None) -> None:
        self.judgement = judgement
        self.memo = memo or Memo()
        self.also: Callable[[Changes], Iterable[str]] = lambda _: ()
        self._topology = judgement.topology
        self._lost: dict[tuple[object, ...], tuple[Exposed, ...]] = {}
        self._rows: dict[int, list[int]] = {}
        self._own: dict[int, list[int]] = {}
        self._numbers: dict[str, int] = {}
        for index, profile in enumerate(self._topology.addresses.profiles):
            self._rows.setdefault(profile, []).append(index)
        for index, interface in enumerate(self._topology.addresses.interfaces):
            self._own.setdefault(interface, []).append(index)

    def closing_changes(self, exposed: Exposed) -> tuple[ClosingChange, ...]:
        """Every minimal set of changes: few before many, then those that break less, then the less blunt."""
        out = [
            (self._closing(exposed, changes), max(one.bluntness for one in changes))
            for changes in self._minimal(exposed)
        ]
        out.sort(key=lambda one: (len(one[0].changes), one[0].broken, one[1], one[0].changes))
        return tuple(closing for closing, _ in out)

    def _closing(self, exposed: Exposed, changes: Changes) -> ClosingChange:
        others = [
            exposed_text(self._topology, one)
            for one in self._breaks(exposed, changes)
            if not _same(one, exposed)
        ]
        others += self.also(changes)
        return ClosingChange(
            changes=tuple(sorted(change.described() for change in changes)),
            breaks=tuple(sorted(set(others))[:_MOST_BREAKS]),
            broken=len(others),
        )

    def _minimal(self, exposed: Exposed) -> tuple[Changes, ...]:
        situation = self._situation(exposed.address, exposed.judged)

        def closes(changes: Changes) -> bool:
            outcome = self.memo.outcome(apply_all(changes, situation))
            left = outcome.most.of(exposed.transport)
            return not meet(left, (exposed.cell,))

        found: list[Changes] = []
        weak: list[AnyChange] = []
        for change in self._candidates(exposed, situation):
            if closes((change,)):
                found.append((change,))
            else:
                weak.append(change)
        for changes in self._combined(exposed, situation, weak):
            if not any(set(known) <= set(changes) for known in found) and closes(changes):
                found.append(changes)
        return tuple(found)

    def _combined(
        self, exposed: Exposed, situation: Situation, weak: list[AnyChange]
    ) -> Iterator[Changes]:
        """Sets worth a trial, small ones first; then the whole sets of group rules, however large."""
        trials = 0
        for size in range(2, _LARGEST + 1):
            for changes in combinations(weak, size):
                trials += 1
                if trials > _MOST_TRIALS:
                    break
                yield changes
        yield from _group_sets(exposed, situation, self._interface(exposed.address))

    def _candidates(self, exposed: Exposed, situation: Situation) -> Iterator[AnyChange]:
        interface = self._interface(exposed.address)
        for group, rules in _covering(exposed, situation).items():
            yield from (RevokeRule(group=group, rule=rule.id) for rule in rules)
            yield DetachGroup(group=group, interface=interface)
        yield from _denial(exposed, situation)
        yield from _routes(situation)
        yield from _listeners(exposed, situation)
        point = situation.point
        yield DetachGateway(gateway=point.gateway or "", kind=point.kind)
        if point.kind is EdgeKind.INTERNET:
            yield ReleaseAddress(
                interface=interface,
                address=address_text(
                    self._topology.addresses.public[exposed.address], point.family
                ),
                family=point.family,
            )
            subnet = situation.subnet
            yield BlockPublicAccess(account=subnet.account, region=subnet.region)

    def _breaks(self, exposed: Exposed, changes: Changes) -> list[Exposed]:
        """Everything that is exposed now and would not be, or would be less, after the changes."""
        shared = tuple(one for one in changes if not isinstance(one, DetachGroup | ReleaseAddress))
        lost = list(self._shared_lost(shared)) if shared else []
        if len(shared) == len(changes):
            return lost
        # the others change one interface alone, or one of its addresses
        own = self._own[self._topology.addresses.interfaces[exposed.address]]
        lost = [one for one in lost if one.address not in own]
        for index in own:
            mine = tuple(
                one
                for one in changes
                if not isinstance(one, ReleaseAddress) or index == exposed.address
            )
            lost += self._lost_of((index,), mine)
        return lost

    def lost(self, changes: Changes) -> list[Exposed]:
        """Everything that is exposed now and would not be, or would be less; groups come off their own interface."""
        shared = tuple(one for one in changes if not isinstance(one, DetachGroup))
        detached = [one for one in changes if isinstance(one, DetachGroup)]
        out = list(self._shared_lost(shared)) if shared else []
        for change in detached:
            number = self._number_of(change.interface)
            mine = (*shared, *(one for one in detached if one.interface == change.interface))
            out = [one for one in out if one.address not in self._own[number]]
            for index in self._own[number]:
                out += self._lost_of((index,), mine)
        return out

    def _number_of(self, interface: str) -> int:
        if not self._numbers:
            self._numbers = {one: index for index, one in enumerate(self._topology.interfaces.ids)}
        return self._numbers[interface]

    def _shared_lost(self, changes: Changes) -> tuple[Exposed, ...]:
        key = tuple(sorted(map(repr, changes)))
        if key not in self._lost:
            self._lost[key] = tuple(
                one for rows in self._rows.values() for one in self._lost_of(tuple(rows), changes)
            )
        return self._lost[key]

    def _lost_of(self, rows: tuple[int, ...], changes: Changes) -> Iterator[Exposed]:
        """Lost cells of addresses that share a profile."""
        if not rows or not changes:
            return
        profile = self._topology.addresses.profiles[rows[0]]
        for judged in self.judgement.by_profile[profile]:
            before = judged.outcome.least
            if not before:
                continue
            situation = situation_of(self._topology, profile, judged.point)
            changed = apply_all(changes, situation)
            if changed is situation:
                continue
            lost = before.minus(self.memo.outcome(changed).least)
            for transport in transports(judged.point.family):
                for cell in _narrowed(before.of(transport), lost.of(transport)):
                    for index in rows:
                        yield Exposed(address=index, judged=judged, transport=transport, cell=cell)

    def _situation(self, address: int, judged: Judged) -> Situation:
        profile = self._topology.addresses.profiles[address]
        return situation_of(self._topology, profile, judged.point)

    def _interface(self, address: int) -> str:
        return self._topology.interfaces.ids[self._topology.addresses.interfaces[address]]


def exposed_text(topology: Topology, one: Exposed) -> str:
    """An exposure in a few words: `i-1 TCP 443 (internet-v4)`."""
    interfaces = topology.interfaces
    number = topology.addresses.interfaces[one.address]
    name = interfaces.instances[number] or interfaces.ids[number]
    first, last, _ = one.cell
    ports = str(first) if first == last else f"{first}-{last}"
    return f"{name} {one.transport} {ports} ({one.judged.point.name})"


def _same(left: Exposed, right: Exposed) -> bool:
    return (left.address, left.judged.point.name, left.transport, left.cell) == (
        right.address,
        right.judged.point.name,
        right.transport,
        right.cell,
    )


def _narrowed(before: Cells, lost: Cells) -> Iterator[Cell]:
    for cell in before:
        if meet((cell,), lost):
            yield cell


def _covering(exposed: Exposed, situation: Situation) -> dict[str, list[GroupRule]]:
    """The rules of each group that let in a part of the cell, once for each id."""
    out: dict[str, list[GroupRule]] = {}
    members = dict(situation.point.members)
    for group in situation.groups.groups:
        rules = {
            rule.id: rule
            for rule in group.rules
            if _covers_part(rule, exposed, situation.point.family, members)
        }
        if rules:
            out[group.id] = [rules[one] for one in sorted(rules)]
    return out


def _covers_part(
    rule: GroupRule, exposed: Exposed, family: Family, members: dict[str, AddrSet]
) -> bool:
    first, last, sources = exposed.cell
    if rule.transport not in {None, exposed.transport}:
        return False
    if rule.ports[1] < first or last < rule.ports[0]:
        return False
    if rule.doubt is not None:
        return True
    if rule.reference is not None:
        return bool(intersect(members.get(rule.reference, ()), sources))
    return rule.family is family and bool(intersect(rule.spans, sources))


def _group_sets(exposed: Exposed, situation: Situation, interface: str) -> Iterator[Changes]:
    """For each group with covering rules either all of them revoked or the group detached, in every combination."""
    options: list[tuple[Changes, Changes]] = []
    for group, rules in _covering(exposed, situation).items():
        revoked = tuple(RevokeRule(group=group, rule=rule.id) for rule in rules)
        options.append((revoked, (DetachGroup(group=group, interface=interface),)))
    for chosen in product(*options):
        changes: Changes = tuple(change for part in chosen for change in part)
        if len(changes) > 1:
            yield changes


def free_number(acl: NetworkAcl, transport: Transport, family: Family) -> int | None:
    """The highest free number below everything that lets some of this in; None if there is none."""
    allowing = [
        entry.number
        for entry in acl.inbound
        if entry.allow and entry.family is family and entry.transport in {None, transport}
    ]
    taken = {entry.number for entry in acl.inbound}
    below = range(min(allowing, default=1) - 1, 0, -1)
    return next((number for number in below if number not in taken), None)


def _listeners(exposed: Exposed, situation: Situation) -> Iterator[AnyChange]:
    """The listeners that take a part of the cell, and the load balancer's scheme."""
    balancer = situation.balancer
    if balancer is None:
        return
    first, last, _ = exposed.cell
    for listener in balancer.listeners:
        if first <= listener.port <= last and exposed.transport in listener.transports:
            yield DeleteListener(balancer=balancer.id, listener=listener.id)
    if situation.point.kind is EdgeKind.INTERNET:
        yield MakeInternal(balancer=balancer.id)


def _denial(exposed: Exposed, situation: Situation) -> Iterator[AnyChange]:
    """An entry with a free number below everything that allows a part of the cell."""
    acl, family = situation.subnet.acl, situation.point.family
    first, last, _ = exposed.cell
    number = free_number(acl, exposed.transport, family)
    if number is not None:
        yield DenyInAcl(
            acl=acl.id,
            number=number,
            transport=exposed.transport,
            ports=_entry_span(exposed.transport, first, last),
            family=family,
        )


def _entry_span(transport: Transport, first: int, last: int) -> Span:
    """The smallest span that one entry can be about: of ICMP one type with one code or all, or every type."""
    if transport in {Transport.TCP, Transport.UDP} or first == last:
        return first, last
    kind = first // _CODES
    if kind == last // _CODES:
        return kind * _CODES, kind * _CODES + _CODES - 1
    return ALL_PORTS


def _routes(situation: Situation) -> Iterator[AnyChange]:
    """The routes that lead answers of this family back to the gateway."""
    table = situation.subnet.table
    destinations = {
        destination_of(route.text)
        for route in table.routes
        if route.target == situation.point.gateway and route.family is situation.point.family
    }
    for destination in sorted(destinations):
        yield RemoveRoute(table=table.id, destination=destination)
