"""Paths merged into one graph for each VPC, as every picture draws them.

A node is a component, a link is taken by every exposure whose path goes that way. Pictures are bounded: a path that
would need more nodes or links than are left is not drawn, and `Picture.hidden` counts those that are not.
"""

from collections.abc import Iterable, Mapping
from itertools import pairwise

import msgspec

from vedette.model.network import Exposure
from vedette.network.reach import Reach, exposure_order

MOST_NODES = 200
MOST_LINKS = 400
"""Of all pictures of one document together; Mermaid draws no more than 500 links unless it is told to."""

OUTSIDE = ""
"""The name of the picture of what is in no VPC."""

_MOST_REASONS = 8

Key = tuple[str, str]


class Node(msgspec.Struct, frozen=True, kw_only=True):
    """A component: `kind` is `edge` or CloudFormation's type, `reasons` say why packets pass."""

    kind: str
    name: str
    reasons: tuple[str, ...] = ()


class Link(msgspec.Struct, frozen=True, kw_only=True):
    """From one node to another, by index; `loads` are protocols and ports (`TCP 22`) in order."""

    start: int
    end: int
    loads: tuple[str, ...]


class Picture(msgspec.Struct, frozen=True, kw_only=True):
    """What is exposed in one VPC (`OUTSIDE`: in none); `drawn` and `hidden` count exposures, `unknown` answers."""

    vpc: str
    nodes: tuple[Node, ...]
    links: tuple[Link, ...]
    drawn: int
    hidden: int
    unknown: int

    @property
    def title(self) -> str:
        """The heading."""
        return self.vpc or "outside VPCs"

    @property
    def caption(self) -> str:
        """How much is drawn, and what is not."""
        parts = [f"{self.drawn} exposures"]
        if self.hidden:
            parts.append(f"{self.hidden} more not drawn")
        if self.unknown:
            parts.append(f"{self.unknown} answers not known")
        return ", ".join(parts)


def pictures_of(
    answers: Reach,
    vpcs: Mapping[str, str],
    *,
    most_nodes: int = MOST_NODES,
    most_links: int = MOST_LINKS,
) -> tuple[Picture, ...]:
    """A picture for each VPC that has an exposure or an unknown answer, in order; `vpcs` is that of each interface."""
    exposures: dict[str, list[Exposure]] = {}
    for one in sorted(answers.exposures, key=exposure_order):
        exposures.setdefault(vpcs.get(one.interface or "", OUTSIDE), []).append(one)
    known = frozenset(vpcs.values())
    unknown: dict[str, int] = {}
    for gap in answers.unknown:
        vpc = gap.resource if gap.resource in known else vpcs.get(gap.interface or "", OUTSIDE)
        unknown[vpc] = unknown.get(vpc, 0) + 1
    out = []
    for vpc in sorted({*exposures, *unknown}):
        canvas = _Canvas(most_nodes, most_links)
        hidden = sum(not canvas.draw(one) for one in exposures.get(vpc, ()))
        most_nodes -= len(canvas.nodes)
        most_links -= len(canvas.loads)
        out.append(canvas.picture(vpc, hidden, unknown.get(vpc, 0)))
    return tuple(out)


class _Canvas:
    """Collects the nodes and links of one picture."""

    def __init__(self, most_nodes: int, most_links: int) -> None:
        self._most = (most_nodes, most_links)
        self._drawn = 0
        self.nodes: dict[Key, dict[str, None]] = {}
        self.loads: dict[tuple[Key, Key], dict[str, None]] = {}

    def draw(self, exposure: Exposure) -> bool:
        """Whether there was room for the path."""
        steps = tuple(_steps(exposure))
        keys = [key for key, _ in steps]
        pairs = [pair for pair in pairwise(keys) if pair[0] != pair[1]]
        nodes = len(self.nodes) + sum(key not in self.nodes for key in set(keys))
        links = len(self.loads) + sum(pair not in self.loads for pair in set(pairs))
        if nodes > self._most[0] or links > self._most[1]:
            return False
        for key, reason in steps:
            reasons = self.nodes.setdefault(key, {})
            if reason and len(reasons) < _MOST_REASONS:
                reasons[reason] = None
        for pair in pairs:
            self.loads.setdefault(pair, {})[load_text(exposure)] = None
        self._drawn += 1
        return True

    def picture(self, vpc: str, hidden: int, unknown: int) -> Picture:
        """What was drawn."""
        index = {key: number for number, key in enumerate(self.nodes)}
        return Picture(
            vpc=vpc,
            nodes=tuple(
                Node(kind=kind, name=name, reasons=tuple(reasons))
                for (kind, name), reasons in self.nodes.items()
            ),
            links=tuple(
                Link(start=index[start], end=index[end], loads=tuple(loads))
                for (start, end), loads in self.loads.items()
            ),
            drawn=self._drawn,
            hidden=hidden,
            unknown=unknown,
        )


def _steps(exposure: Exposure) -> Iterable[tuple[Key, str]]:
    yield ("edge", exposure.edge), ""
    for hop in exposure.path:
        yield (hop.component_type, hop.component_id), hop.because


def load_text(exposure: Exposure) -> str:
    """Protocol and ports in a few words: `TCP 22`, `UDP 1-1024`."""
    ports = exposure.ports
    span = str(ports.begin) if ports.begin == ports.end else f"{ports.begin}-{ports.end}"
    return f"{exposure.transport} {span}"
