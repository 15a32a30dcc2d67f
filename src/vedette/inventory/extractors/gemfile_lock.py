"""Bundler's `Gemfile.lock`: https://bundler.io/guides/gemfile.html; also `gems.locked`.

Sections by source: `GEM` (a registry), `GIT`, `PATH` (the repository's own), each with `specs:`. A gem built for a platform has it
after its version (`1.15.4-x86_64-linux`); all builds of a version are one package. What is for development is not in the file.
"""

import re
from collections.abc import Iterator

import msgspec

from vedette.errors import ParseError
from vedette.inventory.extractors._base import Extractor, FileInput, Purpose
from vedette.inventory.formats.declared import (
    REGISTRY,
    Declarer,
    Origin,
    from_vcs,
    read_declared,
    text_of,
)
from vedette.inventory.found import Extraction, FoundPackage, PackageKind
from vedette.model.package import PackageManager

_SOURCES = frozenset({"GEM", "GIT", "PATH", "PLUGIN SOURCE"})
_SECTION = re.compile(r"[A-Z][A-Z ]*")
_SPEC = re.compile(r"    (\S+) \(([^()\s-]+)(?:-[^()\s]+)?\)")
_CONFLICT = re.compile(r"<{7}|={7}|>{7}|\|{7}")

_package = Declarer(kind=PackageKind.GEM, manager=PackageManager.BUNDLER)


class _Source(msgspec.Struct):
    kind: str
    fields: dict[str, str]


_Record = tuple[str, _Source]


def _extract(file: FileInput) -> Extraction:
    return read_declared(_specs(text_of(file.data)), _read)


def _specs(text: str) -> Iterator[tuple[str, _Record]]:
    source: _Source | None = None
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        if line[0] != " ":
            if _CONFLICT.match(line) or not _SECTION.fullmatch(line.rstrip()):
                raise ParseError(f"not a section: {line[:80]!r}", f"line {number}")
            source = _Source(line.rstrip(), {})
        elif source and source.kind in _SOURCES:
            if line.startswith("    ") and line[4:5] != " ":
                yield f"line {number}", (line.rstrip(), source)
            elif line[2:3] != " ":
                key, _, value = line.strip().partition(": ")
                source.fields[key] = value


def _read(record: _Record) -> FoundPackage | None:
    line, source = record
    spec = _SPEC.fullmatch(line)
    if spec is None:
        raise ParseError(f"not NAME (VERSION): {line.strip()[:80]!r}")
    if source.kind == "PATH":
        return None
    return _package(spec[1], spec[2], origin=_origin(source))


def _origin(source: _Source) -> Origin:
    if source.kind == "GIT":
        return from_vcs(source.fields.get("remote", ""), source.fields.get("revision"))
    return REGISTRY


EXTRACTOR = Extractor(
    name="gemfile_lock",
    version=1,
    title="Bundler lock files",
    patterns=("**/Gemfile.lock", "**/gems.locked"),
    limit=8 << 20,
    extract=_extract,
    purpose=Purpose.DECLARED,
)
