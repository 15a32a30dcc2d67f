"""A finding told to people."""

from datetime import timedelta

import msgspec
import pytest

from tests.findings.make import (
    CRITICAL,
    INSTANCE,
    LOCAL,
    NOW,
    WITNESS,
    epss,
    exploit,
    exposure,
    finding,
    kev,
    rating,
    vulnerability,
    vulnerable,
)
from tests.matching.memory import package
from vedette.findings.bases import Base
from vedette.findings.build import build_exposures
from vedette.findings.explain import explain_finding, why_first
from vedette.findings.exposure import Reach, Reached
from vedette.findings.score import Threat, score_vulnerability
from vedette.model.advisory import AdvisoryId, FixState, Range
from vedette.model.digest import digest_of
from vedette.model.finding import FindingStatus, Proof
from vedette.model.match import MatchKind
from vedette.model.network import ClosingChange, Hop, NetworkChange
from vedette.model.package import Location
from vedette.model.resource import ResourceRef, ResourceType
from vedette.model.severity import Severity

_PLACES = (Location(path="a"), Location(path="b", layer=digest_of(b"x")))
_LIBSSL = package(
    "Debian:12", "libssl3", "3.0.9-1", source=("openssl", "3.0.9-1"), locations=_PLACES
)
_FLAW = vulnerability(
    aliases=("GHSA-1",),
    packages=(
        vulnerable(
            _LIBSSL,
            fixed_in=None,
            fix=FixState.WONT_FIX,
            proofs=(
                Proof(
                    kind=MatchKind.EXACT_INDIRECT,
                    advisory=AdvisoryId("CVE-2024-0001"),
                    feed="debian",
                    compared="3.0.9-1",
                    range=Range(),
                ),
            ),
        ),
    ),
    ratings=(rating(),),
    vendor_severity="low",
    epss=epss(0.0123),
    kev=kev(ransomware=True),
    exploits=(exploit(),),
)
_INSIDE = score_vulnerability(
    rating(),
    Severity.CRITICAL,
    Threat(epss=epss(0.0123), kev=kev(ransomware=True)),
    Reached(reach=Reach.INSIDE),
    ResourceType.EC2_INSTANCE,
)


def test_a_flaw() -> None:
    one = finding(_FLAW, score=_INSIDE, title="CVE-2024-0001 - libssl3", severity=Severity.CRITICAL)
    assert explain_finding(one) == (
        "CVE-2024-0001 - libssl3",
        "severity CRITICAL, risk 50.0 of 100, first seen 2026-01-02 03:04 UTC",
        "resource i-0a1b2c3d4e5f60718",
        f"id arn:aws:inspector2:eu-west-1:111122223333:finding/{one.id}",
        "also known as GHSA-1",
        "package libssl3 3.0.9-1 (Debian:12), no version mends it (wont-fix)",
        "  found at a",
        f"  found at b in layer {digest_of(b'x')}",
        "  CVE-2024-0001 (debian), by its source package: 3.0.9-1 is affected: every version, no fix",
        "    key 800281337d02807d0281390202813102 of 3.0.9-1; from the beginning on",
        f"rated 9.8 by NVD: {CRITICAL}",
        "the publisher's own word: low",
        "EPSS: 1.2% within 30 days, as of 2026-01-01",
        "CISA KEV: known to be exploited since 2024-05-06, by ransomware too",
        "an exploit is public (Exploit-DB): https://example.org/exploits/1",
        f"score 8.8 by NVD: {CRITICAL.replace('AV:N', 'AV:A')}",
        "  adjusted AV: no TCP or UDP port of the instance can be reached from the internet: Network to Adjacent",
        "risk:",
        "  severity: CVSS 9.8 by NVD: 98.0",
        "  exploitation: known to be exploited since 2024-05-06 (CISA KEV): x 1.00 = 98.0",
        "  ransomware: used in ransomware campaigns (CISA KEV): x 1.10 = 100.0",
        "  exposure: not reachable from the internet: x 0.50 = 50.0",
        "what to do: remediation",
    )
    assert why_first(one) == (
        "risk 50.0; CVSS 9.8 by NVD; known to be exploited since 2024-05-06 (CISA KEV); "
        "used in ransomware campaigns (CISA KEV); not reachable from the internet"
    )


