"""The answers of ScanSbom (Inspector User Guide, "Amazon Inspector Scan API" and "Using CycloneDX namespaces")."""

import uuid
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from typing import Any

from vedette.app.sbom_scan import Affected, Flaw, Outcome, ScannedComponent, ScannedSbom
from vedette.findings.exploitation import usable
from vedette.integrations._base import source_url
from vedette.model.advisory import Rating
from vedette.model.cvss import base_score, version_of
from vedette.model.severity import Severity

_Json = dict[str, Any]
_NAMESPACE = "amazon:inspector:sbom_scanner:"
_METHODS = {"2.0": "CVSSv2", "3.0": "CVSSv3", "3.1": "CVSSv31", "4.0": "CVSSv4"}
_WORDS: Mapping[Severity, str] = {
    Severity.CRITICAL: "critical",
    Severity.HIGH: "high",
    Severity.MEDIUM: "medium",
    Severity.LOW: "low",
    Severity.INFORMATIONAL: "info",
    Severity.UNTRIAGED: "unknown",
}
_COUNTED = ("critical", "high", "medium", "low")


def cyclonedx(scanned: ScannedSbom, *, database: str, now: datetime) -> _Json:
    """CycloneDX 1.5: the components, and the flaws beside them.

    Args:
        scanned: what was found.
        database: the digest of the advisory database.
        now: the time.
    """
    content = f"{database}/{now.isoformat()}/{[one.ref for one in scanned.components]}"
    counts = _counts(scanned.flaws)
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_OID, content)}",
        "version": 1,
        "metadata": {
            "timestamp": _iso(now),
            "tools": {"services": [{"name": "vedette ScanSbom", "version": database}]},
            "properties": [
                _property(f"{word}_vulnerabilities", str(count)) for word, count in counts.items()
            ],
        },
        "components": [_component(component) for component in scanned.components],
        "vulnerabilities": [
            _vulnerability(number, flaw) for number, flaw in enumerate(scanned.flaws, 1)
        ],
    }


def inspector(scanned: ScannedSbom) -> _Json:
    """Inspector's own shape."""
    return {
        "messages": [
            _known({"name": one.name, "purl": one.purl, "info": told})
            for one in scanned.components
            if (told := _said(one)) is not None
        ],
        "vulnerability_count": _counts(scanned.flaws),
        "vulnerabilities": [_inspector_vulnerability(flaw) for flaw in scanned.flaws],
    }


def _component(component: ScannedComponent) -> _Json:
    told = _said(component)
    skipped = component.outcome in {Outcome.NO_PURL, Outcome.UNREADABLE}
    properties = [] if told is None else [_property("warning" if skipped else "info", told)]
    return _known(
        {
            "bom-ref": component.ref,
            "type": component.type,
            "name": component.name,
            "version": component.version,
            "purl": component.purl,
            "properties": properties or None,
        }
    )


def _said(component: ScannedComponent) -> str | None:
    """What is to be said of a component; nothing of one with flaws."""
    match component.outcome:
        case Outcome.VULNERABLE:
            return None
        case Outcome.CLEAN:
            return "Component scanned: no vulnerabilities found."
        case Outcome.UNDECIDED:
            return f"Component scanned: it cannot be decided: {component.why}"
        case Outcome.NO_RULES:
            return "Component skipped: no rules found."
        case Outcome.NO_PURL:
            return "Component skipped: no purl provided."
        case Outcome.UNREADABLE:  # pragma: no branch
            return f"Component skipped: {component.why}."


def _vulnerability(number: int, flaw: Flaw) -> _Json:
    evidence = flaw.evidence
    url = source_url(evidence)
    return _known(
        {
            "bom-ref": f"vuln-{number}",
            "id": evidence.id,
            "source": _known({"name": evidence.source, "url": url}),
            "references": [
                {"id": alias, "source": {"name": alias.partition("-")[0]}}
                for alias in evidence.aliases
            ],
            "ratings": list(_ratings(flaw)),
            "cwes": list(_cwes(evidence.cwes)),
            "description": flaw.finding.description,
            "advisories": [{"url": reference} for reference in evidence.references],
            "published": evidence.published and _iso(evidence.published),
            "updated": evidence.modified and _iso(evidence.modified),
            "affects": [{"ref": ref} for ref in dict.fromkeys(one.ref for one in flaw.affected)],
            "properties": [_property(name, value) for name, value in _facts(flaw)],
        }
    )


