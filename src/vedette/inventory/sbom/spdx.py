"""SPDX 2.3 JSON: https://spdx.github.io/spdx-spec/v2.3/.

Equal inventories give equal bytes: packages are sorted, ids and the name space are derived from the content, and the time is the
inventory's own. SPDX demands one: where the inventory has none it is the beginning of 1970, and a comment says so.
What SPDX has no field for is in attribution texts `vedette:…: …`. Licences that are no SPDX expression are declared as `LicenseRef-…`
with their words.
"""

import hashlib
import uuid
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from itertools import groupby

import msgspec

from vedette.inventory.sbom.facts import HASHES, cpes_of, facts, whole_cpe
from vedette.inventory.sbom.license_words import is_expression, is_license_id
from vedette.model.inventory import Inventory
from vedette.model.package import Package
from vedette.model.purl import Purl
from vedette.model.resource import ResourceType

_NAMESPACES = uuid.UUID(
    "0a6d0a5c-9d1c-5f0e-8c55-6f7f1f2d9b41"
)  # the name space of this writer's document name spaces
_UNKNOWN = "NOASSERTION"
_DOCUMENT = "SPDXRef-DOCUMENT"
_TARGET = "SPDXRef-Target"
_PURPOSES = {
    ResourceType.EC2_INSTANCE: "DEVICE",
    ResourceType.ECR_CONTAINER_IMAGE: "CONTAINER",
    ResourceType.LAMBDA_FUNCTION: "APPLICATION",
    ResourceType.LOCAL: "APPLICATION",
}


class _Reference(msgspec.Struct, frozen=True, rename="camel"):
    reference_category: str
    reference_type: str
    reference_locator: str


class _Checksum(msgspec.Struct, frozen=True, rename="camel"):
    algorithm: str
    checksum_value: str


