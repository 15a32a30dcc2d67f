"""Gradle's dependency locks: https://docs.gradle.org/current/userguide/dependency_locking.html.

`gradle.lockfile` has `GROUP:ARTIFACT:VERSION=CONFIGURATIONS` a line; the older one file a configuration, in
`gradle/dependency-locks`, has no configurations in its lines. Those of the build script are for development, and so is what only
configurations of tests need.
"""

from collections.abc import Iterator

from vedette.errors import ParseError
from vedette.inventory.extractors._base import Extractor, FileInput, Purpose
from vedette.inventory.formats.declared import Declarer, read_declared, text_of
from vedette.inventory.found import Extraction, FoundPackage, PackageKind
from vedette.model.package import PackageManager

_PARTS = 3

_package = Declarer(kind=PackageKind.MAVEN, manager=PackageManager.OTHER)


def _extract(file: FileInput) -> Extraction:
    name = file.path.rpartition("/")[2]
    of_build = name.startswith("buildscript")
    shared = name.removesuffix(".lockfile").removeprefix("buildscript-")
    only = shared if shared != "gradle" else ""
    return read_declared(
        _lines(text_of(file.data)), lambda line: _read(line, of_build=of_build, only=only)
    )


def _lines(text: str) -> Iterator[tuple[str, str]]:
    for number, line in enumerate(text.split("\n"), 1):
        stripped = line.strip()
        if stripped and not stripped.startswith("#") and not stripped.startswith("empty="):
            yield f"line {number}", stripped


def _read(line: str, *, of_build: bool, only: str) -> FoundPackage:
    coordinates, _, stated = line.partition("=")
    parts = coordinates.split(":")
    if len(parts) != _PARTS or not all(parts):
        raise ParseError(f"not GROUP:ARTIFACT:VERSION: {line[:80]!r}")
    configurations = [one for one in (stated or only).split(",") if one]
    of_tests = bool(configurations) and all(c.strip().startswith("test") for c in configurations)
    return _package(f"{parts[0]}:{parts[1]}", parts[2], dev=of_build or of_tests)


EXTRACTOR = Extractor(
    name="gradle_lock",
    version=1,
    title="Gradle dependency locks",
    patterns=(
        "**/gradle.lockfile",
        "**/buildscript-gradle.lockfile",
        "**/gradle/dependency-locks/*.lockfile",
    ),
    limit=16 << 20,
    extract=_extract,
    purpose=Purpose.DECLARED,
)
