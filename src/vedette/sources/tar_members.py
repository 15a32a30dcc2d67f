"""The members of a tar archive, header by header; the content of those that nobody wants is passed over unread."""

import struct
from collections.abc import Iterator
from zlib import adler32

import msgspec

from vedette.errors import LimitError, ParseError
from vedette.sources import tar_sparse
from vedette.sources.dull import NOTHING_DULL, Dull
from vedette.sources.limits import Limits
from vedette.sources.tar_extension import NOTHING, Extension, extended, path_alone
from vedette.sources.tar_header import (
    BARE,
    DIRECTORY,
    EXTENSIONS,
    FIELDS,
    LINKS,
    PAX,
    REGULAR,
    REGULARS,
    SPARSE,
    Checksums,
    full_name,
    octal_size,
    stored_size,
    text,
)
from vedette.sources.tar_sparse import Sparse
from vedette.sources.window import BLOCK, Window

_ZEROS = bytes(BLOCK)
_MOST_FOLDERS = 1 << 14  # remembered of one archive
_DOT = ord(".")


class Member(msgspec.Struct, frozen=True, gc=False):
    """A member of an archive.

    Args:
        name: as the archive has it.
        kind: the type flag; all plain files have `REGULAR`.
        offset: of its content.
        stored: bytes of its content.
        link: what a link leads to.
        sparse: what the content stands for, if not itself.
        fault: why the member cannot be used.
    """

    name: bytes
    kind: int
    offset: int
    stored: int
    link: bytes = b""
    sparse: Sparse | None = None
    fault: str | None = None


def members(  # noqa: C901, PLR0912, PLR0915 - a call for each header would cost more than the rest
    window: Window, limits: Limits, dull: Dull = NOTHING_DULL
) -> Iterator[Member]:
    """Every member in order, but for dull files. Between two, the window may be read up to the end of the last one's content.

    Raises:
        ParseError: there is no way on: a damaged header, or the archive ends early; with the offset.
        LimitError: there are too many headers.
    """
    checksums, fields = Checksums(), FIELDS.unpack
    endings, names, odd, is_usual = dull.endings, dull.names, dull.odd, dull.is_usual
    known = NOTHING
    told = b""  # the next member's path, by a pax header that tells nothing else
    usual: set[bytes] = set()  # folders in which names mean what they say
    data, start = window.data, window.start
    at = kind = prefix = 0  # `at` of the header, in `data`
    size = -1
    for _ in range(limits.entries):
        head = data[at : at + BLOCK]
        try:
            name, digits, rest, field, kind, prefix = fields(head)
            size = int(digits, 8) if known is NOTHING and not rest else -1
            is_good = checksums[field] == adler32(head) & 0xFFFF
        except (ValueError, struct.error):
            is_good = False
        if not is_good:
            # not all of it is in sight, or the end, or nothing usual
            found = _header(window, start + at, checksums)
            if found is None:
                return
            head, at = found, start + at
            data, start = window.data, window.start
            at -= start
            name, _, rest, _, kind, prefix = fields(head)
            size = octal_size(head) if known is NOTHING and not rest else -1
        # the usual headers are read in a few steps, all others with care
        if kind == REGULAR and size >= 0:
            body = start + at + BLOCK
            at += BLOCK + (size + 511 & -512)
            if told:
                name, told = told, b""
            elif prefix:
                name = full_name(head)
            else:
                name = name.partition(b"\0")[0]
            # as `Dull.is_dull`
            folder, _, base = name.rpartition(b"/")
            stem, _, ending = base.rpartition(b".")
            if (
                ending in endings
                and stem
                and base not in names
                and stem[0] != _DOT
                and (folder in usual or is_usual(name))
            ):
                continue
            offset = start + at
            yield Member(name, REGULAR, body, size)
            data, start = window.data, window.start
            at = offset - start
        elif kind == DIRECTORY and size >= 0:
            body = start + at + BLOCK
            at += BLOCK
            name, told = told or full_name(head), b""
            folder = name.removesuffix(b"/")
            above, _, last = folder.rpartition(b"/")
            # below a usual one, as `Dull.is_usual`
            if endings and (
                not (folder + b"/").startswith(odd)
                if above in usual and last and last[0] != _DOT
                else is_usual(folder + b"/")
            ):
                if len(usual) == _MOST_FOLDERS:
                    usual.clear()
                usual.add(folder)
            else:
                yield Member(name, DIRECTORY, body, 0)
                data, start = window.data, window.start
                at = body - start
        elif (
            kind == PAX
            and size >= 0
            and not told
            and (path := path_alone(data[at + BLOCK : at + BLOCK + size], size, limits)) is not None
        ):
            told = path
            at += BLOCK + (size + 511 & -512)
        else:
            if told:
                known, told = Extension(records={b"path": told}), b""
            member, offset, known = _careful(head, window, start + at, known, limits)
            if member is not None and not (member.kind == REGULAR and dull.is_dull(member.name)):
                yield member
            data, start = window.data, window.start
            at = offset - start
    raise LimitError(f"over {limits.entries} headers", f"offset {start + at}")


