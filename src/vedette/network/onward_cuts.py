"""Which changes would close what is exposed through a load balancer, and what else they would close.

Candidates come from the ways alone: at the load balancer its listener, its scheme and the rules that let its clients
in, at the target its registration and the rules that let the node in, between them gateway and network ACL. Each set
is tried on all ways at once, since several nodes may lead to one target. Sets are minimal, as with other exposures.
"""

from collections.abc import Iterable, Iterator
from itertools import islice, product

import msgspec

from vedette.model.network import ClosingChange
from vedette.network.addrset import AddrSet
from vedette.network.balancer_changes import (
    AnyChange,
    DeleteListener,
    DeregisterTarget,
    MakeInternal,
)
from vedette.network.balancing import Balancer
from vedette.network.changes import (
    DETACHED,
    BlockPublicAccess,
    DenyInAcl,
    DetachGateway,
    DetachGroup,
    RevokeRule,
)
from vedette.network.components._base import Situation
from vedette.network.cuts import Cutter, exposed_text, free_number
from vedette.network.forwarding import Forwarder
from vedette.network.judge import situation_of
from vedette.network.onward import Closer, Key, Onward, gathered, key_of, subject_name, subject_text
from vedette.network.topology import EdgeKind, GroupRule
from vedette.network.ways import Way

_MOST_SETS = 100
_MOST_MIXTURES = 64
_MOST_BREAKS = 100

Changes = tuple[AnyChange, ...]


