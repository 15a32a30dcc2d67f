"""Installed Node packages: `package.json` at the root of a package below `node_modules`, or where Debian's packages put it.

https://docs.npmjs.com/cli/configuring-npm/package-json, and Node's "Loading from node_modules folders". Without a name or
a version it is not a package (npm's own rule), for example a folder's `{"type": "module"}`.
"""

import re

import msgspec

from vedette.errors import ParseError
from vedette.inventory.extractors._base import Extractor, FileInput
from vedette.inventory.formats.words import line, word
from vedette.inventory.found import Extraction, FoundPackage, PackageKind
from vedette.model.package import PackageManager

_BOM = b"\xef\xbb\xbf"
_NAME = re.compile(r"(?:@[^/@\s]+/)?[^/@\s]+")


class _Manifest(msgspec.Struct, frozen=True):
    """What is read of a manifest; npm's older spellings of a licence are objects and lists of these."""

    name: str | None = None
    version: str | None = None
    license: object = None
    licenses: object = None


_DECODER = msgspec.json.Decoder(_Manifest)


def _extract(file: FileInput) -> Extraction:
    try:
        manifest = _DECODER.decode(file.data.removeprefix(_BOM))
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise ParseError(f"not a package manifest: {error}") from error
    except RecursionError as error:
        raise ParseError("nested too deeply") from error
    if not manifest.name or not manifest.version:
        return Extraction()
    name = word(manifest.name, "package name")
    if not _NAME.fullmatch(name):
        raise ParseError(f"not a package name: {name[:80]!r}")
    package = FoundPackage(
        kind=PackageKind.NPM,
        manager=PackageManager.NODEPKG,
        name=name,
        version=word(manifest.version.strip(), "version"),
        licenses=_licenses(manifest),
    )
    return Extraction(packages=(package,))


def _licenses(manifest: _Manifest) -> tuple[str, ...]:
    stated = manifest.license if manifest.license is not None else manifest.licenses
    several = stated if isinstance(stated, list) else [stated]
    names = (entry.get("type") if isinstance(entry, dict) else entry for entry in several)
    return tuple(filter(None, (line(name) for name in names if isinstance(name, str))))


EXTRACTOR = Extractor(
    name="node",
    version=2,
    title="Installed Node packages (node_modules, and where Debian has them)",
    patterns=(
        "**/node_modules/*/package.json",
        "**/node_modules/@*/*/package.json",
        "usr/share/nodejs/*/package.json",
        "usr/share/nodejs/@*/*/package.json",
    ),
    limit=8 << 20,
    extract=_extract,
)
