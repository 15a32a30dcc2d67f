"""`vedette reach --snapshot DIR`."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypedDict, Unpack

import click
import msgspec

from vedette.cli.commands.options import Exit, emit, output_option
from vedette.cli.render.best_table import best_table
from vedette.cli.render.reach_change import change_table
from vedette.cli.render.reach_table import reach_table
from vedette.errors import ConfigError, ParseError
from vedette.network.best_changes import best_changes
from vedette.network.describe import read_snapshot
from vedette.network.entry_cuts import with_entry_cuts
from vedette.network.intended import Intended, Resources, intended
from vedette.network.intents import expected_by, read_intents
from vedette.network.judge import Memo
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
from vedette.network.whatif.compare import Difference, compare, exposure_of
from vedette.network.whatif.read import LARGEST_FILE, planned
from vedette.network.whatif.report import change_document

_PICTURES: dict[str, Callable[[tuple[Picture, ...]], str]] = {
    "dot": dot,
    "svg": svg,
    "mermaid": mermaid,
}


_APART = (("change", "fail_on_unexpected"), ("change", "best_change"))
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
    best_change: int | None
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
    help="Compare with the exposure that this TOML file declares; with --change, what opens.",
)
@click.option(
    "--fail-on-unexpected",
    is_flag=True,
    help="Exit with 1 where an exposure is in no intent.",
)
@click.option(
    "--best-change",
    is_flag=False,
    flag_value=10,
    type=click.IntRange(1, 1000),
    metavar="[N]",
    help="The N single changes (10) that close most, of what nobody expects where there are intents.",
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
    topology, answers = _judged(snapshot, selection, options)
    if options["best_change"] is not None:
        _emit_best(answers, None, options)
    elif form == "json":
        emit(encode(reach_document(answers)), options["output"])
    elif form == "table":
        emit(reach_table(answers).encode(), options["output"])
    else:
        pictures = pictures_of(answers, vpcs_of(topology))
        emit(_PICTURES[form](pictures).encode(), options["output"])
    return Exit.PARTIAL if answers.unknown else Exit.DONE


def _judged(snapshot: Snapshot, selection: Selection, options: _Options) -> tuple[Topology, Reach]:
    """The answers, with closing changes where they are told."""
    topology = topology_of(snapshot)
    cuts = options["form"] == "json" or options["best_change"] is not None
    answers = reach(topology, cuts=cuts)
    missing = absent(answers, topology, selection)
    if missing:
        raise ConfigError(f"the snapshot has no {' and no '.join(missing)}")
    answers = selected(answers, topology, selection)
    return topology, with_entry_cuts(answers, topology) if cuts else answers


def _emit_best(answers: Reach, compared: Intended | None, options: _Options) -> None:
    form = _not_a_picture(options["form"], "--best-change")
    expected = compared.expected if compared is not None else None
    best = best_changes(answers, options["best_change"] or 1, expected)
    if form == "table":
        emit(best_table(best, answers).encode(), options["output"])
        return
    document = reach_document(answers)
    if compared is not None:
        document = intents_document(answers, compared)
    document["best_changes"] = [msgspec.to_builtins(one) for one in best]
    emit(encode(document), options["output"])


def _intents(snapshot: Snapshot, path: Path, selection: Selection, options: _Options) -> Exit:
    form = _not_a_picture(options["form"], "--intents")
    with _within(path):
        intents = read_intents(read_file(path))
    topology, answers = _judged(snapshot, selection, options)
    compared = intended(answers, topology, intents, read_tags(options["snapshot"]))
    if options["best_change"] is not None:
        _emit_best(answers, compared, options)
    elif form == "json":
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
    memo = Memo()  # what the changes do not touch is judged once
    before, after = (selected(reach(one, memo, cuts=False), one, selection) for one in topologies)
    difference = compare(before, after)
    expected = _expected(difference, topologies[1], options)
    shown = (difference, plan, after.assumptions, expected)
    if form == "json":
        emit(encode(change_document(*shown)), options["output"])
    else:
        emit(change_table(*shown).encode(), options["output"])
    if difference.opens if expected is None else not all(expected):
        return Exit.FOUND
    return Exit.PARTIAL if plan.unknown or difference.unknown else Exit.DONE


def _expected(
    difference: Difference, topology: Topology, options: _Options
) -> tuple[tuple[str, ...], ...] | None:
    """Which intents cover what opens, piece by piece; None without intents."""
    path = options["intents"]
    if path is None:
        return None
    with _within(path):
        intents = read_intents(read_file(path))
    resources = Resources(topology, read_tags(options["snapshot"]))
    return tuple(
        expected_by(exposure_of(one), resources.facts(one.resource, one.interface), intents)
        for one in difference.opens
    )


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
