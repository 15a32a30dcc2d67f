"""Random values of the service model's shapes, such as clients send and the API answers."""

import math
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from vedette.api.service_model import Kind, Service, Shape

_UUID = "0a1b2c3d-0000-4000-8000-00000000000f"
_TEXTS = ("a", "name", "größe", "x y", '"quoted" \\ <&>', "日本", "0", "../..", "'; --", "\n")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

SAMPLES: dict[str, str] = {
    r"\d{12}": "111122223333",
    r"\d{12}|o-[a-z0-9]{10,32}": "o-abcdefghij",
    r"\d{12}|ALL_ACCOUNTS|SELF": "SELF",
    r".*[0-9]{12}.*": "111122223333",
    r".*(^\d{12}$)|(^o-[a-z0-9]{10,32}$).*": "111122223333",
    r"ami-([a-z0-9]{8}|[a-z0-9]{17}|\*)": "ami-*",
    "ami-[0-9a-f]{8,17}": "ami-0123456789abcdef0",
    "i-[0-9a-f]{8,17}": "i-0123456789abcdef0",
    r"vpc-([a-z0-9]{8}|[a-z0-9]{17}|\*)": "vpc-01234567",
    r"subnet-([a-z0-9]{8}|[a-z0-9]{17}|\*)": "subnet-*",
    r"sg-([a-z0-9]{8}|[a-z0-9]{17}|\*)": "sg-01234567",
    "sha256:[a-z0-9]{64}": "sha256:" + "0a" * 32,
    "([a-f0-9]{40})": "0a" * 20,
    "[a-z0-9]+": "scan0",
    r"[\S]+": "token",
    "[a-zA-Z0-9-]+": "westeurope",
    "(ALL|[a-z][a-z0-9-]*)": "europe-west1",
    r"(\$LATEST|[0-9]+)": "$LATEST",
    r"[^\p{C}]*": "Größe",
    r"[\p{L}\p{N}_-]+": "Größe_1",
    r"[\p{L}\p{Z}\p{N}_.:/=+\-@]*": "Größe + 1",
    r"[\p{L}\p{Z}\p{N}_.:/=\-@]*": "Größe 1",
    "[a-zA-Z0-9-_$:.]*": "name-_$:.",
    "(?!aws:)[a-zA-Z+-=._:/]+": "team/a",
    "([0-1]?[0-9]|2[0-3]):[0-5][0-9]": "23:59",
    "CVE-[12][0-9]{3}-[0-9]{1,10}": "CVE-2026-12345",
    "https://[-a-zA-Z0-9()@:%_+.~#?&//=]{1,1024}": "https://git.example/a?b=c",
}
"""A text for each pattern that is short; the others are below, by shape."""

_REGIONAL = "arn:aws:inspector2:us-east-1:111122223333:"
BY_SHAPE: dict[str, str] = {
    "AwsConfigConnectorArn": "arn:aws:config:us-east-1:111122223333:connector/a/b/c",
    "CisFindingArn": f"{_REGIONAL}owner/111122223333/cis-finding/{_UUID}",
    "CisScanArn": f"{_REGIONAL}owner/o-abcdefghij/cis-scan/{_UUID}",
    "CisScanConfigurationArn": f"{_REGIONAL}owner/111122223333/cis-configuration/{_UUID}",
    "ClusterForImageFilterCriteriaResourceIdString": (
        "arn:aws:ecr:us-east-1:111122223333:repository/a/b/sha256:" + "0a" * 32
    ),
    "ClusterInformationClusterArnString": "arn:aws:ecs:us-east-1:111122223333:cluster/main",
    "CodeRepositoryIntegrationArn": f"{_REGIONAL}codesecurity-integration/{_UUID}",
    "CodeSecurityIntegrationArn": f"{_REGIONAL}codesecurity-integration/{_UUID}",
    "CodeSecurityUuid": _UUID,
    "UUID": _UUID,
    "ScopeValue": _UUID,
    "ConnectorArn": f"{_REGIONAL}connector/{_UUID}",
    "ExecutionRoleArn": "arn:aws:iam::111122223333:role/path/name",
    "FindingArn": f"{_REGIONAL}finding/" + "0a" * 16,
    "FunctionName": "function:$LATEST",
    "GcpScopeValue": "project-1",
    "IpV4Address": "10.0.255.1",
    "KmsKeyArn": f"arn:aws:kms:us-east-1:111122223333:key/{_UUID}",
    "LambdaLayerArn": "arn:aws:lambda:us-east-1:111122223333:layer:a_b:12",
    "ServerlessFunctionLayerUrn": "arn:aws:lambda:us-east-1:111122223333:layer:a_b:12",
    "Path": "/opt/app.d/x y",
    "ProjectId": f"project-{_UUID}",
    "ProviderAccountId": "111122223333",
    "ProviderOrgId": "o-abcdefghij",
    "ProviderPartition": "aws-us-gov",
    "ProviderRegion": "us-east-1",
    "ReportId": _UUID,
    "ResourceId": "i-0123456789abcdef0",
    "ScanConfigurationArn": f"{_REGIONAL}owner/111122223333/codesecurity-configuration/{_UUID}",
    "AssessmentRunArn": "arn",
}


