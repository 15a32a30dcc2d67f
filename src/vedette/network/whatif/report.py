"""What a change opens and closes, as the document `vedette-reach-change/1`."""

from collections.abc import Iterable, Sequence
from typing import Any

from vedette.network.report import other_document, source_set_id
from vedette.network.whatif.compare import Difference, Piece
from vedette.network.whatif.planned import Planned

SCHEMA = "vedette-reach-change/1"


def change_document(
    difference: Difference,
    plan: Planned,
    assumptions: Iterable[str],
    expected: Sequence[tuple[str, ...]] | None = None,
) -> dict[str, Any]:
    """The whole document; `sources` of a piece names a set in `source_sets`.

    `expected` goes with what opens, one by one: which intents cover it.
    """
    parts = {
        "opens": difference.opens,
        "closes": difference.closes,
        "answered": difference.answered,
        "unanswered": difference.unanswered,
    }
    sets = {
        source_set_id(one.sources): list(one.sources) for pieces in parts.values() for one in pieces
    }
    told = {name: [_piece(one) for one in pieces] for name, pieces in parts.items()}
    if expected is not None:
        for piece, names in zip(told["opens"], expected, strict=True):
            piece["expected_by"] = list(names)
    return {
        "schema": SCHEMA,
        "form": plan.form,
        "applied": plan.applied,
        "source_sets": {name: sets[name] for name in sorted(sets)},
        **told,
        "unknown": [
            *(
                {
                    "since": "change",
                    "component": one.component,
                    "attribute": one.attribute,
                    "reason": one.reason,
                }
                for one in plan.unknown
            ),
            *_answers(difference),
        ],
        "ignored": dict(plan.ignored),
        "assumptions": [*assumptions, *plan.notes],
    }


def _answers(difference: Difference) -> Iterable[dict[str, Any]]:
    new = frozenset(difference.new_unknown)
    for one in difference.unknown:
        yield {"since": "after" if one in new else "before", **other_document(one)}


def _piece(one: Piece) -> dict[str, Any]:
    return {
        "edge": one.edge,
        "resource": one.resource,
        "interface": one.interface or None,
        "address": one.address or None,
        "protocol": one.transport.value,
        "ports": [one.ports.begin, one.ports.end],
        "sources": source_set_id(one.sources),
        "through": one.through or None,
        "listener": one.listener or None,
        "labels": list(one.labels),
        "certain": one.certain,
    }
