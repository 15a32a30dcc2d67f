"""CVE records (CVE JSON 5, https://cveproject.github.io/cve-schema/) with CISA's enrichment (https://github.com/cisagov/vulnrichment).

What the CNA and the ADPs (CISA-ADP) rate is kept apart by name; CISA's decision points (SSVC) stand beside. Affected products are not read: they are prose and CPE, and
the ecosystems' own feeds say it exactly.
"""

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

import msgspec

from vedette.advisories.feeds._base import (
    Document,
    Feed,
    FetchSmall,
    LocalDocument,
    RecordFailure,
    read_each,
)
from vedette.advisories.formats.archives import members
from vedette.advisories.formats.ratings import rate
from vedette.advisories.formats.times import parse_time
from vedette.errors import ParseError
from vedette.model.advisory import CveRecord, Ssvc

_URL = "https://github.com/cisagov/vulnrichment/archive/refs/heads/develop.tar.gz"
_FILE = re.compile(r"(?:.*/)?CVE-[0-9]{4}-[0-9]{4,19}\.json")
_ID = re.compile(r"CVE-[0-9]{4}-[0-9]{4,19}")
_CWE = re.compile(r"CWE-[0-9]+")
_WORD = re.compile(r"[A-Za-z][A-Za-z /_-]{0,39}")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_REFERENCES_LIMIT = 100


class _Cvss(msgspec.Struct, rename="camel"):
    vector_string: str | None = None


class _Other(msgspec.Struct):
    """A metric of another kind; what is in it is known by the kind alone."""

    type: str = ""
    content: Any = None


class _Metric(msgspec.Struct):
    v2: _Cvss | None = msgspec.field(name="cvssV2_0", default=None)
    v30: _Cvss | None = msgspec.field(name="cvssV3_0", default=None)
    v31: _Cvss | None = msgspec.field(name="cvssV3_1", default=None)
    v40: _Cvss | None = msgspec.field(name="cvssV4_0", default=None)
    other: _Other | None = None


class _Text(msgspec.Struct):
    lang: str = ""
    value: str = ""


class _ProblemText(msgspec.Struct, rename="camel"):
    cwe_id: str | None = None


class _Problem(msgspec.Struct):
    descriptions: list[_ProblemText] = []


class _Reference(msgspec.Struct):
    url: str = ""


class _Provider(msgspec.Struct, rename="camel"):
    short_name: str = ""


class _Container(msgspec.Struct, rename="camel"):
    provider_metadata: _Provider | None = None
    metrics: list[_Metric] = []
    problem_types: list[_Problem] = []
    references: list[_Reference] = []
    descriptions: list[_Text] = []


class _Containers(msgspec.Struct):
    cna: _Container | None = None
    adp: list[_Container] = []


class _Metadata(msgspec.Struct, rename="camel"):
    cve_id: str
    state: str
    date_published: str | None = None
    date_updated: str | None = None


class _Record(msgspec.Struct, rename="camel"):
    cve_metadata: _Metadata
    containers: _Containers


_DECODER = msgspec.json.Decoder(_Record)


def _locate(_fetch: FetchSmall) -> Iterable[Document]:
    return (Document(name="cve5/vulnrichment-develop.tar.gz", url=_URL),)


def _read(document: LocalDocument) -> Iterator[CveRecord | RecordFailure]:
    found = members(document.path, lambda name: _FILE.fullmatch(name) is not None)
    yield from read_each(document, found, _cve)


def _cve(data: bytes, problems: list[str]) -> CveRecord:
    try:
        record = _DECODER.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ParseError(f"not a CVE record: {error}") from error
    metadata = record.cve_metadata
    if not _ID.fullmatch(metadata.cve_id):
        raise ParseError(f"not a CVE id: {metadata.cve_id[:40]!r}")
    containers = _containers(record.containers)
    ratings, bad = rate(pair for one in containers for pair in _vectors(one))
    problems.extend(bad)
    return CveRecord(
        id=metadata.cve_id,
        feed="cve5",
        published=_time(metadata.date_published, problems),
        modified=_time(metadata.date_updated, problems),
        rejected=metadata.state == "REJECTED",
        description=_description(record.containers.cna),
        ratings=ratings,
        cwes=_cwes(containers),
        references=_references(containers),
        ssvc=_ssvc(containers, problems),
    )


def _containers(containers: _Containers) -> list[_Container]:
    return [*([containers.cna] if containers.cna else ()), *containers.adp]


def _vectors(container: _Container) -> Iterator[tuple[str, str]]:
    source = container.provider_metadata.short_name if container.provider_metadata else ""
    for metric in container.metrics:
        for cvss in (metric.v2, metric.v30, metric.v31, metric.v40):
            if cvss is not None and cvss.vector_string:
                yield source or "CNA", cvss.vector_string


def _ssvc(containers: Iterable[_Container], problems: list[str]) -> Ssvc | None:
    """The latest decision; its options are maps of one pair each."""
    found = [
        _decision(one, metric.other.content, problems)
        for one in containers
        for metric in one.metrics
        if metric.other is not None and metric.other.type == "ssvc"
    ]
    return max((one for one in found if one is not None), key=_order, default=None)


def _order(one: Ssvc) -> tuple[datetime, str, str, str, str]:
    """By time; of the same moment always the same one."""
    moment = one.decided_at or _EPOCH
    return moment, one.source, one.exploitation, one.automatable, one.technical_impact


def _decision(container: _Container, content: Any, problems: list[str]) -> Ssvc | None:
    if not isinstance(content, dict) or not isinstance(content.get("options"), list):
        problems.append("an SSVC decision without options")
        return None
    pairs = (pair for one in content["options"] if isinstance(one, dict) for pair in one.items())
    said = {
        name.casefold(): value.strip().casefold()
        for name, value in pairs
        if isinstance(value, str) and _WORD.fullmatch(value.strip())
    }
    if not said:
        problems.append("an SSVC decision without options")
        return None
    stamp = content.get("timestamp")
    provider = container.provider_metadata
    return Ssvc(
        source=(provider.short_name if provider else "") or "CNA",
        exploitation=said.get("exploitation", ""),
        automatable=said.get("automatable", ""),
        technical_impact=said.get("technical impact", ""),
        decided_at=_time(stamp if isinstance(stamp, str) else None, problems),
    )


def _time(text: str | None, problems: list[str]) -> datetime | None:
    if not text:
        return None
    try:
        return parse_time(text)
    except ParseError as error:
        problems.append(str(error))
        return None


def _description(cna: _Container | None) -> str:
    texts = cna.descriptions if cna else []
    english = (text.value for text in texts if text.lang.lower().startswith("en"))
    return next(english, texts[0].value if texts else "")


def _cwes(containers: Iterable[_Container]) -> tuple[str, ...]:
    ids = {
        text.cwe_id
        for container in containers
        for problem in container.problem_types
        for text in problem.descriptions
    }
    return tuple(sorted(one for one in ids if one is not None and _CWE.fullmatch(one)))


def _references(containers: Iterable[_Container]) -> tuple[str, ...]:
    urls = dict.fromkeys(one.url for container in containers for one in container.references)
    return tuple(url for url in urls if url)[:_REFERENCES_LIMIT]


FEED = Feed(
    name="cve5",
    title="CVE Program and CISA: CVE records with the ADP container (Vulnrichment)",
    licence="CC0-1.0 (Vulnrichment); CVE Terms of Use",
    locate=_locate,
    mirrored=("cve5/*.tar.xz", "cve5/*.tar.gz", "cve5/*.zip"),
    read=_read,
)