class Values:
    """Makes values of a service's shapes.

    Args:
        service: whose shapes.
        random: decides.
    """

    def __init__(self, service: Service, random: Random) -> None:
        self._service = service
        self._random = random

    def of(self, name: str, depth: int = 0) -> Any:
        """A value of a shape; deep ones are made of what is required alone."""
        shape = self._service.shapes[name]
        match shape.kind:
            case Kind.STRUCTURE:
                return self._structure(shape, depth)
            case Kind.LIST:
                return [self.of(shape.item, depth + 1) for _ in range(self._count(shape, depth))]
            case Kind.MAP:
                return {
                    self.of(shape.key, depth): self.of(shape.item, depth + 1)
                    for _ in range(self._count(shape, depth))
                }
            case _:
                return self._simple(shape)

    def _simple(self, shape: Shape) -> Any:
        made: dict[Kind, Any] = {
            Kind.STRING: self._text,
            Kind.INTEGER: self._whole,
            Kind.LONG: self._whole,
            Kind.DOUBLE: self._number,
            Kind.BOOLEAN: lambda _: self._random.random() < 0.5,
            Kind.TIMESTAMP: lambda _: (
                _EPOCH + timedelta(seconds=self._random.randrange(-(10**9), 4 * 10**9))
            ),
            Kind.BLOB: lambda _: self._random.randbytes(self._random.randrange(20)),
            Kind.DOCUMENT: lambda _: {"a": [1, "b", None, {"c": True}]},
        }
        return made[shape.kind](shape)

    def _number(self, shape: Shape) -> float:
        least = -1.5 if shape.least is None else shape.least
        most = 1e6 if shape.most is None else min(shape.most, 1e6)
        return self._random.choice([least, most, (least + most) / 3])

    def _whole(self, shape: Shape) -> int:
        bits = 31 if shape.kind is Kind.INTEGER else 63
        least = -(1 << bits) if shape.least is None else int(shape.least)
        most = (1 << bits) - 1 if shape.most is None else int(shape.most)
        return self._random.choice([least, most, least + 1])

    def _structure(self, shape: Shape, depth: int) -> dict[str, Any]:
        members = list(shape.members)
        if shape.union:
            members = [self._random.choice(members)]
        wanted = 1.0 if shape.union else 0.8 / (1 + depth / 2) if depth < 6 else 0.0
        return {
            member.name: self.of(member.shape, depth + 1)
            for member in members
            if member.required or self._random.random() < wanted
        }

    def _count(self, shape: Shape, depth: int) -> int:
        least = math.ceil(shape.least or 0)
        most = least + 3 if shape.most is None else min(int(shape.most), least + 3)
        return least if depth > 5 else self._random.randint(least, most)

    def _text(self, shape: Shape) -> str:
        if shape.choices:
            return self._random.choice(shape.choices)
        if shape.pattern is not None:
            return BY_SHAPE.get(shape.name) or SAMPLES[shape.pattern]
        least = int(shape.least or 0)
        text = self._random.choice(_TEXTS)
        text += "x" * (least - len(text))
        return text if shape.most is None else text[: int(shape.most)]
