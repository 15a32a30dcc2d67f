"""`vedette reach --snapshot DIR`."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TypedDict, Unpack

import click

from vedette.cli.commands.options import Exit, emit, output_option
from vedette.cli.render.reach_change import change_table
from vedette.cli.render.reach_table import reach_table
from vedette.errors import ConfigError, ParseError
from vedette.network.describe import read_snapshot
from vedette.network.normalise.topology import topology_of
from vedette.network.pictures.dot import dot
from vedette.network.pictures.graph import Picture, pictures_of
from vedette.network.pictures.mermaid import mermaid
from vedette.network.pictures.svg import svg
from vedette.network.reach import Reach, reach
from vedette.network.report import encode, reach_document
from vedette.network.selection import Selection, absent, selected, vpcs_of
from vedette.network.snapshot import Snapshot
from vedette.network.topology import Topology
from vedette.network.whatif.compare import Difference, compare
from vedette.network.whatif.planned import Planned
from vedette.network.whatif.read import LARGEST_FILE, planned
from vedette.network.whatif.report import change_document

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
    change: Path | None
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
@click.option(
    "--change",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Say what these changes would open and close: a list of changes, a Terraform plan"
    " (`terraform show -json`) or a CloudFormation change set.",
)
@output_option
def COMMAND(**options: Unpack[_Options]) -> None:  # noqa: N802 - the catalogue's name
    """Say what can be reached from where, from recorded configuration alone.

    The files are the AWS CLI's own output. Exit status: 0 done, 1 the changes open something, 2 the snapshot or the
    changes cannot be used, 3 in part unknown.
    """
    snapshot = read_snapshot(options["snapshot"])
    form = options["form"]
    selection = Selection(
        interface=options["interface"], resource=options["resource"], vpc=options["vpc"]
    )
    if options["change"] is not None:
        sys.exit(_change(snapshot, options["change"], selection, form, options["output"]))
    topology = topology_of(snapshot)
    answers = _asked(reach(topology, cuts=form == "json"), topology, selection)
    emit(_rendered(answers, topology, form).encode(), options["output"])
    sys.exit(Exit.PARTIAL if answers.unknown else Exit.DONE)


def _change(
    snapshot: Snapshot, path: Path, selection: Selection, form: str, output: Path | None
) -> Exit:
    if form in _PICTURES:
        raise ConfigError(f"--change has no format {form}")
    try:
        plan = planned(snapshot, read_file(path))
    except ParseError as error:
        raise error.within(str(path)) from None
    topologies = (topology_of(snapshot), topology_of(plan.snapshot))
    before, after = (selected(reach(one, cuts=False), one, selection) for one in topologies)
    difference = compare(before, after)
    shown: tuple[Difference, Planned, tuple[str, ...]] = (difference, plan, after.assumptions)
    if form == "json":
        emit(encode(change_document(*shown)), output)
    else:
        emit(change_table(*shown).encode(), output)
    if difference.opens:
        return Exit.FOUND
    return Exit.PARTIAL if plan.unknown or difference.unknown else Exit.DONE


def read_file(path: Path) -> bytes:
    """The bytes of a file of changes or intents. ConfigError if it cannot be read or is too large."""
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST_FILE + 1)
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from error
    return data


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
