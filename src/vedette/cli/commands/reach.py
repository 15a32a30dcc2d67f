"""`vedette reach --snapshot DIR`."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypedDict, Unpack

import click

from vedette.cli.commands.options import Exit, emit, output_option
from vedette.cli.render.reach_change import change_table
from vedette.cli.render.reach_table import reach_table
from vedette.errors import ConfigError, ParseError
from vedette.network.describe import read_snapshot
from vedette.network.intended import intended
from vedette.network.intents import read_intents
from vedette.network.normalise.topology import topology_of
from vedette.network.pictures.dot import dot
from vedette.network.pictures.graph import Picture, pictures_of
from vedette.network.pictures.mermaid import mermaid
from vedette.network.pictures.svg import svg
from vedette.network.reach import Reach, reach
from vedette.network.report import encode, intents_document, reach_document
from vedette.network.selection import Selection, absent, selected, vpcs_of
from vedette.network.snapshot import Snapshot
from vedette.network.tags import read_tags
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


_APART = (("change", "intents"), ("change", "fail_on_unexpected"))
"""Options of which one at most makes sense."""


class _Options(TypedDict):
    """The command's options, as they are named."""

    snapshot: Path
    form: str
    interface: str | None
    resource: str | None
    vpc: str | None
    change: Path | None
    intents: Path | None
    fail_on_unexpected: bool
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
@click.option(
    "--intents",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Compare with the exposure that this TOML file declares.",
)
@click.option(
    "--fail-on-unexpected",
    is_flag=True,
    help="Exit with 1 where an exposure is in no intent.",
)
@output_option
def COMMAND(**options: Unpack[_Options]) -> None:  # noqa: N802 - the catalogue's name
    """Say what can be reached from where, from recorded configuration alone.

    The files are the AWS CLI's own output. Exit status: 0 done, 1 the changes open something or something is
    unexpected, 2 the snapshot or another file cannot be used, 3 in part unknown.
    """
    for one, other in _APART:
        if options.get(one) and options.get(other):
            raise ConfigError(f"{_spelled(one)} and {_spelled(other)} cannot be used together")
    snapshot = read_snapshot(options["snapshot"])
    selection = Selection(
        interface=options["interface"], resource=options["resource"], vpc=options["vpc"]
    )
    if options["change"] is not None:
        status = _change(snapshot, options["change"], selection, options)
    elif options["intents"] is not None:
        status = _intents(snapshot, options["intents"], selection, options)
    else:
        status = _plain(snapshot, selection, options)
    sys.exit(status)


def _spelled(name: str) -> str:
    return f"--{name.replace('_', '-')}"


def _plain(snapshot: Snapshot, selection: Selection, options: _Options) -> Exit:
    form = options["form"]
    topology = topology_of(snapshot)
    answers = _asked(reach(topology, cuts=form == "json"), topology, selection)
    emit(_rendered(answers, topology, form).encode(), options["output"])
    return Exit.PARTIAL if answers.unknown else Exit.DONE


def _intents(snapshot: Snapshot, path: Path, selection: Selection, options: _Options) -> Exit:
    form = _not_a_picture(options["form"], "--intents")
    with _within(path):
        intents = read_intents(read_file(path))
    topology = topology_of(snapshot)
    answers = _asked(reach(topology, cuts=form == "json"), topology, selection)
    compared = intended(answers, topology, intents, read_tags(options["snapshot"]))
    if form == "json":
        emit(encode(intents_document(answers, compared)), options["output"])
    else:
        emit(reach_table(answers, compared).encode(), options["output"])
    if options["fail_on_unexpected"] and compared.unexpected:
        return Exit.FOUND
    return Exit.PARTIAL if answers.unknown else Exit.DONE


def _change(snapshot: Snapshot, path: Path, selection: Selection, options: _Options) -> Exit:
    form = _not_a_picture(options["form"], "--change")
    with _within(path):
        plan = planned(snapshot, read_file(path))
    topologies = (topology_of(snapshot), topology_of(plan.snapshot))
    before, after = (selected(reach(one, cuts=False), one, selection) for one in topologies)
    difference = compare(before, after)
    shown: tuple[Difference, Planned, tuple[str, ...]] = (difference, plan, after.assumptions)
    if form == "json":
        emit(encode(change_document(*shown)), options["output"])
    else:
        emit(change_table(*shown).encode(), options["output"])
    if difference.opens:
        return Exit.FOUND
    return Exit.PARTIAL if plan.unknown or difference.unknown else Exit.DONE


def _not_a_picture(form: str, option: str) -> str:
    if form in _PICTURES:
        raise ConfigError(f"{option} has no format {form}")
    return form


@contextmanager
def _within(path: Path) -> Iterator[None]:
    """Name the file that an error is in."""
    try:
        yield
    except ParseError as error:
        raise error.within(str(path)) from None


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
