"""`vedette sbom KIND TARGET`."""

import sys
from pathlib import Path

import click

from vedette.cli.commands.options import output_option, platform_option
from vedette.cli.commands.targets import KINDS
from vedette.cli.commands.write_sbom import FORMATS, write_sbom


@click.command("sbom")
@click.argument("kind", type=click.Choice(sorted(KINDS)))
@click.argument("target")
@click.option(
    "--format", "form", type=click.Choice(sorted(FORMATS)), default="cyclonedx", show_default=True
)
@output_option
@platform_option
@click.option(
    "--cache-dir", type=click.Path(path_type=Path), help="Where extracted layers are kept."
)
@click.option("--no-cache", is_flag=True, help="Read every layer, keep nothing.")
def COMMAND(  # noqa: N802, PLR0913 - the name is the catalogue's; the parameters are the command's options
    kind: str,
    target: str,
    form: str,
    output: Path | None,
    *,
    platform: str | None,
    cache_dir: Path | None,
    no_cache: bool,
) -> None:
    """Write the inventory of one target as an SBOM; nothing is matched.

    Exit status: 0 done, 2 the target cannot be read, 3 done in part.
    """
    sys.exit(
        write_sbom(
            kind,
            target,
            form,
            output,
            platform=platform,
            cache_dir=cache_dir,
            no_cache=no_cache,
        )
    )
