"""Findings of every kind, one for each resource, with something that only it has."""

from datetime import UTC, datetime, timedelta

import msgspec

from tests.findings.make import (
    CRITICAL,
    FUNCTION,
    IMAGE,
    INSTANCE,
    NOW,
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
from vedette.app.ports import Store
from vedette.findings.lifecycle import Change
from vedette.model.advisory import ExploitKind
from vedette.model.arn import AccountId
from vedette.model.digest import digest_of
from vedette.model.finding import Finding, FindingStatus, Reachable, Score
from vedette.model.network import Transport
from vedette.model.package import Location
from vedette.model.resource import Resource
from vedette.model.severity import Severity

REGION = "eu-west-1"
ACCOUNT, MEMBER = "111122223333", "444455556666"
THEIRS = msgspec.structs.replace(
    INSTANCE,
    ref=msgspec.structs.replace(INSTANCE.ref, id="i-00000000000000009", account=AccountId(MEMBER)),
    facts=msgspec.structs.replace(
        INSTANCE.facts, image_id="ami-9", vpc_id="vpc-9", subnet_id="subnet-9"
    ),
    tags=(),
)
RESOURCES: tuple[Resource, ...] = (INSTANCE, THEIRS, IMAGE, FUNCTION)

HOST = finding(
    vulnerability(
        id="CVE-2024-1111",
        source="amazon",
        aliases=("ALAS-1",),
        vendor_severity="Important",
        packages=(
            vulnerable(
                package(
                    "Amazon Linux:2",
                    "bind",
                    "32:9.11.4-26.amzn2",
                    arch="x86_64",
                    locations=(Location(path="var/lib/rpm"),),
                )
            ),
        ),
        cwes=("CWE-79",),
        references=("https://example.org/1",),
        epss=epss(0.95),
        kev=kev(),
        exploits=(exploit(ExploitKind.WEAPONIZED),),
        ratings=(rating(),),
    ),
    title="CVE-2024-1111 - bind",
    severity=Severity.CRITICAL,
    score=Score(value=9.8, vector=rating(CRITICAL).vector, source="NVD", risk=98.0),
    first_observed_at=NOW - timedelta(days=9),
    last_observed_at=NOW - timedelta(days=1),
    updated_at=NOW - timedelta(days=1),
)
PORT = finding(
    Reachable(exposure=exposure(transport=Transport.UDP)),
    title="Port 22 is reachable",
    severity=Severity.MEDIUM,
    score=Score(value=None, vector=None, source=None, risk=50.0),
)
LAYERED = finding(
    vulnerability(
        id="CVE-2024-2222",
        packages=(
            vulnerable(
                package(
                    "PyPI", "web", "1.0", locations=(Location(path="app", layer=digest_of(b"l")),)
                ),
                fixed_in=None,
            ),
        ),
        epss=epss(0.01),
    ),
    resource=IMAGE,
    title="CVE-2024-2222 - web",
    severity=Severity.LOW,
    score=Score(value=2.0, vector=None, source="NVD", risk=4.0),
)
CODE = finding(
    vulnerability(
        id="GHSA-3",
        source="ghsa",
        packages=(
            msgspec.structs.replace(
                vulnerable(
                    package(
                        "PyPI",
                        "lib",
                        "1.0",
                        locations=(Location(path="opt/python/lib", layer=digest_of(b"deps")),),
                    )
                ),
                waived="not affected",
            ),
        ),
    ),
    resource=FUNCTION,
    status=FindingStatus.SUPPRESSED,
    suppressed_by="not affected",
)
OTHER = finding(
    vulnerability(id="CVE-2024-1111"),
    resource=THEIRS,
    status=FindingStatus.CLOSED,
    score=Score(value=7.5, vector=None, source="NVD", risk=30.0),
    closed_at=NOW,
)
LAYER = "arn:aws:lambda:eu-west-1:111122223333:layer:deps:1"
"""The function's."""
ALL: dict[str, Finding] = {
    "host": HOST,
    "port": PORT,
    "layered": LAYERED,
    "code": CODE,
    "other": OTHER,
}
FAR = datetime(2030, 1, 1, tzinfo=UTC)


def arn(one: Finding) -> str:
    ref = one.key.resource
    return f"arn:aws:inspector2:{ref.region}:{ref.account}:finding/{one.id}"


NAMES = {arn(one): name for name, one in ALL.items()}


def settle(store: Store) -> None:
    store.save_resources(RESOURCES, looked_in=(), now=NOW)
    store.apply([Change(before=None, after=one) for one in ALL.values()])
    far = msgspec.structs.replace(
        INSTANCE, ref=msgspec.structs.replace(INSTANCE.ref, region="us-east-1")
    )
    store.save_resources([far], looked_in=(), now=NOW)
    store.apply([Change(before=None, after=finding(resource=far))])
