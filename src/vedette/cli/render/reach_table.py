"""Network exposure as a table, with what is not known and what was taken for granted below it."""

from collections.abc import Iterable, Iterator

from vedette.cli.render.table import printable, table
from vedette.model.network import Exposure, UnknownReach
from vedette.network.elsewhere import elsewhere, elsewhere_text
from vedette.network.intended import Intended
from vedette.network.pictures.words import listed
from vedette.network.reach import Reach

_SHOWN_SOURCES = 3
_HEADER = ["EDGE", "RESOURCE", "INTERFACE", "ADDRESS", "PROTOCOL", "PORTS", "FROM", "ANSWERED"]


def reach_table(answers: Reach, intended: Intended | None = None) -> str:
    """One row for each exposure, with who expects it where intents were given."""
    header, rows = _HEADER, [exposure_row(exposure) for exposure in answers.exposures]
    if intended is not None:
        header = [*_HEADER, "EXPECTED BY"]
        named = zip(rows, intended.expected, strict=True)
        rows = [[*row, listed(names, _SHOWN_SOURCES) or "nobody"] for row, names in named]
    counts = (len(answers.exposures), len(answers.not_reachable), len(answers.unknown))
    lines = [
        table(header, rows),
        "",
        "{} exposures, {} not reachable, {} unknown".format(*counts),
        *_elsewhere_lines(answers),
        *(_intent_lines(intended) if intended is not None else ()),
        *unknown_lines(answers.unknown),
        *assumption_lines(answers.assumptions),
        "",
    ]
    return "\n".join(lines)


def _elsewhere_lines(answers: Reach) -> Iterator[str]:
    counted = elsewhere_text(elsewhere(answers.exposures))
    if counted:
        yield printable(counted)


def _intent_lines(intended: Intended) -> Iterator[str]:
    yield f"{intended.unexpected} exposures that nobody expects"
    for one in intended.unmet:
        about = f" for {one.resource}" if one.resource else ""
        yield printable(f"  does not hold: {one.intent}{about}: {one.code}: {one.reason}")
    if intended.untold:
        yield f"  {intended.untold} more do not hold"


def exposure_row(exposure: Exposure) -> list[str]:
    """The cells of one exposure."""
    return [
        exposure.edge,
        f"{exposure.resource} ({exposure.owner})" if exposure.owner else exposure.resource,
        exposure.interface or "",
        exposure.address or "",
        exposure.transport,
        ports_text(exposure),
        sources_text(exposure),
        "yes" if exposure.return_path else "no",
    ]


def ports_text(exposure: Exposure) -> str:
    """`22` or `80-443`."""
    ports = exposure.ports
    return str(ports.begin) if ports.begin == ports.end else f"{ports.begin}-{ports.end}"


def sources_text(exposure: Exposure) -> str:
    """The sources in a few words."""
    if exposure.whole:
        return "everything the edge can send"
    return listed(exposure.sources, _SHOWN_SOURCES)


def unknown_lines(unknown: Iterable[UnknownReach]) -> list[str]:
    """A line for each answer that is not known."""
    return [
        printable(
            f"  unknown: {one.edge} to {one.interface or one.resource}: {one.code}: {one.reason}"
        )
        for one in unknown
    ]


def assumption_lines(assumptions: Iterable[str]) -> list[str]:
    """A line for each thing that was taken for granted."""
    return [printable(f"  taken for granted: {one}") for one in assumptions]
