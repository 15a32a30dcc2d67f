"""`vedette findings explain --not`: of a local target, or of a resource whose inventory is kept."""

from pathlib import Path

import click

from vedette.app.undecided import inventories
from vedette.bootstrap import estate, scanning
from vedette.cli.commands.inventories import SBOM, inventory_of
from vedette.cli.commands.judging import starter_note
from vedette.cli.commands.targets import KINDS
from vedette.cli.render.terminal import note
from vedette.config import load_settings
from vedette.matching.absence import explain_absence

_KIND_TARGET = 2


def why_not(flaw: str, what: tuple[str, ...], database: Path | None) -> tuple[str, ...]:
    """Sentences on why nothing reports the flaw.

    Args:
        flaw: an id.
        what: kind and target, or a resource's id.
        database: to judge with; None for the one that is kept.
    """
    kinds = sorted((*KINDS, SBOM))
    if len(what) > _KIND_TARGET or (len(what) == _KIND_TARGET and what[0] not in kinds):
        raise click.UsageError(f"give KIND TARGET, or RESOURCE; KIND is one of {', '.join(kinds)}")
    settings = load_settings()
    with scanning.advisory_database(database, settings) as index:
        if index.starter:
            note(starter_note(index.built_at.date().isoformat()))
        if len(what) == _KIND_TARGET:
            return explain_absence(flaw, inventory_of(what[0], what[1], None), index)
        with estate.open_store(settings) as store:
            known = next(inventories(store, what[0]), None)
        if known is None:
            raise click.UsageError(f"nothing is kept of a resource {what[0]}")
        return explain_absence(flaw, known, index)
