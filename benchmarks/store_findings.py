"""What the store is measured with: an estate's findings, and what is asked of them."""

import random
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta

import msgspec

from vedette.findings.identity import finding_id
from vedette.findings.lifecycle import Change
from vedette.findings.query import Sort, SortField
from vedette.model.advisory import AdvisoryId, Epss, FixState, Range, Rating
from vedette.model.arn import AccountId
from vedette.model.cvss import parse_vector
from vedette.model.filter import (
    All,
    Any as AnyOf,
    Filter,
    Not,
    Number,
    NumberField,
    PackageMatch,
    Ports,
    Tagged,
    Text,
    TextField,
    TextOperator,
    TextTest,
    Time,
    TimeField,
)
from vedette.model.finding import (
    Finding,
    FindingKey,
    FindingStatus,
    Proof,
    Score,
    Vulnerability,
    VulnerablePackage,
)
from vedette.model.match import MatchKind
from vedette.model.package import Location, Package, PackageManager, SchemeName
from vedette.model.purl import Purl
from vedette.model.resource import (
    Ec2Instance,
    InstanceState,
    Resource,
    ResourceRef,
    ResourceType,
    Tag,
)
from vedette.model.severity import Severity

NOW = datetime(2026, 1, 1, tzinfo=UTC)
EACH = 200
"""Findings of one instance."""
_VECTOR = parse_vector("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H")


def resource_of(number: int) -> Resource:
    """An instance."""
    ref = ResourceRef(
        type=ResourceType.EC2_INSTANCE,
        id=f"i-{number:017x}",
        account=AccountId(f"{number % 50:012}"),
        region=("eu-west-1", "us-east-1")[number % 2],
    )
    facts = Ec2Instance(
        instance_type="m6i.large",
        image_id="ami-0123456789abcdef0",
        state=InstanceState.RUNNING,
        launched_at=NOW,
        vpc_id=f"vpc-{number % 20}",
        subnet_id=f"subnet-{number % 60}",
    )
    tags = (Tag(key="env", value=("prod", "test", "dev")[number % 3]),)
    return Resource(ref=ref, facts=facts, tags=tags)


def _package(rng: random.Random) -> Package:
    name = f"lib{rng.randrange(900)}"
    return Package(
        purl=Purl(f"pkg:rpm/amzn/{name}@1.0-1.amzn2023?arch=x86_64&distro=amzn-2023"),
        ecosystem="Amazon Linux:2023",
        name=name,
        version="1.0-1.amzn2023",
        scheme=SchemeName.RPM,
        manager=PackageManager.OS,
        arch="x86_64",
        locations=(Location(path="usr/lib/sysimage/rpm/rpmdb.sqlite"),),
    )


def _finding(rng: random.Random, resource: Resource, number: int) -> Finding:
    cve = f"CVE-20{10 + number % 15}-{number:05}"
    key = FindingKey(resource=resource.ref, subject=cve)
    package = _package(rng)
    proof = Proof(
        kind=MatchKind.EXACT_DIRECT,
        advisory=AdvisoryId("ALAS2023-2025-001"),
        feed="amazon",
        compared=package.version,
        range=Range(fixed="1.1-1.amzn2023"),
    )
    entry = VulnerablePackage(
        package=package, fixed_in="1.1-1.amzn2023", fix=FixState.FIXED, proofs=(proof,)
    )
    evidence = Vulnerability(
        id=cve,
        source="amazon",
        packages=(entry,),
        ratings=(Rating(source="NVD", vector=_VECTOR),),
        references=tuple(f"https://example.org/{cve}/{one}" for one in range(6)),
        aliases=(f"ALAS2023-2025-{number % 300:03}",),
        vendor_severity=rng.choice(("Low", "Medium", "Important")),
        epss=Epss(cve=cve, probability=rng.random(), percentile=0.5, scored_on=NOW.date()),
    )
    moment = NOW + timedelta(seconds=rng.randrange(10**6))
    return Finding(
        id=finding_id(key),
        key=key,
        evidence=evidence,
        title=f"{cve} - {package.name}",
        description="A flaw in a library lets a remote attacker do what they should not. " * 6,
        remediation="Update the package.",
        severity=rng.choice(tuple(Severity)),
        score=Score(value=9.8, vector=_VECTOR, source="NVD", risk=round(rng.random() * 100, 1)),
        status=rng.choice((FindingStatus.ACTIVE,) * 4 + (FindingStatus.CLOSED,)),
        first_observed_at=moment,
        last_observed_at=moment,
        updated_at=moment,
    )


