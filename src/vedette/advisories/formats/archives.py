"""The small files in a zip or tar archive, one at a time.

Member names are used as places in messages only, never as paths.
"""

import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec

from vedette.advisories.formats.compressed import ARCHIVE_LIMIT, open_document, read_document
from vedette.errors import LimitError, ParseError

MEMBER_LIMIT = 32 << 20
"""The most that one record may have; the largest that a publisher has issued is under 2 MiB."""
_MEMBERS_LIMIT = 2_000_000
_HEADER_LIMIT = 1 << 20
_HEADERS = (
    tarfile.XHDTYPE,
    tarfile.XGLTYPE,
    tarfile.SOLARIS_XHDTYPE,
    tarfile.GNUTYPE_LONGNAME,
    tarfile.GNUTYPE_LONGLINK,
)
_FOREIGN_ZIP = (
    zipfile.BadZipFile,
    zlib.error,
    NotImplementedError,
    RuntimeError,
    EOFError,
    OSError,
)

Wanted = Callable[[str], bool]


class Member(msgspec.Struct, frozen=True, kw_only=True):
    """A file in an archive."""

    name: str
    data: bytes


class MemberFailure(msgspec.Struct, frozen=True, kw_only=True):
    """A file in an archive that could not be read, and why; the others still are."""

    name: str
    reason: str


def members(
    path: Path, wanted: Wanted, member_limit: int = MEMBER_LIMIT
) -> Iterator[Member | MemberFailure]:
    """The wanted regular files in their own order.

    Raises:
        ParseError: where the archive itself cannot be read on.
    """
    if zipfile.is_zipfile(path):
        yield from _from_zip(path, wanted, member_limit)
    else:
        yield from _from_tar(path, wanted, member_limit)


def single(path: Path, name: str, limit: int = MEMBER_LIMIT) -> Iterator[Member | MemberFailure]:
    """A file that stands alone, as if it were the only one in an archive.

    Raises:
        ParseError: where it cannot be read.
    """
    yield Member(name=name, data=read_document(path, limit))


def _from_zip(path: Path, wanted: Wanted, limit: int) -> Iterator[Member | MemberFailure]:
    try:
        archive = zipfile.ZipFile(path)
    except _FOREIGN_ZIP as error:
        raise ParseError(f"not a readable zip archive: {error}") from error
    with archive:
        if len(archive.infolist()) > _MEMBERS_LIMIT:
            raise LimitError(f"more than {_MEMBERS_LIMIT} members")
        for info in archive.infolist():
            if not info.is_dir() and wanted(info.filename):
                yield _zip_member(archive, info, limit)


def _zip_member(
    archive: zipfile.ZipFile, info: zipfile.ZipInfo, limit: int
) -> Member | MemberFailure:
    try:
        with archive.open(info) as stream:
            data = stream.read(limit + 1)
    except _FOREIGN_ZIP as error:
        return MemberFailure(name=info.filename, reason=f"cannot be read: {error}")
    if len(data) > limit:
        return MemberFailure(name=info.filename, reason=f"more than {limit} bytes")
    return Member(name=info.filename, data=data)


class _BoundedInfo(tarfile.TarInfo):
    """Refuses extended headers that would be read into memory whole."""

    @classmethod
    def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> "_BoundedInfo":
        info = super().frombuf(buf, encoding, errors)
        if info.type in _HEADERS and info.size > _HEADER_LIMIT:
            raise LimitError(f"an extended header of {info.size} bytes")
        return info


def _from_tar(path: Path, wanted: Wanted, limit: int) -> Iterator[Member | MemberFailure]:
    with open_document(path, ARCHIVE_LIMIT) as stream:
        try:
            with tarfile.open(fileobj=stream, mode="r|", tarinfo=_BoundedInfo) as archive:
                yield from _walk(archive, wanted, limit)
        except tarfile.TarError as error:
            raise ParseError(f"neither a zip nor a readable tar archive: {error}") from error


def _walk(archive: tarfile.TarFile, wanted: Wanted, limit: int) -> Iterator[Member | MemberFailure]:
    count = 0
    while (info := archive.next()) is not None:
        count += 1
        if count > _MEMBERS_LIMIT:
            raise LimitError(f"more than {_MEMBERS_LIMIT} members")
        archive.members.clear()  # type: ignore[attr-defined]  # typeshed lacks it; tarfile keeps every header there
        if not info.isfile() or not wanted(info.name):
            continue
        if info.size > limit:
            yield MemberFailure(name=info.name, reason=f"more than {limit} bytes")
            continue
        stream = archive.extractfile(info)
        yield Member(name=info.name, data=stream.read() if stream else b"")
