"""The one translation to Inspector's shape: valid by botocore's model whatever the finding has, and nothing is lost."""

import base64
from datetime import UTC, date, datetime
from typing import Any

import msgspec
import pytest
from botocore.model import StringShape

from tests.findings.make import (
    FUNCTION,
    IMAGE,
    INSTANCE,
    LOCAL,
    NOW,
    exploit,
    exposure,
    finding,
    kev,
    vulnerability,
    vulnerable,
)
from tests.integrations.samples import CHANGED, FINDINGS, SEEN
from tests.integrations.wire_model import problems, service_model
from tests.matching.memory import package
from vedette.api.serialise import serialise
from vedette.api.service_model import load_service
from vedette.integrations._base.inspector_resource import _RUNTIMES
from vedette.integrations.inspector_finding import inspector_finding, inspector_findings
from vedette.model.advisory import ExploitKind, FixState
from vedette.model.arn import Arn
from vedette.model.digest import Digest, digest_of
from vedette.model.finding import Finding, Reachable, Score, Vulnerability
from vedette.model.network import Hop, Transport
from vedette.model.package import Location, PackageManager, SchemeName
from vedette.model.resource import Resource, Tag


@pytest.mark.parametrize("case", FINDINGS)
def test_a_finding_is_what_the_model_says(case: str) -> None:
    assert problems(inspector_finding(*FINDINGS[case]), "inspector2", "Finding") == []


def test_the_check_of_the_model_finds_what_is_wrong() -> None:
    one = inspector_finding(*FINDINGS["instance"])
    wrong = one | {"severity": "BAD", "extra": 1, "title": "", "updatedAt": "today"}
    del wrong["status"]
    assert sorted(
        text.partition(" ")[2].partition(" ")[0]
        for text in problems(wrong, "inspector2", "Finding")
    ) == [
        "'BAD'",
        "0",
        "no",
        "no",
        "status",
    ]


def test_the_whole_of_a_package_finding() -> None:
    one, resource = FINDINGS["instance"]
    assert isinstance(one.evidence, Vulnerability)
    evidence = one.evidence
    told = inspector_finding(one, resource)
    assert told["packageVulnerabilityDetails"] == {
        "vulnerabilityId": "CVE-2021-25220",
        "source": "AMAZON_LINUX",
        "sourceUrl": "https://nvd.nist.gov/vuln/detail/CVE-2021-25220",
        "cvss": [
            {
                "baseScore": 9.8,
                "scoringVector": evidence.ratings[0].vector,
                "version": "3.1",
                "source": "NVD",
            },
            {
                "baseScore": 9.3,
                "scoringVector": evidence.ratings[1].vector,
                "version": "4.0",
                "source": "CNA",
            },
            {
                "baseScore": 7.5,
                "scoringVector": evidence.ratings[2].vector,
                "version": "2.0",
                "source": "NVD",
            },
        ],
        "relatedVulnerabilities": ["ALAS2-2023-2001"],
        "referenceUrls": list(evidence.references),
        "vendorSeverity": "Important",
        "vendorCreatedAt": evidence.published,
        "vendorUpdatedAt": evidence.modified,
        "vulnerablePackages": [
            {
                "name": "bind-libs",
                "version": "9.11.4",
                "release": "26.P2.amzn2.13",
                "epoch": 32,
                "arch": "x86_64",
                "packageManager": "OS",
                "filePath": "var/lib/rpm/Packages",
                "fixedInVersion": "32:9.11.4-26.P2.amzn2.13.2",
                "remediation": "Update bind-libs to 32:9.11.4-26.P2.amzn2.13.2. Run: yum update bind-libs.",
            }
        ],
    }
    assert {
        name: told[name]
        for name in ("fixAvailable", "exploitAvailable", "exploitabilityDetails", "epss")
    } == {
        "fixAvailable": "YES",
        "exploitAvailable": "YES",
        "exploitabilityDetails": {"lastKnownExploitAt": datetime(2024, 5, 6, tzinfo=UTC)},
        "epss": {"score": 0.00123},
    }
    assert (told["firstObservedAt"], told["updatedAt"]) == (SEEN, CHANGED)


def _resource(one: Resource) -> Any:
    told = inspector_finding(finding(resource=one), one)
    assert problems(told, "inspector2", "Finding") == []
    return told["resources"][0]