def _is(field: TextField, value: str) -> Filter:
    return Text(field=field, test=TextTest(operator=TextOperator.EQUALS, value=value))


def opened(rng: random.Random, resource: Resource) -> list[Change]:
    """New findings of a resource."""
    return [Change(before=None, after=_finding(rng, resource, number)) for number in range(EACH)]


def rated(change: Change) -> Change:
    """The same finding with another score, severity and EPSS, in the next pass."""
    before = change.after
    evidence = before.evidence
    if isinstance(evidence, Vulnerability) and evidence.epss is not None:
        epss = msgspec.structs.replace(evidence.epss, probability=evidence.epss.probability / 2)
        evidence = msgspec.structs.replace(evidence, epss=epss)
    score = msgspec.structs.replace(before.score, value=7.1, risk=round(before.score.risk / 2, 1))
    moment = NOW + timedelta(days=20)
    after = msgspec.structs.replace(
        before,
        evidence=evidence,
        score=score,
        severity=Severity.HIGH,
        last_observed_at=moment,
        updated_at=moment,
    )
    return Change(before=before, after=after)


def mended(change: Change) -> Change:
    """The same finding, now that there is a fix."""
    before = change.after
    evidence = before.evidence
    if isinstance(evidence, Vulnerability):
        packages = tuple(
            msgspec.structs.replace(one, fixed_in="1.2-1.amzn2023") for one in evidence.packages
        )
        evidence = msgspec.structs.replace(evidence, packages=packages)
    moment = NOW + timedelta(days=21)
    after = msgspec.structs.replace(
        before, evidence=evidence, last_observed_at=moment, updated_at=moment
    )
    return Change(before=before, after=after)


def closed(change: Change) -> Change:
    """The same finding, over."""
    moment = NOW + timedelta(days=22)
    after = msgspec.structs.replace(
        change.after, status=FindingStatus.CLOSED, updated_at=moment, closed_at=moment
    )
    return Change(before=change.after, after=after)


_ACTIVE = _is(TextField.STATUS, "ACTIVE")
LISTS: dict[str, tuple[Filter | None, Sort]] = {
    "active, by risk": (_ACTIVE, Sort()),
    "all, by update": (None, Sort(field=SortField.UPDATED_AT)),
    "active and critical, by EPSS": (
        All(parts=(_ACTIVE, _is(TextField.SEVERITY, "CRITICAL"))),
        Sort(field=SortField.EPSS),
    ),
    "one account, by title": (
        _is(TextField.ACCOUNT_ID, f"{7:012}"),
        Sort(field=SortField.TITLE, descending=False),
    ),
    "one CVE, by risk": (_is(TextField.VULNERABILITY_ID, "CVE-2012-00017"), Sort()),
    "one package, by risk": (
        PackageMatch(name=TextTest(operator=TextOperator.EQUALS, value="lib7")),
        Sort(),
    ),
}


_EQUAL: dict[TextField, str] = {
    TextField.ACCOUNT_ID: f"{7:012}",
    TextField.CLOUD_PROVIDER: "AWS",
    TextField.COMPONENT_ID: "sg-1",
    TextField.COMPONENT_TYPE: "AWS::EC2::SecurityGroup",
    TextField.EC2_IMAGE_ID: "ami-0123456789abcdef0",
    TextField.EC2_PLATFORM: "Linux/UNIX",
    TextField.EC2_SUBNET_ID: "subnet-1",
    TextField.EC2_VPC_ID: "vpc-3",
    TextField.ECR_REGISTRY: f"{7:012}",
    TextField.ECR_REPOSITORY: "app",
    TextField.ECR_TAG: "latest",
    TextField.EXPLOIT_AVAILABLE: "YES",
    TextField.FIX_AVAILABLE: "PARTIAL",
    TextField.LAMBDA_NAME: "hook",
    TextField.LAMBDA_RUNTIME: "python3.11",
    TextField.PROTOCOL: "TCP",
    TextField.REGION: "eu-west-1",
    TextField.RELATED_VULNERABILITY: "ALAS2023-2025-017",
    TextField.RESOURCE_ID: f"i-{3:017x}",
    TextField.RESOURCE_TYPE: "AWS_ECR_CONTAINER_IMAGE",
    TextField.SEVERITY: "LOW",
    TextField.STATUS: "SUPPRESSED",
    TextField.TITLE: "CVE-2012-00017 - lib7",
    TextField.TYPE: "NETWORK_REACHABILITY",
    TextField.VENDOR_SEVERITY: "Low",
    TextField.VULNERABILITY_ID: "CVE-2012-00017",
    TextField.VULNERABILITY_SOURCE: "debian",
}


