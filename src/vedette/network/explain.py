"""Why something is not reachable, and an exposure in words.

`why` names every component that stops a packet, not just the first, so that a reader sees all that would have to
change. The codes are those of VPC Reachability Analyzer where it has one.
"""

from collections.abc import Iterable, Iterator

import msgspec

from vedette.model.network import ClosingChange, Exposure, Hop, Transport
from vedette.network.addrset import contains
from vedette.network.codes import Code
from vedette.network.components import COMPONENTS
from vedette.network.components._base import (
    Component,
    Doubt,
    Flow,
    Region,
    Role,
    Shut,
    Sieve,
    Situation,
    transports,
)
from vedette.network.judge import Memo, situation_of
from vedette.network.portset import sources_at
from vedette.network.topology import EdgePoint, Topology
from vedette.network.witness import usual_source


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """A packet that somebody asks about; without a `source` a usual one of the edge is taken."""

    transport: Transport
    port: int
    source: int | None = None


class Blocker(msgspec.Struct, frozen=True, kw_only=True):
    """A component that stops the packet; `certain` is False where it only may, for lack of knowledge."""

    type: str
    role: Role
    code: Code
    reason: str
    certain: bool


class Explanation(msgspec.Struct, frozen=True, kw_only=True):
    """All that stops one packet from one edge to one address; nothing if it arrives."""

    edge: str
    interface: str
    resource: str
    blockers: tuple[Blocker, ...]


def why(topology: Topology, resource: str, question: Question) -> tuple[Explanation, ...]:
    """Explain every edge for every address of an instance or interface; nothing if it is not described."""
    memo = Memo()
    interfaces, addresses = topology.interfaces, topology.addresses
    out = []
    for index, profile in enumerate(addresses.profiles):
        number = addresses.interfaces[index]
        names = (interfaces.ids[number], interfaces.instances[number])
        if resource not in names:
            continue
        for point in _points(topology, profile, question.transport):
            situation = situation_of(topology, profile, point)
            out.append(
                Explanation(
                    edge=point.name,
                    interface=interfaces.ids[number],
                    resource=interfaces.instances[number] or interfaces.ids[number],
                    blockers=tuple(_blockers(situation, question, memo)),
                )
            )
    return tuple(sorted(out, key=lambda one: (one.edge, one.interface)))


def _points(topology: Topology, profile: int, transport: Transport) -> Iterator[EdgePoint]:
    one = topology.profiles[profile]
    vpc = topology.subnets[one.subnet].vpc
    for point in topology.points:
        ours = point.vpc == vpc and point.family is one.family and point.reaches(one)
        if ours and transport in transports(one.family):
            yield point


def _blockers(situation: Situation, question: Question, memo: Memo) -> Iterator[Blocker]:
    source = question.source
    if source is None:
        source = usual_source(situation.point.sources or ((0, 0),), situation.profile.family)
    for component in COMPONENTS:
        passage = memo.passage(component, situation)
        if isinstance(passage, Shut):
            yield _blocker(component, passage, certain=True)
        elif isinstance(passage, Sieve):
            yield from _sieve_blockers(component, passage, question, source)


def _sieve_blockers(
    component: Component, sieve: Sieve, question: Question, source: int
) -> Iterator[Blocker]:
    if not _passes(sieve.most, question, source):
        yield _blocker(component, sieve.blocks, certain=True)
    elif sieve.least is not None and not _passes(sieve.least, question, source):
        yield from (_blocker(component, one, certain=False) for one in sieve.doubts)


def _blocker(component: Component, about: Shut | Doubt, *, certain: bool) -> Blocker:
    return Blocker(
        type=component.type, role=about.role, code=about.code, reason=about.reason, certain=certain
    )


def _passes(flow: Flow, question: Question, source: int) -> bool:
    def holds(region: Region | None) -> bool:
        if region is None:
            return True
        return contains(sources_at(region.of(question.transport), question.port), source)

    needs_answer = question.transport is Transport.TCP
    return holds(flow.forward) and (not needs_answer or holds(flow.answers))


def exposure_text(exposure: Exposure) -> str:
    """An exposure as text for people: what, from where, the path both ways, and what would close it."""
    ports = f"{exposure.ports.begin}-{exposure.ports.end}"
    if exposure.ports.begin == exposure.ports.end:
        ports = str(exposure.ports.begin)
    address = f" at {exposure.address}" if exposure.address else ""
    lines = [
        f"{exposure.resource} is reachable on {exposure.transport} {ports}{address}",
        f"  edge: {exposure.edge}",
        f"  sources: {_sources_text(exposure)}",
        "  path:",
        *_hops_text(exposure.path),
    ]
    if exposure.back:
        lines += ["  answer:", *_hops_text(exposure.back)]
    if not exposure.return_path:
        lines.append("  some sources get no answer: packets arrive one way")
    if exposure.closing_changes:
        lines += ["  closed by any one of:", *map(_closing_text, exposure.closing_changes)]
    return "\n".join(lines) + "\n"


_MOST_SOURCES = 8


def _sources_text(exposure: Exposure) -> str:
    if exposure.whole:
        return "everything that the edge can send"
    shown = ", ".join(exposure.sources[:_MOST_SOURCES])
    more = len(exposure.sources) - _MOST_SOURCES
    return f"{shown} and {more} more blocks" if more > 0 else shown


def _hops_text(hops: Iterable[Hop]) -> Iterator[str]:
    for hop in hops:
        rule = f" ({hop.rule})" if hop.rule else ""
        yield f"    {hop.component_type} {hop.component_id}{rule}: {hop.because}"


def _closing_text(closing: ClosingChange) -> str:
    parts = [
        f"{one.kind} {one.component}" + (f" {one.rule}" if one.rule else "")
        for one in closing.changes
    ]
    breaks = f" (also closes {closing.broken} other exposures)" if closing.broken else ""
    return f"    {' and '.join(parts)}{breaks}"
