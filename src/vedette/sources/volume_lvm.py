"""LVM2: linear and striped logical volumes (lvm2: lib/format_text; the metadata is text in every physical volume)."""

import re
import struct
from collections.abc import Iterator, Sequence

import msgspec

from vedette.errors import ParseError
from vedette.sources.disk_device import Device, exactly
from vedette.sources.volume import Volume

_SECTOR = 512
_LABEL = struct.Struct("<8sQII8s")
_AREA = struct.Struct("<QQ")
_AREA_HEAD = 512
_LARGEST_TEXT = 16 << 20
_MOST_AREAS = 32
_DEEPEST = 8
_IGNORED = 1
_TOKEN = re.compile(r'\s*+(?:#[^\n]*+\s*+)*+("(?:[^"\\]|\\.)*"|[A-Za-z0-9_.+@/:-]+|[{}\[\]=,])')
_COMMENTS = re.compile(r"#[^\n]*")

Value = str | int | float | list["Value"] | dict[str, "Value"]


class Unsupported(msgspec.Struct, frozen=True, kw_only=True):
    """A logical volume that is not read, and why."""

    name: str
    reason: str


class _Physical(msgspec.Struct, frozen=True, kw_only=True):
    identity: str
    device: Device
    text: str


class Striped:
    """A logical volume: extents of physical volumes, one after the other or in turns.

    Args:
        pieces: for each segment its size, the size of a stripe, and where its stripes are: device and offset.
    """

    def __init__(self, pieces: Sequence[tuple[int, int, list[tuple[Device, int]]]]) -> None:
        self._pieces = pieces
        self.size = sum(size for size, _, _ in pieces)

    def read(self, offset: int, size: int) -> bytes:
        """See `Device`."""
        found: list[bytes] = []
        end = min(offset + size, self.size)
        start = 0
        for length, stripe, places in self._pieces:
            at, last = max(offset, start), min(end, start + length)
            while at < last:
                row, inside = divmod(at - start, stripe)
                count = min(last - at, stripe - inside)
                device, place = places[row % len(places)]
                found.append(exactly(device, place + row // len(places) * stripe + inside, count))
                at += count
            start += length
        return b"".join(found)


def logical_volumes(physical: Sequence[Device]) -> Iterator[Volume | Unsupported]:
    """The logical volumes in some physical ones, by name.

    Raises:
        OSError: a device cannot be read.
        ParseError: the metadata cannot be understood.
    """
    groups: dict[str, list[_Physical]] = {}
    texts: dict[str, tuple[int, dict[str, Value]]] = {}
    for device in physical:
        found = _physical(device)
        if found is None:
            continue
        for name, group in _parsed(found.text).items():
            if not isinstance(group, dict) or "physical_volumes" not in group:
                continue
            number = _number(group, "seqno")
            groups.setdefault(name, []).append(found)
            if name not in texts or number > texts[name][0]:
                texts[name] = number, group
    for name in sorted(groups):
        yield from _volumes(name, texts[name][1], groups[name])


def _physical(device: Device) -> _Physical | None:
    for at in range(4):
        head = exactly(device, at * _SECTOR, _SECTOR)
        mark, _, _, offset, kind = _LABEL.unpack_from(head)
        if mark == b"LABELONE" and kind == b"LVM2 001" and offset + 40 <= _SECTOR:
            identity = head[offset : offset + 32].decode("ascii", "replace")
            areas = list(_areas(head, offset + 40))
            for start, size in areas:
                text = _text(device, start, size)
                if text:
                    return _Physical(identity=identity, device=device, text=text)
    return None


def _areas(head: bytes, at: int) -> Iterator[tuple[int, int]]:
    """The areas with metadata: the second list, after that of the areas with data."""
    lists = 0
    for _ in range(_MOST_AREAS):
        if at + _AREA.size > len(head):
            return
        start, size = _AREA.unpack_from(head, at)
        at += _AREA.size
        if start == 0:
            lists += 1
            if lists == 2:  # noqa: PLR2004 - further lists are an extension's
                return
        elif lists:
            yield start, size


def _text(device: Device, start: int, size: int) -> str:
    head = exactly(device, start, _AREA_HEAD)
    if head[4:20] != b" LVM2 x[5A%r0N*>":
        return ""
    offset, length, _, flags = struct.unpack_from("<QQII", head, 40)
    if not offset or flags & _IGNORED or offset >= size:
        return ""
    if length > min(size, _LARGEST_TEXT):
        raise ParseError("LVM: metadata that is too large")
    first = min(length, size - offset)
    data = exactly(device, start + offset, first)
    if first < length:  # it goes on at the beginning of the area
        data += exactly(device, start + _AREA_HEAD, length - first)
    return data.rstrip(b"\0").decode("utf-8", "replace")


def _volumes(
    name: str, group: dict[str, Value], members: list[_Physical]
) -> Iterator[Volume | Unsupported]:
    extent = _number(group, "extent_size") * _SECTOR
    devices: dict[str, tuple[Device, int]] = {}
    present = {member.identity: member.device for member in members}
    for key, entry in _section(group, "physical_volumes").items():
        identity = str(entry.get("id", "")).replace("-", "") if isinstance(entry, dict) else ""
        if isinstance(entry, dict) and identity in present:
            devices[key] = present[identity], _number(entry, "pe_start") * _SECTOR
    volumes = _section(group, "logical_volumes")
    for volume, entry in sorted(volumes.items()):
        shown = f"{name}/{volume}"
        status = entry.get("status") if isinstance(entry, dict) else None
        if not isinstance(entry, dict) or not isinstance(status, list) or "VISIBLE" not in status:
            continue
        try:
            device = Striped([_piece(part, extent, devices) for part in _segments(entry)])
        except ParseError as error:
            yield Unsupported(name=shown, reason=error.reason)
            continue
        mapped = "-".join(part.replace("-", "--") for part in (name, volume))
        names = frozenset({f"/dev/{shown}", f"/dev/mapper/{mapped}"})
        yield Volume(name=f"volume {shown}", device=device, names=names)


def _segments(entry: dict[str, Value]) -> list[dict[str, Value]]:
    found = []
    reached = 0
    for number in range(1, _number(entry, "segment_count") + 1):
        part = _section(entry, f"segment{number}")
        if _number(part, "start_extent") != reached:
            raise ParseError("segments that do not follow one another")
        reached += _number(part, "extent_count")
        found.append(part)
    return found


def _piece(
    part: dict[str, Value], extent: int, devices: dict[str, tuple[Device, int]]
) -> tuple[int, int, list[tuple[Device, int]]]:
    kind = part.get("type")
    if kind not in {"striped", "linear"}:
        raise ParseError(f"not supported: LVM segments of type {str(kind)[:40]}")
    stripes = part.get("stripes")
    if not isinstance(stripes, list) or not stripes or len(stripes) % 2:
        raise ParseError("a segment without stripes")
    size = _number(part, "extent_count") * extent
    places = []
    for key, start in zip(stripes[::2], stripes[1::2], strict=True):
        if not isinstance(key, str) or key not in devices:
            raise ParseError("it is in part on a physical volume that is not here")
        if not isinstance(start, int):
            raise ParseError("a damaged segment")
        device, first = devices[key]
        places.append((device, first + start * extent))
    stripe = _number(part, "stripe_size") * _SECTOR if len(places) > 1 else size
    if stripe <= 0:
        raise ParseError("a damaged segment")
    return size, stripe, places


def _number(section: dict[str, Value], key: str) -> int:
    value = section.get(key)
    if not isinstance(value, int) or value < 0:
        raise ParseError(f"LVM: no {key}")
    return value


def _section(section: dict[str, Value], key: str) -> dict[str, Value]:
    value = section.get(key, {})
    if not isinstance(value, dict):
        raise ParseError(f"LVM: no {key}")
    return value


def _parsed(text: str) -> dict[str, Value]:
    """LVM's configuration text: `key = value`, `key { … }`, lists in brackets."""
    return _body(_tokens(text), 0)


def _tokens(text: str) -> Iterator[str]:
    at = 0
    while found := _TOKEN.match(text, at):
        yield found[1]
        at = found.end()
    rest = _COMMENTS.sub("", text[at:]).strip()
    if rest:
        raise ParseError(f"LVM: metadata that cannot be read: {rest[:20]!r}")


def _body(tokens: Iterator[str], depth: int) -> dict[str, Value]:
    if depth > _DEEPEST:
        raise ParseError("LVM: metadata that is too deep")
    found: dict[str, Value] = {}
    for key in tokens:
        if key == "}":
            return found
        mark = next(tokens, "")
        if mark == "{":
            found[key] = _body(tokens, depth + 1)
        elif mark == "=":
            found[key] = _value(tokens)
        else:
            raise ParseError(f"LVM: metadata that cannot be read at {key[:40]!r}")
    if depth:
        raise ParseError("LVM: metadata that ends early")
    return found


def _value(tokens: Iterator[str]) -> Value:
    token = next(tokens, "")
    if token != "[":  # noqa: S105 - a bracket
        return _scalar(token)
    items: list[Value] = []
    for item in tokens:
        if item == "]":
            return items
        if item != ",":
            items.append(_scalar(item))
    raise ParseError("LVM: metadata that ends early")


def _scalar(token: str) -> Value:
    if token.startswith('"'):
        return re.sub(r"\\(.)", r"\1", token[1:-1])
    try:
        return int(token)
    except ValueError:
        return token
