"""OpenVEX of a scan: what it says, and that its own reader understands it."""

from datetime import UTC, datetime

import msgspec
import pytest

from tests.findings.make import NOW, exposure
from tests.matching.memory import MemoryIndex, advisory, affected, package
from vedette.advisories.formats.vex_documents import read_vex
from vedette.findings.build import build_vulnerabilities
from vedette.findings.vex import scope_of, waive
from vedette.integrations import cyclonedx
from vedette.integrations.openvex import SCAN_FORMAT, openvex_document
from vedette.matching.match import match_inventory
from vedette.model.advisory import AffectedStatus
from vedette.model.finding import FindingStatus, Reachable, Vulnerability
from vedette.model.inventory import Inventory
from vedette.model.resource import LocalTarget, Resource, ResourceRef, ResourceType
from vedette.model.scan import DatabaseFacts, ScanReport
from vedette.model.severity import Severity
from vedette.model.vex import Justification, VexProduct, VexStatement

_REF = ResourceRef(type=ResourceType.LOCAL, id="app")
_INDEX = MemoryIndex(
    [
        advisory("GHSA-1", affected("PyPI", "a", "[0,2)"), aliases=("CVE-2024-1000",)),
        advisory("GHSA-2", affected("PyPI", "b", "[0,2)")),
        advisory("GHSA-3", affected("PyPI", "odd", "[0,2)"), aliases=("CVE-2024-3000",)),
        advisory("GHSA-4", affected("PyPI", "odd", "[0,3)")),
    ]
)
_INVENTORY = Inventory(
    resource=_REF,
    distro=None,
    packages=(package("PyPI", "a", "1"), package("PyPI", "b", "1"), package("PyPI", "odd", "one")),
)
_WAIVER = VexStatement(
    vulnerability="GHSA-2",
    products=(VexProduct(identifiers=("pkg:pypi/b",)),),
    status=AffectedStatus.NOT_AFFECTED,
    document="ours",
    reason="never called",
)


def _report(waiver: VexStatement = _WAIVER) -> ScanReport:
    result = match_inventory(_INVENTORY, _INDEX)
    findings = build_vulnerabilities(
        Resource(ref=_REF, facts=LocalTarget(kind="rootfs")), result, _INDEX, None, now=NOW
    )
    return ScanReport(
        target="app",
        inventory=_INVENTORY,
        database=DatabaseFacts(
            digest="sha256:ab", built_at=datetime(2025, 1, 1, tzinfo=UTC), starter=False
        ),
        findings=waive(findings, [waiver], scope_of(_INVENTORY)),
        undecided=result.undecided,
    )


def _product(purl: str) -> list[dict[str, object]]:
    return [{"@id": purl, "identifiers": {"purl": purl}}]


def test_the_document() -> None:
    document = openvex_document(_report())
    assert document.pop("@id").startswith("https://openvex.dev/docs/vedette-")
    reason = "not a version of scheme pep440: 'one'"
    assert document == {
        "@context": "https://openvex.dev/ns/v0.2.0",
        "author": "vedette",
        "timestamp": "2026-01-02T03:04:00Z",
        "version": 1,
        "tooling": "vedette",
        "statements": [
            {
                "vulnerability": {"name": "CVE-2024-1000", "aliases": ["GHSA-1"]},
                "products": _product("pkg:pypi/a@1"),
                "status": "affected",
                "action_statement": "Update a to 2. Run: pip install 'a>=2'.",
            },
            {
                "vulnerability": {"name": "CVE-2024-3000"},
                "products": _product("pkg:pypi/odd@one"),
                "status": "under_investigation",
                "status_notes": reason,
            },
            {
                "vulnerability": {"name": "GHSA-2"},
                "products": _product("pkg:pypi/b@1"),
                "status": "not_affected",
                "impact_statement": "VEX ours: not_affected, never called",
            },
            {
                "vulnerability": {"name": "GHSA-4"},
                "products": _product("pkg:pypi/odd@one"),
                "status": "under_investigation",
                "status_notes": reason,
            },
        ],
    }


def test_equal_scans_give_equal_bytes() -> None:
    assert SCAN_FORMAT.render(_report(), Severity.UNTRIAGED) == SCAN_FORMAT.render(
        _report(), Severity.UNTRIAGED
    )


