"""Reading an estate: a folder of YAML files (their top-level keys joined, lists appended) or one file."""

from collections.abc import Iterable
from importlib.resources import files
from pathlib import Path
from typing import Any

import msgspec
import yaml

from vedette_simulator.errors import EstateError
from vedette_simulator.estate.model import Estate

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def load(name: str | Path) -> Estate:
    """The estate `default`, or the one at a path.

    Raises:
        EstateError: it does not exist, does not read, or refers to what it does not have.
    """
    place = (
        Path(str(files("vedette_simulator") / "estate" / "default"))
        if name == "default"
        else Path(name)
    )
    if place.is_dir():
        parts = sorted(place.glob("*.yaml"))
    elif place.is_file():
        parts = [place]
    else:
        raise EstateError(f"{place}: no such estate")
    if not parts:
        raise EstateError(f"{place}: no *.yaml in it")
    whole = _join(parts)
    try:
        estate = msgspec.convert(whole, Estate)
    except msgspec.ValidationError as error:
        raise EstateError(f"{place}: {error}") from error
    _check(estate, place)
    return estate


def _join(parts: Iterable[Path]) -> dict[str, Any]:
    whole: dict[str, Any] = {}
    for part in parts:
        for key, value in _read(part).items():
            if isinstance(value, list) and isinstance(whole.get(key), list):
                whole[key] = [*whole[key], *value]
            elif key in whole:
                raise EstateError(f"{part}: {key!r} is already given in another file")
            else:
                whole[key] = value
    return whole


def _read(part: Path) -> dict[str, Any]:
    try:
        value = yaml.load(part.read_text(encoding="utf-8"), Loader=_LOADER)  # noqa: S506 - it is the safe loader
    except (OSError, UnicodeError, yaml.YAMLError) as error:
        raise EstateError(f"{part}: {error}") from error
    if not isinstance(value, dict):
        raise EstateError(f"{part}: not a mapping")
    return value


def _check(estate: Estate, place: Path) -> None:
    accounts = {account.id for account in estate.organization.accounts}
    if sum(account.management for account in estate.organization.accounts) != 1:
        raise EstateError(
            f"{place}: organization: exactly one account must be the management account"
        )
    networks = {network.name: network for network in estate.networks}
    software = {item.name for item in estate.software}
    for owned in (
        *estate.networks,
        *estate.repositories,
        *estate.lambda_layers,
        *estate.functions,
        *estate.rules,
    ):
        _known(place, owned.name, owned.account, accounts, "account")
        _known(place, owned.name, owned.region, set(estate.organization.regions), "region")
    for instance in estate.instances:
        _known(place, instance.name, instance.network, set(networks), "network")
        _known(place, instance.name, instance.software, software, "software")
        network = networks[instance.network]
        _known(
            place, instance.name, instance.subnet, {item.name for item in network.subnets}, "subnet"
        )
        for group in instance.groups:
            _known(
                place,
                instance.name,
                group,
                {item.name for item in network.security_groups},
                "group",
            )


def _known(place: Path, who: str, name: str, names: set[str], kind: str) -> None:
    if name not in names:
        raise EstateError(f"{place}: {who}: no {kind} {name!r} in this estate")
