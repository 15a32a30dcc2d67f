"""`vedette sbom KIND TARGET`."""

import sys
from pathlib import Path

import click

from vedette.cli.commands.inventories import chosen_cache, inventory_of
from vedette.cli.commands.options import Exit, emit, output_option
from vedette.cli.commands.targets import KINDS
from vedette.cli.render.terminal import note
from vedette.config import load_settings
from vedette.inventory.sbom import SBOM_FORMATS

_FORMATS = {form.name: form for form in SBOM_FORMATS}


@click.command("sbom")
@click.argument("kind", type=click.Choice(sorted(KINDS)))
@click.argument("target")
@click.option(
    "--format", "form", type=click.Choice(sorted(_FORMATS)), default="cyclonedx", show_default=True
)
@output_option
@click.option(
    "--cache-dir", type=click.Path(path_type=Path), help="Where extracted layers are kept."
)
@click.option("--no-cache", is_flag=True, help="Read every layer, keep nothing.")
def COMMAND(  # noqa: N802 - the name is the catalogue's; the parameters are the command's options
    kind: str,
    target: str,
    form: str,
    output: Path | None,
    *,
    cache_dir: Path | None,
    no_cache: bool,
) -> None:
    """Write the inventory of one target as an SBOM; nothing is matched.

    Exit status: 0 done, 2 the target cannot be read, 3 done in part.
    """
    cache = chosen_cache(load_settings(), cache_dir, no_cache=no_cache)
    inventory = inventory_of(kind, target, cache)
    for failure in inventory.failures:
        note(f"vedette: not read: {failure.path}: {failure.reason}")
    emit(_FORMATS[form].write(inventory), output)
    sys.exit(Exit.PARTIAL if inventory.failures else Exit.DONE)
