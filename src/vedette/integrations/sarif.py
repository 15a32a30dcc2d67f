"""SARIF 2.1.0 (OASIS, "Static Analysis Results Interchange Format"): a result for each flaw and package, and for each open port.

A rule is a flaw, and how bad it is in itself: `security-severity` is its base score, which code hosts sort by. A result lies where the
package lies in the target; what has no path lies at the resource. Fingerprints are of the finding's id and the package, so that a result
stays the same result. What is suppressed has a suppression with its reason, what is closed is a `pass`.

Results come before the tool that names their rules: they are written as they come, and the rules, one for each flaw however many have it,
wait in a spool.
"""

import hashlib
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import quote

from vedette.findings.severity import choose_rating, vendors_of
from vedette.integrations._base import (
    Entry,
    Occasion,
    Report,
    Spool,
    cut,
    json_bytes,
    json_list,
    pruned,
    source_url,
    spool,
)
from vedette.model.cvss import base_score
from vedette.model.finding import (
    Finding,
    FindingStatus,
    Reachable,
    Vulnerability,
    VulnerablePackage,
)
from vedette.model.severity import Severity

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_LEVELS = {
    Severity.CRITICAL: "error",
    Severity.HIGH: "error",
    Severity.MEDIUM: "warning",
    Severity.LOW: "note",
    Severity.INFORMATIONAL: "note",
    Severity.UNTRIAGED: "note",
}
_SCORES = {
    Severity.CRITICAL: 9.0,
    Severity.HIGH: 7.0,
    Severity.MEDIUM: 4.0,
    Severity.LOW: 0.1,
    Severity.INFORMATIONAL: 0.0,
    Severity.UNTRIAGED: 0.0,
}
"""The least score of each word, where nobody gives a vector."""
_PLACES = 100
_TEXT = 1024
_RULE = 255
_CWE = "CWE-"

_Json = dict[str, Any]


def _write(entries: Iterable[Entry], occasion: Occasion) -> Iterator[bytes]:
    head = {"$schema": _SCHEMA, "version": "2.1.0"}
    yield json_bytes(head)[:-1] + b',"runs":[{"columnKind":"utf16CodeUnits","results":['
    with spool() as waiting:
        rules = _Rules(waiting)
        yield from json_list(
            json_bytes(result)
            for entry in entries
            for result in _results(entry.finding, rules.place(entry.finding))
        )
        yield b'\n],"invocations":[' + json_bytes(_invocation(occasion)) + b"]"
        yield b',"tool":{"driver":{"name":"vedette","rules":['
        yield from waiting.pieces()
    yield b"\n]}}}]}\n"


def _invocation(occasion: Occasion) -> _Json:
    """A run whose gaps are warnings; it has ended well, since every finding in it stands."""
    notifications = [
        {"level": "warning", "message": {"text": cut(text, _TEXT)}} for text in occasion.gaps
    ]
    return {
        "executionSuccessful": True,
        **pruned({"toolExecutionNotifications": notifications}),
        "properties": {"subject": occasion.subject},
    }


class _Rules:
    """Each rule once, by its place in the list."""

    def __init__(self, waiting: Spool) -> None:
        self._waiting = waiting
        self._places: dict[str, int] = {}

    def place(self, finding: Finding) -> tuple[str, int]:
        """The rule's id and place."""
        name = _rule_id(finding)
        if name not in self._places:
            piece = json_bytes({"id": name, **_rule(finding)})
            self._waiting.add((b",\n" if self._places else b"\n") + piece)
            self._places[name] = len(self._places)
        return name, self._places[name]


def _rule_id(finding: Finding) -> str:
    match finding.evidence:
        case Vulnerability() as evidence:
            return cut(evidence.id, _RULE)
        case Reachable():  # pragma: no branch
            return f"network-reachability-{finding.severity.value.lower()}"


def _rule(finding: Finding) -> _Json:
    match finding.evidence:
        case Vulnerability() as evidence:
            return _flaw_rule(finding, evidence)
        case Reachable():  # pragma: no branch
            return _port_rule(finding.severity)


def _flaw_rule(finding: Finding, evidence: Vulnerability) -> _Json:
    rating = choose_rating(evidence.ratings, vendors_of(one.package for one in evidence.packages))
    score = base_score(rating.vector) if rating else _SCORES[finding.severity]
    numbers = (cwe[len(_CWE) :] for cwe in evidence.cwes if cwe.startswith(_CWE))
    known = {"helpUri": source_url(evidence)}
    return {
        "name": "VulnerablePackage",
        "shortDescription": {"text": cut(evidence.id, _RULE)},
        "fullDescription": {"text": cut(finding.description, _TEXT) or evidence.id},
        "help": {"text": "\n".join((finding.description, *evidence.references)) or evidence.id},
        "defaultConfiguration": {"level": _LEVELS[finding.severity]},
        "properties": {
            "precision": "very-high",
            "security-severity": f"{score:.1f}",
            "tags": [
                "security",
                "vulnerability",
                *(f"external/cwe/cwe-{number}" for number in numbers if number.isdecimal()),
            ],
        },
        **pruned(known),
    }


