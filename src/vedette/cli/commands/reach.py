"""`vedette reach --snapshot DIR`."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TypedDict, Unpack

import click

from vedette.cli.commands.options import Exit, emit, output_option
from vedette.cli.render.reach_table import reach_table
from vedette.errors import ConfigError
from vedette.network.describe import read_snapshot
from vedette.network.normalise.topology import topology_of
from vedette.network.pictures.dot import dot
from vedette.network.pictures.graph import Picture, pictures_of
from vedette.network.pictures.mermaid import mermaid
from vedette.network.pictures.svg import svg
from vedette.network.reach import Reach, reach
from vedette.network.report import encode, reach_document
from vedette.network.selection import Selection, absent, selected, vpcs_of
from vedette.network.topology import Topology

_PICTURES: dict[str, Callable[[tuple[Picture, ...]], str]] = {
    "dot": dot,
    "svg": svg,
    "mermaid": mermaid,
}


class _Options(TypedDict):
    """The command's options, as they are named."""

    snapshot: Path
    form: str
    interface: str | None
    resource: str | None
    vpc: str | None
    output: Path | None


@click.command("reach")
@click.option(
    "--snapshot",
    required=True,
    type=click.Path(path_type=Path),
    help="Folder of recorded answers: ACCOUNT/REGION/SERVICE.OPERATION.json.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "json", *_PICTURES]),
    default="table",
    show_default=True,
)
@click.option("--interface", metavar="ENI", help="Only what is about this network interface.")
@click.option(
    "--resource", metavar="ID", help="Only what is about this instance, function or load balancer."
)
@click.option("--vpc", metavar="VPC", help="Only what is about this VPC.")
@output_option
def COMMAND(**options: Unpack[_Options]) -> None:  # noqa: N802 - the catalogue's name
    """Say what can be reached from where, from recorded configuration alone.

    The files are the AWS CLI's own output. Exit status: 0 done, 2 the snapshot cannot be used, 3 in part unknown.
    """
    topology = topology_of(read_snapshot(options["snapshot"]))
    form = options["form"]
    selection = Selection(
        interface=options["interface"], resource=options["resource"], vpc=options["vpc"]
    )
    answers = _asked(reach(topology, cuts=form == "json"), topology, selection)
    emit(_rendered(answers, topology, form).encode(), options["output"])
    sys.exit(Exit.PARTIAL if answers.unknown else Exit.DONE)


def _asked(answers: Reach, topology: Topology, selection: Selection) -> Reach:
    missing = absent(answers, topology, selection)
    if missing:
        raise ConfigError(f"the snapshot has no {' and no '.join(missing)}")
    return selected(answers, topology, selection)


def _rendered(answers: Reach, topology: Topology, form: str) -> str:
    if form == "table":
        return reach_table(answers)
    if form == "json":
        return encode(reach_document(answers)).decode()
    return _PICTURES[form](pictures_of(answers, vpcs_of(topology)))
