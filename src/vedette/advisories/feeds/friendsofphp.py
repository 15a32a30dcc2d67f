"""FriendsOfPHP: advisories of Composer packages, a YAML file for each (https://github.com/FriendsOfPHP/security-advisories)."""

import re
from collections.abc import Iterable, Iterator

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
from vedette.advisories.formats.yaml_document import Yaml, read_yaml, text, texts
from vedette.errors import ParseError, VersionError
from vedette.model.advisory import Advisory, AdvisoryId, Affected, FixState, Range
from vedette.model.package import SchemeName
from vedette.versions import SCHEMES

_COMPOSER = SCHEMES[SchemeName.COMPOSER]
_URL = "https://github.com/FriendsOfPHP/security-advisories/archive/refs/heads/master.tar.gz"
_FILE = re.compile(r"[^/]+/\w[\w.-]*/[\w.-]+/[^/]+\.yaml")
_PACKAGE = re.compile(r"composer://([\w.-]+/[\w.-]+)")
_CVE = re.compile(r"CVE-[0-9]{4}-[0-9]{4,19}")
_BOUND = re.compile(r"(>=|<=|<)\s*([\w.+-]+)")
_LIMIT = 1 << 20


def _locate(_fetch: FetchSmall) -> Iterable[Document]:
    return (Document(name="friendsofphp/security-advisories-master.tar.gz", url=_URL),)


def _read(document: LocalDocument) -> Iterator[Advisory | RecordFailure]:
    left_out = 0

    def read(data: bytes, _: list[str]) -> Advisory | None:
        nonlocal left_out
        advisory = _advisory(data)
        left_out += advisory is None
        return advisory

    found = members(document.path, lambda name: _FILE.fullmatch(name) is not None, _LIMIT)
    yield from read_each(document, found, read, lambda path: path.partition("/")[2])
    if left_out:
        reason = f"left out: without a CVE, so that nothing joins it to what others say: {left_out}"
        yield RecordFailure(document=document.name, place="files", reason=reason)


def _advisory(data: bytes) -> Advisory | None:
    """One file; None where it names no CVE: nothing else would join it to what others say of the flaw."""
    found = read_yaml(data)
    reference = text(found, "reference")
    package = _PACKAGE.fullmatch(reference)
    if package is None:
        raise ParseError(f"not a package of Composer: {reference[:80]!r}")
    cve = text(found, "cve")
    if not _CVE.fullmatch(cve):
        return None
    name = package[1].lower()
    runs = _joined(_run(texts(branch, "versions")) for branch in _branches(found))
    if not runs:
        raise ParseError("no versions")
    link = text(found, "link")
    return Advisory(
        id=AdvisoryId(cve),
        feed="friendsofphp",
        modified=None,
        summary=text(found, "title"),
        references=(link,) if link else (),
        affected=(
            Affected(
                ecosystem="Packagist",
                name=name,
                scheme=SchemeName.COMPOSER,
                ranges=runs,
                fix=FixState.FIXED if any(run.fixed for run in runs) else FixState.UNKNOWN,
            ),
        ),
    )


def _branches(found: dict[str, Yaml]) -> Iterator[dict[str, Yaml]]:
    branches = found.get("branches") or {}
    if not isinstance(branches, dict):
        raise ParseError("not a mapping", "branches")
    for name, branch in branches.items():
        if not isinstance(branch, dict):
            raise ParseError("not a mapping", f"branches: {name[:80]}")
        yield branch


def _run(versions: tuple[str, ...]) -> Range:
    """`['>=7.0', '<7.59']`; one that begins after a version has no range of ours."""
    said: dict[str, str] = {}
    for version in versions:
        bound = _BOUND.fullmatch(version.strip())
        if bound is None or bound[1] in said:
            raise ParseError(f"not a range of versions: {', '.join(versions)[:80]!r}")
        said[bound[1]] = bound[2]
    if {"<", "<="} <= said.keys() or not said:
        raise ParseError(f"not a range of versions: {', '.join(versions)[:80]!r}")
    return Range(introduced=said.get(">=", "0"), fixed=said.get("<"), last_affected=said.get("<="))


def _joined(runs: Iterable[Range]) -> tuple[Range, ...]:
    """Runs that follow one another are one: the end of a branch that nobody mends is no fix."""
    joined: list[Range] = []
    for run in sorted(runs, key=lambda one: _key(one.introduced)):
        before = joined[-1] if joined else None
        if before and before.fixed and _key(before.fixed) >= _key(run.introduced):
            later = run.fixed is None or _key(run.fixed) > _key(before.fixed)
            if later:
                joined[-1] = msgspec.structs.replace(run, introduced=before.introduced)
        else:
            joined.append(run)
    return tuple(joined)


def _key(version: str) -> bytes:
    try:
        return _COMPOSER.key(version)
    except VersionError as error:
        raise ParseError(f"not a version: {version[:40]!r}") from error


FEED = Feed(
    name="friendsofphp",
    title="FriendsOfPHP: advisories of Composer packages",
    licence="Unlicense",
    locate=_locate,
    mirrored=("friendsofphp/security-advisories*.tar.gz",),
    read=_read,
)