def _port_rule(severity: Severity) -> _Json:
    text = f"A port is reachable through a VPC edge ({severity.value.lower()})"
    return {
        "name": "ReachablePort",
        "shortDescription": {"text": text},
        "fullDescription": {"text": text},
        "help": {"text": "Which ports count for how much: see the severities of services."},
        "defaultConfiguration": {"level": _LEVELS[severity]},
        "properties": {
            "precision": "very-high",
            "security-severity": f"{_SCORES[severity]:.1f}",
            "tags": ["security", "network"],
        },
    }


def _results(finding: Finding, rule: tuple[str, int]) -> Iterator[_Json]:
    match finding.evidence:
        case Vulnerability() as evidence:
            for one in evidence.packages:
                yield _result(finding, rule, one) | _package(finding, evidence, one)
        case Reachable():  # pragma: no branch
            yield _result(finding, rule, None) | {
                "message": {"text": finding.title},
                "locations": [_location(finding, None)],
                "properties": {"risk": finding.score.risk, "remediation": finding.remediation},
            }


def _result(finding: Finding, rule: tuple[str, int], one: VulnerablePackage | None) -> _Json:
    purl = one.package.purl if one else ""
    mark = hashlib.sha256(f"{finding.id}\0{purl}".encode("utf-8", "replace")).hexdigest()[:32]
    closed = {"kind": "pass", "level": "none"} if finding.status is FindingStatus.CLOSED else {}
    return {
        "ruleId": rule[0],
        "ruleIndex": rule[1],
        "level": _LEVELS[finding.severity],
        "partialFingerprints": {"primaryLocationLineHash": f"{mark}:1", "vedette/v1": mark},
        **pruned({"suppressions": list(_suppressions(finding, one))}),
        **closed,
    }


def _suppressions(finding: Finding, one: VulnerablePackage | None) -> Iterator[_Json]:
    waived = one.waived if one else None
    suppressed = finding.status is FindingStatus.SUPPRESSED
    if waived or suppressed:
        reason = waived or finding.suppressed_by
        yield {"kind": "external", "status": "accepted", **pruned({"justification": reason})}


def _package(finding: Finding, evidence: Vulnerability, one: VulnerablePackage) -> _Json:
    package = one.package
    mended = f"fixed in {one.fixed_in}" if one.fixed_in else f"no version mends it ({one.fix})"
    paths = dict.fromkeys(place.path for place in package.locations)
    return {
        "message": {"text": f"{package.name} {package.version} has {evidence.id}; {mended}"},
        "locations": [_location(finding, path, package.purl) for path in list(paths)[:_PLACES]]
        or [_location(finding, None, package.purl)],
        "properties": _properties(finding, evidence, one),
    }


def _properties(finding: Finding, evidence: Vulnerability, one: VulnerablePackage) -> _Json:
    known = {
        "fixedIn": one.fixed_in,
        "note": one.note,
        "score": finding.score.value,
        "epss": evidence.epss.probability if evidence.epss else None,
        "kev": evidence.kev.added_on.isoformat() if evidence.kev else None,
        "aliases": list(evidence.aliases),
    }
    return {
        "package": one.package.purl,
        "installed": one.package.version,
        "severity": finding.severity,
        "risk": finding.score.risk,
        **pruned(known),
    }


def _location(finding: Finding, path: str | None, purl: str = "") -> _Json:
    """The file in the target; the resource by its name where there is none. Code hosts ask for a line."""
    resource = finding.key.resource.id
    names = [{"fullyQualifiedName": resource, "kind": "resource"}]
    if purl:
        names.append({"fullyQualifiedName": purl, "kind": "package"})
    return {
        "physicalLocation": {
            "artifactLocation": {"uri": _uri(resource if path is None else path)},
            "region": {"startLine": 1},
        },
        "logicalLocations": names,
    }


def _uri(path: str) -> str:
    """A relative reference (RFC 3986): no scheme, no root, no dots that climb."""
    parts = [part for part in path.split("/") if part not in {"", ".", ".."}]
    return quote("/".join(parts).encode("utf-8", "surrogatepass"), safe="/") or "."


REPORT = Report(
    name="sarif",
    title="SARIF 2.1.0",
    media_type="application/sarif+json",
    suffix=".sarif",
    write=_write,
)
