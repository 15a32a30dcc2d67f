"""Which files belong to which Debian package: dpkg's `info/*.list`, distroless images' `*.md5sums`.

`info/NAME.list` or `info/NAME:ARCH.list` (packages that may be installed for several architectures) holds an
absolute path a line (dpkg-query(1), `--listfiles`); md5sums are `<32 hex>  <relative path>` (deb-md5sums(5)).
"""

import io
import re

from vedette.errors import ParseError
from vedette.inventory.extractors._base import Extractor, FileInput
from vedette.inventory.found import Extraction, OwnedFiles, PackageKind

_PACKAGE = re.compile(r"(?P<name>[A-Za-z0-9][A-Za-z0-9+._-]*)(?::(?P<arch>[a-z0-9-]+))?")
_MD5SUM = re.compile(rb"[0-9a-f]{32}  ([^\n]+)\n?")


def _extract(file: FileInput) -> Extraction:
    stem, _, extension = file.path.rpartition("/")[2].rpartition(".")
    match = _PACKAGE.fullmatch(stem)
    if not match:
        raise ParseError(f"not a package: {stem[:80]!r}")
    read = _listing if extension == "list" else _md5sums
    owned = OwnedFiles(
        kind=PackageKind.DEB, package=match["name"], arch=match["arch"], listing=read(file.data)
    )
    return Extraction(owned=(owned,))


def _listing(data: bytes) -> bytes:
    if data and not data.startswith(b"/"):
        raise ParseError("not a list of absolute paths")
    return data


def _md5sums(data: bytes) -> bytes:
    paths: list[bytes] = []
    for number, line in enumerate(io.BytesIO(data), 1):
        match = _MD5SUM.fullmatch(line)
        if not match:
            raise ParseError("not a checksum and a path", f"line {number}")
        paths.append(b"/" + match[1])
    return b"\n".join(paths)


EXTRACTOR = Extractor(
    name="dpkg_files",
    version=1,
    title="Files that belong to Debian packages",
    patterns=("var/lib/dpkg/info/*.list", "var/lib/dpkg/status.d/*.md5sums"),
    limit=32 << 20,
    extract=_extract,
)