def test_a_flaw_of_which_little_is_known() -> None:
    closed = finding(
        vulnerability(kev=kev()),
        resource=LOCAL,
        status=FindingStatus.CLOSED,
        closed_at=NOW + timedelta(hours=1),
    )
    assert explain_finding(closed) == (
        "title",
        "severity HIGH, risk 30.0 of 100, first seen 2026-01-02 03:04 UTC, closed 2026-01-02 04:04 UTC",
        "resource /srv/root",
        f"id {closed.id}",
        "package lib 1.0 (PyPI), fixed in 2.0",
        "  GHSA-1 (osv), by the package's own name: 1.0 is affected: every version, fixed in 2.0",
        "    key 80813101060203 of 1.0; from the beginning to below 80813201060203",
        "CISA KEV: known to be exploited since 2024-05-06",
        "score 7.5 by NVD: None",
        "risk:",
        "what to do: remediation",
    )


def test_a_version_of_an_explicit_list_has_no_keys_to_show() -> None:
    listed = Proof(
        kind=MatchKind.EXACT_DIRECT,
        advisory=AdvisoryId("GHSA-1"),
        feed="osv",
        compared="1.0",
        range=None,
    )
    flaw = vulnerability(packages=(vulnerable(package("PyPI", "lib", "1.0"), proofs=(listed,)),))
    lines = explain_finding(finding(flaw))
    said = (
        "  GHSA-1 (osv), by the package's own name: 1.0 is affected: an explicit list of versions"
    )
    assert said in lines
    assert not any(line.startswith("    key ") for line in lines)


def test_a_suppressed_finding_names_its_rule() -> None:
    one = finding(status=FindingStatus.SUPPRESSED, suppressed_by="accepted")
    assert explain_finding(one)[1].endswith("UTC, suppressed by accepted")


def test_an_open_port() -> None:
    back = (Hop(component_type="AWS::EC2::RouteTable", component_id="rtb-1", rule="0.0.0.0/0"),)
    given = exposure(witness=WITNESS, back=back, return_path=False)
    (one,) = build_exposures(INSTANCE, [given], now=NOW)
    assert explain_finding(one) == (
        "EC2 instance i-0a1b2c3d4e5f60718 exposes port 22 to the internet (0.0.0.0/0)",
        "severity MEDIUM, risk 25.0 of 100, first seen 2026-01-02 03:04 UTC",
        "resource i-0a1b2c3d4e5f60718",
        f"id arn:aws:inspector2:eu-west-1:111122223333:finding/{one.id}",
        "0.0.0.0/0 from the internet reaches port 22",
        "for example TCP 203.0.113.9 port 40000 to 198.51.100.7 port 22",
        "the way in:",
        "  AWS::EC2::InternetGateway igw-1",
        "  AWS::EC2::SecurityGroup sg-1, rule sgr-1: it allows TCP 22",
        "the way back:",
        "  AWS::EC2::RouteTable rtb-1, rule 0.0.0.0/0",
        "not every source can be answered",
        "risk:",
        "  service: MEDIUM (SSH): 50.0",
        "  return path: not every source can be answered: x 0.50 = 25.0",
        f"what to do: {one.remediation}",
    )
    assert why_first(one) == "risk 25.0; MEDIUM (SSH); not every source can be answered"


def test_an_open_port_without_hops() -> None:
    (one,) = build_exposures(INSTANCE, [exposure(path=())], now=NOW)
    told = explain_finding(one)
    assert told[4:6] == ("0.0.0.0/0 from the internet reaches port 22", "risk:")


def test_what_is_asked_and_what_closes_it() -> None:
    revoke = NetworkChange(kind="revoke-security-group-rule", component="sg-1", rule="sgr-1")
    given = exposure(
        path=(), labels=("authenticated",), closing_changes=(ClosingChange(changes=(revoke,)),)
    )
    (one,) = build_exposures(INSTANCE, [given], now=NOW)
    assert explain_finding(one)[5:7] == (
        "asked of clients: authenticated",
        "closed by: revoke security group rule sgr-1 of sg-1",
    )


@pytest.mark.parametrize(
    ("layers", "told"),
    [
        ("a", "  it came with the base image debian"),
        ("b", "  it came with a layer of the image's own, not with the base image debian"),
        (
            "ab",
            "  it came with the base image and again with a layer of the image's own; the base image is debian",
        ),
        ("", None),
    ],
)
def test_what_came_with_the_base_image(layers: str, told: str | None) -> None:
    places = tuple(
        Location(path="var/lib/dpkg/status", layer=digest_of(layer.encode())) for layer in layers
    )
    flawed = msgspec.structs.replace(
        _FLAW.packages[0],
        package=msgspec.structs.replace(_FLAW.packages[0].package, locations=places),
    )
    one = finding(msgspec.structs.replace(_FLAW, packages=(flawed,)), score=_INSIDE)
    image = ResourceRef(type=ResourceType.ECR_CONTAINER_IMAGE, id="debian")
    lines = explain_finding(one, Base(image=image, layers=(digest_of(b"a"),)))
    assert [line for line in lines if "base image" in line] == ([told] if told else [])
