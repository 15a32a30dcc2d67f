"""The scan's own JSON: schema `vedette-scan/1`, sorted, byte-identical for identical input."""

from collections.abc import Iterator
from typing import Any

import msgspec

from vedette.integrations._base import ScanFormat
from vedette.model.cvss import base_score, version_of
from vedette.model.distro import Distro
from vedette.model.finding import Finding, FindingStatus, Proof, Vulnerability, VulnerablePackage
from vedette.model.inventory import FileFailure
from vedette.model.match import Undecided
from vedette.model.package import Location, Package
from vedette.model.scan import DatabaseFacts, FixStep, ScanReport
from vedette.model.severity import Severity

SCHEMA = "vedette-scan/1"

_Json = dict[str, Any]


def _locations(locations: tuple[Location, ...]) -> list[_Json]:
    return [{"path": location.path, "layer": location.layer} for location in locations]


def _package(package: Package) -> _Json:
    source = package.source
    return {
        "purl": package.purl,
        "name": package.name,
        "version": package.version,
        "ecosystem": package.ecosystem,
        "arch": package.arch,
        "source": {"name": source.name, "version": source.version} if source else None,
        "locations": _locations(package.locations),
        "manager": package.manager,
        "licenses": list(package.licenses),
        "owner": package.owner,
        "dev": package.dev,
    }


def _proof(proof: Proof) -> _Json:
    run = proof.range
    return {
        "kind": proof.kind,
        "advisory": proof.advisory,
        "feed": proof.feed,
        "compared": proof.compared,
        "range": None
        if run is None
        else {
            "introduced": run.introduced,
            "fixed": run.fixed,
            "last_affected": run.last_affected,
        },
    }


def _cvss(evidence: Vulnerability) -> list[_Json]:
    return [
        {
            "source": rating.source,
            "version": version_of(rating.vector),
            "vector": rating.vector,
            "score": base_score(rating.vector),
        }
        for rating in evidence.ratings
    ]


def _row(finding: Finding, evidence: Vulnerability, entry: VulnerablePackage) -> _Json:
    epss = evidence.epss
    kev = evidence.kev
    return {
        "vulnerability": evidence.id,
        "aliases": list(evidence.aliases),
        "severity": finding.severity,
        "score": finding.score.value,
        "risk": finding.score.risk,
        "cvss": _cvss(evidence),
        "epss": {
            "score": epss.probability,
            "percentile": epss.percentile,
            "date": epss.scored_on.isoformat(),
        }
        if epss
        else None,
        "kev": {
            "added": kev.added_on.isoformat(),
            "due": kev.due_on.isoformat() if kev.due_on else None,
            "ransomware": kev.ransomware,
        }
        if kev
        else None,
        "package": entry.package.purl,
        "installed": entry.package.version,
        "fixed_in": entry.fixed_in,
        "fix_state": entry.fix,
        "note": entry.note,
        "waived": _waived(finding, entry),
        "locations": _locations(entry.package.locations),
        "match": _proof(entry.proofs[0]),
        "matches": [_proof(proof) for proof in entry.proofs],
    }


def _waived(finding: Finding, entry: VulnerablePackage) -> str | None:
    """Why the package counts as not affected: a VEX statement, or a rule that suppresses the finding."""
    suppressed = finding.status is FindingStatus.SUPPRESSED
    return entry.waived or (finding.suppressed_by if suppressed else None)


def _rows(findings: tuple[Finding, ...]) -> Iterator[_Json]:
    for finding in findings:
        if isinstance(finding.evidence, Vulnerability):
            for entry in finding.evidence.packages:
                yield _row(finding, finding.evidence, entry)


def _undecided(verdict: Undecided) -> _Json:
    return {
        "package": verdict.package.purl,
        "advisory": verdict.advisory.id,
        "reason": verdict.reason,
    }


def _failure(failure: FileFailure) -> _Json:
    return {
        "extractor": failure.extractor,
        "path": failure.path,
        "layer": failure.layer,
        "reason": failure.reason,
    }


def _step(step: FixStep) -> _Json:
    return {
        "package": step.package.purl,
        "installed": step.package.version,
        "upgrade_to": step.version,
        "leaves": list(step.leaves),
        "brings": list(step.brings),
    }


def _distro(distro: Distro | None) -> _Json | None:
    if distro is None:
        return None
    return {
        "id": distro.id,
        "version_id": distro.version_id,
        "codename": distro.codename,
        "pretty_name": distro.pretty_name,
    }


def _database(database: DatabaseFacts | None) -> _Json | None:
    if database is None:
        return None
    return {
        "digest": database.digest,
        "built_at": database.built_at.isoformat(),
        "starter": database.starter,
    }


def scan_document(report: ScanReport) -> _Json:
    """The document as Python values; keys in the contract's order, lists sorted."""
    inventory = report.inventory
    return {
        "schema": SCHEMA,
        "target": report.target,
        "distro": _distro(inventory.distro),
        "database": _database(report.database),
        "packages": [_package(package) for package in inventory.packages],
        "findings": sorted(
            _rows(report.findings), key=lambda row: (row["vulnerability"], row["package"])
        ),
        "undecided": sorted(
            map(_undecided, report.undecided), key=lambda row: (row["package"], row["advisory"])
        ),
        "unjudged": sorted(report.unjudged),
        "failures": [_failure(failure) for failure in inventory.failures],
        "fix_plan": sorted(map(_step, report.fix_plan), key=lambda row: row["package"]),
    }


def _render(report: ScanReport, _least: Severity) -> bytes:
    return msgspec.json.format(msgspec.json.encode(scan_document(report)), indent=2) + b"\n"


SCAN_FORMAT = ScanFormat(
    name="json",
    title="the scan as JSON, schema `vedette-scan/1`",
    media_type="application/json",
    render=_render,
)
