"""Images by their names: which registry, and who we are there."""

import base64
import re
import tempfile
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path

import msgspec

from vedette.clients.docker_config import stored_credentials
from vedette.clients.http import HttpClient
from vedette.clients.oci import Credentials, Reference, Registry, parse_reference
from vedette.config import docker_config, process_environment
from vedette.errors import ParseError, ServiceError, SourceError
from vedette.sources.limits import Limits
from vedette.sources.registry import open_registry_image
from vedette.sources.tree import FileTree

Calls = Callable[..., Mapping[str, object]]
"""As `Account.call`, whose module loads all of boto3."""

_ECR = re.compile(
    r"(?P<account>[0-9]{12})\.dkr\.ecr(?:-fips)?\.(?P<region>[a-z0-9-]+)\.amazonaws\.com(?:\.cn)?"
)


def open_named_image(name: str, platform: str | None, stack: ExitStack) -> FileTree:
    """Find an image in its registry; layers are fetched when they are walked, and removed when the stack is closed.

    Credentials are those of `docker login`; for Amazon's registry otherwise a token for the ambient AWS credentials.

    Raises:
        SourceError: the registry refuses, or there is no such image.
        ConfigError: stored credentials cannot be read.
    """
    try:
        reference = parse_reference(name)
    except ParseError as error:
        raise SourceError(str(error)) from error
    http = stack.enter_context(HttpClient())
    folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="vedette-"))
    registry = Registry(http, reference, credentials=_credentials(reference))
    return open_registry_image(registry, reference, Path(folder), Limits(), platform=platform)


def _credentials(reference: Reference) -> Credentials | None:
    environment = process_environment()
    path = docker_config(environment)
    stored = stored_credentials(path, reference.registry, environment) if path else None
    if stored is None and (found := _ECR.fullmatch(reference.registry)):
        from vedette.clients.aws import AwsSettings, connect  # noqa: PLC0415 - only Amazon's registry

        region = found["region"]
        home = connect(AwsSettings(region=region, profile=None, role_name="", external_id=None))
        return ecr_credentials(home.call, found["account"], region)
    return stored


def ecr_credentials(call: Calls, account: str, region: str) -> Credentials:
    """A token for an account's registry, as its user and password.

    Raises:
        SourceError: AWS gives none.
    """
    try:
        answer = call("ecr", "get_authorization_token", region, registryIds=[account])
        token = _token(answer)
        user, _, password = base64.b64decode(token, validate=True).decode().partition(":")
    except (ServiceError, ValueError) as error:  # of msgspec and base64 too
        raise SourceError(f"no token for the registry of {account} in {region}: {error}") from error
    return Credentials(user=user, password=password)


class _Data(msgspec.Struct, rename="camel"):
    authorization_token: str


class _Answer(msgspec.Struct, rename="camel"):
    authorization_data: tuple[_Data]


def _token(answer: object) -> str:
    return msgspec.convert(answer, _Answer).authorization_data[0].authorization_token