def _header(window: Window, offset: int, checksums: Checksums) -> bytes | None:
    """The header block there; None at the archive's end."""
    at = offset - window.start
    if at < 0 or at + BLOCK > len(window.data):
        window.seek(offset)
        at = offset - window.start
    head = window.data[at : at + BLOCK]
    if (len(head) < BLOCK or not head[0]) and _is_end(head, window, offset):
        return None
    if not checksums.good(head):
        raise ParseError("a header with a bad checksum", f"offset {offset}")
    return head


def _careful(
    head: bytes, window: Window, offset: int, known: Extension, limits: Limits
) -> tuple[Member | None, int, Extension]:
    """What a header is, where the next one is, and what is then known of the next member."""
    try:
        if head[156] in EXTENSIONS:
            known, offset = _extension(head, window, offset, known, limits)
            return None, offset, known
        member, offset = _member(head, window, offset, known, limits)
    except ParseError as error:
        raise error.within(f"offset {offset}") from None
    return member, offset, known.used() if known.common else NOTHING


def _is_end(head: bytes, window: Window, offset: int) -> bool:
    """Whether the archive ends here as it should: two blocks of zeros, or nothing at all in it.

    Raises:
        ParseError: it ends otherwise.
    """
    if head == _ZEROS:
        second = window.read(offset + BLOCK, BLOCK)
        if second in {_ZEROS, b""}:
            return True
        raise ParseError("a lone block of zeros", f"offset {offset}")
    if len(head) == BLOCK:
        return False
    length = window.length()
    if not head and not offset:
        return True
    if length < offset:
        raise ParseError(
            f"ends within the content of a member, {offset - length} bytes early",
            f"offset {length}",
        )
    what = "ends within a header" if head else "ends without the mark of its end"
    raise ParseError(what, f"offset {length}")


def _extension(
    head: bytes, window: Window, offset: int, known: Extension, limits: Limits
) -> tuple[Extension, int]:
    size = stored_size(head)
    body = offset + BLOCK
    after = body + size + -size % BLOCK
    if size > limits.header:
        fault = f"an extended header of {size} bytes, more than {limits.header}"
        return msgspec.structs.replace(known, fault=known.fault or fault), after
    data = window.read(body, size)
    if len(data) < size:
        raise ParseError("ends within an extended header")
    return extended(known, head[156], data, limits), after


def _member(
    head: bytes, window: Window, offset: int, known: Extension, limits: Limits
) -> tuple[Member, int]:
    kind = head[156]
    name = full_name(head)
    body = offset + BLOCK
    size = 0 if kind in BARE else stored_size(head)
    if known is NOTHING and kind in REGULARS:
        if not kind and name[-1:] == b"/":  # how archives before POSIX marked directories
            kind, size = DIRECTORY, 0
        else:
            kind = REGULAR
        return Member(name, kind, body, size), body + size + -size % BLOCK
    if known is NOTHING and kind in LINKS:
        return Member(name, kind, body, 0, text(head[157:257])), body
    return _uncommon(head, window, _Plain(name, kind, body, size), known, limits)


class _Plain(msgspec.Struct, frozen=True):
    """What a header says by itself."""

    name: bytes
    kind: int
    body: int
    size: int


def _uncommon(
    head: bytes, window: Window, plain: _Plain, known: Extension, limits: Limits
) -> tuple[Member, int]:
    """A member that is no plain file, or that earlier headers speak of."""
    records = known.records
    name = records.get(b"path", known.name or plain.name)
    link = records.get(b"linkpath", known.link or text(head[157:257]))
    body, size, fault = plain.body, plain.size, known.fault
    sparse = None
    kind = REGULAR if plain.kind in REGULARS else plain.kind
    try:
        if b"size" in records and kind not in BARE:
            size = tar_sparse.decimal(records[b"size"])
        if kind == SPARSE:
            kind = REGULAR
            entries, body = tar_sparse.old_gnu_map(head, window, body, limits)
            sparse = tar_sparse.old_gnu(head, entries, limits)
        elif kind == REGULAR:
            sparse = tar_sparse.of_pax(records, known.holes, limits)
            name = records.get(b"GNU.sparse.name", name)
    except ParseError as error:
        fault = fault or error.reason
    after = body + size + -size % BLOCK
    return Member(name, kind, body, size, link, sparse, fault), after
