"""What is in names, paths, tags and texts is never anything but text, in any format."""

import csv
import io
import json
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import msgspec
import pytest
from defusedxml import ElementTree
from hypothesis import given, settings, strategies as st

from tests.findings.make import INSTANCE, exposure, finding, vulnerability, vulnerable
from tests.integrations.samples import ESTATES, OCCASION, report_bytes
from tests.matching.memory import package
from vedette.integrations import REPORTS
from vedette.integrations._base import Entry, Report
from vedette.integrations.csv_report import cell
from vedette.integrations.html_report import SCRIPT, STYLE
from vedette.model.finding import Finding, FindingStatus, Reachable
from vedette.model.network import Hop
from vedette.model.package import Location
from vedette.model.resource import Resource, Tag

_BY_NAME = {report.name: report for report in REPORTS}
_each = pytest.mark.parametrize("report", REPORTS, ids=lambda report: report.name)
TEXTS = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "'; alert(1); '",
    "</title></style></script><svg onload=alert(1)>",
    "]]><!-- --><![CDATA[",
    "&lt;&#60;%3c\\u003c",
    "=cmd|' /C calc'!A0",
    "+1+1",
    "-2+3",
    "@SUM(1)",
    "\t=1",
    "\r\n=1\r\nX: y",
    "\xa0=1",
    " =1",
    "\uff1d1+1",
    'a";=1+1',
    "../../../etc/passwd",
    "/%2e%2e/..//./x?y#z",
    "javascript:alert(1)",
    "nul\x00bel\x07esc\x1b[31m\x9b\u2028\ufeff\ufffe",
    "half \ud800 a pair",
    "\U0001f4a9 \u202e gnp.exe",
    "",
)


def _finding(text: str) -> Finding:
    """A finding that has the text wherever somebody else's words go."""
    one = package("PyPI", "x", "1", locations=(Location(path=text),), arch=text, licenses=(text,))
    one = msgspec.structs.replace(one, name=text, version=text, purl=text)
    entry = msgspec.structs.replace(vulnerable(one, fixed_in=text), note=text)
    base = finding(
        vulnerability(
            id=f"CVE-{text}",
            source=text,
            packages=(entry,),
            aliases=(text,),
            references=(text, f"https://example.org/{text}"),
            vendor_severity=text,
            cwes=(text, f"CWE-{text}"),
        )
    )
    return msgspec.structs.replace(
        base,
        title=text,
        description=text,
        remediation=text,
        suppressed_by=text or None,
        status=FindingStatus.SUPPRESSED if text.startswith("<") else FindingStatus.ACTIVE,
    )


def _port(text: str) -> Finding:
    hop = Hop(component_type=text, component_id=text, because=text)
    base = finding(Reachable(exposure=exposure(path=(hop,))))
    return msgspec.structs.replace(base, title=text, description=text, remediation=text)


def _resource(text: str) -> Resource:
    return msgspec.structs.replace(INSTANCE, tags=(Tag(key=text or "k", value=text),))


def _entries(text: str) -> tuple[Entry, ...]:
    return (
        Entry(finding=_finding(text), resource=_resource(text)),
        Entry(finding=_port(text), resource=_resource(text)),
    )


def _written(report: Report, *texts: str) -> bytes:
    entries = [entry for text in texts for entry in _entries(text)]
    occasion = msgspec.structs.replace(OCCASION, subject=texts[0], gaps=texts)
    return report_bytes(report, *entries, occasion=occasion)


@_each
def test_every_text_can_be_written(report: Report) -> None:
    assert _written(report, *TEXTS).decode("utf-8")


@pytest.mark.parametrize("name", ["json", "asff", "sarif"])
def test_json_stays_json(name: str) -> None:
    assert json.loads(_written(_BY_NAME[name], *TEXTS))


def test_each_line_of_ocsf_is_an_event() -> None:
    lines = _written(_BY_NAME["ocsf"], *TEXTS).splitlines()
    assert [json.loads(line)["class_uid"] for line in lines] == [2002] * 2 * len(TEXTS)


# --- HTML ----------------------------------------------------------------------------------------------------------


