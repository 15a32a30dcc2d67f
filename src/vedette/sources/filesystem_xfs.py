"""XFS, versions 4 and 5 (XFS Algorithms & Data Structures, 3rd edition, and Linux: fs/xfs/libxfs/xfs_format.h).

The log is not replayed: of a disk that was in use, it may hold what was changed in the last seconds.
"""

import struct
import uuid
from collections.abc import Iterator

import msgspec

from vedette.errors import LimitError, ParseError
from vedette.sources.disk_device import Device, exactly
from vedette.sources.filesystem import (
    FILE,
    FOLDER,
    LINK,
    Content,
    Entry,
    Nodes,
    Run,
    Scattered,
    Whole,
)

_NEWEST = 5
_UNDERSTOOD = 0x1FF  # ftype … metadir: none but ftype and nrext64 changes what is read here
_LOCAL, _EXTENTS, _BTREE = 1, 2, 3
_MODES = {0x8: FILE, 0x4: FOLDER, 0xA: LINK}
_OTHER = 3
_LEAVES = 1 << 35  # where a directory's hashes begin; names are before
_DEEPEST = 9
_REALTIME = 1
_BIG_COUNTS = 1 << 4


class _Layout(msgspec.Struct, frozen=True, kw_only=True):
    version: int
    block: int
    blocks: int
    group: int
    group_bits: int
    inode_size: int
    inode_bits: int
    folder: int
    typed: bool

    def place(self, block: int) -> int:
        """The offset of a block by its number, which has the group in its upper bits."""
        return self.linear(block) * self.block

    def linear(self, block: int) -> int:
        """The block's number counted from the beginning of the device."""
        group, at = block >> self.group_bits, block & ((1 << self.group_bits) - 1)
        return group * self.group + at


class _Inode(msgspec.Struct, frozen=True):
    mode: int
    form: int
    size: int
    count: int
    flags: int
    fork: bytes

    @property
    def kind(self) -> int:
        return _MODES.get(self.mode >> 12, _OTHER)


class XfsFileSystem:
    """See `FileSystem`.

    Raises:
        ParseError: it is none, or has features that are not known.
    """

    def __init__(self, device: Device, most: int) -> None:
        self._device = device
        self._most = most
        head = exactly(device, 0, 512)
        self._layout = _layout(head)
        self.root: int = struct.unpack_from(">Q", head, 56)[0]
        self.uuid = str(uuid.UUID(bytes=head[32:48]))
        self.label = head[108:120].split(b"\0")[0].decode("utf-8", "backslashreplace")

    def kind(self, inode: int) -> int:
        """See `FileSystem`."""
        return self._inode(inode).kind

    def content(self, inode: int) -> Content:
        """See `FileSystem`."""
        node = self._inode(inode)
        if node.flags & _REALTIME:
            raise ParseError("on a realtime device")
        return self._content(node)

    def target(self, inode: int, most: int) -> bytes:
        """See `FileSystem`."""
        node = self._inode(inode)
        if node.size > most:
            raise LimitError(f"a link of {node.size} bytes")
        if node.form == _LOCAL:
            return node.fork[: node.size]
        parts = []
        missing = node.size
        header = 56 if self._layout.version == _NEWEST else 0
        for run in self._runs(node):
            if missing <= 0:
                break
            for block in range(run.start or 0, (run.start or 0) + min(run.count, most)):
                data = exactly(self._device, block * self._layout.block, self._layout.block)
                if header and data[:4] != b"XSLM":
                    raise ParseError("a damaged link")
                parts.append(data[header : header + missing])
                missing -= len(parts[-1])
        return b"".join(parts)

    def listing(self, inode: int) -> Iterator[Entry]:
        """See `FileSystem`."""
        node = self._inode(inode)
        if node.kind != FOLDER:
            raise ParseError("no directory")
        if node.form == _LOCAL:
            yield from _short_entries(node.fork, typed=self._layout.typed)
            return
        if node.size > self._most:
            raise LimitError(f"a directory of {node.size} bytes")
        folder = self._layout.folder
        content = self._content(node)
        for at in range(0, min(node.size, _LEAVES), folder):
            yield from self._entries(content.read(at, folder))

    def _entries(self, block: bytes) -> Iterator[Entry]:
        magic = block[:4]
        if magic == b"\0\0\0\0":
            return  # a hole: all its names are gone
        if magic not in {b"XD2B", b"XDB3", b"XD2D", b"XDD3"} or len(block) != self._layout.folder:
            raise ParseError("a damaged directory")
        at = 64 if magic[3:] == b"3" else 16
        end = len(block)
        if magic in {b"XD2B", b"XDB3"}:
            end -= 8 + int.from_bytes(block[-8:-4]) * 8
            if end < at:
                raise ParseError("a damaged directory")
        typed = int(self._layout.typed)
        unpack = struct.Struct(">QB").unpack_from
        while at + 9 <= end:
            inode, size = unpack(block, at)
            is_free = inode >> 48 == 0xFFFF  # noqa: PLR2004 - then its length follows
            length = inode >> 32 & 0xFFFF if is_free else (9 + size + typed + 2 + 7) & ~7
            if length < 8 or at + length > end:  # noqa: PLR2004 - the smallest free place
                raise ParseError("a damaged directory", f"entry at {at}")
            name = block[at + 9 : at + 9 + size]
            if not is_free and name not in {b".", b".."}:
                yield Entry(name, inode, block[at + 9 + size] if typed else 0)
            at += length

    def _content(self, node: _Inode) -> Content:
        if node.form == _LOCAL:
            return Whole(node.fork[: node.size])
        return Scattered(self._device, self._layout.block, self._runs(node), node.size)

    def _inode(self, number: int) -> _Inode:
        layout = self._layout
        block = number >> layout.inode_bits
        if number < 0 or layout.linear(block) >= layout.blocks:
            raise ParseError(f"no inode {number}")
        place = layout.place(block) + (number & ((1 << layout.inode_bits) - 1)) * layout.inode_size
        raw = exactly(self._device, place, layout.inode_size)
        if raw[:2] != b"IN":
            raise ParseError(f"no inode {number}")
        mode, version, form = struct.unpack_from(">HBB", raw, 2)
        (size,) = struct.unpack_from(">Q", raw, 56)
        (count,) = struct.unpack_from(">I", raw, 76)
        (flags,) = struct.unpack_from(">H", raw, 90)
        core = 100
        if version >= 3:  # noqa: PLR2004 - the inodes of version 5
            core = 176
            if raw[127] & _BIG_COUNTS:
                (count,) = struct.unpack_from(">Q", raw, 24)
        end = core + raw[82] * 8 if raw[82] else len(raw)
        return _Inode(mode, form, size, count, flags, raw[core:end])

    def _runs(self, node: _Inode) -> Iterator[Run]:
        if node.form == _EXTENTS:
            return self._records(node.fork, 0, node.count)
        if node.form != _BTREE:
            raise ParseError(f"a file in form {node.form}")
        level, count = struct.unpack_from(">HH", node.fork)
        room = (len(node.fork) - 4) // 16
        if not 0 < level <= _DEEPEST or count > room:
            raise ParseError("a damaged tree of extents")
        return self._below(node.fork[4 + room * 8 :][: count * 8], level - 1, Nodes())

    def _below(self, pointers: bytes, level: int, nodes: Nodes) -> Iterator[Run]:
        for (pointer,) in struct.iter_unpack(">Q", pointers):
            yield from self._node(pointer, level, nodes)

    def _node(self, pointer: int, level: int, nodes: Nodes) -> Iterator[Run]:
        layout = self._layout
        data = nodes.read(self._device, layout.place(pointer), layout.block)
        found, count = struct.unpack_from(">HH", data, 4)
        at = 72 if layout.version == _NEWEST else 24
        room = (len(data) - at) // 16
        if data[:4] not in {b"BMAP", b"BMA3"} or found != level or count > room:
            raise ParseError("a damaged tree of extents", f"block {pointer}")
        if level:
            pointers = data[at + room * 8 :][: count * 8]
            yield from self._below(pointers, level - 1, nodes)
        else:
            yield from self._records(data, at, count)

    def _records(self, data: bytes, at: int, count: int) -> Iterator[Run]:
        if at + count * 16 > len(data):
            raise ParseError("a damaged list of extents")
        for upper, lower in struct.iter_unpack(">QQ", data[at : at + count * 16]):
            first = upper >> 9 & ((1 << 54) - 1)
            start = (upper & 0x1FF) << 43 | lower >> 21
            unwritten = upper >> 63
            yield Run(first, lower & 0x1FFFFF, None if unwritten else self._layout.linear(start))


