"""Installed R packages: `DESCRIPTION` in a library's folder.

"Writing R Extensions", 1.1.1 "The DESCRIPTION file"; `Built` is there once a package is installed. Packages of R itself
(`Priority: base`) have R's version and no releases of their own. What was installed from a repository of source code
(`RemoteUrl`, of the package `remotes`) is not CRAN's.
"""

from vedette.errors import ParseError
from vedette.inventory.extractors._base import Extractor, FileInput
from vedette.inventory.formats.deb822 import fields, paragraphs
from vedette.inventory.formats.declared import REGISTRY, Declarer, from_vcs
from vedette.inventory.found import Extraction, PackageKind
from vedette.model.package import PackageManager

_WANTED = frozenset(
    {"package", "version", "license", "priority", "built", "remoteurl", "remotesha", "remotetype"}
)
_FROM_REGISTRY = frozenset({"", "standard", "cran", "bioc"})
_package = Declarer(kind=PackageKind.CRAN, manager=PackageManager.OTHER)


def _extract(file: FileInput) -> Extraction:
    first = next(iter(paragraphs(file.data)), None)
    if first is None:
        raise ParseError("an empty DESCRIPTION")
    stated = fields(first[1], _WANTED)
    if stated.get("priority") == "base" or "built" not in stated:
        return Extraction()
    origin = REGISTRY
    if stated.get("remotetype", "") not in _FROM_REGISTRY and stated.get("remoteurl"):
        origin = from_vcs(stated["remoteurl"], stated.get("remotesha"))
    licence = stated.get("license")
    package = _package(
        stated.get("package"),
        stated.get("version"),
        origin=origin,
        licenses=(licence,) if licence else (),
    )
    return Extraction(packages=(package,))


EXTRACTOR = Extractor(
    name="r_package",
    version=1,
    title="Installed R packages",
    patterns=("**/library/*/DESCRIPTION", "**/site-library/*/DESCRIPTION"),
    limit=1 << 20,
    extract=_extract,
)
