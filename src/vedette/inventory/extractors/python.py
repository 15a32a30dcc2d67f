"""Installed Python distributions.

https://packaging.python.org/en/latest/specifications/recording-installed-packages/ (`*.dist-info/METADATA`), and
setuptools' older `*.egg-info`, a file or a folder with `PKG-INFO`, or an egg's `EGG-INFO/PKG-INFO`.
What pip does not list is not installed: copies in a `_vendor` folder belong to the package that carries them,
a `.cache` folder (uv's unpacked wheels) is not a place to import from, and an egg is one only in a site's folder.
"""

import re

from vedette.errors import ParseError
from vedette.inventory.extractors._base import Extractor, FileInput
from vedette.inventory.formats.core_metadata import parse_core_metadata
from vedette.inventory.formats.pypi_name import canonicalize_name
from vedette.inventory.formats.words import line, word
from vedette.inventory.found import Extraction, FoundPackage, PackageKind
from vedette.model.package import PackageManager

_NOT_INSTALLED = frozenset({"_vendor", ".cache"})
_STANDARD_LIBRARY = frozenset(
    {"python", "wsgiref", "argparse"}
)  # Python 2's own; pip's stdlib_pkgs
_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?")


def _extract(file: FileInput) -> Extraction:
    if not _NOT_INSTALLED.isdisjoint(file.path.split("/")):
        return Extraction()
    metadata = parse_core_metadata(file.data)
    name = word(metadata.name, "project name")
    if not _NAME.fullmatch(name):
        raise ParseError(f"not a project name: {name[:80]!r}")
    if canonicalize_name(name) in _STANDARD_LIBRARY:
        return Extraction()
    package = FoundPackage(
        kind=PackageKind.PYPI,
        manager=PackageManager.PYTHONPKG,
        name=canonicalize_name(name),
        version=word(metadata.version, "version"),
        licenses=tuple(filter(None, map(line, metadata.licenses))),
    )
    return Extraction(packages=(package,))


EXTRACTOR = Extractor(
    name="python",
    version=1,
    title="Installed Python distributions (dist-info, egg-info)",
    patterns=(
        "**/*.dist-info/METADATA",
        "**/*.egg-info/PKG-INFO",
        "**/*.egg-info",
        "**/site-packages/*.egg/EGG-INFO/PKG-INFO",
        "**/dist-packages/*.egg/EGG-INFO/PKG-INFO",
    ),
    limit=8 << 20,
    extract=_extract,
)
