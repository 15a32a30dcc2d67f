"""`vedette scan KIND TARGET`."""

import sys
from pathlib import Path

import click

from vedette.app.scan import judge_local
from vedette.bootstrap import clock, scanning
from vedette.cli.commands.inventories import SBOM, chosen_cache, inventory_of
from vedette.cli.commands.options import Exit, database_option, emit, output_option, platform_option
from vedette.cli.commands.targets import KINDS
from vedette.cli.render.scan_table import scan_table
from vedette.cli.render.terminal import note
from vedette.config import load_settings
from vedette.integrations import SCAN_FORMATS
from vedette.model.finding import FindingStatus
from vedette.model.scan import ScanReport
from vedette.model.severity import Severity

_FORMATS = {one.name: one for one in SCAN_FORMATS}


@click.command("scan")
@click.argument("kind", type=click.Choice(sorted((*KINDS, SBOM))))
@click.argument("target")
@database_option
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", *sorted(_FORMATS)]),
    default="table",
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
    settings = load_settings()
    cache = chosen_cache(settings, cache_dir, no_cache=no_cache)
    with scanning.advisory_database(database, settings) as index:
        if index.starter:
            note(starter_note(index.built_at.date().isoformat()))
        report = judge_local(
            inventory_of(kind, target, cache, platform=platform),
            index,
            kind=kind,
            now=clock.now(),
            ignore_unfixed=ignore_unfixed,
        )
    if vex:
        from vedette.cli.commands.vex_files import with_vex  # noqa: PLC0415 - few scans have any

        report = with_vex(report, vex)
    emit(_written(report, form, fail_on), output)
    sys.exit(_status(report, fail_on))


def _written(report: ScanReport, form: str, fail_on: str | None) -> bytes:
    """The report in a format; a test of JUnit's fails where the scan would, or at any finding."""
    if form == "table":
        return scan_table(report).encode()
    least = Severity.UNTRIAGED if fail_on is None else Severity(fail_on.upper())
    return _FORMATS[form].render(report, least)


def starter_note(dated: str) -> str:
    """What is said whenever the starter set is used."""
    return (
        f"vedette: judged with the starter set of {dated}, a few hundred well-known CVEs. "
        "Run `vedette db update` for all of them."
    )


def _status(report: ScanReport, fail_on: str | None) -> Exit:
    if fail_on is not None:
        least = Severity(fail_on.upper()).rank
        active = (one for one in report.findings if one.status is FindingStatus.ACTIVE)
        if any(finding.severity.rank >= least for finding in active):
            return Exit.FOUND
    return Exit.PARTIAL if report.inventory.failures else Exit.DONE
