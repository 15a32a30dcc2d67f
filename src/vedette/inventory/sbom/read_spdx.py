"""SPDX in: 2.2 and 2.3, JSON and tag-value (https://spdx.github.io/spdx-spec/v2.3/).

A package is read by its external reference of the type `purl`. Trivy names the operating system by the package's id before 2.3, by its
purpose since; it names a source package in `sourceInfo`, and layers among the attribution texts.
"""

import re
from collections.abc import Iterable, Iterator, Mapping

import msgspec

from vedette.errors import LimitError, ParseError
from vedette.inventory.formats.declared import text_of
from vedette.inventory.formats.json_document import decode
from vedette.inventory.sbom.distribution import distro_of
from vedette.inventory.sbom.facts import HASHES
from vedette.inventory.sbom.properties import facts_of
from vedette.inventory.sbom.stated import Stated, Statement, failure
from vedette.model.distro import Distro
from vedette.model.inventory import FileFailure
from vedette.model.package import SourcePackage

_VERSIONS = frozenset({"SPDX-2.2", "SPDX-2.3"})
_MOST = 500_000
_BUILT_FROM = re.compile(r"built package from: (\S+) (\S+)")
_NO_LICENCE = frozenset({"NOASSERTION", "NONE"})
_OS_PURPOSES = frozenset({"OPERATING-SYSTEM", "OPERATING_SYSTEM"})
_NOT_SOFTWARE = frozenset({"CONTAINER", "FILE", "SOURCE", "ARCHIVE", "DEVICE", "FIRMWARE", "OTHER"})
_NOT_SOFTWARE_IDS = re.compile(
    r"SPDXRef-Target|SPDXRef-(?:ContainerImage|Filesystem|Repository|Application|DocumentRoot)-.*"
)
_TRIVY = "aquasecurity:trivy:"


class _Reference(msgspec.Struct, frozen=True, rename="camel"):
    reference_type: str = ""
    reference_locator: str = ""


class _Checksum(msgspec.Struct, frozen=True, rename="camel"):
    algorithm: str = ""
    checksum_value: str = ""


class _Package(msgspec.Struct, frozen=True, rename="camel"):
    name: str = ""
    id: str = msgspec.field(name="SPDXID", default="")
    version_info: str | None = None
    supplier: str | None = None
    source_info: str | None = None
    license_concluded: str | None = None
    license_declared: str | None = None
    primary_package_purpose: str | None = None
    attribution_texts: tuple[str, ...] | None = ()
    external_refs: tuple[_Reference, ...] | None = ()
    checksums: tuple[_Checksum, ...] | None = ()


class _License(msgspec.Struct, frozen=True, rename="camel"):
    license_id: str = ""
    name: str | None = None


class _Document(msgspec.Struct, frozen=True):
    version: str = msgspec.field(name="spdxVersion")
    packages: tuple[msgspec.Raw, ...] | None = ()
    licenses: tuple[_License, ...] | None = msgspec.field(
        name="hasExtractedLicensingInfos", default=()
    )


_KINDS = {title.replace("-", ""): kind for kind, title in HASHES.items()}
_HEX = re.compile("[0-9A-Fa-f]{40,128}")
_DOCUMENT = msgspec.json.Decoder(_Document)
_PACKAGE = msgspec.json.Decoder(_Package)


def read_spdx_json(data: bytes) -> Statement:
    """What a JSON document states.

    Raises:
        ParseError: where it is no SPDX document, or of a version that is not read.
    """
    document = decode(_DOCUMENT, data, "an SPDX document")
    _check(document.version)
    failures: list[FileFailure] = []
    packages: list[_Package] = []
    for number, raw in enumerate(document.packages or (), 1):
        try:
            packages.append(decode(_PACKAGE, raw, "a package"))
        except ParseError as error:
            failures.append(failure(f"package {number}", str(error)))
    names = {one.license_id: one.name for one in document.licenses or () if one.name}
    return _statement(packages, failures, names)


def read_spdx_tags(data: bytes) -> Statement:
    """What a tag-value document states.

    Raises:
        ParseError: where it is no SPDX document, or of a version that is not read.
    """
    version = ""
    packages: list[_Package] = []
    names: dict[str, str] = {}
    tags: dict[str, list[str]] = {}
    for tag, value in _tags(text_of(data)):
        if tag == "SPDXVersion":
            version = value
        elif tag in _BEGINS:
            packages += _of_tags(tags)
            tags = {}
        elif tag == "LicenseName":
            names[tags.get("LicenseID", [""])[0]] = value
        tags.setdefault(tag, []).append(value)
    packages += _of_tags(tags)
    _check(version)
    return _statement(packages, [], names)


_BEGINS = frozenset({"PackageName", "FileName", "SnippetSPDXID", "LicenseID", "Relationship"})