def test_an_instance_in_both_forms() -> None:
    details = _resource(FINDINGS["instance"][1] or INSTANCE)["details"]
    both = {
        "type": "t3.micro",
        "ipV4Addresses": ["10.0.0.5", "198.51.100.7"],
        "ipV6Addresses": ["2001:db8::7"],
        "keyName": "ops",
        "launchedAt": SEEN,
        "platform": "Amazon Linux 2",
    }
    profile = "arn:aws:iam::111122223333:instance-profile/web"
    assert details == {
        "awsEc2Instance": both
        | {
            "imageId": "ami-1",
            "iamInstanceProfileArn": profile,
            "vpcId": "vpc-1",
            "subnetId": "subnet-1",
        },
        "vm": both
        | {
            "vmImageReference": "ami-1",
            "executionRole": profile,
            "networkId": "vpc-1",
            "subnetIds": ["subnet-1"],
        },
    }


def test_an_image_in_both_forms() -> None:
    both = {
        "repositoryName": "app",
        "registry": "111122223333",
        "imageTags": ["1.0", "latest"],
        "pushedAt": NOW,
        "architecture": "amd64",
        "inUseCount": 2,
        "lastInUseAt": NOW,
    }
    digest = digest_of(b"app")
    assert _resource(IMAGE) == {
        "id": IMAGE.ref.id,
        "type": "AWS_ECR_CONTAINER_IMAGE",
        "partition": "aws",
        "region": "eu-west-1",
        "provider": "AWS",
        "providerAccountId": "111122223333",
        "details": {
            "awsEcrContainerImage": both | {"imageHash": digest},
            "image": both | {"imageDigest": digest},
        },
    }


def test_a_function_in_both_forms() -> None:
    both = {
        "version": "$LATEST",
        "layers": ["arn:aws:lambda:eu-west-1:111122223333:layer:deps:1"],
        "packageType": "ZIP",
        "architectures": ["X86_64"],
        "lastModifiedAt": NOW,
    }
    role = "arn:aws:iam::111122223333:role/hook"
    assert _resource(FUNCTION)["details"] == {
        "awsLambdaFunction": both
        | {
            "functionName": "hook",
            "runtime": "PYTHON_3_11",
            "codeSha256": "x",
            "executionRoleArn": role,
        },
        "serverlessFunction": both
        | {
            "serverlessFunctionName": "hook",
            "runtime": "python3.11",
            "codeDigest": "x",
            "executionRole": role,
        },
    }


def test_more_than_the_model_takes_is_left_out() -> None:
    layers = tuple(Arn(f"arn:aws:lambda:eu-west-1:111122223333:layer:a:{n}") for n in range(7))
    facts = msgspec.structs.replace(
        FUNCTION.facts, layers=layers, architectures=("riscv", "arm64"), runtime=None
    )
    tags = (Tag(key="k", value="v" * 300),)
    told = _resource(msgspec.structs.replace(FUNCTION, facts=facts, tags=tags))
    assert told["details"]["awsLambdaFunction"]["layers"] == list(layers[:5])
    assert "architectures" not in told["details"]["serverlessFunction"]
    assert "runtime" not in told["details"]["serverlessFunction"]
    assert told["details"]["awsLambdaFunction"]["runtime"] == "UNSUPPORTED"
    assert len(told["tags"]["k"]) == 256


def test_the_words_for_runtimes_are_the_models() -> None:
    shape = service_model("inspector2").shape_for("Runtime")
    assert isinstance(shape, StringShape)
    assert {*_RUNTIMES, "UNSUPPORTED"} == set(shape.enum)