def _ratings(flaw: Flaw) -> Iterator[_Json]:
    overall = _WORDS[flaw.finding.severity]
    yield {"source": {"name": "vedette"}, "severity": overall, "method": "other"}
    for rating in flaw.evidence.ratings:
        yield {
            "source": {"name": rating.source},
            "score": base_score(rating.vector),
            "method": _METHODS[version_of(rating.vector)],
            "vector": rating.vector,
        }
    epss = flaw.evidence.epss
    if epss is not None:
        yield {
            "source": {"name": "EPSS", "url": "https://www.first.org/epss/"},
            "score": epss.probability,
            "severity": "none",
            "method": "other",
            "vector": f"date:{epss.scored_on.isoformat()}",
        }


def _facts(flaw: Flaw) -> Iterator[tuple[str, str]]:
    kev, exploits = flaw.evidence.kev, usable(flaw.evidence.exploits)
    if exploits or kev is not None:
        yield "exploit_available", "true"
    days = [exploit.published for exploit in exploits if exploit.published is not None]
    if days:
        yield "exploit_last_seen_in_public", max(days).isoformat()
    if kev is not None:
        yield "cisa_kev_date_added", kev.added_on.isoformat()
    if kev is not None and kev.due_on is not None:
        yield "cisa_kev_date_due", kev.due_on.isoformat()
    for one in flaw.affected:
        if one.fixed_in is not None:
            yield f"fixed_version:{one.ref}", one.fixed_in


def _inspector_vulnerability(flaw: Flaw) -> _Json:
    evidence = flaw.evidence
    facts = {name: value for name, value in _facts(flaw) if ":" not in name}
    facts.pop("exploit_available", None)
    return _known(
        {
            "id": evidence.id,
            "severity": _WORDS[flaw.finding.severity],
            "source": source_url(evidence) or evidence.source,
            "related": list(evidence.aliases),
            "description": flaw.finding.description,
            "references": list(evidence.references),
            "created": evidence.published and _iso(evidence.published),
            "updated": evidence.modified and _iso(evidence.modified),
            "properties": {
                **facts,
                "cwes": list(evidence.cwes),
                "cvss": [_cvss(rating) for rating in evidence.ratings],
                "exploit_available": bool(usable(evidence.exploits)) or evidence.kev is not None,
                **({} if evidence.epss is None else {"epss": evidence.epss.probability}),
            },
            "affects": [_affected(one) for one in flaw.affected],
        }
    )


def _cvss(rating: Rating) -> _Json:
    major = version_of(rating.vector)[0]
    return {
        "source": rating.source,
        f"cvss{major}_base_score": base_score(rating.vector),
        f"cvss{major}_base_vector": rating.vector,
    }


def _affected(one: Affected) -> _Json:
    return _known({"installed_version": one.purl, "fixed_version": one.fixed_in, "path": one.path})


def _counts(flaws: Iterable[Flaw]) -> dict[str, int]:
    words = Counter(_WORDS[flaw.finding.severity] for flaw in flaws)
    counts = {word: words.pop(word, 0) for word in _COUNTED}
    return {**counts, "other": words.total()}


def _cwes(names: Iterable[str]) -> Iterator[int]:
    for name in names:
        number = name.removeprefix("CWE-")
        if number.isascii() and number.isdecimal():
            yield int(number)


def _property(name: str, value: str) -> _Json:
    return {"name": f"{_NAMESPACE}{name}", "value": value}


def _iso(at: datetime | date) -> str:
    return at.isoformat().replace("+00:00", "Z")


def _known(told: _Json) -> _Json:
    return {name: value for name, value in told.items() if value is not None}
