"""Writes the rpm databases of other backends for tests: NDB (rpm's rpmpkg.c), Berkeley DB hashes (db_page.h)."""

import struct
from collections.abc import Sequence
from zlib import adler32

_PAGE = 4096


def ndb(blobs: Sequence[bytes], *, pages: int = 1) -> bytes:
    """An NDB database of these headers; the slots that are left are unused."""
    slots = b""
    body = b""
    first = pages * _PAGE // 16
    for number, blob in enumerate(blobs, 1):
        content = struct.pack("<4s3I", b"BlbS", number, number, len(blob)) + blob
        content += bytes(-(len(content) + 12) % 16)
        content += struct.pack("<2I4s", adler32(content), len(blob), b"BlbE")
        block = first + len(body) // 16
        slots += struct.pack("<4s3I", b"Slot", number, block, len(content) // 16)
        body += content
    head = struct.pack("<4s7I", b"RpmP", 0, 1, pages, len(blobs) + 1, 0, 0, 0)
    unused = (pages * _PAGE - len(head) - len(slots)) // 16
    return head + slots + struct.pack("<4s3I", b"Slot", 0, 0, 0) * unused + body


def bdb(blobs: Sequence[bytes], *, order: str = "<", size: int = _PAGE) -> bytes:
    """A hash of one bucket: pairs in hash pages as they fit, large values in chains of overflow pages."""
    chains: list[bytes] = []
    pairs: list[tuple[bytes, bytes]] = [(_inline(bytes(4)), _inline(struct.pack("<I", len(blobs))))]
    for number, blob in enumerate(blobs, 1):
        key = _inline(struct.pack(f"{order}I", number))
        if len(blob) <= size // 4:
            pairs.append((key, _inline(blob)))
            continue
        first = 1 + len(chains)
        pairs.append((key, struct.pack(f"{order}B3xII", 3, first, len(blob))))
        chains += _chain(blob, first, order=order, size=size)
    hashes = _hash_pages(pairs, 1 + len(chains), order=order, size=size)
    last = len(chains) + len(hashes)
    meta = struct.pack(f"{order}Q4I4BII", 1, 0, 0x061561, 9, size, 0, 8, 0, 0, 0, last).ljust(
        72, b"\0"
    )
    # one bucket, whose pages begin at spares[0]
    meta += struct.pack(f"{order}6I32I", 0, 1, 0, 0, len(pairs), 0, *[1 + len(chains)] * 32)
    return meta.ljust(size, b"\0") + b"".join(chains) + b"".join(hashes)


def _inline(data: bytes) -> bytes:
    return b"\1" + data


def _chain(blob: bytes, first: int, *, order: str, size: int) -> list[bytes]:
    room = size - 26
    parts = [blob[at : at + room] for at in range(0, len(blob), room)]
    return [
        _page_head(
            first + at,
            following=first + at + 1 if at + 1 < len(parts) else 0,
            entries=1,
            free=len(part),
            kind=7,
            order=order,
        )
        + part.ljust(room, b"\0")
        for at, part in enumerate(parts)
    ]


def _hash_pages(
    pairs: Sequence[tuple[bytes, bytes]], first: int, *, order: str, size: int
) -> list[bytes]:
    pages: list[list[bytes]] = [[]]
    for pair in pairs:
        held = [*pages[-1], *pair]
        if 26 + 2 * len(held) + sum(map(len, held)) > size:
            pages.append([*pair])
        else:
            pages[-1] = held
    return [
        _hash_page(
            items,
            first + at,
            following=first + at + 1 if at + 1 < len(pages) else 0,
            order=order,
            size=size,
        )
        for at, items in enumerate(pages)
    ]


def _hash_page(
    items: Sequence[bytes], number: int, *, following: int, order: str, size: int
) -> bytes:
    offsets = []
    end = size
    for item in items:
        end -= len(item)
        offsets.append(end)
    head = _page_head(
        number, following=following, entries=len(items), free=end, kind=13, order=order
    )
    head += struct.pack(f"{order}{len(offsets)}H", *offsets)
    return head.ljust(end, b"\0") + b"".join(reversed(items))


def _page_head(
    number: int, *, following: int, entries: int, free: int, kind: int, order: str
) -> bytes:
    return struct.pack(f"{order}QIIIHHBB", 1, number, 0, following, entries, free, 0, kind)
