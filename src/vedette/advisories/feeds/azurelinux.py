"""Azure Linux and CBL-Mariner as OVAL, a definition per flaw and source package (https://github.com/microsoft/AzureLinuxVulnerabilityData)."""

import re
from collections.abc import Iterable, Iterator
from datetime import datetime

from vedette.advisories.feeds._base import Document, Feed, FetchSmall, LocalDocument, RecordFailure
from vedette.advisories.formats.compressed import open_document
from vedette.advisories.formats.oval import Definition, Term, definitions
from vedette.advisories.formats.times import parse_time
from vedette.errors import ParseError
from vedette.model.advisory import (
    Advisory,
    AdvisoryId,
    Affected,
    AffectedStatus,
    FixState,
    Range,
)
from vedette.model.package import SchemeName

_DATA = "https://raw.githubusercontent.com/microsoft/AzureLinuxVulnerabilityData/main"
_FILES = ("azurelinux-3.0-oval.xml", "cbl-mariner-2.0-oval.xml")
_FILE = re.compile(
    r"azurelinux/(?:azurelinux-(3|[4-9])\.0|cbl-mariner-([12]\.0))-oval\.xml(?:\.gz)?"
)
_CVE = re.compile(r"CVE-[0-9]{4}-[0-9]{4,19}")
_EARLIER = re.compile(r"Package (\S+) is earlier than\s+(?:0:)?(\S+), affected by \S+")
_OR_EARLIER = re.compile(r"Package (\S+) is installed with version (?:0:)?(\S+) or earlier")
_NEVER = "not applicable"


def _locate(_fetch: FetchSmall) -> Iterable[Document]:
    return (Document(name=f"azurelinux/{name}", url=f"{_DATA}/{name}") for name in _FILES)


def _read(document: LocalDocument) -> Iterator[Advisory | RecordFailure]:
    match = _FILE.fullmatch(document.name)
    if match is None:
        raise ParseError(f"not a release of Azure Linux: {document.name!r}")
    ecosystem = f"Azure Linux:{match[1]}" if match[1] else f"Mariner:{match[2]}"
    with open_document(document.path) as stream:
        for definition in definitions(stream):
            try:
                if isinstance(definition, ParseError):
                    raise definition
                yield _advisory(definition, ecosystem)
            except ParseError as error:
                if isinstance(definition, Definition):
                    error.within(definition.id)
                place = ": ".join(error.places)
                yield RecordFailure(document=document.name, place=place, reason=error.reason)


def _advisory(definition: Definition, ecosystem: str) -> Advisory:
    """`facts` are Microsoft's own elements: `patchable`, `advisory_date`, `advisory_id`."""
    flaw = next((one for one in definition.references if _CVE.fullmatch(one.id)), None)
    if flaw is None:
        raise ParseError("no CVE id")
    if not definition.terms:
        raise ParseError("no criterion")
    denied = definition.facts.get("patchable", "").lower() == _NEVER
    severity = definition.severity.capitalize()
    return Advisory(
        id=AdvisoryId(definition.id),
        feed="azurelinux",
        modified=_dated(definition),
        aliases=(flaw.id,),
        summary=definition.title,
        vendor_severity=severity if severity.isalpha() else None,
        references=(flaw.url,) if flaw.url else (),
        affected=tuple(_affected(term, ecosystem, denied=denied) for term in definition.terms),
    )


def _dated(definition: Definition) -> datetime | None:
    text = definition.facts.get("advisory_date")
    return parse_time(text) if text else None


def _affected(term: Term, ecosystem: str, *, denied: bool) -> Affected:
    if match := _EARLIER.fullmatch(term.comment):
        run, fix = Range(fixed=match[2]), FixState.FIXED
    elif match := _OR_EARLIER.fullmatch(term.comment):
        run, fix = Range(last_affected=match[2]), FixState.NOT_FIXED
    else:
        raise ParseError(f"a criterion that is not known: {term.comment[:120]!r}")
    return Affected(
        ecosystem=ecosystem,
        name=match[1],
        scheme=SchemeName.RPM,
        ranges=() if denied else (run,),
        status=AffectedStatus.NOT_AFFECTED if denied else AffectedStatus.AFFECTED,
        fix=FixState.UNKNOWN if denied else fix,
        by_source=True,
        note="Not Applicable" if denied else None,
    )


FEED = Feed(
    name="azurelinux",
    title="Microsoft: Azure Linux and CBL-Mariner",
    licence="MIT",
    locate=_locate,
    mirrored=("azurelinux/*-oval.xml", "azurelinux/*-oval.xml.gz"),
    read=_read,
)
