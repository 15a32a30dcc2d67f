"""What `docker login` has kept (docker-credential-helpers, "Development"; docker/cli, "config.json").

A file `config.json` has passwords by registry, or the name of the program that keeps them (`docker-credential-NAME`).
"""

import base64
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from vedette.clients.oci import Credentials
from vedette.errors import ConfigError

_HUB = ("https://index.docker.io/v1/", "index.docker.io", "registry-1.docker.io")
_HELPER_SECONDS = 30
_LARGEST = 1 << 20
_MISSING = "credentials not found"


class _Auth(msgspec.Struct, frozen=True):
    auth: str = ""
    username: str = ""
    password: str = ""


class _Config(
    msgspec.Struct, frozen=True, rename={"helpers": "credHelpers", "store": "credsStore"}
):
    auths: dict[str, _Auth] = {}
    helpers: dict[str, str] = {}
    store: str = ""


class _Kept(msgspec.Struct, frozen=True, rename="pascal"):
    username: str
    secret: str


def stored_credentials(
    path: Path, registry: str, environment: Mapping[str, str]
) -> Credentials | None:
    """The user's name and password for a registry's host; None where there are none.

    Args:
        path: the `config.json`; it need not be there.
        registry: the host as an image's name has it.
        environment: for the programs that keep passwords.

    Raises:
        ConfigError: the file is not what it should be, or such a program fails.
    """
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}") from error
    try:
        config = msgspec.json.decode(data[:_LARGEST], type=_Config)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: {error}") from error
    for host in _names(registry):
        if helper := config.helpers.get(host) or config.store:
            if kept := _helped(helper, host, environment):
                return kept
        elif host in config.auths:
            return _plain(config.auths[host], path)
    return None


def _names(registry: str) -> tuple[str, ...]:
    if registry == "docker.io":
        return _HUB
    return registry, f"https://{registry}", f"https://{registry}/"


def _plain(auth: _Auth, path: Path) -> Credentials | None:
    if auth.username:
        return Credentials(user=auth.username, password=auth.password)
    try:
        user, _, password = base64.b64decode(auth.auth, validate=True).decode().partition(":")
    except ValueError as error:
        raise ConfigError(f"{path}: a password that cannot be read: {error}") from error
    return Credentials(user=user, password=password) if user else None


def _helped(helper: str, host: str, environment: Mapping[str, str]) -> Credentials | None:
    """What the program that keeps passwords has for the host."""
    program = f"docker-credential-{helper}"
    if "/" in helper:
        raise ConfigError(f"not the name of a credential helper: {helper[:80]!r}")
    try:
        done: subprocess.CompletedProcess[Any] = subprocess.run(  # noqa: S603 - the user's own configuration names it
            [program, "get"],
            input=host.encode(),
            capture_output=True,
            timeout=_HELPER_SECONDS,
            check=False,
            env=dict(environment),
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ConfigError(f"{program}: {error}") from error
    said = (done.stdout + done.stderr).decode("utf-8", "replace").strip()
    if done.returncode:
        if _MISSING in said:
            return None
        raise ConfigError(f"{program}: {said[:200]}")
    try:
        kept = msgspec.json.decode(done.stdout, type=_Kept)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise ConfigError(f"{program}: {error}") from error
    return Credentials(user=kept.username, password=kept.secret)
