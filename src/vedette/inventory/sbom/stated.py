"""What an SBOM states of packages, whatever its format, and the inventory that this makes.

A package is its purl: type, name and version decide what it is, the qualifiers `arch`, `distro`, `epoch` and those that tools use for
source packages (`upstream`, `source`, `sourcerpm`, `origin`) what belongs to it (purl-spec, and syft's, Trivy's and
SCALIBR's own words). A purl of a type that has no advisories is listed all the same.
"""

from collections.abc import Iterable, Mapping

import msgspec
from packageurl import PackageURL
from packaging.utils import canonicalize_name

from vedette.errors import ParseError
from vedette.inventory.formats.rpm_package import parse_source_rpm
from vedette.inventory.formats.words import line, optional_word, word
from vedette.inventory.found import OS_KINDS, FoundPackage, PackageKind
from vedette.inventory.naming import purl_of, release_of, settle
from vedette.inventory.sbom.distribution import distro_of_qualifier
from vedette.inventory.sbom.properties import Held
from vedette.model.distro import Distro
from vedette.model.inventory import FileFailure, Inventory
from vedette.model.listening import Socket
from vedette.model.package import Package, PackageManager, SchemeName, SourcePackage
from vedette.model.purl import Purl, make_purl, parse_purl
from vedette.model.resource import ResourceRef

EXTRACTOR = "sbom"

_KINDS = {kind.value: kind for kind in PackageKind}
_MANAGERS = {
    PackageKind.PYPI: PackageManager.PYTHONPKG,
    PackageKind.NPM: PackageManager.NODEPKG,
    PackageKind.MAVEN: PackageManager.JAR,
    PackageKind.GOLANG: PackageManager.GOBINARY,
    PackageKind.GEM: PackageManager.GEMSPEC,
    PackageKind.CARGO: PackageManager.CARGO,
    PackageKind.COMPOSER: PackageManager.COMPOSER,
    PackageKind.NUGET: PackageManager.NUGET,
}
_SPENT = frozenset(
    {"arch", "distro", "epoch", "upstream", "source", "sourcerpm", "origin", "package-id", "rpmmod"}
)
_SOURCE_RPM = ".src.rpm"


class Stated(msgspec.Struct, frozen=True, kw_only=True):
    """What a document says of one package; what it does not say is None or empty."""

    place: str
    purl: str
    version: str | None = None
    source: SourcePackage | None = None
    module: str | None = None
    vendor: str | None = None
    manager: str | None = None
    dev: bool = False
    held: tuple[Held, ...] = (Held(),)
    licenses: tuple[str, ...] = ()
    cpes: tuple[str, ...] = ()
    checksums: tuple[str, ...] = ()


class Statement(msgspec.Struct, frozen=True, kw_only=True):
    """A whole document."""

    packages: tuple[Stated, ...]
    distro: Distro | None = None
    failures: tuple[FileFailure, ...] = ()
    running_kernel: str | None = None
    sockets: tuple[Socket, ...] | None = None


def failure(place: str, reason: str) -> FileFailure:
    """A part of a document that is not what it should be."""
    return FileFailure(extractor=EXTRACTOR, path=place[:300], reason=reason)


def inventory_of(statement: Statement, resource: ResourceRef) -> Inventory:
    """The inventory that a document states; what makes no package is among its failures."""
    packages: dict[tuple[Purl, Purl | None], Package] = {}
    failures = list(statement.failures)
    for stated in statement.packages:
        try:
            found = _packages(stated, statement.distro)
        except ParseError as error:
            failures.append(failure(stated.place, str(error)))
            continue
        for package in found:
            key = package.purl, package.owner
            packages[key] = _joined(packages.get(key), package)
    return Inventory(
        resource=resource,
        distro=statement.distro or _only(packages.values(), statement.packages),
        packages=tuple(packages[key] for key in sorted(packages, key=lambda k: (k[0], k[1] or ""))),
        failures=tuple(sorted(set(failures), key=lambda f: (f.path, f.reason))),
        running_kernel=statement.running_kernel,
        sockets=statement.sockets,
    )


def _only(packages: Iterable[Package], stated: Iterable[Stated]) -> Distro | None:
    """The distribution that all purls agree on, where the document names none; None where they do not."""
    of_os = {p.ecosystem for p in packages if _KINDS.get(p.purl[4:].partition("/")[0]) in OS_KINDS}
    if len(of_os) != 1:
        return None
    distros = (
        _own_distro(PackageURL.from_string(one.purl)) for one in stated if "distro=" in one.purl
    )
    return next(filter(None, distros), None)


def _packages(stated: Stated, distro: Distro | None) -> list[Package]:
    """The package, once for each owner of its places."""
    package = _package(stated, distro)
    return [
        msgspec.structs.replace(
            package,
            owner=parse_purl(held.owner) if held.owner else None,
            locations=held.locations,
            cpes=tuple(sorted(set(stated.cpes))),
            checksums=tuple(sorted(set(stated.checksums))),
        )
        for held in stated.held
    ]


