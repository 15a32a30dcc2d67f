"""What a .NET program runs with: `NAME.deps.json`.

https://github.com/dotnet/sdk/blob/main/documentation/specs/runtime-configuration-file.md, "File format". Packages of which
nothing is deployed (reference assemblies) are not there. A program that carries its runtime (`runtimepack.NAME`) has
NuGet's package NAME.
"""

from collections.abc import Iterator, Mapping

import msgspec

from vedette.inventory.extractors._base import Extractor, FileInput
from vedette.inventory.formats.declared import Declarer, read_declared
from vedette.inventory.formats.json_document import decode
from vedette.inventory.found import Extraction, FoundPackage, PackageKind
from vedette.model.package import PackageManager

_RUNTIME = "runtimepack."


class _Target(msgspec.Struct, frozen=True):
    name: str = ""


class _Assets(msgspec.Struct, frozen=True):
    runtime: dict[str, msgspec.Raw] | None = None
    native: dict[str, msgspec.Raw] | None = None
    resources: dict[str, msgspec.Raw] | None = None
    runtimeTargets: dict[str, msgspec.Raw] | None = None  # noqa: N815 - the format's name


class _Library(msgspec.Struct, frozen=True):
    type: str


class _Document(msgspec.Struct, frozen=True):
    libraries: dict[str, msgspec.Raw]
    runtimeTarget: _Target = _Target()  # noqa: N815 - the format's name
    targets: dict[str, dict[str, _Assets]] = {}


_DOCUMENT = msgspec.json.Decoder(_Document)
_LIBRARY = msgspec.json.Decoder(_Library)
_package = Declarer(kind=PackageKind.NUGET, manager=PackageManager.DOTNET_CORE)
_Record = tuple[str, msgspec.Raw, bool]


def _extract(file: FileInput) -> Extraction:
    return read_declared(_records(decode(_DOCUMENT, file.data, "a deps.json")), _read)


def _records(document: _Document) -> Iterator[tuple[str, _Record]]:
    assets = document.targets.get(document.runtimeTarget.name)
    for name, library in document.libraries.items():
        yield name[:300], (name, library, _is_deployed(name, assets))


def _is_deployed(name: str, assets: Mapping[str, _Assets] | None) -> bool:
    """True where the file does not say what is deployed."""
    if assets is None:
        return True
    own = assets.get(name)
    return own is not None and any((own.runtime, own.native, own.resources, own.runtimeTargets))


def _read(record: _Record) -> FoundPackage | None:
    name, raw, is_deployed = record
    kind = decode(_LIBRARY, raw, "a library").type.lower()
    if kind not in {"package", "runtimepack"} or not is_deployed:
        return None
    library, _, version = name.partition("/")
    return _package(library.removeprefix(_RUNTIME), version)


EXTRACTOR = Extractor(
    name="dotnet_deps",
    version=1,
    title="Packages that .NET programs run with",
    patterns=("**/*.deps.json",),
    limit=32 << 20,
    extract=_extract,
)
