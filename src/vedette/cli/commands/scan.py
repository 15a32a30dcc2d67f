"""`vedette scan KIND TARGET`."""

import sys
from pathlib import Path

import click

from vedette.cli.commands.asked_scan import TABLE, Scan
from vedette.cli.commands.inventories import SBOM
from vedette.cli.commands.judging import FORMATS
from vedette.cli.commands.options import database_option, output_option, platform_option
from vedette.cli.commands.targets import KINDS
from vedette.cli.commands.write_scan import write_scan
from vedette.model.severity import Severity


@click.command("scan")
@click.argument("kind", type=click.Choice(sorted((*KINDS, SBOM))))
@click.argument("target")
@database_option
@click.option(
    "--format",
    "form",
    type=click.Choice([TABLE, *sorted(FORMATS)]),
    default=TABLE,
    show_default=True,
)
@output_option
@platform_option
@click.option(
    "--fail-on",
    type=click.Choice([level.lower() for level in Severity], case_sensitive=False),
    help="Exit with 1 where a finding is at least this severe.",
)
@click.option(
    "--vex",
    multiple=True,
    type=click.Path(path_type=Path, dir_okay=False),
    help="OpenVEX, CSAF or CycloneDX statements; what they clear is set aside. May be repeated.",
)
@click.option("--ignore-unfixed", is_flag=True, help="Leave out what has no fix.")
@click.option(
    "--cache-dir", type=click.Path(path_type=Path), help="Where extracted layers are kept."
)
@click.option("--no-cache", is_flag=True, help="Read every layer, keep nothing.")
def COMMAND(  # noqa: N802, PLR0913 - the name is the catalogue's; the parameters are the command's options
    kind: str,
    target: str,
    database: Path | None,
    form: str,
    output: Path | None,
    fail_on: str | None,
    *,
    platform: str | None,
    vex: tuple[Path, ...],
    ignore_unfixed: bool,
    cache_dir: Path | None,
    no_cache: bool,
) -> None:
    """Find the vulnerabilities of one target, offline.

    KIND is what TARGET is: `disk` (raw, qcow2, VMDK, VHD or VHDX), `image` (a docker-archive, an OCI
    layout as a directory or tar, or the name of an image in a registry, with a host, a tag or `docker://` before it), `rootfs` (a
    directory with a root file system, `/` for this machine), `lambda` (a function's zip), `repo` (a source
    repository: what its lock files and manifests declare) or `sbom` (CycloneDX or SPDX: what it states).

    Exit status: 0 done, 1 findings at or above --fail-on, 2 the target cannot be read, 3 done in part.
    """
    sys.exit(
        write_scan(
            Scan(
                kind=kind,
                target=target,
                form=form,
                output=output,
                database=database,
                platform=platform,
                fail_on=fail_on,
                vex=vex,
                ignore_unfixed=ignore_unfixed,
                cache_dir=cache_dir,
                no_cache=no_cache,
            )
        )
    )