def _package(stated: Stated, distro: Distro | None) -> Package:
    try:
        url = PackageURL.from_string(stated.purl)
    except ValueError as error:
        raise ParseError(f"not a package URL: {error}") from error
    kind = _KINDS.get(url.type)
    if kind is None:
        return _foreign(stated, url)
    qualifiers = _qualifiers(url)
    found = _found(stated, url, kind, qualifiers)
    release = release_of(kind, _own_distro(url) or distro)
    return settle(found, release, purl=purl_of(found, release), extractor=EXTRACTOR)


def _found(
    stated: Stated, url: PackageURL, kind: PackageKind, qualifiers: Mapping[str, str]
) -> FoundPackage:
    version = _version(stated, url, kind, qualifiers)
    kept = {} if kind in OS_KINDS else {k: v for k, v in qualifiers.items() if k not in _SPENT}
    return FoundPackage(
        kind=kind,
        manager=_manager(stated, kind),
        name=word(_name(url, kind), "package name"),
        version=version,
        arch=optional_word(qualifiers.get("arch"), "architecture") if kind in OS_KINDS else None,
        source=stated.source or _source(kind, qualifiers, version),
        module=optional_word(stated.module or qualifiers.get("rpmmod"), "module"),
        vendor=line(stated.vendor),
        licenses=tuple(sorted(set(filter(None, map(line, stated.licenses))))),
        qualifiers=tuple(sorted(kept.items())),
        dev=stated.dev,
    )


def _foreign(stated: Stated, url: PackageURL) -> Package:
    """A package of a type that nothing is known of."""
    version = word(url.version or stated.version or "", "version")
    name = "/".join(filter(None, (url.namespace, url.name)))
    qualifiers = _qualifiers(url)
    return Package(
        purl=make_purl(url.type, url.name, version, namespace=url.namespace, qualifiers=qualifiers),
        ecosystem=url.type,
        name=word(name, "package name"),
        version=version,
        scheme=SchemeName.GENERIC,
        manager=PackageManager.OTHER,
        vendor=line(stated.vendor),
        licenses=tuple(sorted(set(filter(None, map(line, stated.licenses))))),
        extractor=EXTRACTOR,
        dev=stated.dev,
    )


def _qualifiers(url: PackageURL) -> dict[str, str]:
    return dict(url.qualifiers)


def _own_distro(url: PackageURL) -> Distro | None:
    return distro_of_qualifier(url.namespace, _qualifiers(url).get("distro"))


def _name(url: PackageURL, kind: PackageKind) -> str:
    """The name that advisories use."""
    if kind is PackageKind.PYPI:
        return canonicalize_name(url.name)
    if kind in OS_KINDS or not url.namespace or kind is PackageKind.CONAN:
        return str(url.name)
    return f"{url.namespace}{':' if kind is PackageKind.MAVEN else '/'}{url.name}"


def _version(
    stated: Stated, url: PackageURL, kind: PackageKind, qualifiers: Mapping[str, str]
) -> str:
    """The purl's version, with the epoch where it is a qualifier; the document's where the purl has none."""
    version = word(url.version or stated.version or "", "version")
    epoch = qualifiers.get("epoch", "")
    if kind not in OS_KINDS or ":" in version or epoch in {"", "0"}:
        return version
    if not (epoch.isascii() and epoch.isdecimal()):
        raise ParseError(f"not an epoch: {epoch[:80]!r}")
    return f"{epoch}:{version}"


def _source(kind: PackageKind, qualifiers: Mapping[str, str], version: str) -> SourcePackage | None:
    keys = ("upstream", "sourcerpm", "source", "origin")
    text = next((qualifiers[key] for key in keys if qualifiers.get(key)), None)
    if text is None or kind not in OS_KINDS:
        return None
    if text.endswith(_SOURCE_RPM):
        return parse_source_rpm(text, version)
    name, _, own = text.partition("@")
    return SourcePackage(name=word(name, "source name"), version=word(own or version, "version"))


def _manager(stated: Stated, kind: PackageKind) -> PackageManager:
    if stated.manager in set(PackageManager):
        return PackageManager(stated.manager)
    return PackageManager.OS if kind in OS_KINDS else _MANAGERS.get(kind, PackageManager.OTHER)


def _joined(known: Package | None, package: Package) -> Package:
    if known is None:
        return package
    locations = tuple(sorted({*known.locations, *package.locations}))
    return msgspec.structs.replace(
        known,
        locations=locations,
        licenses=tuple(sorted({*known.licenses, *package.licenses})),
        cpes=tuple(sorted({*known.cpes, *package.cpes})),
        checksums=tuple(sorted({*known.checksums, *package.checksums})),
        dev=known.dev and package.dev,
    )
