"""What SBOM formats have no field for, as names below `vedette:` and values; `properties` reads them back.

In CycloneDX what Inspector has a name for is under that name: `named`.
"""

import re
from collections.abc import Iterator

from vedette.model.package import Package

INSPECTOR = "amazon:inspector:sbom_generator:"
HASHES = {"sha1": "SHA-1", "sha256": "SHA-256", "sha512": "SHA-512"}
"""Checksums of a whole file that SBOM formats have a place for, by their names in CycloneDX (SPDX's have no hyphen)."""
_LONGEST = 1024
# patterns are compiled when the first text asks for them: most documents have none, and start without
_FIELDS = 13  # the two of the prefix among them
_SEPARATOR = r"(?<!\\):"
_ATTRIBUTE = (
    r"""(?:[?]*|[*]?)(?:[A-Za-z0-9._-]|\\[\\*?!"#$%&'()+,/:;<=>@\[\]^`{|}~])+(?:[?]*|[*]?)|[*-]"""
)
_LANGUAGE = "[A-Za-z]{2,3}(?:-(?:[A-Za-z]{2}|[0-9]{3}))?|[*-]"
_CPE = (
    rf"cpe:2[.]3:[aho*-](?::(?:{_ATTRIBUTE})){{5}}:(?:{_LANGUAGE})(?::(?:{_ATTRIBUTE})){{4}}"
    r"|[cC][pP][eE]:/[AHOaho]?(?::[A-Za-z0-9._~%-]*){0,6}"
)
_INSPECTORS = {
    "extractor": f"{INSPECTOR}source_package_collector",
    "owner": f"{INSPECTOR}duplicate_purl",
    "path": f"{INSPECTOR}source_path",
}
"""Inspector's words for the same: https://docs.aws.amazon.com/inspector/latest/user/cyclonedx-namespace.html."""


def cpes_of(package: Package) -> tuple[str, ...]:
    """Those that are well-formed: a document with another is none."""
    return tuple(cpe for cpe in map(whole_cpe, package.cpes) if cpe)


def whole_cpe(text: str | None) -> str | None:
    """A formatted string of CPE 2.3 or a URI of 2.2 (NISTIR 7695, 6.1 and 6.2); None for what is neither.

    Amazon Linux and others leave out what is any in the end, which a formatted string may not.
    """
    if not text or len(text) > _LONGEST:
        return None
    if text.startswith("cpe:2.3:"):
        text += ":*" * (_FIELDS - len(re.split(_SEPARATOR, text)))
    return text if re.fullmatch(_CPE, text) else None


def named(key: str) -> str:
    """A fact's name as a property of CycloneDX."""
    return _INSPECTORS.get(key) or f"vedette:{key}"


def facts(package: Package) -> Iterator[tuple[str, str]]:
    """Names without the prefix, and values; a path's layer comes after it."""
    yield "ecosystem", package.ecosystem
    yield "manager", package.manager.value
    if package.extractor:
        yield "extractor", package.extractor
    if package.source:
        yield "source:name", package.source.name
        yield "source:version", package.source.version
    if package.module:
        yield "module", package.module
    if package.dev:
        yield "dev", "true"
    for checksum in package.checksums:
        if checksum.partition(":")[0] not in HASHES:
            yield "checksum", checksum
    yield from _places(package)


def _places(package: Package) -> Iterator[tuple[str, str]]:
    if package.owner:
        yield "owner", package.owner
    for location in package.locations:
        yield "path", location.path
        if location.layer:
            yield "layer", location.layer