def every_filter() -> Iterator[tuple[str, Filter]]:
    """Every criterion, with what it is called."""
    for field, value in _EQUAL.items():
        for operator in TextOperator:
            text = value[:-1] if operator is TextOperator.PREFIX else value
            test = TextTest(operator=operator, value=text)
            yield f"{field} {operator}", Text(field=field, test=test)
    yield "epss", Number(field=NumberField.EPSS, lower=0.99)
    yield "score", Number(field=NumberField.SCORE, upper=1.0)
    yield "in use", Number(field=NumberField.IN_USE_COUNT, lower=1)
    for moment in TimeField:
        yield moment.value, Time(field=moment, start=NOW + timedelta(days=11))
    yield "tag", Tagged(key="env", value="prod")
    yield "ports", Ports(begin=22, end=22)
    for name in ("lib7", "nothing"):
        test = TextTest(operator=TextOperator.EQUALS, value=name)
        yield f"package {name}", PackageMatch(name=test)
    path = TextTest(operator=TextOperator.PREFIX, value="usr/lib")
    yield "path", PackageMatch(path=path)
    yield "active and low", All(parts=(_ACTIVE, _is(TextField.SEVERITY, "LOW")))
    yield "everything", All(parts=())


ORDERS = (
    Sort(field=SortField.FINDING_ID, descending=False),
    Sort(),
    Sort(field=SortField.SEVERITY),
    Sort(field=SortField.LAST_OBSERVED_AT),
)

FAR: Mapping[str, tuple[Filter, Sort]] = {
    f"seen early ({share:.1%}), latest first": (
        All(
            parts=(
                _ACTIVE,
                Time(field=TimeField.FIRST_OBSERVED_AT, end=NOW + timedelta(seconds=10**6 * share)),
            )
        ),
        Sort(field=SortField.LAST_OBSERVED_AT),
    )
    for share in (0.0001, 0.001, 0.01, 0.1)
} | {
    "untriaged and closed, worst first": (
        All(parts=(_is(TextField.STATUS, "CLOSED"), _is(TextField.SEVERITY, "UNTRIAGED"))),
        Sort(field=SortField.SEVERITY),
    ),
    "no risk to speak of, of one account": (
        All(
            parts=(
                Number(field=NumberField.RISK, upper=1.0),
                _is(TextField.ACCOUNT_ID, f"{7:012}"),
            )
        ),
        Sort(field=SortField.EPSS),
    ),
    "the last title of one account": (
        All(
            parts=(
                Text(
                    field=TextField.TITLE,
                    test=TextTest(operator=TextOperator.PREFIX, value="CVE-2024-0019"),
                ),
                _is(TextField.ACCOUNT_ID, f"{7:012}"),
            )
        ),
        Sort(field=SortField.TITLE, descending=False),
    ),
    "one package or one alias, in one account": (
        All(
            parts=(
                AnyOf(
                    parts=(
                        PackageMatch(name=TextTest(operator=TextOperator.EQUALS, value="lib7")),
                        _is(TextField.RELATED_VULNERABILITY, "ALAS2023-2025-017"),
                    )
                ),
                _is(TextField.ACCOUNT_ID, f"{7:012}"),
                Not(part=_is(TextField.SEVERITY, "LOW")),
            )
        ),
        Sort(field=SortField.LAST_OBSERVED_AT),
    ),
}
"""Filters that pass few, all of them at the end of the order, or scattered over it."""
