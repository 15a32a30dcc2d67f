"""The single changes that close the most exposures of the estate."""

from collections.abc import Sequence

import msgspec

from vedette.model.network import Exposure, NetworkChange
from vedette.network.pictures.graph import load_text
from vedette.network.reach import Reach

_MOST_NAMED = 100
_BLUNTNESS = {
    kind: index
    for index, kind in enumerate(
        (
            "revoke-security-group-rule",
            "remove-function-permission",
            "set-function-url-auth",
            "deregister-target",
            "detach-security-group",
            "deny-in-network-acl",
            "release-address",
            "delete-listener",
            "make-load-balancer-internal",
            "remove-route",
            "block-public-access",
        )
    )
}
"""Kinds that change little besides come first; all others are as blunt as one can be."""


class BestChange(msgspec.Struct, frozen=True, kw_only=True):
    """A change with how many exposures it closes altogether, and how many others it closes or narrows.

    With intents `closes` counts what nobody expects, and `breaks` also what is expected. `named` are at most the first
    hundred that it closes.
    """

    change: NetworkChange
    closes: int
    breaks: int
    named: tuple[str, ...]


def best_changes(
    answers: Reach, most: int, expected: Sequence[tuple[str, ...]] | None = None
) -> tuple[BestChange, ...]:
    """Rank the changes that alone close an exposure; the answers must have their closing changes.

    `expected` goes with the exposures, one by one: who expects each.
    """
    closed: dict[NetworkChange, list[Exposure]] = {}
    affected: dict[NetworkChange, int] = {}
    for index, exposure in enumerate(answers.exposures):
        meant = expected is not None and bool(expected[index])
        for closing in exposure.closing_changes:
            if len(closing.changes) == 1:
                change = closing.changes[0]
                affected[change] = max(affected.get(change, 0), closing.broken + 1)
                known = closed.setdefault(change, [])
                if not meant:
                    known.append(exposure)
    ranked = [
        BestChange(
            change=change,
            closes=len(exposures),
            breaks=affected[change] - len(exposures),
            named=tuple(_text(one) for one in exposures[:_MOST_NAMED]),
        )
        for change, exposures in closed.items()
        if exposures
    ]
    ranked.sort(key=_rank)
    return tuple(ranked[:most])


def _rank(one: BestChange) -> tuple[object, ...]:
    blunt = _BLUNTNESS.get(one.change.kind, len(_BLUNTNESS))
    return -one.closes, one.breaks, blunt, one.change


def _text(one: Exposure) -> str:
    through = f" through {one.through}" if one.through else ""
    return f"{one.resource} {load_text(one)} ({one.edge}{through})"
