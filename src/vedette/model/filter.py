"""A filter of findings, as a small tree.

The evaluator in Python is `vedette.findings.query`; a store may translate the tree to its own language. Text is compared
exactly, case included.
"""

from datetime import datetime
from enum import StrEnum

import msgspec


class TextField(StrEnum):
    """Fields of text. Some have several values (image tags, path components) or none."""

    ACCOUNT_ID = "account_id"
    CLOUD_PROVIDER = "cloud_provider"
    COMPONENT_ID = "component_id"
    COMPONENT_TYPE = "component_type"
    EC2_IMAGE_ID = "ec2_image_id"
    EC2_PLATFORM = "ec2_platform"
    EC2_SUBNET_ID = "ec2_subnet_id"
    EC2_VPC_ID = "ec2_vpc_id"
    ECR_ARCHITECTURE = "ecr_architecture"
    ECR_DIGEST = "ecr_digest"
    ECR_REGISTRY = "ecr_registry"
    ECR_REPOSITORY = "ecr_repository"
    ECR_TAG = "ecr_tag"
    EDGE = "edge"
    EXPLOIT_AVAILABLE = "exploit_available"
    FINDING_ARN = "finding_arn"
    FINDING_ID = "finding_id"
    FIX_AVAILABLE = "fix_available"
    LAMBDA_LAYER = "lambda_layer"
    LAMBDA_NAME = "lambda_name"
    LAMBDA_ROLE = "lambda_role"
    LAMBDA_RUNTIME = "lambda_runtime"
    PROTOCOL = "protocol"
    REGION = "region"
    RELATED_VULNERABILITY = "related_vulnerability"
    RESOURCE_ID = "resource_id"
    RESOURCE_TYPE = "resource_type"
    SEVERITY = "severity"
    STATUS = "status"
    SUPPRESSED_BY = "suppressed_by"
    TITLE = "title"
    TYPE = "type"
    VENDOR_SEVERITY = "vendor_severity"
    VULNERABILITY_ID = "vulnerability_id"
    VULNERABILITY_SOURCE = "vulnerability_source"


class NumberField(StrEnum):
    """Fields that are numbers, or are not there."""

    EPSS = "epss"
    IN_USE_COUNT = "in_use_count"
    RISK = "risk"
    SCORE = "score"


class TimeField(StrEnum):
    """Fields that are times, or are not there."""

    ECR_PUSHED_AT = "ecr_pushed_at"
    FIRST_OBSERVED_AT = "first_observed_at"
    LAMBDA_MODIFIED_AT = "lambda_modified_at"
    LAST_IN_USE_AT = "last_in_use_at"
    LAST_OBSERVED_AT = "last_observed_at"
    UPDATED_AT = "updated_at"


class TextOperator(StrEnum):
    """How text is compared. Where a field has several values one must be equal, but all must be unequal."""

    EQUALS = "EQUALS"
    PREFIX = "PREFIX"
    NOT_EQUALS = "NOT_EQUALS"


class TextTest(msgspec.Struct, frozen=True, kw_only=True):
    """A comparison with a text."""

    operator: TextOperator
    value: str


class Text(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """A field of text passes a test."""

    field: TextField
    test: TextTest


class Number(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """A number lies between two others, both included; a missing number does not."""

    field: NumberField
    lower: float | None = None
    upper: float | None = None


class Time(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """A time lies between two others, both included; a missing time does not."""

    field: TimeField
    start: datetime | None = None
    end: datetime | None = None


class Ports(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """A network finding's port range lies wholly between two ports, both included.

    Wholly, so that a rule that suppresses port 22 does not hide that all ports are open.
    """

    begin: int = 0
    end: int = 65535


class Tagged(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """The resource has a tag, with this value where one is given."""

    key: str
    value: str | None = None


class Span(msgspec.Struct, frozen=True, kw_only=True):
    """Numbers between two others, both included."""

    lower: float | None = None
    upper: float | None = None


class PackageMatch(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """One of the finding's packages passes every test that is given.

    `version` and `release` are the parts of an rpm, Debian or Alpine version; elsewhere `release` is empty. `layer` is a digest,
    `layer_arn` a Lambda layer's ARN.
    """

    name: TextTest | None = None
    version: TextTest | None = None
    release: TextTest | None = None
    epoch: Span | None = None
    arch: TextTest | None = None
    path: TextTest | None = None
    layer: TextTest | None = None
    layer_arn: TextTest | None = None


class Not(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """What the other filter does not pass."""

    part: "Filter"


class All(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """What passes every part; with no parts, everything."""

    parts: tuple["Filter", ...]


class Any(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """What passes at least one part; with no parts, nothing."""

    parts: tuple["Filter", ...]


Filter = All | Any | Not | Text | Number | Time | Ports | Tagged | PackageMatch
