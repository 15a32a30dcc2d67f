"""NuGet's `packages.config`: https://learn.microsoft.com/nuget/reference/packages-config."""

from vedette.errors import ParseError
from vedette.inventory.extractors._base import Extractor, FileInput, Purpose
from vedette.inventory.formats.declared import Declarer, read_declared
from vedette.inventory.formats.xml_document import Element, children, read_xml
from vedette.inventory.found import Extraction, FoundPackage, PackageKind
from vedette.model.package import PackageManager

_package = Declarer(kind=PackageKind.NUGET, manager=PackageManager.NUGET)


def _extract(file: FileInput) -> Extraction:
    root = read_xml(file.data)
    if root.tag != "packages":
        raise ParseError(f"not a list of packages: <{root.tag[:80]}>")
    entries = enumerate(children(root, "package"), 1)
    return read_declared(((f"package {n}", entry) for n, entry in entries), _read)


def _read(entry: Element) -> FoundPackage:
    return _package(
        entry.attributes.get("id"),
        entry.attributes.get("version"),
        dev=(entry.attributes.get("developmentDependency", "")).lower() == "true",
    )


EXTRACTOR = Extractor(
    name="nuget_config",
    version=1,
    title="NuGet packages.config",
    patterns=("**/packages.config",),
    limit=8 << 20,
    extract=_extract,
    purpose=Purpose.DECLARED,
)
