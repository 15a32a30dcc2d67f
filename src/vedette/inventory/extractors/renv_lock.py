"""R's `renv.lock`: https://rstudio.github.io/renv/articles/lockfile.html."""

import msgspec

from vedette.inventory.extractors._base import Extractor, FileInput, Purpose
from vedette.inventory.formats.declared import (
    REGISTRY,
    Declarer,
    Origin,
    from_url,
    from_vcs,
    read_declared,
)
from vedette.inventory.formats.json_document import decode
from vedette.inventory.found import Extraction, FoundPackage, PackageKind
from vedette.model.package import PackageManager

_WHAT = "an renv.lock"
_HOSTS = {
    "GitHub": "https://github.com",
    "GitLab": "https://gitlab.com",
    "Bitbucket": "https://bitbucket.org",
}


class _Entry(msgspec.Struct, frozen=True):
    name: str | None = msgspec.field(name="Package", default=None)
    version: str | None = msgspec.field(name="Version", default=None)
    source: str | None = msgspec.field(name="Source", default=None)
    url: str | None = msgspec.field(name="RemoteUrl", default=None)
    user: str | None = msgspec.field(name="RemoteUsername", default=None)
    repository: str | None = msgspec.field(name="RemoteRepo", default=None)
    revision: str | None = msgspec.field(name="RemoteSha", default=None)


class _Document(msgspec.Struct, frozen=True):
    packages: dict[str, msgspec.Raw] = msgspec.field(name="Packages")


_DOCUMENT = msgspec.json.Decoder(_Document)
_ENTRY = msgspec.json.Decoder(_Entry)
_package = Declarer(kind=PackageKind.CRAN, manager=PackageManager.OTHER)
_Record = tuple[str, msgspec.Raw]


def _extract(file: FileInput) -> Extraction:
    entries = decode(_DOCUMENT, file.data, _WHAT).packages.items()
    return read_declared(((name[:200], (name, entry)) for name, entry in entries), _read)


def _read(record: _Record) -> FoundPackage | None:
    entry = decode(_ENTRY, record[1], "a package")
    if entry.source == "Local":
        return None
    return _package(entry.name or record[0], entry.version, origin=_origin(entry))


def _origin(entry: _Entry) -> Origin:
    if host := _HOSTS.get(entry.source or ""):
        return from_vcs(f"{host}/{entry.user}/{entry.repository}", entry.revision)
    if entry.source in {"git", "Git", "git2r", "xgit"} and entry.url:
        return from_vcs(entry.url, entry.revision)
    return from_url(entry.url) if entry.source in {"URL", "url"} and entry.url else REGISTRY


EXTRACTOR = Extractor(
    name="renv_lock",
    version=1,
    title="R lock files (renv)",
    patterns=("**/renv.lock",),
    limit=16 << 20,
    extract=_extract,
    purpose=Purpose.DECLARED,
)
