"""NIST's National Vulnerability Database: ratings and CWEs of CVEs (https://nvd.nist.gov/vuln/data-feeds).

Reads JSON 2.0 (feeds, and pages of the API) and the 1.1 feeds that were published before it. Which applications are affected is read as
rows of the ecosystem `CPE:a`, which matching asks only about packages that no ecosystem's own feed speaks of.
"""

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from vedette.advisories.feeds._base import (
    Dates,
    Document,
    Feed,
    FetchSmall,
    Kept,
    LocalDocument,
    RecordFailure,
    read_each,
)
from vedette.advisories.formats.archives import members
from vedette.advisories.formats.compressed import open_document
from vedette.advisories.formats.json_items import items
from vedette.advisories.formats.nvd_configurations import products_of
from vedette.advisories.formats.nvd_overrides import read_override
from vedette.advisories.formats.ratings import rate
from vedette.advisories.formats.times import parse_time
from vedette.errors import FeedError, ParseError
from vedette.model.advisory import Advisory, AdvisoryId, CveRecord

_URL = "https://nvd.nist.gov/feeds/json/cve/2.0"
_OVERRIDES = "https://github.com/anchore/nvd-data-overrides/archive/refs/heads/main.tar.gz"
_OVERRIDE = re.compile(r"(?:.*/)?CVE-[0-9]{4}-[0-9]{4,19}\.json")
_YEAR = re.compile(r"nvd/nvdcve-2\.0-[0-9]{4}\.json\.gz")
_FIRST_YEAR = 2002
_CHANGED = re.compile(r"lastModifiedDate:(2[0-9]{3}-\S{1,40})")
_COVERED = timedelta(days=7)
"""The feed of changes covers eight days; one is left for what a year's feed was packed before."""
_ID = re.compile(r"CVE-[0-9]{4}-[0-9]{4,19}")
_CWE = re.compile(r"CWE-[0-9]+")
_REJECTED = re.compile(r"\s*(?:\*\* ?REJECT(?:ED)? ?\*\*|Rejected reason:)")
_SOURCES = {"nvd@nist.gov": "NVD", "134c704f-9b21-4f2e-91b3-4a467353bcc0": "CISA-ADP"}
"""Other sources keep the name that NVD gives them: a CNA's address or UUID."""
_REFERENCES_LIMIT = 100
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_OLD, _NEW = "CVE_Items", "vulnerabilities"


class _Text(msgspec.Struct):
    lang: str = ""
    value: str = ""


class _Reference(msgspec.Struct):
    url: str = ""


class _Cvss(msgspec.Struct, rename="camel"):
    vector_string: str = ""


class _Metric(msgspec.Struct, rename="camel"):
    source: str = ""
    cvss_data: _Cvss | None = None


class _Weakness(msgspec.Struct):
    description: list[_Text] = []


class _Cve(msgspec.Struct, rename="camel"):
    id: str
    published: str = ""
    last_modified: str = ""
    vuln_status: str = ""
    descriptions: list[_Text] = []
    metrics: dict[str, list[_Metric]] = {}
    weaknesses: list[_Weakness] = []
    references: list[_Reference] = []
    configurations: Any = None


class _Item(msgspec.Struct):
    cve: _Cve


class _OldMeta(msgspec.Struct):
    id: str = msgspec.field(name="ID")


class _OldTexts(msgspec.Struct):
    description_data: list[_Text] = []


class _OldProblems(msgspec.Struct):
    problemtype_data: list[_Weakness] = []


class _OldReferences(msgspec.Struct):
    reference_data: list[_Reference] = []


class _OldCve(msgspec.Struct):
    meta: _OldMeta = msgspec.field(name="CVE_data_meta")
    description: _OldTexts = msgspec.field(default_factory=_OldTexts)
    problemtype: _OldProblems = msgspec.field(default_factory=_OldProblems)
    references: _OldReferences = msgspec.field(default_factory=_OldReferences)


class _OldBase(msgspec.Struct):
    v3: _Cvss | None = msgspec.field(name="cvssV3", default=None)
    v2: _Cvss | None = msgspec.field(name="cvssV2", default=None)


class _OldImpact(msgspec.Struct):
    v3: _OldBase | None = msgspec.field(name="baseMetricV3", default=None)
    v2: _OldBase | None = msgspec.field(name="baseMetricV2", default=None)


class _OldConfigurations(msgspec.Struct):
    nodes: Any = None


class _OldItem(msgspec.Struct, rename="camel"):
    cve: _OldCve
    configurations: _OldConfigurations = msgspec.field(default_factory=_OldConfigurations)
    impact: _OldImpact = msgspec.field(default_factory=_OldImpact)
    published_date: str = ""
    last_modified_date: str = ""


def _locate(fetch: FetchSmall) -> Iterator[Document]:
    """One feed for each year of ids (2002's holds the earlier ones too), and what changed within eight days."""
    yield from _documents(_changed(fetch).year)


def _catch_up(fetch: FetchSmall, dates: Dates) -> Iterator[Document | Kept]:
    """What changed within eight days; a year's feed only where the one that stands is older than those."""
    changed = _changed(fetch)
    for one in _documents(changed.year):
        standing = dates.get(one.name)
        is_recent = standing is not None and changed - standing < _COVERED
        yield Kept(name=one.name) if is_recent and _YEAR.fullmatch(one.name) else one


