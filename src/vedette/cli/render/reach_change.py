"""What a change opens and closes, as tables."""

from collections.abc import Iterable, Sequence

from vedette.cli.render.reach_table import assumption_lines, unknown_lines
from vedette.cli.render.table import printable, table
from vedette.network.pictures.words import listed
from vedette.network.whatif.compare import Difference, Piece
from vedette.network.whatif.planned import Planned

_SHOWN_SOURCES = 3
_HEADER = ["EDGE", "RESOURCE", "INTERFACE", "ADDRESS", "PROTOCOL", "PORTS", "FROM"]


def change_table(
    difference: Difference,
    plan: Planned,
    assumptions: Iterable[str],
    expected: Sequence[tuple[str, ...]] | None = None,
) -> str:
    """A table for what opens and one for what closes, then everything that is not known."""
    lines: list[str] = []
    named = dict(zip(difference.opens, expected or (), strict=False))
    for title, pieces in (
        ("OPENS", difference.opens),
        ("CLOSES", difference.closes),
        ("IS ANSWERED NOW", difference.answered),
        ("IS NOT ANSWERED ANY MORE", difference.unanswered),
    ):
        if pieces:
            rows = [_row(one) for one in pieces]
            header = _HEADER
            if expected is not None and pieces is difference.opens:
                header = [*_HEADER, "EXPECTED BY"]
                rows = [
                    [*row, listed(named[one], _SHOWN_SOURCES) or "nobody"]
                    for row, one in zip(rows, pieces, strict=True)
                ]
            lines += [title, table(header, rows), ""]
    counts = (plan.applied, len(difference.opens), len(difference.closes))
    lines.append("{} changes: {} open, {} close".format(*counts))
    ignored = ", ".join(f"{count} {kind}" for kind, count in plan.ignored)
    if ignored:
        lines.append(printable(f"  no part in reachability: {ignored}"))
    lines += [
        printable(f"  unknown: {one.component} {one.attribute}: {one.reason}")
        for one in plan.unknown
    ]
    lines += unknown_lines(difference.unknown)
    lines += assumption_lines((*assumptions, *plan.notes))
    return "\n".join((*lines, ""))


def _row(one: Piece) -> list[str]:
    ports = one.ports
    span = str(ports.begin) if ports.begin == ports.end else f"{ports.begin}-{ports.end}"
    sources = listed(one.sources, _SHOWN_SOURCES)
    return [
        one.edge,
        one.resource,
        one.interface,
        one.address,
        one.transport,
        span,
        sources if one.certain else f"{sources} (not certain)",
    ]