def _layout(head: bytes) -> _Layout:
    if head[:4] != b"XFSB":
        raise ParseError("no XFS file system")
    block, blocks = struct.unpack_from(">IQ", head, 4)
    (group, groups) = struct.unpack_from(">II", head, 84)
    versions, _, inode_size = struct.unpack_from(">HHH", head, 100)
    version = versions & 0xF
    (features2,) = struct.unpack_from(">I", head, 200)
    (incompatible,) = struct.unpack_from(">I", head, 216)
    if version not in {4, _NEWEST}:
        raise ParseError(f"XFS of version {version}")
    unknown = incompatible & ~_UNDERSTOOD if version == _NEWEST else 0
    if unknown:
        raise ParseError(f"XFS features that are not understood: {unknown:#x}")
    folder_bits, inode_bits, group_bits = head[192], head[123], head[124]
    if (
        not 512 <= block <= 65536  # noqa: PLR2004 - mkfs.xfs(8)
        or not 256 <= inode_size <= 2048  # noqa: PLR2004
        or block << folder_bits > 65536  # noqa: PLR2004
        or inode_size << inode_bits != block
        or not group
        or not groups
        or group_bits > 32  # noqa: PLR2004 - a group has at most 2^31 blocks
    ):
        raise ParseError("a damaged superblock")
    return _Layout(
        version=version,
        block=block,
        blocks=blocks,
        group=group,
        group_bits=group_bits,
        inode_size=inode_size,
        inode_bits=inode_bits,
        folder=block << folder_bits,
        typed=bool(incompatible & 1 if version == _NEWEST else features2 & 0x200),
    )


def _short_entries(fork: bytes, *, typed: bool) -> Iterator[Entry]:
    """A directory in its inode."""
    if len(fork) < 6:  # noqa: PLR2004 - the head with a short parent
        raise ParseError("a damaged directory")
    width = 8 if fork[1] else 4
    at = 2 + width
    for _ in range(fork[0] or fork[1]):
        if at + 3 > len(fork):
            raise ParseError("a damaged directory", f"entry at {at}")
        size = fork[at]
        name = fork[at + 3 : at + 3 + size]
        after = at + 3 + size + typed
        if after + width > len(fork):
            raise ParseError("a damaged directory", f"entry at {at}")
        kind = fork[after - 1] if typed else 0
        yield Entry(name, int.from_bytes(fork[after : after + width]), kind)
        at = after + width
