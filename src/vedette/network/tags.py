"""The tags of recorded instances, interfaces and functions, which the analysis itself does not read."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from vedette.network.describe import LARGEST_FILE


class _Tag(msgspec.Struct, frozen=True, rename="pascal"):
    key: str = ""
    value: str = ""


class _Instance(msgspec.Struct, frozen=True, rename="pascal"):
    instance_id: str = ""
    tags: tuple[_Tag, ...] = ()


class _Reservation(msgspec.Struct, frozen=True, rename="pascal"):
    instances: tuple[_Instance, ...] = ()


class _Instances(msgspec.Struct, frozen=True, rename="pascal"):
    reservations: tuple[_Reservation, ...] = ()


class _Interface(msgspec.Struct, frozen=True, rename="pascal"):
    network_interface_id: str = ""
    tag_set: tuple[_Tag, ...] = ()


class _Interfaces(msgspec.Struct, frozen=True, rename="pascal"):
    network_interfaces: tuple[_Interface, ...] = ()


def read_tags(directory: Path) -> dict[str, dict[str, str]]:
    """The tags by id. A file that cannot be read gives none: what it would have told is then expected by no tag."""
    out: dict[str, dict[str, str]] = {}
    for path in sorted(directory.glob("*/*/ec2.describe-instances.json")):
        for instances in _decoded(path, _Instances):
            for reservation in instances.reservations:
                out |= {one.instance_id: _tags(one.tags) for one in reservation.instances}
    for path in sorted(directory.glob("*/*/ec2.describe-network-interfaces.json")):
        for interfaces in _decoded(path, _Interfaces):
            out |= {
                one.network_interface_id: _tags(one.tag_set)
                for one in interfaces.network_interfaces
            }
    return out


def _tags(listed: tuple[_Tag, ...]) -> dict[str, str]:
    return {one.key: one.value for one in listed}


def _decoded(path: Path, kind: type[Any]) -> Iterator[Any]:
    try:
        if path.is_file() and path.stat().st_size <= LARGEST_FILE:
            yield msgspec.json.decode(path.read_bytes(), type=kind)
    except (OSError, msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return
