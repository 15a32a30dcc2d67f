"""RubySec: advisories of gems, a YAML file for each (https://github.com/rubysec/ruby-advisory-db)."""

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, time

from vedette.advisories.feeds._base import (
    Document,
    Feed,
    FetchSmall,
    LocalDocument,
    RecordFailure,
    read_each,
)
from vedette.advisories.formats.archives import members
from vedette.advisories.formats.gem_requirements import unsafe
from vedette.advisories.formats.times import parse_date
from vedette.advisories.formats.yaml_document import Yaml, read_yaml, text, texts
from vedette.errors import ParseError
from vedette.model.advisory import Advisory, AdvisoryId, Affected, AffectedStatus, FixState, Range
from vedette.model.package import SchemeName

_URL = "https://github.com/rubysec/ruby-advisory-db/archive/refs/heads/master.tar.gz"
_FILE = re.compile(r"[^/]+/gems/[\w.-]+/[^/]+\.yml")
_CVE = re.compile(r"[0-9]{4}-[0-9]{4,19}")
_GHSA = re.compile(r"[0-9a-z]{4}(?:-[0-9a-z]{4}){2}")
_GEM = re.compile(r"[A-Za-z0-9_.-]{1,100}")
_LIMIT = 1 << 20


def _locate(_fetch: FetchSmall) -> Iterable[Document]:
    return (Document(name="rubysec/ruby-advisory-db-master.tar.gz", url=_URL),)


def _read(document: LocalDocument) -> Iterator[Advisory | RecordFailure]:
    found = members(document.path, lambda name: _FILE.fullmatch(name) is not None, _LIMIT)
    yield from read_each(
        document,
        found,
        lambda data, _: _advisory(data),
        lambda path: path.partition("/gems/")[2],
    )


def _advisory(data: bytes) -> Advisory:
    found = read_yaml(data)
    ids = tuple(_ids(found))
    name = text(found, "gem")
    if not ids or not _GEM.fullmatch(name):
        raise ParseError("no gem, or neither a CVE nor a GHSA")
    patched, unaffected = texts(found, "patched_versions"), texts(found, "unaffected_versions")
    runs = unsafe((*patched, *unaffected))
    url, day = text(found, "url"), text(found, "date")
    return Advisory(
        id=AdvisoryId(ids[0]),
        feed="rubysec",
        modified=None,
        published=datetime.combine(parse_date(day), time(), tzinfo=UTC) if day else None,
        aliases=ids[1:],
        summary=text(found, "title"),
        details=text(found, "description"),
        references=(url,) if url else (),
        affected=(
            Affected(
                ecosystem="RubyGems",
                name=name,
                scheme=SchemeName.GEM,
                ranges=runs,
                status=AffectedStatus.AFFECTED if runs else AffectedStatus.NOT_AFFECTED,
                fix=_fix(runs, patched),
                note=text(found, "platform") or None,
            ),
        ),
    )


def _fix(runs: tuple[Range, ...], patched: tuple[str, ...]) -> FixState:
    if not runs:
        return FixState.UNKNOWN
    return FixState.FIXED if patched else FixState.NOT_FIXED


def _ids(found: dict[str, Yaml]) -> Iterator[str]:
    """The CVE first; both are written without their prefix."""
    for key, pattern, prefix in (("cve", _CVE, "CVE-"), ("ghsa", _GHSA, "GHSA-")):
        number = text(found, key)
        if pattern.fullmatch(number):
            yield prefix + number


FEED = Feed(
    name="rubysec",
    title="RubySec: advisories of gems",
    licence="public domain",
    locate=_locate,
    mirrored=("rubysec/ruby-advisory-db*.tar.gz",),
    read=_read,
)
