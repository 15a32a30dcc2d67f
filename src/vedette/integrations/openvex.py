"""OpenVEX 0.2.0: one statement for each flaw and package of a scan (https://github.com/openvex/spec).

A finding says `affected`, with what to do; what a VEX statement or a rule set aside says `not_affected` with its justification and reason, or `fixed`; what
nobody can decide is `under_investigation`. The document's id is derived from its content, so that equal scans give equal bytes.
"""

import hashlib
from collections.abc import Iterator
from typing import Any

import msgspec

from vedette.integrations._base import ScanFormat, moment_of
from vedette.matching.names import cves_of
from vedette.matching.vex import stated
from vedette.model.advisory import AffectedStatus
from vedette.model.finding import Finding, FindingStatus, Vulnerability, VulnerablePackage
from vedette.model.match import Undecided
from vedette.model.scan import ScanReport
from vedette.model.severity import Severity

_CONTEXT = "https://openvex.dev/ns/v0.2.0"
_Json = dict[str, Any]


def openvex_document(report: ScanReport) -> _Json:
    """The document as Python values; statements sorted by flaw and package."""
    statements = sorted(_statements(report), key=_order)
    content = msgspec.json.encode([report.target, statements])
    moment = moment_of(report)
    return {
        "@context": _CONTEXT,
        "@id": f"https://openvex.dev/docs/vedette-{hashlib.sha256(content).hexdigest()[:32]}",
        "author": "vedette",
        "timestamp": moment.isoformat().replace("+00:00", "Z"),
        "version": 1,
        "tooling": "vedette",
        "statements": statements,
    }


def _order(statement: _Json) -> tuple[str, str]:
    return statement["vulnerability"]["name"], statement["products"][0]["@id"]


def _statements(report: ScanReport) -> Iterator[_Json]:
    for finding in report.findings:
        if isinstance(finding.evidence, Vulnerability):
            for one in finding.evidence.packages:
                yield _finding(finding, finding.evidence, one)
    told: set[tuple[str, str]] = {
        (one.package.purl, name)
        for finding in report.findings
        if isinstance(finding.evidence, Vulnerability)
        for one in finding.evidence.packages
        for name in (finding.evidence.id, *finding.evidence.aliases)
    }
    yield from _doubts(report.undecided, told)


def _finding(finding: Finding, evidence: Vulnerability, one: VulnerablePackage) -> _Json:
    statement: _Json = {
        "vulnerability": _flaw(evidence.id, evidence.aliases),
        "products": [_product(one.package.purl)],
    }
    set_aside = one.waived or (
        finding.suppressed_by if finding.status is FindingStatus.SUPPRESSED else None
    )
    if set_aside:
        return statement | _set_aside(set_aside)
    return statement | {"status": "affected", "action_statement": finding.remediation}


def _set_aside(text: str) -> _Json:
    said = stated(text)
    if said.status is AffectedStatus.FIXED:
        return {"status": "fixed", "status_notes": text}
    justified = {"justification": said.justification.value} if said.justification else {}
    return {"status": "not_affected", **justified, "impact_statement": text}


def _doubts(undecided: tuple[Undecided, ...], told: set[tuple[str, str]]) -> Iterator[_Json]:
    found: dict[tuple[str, str], str] = {}
    for one in undecided:
        for name in cves_of(one.advisory) or (one.advisory.id,):
            if (one.package.purl, name) not in told:
                found.setdefault((one.package.purl, name), one.reason)
    for (purl, name), reason in found.items():
        yield {
            "vulnerability": _flaw(name, ()),
            "products": [_product(purl)],
            "status": "under_investigation",
            "status_notes": reason,
        }


def _flaw(name: str, aliases: tuple[str, ...]) -> _Json:
    return {"name": name, "aliases": list(aliases)} if aliases else {"name": name}


def _product(purl: str) -> _Json:
    return {"@id": purl, "identifiers": {"purl": purl}}


def _render(report: ScanReport, _least: Severity) -> bytes:
    document = msgspec.json.encode(openvex_document(report))
    return msgspec.json.format(document, indent=2) + b"\n"


SCAN_FORMAT = ScanFormat(
    name="openvex", title="OpenVEX 0.2.0", media_type="application/json", render=_render
)
