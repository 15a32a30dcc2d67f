"""Network exposure as a table, with what is not known and what was taken for granted below it."""

from collections.abc import Iterable

from vedette.cli.render.table import printable, table
from vedette.model.network import Exposure, UnknownReach
from vedette.network.pictures.words import listed
from vedette.network.reach import Reach

_SHOWN_SOURCES = 3
_HEADER = ["EDGE", "RESOURCE", "INTERFACE", "ADDRESS", "PROTOCOL", "PORTS", "FROM", "ANSWERED"]


def reach_table(answers: Reach) -> str:
    """One row for each exposure."""
    counts = (len(answers.exposures), len(answers.not_reachable), len(answers.unknown))
    lines = [
        table(_HEADER, [exposure_row(exposure) for exposure in answers.exposures]),
        "",
        "{} exposures, {} not reachable, {} unknown".format(*counts),
        *unknown_lines(answers.unknown),
        *assumption_lines(answers.assumptions),
        "",
    ]
    return "\n".join(lines)


def exposure_row(exposure: Exposure) -> list[str]:
    """The cells of one exposure."""
    return [
        exposure.edge,
        exposure.resource,
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
