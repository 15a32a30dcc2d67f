"""Cabal's `cabal.project.freeze`: https://cabal.readthedocs.io/en/stable/cabal-commands.html#cabal-freeze."""

import re
from collections.abc import Iterator

from vedette.errors import ParseError
from vedette.inventory.extractors._base import Extractor, FileInput, Purpose
from vedette.inventory.formats.declared import Declarer, read_declared, text_of, with_unversioned
from vedette.inventory.found import Extraction, FoundPackage, PackageKind
from vedette.model.package import PackageManager

_FIELD = re.compile(r"([A-Za-z][A-Za-z-]*)[ \t]*:")
_CONSTRAINT = re.compile(
    r"(?:any\.|setup\.|[A-Za-z0-9-]+:setup\.)?([A-Za-z0-9]+(?:-[A-Za-z0-9]+)*)[ \t]*([<>=^].*)"
)
_EXACT = re.compile(r"==[ \t]*([0-9]+(?:\.[0-9]+)*)")

_package = Declarer(kind=PackageKind.HACKAGE, manager=PackageManager.OTHER)


def _extract(file: FileInput) -> Extraction:
    ranged: list[str] = []

    def read(constraint: str) -> FoundPackage | None:
        match = _CONSTRAINT.fullmatch(constraint)
        if match is None:
            return None  # flags and states: `name +flag`, `name installed`
        exact = _EXACT.fullmatch(match[2].strip())
        if exact is None:
            ranged.append(match[1])
            return None
        return _package(match[1], exact[1])

    extraction = read_declared(_constraints(text_of(file.data)), read)
    return with_unversioned(extraction, ranged, "not frozen to one version")


def _constraints(text: str) -> Iterator[tuple[str, str]]:
    field = ""
    for number, line in enumerate(text.split("\n"), 1):
        content = line.strip()
        if not content or content.startswith("--"):
            continue
        if match := _FIELD.match(line):
            field, content = match[1].lower(), line[match.end() :].strip()
        elif not field or not line[0].isspace():
            raise ParseError(f"not a field: {line[:80]!r}", f"line {number}")
        if field == "constraints":
            for part in content.split(","):
                if constraint := part.strip():
                    yield f"line {number}", constraint


EXTRACTOR = Extractor(
    name="cabal_freeze",
    version=1,
    title="Cabal freeze files (Haskell)",
    patterns=("**/cabal.project.freeze",),
    limit=8 << 20,
    extract=_extract,
    purpose=Purpose.DECLARED,
)