def test_a_hostile_package_is_cut_to_what_the_model_takes() -> None:
    long = package(
        "PyPI",
        "n" * 3000,
        "1" * 3000,
        arch="a" * 100,
        locations=(Location(path="p" * 3000, layer=Digest("sha512:" + "0" * 128)),),
        manager=PackageManager.OTHER,
        scheme=SchemeName.GENERIC,
    )
    empty = msgspec.structs.replace(
        long, name="", version="", arch="", locations=(Location(path=""),)
    )
    one = finding(
        vulnerability(
            id="X" * 200,
            packages=(vulnerable(long, fixed_in="9" * 3000), vulnerable(empty, fixed_in=None)),
            aliases=("", "Y" * 200),
            references=("", "https://example.org/1"),
        )
    )
    one = msgspec.structs.replace(one, title="t" * 2000, description="", remediation="")
    told = inspector_finding(one, INSTANCE)
    assert problems(told, "inspector2", "Finding") == []
    assert told["remediation"] == {"recommendation": {}}
    assert told["description"] == told["title"]
    assert told["fixAvailable"] == "PARTIAL"
    assert told["packageVulnerabilityDetails"]["vulnerablePackages"][1] == {
        "name": "unknown",
        "version": "unknown",
        "epoch": 0,
        "fixedInVersion": "NotAvailable",
    }


@pytest.mark.parametrize(
    ("path", "inspectors", "steps"),
    [
        (("igw", "sg"), ("igw",), ["igw"]),
        (("igw", "sg"), (), ["igw", "sg"]),
        (tuple(f"h{number}" for number in range(40)), (), [f"h{number}" for number in range(30)]),
        ((), (), None),
    ],
)
def test_the_steps_of_a_path(
    path: tuple[str, ...], inspectors: tuple[str, ...], steps: list[str] | None
) -> None:
    hops = [
        tuple(Hop(component_type="T", component_id=name, arn="arn:x") for name in names)
        for names in (path, inspectors)
    ]
    one = finding(Reachable(exposure=exposure(path=hops[0], inspector_path=hops[1])))
    told = inspector_finding(one, INSTANCE)
    assert problems(told, "inspector2", "Finding") == []
    found = told["networkReachabilityDetails"]["networkPath"].get("steps")
    assert found == (
        None
        if steps is None
        else [
            {"componentId": name, "componentType": "T", "componentArn": "arn:x"} for name in steps
        ]
    )


def test_icmp_has_no_protocol_for_the_model_has_no_word_for_it() -> None:
    one = finding(Reachable(exposure=exposure(transport=Transport.ICMP, ports=(2048, 2048))))
    told = inspector_finding(one, INSTANCE)
    assert "protocol" not in told["networkReachabilityDetails"]
    assert [text.split()[1:] for text in problems(told, "inspector2", "Finding")] == [
        ["protocol", "is", "missing"]
    ]
    body = serialise(load_service("inspector2"), "ListFindingsResponse", {"findings": [told]}, 200)
    assert b'"networkReachabilityDetails":{"openPortRange":{"begin":2048,"end":2048}' in body.body
    # the long way says the same
    long = serialise(
        load_service("inspector2"),
        "ListFindingsResponse",
        {"findings": [told], "nextToken": None},
        200,
    )
    assert long.body == body.body


_CODE = "sha256:" + "0a" * 32
_LAYER = "arn:aws:lambda:eu-west-1:111122223333:layer:deps:3"


_SEVERAL = {
    "layers": (_LAYER, _LAYER + "1", _LAYER + "2"),
    "layer_digests": ("sha256:" + "0b" * 32, None, "sha256:" + "0c" * 32),
}


@pytest.mark.parametrize(
    ("changes", "path", "layer", "expected"),
    [
        ({}, "opt/python/a", "sha256:" + "0b" * 32, _LAYER),
        ({}, "opt/python/a", _CODE, None),
        ({}, "opt/python/a", None, None),
        ({}, "a", "sha256:" + "0b" * 32, None),
        ({"code_sha256": "%"}, "opt/a", "sha256:" + "0b" * 32, _LAYER),
        ({"layers": ()}, "opt/a", "sha256:" + "0b" * 32, None),
        ({"layers": (_LAYER, _LAYER + "1")}, "opt/a", "sha256:" + "0b" * 32, None),
        (_SEVERAL, "opt/a", "sha256:" + "0b" * 32, _LAYER),
        (_SEVERAL, "opt/a", "sha256:" + "0c" * 32, _LAYER + "2"),
        (_SEVERAL, "opt/a", "sha256:" + "0d" * 32, None),
        (_SEVERAL, "opt/a", _CODE, None),
        (_SEVERAL, "a", "sha256:" + "0c" * 32, None),
    ],
)
def test_the_layer_of_a_function(
    changes: dict[str, Any], path: str, layer: Digest | None, expected: str | None
) -> None:
    code = base64.b64encode(bytes.fromhex("0a" * 32)).decode()
    facts = msgspec.structs.replace(
        FUNCTION.facts, **({"code_sha256": code, "layers": (Arn(_LAYER),)} | changes)
    )
    there = msgspec.structs.replace(FUNCTION, facts=facts)
    one = msgspec.structs.replace(
        package("PyPI", "a", "1"), locations=(Location(path=path, layer=layer),)
    )
    for resource in (there, None, INSTANCE):
        told = inspector_finding(finding(vulnerability(packages=(vulnerable(one),))), resource)
        (entry,) = told["packageVulnerabilityDetails"]["vulnerablePackages"]
        assert entry.get("sourceLambdaLayerArn") == (expected if resource is there else None)