def test_what_is_written_can_be_read_and_applied() -> None:
    written = read_vex(SCAN_FORMAT.render(_report(), Severity.UNTRIAGED), "own.json")
    assert written.problems == ()
    assert len(written.statements) == 4
    fresh = msgspec.structs.replace(_report(), findings=())
    again = waive(_report().findings, written.statements, scope_of(fresh.inventory))
    assert [one.status for one in again] == [FindingStatus.ACTIVE, FindingStatus.SUPPRESSED]


def test_a_rule_that_sets_aside_is_the_reason() -> None:
    report = _report()
    suppressed = tuple(
        msgspec.structs.replace(one, status=FindingStatus.SUPPRESSED, suppressed_by="accepted")
        for one in report.findings
    )
    document = openvex_document(msgspec.structs.replace(report, findings=suppressed, undecided=()))
    assert [one["impact_statement"] for one in document["statements"]] == [
        "accepted",
        "VEX ours: not_affected, never called",
    ]


def test_open_ports_are_no_flaws() -> None:
    report = _report()
    exposed = msgspec.structs.replace(report.findings[0], evidence=Reachable(exposure=exposure()))
    document = openvex_document(msgspec.structs.replace(report, findings=(exposed,), undecided=()))
    assert document["statements"] == []


def test_what_is_told_is_not_doubted_as_well() -> None:
    report = _report()
    odd = _INVENTORY.packages[2]
    entry = report.findings[0]
    assert isinstance(entry.evidence, Vulnerability)
    told = msgspec.structs.replace(entry.evidence.packages[0], package=odd)
    evidence = msgspec.structs.replace(entry.evidence, id="CVE-2024-3000", packages=(told,))
    finding = msgspec.structs.replace(entry, evidence=evidence)
    document = openvex_document(msgspec.structs.replace(report, findings=(finding,)))
    names = [(one["vulnerability"]["name"], one["status"]) for one in document["statements"]]
    assert names == [("CVE-2024-3000", "affected"), ("GHSA-4", "under_investigation")]


def test_a_scan_that_found_nothing() -> None:
    empty = ScanReport(target="app", inventory=_INVENTORY, database=None)
    document = openvex_document(empty)
    assert (document["timestamp"], document["statements"]) == ("1970-01-01T00:00:00Z", [])


@pytest.mark.parametrize(
    ("status", "justification", "openvex", "analysis"),
    [
        (
            "not_affected",
            "vulnerable_code_not_in_execute_path",
            ("not_affected", "vulnerable_code_not_in_execute_path"),
            ("not_affected", "code_not_reachable"),
        ),
        (
            "not_affected",
            "vulnerable_code_cannot_be_controlled_by_adversary",
            ("not_affected", "vulnerable_code_cannot_be_controlled_by_adversary"),
            ("not_affected", "requires_environment"),
        ),
        ("not_affected", None, ("not_affected", None), ("not_affected", None)),
        ("fixed", None, ("fixed", None), ("resolved", None)),
    ],
)
def test_statements_keep_their_justification(
    status: str,
    justification: str | None,
    openvex: tuple[str, str | None],
    analysis: tuple[str, str | None],
) -> None:
    report = _report(
        msgspec.structs.replace(
            _WAIVER,
            status=AffectedStatus(status),
            justification=Justification(justification) if justification else None,
        )
    )
    (statement,) = (
        one
        for one in openvex_document(report)["statements"]
        if one["vulnerability"]["name"] == "GHSA-2"
    )
    assert (statement["status"], statement.get("justification")) == openvex
    document = msgspec.json.decode(cyclonedx.SCAN_FORMAT.render(report, Severity.UNTRIAGED))
    (said,) = (one["analysis"] for one in document["vulnerabilities"] if one["id"] == "GHSA-2")
    assert (said["state"], said.get("justification")) == analysis
    assert said["detail"].startswith(f"VEX ours: {status}")


def test_undecided_ones_are_in_triage_in_cyclonedx() -> None:
    document = msgspec.json.decode(cyclonedx.SCAN_FORMAT.render(_report(), Severity.UNTRIAGED))
    triage = {
        one["id"]: one["analysis"]["detail"]
        for one in document["vulnerabilities"]
        if one.get("analysis", {}).get("state") == "in_triage"
    }
    reason = "not a version of scheme pep440: 'one'"
    assert triage == {"CVE-2024-3000": reason, "GHSA-4": reason}
    found = read_vex(msgspec.json.encode(document), "scan.json").statements
    assert {one.status for one in found} >= {AffectedStatus.UNDER_INVESTIGATION}