def _changed(fetch: FetchSmall) -> datetime:
    """When NVD last changed anything."""
    meta = Document(name="nvd/nvdcve-2.0-modified.meta", url=f"{_URL}/nvdcve-2.0-modified.meta")
    found = _CHANGED.search(fetch(meta).decode("utf-8", "replace"))
    if found is None:
        raise FeedError(f"{meta.url}: no lastModifiedDate")
    try:
        return parse_time(found[1])
    except ParseError as error:
        raise FeedError(f"{meta.url}: {error}") from error


def _documents(last: int) -> Iterator[Document]:
    for part in (*range(_FIRST_YEAR, last + 1), "modified"):
        name = f"nvdcve-2.0-{part}.json.gz"
        yield Document(name=f"nvd/{name}", url=f"{_URL}/{name}")
    yield Document(name="nvd/nvd-data-overrides-main.tar.gz", url=_OVERRIDES)


def _read(document: LocalDocument) -> Iterator[Advisory | CveRecord | RecordFailure]:
    if "overrides" in document.name:
        yield from _overrides(document)
    else:
        yield from _items(document)


def _overrides(document: LocalDocument) -> Iterator[Advisory | RecordFailure]:
    found = members(document.path, lambda name: _OVERRIDE.fullmatch(name) is not None)
    yield from read_each(document, found, read_override)


def _items(document: LocalDocument) -> Iterator[Advisory | CveRecord | RecordFailure]:
    with open_document(document.path) as stream:
        for position, (key, item) in enumerate(items(stream, (_OLD, _NEW))):
            problems: list[str] = []
            try:
                cve = _from_old(item) if key == _OLD else msgspec.convert(item, _Item).cve
                record = _record(cve, problems)
                yield record
                yield from _products(record, cve.configurations, problems)
            except (ParseError, UnicodeEncodeError, msgspec.ValidationError) as error:
                problems.append(str(error))
            for problem in problems:
                yield RecordFailure(
                    document=document.name, place=f"{key}[{position}]", reason=problem
                )


def _from_old(item: Any) -> _Cve:
    """A 1.1 item in the words of 2.0; 1.1 carries NVD's own ratings alone."""
    old = msgspec.convert(item, _OldItem)
    bases = (old.impact.v2, old.impact.v3)
    found = (cvss for base in bases if base for cvss in (base.v2, base.v3) if cvss)
    return _Cve(
        id=old.cve.meta.id,
        published=old.published_date,
        last_modified=old.last_modified_date,
        descriptions=old.cve.description.description_data,
        metrics={"": [_Metric(source="nvd@nist.gov", cvss_data=cvss) for cvss in found]},
        weaknesses=old.cve.problemtype.problemtype_data,
        references=old.cve.references.reference_data,
        configurations=old.configurations.nodes,
    )


def _record(cve: _Cve, problems: list[str]) -> CveRecord:
    if not _ID.fullmatch(cve.id):
        raise ParseError(f"not a CVE id: {cve.id[:40]!r}")
    ratings, bad = rate(_vectors(cve.metrics))
    problems.extend(f"{cve.id}: {reason}" for reason in bad)
    description = _english(cve.descriptions)
    return CveRecord(
        id=cve.id,
        feed="nvd",
        published=_time(cve.published, problems),
        modified=_time(cve.last_modified, problems),
        rejected=cve.vuln_status == "Rejected" or _REJECTED.match(description) is not None,
        description=description,
        ratings=ratings,
        cwes=_cwes(cve.weaknesses),
        references=tuple(dict.fromkeys(one.url for one in cve.references if one.url))[
            :_REFERENCES_LIMIT
        ],
    )


def _products(record: CveRecord, configurations: Any, problems: list[str]) -> Iterator[Advisory]:
    """The applications that the CVE is about, where there are any; texts and ratings are the record's."""
    own: list[str] = []
    affected = products_of(configurations, own) if configurations else ()
    problems.extend(f"{record.id}: {reason}" for reason in own)
    if affected or record.rejected:
        yield Advisory(
            id=AdvisoryId(record.id),
            feed="nvd",
            modified=record.modified,
            published=record.published,
            withdrawn=record.modified or record.published or _EPOCH if record.rejected else None,
            affected=affected,
        )


def _vectors(metrics: dict[str, list[_Metric]]) -> Iterator[tuple[str, str]]:
    for one in (one for several in metrics.values() for one in several):
        if one.cvss_data is not None and one.cvss_data.vector_string:
            yield _SOURCES.get(one.source, one.source or "NVD"), one.cvss_data.vector_string


def _english(texts: list[_Text]) -> str:
    return next((text.value for text in texts if text.lang == "en"), "")


def _cwes(weaknesses: Iterable[_Weakness]) -> tuple[str, ...]:
    ids = {text.value for weakness in weaknesses for text in weakness.description}
    return tuple(sorted(one for one in ids if _CWE.fullmatch(one)))


def _time(text: str, problems: list[str]) -> datetime | None:
    if not text:
        return None
    try:
        return parse_time(text)
    except ParseError as error:
        problems.append(str(error))
        return None


FEED = Feed(
    name="nvd",
    title="NIST: National Vulnerability Database, with Anchore's additions to its products",
    licence="public domain; CC0-1.0 (additions)",
    locate=_locate,
    mirrored=(
        "nvd/nvdcve-*.json.xz",
        "nvd/nvdcve-*.json.gz",
        "nvd/nvd-data-overrides*.tar.xz",
        "nvd/nvd-data-overrides*.tar.gz",
    ),
    read=_read,
    catch_up=_catch_up,
)
