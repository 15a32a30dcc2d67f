"""Which file systems a disk has, and where they are mounted when the machine runs (fstab(5))."""

import re
from collections.abc import Iterator, Mapping, Sequence

import msgspec

from vedette.errors import ParseError
from vedette.sources.disk_device import Device, Metered
from vedette.sources.disk_layer import read_path
from vedette.sources.filesystem import FileSystem, sniff
from vedette.sources.filesystem_ext import ExtFileSystem
from vedette.sources.filesystem_xfs import XfsFileSystem
from vedette.sources.limits import Limits, Meter
from vedette.sources.paths import readable
from vedette.sources.volume import Volume, volumes_of
from vedette.sources.volume_lvm import Unsupported, logical_volumes

# no Linux software is installed on these
_NO_FILES = frozenset({"swap", "vfat", "verity", "exfat", "ntfs"})
_LARGEST_SIGN = 1 << 20
_FSTAB = "etc/fstab"
_RELEASES = (
    "etc/os-release",
    "usr/lib/os-release",
    "etc/system-release",
    "etc/redhat-release",
    "etc/debian_version",
    "etc/alpine-release",
    "etc/SuSE-release",
)
_WEAKER = "etc/passwd"
_ESCAPE = re.compile(r"\\([0-7]{3})")
_BY = ("uuid", "label", "partuuid", "partlabel")
_STORED = frozenset({"auto", "ext2", "ext3", "ext4", "xfs", "btrfs", "f2fs", "erofs", "squashfs"})


class Mounted(msgspec.Struct, frozen=True, kw_only=True):
    """File systems by the path they are mounted at, `b""` for the root; `prefix` is put before all paths."""

    systems: Mapping[bytes, FileSystem]
    prefix: str = ""


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What of a disk is read, and what is not: pairs of a path or place and a reason."""

    trees: tuple[Mounted, ...]
    unread: tuple[tuple[str, str], ...]


class _Found(msgspec.Struct, frozen=True, kw_only=True):
    """A file system; `rank` is lower the more it looks like a root."""

    volume: Volume
    system: FileSystem
    rank: int
    lines: tuple["_Line", ...]

    def is_called(self, device: str) -> bool:
        names = {f"UUID={self.system.uuid}", *self.volume.names}
        if self.system.label:
            names.add(f"LABEL={self.system.label}")
        return device.casefold() in {name.casefold() for name in names}


class _Line(msgspec.Struct, frozen=True, kw_only=True):
    """A file system of etc/fstab."""

    device: str
    path: str


def plan_of(device: Device, limits: Limits) -> Plan:
    """Find the root file system and what belongs below it.

    The root is the one that says which distribution it is. What its `etc/fstab` mounts from this disk is read at its
    place; what it mounts from elsewhere is not read, which is said. Without a root, each file system stands for itself.

    Raises:
        OSError: the disk cannot be read.
    """
    found: list[_Found] = []
    unread: list[tuple[str, str]] = []
    for volume in _volumes(Metered(device, limits.inflated), unread):
        try:
            system = _opened(volume, limits)
            if system is not None:
                found.append(_looked_at(volume, system, limits))
        except ParseError as error:
            unread.append((volume.name, str(error)))
    roots = sorted((one for one in found if one.rank < _NO_ROOT), key=lambda one: one.rank)
    if roots:
        systems = _below(roots[0], found, unread)
        return Plan(trees=(Mounted(systems=systems),), unread=tuple(unread))
    trees = tuple(
        Mounted(systems={b"": one.system}, prefix=f"{one.volume.name}/" if found[1:] else "")
        for one in found
    )
    return Plan(trees=trees, unread=tuple(unread))


def _volumes(device: Device, unread: list[tuple[str, str]]) -> Iterator[Volume]:
    physical: list[Device] = []
    for volume in volumes_of(device):
        if sniff(volume.device) == "LVM":
            physical.append(volume.device)
        else:
            yield volume
    try:
        for logical in logical_volumes(physical):
            if isinstance(logical, Unsupported):
                unread.append((f"volume {logical.name}", logical.reason))
            else:
                yield logical
    except ParseError as error:
        unread.append(("LVM", str(error)))


def _opened(volume: Volume, limits: Limits) -> FileSystem | None:
    kind = sniff(volume.device)
    if kind == "ext":
        return ExtFileSystem(volume.device, limits.directory)
    if kind == "xfs":
        return XfsFileSystem(volume.device, limits.directory)
    if kind is None or kind in _NO_FILES:
        return None
    raise ParseError(f"not supported: {kind}")


_NO_ROOT = 4


def _looked_at(volume: Volume, system: FileSystem, limits: Limits) -> _Found:
    def signed(path: str) -> bytes | None:
        return read_path(system, path, _LARGEST_SIGN, Meter(limits, extractor="disk"))

    fstab = signed(_FSTAB)
    lines = tuple(_lines(fstab or b""))
    found = _Found(volume=volume, system=system, rank=0, lines=lines)
    if any(signed(path) is not None for path in _RELEASES):
        itself = any(line.path == "/" and found.is_called(line.device) for line in lines)
        rank = 0 if itself else 1
    elif fstab is not None:
        rank = 2  # its /usr is elsewhere, and os-release with it
    else:
        rank = 3 if signed(_WEAKER) is not None else _NO_ROOT
    return msgspec.structs.replace(found, rank=rank)


def _below(
    root: _Found, found: Sequence[_Found], unread: list[tuple[str, str]]
) -> dict[bytes, FileSystem]:
    """The root and what its fstab mounts; notes what cannot be."""
    systems = {b"": root.system}
    used = [root]
    for line in root.lines:
        path = "/".join(part for part in line.path.split("/") if part not in {"", "."})
        if not path or ".." in path.split("/"):
            continue
        here = next((one for one in found if one.is_called(line.device)), None)
        if here is None:
            unread.append((path, f"mounted from {line.device[:200]}, which is not read here"))
        elif here is not root:
            systems[path.encode()] = here.system
            used.append(here)
    for one in found:
        if one not in used:
            other = (
                "another root file system" if one.rank < _NO_ROOT else "etc/fstab does not mount it"
            )
            unread.append((one.volume.name, f"not read: {other}"))
    return systems


def _lines(fstab: bytes) -> Iterator[_Line]:
    """The lines about disks that are mounted when the machine starts."""
    for raw in fstab.splitlines():
        fields = readable(raw).split()
        if len(fields) < 4 or fields[0].startswith("#"):  # noqa: PLR2004 - device, path, type, options
            continue
        device, path, kind, options = (_unescaped(field) for field in fields[:4])
        if not path.startswith("/") or not _STORED & set(kind.split(",")):
            continue
        if not {"noauto", "bind", "rbind"} & set(options.split(",")):
            yield _Line(device=_named(device), path=path)


def _unescaped(field: str) -> str:
    return _ESCAPE.sub(lambda found: chr(int(found[1], 8)), field)


def _named(device: str) -> str:
    """The device as `KEY=value` where it can be told so."""
    key, equals, value = device.partition("=")
    if equals:
        return f"{key}={value.strip(chr(34))}"
    for by in _BY:
        prefix = f"/dev/disk/by-{by}/"
        if device.startswith(prefix):
            return f"{by.upper()}={device.removeprefix(prefix)}"
    return device
