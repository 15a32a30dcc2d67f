"""`vedette findings undecided`: what nobody can tell about the estate, and why."""

from pathlib import Path

import click

from vedette.bootstrap import estate, scanning
from vedette.cli.commands.options import database_option
from vedette.config import load_settings


@click.command("undecided")
@click.argument("resource", metavar="[RESOURCE]", required=False)
@click.option(
    "--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True
)
@database_option
def undecided(resource: str | None, form: str, database: Path | None) -> None:
    """List flaws that packages may have, of which nobody can tell, each with the reason.

    Of all resources whose inventories are kept, or of the one with the id RESOURCE; also which packages nobody judges. JSON: one line a resource.
    """
    from vedette.app.undecided import doubts, inventories  # noqa: PLC0415 - matching is only here
    from vedette.cli.render.undecided_table import (  # noqa: PLC0415 - as above
        undecided_json,
        undecided_lines,
    )

    settings = load_settings()
    with (
        scanning.advisory_database(database, settings) as index,
        estate.open_store(settings) as store,
    ):
        for one in doubts(inventories(store, resource), index):
            for line in [undecided_json(one)] if form == "json" else undecided_lines(one):
                click.echo(line)
