"""Reading an estate: a folder of YAML files (their top-level keys joined, lists appended) or one file."""

from collections.abc import Iterable, Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import msgspec
import yaml

from vedette_simulator.errors import EstateError
from vedette_simulator.estate.model import Estate, GroupRule, Instance, Network

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
    fault = next(_faults(estate), None)
    if fault is not None:
        raise EstateError(f"{place}: {fault}")


def _faults(estate: Estate) -> Iterator[str]:
    organization = estate.organization
    if sum(account.management for account in organization.accounts) != 1:
        yield "organization: exactly one account must be the management account"
    accounts = {account.id for account in organization.accounts}
    for name, account, region in _owned(estate):
        yield from _unknown(name, account, accounts, "account")
        yield from _unknown(name, region, set(organization.regions), "region")
    for network in estate.networks:
        yield from _broken(network)
    layers = {layer.name for layer in estate.lambda_layers}
    for function in estate.functions:
        for layer in function.layers:
            yield from _unknown(function.name, layer, layers, "layer")
    yield from _homeless(estate)
    yield from _imageless(estate)


def _imageless(estate: Estate) -> Iterator[str]:
    images = {
        f"{one.account}/{one.region}/{one.name}:{tag}"
        for one in estate.repositories
        for image in one.images
        for tag in image.tags
    }
    for cluster in estate.clusters:
        for service in cluster.services:
            name = f"{cluster.account}/{cluster.region}/{service.repository}:{service.tag}"
            yield from _unknown(service.name, name, images, "image")


def _homeless(estate: Estate) -> Iterator[str]:
    networks = {network.name: network for network in estate.networks}
    software = {item.name for item in estate.software}
    for instance in estate.instances:
        yield from _unknown(instance.name, instance.software, software, "software")
        yield from _unknown(instance.name, instance.network, set(networks), "network")
        if instance.network in networks:
            yield from _misplaced(instance, networks[instance.network])


def _owned(estate: Estate) -> Iterator[tuple[str, str, str]]:
    """Name, account and region of everything that says where it is."""
    yield from ((item.name, item.account, item.region) for item in estate.networks)
    yield from ((item.name, item.account, item.region) for item in estate.repositories)
    yield from ((item.name, item.account, item.region) for item in estate.clusters)
    yield from ((item.name, item.account, item.region) for item in estate.lambda_layers)
    yield from ((item.name, item.account, item.region) for item in estate.functions)
    yield from ((item.name, item.account, item.region) for item in estate.rules)


def _broken(network: Network) -> Iterator[str]:
    tables = {table.name for table in network.route_tables}
    acls = {acl.name for acl in network.network_acls}
    for subnet in network.subnets:
        if subnet.route_table is not None:
            yield from _unknown(subnet.name, subnet.route_table, tables, "route table")
        if subnet.network_acl is not None:
            yield from _unknown(subnet.name, subnet.network_acl, acls, "network ACL")
    if not network.internet_gateway and any(table.routes for table in network.route_tables):
        yield f"{network.name}: a route to an internet gateway, and none in the network"
    for group in network.security_groups:
        for rule in (*group.ingress, *(group.egress or ())):
            yield from _peerless(group.name, rule, network)


def _peerless(who: str, rule: GroupRule, network: Network) -> Iterator[str]:
    if sum(peer is not None for peer in (rule.cidr, rule.group, rule.prefix_list)) != 1:
        yield f"{who}: a rule needs exactly one of cidr, group and prefix_list"
    if rule.group is not None:
        groups = {group.name for group in network.security_groups}
        yield from _unknown(who, rule.group, groups, "security group")
    if rule.prefix_list is not None:
        lists = {item.name for item in network.prefix_lists}
        yield from _unknown(who, rule.prefix_list, lists, "prefix list")


def _misplaced(instance: Instance, network: Network) -> Iterator[str]:
    yield from _unknown(
        instance.name, instance.subnet, {subnet.name for subnet in network.subnets}, "subnet"
    )
    groups = {group.name for group in network.security_groups}
    for group in instance.groups:
        yield from _unknown(instance.name, group, groups, "security group")


def _unknown(who: str, name: str, names: set[str], kind: str) -> Iterator[str]:
    if name not in names:
        yield f"{who}: no {kind} {name!r} in this estate"
