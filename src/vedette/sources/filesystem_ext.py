"""ext2, ext3 and ext4 (Linux: Documentation/filesystems/ext4, and fs/ext4/ext4.h).

The journal is not replayed: of a disk that was in use, it may hold what was changed in the last seconds.
"""

import struct
import uuid
from collections.abc import Callable, Iterator

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

_SUPERBLOCK = 1024
_FILETYPE = 0x2
_META_GROUPS = 0x10
_WIDE = 0x80
_UNDERSTOOD = 0x3E7D6  # not: compression 0x1, journal device 0x8, dirdata 0x1000
_TWO_COPIES = 0x200
_EXTENTS = 0x80000
_INLINE = 0x10000000
_ENCRYPTED = 0x800
_DEEPEST = 5
_UNWRITTEN = 0x8000
_MODES = {0x8: FILE, 0x4: FOLDER, 0xA: LINK}
_OTHER = 3
_DIRENT = struct.Struct("<IHBB")
_XATTR = struct.Struct("<BBHIII")
_BLOCKS = 60  # bytes of an inode's block map


class _Inode(msgspec.Struct, frozen=True):
    mode: int
    size: int
    flags: int
    blocks: bytes
    raw: bytes

    @property
    def kind(self) -> int:
        return _MODES.get(self.mode >> 12, _OTHER)


class _Layout(msgspec.Struct, frozen=True, kw_only=True):
    block: int
    first: int
    per_group: int
    inodes: int
    inodes_per_group: int
    inode_size: int
    descriptor: int
    incompatible: int
    ro_compatible: int
    compatible: int
    first_meta_group: int