class OnwardCutter(Closer):
    """Finds closing changes of exposures through load balancers."""

    def __init__(self, cutter: Cutter, onwards: Iterable[Onward]) -> None:
        self._cutter = cutter
        self._judgement = cutter.judgement
        self._topology = cutter.judgement.topology
        self._memo = cutter.memo
        self._onwards = {key_of(one.first): one for one in onwards if one.least}
        self._parts = {key: self._parts_of(one) for key, one in self._onwards.items()}
        self._acls = {subnet.acl.id: subnet.acl for subnet in self._topology.subnets}
        self._after: dict[tuple[Changes, str], dict[Key, AddrSet]] = {}
        self._broken: dict[Changes, tuple[str, ...]] = {}

    def closing_changes(self, onward: Onward) -> tuple[ClosingChange, ...]:
        """Every minimal set of changes: few before many, then those that break less, then the less blunt."""
        if not self._cutter.wanted(subject_name(self._topology, onward)):
            return ()
        out = []
        for changes in filter(None, map(self._numbered, self._minimal(onward))):
            others = [one for one in self._breaks(changes) if one != self._text(onward)]
            closing = ClosingChange(
                changes=tuple(sorted(one.described() for one in changes)),
                breaks=tuple(sorted(set(others))[:_MOST_BREAKS]),
                broken=len(others),
            )
            out.append((closing, max(one.bluntness for one in changes)))
        out.sort(key=lambda one: (len(one[0].changes), one[0].broken, one[1], one[0].changes))
        return tuple(closing for closing, _ in out)

    def _minimal(self, onward: Onward) -> list[Changes]:
        """For each way the sets that close it; together, one for each way, they close the exposure."""
        open_ways = [way for way in onward.ways if way.clients.most]
        sets: list[Changes] = [()]
        for way in open_ways:
            closers = self._closers(way)
            sets = _fewest(
                tuple(dict.fromkeys((*known, *more))) for known in sets for more in closers
            )
        return sets

    def _numbered(self, changes: Changes) -> Changes | None:
        """The set with a number of its own for each entry of a network ACL; None if there is no room for them."""
        taken: set[tuple[str, int]] = set()
        out: list[AnyChange] = []
        for change in changes:
            if isinstance(change, DenyInAcl):
                number = self._free(change, taken)
                if number is None:
                    return None
                taken.add((change.acl, number))
                out.append(msgspec.structs.replace(change, number=number))
            else:
                out.append(change)
        return tuple(out)

    def _free(self, change: DenyInAcl, taken: set[tuple[str, int]]) -> int | None:
        """The highest number up to the change's own that no entry and no other change has."""
        known = {entry.number for entry in self._acls[change.acl].inbound}
        numbers = range(change.number, 0, -1)
        return next(
            (one for one in numbers if one not in known and (change.acl, one) not in taken), None
        )

    def _closers(self, way: Way) -> list[Changes]:
        candidates = tuple(dict.fromkeys(self._candidates(way)))
        single = [(one,) for one in candidates if self._closes(way, (one,))]
        sides = [
            self._reduced(way, side) for side in self._whole_sides(way) if self._closes(way, side)
        ]
        return _fewest((*single, *sides))

    def _reduced(self, way: Way, changes: Changes) -> Changes:
        """The set without what it does not need."""
        for change in changes:
            fewer = tuple(one for one in changes if one != change)
            if self._closes(way, fewer):
                changes = fewer
        return changes

    def _closes(self, way: Way, changes: Changes) -> bool:
        return not Forwarder(self._judgement, self._memo, changes).again(way).most

    def _after_of(self, changes: Changes, balancer: Balancer) -> dict[Key, AddrSet]:
        """What is still let through perhaps, and who surely."""
        key = (changes, balancer.id)
        if key not in self._after:
            forwarder = Forwarder(self._judgement, self._memo, changes)
            left = gathered(forwarder.ways((balancer,)))
            self._after[key] = {name: one.least for name, one in left.items() if one.most}
        return self._after[key]

    def _candidates(self, way: Way) -> Iterator[AnyChange]:
        yield from self._of_balancers(way)
        for revoked, detached in self._sides(way):
            yield from revoked
            yield detached
        yield from self._of_subnets(way)
        if way.point.kind in DETACHED:
            yield DetachGateway(gateway=way.point.gateway or "", kind=way.point.kind)
        if way.point.kind is EdgeKind.INTERNET:
            subnet = self._situation(way.steps[0].node, way).subnet
            yield BlockPublicAccess(account=subnet.account, region=subnet.region)

    def _of_balancers(self, way: Way) -> Iterator[AnyChange]:
        for step in way.steps:
            yield DeleteListener(balancer=step.balancer.id, listener=step.listener.id)
            yield DeregisterTarget(group=step.forward.group.id, target=step.target.id)
        if way.point.kind is EdgeKind.INTERNET:
            yield MakeInternal(balancer=way.steps[0].balancer.id)

    def _of_subnets(self, way: Way) -> Iterator[AnyChange]:
        """An entry that denies the listener's port where clients come in, and the target's at its subnet."""
        for address, port in _spots(way):
            situation = self._situation(address, way)
            family = situation.profile.family
            number = free_number(situation.subnet.acl, way.transport, family)
            if number is not None:
                yield DenyInAcl(
                    acl=situation.subnet.acl.id,
                    number=number,
                    transport=way.transport,
                    ports=(port, port),
                    family=family,
                )

    def _sides(self, way: Way) -> Iterator[tuple[Changes, AnyChange]]:
        for address, port in _spots(way):
            yield from self._side(way, address, port)

    def _side(self, way: Way, address: int, port: int) -> Iterator[tuple[Changes, AnyChange]]:
        """For each group of an address: its rules about the port, and the group itself."""
        interface = self._topology.addresses.interfaces[address]
        for group in self._situation(address, way).groups.groups:
            rules = tuple(
                RevokeRule(group=group.id, rule=rule)
                for rule in sorted({one.id for one in group.rules if _names(one, way, port)})
            )
            if rules:
                name = self._topology.interfaces.ids[interface]
                yield rules, DetachGroup(group=group.id, interface=name)

    def _whole_sides(self, way: Way) -> Iterator[Changes]:
        """All rules about the port, of the node and of the target, and all groups, in every combination by group."""
        for address, port in _spots(way):
            options: list[tuple[Changes, Changes]] = [
                (rules, (detached,)) for rules, detached in self._side(way, address, port)
            ]
            for chosen in islice(product(*options), _MOST_MIXTURES):
                changes: Changes = tuple(change for part in chosen for change in part)
                if len(changes) > 1:
                    yield changes

    def _situation(self, address: int, way: Way) -> Situation:
        profile = self._topology.addresses.profiles[address]
        return situation_of(self._topology, profile, way.point)

    def _breaks(self, changes: Changes) -> tuple[str, ...]:
        """Everything else that is exposed now and would not be, or would be less."""
        if changes not in self._broken:
            self._broken[changes] = (*self._direct(changes), *self.through(changes))
        return self._broken[changes]

    def _direct(self, changes: Changes) -> Iterator[str]:
        yield from (exposed_text(self._topology, one) for one in self._cutter.lost(changes))

    def through(self, changes: Changes) -> Iterator[str]:
        """What is exposed through load balancers now and would not be, or would be less, in words."""
        about = {_about(change) for change in changes}
        for key, onward in self._onwards.items():
            if about.isdisjoint(self._parts[key]):
                continue
            after = self._after_of(changes, onward.first.steps[0].balancer)
            if after.get(key) != onward.least:
                yield self._text(onward)

    def _parts_of(self, onward: Onward) -> frozenset[str]:
        """The components on the ways, by what changes call them."""
        parts: set[str] = set()
        for way in onward.ways:
            parts.add(way.point.gateway or "")
            for step in way.steps:
                parts |= {step.balancer.id, step.forward.group.id}
                for address in (step.node, step.arrived):
                    if address is not None:
                        situation = self._situation(address, way)
                        subnet = situation.subnet
                        parts |= {*situation.groups.ids, subnet.acl.id, subnet.table.id}
                        if situation.balancer is not None:
                            parts.add(situation.balancer.id)
                        parts.add(f"{subnet.account}/{subnet.region}")
        return frozenset(parts)

    def _text(self, onward: Onward) -> str:
        return subject_text(self._topology, onward)


def _spots(way: Way) -> list[tuple[int, int]]:
    """Every address on the way with the port that is reached there."""
    first = way.steps[0]
    spots = [(first.node, first.listener.port)]
    return spots + [
        (step.arrived, step.target.port) for step in way.steps if step.arrived is not None
    ]


def _fewest(sets: Iterable[Changes]) -> list[Changes]:
    """The sets that hold no other, small ones first, as many as are worth telling."""
    kept: list[tuple[frozenset[AnyChange], Changes]] = []
    for changes in sorted(dict.fromkeys(sets), key=len):
        own = frozenset(changes)
        if not any(known <= own for known, _ in kept):
            kept.append((own, changes))
    return [changes for _, changes in kept[:_MOST_SETS]]


def _names(rule: GroupRule, way: Way, port: int) -> bool:
    return rule.transport in {None, way.transport} and rule.ports[0] <= port <= rule.ports[1]


def _about(change: AnyChange) -> str:
    """The component that a change is about, as ways name it."""
    if isinstance(change, DetachGroup):
        return change.group
    return change.described().component
