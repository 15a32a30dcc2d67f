"""`vedette coverage`."""

import sys

import click
import msgspec

from vedette.bootstrap import estate
from vedette.cli.commands.options import Exit
from vedette.cli.render.table import table
from vedette.config import load_settings
from vedette.model.coverage import Coverage


def _row(row: Coverage) -> list[str]:
    ref = row.resource
    scanned = row.last_scanned_at.isoformat(timespec="seconds") if row.last_scanned_at else "never"
    status = "ACTIVE" if row.active else "INACTIVE"
    return [
        ref.account or "",
        ref.region or "",
        ref.id,
        row.scan_type,
        status,
        row.reason,
        scanned,
        row.detail,
    ]


@click.command("coverage")
@click.option(
    "--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True
)
def COMMAND(form: str) -> None:  # noqa: N802 - the name is the catalogue's
    """What is scanned, since when, and why not.

    Parts of the estate that could not be looked at come last. Exit status: 0, or 3 where there are such parts.
    """
    with estate.open_store(load_settings()) as store:
        rows = tuple(store.coverage())
        failures = store.scope_failures()
    if form == "json":
        document = {
            "schema": "vedette-coverage/1",
            "coverage": msgspec.to_builtins(rows),
            "failures": msgspec.to_builtins(failures),
        }
        click.echo(msgspec.json.format(msgspec.json.encode(document), indent=2))
    else:
        header = ["ACCOUNT", "REGION", "RESOURCE", "SCAN", "STATUS", "REASON", "SCANNED", "DETAIL"]
        click.echo(table(header, [_row(row) for row in rows]))
        if failures:
            click.echo("\nNot looked at:")
            cells = [
                [one.account, one.region or "-", one.operation, one.code, one.reason]
                for one in failures
            ]
            click.echo(table(["ACCOUNT", "REGION", "OPERATION", "CODE", "REASON"], cells))
    sys.exit(Exit.PARTIAL if failures else Exit.DONE)
