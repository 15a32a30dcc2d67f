"""`vedette reach --snapshot DIR`."""

import sys
from pathlib import Path

import click

from vedette.cli.commands.options import Exit, emit, output_option
from vedette.cli.render.table import table
from vedette.model.network import Exposure
from vedette.network.describe import read_snapshot
from vedette.network.normalise.topology import topology_of
from vedette.network.reach import Reach, reach
from vedette.network.report import encode, reach_document

_SHOWN_SOURCES = 3


def _sources(exposure: Exposure) -> str:
    if exposure.whole:
        return "everything the edge can send"
    shown = ", ".join(exposure.sources[:_SHOWN_SOURCES])
    more = len(exposure.sources) - _SHOWN_SOURCES
    return f"{shown} and {more} more" if more > 0 else shown


def _row(exposure: Exposure) -> list[str]:
    ports = exposure.ports
    span = str(ports.begin) if ports.begin == ports.end else f"{ports.begin}-{ports.end}"
    return [
        exposure.edge,
        exposure.resource,
        exposure.interface or "",
        exposure.address or "",
        exposure.transport,
        span,
        _sources(exposure),
        "yes" if exposure.return_path else "no",
    ]


def _table(answers: Reach) -> str:
    header = ["EDGE", "RESOURCE", "INTERFACE", "ADDRESS", "PROTOCOL", "PORTS", "FROM", "ANSWERED"]
    text = table(header, [_row(exposure) for exposure in answers.exposures])
    counts = (len(answers.exposures), len(answers.not_reachable), len(answers.unknown))
    told = ["{} exposures, {} not reachable, {} unknown".format(*counts)]
    told += [
        f"  unknown: {one.edge} to {one.interface or one.resource}: {one.code}: {one.reason}"
        for one in answers.unknown
    ]
    return "\n".join((text, "", *told, ""))


@click.command("reach")
@click.option(
    "--snapshot",
    required=True,
    type=click.Path(path_type=Path),
    help="Folder of recorded answers: ACCOUNT/REGION/SERVICE.OPERATION.json.",
)
@click.option(
    "--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True
)
@output_option
def COMMAND(snapshot: Path, form: str, output: Path | None) -> None:  # noqa: N802 - the catalogue's name
    """Say what can be reached from where, from recorded configuration alone.

    The files are the AWS CLI's own output. Exit status: 0 done, 2 the snapshot cannot be used, 3 in part unknown.
    """
    answers = reach(topology_of(read_snapshot(snapshot)))
    emit(encode(reach_document(answers)) if form == "json" else _table(answers).encode(), output)
    sys.exit(Exit.PARTIAL if answers.unknown else Exit.DONE)
