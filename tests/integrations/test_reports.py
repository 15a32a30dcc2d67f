"""Formats of scans: golden documents, the contract of `vedette-scan/1`, and CycloneDX by its own validator."""

from typing import Any

import msgspec
import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from tests.findings.make import exposure, finding
from tests.integrations.samples import SCANS, SEEN, golden, scan_bytes, written
from vedette.integrations import SCAN_FORMATS
from vedette.integrations._base import ScanFormat
from vedette.integrations.cyclonedx import SCAN_FORMAT as CYCLONEDX
from vedette.integrations.scan_json import SCAN_FORMAT as SCAN_JSON
from vedette.model.finding import Reachable
from vedette.model.scan import DatabaseFacts, ScanReport
from vedette.model.severity import Severity

_each = pytest.mark.parametrize("kind", SCAN_FORMATS, ids=lambda kind: kind.name)
_case = pytest.mark.parametrize("case", SCANS)


@_each
@_case
def test_golden_document(kind: ScanFormat, case: str) -> None:
    assert golden(kind, case).read_bytes() == written(kind, case)


@_each
@_case
def test_the_same_scan_is_the_same_bytes(kind: ScanFormat, case: str) -> None:
    copy = msgspec.msgpack.decode(msgspec.msgpack.encode(SCANS[case]), type=ScanReport)
    assert kind.render(copy, Severity.UNTRIAGED) == scan_bytes(kind, case)


def _scan(case: str = "findings") -> Any:
    return msgspec.json.decode(scan_bytes(SCAN_JSON, case))


def test_the_contract_of_the_scans_json() -> None:
    document = _scan()
    assert document["schema"] == "vedette-scan/1"
    assert {"target", "distro", "packages", "findings", "undecided", "failures"} <= set(document)
    assert set(document["database"]) >= {"digest", "built_at"}
    for one in document["packages"]:
        assert {"purl", "name", "version", "ecosystem", "arch", "source", "manager"} <= set(one)
        assert {"licenses", "locations"} <= set(one)
        assert all(set(place) == {"path", "layer"} for place in one["locations"])
    for one in document["findings"]:
        assert {"vulnerability", "aliases", "severity", "cvss", "epss", "kev", "package"} <= set(
            one
        )
        assert {"installed", "fixed_in", "fix_state", "locations"} <= set(one)
        assert {"kind", "advisory", "feed", "range"} <= set(one["match"])
        assert all(
            {"source", "version", "vector", "score"} <= set(rating) for rating in one["cvss"]
        )
        assert one["epss"] is None or {"score", "percentile"} <= set(one["epss"])


def test_the_fix_plan_names_packages_that_are_there() -> None:
    document = _scan()
    rpm, wheel = document["fix_plan"]
    assert rpm == {
        "package": "pkg:amazon-linux/bind-libs@32:9.11.4-26.P2.amzn2.13",
        "installed": "32:9.11.4-26.P2.amzn2.13",
        "upgrade_to": "32:9.11.4-26.P2.amzn2.13.2",
        "leaves": ["CVE-2022-0001"],
        "brings": ["CVE-2026-0001"],
    }
    assert {rpm["package"], wheel["package"]} <= {one["purl"] for one in document["packages"]}
    assert {one["dev"] for one in document["packages"]} == {False}


def test_rows_are_sorted_and_name_a_package_that_is_there() -> None:
    document = _scan()
    keys = [(one["vulnerability"], one["package"]) for one in document["findings"]]
    assert keys == sorted(keys)
    assert {one["package"] for one in document["findings"]} <= {
        one["purl"] for one in document["packages"]
    }


def test_what_was_set_aside_says_so() -> None:
    reasons = {one["vulnerability"]: one["waived"] for one in _scan()["findings"]}
    assert reasons["GHSA-x84v-xcm2-53pg"] == "never called"
    assert reasons["CVE-2021-25220"] is None


@_case
def test_cyclonedx_is_valid_by_its_own_schema(case: str) -> None:
    validator = JsonStrictValidator(SchemaVersion.V1_5)
    assert validator.validate_str(scan_bytes(CYCLONEDX, case).decode()) is None


def test_every_vulnerability_affects_a_component_that_is_there() -> None:
    document = msgspec.json.decode(scan_bytes(CYCLONEDX, "findings"))
    names = {one["bom-ref"] for one in document["components"]}
    affected = [place["ref"] for one in document["vulnerabilities"] for place in one["affects"]]
    assert set(affected) <= names
    assert len(affected) == 4  # a component in two places is affected once; one is undecided


def test_a_waived_vulnerability_is_analysed_not_dropped() -> None:
    document = msgspec.json.decode(scan_bytes(CYCLONEDX, "findings"))
    analyses = {one["id"]: one.get("analysis") for one in document["vulnerabilities"]}
    assert analyses == {
        "CVE-2021-25220": None,
        "CVE-2021-44228": None,
        "GHSA-odd": {"state": "in_triage", "detail": "the version cannot be compared"},
        "GHSA-x84v-xcm2-53pg": {"state": "not_affected", "detail": "never called"},
    }


def test_the_serial_number_is_that_of_the_content() -> None:
    documents = [msgspec.json.decode(scan_bytes(CYCLONEDX, case)) for case in SCANS]
    assert len({one["serialNumber"] for one in documents}) == len(documents)


def test_what_the_starter_set_cannot_know_is_said() -> None:
    database = DatabaseFacts(digest="sha256:ab", built_at=SEEN, starter=True)
    scan = msgspec.structs.replace(SCANS["nothing"], database=database)
    (html,) = (one for one in SCAN_FORMATS if one.name == "html")
    assert b"Judged with the starter set" in html.render(scan, Severity.UNTRIAGED)


def test_spdx_leaves_out_what_is_no_flaw_of_a_package() -> None:
    port = finding(Reachable(exposure=exposure()))
    scan = msgspec.structs.replace(SCANS["findings"], findings=(port,))
    (spdx,) = (one for one in SCAN_FORMATS if one.name == "spdx")
    assert b'"advisory"' not in spdx.render(scan, Severity.UNTRIAGED)