class _Package(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    name: str
    id: str = msgspec.field(name="SPDXID")
    version_info: str | None = None
    supplier: str | None = None
    download_location: str
    files_analyzed: bool
    checksums: tuple[_Checksum, ...] = ()
    source_info: str | None = None
    license_concluded: str
    license_declared: str
    copyright_text: str
    primary_package_purpose: str | None = None
    summary: str | None = None
    attribution_texts: tuple[str, ...] = ()
    external_refs: tuple[_Reference, ...] = ()


class _License(msgspec.Struct, frozen=True, rename="camel"):
    license_id: str
    extracted_text: str
    name: str


class _Relationship(msgspec.Struct, frozen=True, rename="camel"):
    spdx_element_id: str
    relationship_type: str
    related_spdx_element: str


class _Creation(msgspec.Struct, frozen=True, omit_defaults=True):
    created: str
    creators: tuple[str, ...]
    comment: str | None = None


class _File(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    spdx_version: str
    data_license: str
    id: str = msgspec.field(name="SPDXID")
    name: str
    document_namespace: str
    comment: str | None = None
    creation_info: _Creation
    packages: tuple[_Package, ...]
    has_extracted_licensing_infos: tuple[_License, ...] = ()
    relationships: tuple[_Relationship, ...]


def write(inventory: Inventory) -> bytes:
    """The document's bytes."""
    licenses: dict[str, _License] = {}
    contained = (*_systems(inventory), *_packages(inventory, licenses))
    document = _File(
        spdx_version="SPDX-2.3",
        data_license="CC0-1.0",
        id=_DOCUMENT,
        name=inventory.resource.id,
        document_namespace="",
        comment=_incomplete(inventory),
        creation_info=_creation(inventory.taken_at),
        packages=(_target(inventory), *contained),
        has_extracted_licensing_infos=tuple(licenses[key] for key in sorted(licenses)),
        relationships=(
            _Relationship(_DOCUMENT, "DESCRIBES", _TARGET),
            *(_Relationship(_TARGET, "CONTAINS", package.id) for package in contained),
        ),
    )
    content = msgspec.json.encode(document).decode()
    namespace = f"https://spdx.org/spdxdocs/vedette-{uuid.uuid5(_NAMESPACES, content)}"
    encoded = msgspec.json.encode(msgspec.structs.replace(document, document_namespace=namespace))
    return msgspec.json.format(encoded, indent=1) + b"\n"


def _creation(taken_at: datetime | None) -> _Creation:
    when = taken_at or datetime(1970, 1, 1, tzinfo=UTC)
    return _Creation(
        created=when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        creators=("Tool: vedette",),
        comment=None if taken_at else "The time of the inventory is not known.",
    )


def _incomplete(inventory: Inventory) -> str | None:
    """An inventory with failures is not complete, and its document must not look it."""
    said = [f"{f.extractor}: {f.path}: {f.reason}" for f in inventory.failures]
    return "\n".join(("Not everything could be read.", *said)) if said else None


def _target(inventory: Inventory) -> _Package:
    kernel = inventory.running_kernel
    stated = (f"vedette:running_kernel: {kernel}",) if kernel else ()
    return _Package(
        name=inventory.resource.id,
        id=_TARGET,
        download_location=_UNKNOWN,
        files_analyzed=False,
        license_concluded=_UNKNOWN,
        license_declared=_UNKNOWN,
        copyright_text=_UNKNOWN,
        primary_package_purpose=_PURPOSES[inventory.resource.type],
        attribution_texts=stated,
    )


def _systems(inventory: Inventory) -> Iterator[_Package]:
    distro = inventory.distro
    if distro:
        yield _Package(
            name=distro.id,
            id="SPDXRef-OperatingSystem",
            version_info=distro.version_id,
            download_location=_UNKNOWN,
            files_analyzed=False,
            license_concluded=_UNKNOWN,
            license_declared=_UNKNOWN,
            copyright_text=_UNKNOWN,
            primary_package_purpose="OPERATING-SYSTEM",
            summary=distro.pretty_name,
            external_refs=tuple(_cpe(cpe) for cpe in [whole_cpe(distro.cpe)] if cpe),
        )


def _cpe(cpe: str) -> _Reference:
    return _Reference("SECURITY", "cpe23Type" if cpe.startswith("cpe:2.3:") else "cpe22Type", cpe)


def _packages(inventory: Inventory, licenses: dict[str, _License]) -> Iterator[_Package]:
    ordered = sorted(inventory.packages, key=lambda p: (p.purl, p.owner or ""))
    for purl, same in groupby(ordered, key=lambda package: package.purl):
        yield _package(purl, list(same), licenses)


def _package(purl: Purl, same: list[Package], licenses: dict[str, _License]) -> _Package:
    """One package a purl, also where some of its places belong to an OS package and some do not."""
    package = same[0]
    source = package.source
    texts = (f"vedette:{key}: {value}" for one in same for key, value in facts(one))
    return _Package(
        name=package.name,
        id=f"SPDXRef-Package-{hashlib.sha256(purl.encode()).hexdigest()[:16]}",
        version_info=package.version,
        supplier=f"Organization: {package.vendor}" if package.vendor else _UNKNOWN,
        download_location=_UNKNOWN,
        files_analyzed=False,
        checksums=tuple(_checksums(package)),
        source_info=f"built package from: {source.name} {source.version}" if source else None,
        license_concluded=_UNKNOWN,
        license_declared=_declared(sorted({name for p in same for name in p.licenses}), licenses),
        copyright_text=_UNKNOWN,
        attribution_texts=tuple(dict.fromkeys(texts)),
        external_refs=(
            _Reference("PACKAGE-MANAGER", "purl", purl),
            *map(_cpe, cpes_of(package)),
        ),
    )


def _checksums(package: Package) -> Iterator[_Checksum]:
    for checksum in package.checksums:
        kind, _, value = checksum.partition(":")
        if kind in HASHES:
            yield _Checksum(HASHES[kind].replace("-", ""), value)


def _declared(names: Iterable[str], licenses: dict[str, _License]) -> str:
    """All licences that are named, joined by AND."""
    terms = [_term(name, licenses) for name in names]
    if len(terms) > 1:
        terms = [f"({term})" if " " in term else term for term in terms]
    return " AND ".join(terms) or _UNKNOWN


def _term(name: str, licenses: dict[str, _License]) -> str:
    if is_license_id(name):
        return name
    if is_expression(name) and "LicenseRef" not in name:
        return name
    identifier = f"LicenseRef-{hashlib.sha256(name.encode()).hexdigest()[:16]}"
    licenses[identifier] = _License(identifier, name, name)
    return identifier
