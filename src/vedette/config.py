"""Settings, read once from the environment.

Every setting has a flag as well; a flag wins. AWS credentials, profiles and endpoints are boto3's own business
(`AWS_PROFILE`, `AWS_ENDPOINT_URL`, …).
"""

import os
from collections.abc import Mapping
from pathlib import Path

import msgspec

from vedette.errors import ConfigError

_DEFAULT_REGION = "us-east-1"
_EXECUTORS = frozenset({"auto", "processes", "threads"})
_MOST_WORKERS = 256


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Where things are kept and how AWS is entered.

    `store` is an SQLAlchemy URL; `database` the advisory database's file; `feeds` the folder of fetched documents;
    `cache` the folder of extracted layers; `key_file` holds the key that secrets are sealed with. `executor` is where passes extract:
    `auto`, `threads`, `processes`, or the address of a Dask scheduler; `workers` how many processes, 0: as there are processors.
    """

    data: Path
    database: Path
    store: str
    feeds: Path
    cache: Path
    regions: tuple[str, ...]
    role_name: str
    external_id: str | None
    key_file: Path
    executor: str = "auto"
    workers: int = 0


def _folder(environment: Mapping[str, str], name: str, xdg: str, fallback: str) -> Path:
    if chosen := environment.get(name):
        return Path(chosen)
    if base := environment.get(xdg):
        return Path(base) / "vedette"
    home = environment.get("HOME")
    if not home:
        raise ConfigError(f"set {name}, {xdg} or HOME: there is no place to keep files")
    return Path(home) / fallback / "vedette"


def settings_from(environment: Mapping[str, str]) -> Settings:
    """Settings from variables, with the XDG base directories as defaults.

    Raises:
        ConfigError: where there is no folder to keep files in, or a setting is not what it may be.
    """
    data = _folder(environment, "VEDETTE_DATA_DIR", "XDG_DATA_HOME", ".local/share")
    cache = _folder(environment, "VEDETTE_CACHE_DIR", "XDG_CACHE_HOME", ".cache")
    regions = environment.get("VEDETTE_REGIONS") or environment.get("AWS_REGION")
    regions = regions or environment.get("AWS_DEFAULT_REGION") or _DEFAULT_REGION
    return Settings(
        data=data,
        database=Path(environment.get("VEDETTE_DB") or data / "advisories.db"),
        store=environment.get("VEDETTE_STORE") or f"sqlite:///{data / 'store.db'}",
        feeds=data / "feeds",
        cache=cache,
        regions=tuple(sorted({name.strip() for name in regions.split(",") if name.strip()})),
        role_name=environment.get("VEDETTE_ROLE_NAME") or "VedetteScanner",
        external_id=environment.get("VEDETTE_EXTERNAL_ID") or None,
        key_file=Path(environment.get("VEDETTE_KEY_FILE") or data / "key"),
        executor=_executor(environment.get("VEDETTE_EXECUTOR") or "auto"),
        workers=_workers(environment.get("VEDETTE_WORKERS") or "0"),
    )


def _executor(text: str) -> str:
    if text in _EXECUTORS or "://" in text:
        return text
    names = ", ".join(sorted(_EXECUTORS))
    raise ConfigError(
        f"VEDETTE_EXECUTOR is {text!r}: {names}, or a Dask scheduler's address, tcp://… or tls://…"
    )


def _workers(text: str) -> int:
    if text.isdecimal() and int(text) <= _MOST_WORKERS:
        return int(text)
    raise ConfigError(f"VEDETTE_WORKERS is {text!r}, not a number up to {_MOST_WORKERS}")


def process_environment() -> Mapping[str, str]:
    """The variables of this process, for programs that it starts and for files of other tools."""
    return os.environ  # noqa: TID251 - see `load_settings`


def docker_config(environment: Mapping[str, str]) -> Path | None:
    """The file that `docker login` writes; None where nobody has a home."""
    if chosen := environment.get("DOCKER_CONFIG"):
        return Path(chosen) / "config.json"
    home = environment.get("HOME")
    return Path(home) / ".docker" / "config.json" if home else None


def load_settings() -> Settings:
    """Settings from this process's environment.

    Raises:
        ConfigError: as `settings_from`.
    """
    return settings_from(os.environ)  # noqa: TID251 - the one place that reads it
