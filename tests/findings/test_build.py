"""From matches and exposures to findings."""

from datetime import UTC, datetime

from tests.findings.make import (
    CRITICAL,
    FUNCTION,
    INSTANCE,
    LOW,
    NOW,
    epss,
    exploit,
    exposure,
    kev,
    rating,
)
from tests.matching.memory import MemoryIndex, advisory, affected, package
from vedette.findings.build import build_exposures, build_vulnerabilities
from vedette.findings.exposure import ResourceExposure
from vedette.findings.identity import finding_id
from vedette.findings.listening import Installed
from vedette.matching.match import match_inventory
from vedette.model.advisory import CveRecord, FixState, Range
from vedette.model.finding import (
    Finding,
    FindingKey,
    FindingStatus,
    Proof,
    Reachable,
    Vulnerability,
)
from vedette.model.inventory import Inventory
from vedette.model.listening import Socket
from vedette.model.match import MatchKind
from vedette.model.network import Transport
from vedette.model.package import Location, Package
from vedette.model.severity import Severity

_AL = "Amazon Linux:2023"
_DAY = datetime(2023, 10, 3, tzinfo=UTC)
_LATER = datetime(2023, 11, 3, tzinfo=UTC)
_GLIBC = advisory(
    "ALAS2023-2023-359",
    affected(_AL, "glibc", "[0,2.34-52.amzn2023.0.7)", fix="fixed"),
    affected(_AL, "glibc-common", "[0,2.34-52.amzn2023.0.7)", fix="fixed"),
    feed="amazon",
    related=("CVE-2023-4911", "CVE-2023-4527"),
    vendor_severity="Important",
    summary="glibc update",
    ratings=(rating(LOW, "Amazon"),),
    published=_DAY,
    modified=_LATER,
    references=("https://alas.example/359", "https://cve.example/4911"),
)
_LOONEY = CveRecord(
    id="CVE-2023-4911",
    feed="cve5",
    description="A buffer overflow in ld.so.",
    ratings=(rating(CRITICAL.replace("AV:N", "AV:L"), "NVD"),),
    cwes=("CWE-122",),
    references=("https://cve.example/4911",),
)


def _build(
    index: MemoryIndex, *packages: Package, seen: ResourceExposure | None = None
) -> tuple[Finding, ...]:
    inventory = Inventory(resource=INSTANCE.ref, distro=None, packages=packages)
    return build_vulnerabilities(INSTANCE, match_inventory(inventory, index), index, seen, now=NOW)


def _evidence(finding: Finding) -> Vulnerability:
    assert isinstance(finding.evidence, Vulnerability)
    return finding.evidence


def test_an_update_gives_one_finding_for_each_flaw() -> None:
    index = MemoryIndex(
        [_GLIBC],
        cves=[_LOONEY],
        epss=[epss(0.7, "CVE-2023-4911")],
        kev=[kev("CVE-2023-4911")],
        exploits=[exploit(cve="CVE-2023-4911")],
    )
    common, glibc = (
        package(_AL, name, "2.34-52.amzn2023.0.3", arch="x86_64")
        for name in ("glibc-common", "glibc")
    )
    second, first = _build(index, common, glibc)
    key = FindingKey(resource=INSTANCE.ref, subject="CVE-2023-4911")
    assert (first.id, first.key) == (finding_id(key), key)
    assert first.title == "CVE-2023-4911 - glibc, glibc-common"
    assert first.description == "A buffer overflow in ld.so."
    assert first.severity is Severity.HIGH
    assert first.status is FindingStatus.ACTIVE
    assert first.database == "sha256:memory"
    assert (first.first_observed_at, first.last_observed_at, first.updated_at) == (NOW, NOW, NOW)
    evidence = _evidence(first)
    assert [one.package.name for one in evidence.packages] == ["glibc", "glibc-common"]
    assert evidence.packages[0].fixed_in == "2.34-52.amzn2023.0.7"
    assert evidence.packages[0].fix is FixState.FIXED
    assert evidence.packages[0].proofs == (
        Proof(
            kind=MatchKind.EXACT_DIRECT,
            advisory=_GLIBC.id,
            feed="amazon",
            compared="2.34-52.amzn2023.0.3",
            range=Range(fixed="2.34-52.amzn2023.0.7"),
        ),
    )
    assert evidence.source == "amazon"
    assert evidence.advisories == ("ALAS2023-2023-359",)
    assert evidence.aliases == ()
    assert evidence.ratings == _LOONEY.ratings  # the update's own rating is of no single flaw
    assert evidence.vendor_severity == "Important"
    assert evidence.cwes == ("CWE-122",)
    assert evidence.references == ("https://alas.example/359", "https://cve.example/4911")
    assert (evidence.published, evidence.modified) == (_DAY, _LATER)
    assert (evidence.epss, evidence.kev) == (epss(0.7, "CVE-2023-4911"), kev("CVE-2023-4911"))
    assert evidence.exploits == (exploit(cve="CVE-2023-4911"),)
    assert second.title == "CVE-2023-4527 - glibc, glibc-common"
    assert second.description == "glibc update"
    assert second.severity is Severity.HIGH  # by the vendor's word: nobody gave a vector
    assert second.score.value is None