def _scored(score: Score) -> dict[str, Any]:
    told = inspector_finding(msgspec.structs.replace(finding(), score=score), INSTANCE)
    return {name: one for name, one in told.items() if name.startswith("inspectorScore")}


def test_a_score_without_a_vector_is_a_number_alone() -> None:
    assert _scored(Score(value=7.5, vector=None, source="NVD")) == {"inspectorScore": 7.5}
    assert _scored(Score(value=None, vector=None, source=None)) == {}


def test_the_last_known_exploit_is_the_latest_day_of_any() -> None:
    scanner = msgspec.structs.replace(exploit(ExploitKind.SCANNER), published=date(2026, 1, 1))
    used = msgspec.structs.replace(exploit(), published=date(2025, 3, 4))
    undated = exploit()

    def last(evidence: Vulnerability) -> Any:
        return inspector_finding(finding(evidence), INSTANCE).get("exploitabilityDetails")

    assert last(vulnerability(exploits=(scanner, undated))) is None
    assert last(vulnerability(exploits=(scanner, used), kev=kev())) == {
        "lastKnownExploitAt": datetime(2025, 3, 4, tzinfo=UTC)
    }


@pytest.mark.parametrize(
    ("identifier", "source", "references", "expected"),
    [
        ("CVE-2024-1", "osv", (), "https://nvd.nist.gov/vuln/detail/CVE-2024-1"),
        ("CVE-2024-1", "debian", (), "https://security-tracker.debian.org/tracker/CVE-2024-1"),
        ("CVE-/../?x", "nvd", (), "https://nvd.nist.gov/vuln/detail/CVE-%2F..%2F%3Fx"),
        ("GHSA-1", "osv", (), "https://github.com/advisories/GHSA-1"),
        ("PYSEC-1", "osv", (), "https://osv.dev/vulnerability/PYSEC-1"),
        ("ALAS-1", "amazon", ("https://a", "https://b"), "https://a"),
        ("ALAS-1", "amazon", (), None),
    ],
)
def test_the_page_about_a_flaw(
    identifier: str, source: str, references: tuple[str, ...], expected: str | None
) -> None:
    evidence = vulnerability(id=identifier, source=source, references=references)
    told = inspector_finding(finding(evidence), None)["packageVulnerabilityDetails"]
    assert told.get("sourceUrl") == expected


def test_a_target_outside_aws_has_a_name_of_its_own() -> None:
    told = inspector_finding(finding(resource=LOCAL), LOCAL, partition="aws-cn")
    assert told["awsAccountId"] == "000000000000"
    assert str(told["findingArn"]).startswith(
        "arn:aws-cn:inspector2:us-east-1:000000000000:finding/"
    )
    assert told["resources"] == [{"id": "/srv/root", "type": "LOCAL", "partition": "aws"}]


def _without_fix() -> Finding:
    return finding(vulnerability(packages=(vulnerable(fixed_in=None, fix=FixState.NOT_FIXED),)))


def test_what_nothing_mends_has_no_remediation_of_its_own() -> None:
    told = inspector_finding(_without_fix(), INSTANCE)["packageVulnerabilityDetails"]
    assert "remediation" not in told["vulnerablePackages"][0]


def test_several_are_what_each_is_alone() -> None:
    several = [one for one, _ in FINDINGS.values()]
    known = {one.key.resource: there for one, there in FINDINGS.values() if there is not None}
    assert inspector_findings(several, known, partition="aws-cn") == [
        inspector_finding(one, known.get(one.key.resource), partition="aws-cn") for one in several
    ]
