"""Small findings and their parts."""

from datetime import UTC, date, datetime
from typing import Any

from tests.matching.memory import package
from vedette.findings.identity import finding_id
from vedette.model.advisory import (
    AdvisoryId,
    Epss,
    Exploit,
    ExploitKind,
    FixState,
    Kev,
    Range,
    Rating,
)
from vedette.model.arn import AccountId, Arn
from vedette.model.cvss import parse_vector
from vedette.model.digest import digest_of
from vedette.model.finding import (
    Finding,
    FindingKey,
    FindingStatus,
    Proof,
    Reachable,
    Score,
    Vulnerability,
    VulnerablePackage,
)
from vedette.model.match import MatchKind
from vedette.model.network import Exposure, Hop, PortRange, Transport, Witness
from vedette.model.package import Package
from vedette.model.resource import (
    ContainerImage,
    Ec2Instance,
    InstanceState,
    LambdaFunction,
    LocalTarget,
    Resource,
    ResourceRef,
    ResourceType,
    Tag,
)
from vedette.model.severity import Severity

NOW = datetime(2026, 1, 2, 3, 4, tzinfo=UTC)
CRITICAL = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"  # 9.8
LOW = "CVSS:3.1/AV:L/AC:H/PR:H/UI:R/S:U/C:L/I:N/A:N"  # 1.8

INSTANCE = Resource(
    ref=ResourceRef(
        type=ResourceType.EC2_INSTANCE,
        id="i-0a1b2c3d4e5f60718",
        account=AccountId("111122223333"),
        region="eu-west-1",
    ),
    facts=Ec2Instance(
        instance_type="t3.micro",
        image_id="ami-1",
        state=InstanceState.RUNNING,
        launched_at=None,
        vpc_id="vpc-1",
        subnet_id="subnet-1",
        platform="Linux/UNIX",
    ),
    tags=(Tag(key="env", value="prod"),),
)
IMAGE = Resource(
    ref=ResourceRef(
        type=ResourceType.ECR_CONTAINER_IMAGE,
        id="arn:aws:ecr:eu-west-1:111122223333:repository/app/sha256:1",
        account=AccountId("111122223333"),
        region="eu-west-1",
    ),
    facts=ContainerImage(
        repository="app",
        digest=digest_of(b"app"),
        tags=("1.0", "latest"),
        pushed_at=NOW,
        architecture="amd64",
        in_use_count=2,
        last_in_use_at=NOW,
    ),
)
FUNCTION = Resource(
    ref=ResourceRef(
        type=ResourceType.LAMBDA_FUNCTION,
        id="arn:aws:lambda:eu-west-1:111122223333:function:hook:$LATEST",
        account=AccountId("111122223333"),
        region="eu-west-1",
    ),
    facts=LambdaFunction(
        name="hook",
        runtime="python3.11",
        architectures=("x86_64",),
        code_sha256="x",
        version="$LATEST",
        layers=(Arn("arn:aws:lambda:eu-west-1:111122223333:layer:deps:1"),),
        last_modified_at=NOW,
        execution_role_arn=Arn("arn:aws:iam::111122223333:role/hook"),
    ),
)
LOCAL = Resource(
    ref=ResourceRef(type=ResourceType.LOCAL, id="/srv/root"), facts=LocalTarget(kind="rootfs")
)


def rating(vector: str = CRITICAL, source: str = "NVD") -> Rating:
    return Rating(source=source, vector=parse_vector(vector))


def epss(probability: float, cve: str = "CVE-2024-0001") -> Epss:
    return Epss(cve=cve, probability=probability, percentile=0.5, scored_on=date(2026, 1, 1))


def kev(cve: str = "CVE-2024-0001", *, ransomware: bool = False) -> Kev:
    return Kev(cve=cve, added_on=date(2024, 5, 6), due_on=None, ransomware=ransomware)


def exploit(
    kind: ExploitKind = ExploitKind.PROOF_OF_CONCEPT,
    source: str = "Exploit-DB",
    number: int = 1,
    cve: str = "CVE-2024-0001",
) -> Exploit:
    return Exploit(
        cve=cve,
        source=source,
        reference=f"https://example.org/exploits/{number}",
        published=None,
        kind=kind,
    )


def vulnerable(one: Package | None = None, **more: Any) -> VulnerablePackage:
    one = one or package("PyPI", "lib", "1.0")
    return VulnerablePackage(
        package=one,
        fixed_in=more.pop("fixed_in", "2.0"),
        fix=more.pop("fix", FixState.FIXED),
        proofs=more.pop(
            "proofs",
            (
                Proof(
                    kind=MatchKind.EXACT_DIRECT,
                    advisory=AdvisoryId("GHSA-1"),
                    feed="osv",
                    compared=one.version,
                    range=Range(fixed="2.0"),
                ),
            ),
        ),
    )


def vulnerability(**more: Any) -> Vulnerability:
    return Vulnerability(
        id=more.pop("id", "CVE-2024-0001"),
        source=more.pop("source", "osv"),
        packages=more.pop("packages", (vulnerable(),)),
        **more,
    )


def exposure(**more: Any) -> Exposure:
    begin, end = more.pop("ports", (22, 22))
    return Exposure(
        edge=more.pop("edge", "internet-v4"),
        resource=more.pop("resource", INSTANCE.ref.id),
        transport=more.pop("transport", Transport.TCP),
        ports=PortRange(begin=begin, end=end),
        sources=more.pop("sources", ("0.0.0.0/0",)),
        return_path=more.pop("return_path", True),
        path=more.pop(
            "path",
            (
                Hop(component_type="AWS::EC2::InternetGateway", component_id="igw-1"),
                Hop(
                    component_type="AWS::EC2::SecurityGroup",
                    component_id="sg-1",
                    rule="sgr-1",
                    because="it allows TCP 22",
                ),
            ),
        ),
        interface=more.pop("interface", "eni-1"),
        address=more.pop("address", "198.51.100.7"),
        **more,
    )


WITNESS = Witness(
    protocol=Transport.TCP,
    source="203.0.113.9",
    source_port=40000,
    destination="198.51.100.7",
    destination_port=22,
)


def finding(
    evidence: Vulnerability | Reachable | None = None, *, resource: Resource = INSTANCE, **more: Any
) -> Finding:
    evidence = evidence or vulnerability()
    subject = evidence.id if isinstance(evidence, Vulnerability) else "network/x"
    key = FindingKey(resource=resource.ref, subject=more.pop("subject", subject))
    return Finding(
        id=finding_id(key),
        key=key,
        evidence=evidence,
        title=more.pop("title", "title"),
        description="description",
        remediation="remediation",
        severity=more.pop("severity", Severity.HIGH),
        score=more.pop("score", Score(value=7.5, vector=None, source="NVD", risk=30.0)),
        status=more.pop("status", FindingStatus.ACTIVE),
        first_observed_at=more.pop("first_observed_at", NOW),
        last_observed_at=more.pop("last_observed_at", NOW),
        updated_at=more.pop("updated_at", NOW),
        **more,
    )