def _tags(text: str) -> Iterator[tuple[str, str]]:
    """Tags and values; a value within `<text>` goes on over lines."""
    held: tuple[str, list[str]] | None = None
    for number, line in enumerate(text.split("\n"), 1):
        if held:
            tag, parts = held
            end = line.find("</text>")
            parts.append(line if end < 0 else line[:end])
            if end >= 0:
                held = None
                yield tag, "\n".join(parts)
            continue
        if not line.strip() or line.startswith("#"):
            continue
        tag, colon, value = line.partition(":")
        if not colon:
            raise ParseError(f"not TAG: VALUE: {line[:80]!r}", f"line {number}")
        value = value.strip()
        if value.startswith("<text>") and "</text>" not in value:
            held = tag.strip(), [value.removeprefix("<text>")]
        else:
            yield tag.strip(), value.removeprefix("<text>").removesuffix("</text>")
    if held:
        raise ParseError("<text> is not closed")


def _of_tags(tags: dict[str, list[str]]) -> Iterator[_Package]:
    """The package of a group of tags; nothing of any other group."""
    if "PackageName" not in tags:
        return
    first = {tag: values[0] for tag, values in tags.items()}
    references = (value.split(None, 2) for value in tags.get("ExternalRef", ()))
    yield _Package(
        name=first["PackageName"],
        id=first.get("SPDXID", ""),
        version_info=first.get("PackageVersion"),
        supplier=first.get("PackageSupplier"),
        source_info=first.get("PackageSourceInfo"),
        license_concluded=first.get("PackageLicenseConcluded"),
        license_declared=first.get("PackageLicenseDeclared"),
        primary_package_purpose=first.get("PrimaryPackagePurpose"),
        attribution_texts=tuple(tags.get("PackageAttributionText", ())),
        external_refs=tuple(
            _Reference(parts[1], parts[2].strip())
            for parts in references
            if len(parts) == _REFERENCE
        ),
    )


_REFERENCE = 3  # category, type, locator


def _check(version: str) -> None:
    if version not in _VERSIONS:
        raise ParseError(f"SPDX {version[:80]!r} is not read; 2.2 and 2.3 are")


def _statement(
    packages: Iterable[_Package], failures: list[FileFailure], licenses: Mapping[str, str]
) -> Statement:
    stated: list[Stated] = []
    distro: Distro | None = None
    for number, package in enumerate(packages, 1):
        if number > _MOST:
            raise LimitError(f"more than {_MOST} packages")
        purl = _purl(package)
        if _is_os(package):
            distro = distro or distro_of(package.name, package.version_info)
        elif purl:
            stated.append(_stated(package, purl, licenses))
        elif _is_software(package):
            place = package.name or package.id or f"package {number}"
            failures.append(failure(place, "no purl"))
    return Statement(packages=tuple(stated), distro=distro, failures=tuple(failures))


def _is_os(package: _Package) -> bool:
    return package.primary_package_purpose in _OS_PURPOSES or package.id.startswith(
        "SPDXRef-OperatingSystem"
    )


def _is_software(package: _Package) -> bool:
    """What has no purl and is no software: the image that the document is of, a file, a folder."""
    purpose = (package.primary_package_purpose or "").replace("_", "-")
    return purpose not in _NOT_SOFTWARE and not _NOT_SOFTWARE_IDS.fullmatch(package.id)


def _purl(package: _Package) -> str | None:
    references = package.external_refs or ()
    return next((r.reference_locator for r in references if r.reference_type == "purl"), None)


def _stated(package: _Package, purl: str, names: Mapping[str, str]) -> Stated:
    attributed = (text.partition(": ") for text in package.attribution_texts or ())
    facts = facts_of(
        tuple((key if ":" in key else f"{_TRIVY}{key}", value) for key, _, value in attributed)
    )
    built = _BUILT_FROM.fullmatch(package.source_info or "")
    licences = (package.license_declared, package.license_concluded)
    return Stated(
        place=purl,
        purl=purl,
        version=package.version_info,
        source=SourcePackage(name=built[1], version=built[2]) if built else facts.source,
        module=facts.module,
        vendor=_supplier(package.supplier),
        held=facts.held,
        manager=facts.manager,
        dev=facts.dev,
        licenses=tuple(
            names.get(one, one)
            for stated in licences
            if stated and stated not in _NO_LICENCE
            for one in _all_of(stated)
        ),
        cpes=tuple(
            one.reference_locator
            for one in package.external_refs or ()
            if one.reference_type == "cpe23Type"
        ),
        checksums=(*facts.checksums, *_checksums(package)),
    )


def _checksums(package: _Package) -> Iterator[str]:
    for one in package.checksums or ():
        if one.algorithm in _KINDS and _HEX.fullmatch(one.checksum_value):
            yield f"{_KINDS[one.algorithm]}:{one.checksum_value.lower()}"


def _all_of(expression: str) -> list[str]:
    """The licences of a plain list joined by AND; any other expression whole."""
    return [expression] if "(" in expression or " OR " in expression else expression.split(" AND ")


def _supplier(text: str | None) -> str | None:
    """Without the word for what the supplier is; None where nobody says."""
    if not text or text in _NO_LICENCE:
        return None
    return text.removeprefix("Organization: ").removeprefix("Person: ")
