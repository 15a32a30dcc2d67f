"""Photon OS: the CVE metadata (https://packages.vmware.com/photon/photon_cve_metadata/), and from a mirror the older OVAL."""

import re
from collections.abc import Iterator
from typing import Any

import msgspec

from vedette.advisories.feeds._base import Document, Feed, FetchSmall, LocalDocument, RecordFailure
from vedette.advisories.formats.compressed import open_document, read_document
from vedette.advisories.formats.oval import Definition, definitions
from vedette.advisories.formats.oval_packages import earlier
from vedette.advisories.formats.times import parse_time
from vedette.errors import FeedError, ParseError
from vedette.model.advisory import (
    Advisory,
    AdvisoryId,
    Affected,
    AffectedStatus,
    FixState,
    Range,
)
from vedette.model.package import SchemeName

_METADATA = "https://packages.vmware.com/photon/photon_cve_metadata"
_INDEX = Document(name="photon/photon_versions.json", url=f"{_METADATA}/photon_versions.json")
_RELEASE = re.compile(r"[0-9]+\.[0-9]+")
_FILE = re.compile(r"photon/(?:.*/)?cve_data_photon([0-9]+)\.[0-9]+\.json(?:\.gz)?")
_OVAL = re.compile(r"photon/(?:.*/)?com\.vmware\.phsa-photon([0-9]+)\.xml(?:\.gz)?")
_VERSION = re.compile(r"[\w.+~^:-]+-[\w.+~^]+")
_CVE = re.compile(r"CVE-[0-9]{4}-[0-9]{4,19}")
_UNKNOWN = "NA"
_LIMIT = 256 << 20


class _Versions(msgspec.Struct):
    branches: list[str]


class _Entry(msgspec.Struct):
    cve_id: str
    pkg: str
    res_ver: str = _UNKNOWN
    status: str = ""


def _locate(fetch: FetchSmall) -> Iterator[Document]:
    try:
        branches = msgspec.json.decode(fetch(_INDEX), type=_Versions).branches
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise FeedError(f"{_INDEX.url}: {error}") from error
    for branch in sorted(set(branches)):
        if _RELEASE.fullmatch(branch):
            name = f"cve_data_photon{branch}.json"
            yield Document(name=f"photon/{name}", url=f"{_METADATA}/{name}")


def _read(document: LocalDocument) -> Iterator[Advisory | RecordFailure]:
    if match := _FILE.fullmatch(document.name):
        yield from _metadata(document, f"Photon OS:{match[1]}")
    elif match := _OVAL.fullmatch(document.name):
        yield from _oval(document, f"Photon OS:{match[1]}")
    else:
        raise ParseError(f"not a document of Photon OS: {document.name!r}")


def _metadata(document: LocalDocument, ecosystem: str) -> Iterator[Advisory | RecordFailure]:
    try:
        entries = msgspec.json.decode(read_document(document.path, _LIMIT), type=list[msgspec.Raw])
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ParseError(f"not the CVE metadata: {error}") from error
    for position, raw in enumerate(entries):
        try:
            yield _advisory(msgspec.json.decode(raw, type=_Entry), ecosystem)
        except (ParseError, msgspec.DecodeError, UnicodeDecodeError) as error:
            yield RecordFailure(document=document.name, place=f"[{position}]", reason=str(error))


def _advisory(entry: _Entry, ecosystem: str) -> Advisory:
    """One flaw in one package. The builder joins the entries of one id: they are parts of one statement."""
    if not entry.cve_id or not entry.pkg:
        raise ParseError("no id or no package")
    return Advisory(
        id=AdvisoryId(entry.cve_id),
        feed="photon",
        modified=None,
        affected=(_affected(entry, ecosystem),),
    )


def _affected(entry: _Entry, ecosystem: str) -> Affected:
    fields: dict[str, Any] = {}
    match entry.status.casefold():
        case "fixed":
            if not _VERSION.fullmatch(entry.res_ver):
                raise ParseError(f"fixed in {entry.res_ver[:40]!r}")
            fields = {"ranges": (Range(fixed=entry.res_ver),), "fix": FixState.FIXED}
        case "not affected":
            fields = {"status": AffectedStatus.NOT_AFFECTED, "note": entry.status}
        case _:  # `Under Review` and what may come
            status = AffectedStatus.UNDER_INVESTIGATION
            fields = {"ranges": (Range(),), "status": status, "note": entry.status or None}
    return Affected(
        ecosystem=ecosystem,
        name=entry.pkg,
        scheme=SchemeName.RPM,
        **fields,
    )


def _oval(document: LocalDocument, ecosystem: str) -> Iterator[Advisory | RecordFailure]:
    with open_document(document.path) as stream:
        for definition in definitions(stream):
            if isinstance(definition, ParseError):
                yield RecordFailure(
                    document=document.name,
                    place=": ".join(definition.places),
                    reason=definition.reason,
                )
                continue
            problems: list[str] = []
            yield _update(definition, ecosystem, problems)
            for problem in dict.fromkeys(problems):
                yield RecordFailure(document=document.name, place=definition.id, reason=problem)


def _update(definition: Definition, ecosystem: str, problems: list[str]) -> Advisory:
    """An update under its definition's id: the PHSA numbers are not unique."""
    dates = []
    for text in filter(None, (definition.updated, definition.issued)):
        try:
            dates.append(parse_time(text))
        except ParseError as error:
            problems.append(str(error))
    return Advisory(
        id=AdvisoryId(definition.id),
        feed="photon",
        modified=dates[0] if dates else None,
        published=dates[-1] if dates else None,
        related=tuple(sorted({one.id for one in definition.flaws if _CVE.fullmatch(one.id)})),
        summary=definition.title,
        vendor_severity=definition.severity.capitalize() or None,
        references=tuple(dict.fromkeys(one.url for one in definition.references if one.url)),
        affected=tuple(earlier(definition.terms, ecosystem, problems)),
    )


FEED = Feed(
    name="photon",
    title="VMware: Photon OS",
    licence="not stated",
    locate=_locate,
    mirrored=(
        "photon/cve_data_photon*.json",
        "photon/cve_data_photon*.json.gz",
        "photon/oval/com.vmware.phsa-photon*.xml.gz",
    ),
    read=_read,
)
