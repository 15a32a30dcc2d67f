"""Alpine's security database: fixed versions per branch and repository (https://secdb.alpinelinux.org).

`secfixes` maps a version of the origin package (the aport) to the flaws that it mended; version `0` says that the
package never had them (https://gitlab.alpinelinux.org/alpine/infra/docker/secdb).
"""

import re
from collections.abc import Iterator

import msgspec

from vedette.advisories.feeds._base import Document, Feed, FetchSmall, LocalDocument, RecordFailure
from vedette.advisories.formats.compressed import read_document
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

_URL = "https://secdb.alpinelinux.org"
_BRANCH_LINK = re.compile(r'href="(?:\./|/)?(v[0-9]+\.[0-9]+|edge)/"')
_REPOSITORY_LINK = re.compile(r'href="(?:[^"]*/)?([a-z]+)\.json"')
_CVE = re.compile(r"CVE[-_]([0-9]{4}-[0-9]{4,19})")
_OTHER_ID = re.compile(r"(?<!\S)(?!CVE)[A-Za-z][A-Za-z0-9]*-[A-Za-z0-9-]*[0-9][A-Za-z0-9-]*(?!\S)")
_REMARK = re.compile(r"\(([^()]*)\)")
_NEVER = "0"


class _Fixes(msgspec.Struct):
    name: str
    secfixes: dict[str, list[str] | None] | None = None


class _Package(msgspec.Struct):
    pkg: _Fixes


class _Database(msgspec.Struct):
    distroversion: str
    packages: list[msgspec.Raw] | None = None


class _Statement(msgspec.Struct, frozen=True, kw_only=True):
    """One package's versions that mended one flaw."""

    versions: list[str]
    related: set[str]
    remarks: set[str]


_Statements = dict[str, dict[str, _Statement]]
"""Flaw → package → statement."""


def _locate(fetch: FetchSmall) -> Iterator[Document]:
    branches = _links(fetch, "", _BRANCH_LINK)
    for branch in sorted(branches):
        for repository in sorted(_links(fetch, f"{branch}/", _REPOSITORY_LINK)):
            path = f"{branch}/{repository}.json"
            yield Document(name=f"alpine/{path}", url=f"{_URL}/{path}")


def _links(fetch: FetchSmall, folder: str, pattern: re.Pattern[str]) -> set[str]:
    """What a folder's listing links to.

    Raises:
        FeedError: where it links to nothing of the kind: the site has changed.
    """
    url = f"{_URL}/{folder}"
    found = fetch(Document(name=f"alpine/{folder}index.html", url=url)).decode("utf-8", "replace")
    links = set(pattern.findall(found))
    if not links:
        raise FeedError(f"{url}: not the listing that was expected")
    return links


def _read(document: LocalDocument) -> Iterator[Advisory | RecordFailure]:
    try:
        database = msgspec.json.decode(read_document(document.path), type=_Database)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ParseError(f"not Alpine's JSON: {error}") from error
    statements: _Statements = {}
    for position, raw in enumerate(database.packages or ()):
        place = f"packages[{position}]"
        try:
            package = msgspec.json.decode(raw, type=_Package).pkg
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            yield RecordFailure(document=document.name, place=place, reason=str(error))
            continue
        for reason in _collect(package, statements):
            yield RecordFailure(document=document.name, place=place, reason=reason)
    for flaw, packages in sorted(statements.items()):
        yield _advisory(flaw, packages, f"Alpine:{database.distroversion}")


def _collect(package: _Fixes, statements: _Statements) -> Iterator[str]:
    for version, texts in (package.secfixes or {}).items():
        for text in texts or ():
            flaws, related = _ids(text)
            if not flaws:
                yield f"{package.name} {version}: no id in {text[:80]!r}"
            for flaw in flaws:
                known = statements.setdefault(flaw, {}).setdefault(
                    package.name, _Statement(versions=[], related=set(), remarks=set())
                )
                known.versions.append(version)
                known.related.update(related)
                known.remarks.update(_REMARK.findall(text))


def _ids(text: str) -> tuple[list[str], set[str]]:
    """The flaws of an entry and ids beside them: `CVE-2018-3620 CVE-2018-3646 XSA-273` is two flaws.

    An XSA or the like often covers several flaws, so it is related to them, not the same.
    """
    cves = sorted({f"CVE-{number}" for number in _CVE.findall(text)})
    others = _OTHER_ID.findall(text)
    return (cves, set(others)) if cves else (sorted(set(others)), set())


def _advisory(flaw: str, packages: dict[str, _Statement], ecosystem: str) -> Advisory:
    related = {one for statement in packages.values() for one in statement.related}
    return Advisory(
        id=AdvisoryId(flaw),
        feed="alpine",
        modified=None,
        related=tuple(sorted(related - {flaw})),
        affected=tuple(
            _affected(name, statement, ecosystem) for name, statement in sorted(packages.items())
        ),
    )


def _affected(name: str, statement: _Statement, ecosystem: str) -> Affected:
    """Where several versions are given the earlier ones did not mend it whole, so all of them bound the flaw."""
    versions = sorted(set(statement.versions) - {_NEVER})
    return Affected(
        ecosystem=ecosystem,
        name=name,
        scheme=SchemeName.APK,
        ranges=tuple(Range(fixed=version) for version in versions),
        status=AffectedStatus.AFFECTED if versions else AffectedStatus.NOT_AFFECTED,
        fix=FixState.FIXED if versions else FixState.UNKNOWN,
        by_source=True,
        note="; ".join(sorted(statement.remarks)) or None,
    )


FEED = Feed(
    name="alpine",
    title="Alpine Linux: security database (secdb)",
    licence="not stated",
    locate=_locate,
    mirrored=("alpine/v*/*.json", "alpine/edge/*.json"),
    read=_read,
)
