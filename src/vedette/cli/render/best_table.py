"""The changes that close most, as a table."""

from collections.abc import Iterable

from vedette.cli.render.reach_table import assumption_lines, unknown_lines
from vedette.cli.render.table import table
from vedette.network.best_changes import BestChange
from vedette.network.pictures.words import listed
from vedette.network.reach import Reach

_SHOWN = 3
_HEADER = ["CHANGE", "COMPONENT", "RULE", "CLOSES", "ALSO BREAKS", "FOR EXAMPLE"]


def best_table(best: Iterable[BestChange], answers: Reach) -> str:
    """One row for each change, then what is not known."""
    rows = [
        [
            one.change.kind,
            one.change.component,
            one.change.rule or "",
            str(one.closes),
            str(one.breaks),
            listed(one.named, _SHOWN),
        ]
        for one in best
    ]
    lines = [
        table(_HEADER, rows),
        "",
        f"{len(answers.exposures)} exposures, {len(answers.unknown)} unknown",
        *unknown_lines(answers.unknown),
        *assumption_lines(answers.assumptions),
        "",
    ]
    return "\n".join(lines)
