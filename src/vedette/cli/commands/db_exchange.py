"""`vedette db push|pull`: databases that are given away and taken."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from vedette.advisories.exchange.places import BucketPlace, DirectoryPlace, Place, RegistryPlace
from vedette.advisories.exchange.release import Release, private_key, public_key
from vedette.advisories.exchange.transfer import pull_database, push_database
from vedette.bootstrap import estate
from vedette.cli.commands.options import database_option
from vedette.clients.http import HttpClient
from vedette.clients.oci import Credentials, Registry, parse_reference
from vedette.clients.s3 import is_object_url, split_object_url
from vedette.config import Settings, load_settings
from vedette.errors import ConfigError

_OCI = "oci://"
_LARGEST_PASSWORD = 64 << 10
_name_option = click.option(
    "--name", default="latest", show_default=True, help="What the database is asked for by."
)


def _place_options(command: click.decorators.FC) -> click.decorators.FC:
    for option in (
        click.option("--user", metavar="NAME", help="At the registry (for ECR: AWS)."),
        click.option(
            "--password-file",
            type=click.Path(path_type=Path, dir_okay=False),
            help="Where the registry's password is.",
        ),
        click.option("--bucket-region", metavar="REGION", help="Default: the home Region."),
    ):
        command = option(command)
    return command


@click.command("push")
@click.argument("place", metavar="DIR|s3://BUCKET/PREFIX|oci://HOST/REPOSITORY")
@_name_option
@click.option(
    "--sign-with",
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Private Ed25519 key (PEM) that signs the release.",
)
@_place_options
@database_option
def push(
    place: str,
    name: str,
    sign_with: Path | None,
    *,
    database: Path | None,
    **how: Any,
) -> None:
    """Give the database away: to a directory, to S3, or to an OCI registry."""
    settings = load_settings()
    key = private_key(sign_with) if sign_with else None
    with _opened(place, settings, pushes=True, **how) as opened:
        release = push_database(database or settings.database, opened, name, key=key)
    _told("pushed", name, release, place)


@click.command("pull")
@click.argument("place", metavar="DIR|s3://BUCKET/PREFIX|oci://HOST/REPOSITORY")
@_name_option
@click.option(
    "--trust",
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Public Ed25519 key (PEM): a release that it did not sign is refused.",
)
@click.option("--older", is_flag=True, help="Take it though it is older than what stands.")
@_place_options
@database_option
def pull(
    place: str,
    name: str,
    trust: Path | None,
    *,
    older: bool,
    database: Path | None,
    **how: Any,
) -> None:
    """Take a database that was pushed, and judge with it from now on.

    What arrives is compared with the digests of its release, and with --trust its release with a signature, before it replaces what stands. A release that
    is older than what stands is refused: whoever can write to the place could put it back.
    """
    settings = load_settings()
    trusted = public_key(trust) if trust else None
    with _opened(place, settings, pushes=False, **how) as opened:
        pulled = pull_database(
            opened, name, database or settings.database, trusted=trusted, older=older
        )
    _told("unchanged" if pulled.unchanged else "pulled", name, pulled.release, place)


@contextmanager
def _opened(
    place: str,
    settings: Settings,
    *,
    pushes: bool,
    user: str | None,
    password_file: Path | None,
    bucket_region: str | None,
) -> Iterator[Place]:
    if bool(user) != bool(password_file) or (user and not place.startswith(_OCI)):
        raise click.UsageError("--user and --password-file belong together, for oci:// places")
    if bucket_region and not is_object_url(place):
        raise click.UsageError("--bucket-region is for s3:// places")
    if place.startswith(_OCI):
        credentials = _credentials(user, password_file) if user and password_file else None
        with HttpClient() as http:
            reference = parse_reference(place.removeprefix(_OCI))
            yield RegistryPlace(Registry(http, reference, credentials=credentials, pushes=pushes))
    elif is_object_url(place):
        bucket, prefix = split_object_url(place)
        home = estate.home_account(settings)
        yield BucketPlace(home, bucket, prefix, region=bucket_region)
    else:
        yield DirectoryPlace(Path(place))


def _credentials(user: str, password_file: Path) -> Credentials:
    try:
        with password_file.open(encoding="utf-8") as file:
            return Credentials(user=user, password=file.read(_LARGEST_PASSWORD).strip())
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{password_file}: cannot be read: {error}") from error


def _told(what: str, name: str, release: Release, place: str) -> None:
    moment = release.built_at.date().isoformat()
    click.echo(
        f"{what} {name} at {place}: {release.digest}, of {moment}, "
        f"{release.file.size / 1e6:.0f} MB ({release.packed.size / 1e6:.0f} MB packed)"
    )
