"""What manifests and lock files have in common: packages by name and version, and where they come from.

What comes from a version control system or a plain address keeps it in the purl's qualifiers `vcs_url` and `download_url`
(purl-spec, "Known qualifiers key/value pairs"); what lies in the repository itself is no dependency and is left out.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

import msgspec

from vedette.errors import ParseError
from vedette.inventory.formats.records import read_records
from vedette.inventory.formats.words import line, word
from vedette.inventory.found import Extraction, Fault, FoundPackage, PackageKind
from vedette.model.package import PackageManager

Origin = tuple[tuple[str, str], ...]
"""Qualifiers that say where a package comes from; empty for its kind's registry."""

REGISTRY: Origin = ()

_CREDENTIALS = r"(?<=://)[^/@\s]*@"
_NAMED = 20
_BOMS = (
    (b"\xef\xbb\xbf", "utf-8"),
    (b"\xff\xfe", "utf-16-le"),
    (b"\xfe\xff", "utf-16-be"),
)

Record = TypeVar("Record")


class Declarer(msgspec.Struct, frozen=True, kw_only=True):
    """Makes the packages of one format."""

    kind: PackageKind
    manager: PackageManager

    def __call__(
        self,
        name: str | None,
        version: str | None,
        *,
        dev: bool = False,
        origin: Origin = REGISTRY,
        licenses: Iterable[str] = (),
    ) -> FoundPackage:
        """A package.

        Raises:
            ParseError: where name or version is missing or no word.
        """
        return FoundPackage(
            kind=self.kind,
            manager=self.manager,
            name=word(name or "", "package name"),
            version=word(version or "", "version"),
            dev=dev,
            qualifiers=origin,
            licenses=tuple(filter(None, map(line, licenses))),
        )


def from_vcs(url: str, revision: str | None = None) -> Origin:
    """From a repository, at a revision; credentials in the address are left out.

    Raises:
        ParseError: where the address is no word.
    """
    address = url if "+" in url.partition(":")[0] else f"git+{url}"
    whole = f"{address}@{revision}" if revision else address
    return (("vcs_url", word(re.sub(_CREDENTIALS, "", whole), "repository's address")),)


def from_url(url: str) -> Origin:
    """From an address that is no registry's; credentials in it are left out.

    Raises:
        ParseError: where it is no word.
    """
    return (("download_url", word(re.sub(_CREDENTIALS, "", url), "address")),)


def read_declared(
    records: Iterable[tuple[str, Record]], read: Callable[[Record], FoundPackage | None]
) -> Extraction:
    """Read each (place, record) as `read_records` does; None is a record that is no dependency.

    A package that comes twice is one, and for development only where both are.
    """
    extraction = read_records(records, lambda record: _extraction(read(record)))
    return msgspec.structs.replace(extraction, packages=_unique(extraction.packages))


def with_unversioned(extraction: Extraction, names: Sequence[str], why: str) -> Extraction:
    """The extraction with one fault for all dependencies whose version is not known."""
    if not names:
        return extraction
    listed = ", ".join(name[:80] for name in names[:_NAMED])
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    fault = Fault(place=f"{len(names)} without a version", reason=f"{why}: {listed}{more}")
    return msgspec.structs.replace(extraction, faults=(*extraction.faults, fault))


def text_of(data: bytes) -> str:
    r"""The text of a file: UTF-8, or what its byte order mark says; lines end with `\n`.

    Raises:
        ParseError: where it is not that.
    """
    encoding = "utf-8"
    for mark, marked in _BOMS:
        if data.startswith(mark):
            data, encoding = data[len(mark) :], marked
            break
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        raise ParseError(f"not {encoding} text", f"offset {error.start}") from error
    return text.replace("\r\n", "\n")


def _extraction(package: FoundPackage | None) -> Extraction:
    return Extraction(packages=(package,)) if package else Extraction()


def _unique(packages: Iterable[FoundPackage]) -> tuple[FoundPackage, ...]:
    known: dict[tuple[str, str, Origin], FoundPackage] = {}
    for package in packages:
        key = package.name, package.version, package.qualifiers
        same = known.get(key)
        if same is None or (same.dev and not package.dev):
            known[key] = package
    return tuple(known.values())
