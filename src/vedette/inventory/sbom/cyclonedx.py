"""CycloneDX JSON: https://cyclonedx.org/docs/1.5/json/.

Equal inventories give equal bytes: components are sorted, the serial number is derived from the content, and the
timestamp is the inventory's own, left out where it has none. What CycloneDX has no field for is in properties
`vedette:…`: path, layer, source package, owner, module, package manager, ecosystem. A component's `bom-ref` is the
package's purl; its `purl` names the source package too, in the qualifier `upstream` that the field's tools read.

The document is written here and not by cyclonedx-python-lib, which needs a second for a thousand components (ADR 33); the
library judges the documents in the tests.
"""

import uuid
from collections.abc import Iterator
from datetime import UTC
from functools import lru_cache, partial
from itertools import groupby

import msgspec

from vedette.inventory.sbom.facts import HASHES, cpes_of, facts, named, whole_cpe
from vedette.inventory.sockets import NOTHING, PROPERTY, text_of
from vedette.model.inventory import Inventory
from vedette.model.package import Package
from vedette.model.purl import Purl, with_qualifier
from vedette.model.resource import ResourceRef, ResourceType

_SERIALS = uuid.UUID(
    "5f1d3a5e-52f0-5b0c-9a0c-6c1f8f7f3f0a"
)  # the name space of this writer's serial numbers
_MOST_CHOICES = 1024
_DIGEST = 32  # bytes
_TYPES = {
    ResourceType.EC2_INSTANCE: "device",
    ResourceType.ECR_CONTAINER_IMAGE: "container",
    ResourceType.LAMBDA_FUNCTION: "application",
    ResourceType.LOCAL: "application",
}


class _Property(msgspec.Struct, frozen=True):
    name: str
    value: str


class _License(msgspec.Struct, frozen=True, omit_defaults=True):
    id: str | None = None
    name: str | None = None


class _LicenseChoice(msgspec.Struct, frozen=True, omit_defaults=True):
    license: _License | None = None
    expression: str | None = None


class _Hash(msgspec.Struct, frozen=True):
    alg: str
    content: str


