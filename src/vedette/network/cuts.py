"""Which changes close an exposure, and what else they would close.

Candidates come from the path alone; each is tried on an overlay of the situation and judged again. Of security group
rules the set is unique: every rule that covers a part of the exposure must go, or its group. Routes and mixtures are
tried up to `_LARGEST` changes together. The sets are minimal: no part of one closes the exposure.
"""

from collections.abc import Callable, Iterable, Iterator
from itertools import combinations, product

from vedette.model.network import ClosingChange, Transport
from vedette.network.addrset import AddrSet, Family, Span, address_text, intersect
from vedette.network.balancer_changes import AnyChange, DeleteListener, MakeInternal
from vedette.network.changes import (
    DETACHED,
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
from vedette.network.components._base import Situation
from vedette.network.judge import Judged, Judgement, Memo, situation_of
from vedette.network.losses import MOST_BREAKS, Exposed, Losses, exposed_name, exposed_text
from vedette.network.narrowing import Changes, perhaps_left
from vedette.network.portset import ALL_PORTS, Cell
from vedette.network.topology import EdgeKind, GroupRule, NetworkAcl

_LARGEST = 3
_MOST_TRIALS = 150
_CODES = 256
"""ICMP codes of one type: an ICMP port is `type * 256 + code`."""

__all__ = ["Cutter", "Exposed", "exposed_text", "free_number"]


def everything_wanted(_resource: str) -> bool:
    """Closing changes of everything."""
    return True


class Cutter:
    """Finds closing changes; what equal situations have in common is found once.

    Only of resources that are `wanted`, by the names that exposures have for them; all others get none.
    """

    def __init__(
        self,
        judgement: Judgement,
        memo: Memo | None = None,
        wanted: Callable[[str], bool] = everything_wanted,
    ) -> None:
        self.judgement = judgement
        self.wanted = wanted
        self.memo = memo or Memo()
        self.also: Callable[[Changes], Iterable[str]] = lambda _: ()
        self._topology = judgement.topology
        self._losses = Losses(judgement, self.memo)
        self._found: dict[tuple[int, int, Transport, Cell], tuple[Judged, tuple[Changes, ...]]] = {}

    def closing_changes(self, exposed: Exposed) -> tuple[ClosingChange, ...]:
        """Every minimal set of changes: few before many, then those that break less, then the less blunt."""
        if not self.wanted(exposed_name(self._topology, exposed)):
            return ()
        out = [
            (self._closing(exposed, changes), max(one.bluntness for one in changes))
            for changes in self._minimal(exposed)
        ]
        out.sort(key=lambda one: (len(one[0].changes), one[0].broken, one[1], one[0].changes))
        return tuple(closing for closing, _ in out)

    def _closing(self, exposed: Exposed, changes: Changes) -> ClosingChange:
        broken = self._losses.broken(exposed, changes)
        count, texts = broken.but(exposed_text(self._topology, exposed))
        more = sorted(self.also(changes))
        if more:
            texts = tuple(sorted({*texts, *more}))[:MOST_BREAKS]
        return ClosingChange(
            changes=tuple(sorted(change.described() for change in changes)),
            breaks=texts,
            broken=count + len(more),
        )

    def _minimal(self, exposed: Exposed) -> tuple[Changes, ...]:
        """Found once for all addresses of a profile, and told with each one's own names."""
        profile = self._topology.addresses.profiles[exposed.address]
        key = profile, id(exposed.judged), exposed.transport, exposed.cell
        if key not in self._found:
            # kept with what the id is of, so that the id stays its own
            self._found[key] = exposed.judged, self._closers(exposed)
        return tuple(
            tuple(self._owned(change, exposed) for change in changes)
            for changes in self._found[key][1]
        )

    def _owned(self, change: AnyChange, exposed: Exposed) -> AnyChange:
        """The same change of the exposure's own interface and address."""
        if isinstance(change, DetachGroup):
            return DetachGroup(group=change.group, interface=self._interface(exposed.address))
        return self._release(exposed) if isinstance(change, ReleaseAddress) else change

    def _release(self, exposed: Exposed) -> ReleaseAddress:
        family, public = exposed.judged.point.family, self._topology.addresses.public
        return ReleaseAddress(
            interface=self._interface(exposed.address),
            address=address_text(public[exposed.address], family),
            family=family,
        )

    def _closers(self, exposed: Exposed) -> tuple[Changes, ...]:
        situation = self._situation(exposed.address, exposed.judged)

        def closes(changes: Changes) -> bool:
            cells = (exposed.cell,)
            changed = apply_all(changes, situation)
            return not perhaps_left(self.memo, changed, changes, cells, exposed.transport)

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
        if point.kind in DETACHED:
            yield DetachGateway(gateway=point.gateway or "", kind=point.kind)
        if point.kind is EdgeKind.INTERNET:
            yield self._release(exposed)
            subnet = situation.subnet
            yield BlockPublicAccess(account=subnet.account, region=subnet.region)

    def lost(self, changes: Changes) -> list[Exposed]:
        """Everything that is exposed now and would not be, or would be less; groups come off their own interface."""
        return self._losses.lost(changes)

    def _situation(self, address: int, judged: Judged) -> Situation:
        profile = self._topology.addresses.profiles[address]
        return situation_of(self._topology, profile, judged.point)

    def _interface(self, address: int) -> str:
        return self._topology.interfaces.ids[self._topology.addresses.interfaces[address]]


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