def test_nothing_known_is_said() -> None:
    index = MemoryIndex([advisory("GHSA-1", affected("PyPI", "lib", "[0,)"))])
    (found,) = _build(index, package("PyPI", "lib", "1.0"))
    assert found.severity is Severity.UNTRIAGED
    assert found.description == "GHSA-1: the publishers give no description."
    assert found.remediation == "lib: nothing is known of a fix."
    evidence = _evidence(found)
    assert (evidence.published, evidence.modified, evidence.epss, evidence.kev) == (
        None,
        None,
        None,
        None,
    )


def test_a_rejected_cve_has_no_finding() -> None:
    rejected = CveRecord(id="CVE-2024-0001", feed="nvd", rejected=True)
    record = advisory("GHSA-1", affected("PyPI", "lib", "[0,)"), aliases=("CVE-2024-0001",))
    assert _build(MemoryIndex([record], cves=[rejected]), package("PyPI", "lib", "1.0")) == ()


def test_records_of_one_flaw_are_one_finding() -> None:
    records = [
        advisory(
            "GHSA-1",
            affected("PyPI", "lib", "[0,2.0)"),
            aliases=("CVE-2024-0001",),
            details="What GitHub says.",
            ratings=(rating(source="GitHub"),),
        ),
        advisory("PYSEC-1", affected("PyPI", "lib", "[0,2.1)"), aliases=("GHSA-1",)),
    ]
    (found,) = _build(MemoryIndex(records), package("PyPI", "lib", "1.0"))
    evidence = _evidence(found)
    assert (evidence.id, evidence.aliases) == ("CVE-2024-0001", ("GHSA-1", "PYSEC-1"))
    assert [one.fixed_in for one in evidence.packages] == ["2.1"]
    assert [proof.advisory for proof in evidence.packages[0].proofs] == ["GHSA-1", "PYSEC-1"]
    assert found.description == "What GitHub says."
    assert found.score.source == "GitHub"


def test_one_package_found_twice_is_one() -> None:
    index = MemoryIndex([advisory("CVE-2024-0001", affected("PyPI", "requests", "[0,2.32.2)"))])
    places = [
        (Location(path="app/requirements.txt"),),
        (Location(path="site-packages/requests-2.32.0.dist-info/METADATA"),),
        (Location(path="app/requirements.txt"),),
    ]
    packages = (package("PyPI", "requests", "2.32.0", locations=place) for place in places)
    (found,) = _build(index, *packages)
    (one,) = _evidence(found).packages
    assert [place.path for place in one.package.locations] == [
        "app/requirements.txt",
        "site-packages/requests-2.32.0.dist-info/METADATA",
    ]
    assert len(one.proofs) == 1


def test_the_vendors_rating_counts_for_its_own_package() -> None:
    record = advisory(
        "CVE-2024-0001",
        affected("Debian:12", "foo", "[0,2-1)", by_source=True),
        ratings=(rating(LOW, "Debian"), rating(source="NVD")),
    )
    (found,) = _build(MemoryIndex([record]), package("Debian:12", "foo", "1-1"))
    assert (found.severity, found.score.source) == (Severity.LOW, "Debian")


