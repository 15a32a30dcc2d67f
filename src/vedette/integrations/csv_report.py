"""CSV with the columns of Inspector's findings report, in their order: one row a finding (RFC 4180).

The columns are those of real exports: the 52 of the User Guide ("Exporting findings reports") and `Epss Score`, `Detector Name` and
`Package Manager`. Values of several packages stand in one cell, joined by commas, in the order of the packages. Every cell is
quoted, and one that a spreadsheet would take for a formula begins with an apostrophe (docs/adr/0097-cells-that-are-no-formulas.md).
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from ipaddress import AddressValueError, IPv4Address, IPv4Network
from typing import Any, NamedTuple

from vedette.findings.severity import vendors_of
from vedette.integrations._base import Entry, Occasion, Report, inspector_finding, iso
from vedette.model.advisory import Rating
from vedette.model.cvss import base_score, version_of
from vedette.model.finding import Finding, Vulnerability

_PRIVATE = ("10.0.0.0/8", "100.64.0.0/10", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16")
_NVD = frozenset({"nvd", "nvd@nist.gov"})
_AWS = ("awsEc2Instance", "awsEcrContainerImage", "awsLambdaFunction")

_Json = Mapping[str, Any]


class _Row:
    """A finding in Inspector's shape, opened where the columns look."""

    def __init__(self, entry: Entry, occasion: Occasion) -> None:
        self.told: _Json = inspector_finding(entry.finding, entry.resource)
        self.flaw: _Json = self.told.get("packageVulnerabilityDetails", {})
        self.packages: list[_Json] = self.flaw.get("vulnerablePackages", [])
        self.reach: _Json = self.told.get("networkReachabilityDetails", {})
        self.resource: _Json = self.told["resources"][0]
        details = self.resource.get("details", {})
        self.details: _Json = next((details[name] for name in _AWS if name in details), {})
        self.ratings = _ratings(entry.finding)
        self.age = max((occasion.at - entry.finding.first_observed_at).days, 0)

    def of_packages(self, name: str) -> list[Any]:
        """One value a package, also where it has none, so that the values of two columns stay side by side."""
        return [package.get(name, "") for package in self.packages]

    def addresses(self, *, public: bool) -> list[str]:
        """IPv4 addresses, by whether they are of a network that is for private use."""
        known = self.details.get("ipV4Addresses", [])
        return [one for one in known if _is_public(one) is public]


def _ratings(finding: Finding) -> Mapping[tuple[str, bool], Rating]:
    """By generation of CVSS and whether it is NVD's; of several the vendor's of the packages, then the first."""
    evidence = finding.evidence
    if not isinstance(evidence, Vulnerability) or not evidence.ratings:
        return {}
    vendors = vendors_of(one.package for one in evidence.packages)
    ordered = sorted(evidence.ratings, key=lambda one: one.source.lower() not in vendors)
    return {
        (version_of(one.vector)[0], one.source.lower() in _NVD): one for one in reversed(ordered)
    }


def _is_public(text: str) -> bool | None:
    try:
        address = IPv4Address(text)
    except AddressValueError:
        return None
    return not any(address in network for network in _private())


@cache
def _private() -> tuple[IPv4Network, ...]:
    return tuple(map(IPv4Network, _PRIVATE))


def _versions(row: _Row) -> list[str]:
    return [
        f"{_epoch(one)}{one['version']}{'-' + one['release'] if 'release' in one else ''}"
        for one in row.packages
    ]


def _epoch(package: _Json) -> str:
    return f"{package['epoch']}:" if package["epoch"] else ""


def _tags(row: _Row) -> list[str]:
    return [f"{key}: {value}" for key, value in row.resource.get("tags", {}).items()]


def _path(row: _Row) -> str:
    steps = row.reach.get("networkPath", {}).get("steps", [])
    return " -> ".join(step["componentId"] for step in steps)


def _ports(row: _Row) -> str | None:
    ports = row.reach.get("openPortRange")
    return f"{ports['begin']}-{ports['end']}" if ports else None


def _score(generation: str, *, nvd: bool) -> Callable[[_Row], float | None]:
    def score(row: _Row) -> float | None:
        rating = row.ratings.get((generation, nvd))
        return None if rating is None else base_score(rating.vector)

    return score


def _vector(generation: str, *, nvd: bool) -> Callable[[_Row], str | None]:
    def vector(row: _Row) -> str | None:
        rating = row.ratings.get((generation, nvd))
        return None if rating is None else rating.vector

    return vector


def _inspector_vector(row: _Row) -> str | None:
    details = row.told.get("inspectorScoreDetails", {})
    vector: str | None = details.get("adjustedCvss", {}).get("scoringVector")
    return vector


