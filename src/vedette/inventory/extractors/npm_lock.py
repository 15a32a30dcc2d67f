"""npm's `package-lock.json` and `npm-shrinkwrap.json`, versions 1 to 3.

https://docs.npmjs.com/cli/configuring-npm/package-lock-json. From version 2 on `packages` lists everything by its folder, and
what is not below a `node_modules` is the repository's own; version 1 has a tree of `dependencies`.
"""

from collections.abc import Iterator

import msgspec

from vedette.errors import ParseError
from vedette.inventory.extractors._base import Extractor, FileInput, Purpose
from vedette.inventory.formats.declared import read_declared
from vedette.inventory.formats.json_document import decode
from vedette.inventory.formats.npm_source import npm_package, origin_of, split_alias
from vedette.inventory.found import Extraction, FoundPackage
from vedette.model.package import PackageManager

_WHAT = "an npm lock file"
_FOLDER = "node_modules/"


class _Document(msgspec.Struct, frozen=True):
    packages: dict[str, msgspec.Raw] | None = None
    dependencies: dict[str, msgspec.Raw] | None = None
    lockfile: object = msgspec.field(name="lockfileVersion", default=None)


class _Package(msgspec.Struct, frozen=True):
    name: str | None = None
    version: str | None = None
    resolved: str | bool | None = None
    link: bool = False
    dev: bool = False
    license: object = None


class _Dependency(msgspec.Struct, frozen=True):
    version: str | None = None
    resolved: str | bool | None = None
    dev: bool = False
    dependencies: dict[str, msgspec.Raw] = {}


_DOCUMENT = msgspec.json.Decoder(_Document)
_PACKAGE = msgspec.json.Decoder(_Package)
_DEPENDENCY = msgspec.json.Decoder(_Dependency)


def _extract(file: FileInput) -> Extraction:
    document = decode(_DOCUMENT, file.data, _WHAT)
    if document.packages is not None:
        entries = ((path, (path, raw)) for path, raw in document.packages.items())
        return read_declared(entries, _read_package)
    if document.dependencies is None and document.lockfile is None:
        raise ParseError(f"not {_WHAT}: neither packages nor dependencies nor a lockfileVersion")
    return read_declared(_tree(document.dependencies or {}), _read_dependency)


def _read_package(record: tuple[str, msgspec.Raw]) -> FoundPackage | None:
    path, raw = record
    _, folder, name = path.rpartition(_FOLDER)
    if not folder:
        return None
    entry = decode(_PACKAGE, raw, "an entry")
    if entry.link:
        return None
    resolved = entry.resolved if isinstance(entry.resolved, str) else None
    licence = (entry.license,) if isinstance(entry.license, str) else ()
    return npm_package(
        entry.name or name,
        entry.version,
        manager=PackageManager.NPM,
        dev=entry.dev,
        origin=origin_of(resolved),
        licenses=licence,
    )


def _tree(dependencies: dict[str, msgspec.Raw]) -> Iterator[tuple[str, tuple[str, msgspec.Raw]]]:
    """Every entry of version 1, those below others after them."""
    waiting = [("", dependencies)]
    while waiting:
        above, level = waiting.pop()
        for name, raw in level.items():
            place = f"{above}{name}"
            yield place, (name, raw)
            try:
                below = decode(_DEPENDENCY, raw, "an entry").dependencies
            except ParseError:
                continue  # said by the record itself
            if below:
                waiting.append((f"{place} > "[-200:], below))


def _read_dependency(record: tuple[str, msgspec.Raw]) -> FoundPackage | None:
    """A version is a plain one, an alias, or the address that the package comes from."""
    name, raw = record
    entry = decode(_DEPENDENCY, raw, "an entry")
    name, version = split_alias(name, entry.version or "")
    resolved = entry.resolved if isinstance(entry.resolved, str) else None
    return npm_package(
        name,
        version,
        manager=PackageManager.NPM,
        dev=entry.dev,
        origin=origin_of(version) or origin_of(resolved),
    )


EXTRACTOR = Extractor(
    name="npm_lock",
    version=1,
    title="npm lock files (versions 1 to 3)",
    patterns=("**/package-lock.json", "**/npm-shrinkwrap.json"),
    limit=64 << 20,
    extract=_extract,
    purpose=Purpose.DECLARED,
)