class _Component(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    type: str
    name: str
    bom_ref: str | None = msgspec.field(name="bom-ref", default=None)
    group: str | None = None
    version: str | None = None
    description: str | None = None
    publisher: str | None = None
    hashes: tuple[_Hash, ...] = ()
    licenses: tuple[_LicenseChoice, ...] = ()
    cpe: str | None = None
    purl: str | None = None
    properties: tuple[_Property, ...] = ()


class _Tool(msgspec.Struct, frozen=True):
    name: str


class _Tools(msgspec.Struct, frozen=True):
    components: tuple[_Component, ...]


class _Metadata(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    timestamp: str | None = None
    tools: tuple[_Tool, ...] | _Tools
    component: _Component
    properties: tuple[_Property, ...] = ()


class _Head(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """The document's first fields, apart from the others so that these are encoded once."""

    schema: str = msgspec.field(name="$schema")
    bom_format: str
    spec_version: str
    serial_number: str | None = None


class _Body(msgspec.Struct, frozen=True, kw_only=True):
    version: int
    metadata: _Metadata
    components: tuple[_Component, ...]


def write_version(inventory: Inventory, version: str) -> bytes:
    """The document's bytes in a version of the specification: `1.4`, `1.5` or `1.6`."""
    head = _Head(
        schema=f"http://cyclonedx.org/schema/bom-{version}.schema.json",
        bom_format="CycloneDX",
        spec_version=version,
    )
    body = msgspec.json.encode(
        _Body(
            version=1,
            metadata=_metadata(inventory, version),
            components=tuple(_components(inventory)),
        )
    )
    serial = _serial(_document(head, body))
    document = _document(msgspec.structs.replace(head, serial_number=serial), body)
    return msgspec.json.format(document, indent=1) + b"\n"


def _document(head: _Head, body: bytes) -> bytes:
    """One object of the fields of both."""
    return msgspec.json.encode(head)[:-1] + b"," + body[1:]


def _serial(content: bytes) -> str:
    """`uuid.uuid5` (RFC 9562) of the content's BLAKE2b, without `hashlib`.

    That loads OpenSSL, which takes longer than a lock file's document; and of CPython's own digests only this one is quick.
    """
    try:
        # CPython's own, some without stubs
        from _blake2 import blake2b  # noqa: PLC0415 - see above
        from _sha1 import sha1  # type: ignore[import-not-found]  # noqa: PLC0415 - see above
    except ImportError:  # another Python
        from hashlib import blake2b as blake2  # noqa: PLC0415 - see above

        return uuid.uuid5(_SERIALS, blake2(content, digest_size=_DIGEST).hexdigest()).urn
    name = blake2b(content, digest_size=_DIGEST).hexdigest()
    digest = sha1(_SERIALS.bytes + name.encode()).digest()
    return uuid.UUID(bytes=digest[:16], version=5).urn


write_1_4 = partial(write_version, version="1.4")
write_1_5 = partial(write_version, version="1.5")
write_1_6 = partial(write_version, version="1.6")


def _metadata(inventory: Inventory, version: str) -> _Metadata:
    taken_at = inventory.taken_at
    return _Metadata(
        timestamp=taken_at.astimezone(UTC).isoformat() if taken_at else None,
        # tools were a list of their own before 1.5
        tools=(_Tool("vedette"),)
        if version == "1.4"
        else _Tools((_Component(type="application", name="vedette"),)),
        component=_target(inventory.resource),
        properties=tuple(_metadata_properties(inventory)),
    )


def _target(resource: ResourceRef) -> _Component:
    return _Component(type=_TYPES[resource.type], name=resource.id, bom_ref=f"target:{resource.id}")


def _metadata_properties(inventory: Inventory) -> Iterator[_Property]:
    yield _Property("vedette:resource:type", inventory.resource.type.value)
    if inventory.running_kernel:
        yield _Property("vedette:running_kernel", inventory.running_kernel)
    if inventory.sockets is not None:
        for text in map(text_of, inventory.sockets) if inventory.sockets else (NOTHING,):
            yield _Property(PROPERTY, text)
    # an inventory with failures is not complete, and its document must not look it
    for failure in inventory.failures:
        yield _Property("vedette:failure", f"{failure.extractor}: {failure.path}: {failure.reason}")


def _components(inventory: Inventory) -> Iterator[_Component]:
    if inventory.distro:
        yield _Component(
            type="operating-system",
            name=inventory.distro.id,
            version=inventory.distro.version_id,
            description=inventory.distro.pretty_name,
            bom_ref=f"os:{inventory.distro.id}",
            cpe=whole_cpe(inventory.distro.cpe),
        )
    ordered = sorted(inventory.packages, key=lambda p: (p.purl, p.owner or ""))
    for purl, same in groupby(ordered, key=lambda package: package.purl):
        yield _component(purl, list(same))


def _component(purl: Purl, same: list[Package]) -> _Component:
    """One component a purl, also where some of its places belong to an OS package and some do not."""
    package = same[0]
    group, _, name = package.name.rpartition(":" if package.ecosystem == "Maven" else "/")
    return _Component(
        type="library",
        bom_ref=str(purl),
        group=group or None,
        name=name,
        version=package.version,
        publisher=package.vendor,
        hashes=tuple(_hashes(package)),
        purl=_with_source(package),
        cpe=min(cpes_of(package), default=None),
        licenses=_licenses(same),
        properties=_properties(same),
    )


def _hashes(package: Package) -> Iterator[_Hash]:
    """Of the file itself; another kind of checksum is among the properties."""
    for checksum in package.checksums:
        kind, _, content = checksum.partition(":")
        if kind in HASHES:
            yield _Hash(HASHES[kind], content)


def _properties(same: list[Package]) -> tuple[_Property, ...]:
    """Each once."""
    properties = [_Property(named(key), value) for p in same for key, value in facts(p)]
    if len(same) == 1 and len(same[0].locations) == 1:  # nearly always, and then none comes twice
        return tuple(properties)
    return tuple(dict.fromkeys(properties))


def _with_source(package: Package) -> str:
    source = package.source
    if source is None or (source.name, source.version) == (package.name, package.version):
        return package.purl
    same = source.version == package.version
    upstream = source.name if same else f"{source.name}@{source.version}"
    return with_qualifier(package.purl, "upstream", upstream)


def _licenses(same: list[Package]) -> tuple[_LicenseChoice, ...]:
    """CycloneDX wants ids and names, or one expression alone."""
    names = {name for p in same for name in p.licenses}
    return _choices(tuple(sorted(names))) if names else ()


@lru_cache(_MOST_CHOICES)
def _choices(several: tuple[str, ...]) -> tuple[_LicenseChoice, ...]:
    """Most packages have one of a few licences."""
    from vedette.inventory.sbom.license_words import (  # noqa: PLC0415 - lock files seldom name licences
        is_expression,
        is_license_id,
    )

    if len(several) == 1 and not is_license_id(several[0]) and is_expression(several[0]):
        return (_LicenseChoice(expression=several[0]),)
    return tuple(
        _LicenseChoice(license=_License(id=name) if is_license_id(name) else _License(name=name))
        for name in several
    )
