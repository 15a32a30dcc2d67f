"""Archives that are the same for the same files: tar layers and zips, with one fixed time in them."""

import gzip
import io
import tarfile
import zipfile
from typing import Literal

import zstandard

from vedette_simulator.content.trees import Files

_TIME = 1_680_000_000
"""2023-03-28T10:40:00Z, the time of every member."""
_ZIP_TIME = (2023, 3, 28, 10, 40, 0)


def tar(files: Files) -> bytes:
    """An uncompressed tar with the folders of the files, sorted."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for path in _folders(files):
            member = tarfile.TarInfo(path)
            member.type, member.mode, member.mtime = tarfile.DIRTYPE, 0o755, _TIME
            archive.addfile(member)
        for path, data in sorted(files.items()):
            member = tarfile.TarInfo(path)
            member.size, member.mode, member.mtime = len(data), 0o644, _TIME
            archive.addfile(member, io.BytesIO(data))
    return buffer.getvalue()


def compress(data: bytes, compression: Literal["gzip", "zstd"]) -> bytes:
    """The data compressed, without a time in the header."""
    if compression == "zstd":
        return zstandard.ZstdCompressor(level=3).compress(data)
    return gzip.compress(data, compresslevel=6, mtime=0)


def zipped(files: Files) -> bytes:
    """A zip of the files, sorted."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for path, data in sorted(files.items()):
            member = zipfile.ZipInfo(path, date_time=_ZIP_TIME)
            member.compress_type = zipfile.ZIP_DEFLATED
            member.external_attr = 0o100644 << 16
            archive.writestr(member, data)
    return buffer.getvalue()


def _folders(files: Files) -> list[str]:
    found: set[str] = set()
    for path in files:
        parts = path.split("/")[:-1]
        found.update("/".join(parts[:end]) for end in range(1, len(parts) + 1))
    return sorted(found)