class _Page(HTMLParser):
    """What a browser would make of it: elements by name, attributes that are not ours, the text."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[str] = []
        self.links: list[str | None] = []
        self.attributes: set[str] = set()
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(tag)
        self.attributes.update(name for name, _ in attrs)
        self.links.extend(value for name, value in attrs if name == "href")

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def _page(data: bytes) -> _Page:
    page = _Page()
    page.feed(data.decode())
    page.close()
    return page


def test_nothing_in_a_finding_becomes_an_element_of_the_page() -> None:
    usual = _page(report_bytes(_BY_NAME["html"], *ESTATES["estate"]))
    page = _page(_written(_BY_NAME["html"], *TEXTS))
    assert set(page.elements) <= {*usual.elements, "section"}
    assert page.attributes <= usual.attributes
    assert page.elements.count("script") == page.elements.count("style") == 1
    assert all(str(link).startswith("https://example.org/") for link in page.links)
    assert "<script>alert(1)</script>" in "".join(page.text)


def test_the_page_needs_nothing_from_elsewhere_and_says_so() -> None:
    text = report_bytes(_BY_NAME["html"], *ESTATES["estate"]).decode()
    assert "default-src 'none'" in text
    assert "unsafe" not in text
    for asking in ("src=", "<link", "@import", "url(", "fetch(", "eval(", "innerHTML"):
        assert asking not in text
    assert STYLE in text
    assert SCRIPT in text


@pytest.mark.loopback
def test_a_browser_sorts_the_page_and_runs_nothing_else(tmp_path: Path) -> None:
    playwright = pytest.importorskip("playwright.sync_api", reason="no playwright")
    browser_path = Path("/usr/bin/chromium")
    if not browser_path.exists():
        pytest.skip("no Chromium")
    path = tmp_path / "report.html"
    path.write_bytes(
        report_bytes(
            _BY_NAME["html"], *ESTATES["estate"], *(e for text in TEXTS for e in _entries(text))
        )
    )
    with playwright.sync_playwright() as running:
        browser = running.chromium.launch(
            executable_path=str(browser_path), args=["--no-sandbox", "--disable-gpu"]
        )
        page = browser.new_page()
        alarms: list[str] = []

        def dismiss(dialog: Any) -> None:
            alarms.append(dialog.message)
            dialog.dismiss()

        page.on("dialog", dismiss)
        page.on("console", lambda message: alarms.append(message.text))
        page.on("request", lambda request: alarms.append(request.url))
        page.goto(path.as_uri())
        look = "() => [...document.querySelectorAll('td.severity')].map(one => one.textContent)"
        heading = page.get_by_role("button", name="Severity")
        heading.click()
        upwards = page.evaluate(look)
        heading.click()
        downwards = page.evaluate(look)
        top = page.evaluate(
            "() => document.querySelector('.summary').getBoundingClientRect().top"
            " < document.querySelector('table').getBoundingClientRect().top"
        )
        browser.close()
    ranks = ["untriaged", "informational", "low", "medium", "high", "critical"]
    places = [ranks.index(word) for word in upwards]
    assert places == sorted(places)
    assert (downwards[0], sorted(downwards)) == (upwards[-1], sorted(upwards))
    assert (top, alarms) == (True, [path.as_uri()])


# --- XML -----------------------------------------------------------------------------------------------------------


def test_junit_stays_xml_and_keeps_the_text() -> None:
    root = ElementTree.fromstring(_written(_BY_NAME["junit"], *TEXTS))
    assert {element.tag for element in root.iter()} == {
        "testsuites",
        "testsuite",
        "testcase",
        "failure",
        "skipped",
        "system-err",
    }
    ports = [one.attrib["name"] for one in root.iter("testcase")][1::2]
    kept = [text for text in TEXTS if text.isprintable()]
    assert set(kept) <= set(ports)
    assert "\r\n=1\r\nX: y" in ports


# --- CSV -----------------------------------------------------------------------------------------------------------


def _cells(data: bytes) -> Iterator[str]:
    for line in csv.reader(io.StringIO(data.decode(), newline=""), strict=True):
        assert len(line) == 55
        yield from line


def test_no_cell_is_a_formula() -> None:
    for one in _cells(_written(_BY_NAME["csv"], *TEXTS)):
        assert one.lstrip()[:1] not in {*"=+-@\uff1d\uff0b\uff0d\uff20"}
        assert all(part.lstrip()[:1] not in {*"=+-@"} for part in one.split(";"))
        assert not any(letter in one for letter in "\t\r\n\x00\x1b")


def test_every_cell_is_quoted_and_lines_end_as_the_standard_says() -> None:
    lines = _written(_BY_NAME["csv"], *TEXTS).split(b"\r\n")
    assert lines.pop() == b""
    assert len(lines) == 1 + 2 * len(TEXTS)
    assert all(line.startswith(b'"') and line.endswith(b'"') for line in lines)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, '""'),
        ("", '""'),
        ("a", '"a"'),
        (7.5, '"7.5"'),
        (0, '"0"'),
        (["a", "b"], '"a, b"'),
        (["", ""], '""'),
        (["a", ""], '"a, "'),
        ("=1", '"\'=1"'),
        ("  @x", '"\'  @x"'),
        ("a;=1", '"a;\'=1"'),
        ("a-b", '"a-b"'),
        ('say "x"', '"say ""x"""'),
        ("a\r\n\tb", '"a b"'),
        (["=1"], '"\'=1"'),
        (["@babel/core", "@types/node"], '"\'@babel/core, @types/node"'),
    ],
)
def test_cells(value: Any, expected: str) -> None:
    assert cell(value) == expected


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet=st.characters(codec=None), max_size=40))
def test_a_cell_is_read_back_as_one_value_that_begins_no_formula(text: str) -> None:
    data = f"{cell(text)},{cell('next')}\r\n"
    data.encode()
    ((first, second),) = csv.reader(io.StringIO(data, newline=""), strict=True)
    assert second == "next"
    for part in first.split(";"):
        assert part.lstrip()[:1] not in {*"=+-@"}