_COLUMNS: tuple[tuple[str, Callable[[_Row], Any]], ...] = (
    ("AWS Account Id", lambda row: row.told["awsAccountId"]),
    ("Severity", lambda row: row.told["severity"]),
    ("Fix Available", lambda row: row.told.get("fixAvailable")),
    ("Finding Type", lambda row: row.told["type"]),
    ("Title", lambda row: row.told["title"]),
    ("Description", lambda row: row.told["description"]),
    ("Finding ARN", lambda row: row.told["findingArn"]),
    ("First Seen", lambda row: row.told["firstObservedAt"]),
    ("Last Seen", lambda row: row.told["lastObservedAt"]),
    ("Last Updated", lambda row: row.told["updatedAt"]),
    ("Resource ID", lambda row: row.resource["id"]),
    ("Container Image Tags", lambda row: row.details.get("imageTags")),
    ("Region", lambda row: row.resource.get("region")),
    ("Platform", lambda row: row.details.get("platform")),
    ("Resource Tags", _tags),
    ("Affected Packages", lambda row: row.of_packages("name")),
    ("Package Installed Version", _versions),
    ("Fixed in Version", lambda row: row.of_packages("fixedInVersion")),
    ("Package Remediation", lambda row: row.of_packages("remediation")),
    ("File Path", lambda row: row.of_packages("filePath")),
    ("Network Paths", _path),
    ("Age (Days)", lambda row: row.age),
    ("Remediation", lambda row: row.told["remediation"]["recommendation"].get("text")),
    ("Inspector Score", lambda row: row.told.get("inspectorScore")),
    ("Inspector Score Vector", _inspector_vector),
    ("Status", lambda row: row.told["status"]),
    ("Vulnerability Id", lambda row: row.flaw.get("vulnerabilityId")),
    ("Vendor", lambda row: row.flaw.get("source")),
    ("Vendor Severity", lambda row: row.flaw.get("vendorSeverity")),
    ("Vendor Advisory", lambda row: row.flaw.get("sourceUrl")),
    ("Vendor Advisory Published", lambda row: row.flaw.get("vendorCreatedAt")),
    ("NVD CVSS3 Score", _score("3", nvd=True)),
    ("NVD CVSS3 Vector", _vector("3", nvd=True)),
    ("NVD CVSS2 Score", _score("2", nvd=True)),
    ("NVD CVSS2 Vector", _vector("2", nvd=True)),
    ("Vendor CVSS3 Score", _score("3", nvd=False)),
    ("Vendor CVSS3 Vector", _vector("3", nvd=False)),
    ("Vendor CVSS2 Score", _score("2", nvd=False)),
    ("Vendor CVSS2 Vector", _vector("2", nvd=False)),
    ("Resource Type", lambda row: row.resource["type"]),
    ("Ami", lambda row: row.details.get("imageId")),
    ("Resource Public Ipv4", lambda row: row.addresses(public=True)),
    ("Resource Private Ipv4", lambda row: row.addresses(public=False)),
    ("Resource Ipv6", lambda row: row.details.get("ipV6Addresses")),
    ("Resource Vpc", lambda row: row.details.get("vpcId")),
    ("Port Range", _ports),
    ("Epss Score", lambda row: row.told.get("epss", {}).get("score")),
    ("Exploit Available", lambda row: row.told.get("exploitAvailable")),
    (
        "Last Exploited At",
        lambda row: row.told.get("exploitabilityDetails", {}).get("lastKnownExploitAt"),
    ),
    ("Lambda Layers", lambda row: row.details.get("layers")),
    ("Lambda Package Type", lambda row: row.details.get("packageType")),
    ("Lambda Last Updated At", lambda row: row.details.get("lastModifiedAt")),
    ("Reference Urls", lambda row: row.flaw.get("referenceUrls")),
    ("Detector Name", lambda _row: None),  # of findings in code, which there are none of
    ("Package Manager", lambda row: row.of_packages("packageManager")),
)


def _text(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(_text(one) for one in value) if any(value) else ""
    if value is None:
        return ""
    return iso(value) if hasattr(value, "astimezone") else str(value)


class _Patterns(NamedTuple):
    """`harmless` are most cells: nothing in them is looked at twice."""

    harmless: re.Pattern[str]
    control: re.Pattern[str]
    formula: re.Pattern[str]


@cache
def _patterns() -> _Patterns:
    return _Patterns(
        harmless=re.compile(r"(?![=+\-@ ])[^\x00-\x1f\x7f-\xa0\u2000-\U0010ffff\";]*"),
        control=re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+"),
        formula=re.compile(r"(^|;)(\s*[=+\-@\uff0b\uff0d\uff1d\uff20])"),
    )


def cell(value: Any) -> str:
    """A value as a quoted cell that no spreadsheet takes for a formula, and that no line break leaves."""
    text = _text(value)
    patterns = _patterns()
    if patterns.harmless.fullmatch(text):
        return f'"{text}"'
    text = patterns.control.sub(" ", text)
    defused = patterns.formula.sub(r"\1'\2", text)
    return '"' + defused.replace('"', '""') + '"'


def _line(cells: Iterable[str]) -> bytes:
    return (",".join(cells) + "\r\n").encode()


def _write(entries: Iterable[Entry], occasion: Occasion) -> Iterator[bytes]:
    yield _line(cell(name) for name, _ in _COLUMNS)
    for entry in entries:
        row = _Row(entry, occasion)
        yield _line(cell(look(row)) for _, look in _COLUMNS)


REPORT = Report(
    name="csv",
    title="CSV with Inspector's columns",
    media_type="text/csv; charset=utf-8; header=present",
    suffix=".csv",
    write=_write,
)
