"""`vedette findings vex add|list|remove`: what VEX documents clear is set aside in every pass."""

from pathlib import Path

import click
import msgspec

from vedette.app.vex_documents import KeptDocument, drop_document, keep_statements, kept_documents
from vedette.bootstrap import clock, estate
from vedette.cli.commands.vex_files import statements_in
from vedette.cli.render.table import printable, table
from vedette.config import load_settings
from vedette.errors import ConfigError

_LONGEST_ID = 1000


@click.group("vex")
def vex_group() -> None:
    """Keep VEX documents: what they clear is set aside, with their reason. The next pass applies a change."""


@vex_group.command("add")
@click.argument(
    "files",
    metavar="FILE…",
    nargs=-1,
    required=True,
    type=click.Path(path_type=Path, dir_okay=False),
)
def add(files: tuple[Path, ...]) -> None:
    """Keep the statements of OpenVEX, CSAF or CycloneDX documents (JSON).

    A document of the same id is replaced. All files are read before any is kept.
    """
    documents = [(file, statements_in(file)) for file in files]
    for file, statements in documents:
        if not statements:
            raise ConfigError(f"{file}: nothing is said of any product")
        if len(statements[0].document) > _LONGEST_ID:
            raise ConfigError(f"{file}: its id has more than {_LONGEST_ID} characters")
    with estate.open_store(load_settings()) as store:
        for _, statements in documents:
            kept = keep_statements(store, statements, now=clock.now())
            click.echo(printable(f"kept {kept.id}: {_count(kept)}, applied by the next pass"))


@vex_group.command("list")
@click.option(
    "--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True
)
def show(form: str) -> None:
    """List the documents that are kept."""
    with estate.open_store(load_settings()) as store:
        kept = tuple(kept_documents(store))
    if form == "json":
        document = {"schema": "vedette-vex/1", "documents": kept}
        click.echo(msgspec.json.format(msgspec.json.encode(document), indent=2))
        return
    rows = [
        [one.id, one.author, str(one.statements), one.kept_at.date().isoformat()] for one in kept
    ]
    click.echo(table(["DOCUMENT", "AUTHOR", "STATEMENTS", "SINCE"], rows))


@vex_group.command("remove")
@click.argument("document")
def remove(document: str) -> None:
    """Keep a document no longer, by its id as `list` shows it."""
    with estate.open_store(load_settings()) as store:
        if not drop_document(store, document):
            raise ConfigError(f"no document {printable(document)} is kept")
    click.echo(printable(f"removed {document}, applied by the next pass"))


def _count(kept: KeptDocument) -> str:
    return f"{kept.statements} statement{'' if kept.statements == 1 else 's'}"
