"""What a change would close, wherever it is: only situations that hold what it changes are judged again.

What a change of shared components closes is found once, and told in words once, however many exposures it would close.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

import msgspec

from vedette.model.network import Transport
from vedette.network.balancer_changes import AnyChange, DeregisterTarget
from vedette.network.changes import DenyInAcl, DetachGroup, ReleaseAddress, apply_all
from vedette.network.components._base import transports
from vedette.network.judge import Judged, Judgement, Memo, situation_of
from vedette.network.narrowing import Changes, surely_left
from vedette.network.portset import NO_CELLS, Cell, Cells, minus
from vedette.network.topology import Topology

MOST_BREAKS = 100
"""How many other exposures a closing change names."""

_LostCell = tuple[Judged, Transport, Cell]


class Exposed(msgspec.Struct, frozen=True, kw_only=True):
    """One cell that is reachable: of an address (its index), from an edge."""

    address: int
    judged: Judged
    transport: Transport
    cell: Cell


class Broken(msgspec.Struct, frozen=True, kw_only=True):
    """What a set of changes closes or narrows: how many exposures, and their texts in order, each once.

    `repeated` are texts that stand for several exposures (two addresses of one instance).
    """

    count: int
    texts: tuple[str, ...]
    repeated: frozenset[str]

    def but(self, text: str) -> tuple[int, tuple[str, ...]]:
        """The count and the first texts of all but one of them."""
        first = self.texts[: MOST_BREAKS + 1]
        kept = first if text in self.repeated else tuple(one for one in first if one != text)
        return self.count - 1, kept[:MOST_BREAKS]


class Losses:
    """Finds what changes close; what they have in common is found once."""

    def __init__(self, judgement: Judgement, memo: Memo) -> None:
        self._judgement = judgement
        self._memo = memo
        self._topology = topology = judgement.topology
        self._lost: dict[Changes, tuple[Exposed, ...]] = {}
        self._broken: dict[Changes, Broken] = {}
        self._cells: dict[tuple[int, Changes], tuple[_LostCell, ...]] = {}
        self._numbers: dict[str, int] = {}
        self._rows: dict[int, list[int]] = {}
        self._own: dict[int, list[int]] = {}
        for index, profile in enumerate(topology.addresses.profiles):
            self._rows.setdefault(profile, []).append(index)
        for index, interface in enumerate(topology.addresses.interfaces):
            self._own.setdefault(interface, []).append(index)
        self._holders = _holders(judgement, self._rows)

    def broken(self, exposed: Exposed, changes: Changes) -> Broken:
        """Everything that is exposed now and would not be, or would be less, after changes that close `exposed`."""
        shared = tuple(one for one in changes if not isinstance(one, DetachGroup | ReleaseAddress))
        if len(shared) == len(changes):
            if shared not in self._broken:
                self._broken[shared] = self._told(self._shared_lost(shared))
            return self._broken[shared]
        lost = list(self._shared_lost(shared)) if shared else []
        # the others change one interface alone, or one of its addresses
        own = self._own[self._topology.addresses.interfaces[exposed.address]]
        lost = [one for one in lost if one.address not in own]
        for index in own:
            mine = tuple(
                one
                for one in changes
                if not isinstance(one, ReleaseAddress) or index == exposed.address
            )
            lost += self._own_lost(index, mine)
        return self._told(lost)

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
                out += self._own_lost(index, mine)
        return out

    def _told(self, lost: Sequence[Exposed]) -> Broken:
        times = Counter(exposed_text(self._topology, one) for one in lost)
        return Broken(
            count=len(lost),
            texts=tuple(sorted(times)),
            repeated=frozenset(text for text, count in times.items() if count > 1),
        )

    def _number_of(self, interface: str) -> int:
        if not self._numbers:
            self._numbers = {one: index for index, one in enumerate(self._topology.interfaces.ids)}
        return self._numbers[interface]

    def _shared_lost(self, changes: Changes) -> tuple[Exposed, ...]:
        if changes not in self._lost:
            profiles = {one for change in changes for one in self._touched(change)}
            self._lost[changes] = tuple(
                one
                for profile in sorted(profiles)
                for one in self._lost_of(self._rows[profile], changes)
            )
        return self._lost[changes]

    def _touched(self, change: AnyChange) -> Iterable[int]:
        """The profiles whose situations hold what a change is about."""
        component = _component(change)
        return self._rows if component is None else self._holders.get(component, ())

    def _lost_of(self, rows: Sequence[int], changes: Changes) -> Iterator[Exposed]:
        """Lost cells of addresses that share a profile."""
        profile = self._topology.addresses.profiles[rows[0]]
        for judged, transport, cell in self._lost_cells(profile, changes):
            for index in rows:
                yield Exposed(address=index, judged=judged, transport=transport, cell=cell)

    def _own_lost(self, index: int, changes: Changes) -> Iterator[Exposed]:
        """Lost cells of one address; changes of interfaces mean the same to all that share a profile."""
        profile = self._topology.addresses.profiles[index]
        key = profile, tuple(map(of_any_interface, changes))
        if key not in self._cells:
            self._cells[key] = tuple(self._lost_cells(profile, changes))
        for judged, transport, cell in self._cells[key]:
            yield Exposed(address=index, judged=judged, transport=transport, cell=cell)

    def _lost_cells(self, profile: int, changes: Changes) -> Iterator[_LostCell]:
        for judged in self._judgement.by_profile[profile]:
            before = judged.outcome.least
            if not before:
                continue
            situation = situation_of(self._topology, profile, judged.point)
            changed = apply_all(changes, situation)
            if changed is situation:
                continue
            for transport in transports(judged.point.family):
                cells = _concerned(before.of(transport), transport, changes)
                if cells:
                    left = surely_left(self._memo, changed, changes, cells, transport)
                    for cell in _less(cells, minus(cells, left)):
                        yield judged, transport, cell


def of_any_interface(change: AnyChange) -> AnyChange:
    """The change without whose it is; it makes the same of a situation."""
    if isinstance(change, DetachGroup):
        return DetachGroup(group=change.group, interface="")
    if isinstance(change, ReleaseAddress):
        return ReleaseAddress(interface="", address="", family=change.family)
    return change


def _concerned(cells: Cells, transport: Transport, changes: Changes) -> Cells:
    """The cells that changes may touch: an entry that denies is about one protocol and its ports."""
    if len(changes) != 1 or not isinstance(changes[0], DenyInAcl):
        return cells
    first, last = changes[0].ports
    if changes[0].transport is not transport:
        return NO_CELLS
    return tuple(cell for cell in cells if cell[0] <= last and first <= cell[1])


def _holders(judgement: Judgement, profiles: Iterable[int]) -> dict[str, list[int]]:
    """Component → the profiles that have something to do with it."""
    topology = judgement.topology
    out: dict[str, list[int]] = {}
    for index in profiles:
        profile = topology.profiles[index]
        subnet = topology.subnets[profile.subnet]
        names = {subnet.acl.id, subnet.table.id, f"{subnet.account}/{subnet.region}"}
        names.update(topology.group_sets[profile.groups].ids)
        names.update(judged.point.gateway or "" for judged in judgement.by_profile[index])
        if profile.balancer >= 0:
            names.add(topology.balancers[profile.balancer].id)
        for name in names:
            out.setdefault(name, []).append(index)
    return out


def _component(change: AnyChange) -> str | None:
    """What a change is about, as situations name it; None: it may be about any."""
    if isinstance(change, DetachGroup | ReleaseAddress | DeregisterTarget):
        return None
    return change.described().component


def exposed_name(topology: Topology, one: Exposed) -> str:
    """The resource as exposures name it: an instance, or else the interface."""
    interfaces = topology.interfaces
    number = topology.addresses.interfaces[one.address]
    return interfaces.instances[number] or interfaces.ids[number]


def exposed_text(topology: Topology, one: Exposed) -> str:
    """An exposure in a few words: `i-1 TCP 443 (internet-v4)`."""
    name = exposed_name(topology, one)
    first, last, _ = one.cell
    ports = str(first) if first == last else f"{first}-{last}"
    return f"{name} {one.transport} {ports} ({one.judged.point.name})"


def _less(before: Cells, lost: Cells) -> Iterator[Cell]:
    """The cells of which something is lost; what is lost was in one of them."""
    for cell in before:
        if any(cell[0] <= last and first <= cell[1] for first, last, _ in lost):
            yield cell