def test_the_network_counts() -> None:
    record = advisory("CVE-2024-0001", affected("PyPI", "lib", "[0,2.0)"), ratings=(rating(),))
    index, one = MemoryIndex([record]), package("PyPI", "lib", "1.0")
    (inside,) = _build(index, one, seen=ResourceExposure())
    (outside,) = _build(index, one, seen=ResourceExposure(exposures=(exposure(),)))
    (unknown,) = _build(index, one)
    assert inside.score.risk < unknown.score.risk < outside.score.risk
    assert (inside.score.value, unknown.score.value, outside.score.value) == (8.8, 9.8, 9.8)


def test_an_open_port_is_a_finding() -> None:
    (found,) = build_exposures(INSTANCE, [exposure()], now=NOW)
    assert found.key.subject == "network/internet-v4/eni-1/TCP/22-22"
    assert found.title == (
        "EC2 instance i-0a1b2c3d4e5f60718 exposes port 22 to the internet (0.0.0.0/0)"
    )
    assert found.evidence == Reachable(exposure=exposure())
    assert (found.severity, found.score.risk) == (Severity.MEDIUM, 50.0)
    assert found.database is None


def test_ways_are_apart() -> None:
    ways = [exposure(), exposure(through="arn:aws:elb/web")]
    found = build_exposures(INSTANCE, ways, now=NOW)
    assert [one.key.subject for one in found] == [
        "network/internet-v4/eni-1/TCP/22-22",
        "network/internet-v4/eni-1/TCP/22-22/arn:aws:elb/web",
    ]


def test_who_listens_is_told() -> None:
    sshd = package("Debian:12", "openssh-server", "1:9.2-1")

    def told(*sockets: Socket, known: bool = True) -> str:
        installed = Installed(packages=(sshd,), sockets=sockets if known else None)
        (one,) = build_exposures(INSTANCE, [exposure(path=())], now=NOW, installed=installed)
        return one.description.partition(". ")[2]

    seen = Socket(transport=Transport.TCP, port=22, program="sshd", package="openssh-server")
    assert told(seen) == "Sshd of openssh-server 1:9.2-1 listens on TCP 22."
    assert told() == "Nothing listens there."
    assert told(known=False) == ("By package: openssh-server (SSH) usually listens on TCP 22.")
    others = [Socket(transport=Transport.TCP, port=22, program=name) for name in "abcd"]
    assert told(*others).endswith("c listens on TCP 22; and 1 more.")


def test_families_are_apart_and_addresses_together() -> None:
    narrow = exposure(sources=("203.0.113.7/32",), address="198.51.100.8")
    six = exposure(edge="internet-v6", sources=("::/0",), address="2001:db8::1")
    wide = exposure()
    found = build_exposures(INSTANCE, [narrow, six, wide], now=NOW)
    assert [one.evidence for one in found] == [Reachable(exposure=wide), Reachable(exposure=six)]
    assert build_exposures(INSTANCE, [wide, six, narrow], now=NOW) == found


def test_a_function_url_is_a_finding() -> None:
    url = exposure(edge="lambda-url", interface=None, address=None, ports=(443, 443), path=())
    (found,) = build_exposures(FUNCTION, [url], now=NOW)
    assert found.title.startswith("Lambda function hook answers unauthenticated requests")
    assert found.severity is Severity.MEDIUM


def test_of_several_places_the_layer_is_kept() -> None:
    index = MemoryIndex([advisory("CVE-2024-0001", affected("PyPI", "lib", "[0,2.0)"))])
    layers = (None, "sha256:" + "b" * 64, "sha256:" + "a" * 64)
    packages = (
        package("PyPI", "lib", "1.0", locations=(Location(path="p", layer=layer),))  # type: ignore[arg-type] # a digest
        for layer in layers
    )
    (found,) = _build(index, *packages)
    (one,) = _evidence(found).packages
    assert [place.layer for place in one.package.locations] == sorted(layers, key=lambda x: x or "")
