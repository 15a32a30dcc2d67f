"""What sinks and reports are tried on, and their golden answers in `cases/NAME/CASE.json`.

`python -m tests.integrations.samples` writes the answers anew; the difference is for review.
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import msgspec

from tests.findings.make import (
    CRITICAL,
    FUNCTION,
    IMAGE,
    INSTANCE,
    exposure,
    finding,
    kev,
    rating,
    vulnerability,
    vulnerable,
)
from tests.matching.memory import advisory, affected, package
from vedette.findings.lifecycle import Change
from vedette.integrations import REPORTS, SCAN_FORMATS, SINKS
from vedette.integrations._base import Entry, Occasion, Parcel, Report, ScanFormat, Sink
from vedette.model.advisory import AdvisoryId, Epss, FixState, Range
from vedette.model.arn import AccountId, Arn
from vedette.model.cvss import parse_vector
from vedette.model.digest import digest_of
from vedette.model.distro import Distro
from vedette.model.finding import (
    Adjustment,
    Finding,
    FindingStatus,
    Proof,
    Reachable,
    Score,
)
from vedette.model.inventory import FileFailure, Inventory
from vedette.model.match import MatchKind, Undecided
from vedette.model.network import Hop, Transport
from vedette.model.package import Location, PackageManager, SchemeName
from vedette.model.resource import Resource, ResourceRef, ResourceType, Tag
from vedette.model.scan import DatabaseFacts, FixStep, ScanReport
from vedette.model.severity import Severity

CASES = Path(__file__).parent / "cases"
ACCOUNT = "111122223333"
REGION = "eu-west-1"
V4 = "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N"
V2 = "AV:N/AC:L/Au:N/C:P/I:P/A:P"
SEEN = datetime(2026, 3, 9, 7, 5, 4, 321987, tzinfo=UTC)
CHANGED = datetime(2026, 12, 31, 23, 59, 59, 999999, tzinfo=UTC)

_RPM = package(
    "Amazon Linux:2",
    "bind-libs",
    "32:9.11.4-26.P2.amzn2.13",
    arch="x86_64",
    source=("bind", "32:9.11.4-26.P2.amzn2.13"),
    locations=(Location(path="var/lib/rpm/Packages"),),
    licenses=("MPL-2.0",),
)
_DEB = package("Debian:12", "libssl3", "3.0.9-1", arch="amd64")
_WHEEL = package(
    "PyPI", "requests", "2.19.0", locations=(Location(path="opt/python/requests/METADATA"),)
)
_JAR = package(
    "Maven",
    "org.apache.logging.log4j:log4j-core",
    "2.14.1",
    scheme=SchemeName.MAVEN,
    manager=PackageManager.JAR,
    locations=(
        Location(path="app/a.jar", layer=digest_of(b"layer")),
        Location(path="app/b.jar", layer=digest_of(b"layer")),
    ),
)

_KNOWN_INSTANCE = msgspec.structs.replace(
    INSTANCE,
    facts=msgspec.structs.replace(
        INSTANCE.facts,
        launched_at=SEEN,
        ipv4_addresses=("10.0.0.5", "198.51.100.7"),
        ipv6_addresses=("2001:db8::7",),
        key_name="ops",
        iam_instance_profile_arn=Arn(f"arn:aws:iam::{ACCOUNT}:instance-profile/web"),
        platform="Amazon Linux 2",
        managed_by_ssm=True,
    ),
    tags=(Tag(key="Name", value="shop-1"), Tag(key="env", value="")),
)
_KNOWN_FUNCTION = msgspec.structs.replace(FUNCTION, tags=())
_KNOWN_IMAGE = msgspec.structs.replace(IMAGE, tags=(Tag(key="team", value="shop"),))


def _proof(feed: str, advised: str, compared: str, run: Range | None) -> Proof:
    return Proof(
        kind=MatchKind.EXACT_INDIRECT,
        advisory=AdvisoryId(advised),
        feed=feed,
        compared=compared,
        range=run,
    )


_ON_INSTANCE = finding(
    vulnerability(
        id="CVE-2021-25220",
        source="AMAZON_LINUX",
        packages=(
            vulnerable(
                _RPM,
                fixed_in="32:9.11.4-26.P2.amzn2.13.2",
                proofs=(
                    _proof(
                        "amazon",
                        "ALAS2-2023-2001",
                        _RPM.version,
                        Range(fixed="32:9.11.4-26.P2.amzn2.13.2"),
                    ),
                ),
            ),
        ),
        aliases=("ALAS2-2023-2001",),
        advisories=(AdvisoryId("ALAS2-2023-2001"),),
        ratings=(rating(CRITICAL, "NVD"), rating(V4, "CNA"), rating(V2, "NVD")),
        cwes=("CWE-444", "NVD-CWE-noinfo"),
        references=(
            "https://alas.aws.amazon.com/AL2/ALAS-2023-2001.html",
            "https://kb.isc.org/docs",
        ),
        vendor_severity="Important",
        published=datetime(2022, 3, 23, 13, 15, tzinfo=UTC),
        modified=datetime(2023, 11, 9, 3, 14, 38, tzinfo=UTC),
        epss=Epss(
            cve="CVE-2021-25220", probability=0.00123, percentile=0.4, scored_on=date(2026, 3, 1)
        ),
        kev=kev("CVE-2021-25220", ransomware=True),
    ),
    resource=_KNOWN_INSTANCE,
    title="CVE-2021-25220 - bind-libs",
    severity=Severity.HIGH,
    score=Score(
        value=8.6,
        vector=parse_vector("CVSS:3.1/AV:A/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"),
        source="NVD",
        adjustments=(Adjustment(metric="AV", reason="nothing reaches it from the internet"),),
        risk=61.25,
    ),
    first_observed_at=SEEN,
    last_observed_at=CHANGED,
    updated_at=CHANGED,
    database="sha256:ab",
)
_ON_IMAGE = finding(
    vulnerability(
        id="CVE-2021-44228",
        source="osv",
        packages=(
            vulnerable(_JAR, fixed_in="2.15.0"),
            vulnerable(_DEB, fixed_in=None, fix=FixState.WONT_FIX),
        ),
    ),
    resource=_KNOWN_IMAGE,
    title="CVE-2021-44228 - log4j-core, libssl3",
    severity=Severity.UNTRIAGED,
    score=Score(value=None, vector=None, source=None),
    status=FindingStatus.CLOSED,
    closed_at=CHANGED,
    first_observed_at=SEEN,
    updated_at=CHANGED,
)
_ON_FUNCTION = finding(
    vulnerability(id="GHSA-x84v-xcm2-53pg", packages=(vulnerable(_WHEEL, fixed_in="2.20.0"),)),
    resource=_KNOWN_FUNCTION,
    severity=Severity.MEDIUM,
    status=FindingStatus.SUPPRESSED,
    suppressed_by="accepted until June",
    score=Score(value=7.5, vector=parse_vector(CRITICAL), source="GHSA", risk=0.5),
)
_OPEN_PORT = finding(
    Reachable(
        exposure=exposure(
            ports=(22, 23),
            transport=Transport.TCP,
            inspector_path=(
                Hop(component_type="AWS::EC2::InternetGateway", component_id="igw-0a1"),
                Hop(
                    component_type="AWS::ElasticLoadBalancingV2::LoadBalancer",
                    component_id="loadbalancer/app/a-name-of-a-length/0123456789abcdef",
                    arn=f"arn:aws:elasticloadbalancing:{REGION}:{ACCOUNT}:loadbalancer/app/a/0",
                ),
                Hop(component_type="AWS::EC2::Instance", component_id=INSTANCE.ref.id),
            ),
        )
    ),
    resource=_KNOWN_INSTANCE,
    title="ports 22 to 23 are reachable from the internet",
    severity=Severity.MEDIUM,
    score=Score(value=None, vector=None, source=None, risk=40.0),
)
_IN_CHINA = msgspec.structs.replace(
    _KNOWN_INSTANCE,
    ref=ResourceRef(
        type=ResourceType.EC2_INSTANCE,
        id="i-0c",
        account=AccountId(ACCOUNT),
        region="cn-north-1",
        partition="aws-cn",
    ),
)

FINDINGS: Mapping[str, tuple[Finding, Resource | None]] = {
    "instance": (_ON_INSTANCE, _KNOWN_INSTANCE),
    "image_closed": (_ON_IMAGE, _KNOWN_IMAGE),
    "function_suppressed": (_ON_FUNCTION, _KNOWN_FUNCTION),
    "open_port": (_OPEN_PORT, _KNOWN_INSTANCE),
    "unknown_resource": (_ON_INSTANCE, None),
    "another_partition": (finding(resource=_IN_CHINA), _IN_CHINA),
}
"""A finding and what is known of its resource, by the name of the case."""

_LOCAL = ResourceRef(type=ResourceType.LOCAL, id="registry.example/shop:1")
_INVENTORY = Inventory(
    resource=_LOCAL,
    distro=Distro(id="amzn", version_id="2", pretty_name="Amazon Linux 2"),
    packages=(_RPM, _WHEEL, _JAR),
    failures=(FileFailure(extractor="jar", path="app/c.jar", reason="over the limit"),),
)
_WAIVED = msgspec.structs.replace(vulnerable(_WHEEL, fixed_in="2.20.0"), waived="never called")
_SCANNED = tuple(
    msgspec.structs.replace(one, key=msgspec.structs.replace(one.key, resource=_LOCAL))
    for one in (
        _ON_INSTANCE,
        finding(
            vulnerability(
                id="CVE-2021-44228",
                packages=(vulnerable(_JAR, fixed_in=None, fix=FixState.NOT_FIXED),) * 2,
                ratings=(rating("CVSS:3.0/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"),),
            ),
            severity=Severity.CRITICAL,
        ),
        finding(
            vulnerability(id="GHSA-x84v-xcm2-53pg", packages=(_WAIVED,)),
            status=FindingStatus.SUPPRESSED,
            suppressed_by="never called",
            severity=Severity.UNTRIAGED,
        ),
        finding(
            Reachable(exposure=exposure())  # never of a scan; reports leave it out
        ),
    )
)

SCANS: Mapping[str, ScanReport] = {
    "findings": ScanReport(
        target=_LOCAL.id,
        inventory=_INVENTORY,
        database=DatabaseFacts(digest="sha256:ab", built_at=SEEN, starter=False),
        findings=_SCANNED,
        undecided=(
            Undecided(
                package=_WHEEL,
                advisory=advisory("GHSA-odd", affected("PyPI", "requests", "[0,2)")),
                reason="the version cannot be compared",
            ),
        ),
        fix_plan=(
            FixStep(package=_WHEEL, version="2.31.0"),
            FixStep(
                package=_RPM,
                version="32:9.11.4-26.P2.amzn2.13.2",
                leaves=("CVE-2022-0001",),
                brings=("CVE-2026-0001",),
            ),
        ),
        unjudged=("2 packages not judged: the database has no advisories for Conan",),
    ),
    "nothing": ScanReport(
        target="empty",
        inventory=Inventory(
            resource=ResourceRef(type=ResourceType.LOCAL, id="empty"), distro=None, packages=()
        ),
        database=None,
    ),
}


class Recorder:
    """Stands where an account is: keeps what it is asked, and answers as the services do where all is well."""

    def __init__(self, *answers: Mapping[str, Any] | Exception) -> None:
        self.calls: list[tuple[str, str, str | None, dict[str, Any]]] = []
        self.entered: list[str | None] = []
        self._answers = list(answers)

    def __call__(self, account: str | None) -> "Recorder":
        self.entered.append(account)
        return self

    def call(
        self, service: str, operation: str, region: str | None = None, **arguments: Any
    ) -> Mapping[str, Any]:
        self.calls.append((service, operation, region, arguments))
        if self._answers:
            answer = self._answers.pop(0)
            if isinstance(answer, Exception):
                raise answer
            return answer
        return _usual_answer(operation, arguments)


def _usual_answer(operation: str, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
    match operation:
        case "put_events":
            return {
                "FailedEntryCount": 0,
                "Entries": [{"EventId": "1"}] * len(arguments["Entries"]),
            }
        case "publish_batch":
            entries = arguments["PublishBatchRequestEntries"]
            return {"Successful": [{"Id": one["Id"]} for one in entries], "Failed": []}
        case "get_caller_identity":
            return {"Account": "999999999999"}
        case "put_metric_data":
            return {}
        case _:
            count = len(arguments["Findings"])
            return {"SuccessCount": count, "FailedCount": 0, "FailedFindings": []}


def parcel(*findings: Finding, resources: Mapping[ResourceRef, Resource] | None = None) -> Parcel:
    return Parcel(
        account=ACCOUNT,
        region=REGION,
        changes=tuple(Change(before=None, after=one) for one in findings),
        resources=resources or {},
    )


def sent(sink: Sink, case: str) -> list[dict[str, Any]]:
    """What a sink sends for a case; JSON inside JSON is opened, so that it can be read."""
    one, resource = FINDINGS[case]
    recorder = Recorder()
    assert (
        sink.send(parcel(one, resources={resource.ref: resource} if resource else {}), recorder)
        == ()
    )
    _, _, _, arguments = recorder.calls[-1]
    (items,) = (value for value in arguments.values() if isinstance(value, list))
    return [_opened(item) for item in items]


def _opened(item: Mapping[str, Any]) -> dict[str, Any]:
    inside = {
        name: msgspec.json.decode(item[name]) for name in ("Detail", "Message") if name in item
    }
    return {**item, **inside}


OCCASION = Occasion(
    at=datetime(2027, 1, 1, tzinfo=UTC),
    subject="all accounts",
    gaps=("account 4444 was not entered",),
)
ESTATES: Mapping[str, tuple[Entry, ...]] = {
    "estate": tuple(Entry(finding=one, resource=resource) for one, resource in FINDINGS.values()),
    "empty": (),
}
"""Findings for reports, by the name of the case."""

Kind = Sink | Report | ScanFormat


def golden(kind: Kind, case: str) -> Path:
    suffixes = {report.name: report.suffix for report in REPORTS}
    suffix = ".json" if isinstance(kind, Sink) else suffixes.get(kind.name, ".json")
    return CASES / kind.name / f"{case}{suffix}"


def report_bytes(report: Report, *entries: Entry, occasion: Occasion = OCCASION) -> bytes:
    return b"".join(report.write(iter(entries), occasion))


def scan_bytes(kind: ScanFormat, case: str) -> bytes:
    return kind.render(SCANS[case], Severity.UNTRIAGED)


def written(kind: Kind, case: str) -> bytes:
    """What belongs into the golden file."""
    match kind:
        case Report():
            return report_bytes(kind, *ESTATES[case])
        case ScanFormat():
            return scan_bytes(kind, case)
        case Sink():
            return msgspec.json.format(msgspec.json.encode(sent(kind, case)), indent=2) + b"\n"


def all_cases() -> list[tuple[Kind, str]]:
    return [
        *((sink, case) for sink in SINKS for case in FINDINGS),
        *((report, case) for report in REPORTS for case in ESTATES),
        *((kind, case) for kind in SCAN_FORMATS for case in SCANS),
    ]


if __name__ == "__main__":
    for kind, case in all_cases():
        golden(kind, case).parent.mkdir(parents=True, exist_ok=True)
        golden(kind, case).write_bytes(written(kind, case))
