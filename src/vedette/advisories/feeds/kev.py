"""CISA's Known Exploited Vulnerabilities catalogue (https://www.cisa.gov/known-exploited-vulnerabilities-catalog)."""

import re
from collections.abc import Iterable, Iterator

import msgspec

from vedette.advisories.feeds._base import Document, Feed, FetchSmall, LocalDocument, RecordFailure
from vedette.advisories.formats.compressed import read_document
from vedette.advisories.formats.times import parse_date
from vedette.errors import ParseError
from vedette.model.advisory import Kev

_NAME = "kev/known_exploited_vulnerabilities.json"
_URL = "https://www.cisa.gov/sites/default/files/feeds/known_exploited_vulnerabilities.json"
_CVE = re.compile(r"CVE-[0-9]{4}-[0-9]{4,19}")


class _Catalogue(msgspec.Struct):
    vulnerabilities: list[msgspec.Raw]


class _Entry(msgspec.Struct, rename="camel"):
    cve_id: str = msgspec.field(name="cveID")
    date_added: str
    due_date: str | None = None
    known_ransomware_campaign_use: str = ""
    required_action: str = ""


def _locate(_fetch: FetchSmall) -> Iterable[Document]:
    return (Document(name=_NAME, url=_URL),)


def _read(document: LocalDocument) -> Iterator[Kev | RecordFailure]:
    try:
        catalogue = msgspec.json.decode(read_document(document.path), type=_Catalogue)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ParseError(f"not the catalogue's JSON: {error}") from error
    for position, raw in enumerate(catalogue.vulnerabilities):
        try:
            yield _entry(raw)
        except (ParseError, msgspec.DecodeError, UnicodeDecodeError) as error:
            yield RecordFailure(
                document=document.name, place=f"vulnerabilities[{position}]", reason=str(error)
            )


def _entry(raw: msgspec.Raw) -> Kev:
    entry = msgspec.json.decode(raw, type=_Entry)
    if not _CVE.fullmatch(entry.cve_id):
        raise ParseError(f"not a CVE id: {entry.cve_id[:40]!r}")
    return Kev(
        cve=entry.cve_id,
        added_on=parse_date(entry.date_added),
        due_on=parse_date(entry.due_date) if entry.due_date else None,
        ransomware=entry.known_ransomware_campaign_use.strip().casefold() == "known",
        action=entry.required_action,
    )


FEED = Feed(
    name="kev",
    title="CISA: catalogue of Known Exploited Vulnerabilities",
    licence="CC0-1.0",
    locate=_locate,
    mirrored=(_NAME,),
    read=_read,
)