class ExtFileSystem:
    """See `FileSystem`.

    Raises:
        ParseError: it is none, or has features that change where things are and are not known.
    """

    root = 2

    def __init__(self, device: Device, most: int) -> None:
        self._device = device
        self._most = most
        head = exactly(device, _SUPERBLOCK, 1024)
        self._layout = _layout(head)
        self.uuid = str(uuid.UUID(bytes=head[0x68:0x78]))
        self.label = head[0x78:0x88].split(b"\0")[0].decode("utf-8", "backslashreplace")
        self._tables: dict[int, int] = {}

    def kind(self, inode: int) -> int:
        """See `FileSystem`."""
        return self._inode(inode).kind

    def content(self, inode: int) -> Content:
        """See `FileSystem`."""
        node = self._inode(inode)
        if node.flags & _ENCRYPTED:
            raise ParseError("encrypted")
        return self._content(node)

    def target(self, inode: int, most: int) -> bytes:
        """See `FileSystem`."""
        node = self._inode(inode)
        if node.size > most:
            raise LimitError(f"a link of {node.size} bytes")
        if node.flags & _ENCRYPTED:
            raise ParseError("encrypted")
        if node.size < _BLOCKS and not node.flags & (_EXTENTS | _INLINE):
            return node.blocks[: node.size]
        return self._content(node).read(0, node.size)

    def listing(self, inode: int) -> Iterator[Entry]:
        """See `FileSystem`."""
        node = self._inode(inode)
        if node.kind != FOLDER:
            raise ParseError("no directory")
        if node.flags & _ENCRYPTED:
            raise ParseError("encrypted")
        if node.size > self._most:
            raise LimitError(f"a directory of {node.size} bytes")
        typed = bool(self._layout.incompatible & _FILETYPE)
        if node.flags & _INLINE:
            yield from _entries(node.blocks[4:], typed=typed)
            yield from _entries(_inline(node)[_BLOCKS:], typed=typed)
            return
        content = self._content(node)
        for at in range(0, node.size, self._layout.block):
            yield from _entries(content.read(at, self._layout.block), typed=typed)

    def _content(self, node: _Inode) -> Content:
        if node.flags & _INLINE:
            return Whole(_inline(node)[: node.size])
        if node.flags & _EXTENTS:
            runs = self._extents(node.blocks, _DEEPEST, Nodes())
        else:
            runs = self._mapped(node)
        return Scattered(self._device, self._layout.block, runs, node.size)

    def _inode(self, number: int) -> _Inode:
        layout = self._layout
        if not 0 < number <= layout.inodes:
            raise ParseError(f"no inode {number}")
        group, index = divmod(number - 1, layout.inodes_per_group)
        place = self._table(group) * layout.block + index * layout.inode_size
        raw = exactly(self._device, place, layout.inode_size)
        mode, size = struct.unpack_from("<H2xI", raw)
        (flags,) = struct.unpack_from("<I", raw, 0x20)
        (high,) = struct.unpack_from("<I", raw, 0x6C)
        if _MODES.get(mode >> 12) == FILE or flags & (_EXTENTS | _INLINE):
            size |= high << 32  # an old directory has its access list there
        return _Inode(mode, size, flags, raw[0x28 : 0x28 + _BLOCKS], raw)

    def _table(self, group: int) -> int:
        """The block where a group's inodes begin."""
        if group not in self._tables:
            layout = self._layout
            place = _descriptor_block(layout, group) * layout.block
            place += group % (layout.block // layout.descriptor) * layout.descriptor
            raw = exactly(self._device, place, layout.descriptor)
            (table,) = struct.unpack_from("<I", raw, 8)
            if layout.descriptor > 32:  # noqa: PLR2004 - the wide form has the upper halves behind
                table |= struct.unpack_from("<I", raw, 0x28)[0] << 32
            self._tables[group] = table
        return self._tables[group]

    def _block(self, number: int, nodes: Nodes) -> bytes:
        return nodes.read(self._device, number * self._layout.block, self._layout.block)

    def _extents(self, node: bytes, depth: int, nodes: Nodes) -> Iterator[Run]:
        magic, count, _, level = struct.unpack_from("<4H", node)
        if magic != 0xF30A or level > depth or (count + 1) * 12 > len(node):  # noqa: PLR2004 - the tree's mark
            raise ParseError("a damaged tree of extents")
        for at in range(12, 12 + count * 12, 12):
            if level:
                low, high = struct.unpack_from("<4xIH", node, at)
                below = self._block(low | high << 32, nodes)
                yield from self._extents(below, level - 1, nodes)
                continue
            first, length, high, low = struct.unpack_from("<IHHI", node, at)
            if length > _UNWRITTEN:
                yield Run(first, length - _UNWRITTEN, None)
            else:
                yield Run(first, length, low | high << 32)

    def _mapped(self, node: _Inode) -> Iterator[Run]:
        """The block map of ext2 and ext3: twelve blocks, then blocks of them, one to three deep."""
        pointers = struct.unpack("<15I", node.blocks)
        needed = -(-node.size // self._layout.block)
        at = 0
        each = self._layout.block // 4
        nodes = Nodes()
        for position, pointer in enumerate(pointers):
            depth = max(0, position - 11)
            if at >= needed:
                return
            if pointer:
                yield from self._indirect(pointer, depth, range(at, needed), nodes)
            at += each**depth

    def _indirect(self, block: int, depth: int, span: range, nodes: Nodes) -> Iterator[Run]:
        """The blocks below one of the map; `span` begins with its first, and ends with the file."""
        if not depth:
            yield Run(span.start, 1, block)
            return
        each = self._layout.block // 4
        pointers = struct.unpack(f"<{each}I", self._block(block, nodes))
        step = each ** (depth - 1)
        for pointer, at in zip(pointers, range(span.start, span.stop, step), strict=False):
            if pointer:
                yield from self._indirect(pointer, depth - 1, range(at, span.stop), nodes)


def _layout(head: bytes) -> _Layout:
    field: Callable[[int], int] = lambda at: int(struct.unpack_from("<I", head, at)[0])  # noqa: E731 - many fields of one form
    (magic,) = struct.unpack_from("<H", head, 0x38)
    if magic != 0xEF53 or field(0x18) > 6:  # noqa: PLR2004 - the mark; blocks of 64 KiB are the largest
        raise ParseError("no ext file system")
    old = field(0x4C) == 0
    incompatible = 0 if old else field(0x60)
    unknown = incompatible & ~_UNDERSTOOD
    if unknown:
        raise ParseError(f"ext4 features that are not understood: {unknown:#x}")
    (inode_size,) = struct.unpack_from("<H", head, 0x58)
    (descriptor,) = struct.unpack_from("<H", head, 0xFE)
    layout = _Layout(
        block=1024 << field(0x18),
        first=field(0x14),
        per_group=field(0x20),
        inodes=field(0x00),
        inodes_per_group=field(0x28),
        inode_size=128 if old else inode_size,
        descriptor=descriptor if incompatible & _WIDE else 32,
        incompatible=incompatible,
        ro_compatible=field(0x64),
        compatible=field(0x5C),
        first_meta_group=field(0x104),
    )
    if not (layout.per_group and layout.inodes_per_group and _fits(layout)):
        raise ParseError("a damaged superblock")
    return layout


def _fits(layout: _Layout) -> bool:
    """Whether inodes and descriptors have sizes that they can have."""
    return all(
        size & (size - 1) == 0 and least <= size <= layout.block
        for size, least in ((layout.inode_size, 128), (layout.descriptor, 32))
    )


def _descriptor_block(layout: _Layout, group: int) -> int:
    each = layout.block // layout.descriptor
    position = group // each
    if not layout.incompatible & _META_GROUPS or position < layout.first_meta_group:
        return (layout.block == _SUPERBLOCK) + 1 + position
    first = position * each
    start = layout.first + first * layout.per_group
    if layout.block == _SUPERBLOCK and start == 0:
        start = 1  # with bigalloc even small blocks are counted from the boot sector's
    return start + _has_copy(layout, first)


def _has_copy(layout: _Layout, group: int) -> int:
    """Whether a group begins with a copy of the superblock."""
    if layout.compatible & _TWO_COPIES:  # in two groups, which do not begin a group of groups
        return int(group == 0)
    if not layout.ro_compatible & 0x1 or group <= 1:
        return 1
    for base in (3, 5, 7):
        power = base
        while power < group:
            power *= base
        if power == group:
            return 1
    return 0


def _entries(block: bytes, *, typed: bool) -> Iterator[Entry]:
    at, end = 0, len(block)
    while at + 8 <= end:
        inode, length, size, kind = _DIRENT.unpack_from(block, at)
        if length < 8 or at + length > end or 8 + size > length:  # noqa: PLR2004 - the head of an entry
            raise ParseError("a damaged directory", f"entry at {at}")
        if inode:
            name = block[at + 8 : at + 8 + size]
            if name not in {b".", b".."}:
                yield Entry(name, inode, kind if typed else 0)
        at += length


def _inline(node: _Inode) -> bytes:
    """Content in the inode itself: in the block map, then in the attribute `system.data`."""
    data = node.blocks
    raw = node.raw
    if len(raw) < 0x84:  # noqa: PLR2004 - no room for attributes
        return data
    (extra,) = struct.unpack_from("<H", raw, 0x80)
    start = 0x80 + extra + 4
    if raw[start - 4 : start] != b"\0\0\2\xea":
        return data
    at = start
    while at + _XATTR.size <= len(raw) and raw[at : at + 4] != b"\0\0\0\0":
        length, index, offset, _, size, _ = _XATTR.unpack_from(raw, at)
        name = raw[at + _XATTR.size : at + _XATTR.size + length]
        if index == 7 and name == b"data":  # noqa: PLR2004 - the name space `system`
            return data + raw[start + offset : start + offset + size]
        at += (_XATTR.size + length + 3) & ~3
    return data
