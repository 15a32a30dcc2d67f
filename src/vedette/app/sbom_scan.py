"""An SBOM that somebody hands in: what is wrong with each of its components."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any

import msgspec
from packageurl import PackageURL
from packaging.utils import canonicalize_name

from vedette.findings.build import build_vulnerabilities
from vedette.inventory.found import OS_KINDS
from vedette.inventory.sbom.reading import read_sbom
from vedette.matching.index import AdvisoryIndex
from vedette.matching.match import MatchResult, match_inventory
from vedette.model.finding import Finding, Vulnerability
from vedette.model.package import Package
from vedette.model.resource import LocalTarget, Resource, ResourceRef, ResourceType

_OS_TYPES = frozenset(kind.value for kind in OS_KINDS)
_TARGET = ResourceRef(type=ResourceType.LOCAL, id="sbom")

_Identity = tuple[str, str, str, str]


class Outcome(StrEnum):
    """What came of a component."""

    VULNERABLE = "vulnerable"
    CLEAN = "clean"
    UNDECIDED = "undecided"
    NO_RULES = "no rules"
    NO_PURL = "no purl"
    UNREADABLE = "unreadable"


class ScannedComponent(msgspec.Struct, frozen=True, kw_only=True):
    """A component of the document; `why` says more of one that is undecided or unreadable."""

    ref: str
    type: str
    name: str
    version: str | None
    purl: str | None
    outcome: Outcome
    why: str = ""


class Affected(msgspec.Struct, frozen=True, kw_only=True):
    """A component that has a flaw, and the version that mends it."""

    ref: str
    purl: str
    fixed_in: str | None
    path: str | None


class Flaw(msgspec.Struct, frozen=True, kw_only=True):
    """A flaw, and the components that have it."""

    finding: Finding
    evidence: Vulnerability
    affected: tuple[Affected, ...]


class ScannedSbom(msgspec.Struct, frozen=True, kw_only=True):
    """The components in the document's order, and the flaws by id."""

    components: tuple[ScannedComponent, ...]
    flaws: tuple[Flaw, ...]


def scan_sbom(document: Mapping[str, Any], index: AdvisoryIndex, *, now: datetime) -> ScannedSbom:
    """Scan a CycloneDX document.

    Raises:
        ParseError: where it is none that can be read.
        LimitError: where it is too large.
        StoreError: where the advisory database fails.
    """
    inventory = read_sbom(msgspec.json.encode(document), _TARGET)
    result = match_inventory(inventory, index)
    target = Resource(ref=_TARGET, facts=LocalTarget(kind="sbom"))
    findings = build_vulnerabilities(target, result, index, None, now=now)
    stated = tuple(_stated(document))
    refs: defaultdict[_Identity, list[str]] = defaultdict(list)
    for identity, component in stated:
        if identity is not None:
            refs[identity].append(component.ref)
    flaws = tuple(_flaws(findings, refs))
    known = frozenset(filter(None, (_identity(one.purl) for one in inventory.packages)))
    outcomes = _outcomes(flaws, result)
    return ScannedSbom(
        components=tuple(
            _judged(component, identity, known, outcomes) for identity, component in stated
        ),
        flaws=flaws,
    )


def _flaws(findings: tuple[Finding, ...], refs: Mapping[_Identity, list[str]]) -> Iterator[Flaw]:
    known = (
        (finding, finding.evidence)
        for finding in findings
        if isinstance(finding.evidence, Vulnerability)
    )
    for finding, evidence in known:
        affected = {
            Affected(
                ref=ref,
                purl=entry.package.purl,
                fixed_in=entry.fixed_in,
                path=_path(entry.package),
            )
            for entry in evidence.packages
            for ref in _refs(entry.package, refs)
        }
        ordered = tuple(sorted(affected, key=lambda one: (one.ref, one.purl, one.path or "")))
        yield Flaw(finding=finding, evidence=evidence, affected=ordered)


def _refs(package: Package, refs: Mapping[_Identity, list[str]]) -> Sequence[str]:
    """Of the components that are this package; its purl, where none can be told."""
    identity = _identity(package.purl)
    return (refs.get(identity) if identity else None) or (package.purl,)


def _path(package: Package) -> str | None:
    return package.locations[0].path if package.locations else None


def _outcomes(
    flaws: tuple[Flaw, ...], result: MatchResult
) -> Mapping[_Identity, tuple[Outcome, str]]:
    """Of those packages that are not simply clean; what is worse overrules."""
    found: dict[_Identity | None, tuple[Outcome, str]] = {}
    for package in result.unjudged_packages:
        found[_identity(package.purl)] = (Outcome.NO_RULES, "")
    for undecided in result.undecided:
        found[_identity(undecided.package.purl)] = (Outcome.UNDECIDED, undecided.reason)
    for flaw in flaws:
        for entry in flaw.evidence.packages:
            found[_identity(entry.package.purl)] = (Outcome.VULNERABLE, "")
    return {identity: one for identity, one in found.items() if identity is not None}


def _judged(
    component: ScannedComponent,
    identity: _Identity | None,
    known: frozenset[_Identity],
    outcomes: Mapping[_Identity, tuple[Outcome, str]],
) -> ScannedComponent:
    if identity is None:
        return component
    if identity not in known:
        return msgspec.structs.replace(
            component, outcome=Outcome.UNREADABLE, why="its purl names no package"
        )
    outcome, why = outcomes.get(identity, (Outcome.CLEAN, ""))
    return msgspec.structs.replace(component, outcome=outcome, why=why)


def _stated(document: Mapping[str, Any]) -> Iterator[tuple[_Identity | None, ScannedComponent]]:
    """The components, those within others after them, each with what it is known by."""
    waiting = list(reversed(_parts(document)))
    number = 0
    while waiting:
        raw = waiting.pop()
        number += 1
        waiting += reversed(_parts(raw))
        purl = _text(raw, "purl")
        identity = None if purl is None else _identity(purl)
        yield (
            identity,
            ScannedComponent(
                ref=_text(raw, "bom-ref") or f"comp-{number}",
                type=_text(raw, "type") or "library",
                name=_text(raw, "name") or "",
                version=_text(raw, "version"),
                purl=purl,
                outcome=Outcome.NO_PURL if purl is None else Outcome.UNREADABLE,
                why="" if purl is None else "it has no package URL that can be read",
            ),
        )


def _parts(whole: Mapping[str, Any]) -> list[dict[str, Any]]:
    parts = whole.get("components")
    return [one for one in parts if isinstance(one, dict)] if isinstance(parts, list) else []


def _text(raw: Mapping[str, Any], name: str) -> str | None:
    value = raw.get(name)
    return value if isinstance(value, str) and value else None


def _identity(text: str) -> _Identity | None:
    """What two purls of the same package have in common, however they were written."""
    try:
        url = PackageURL.from_string(text)
    except ValueError:
        return None
    of_os = url.type in _OS_TYPES
    name = canonicalize_name(url.name) if url.type == "pypi" else url.name
    namespace = "" if of_os else url.namespace or ""
    version = url.version or ""
    return url.type, namespace, name, version.partition(":")[2] or version if of_os else version
