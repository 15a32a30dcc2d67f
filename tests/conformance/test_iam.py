"""The policies in the reference allow what the source calls: all of it, and nothing else."""

import ast
import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import botocore.session
import pytest
from botocore import xform_name

import vedette
from vedette.integrations.patch_manager import DOCUMENT
from vedette.network import calls

_SOURCE = Path(vedette.__file__).parent
_PAGE = Path(__file__).parents[2] / "docs/reference/iam.md"
_BLOCK = re.compile(r"<!-- policy: (?P<name>[a-z-]+) -->\n```json\n(?P<text>.*?)\n```", re.DOTALL)
_METHODS = {"call", "listing", "pages"}
_DEMO = _SOURCE / "cli/commands/demo.py"
"""It looks into a queue of the simulated estate, never into AWS."""
_SERVICES = {"elb": "elasticloadbalancing", "elbv2": "elasticloadbalancing"}
_ACTIONS = {
    "lambda:GetLayerVersionByArn": "lambda:GetLayerVersion",
    "s3:CompleteMultipartUpload": "s3:PutObject",
    "s3:CreateMultipartUpload": "s3:PutObject",
    "s3:UploadPart": "s3:PutObject",
    "sns:PublishBatch": "sns:Publish",
}
"""Operations whose permission has another name (Service Authorization Reference)."""
_LOOKS = ("Describe", "GET", "List", "Get", "BatchGet", "Search")
_APIS = {"apigateway", "apigatewayv2"}
_API_GATEWAY = "apigateway:GET"
"""API Gateway's permissions are named after the HTTP method."""
_FREE = {"sts:GetCallerIdentity"}
_IMPLIED = {"kms:Decrypt", "kms:GenerateDataKey"}
"""What S3 does in the caller's name where a bucket's objects are encrypted with a key (S3 User Guide, "Uploading a large file with KMS")."""
_WITH = {"ec2:CreateTags"}
"""Asked for beside `ec2:CreateSnapshot`, which tags what it makes."""
_NARROWED = {"cloudwatch:PutMetricData"}
_WITHOUT_RESOURCES = {*_NARROWED, "config:PutEvaluations"}
"""Actions that AWS knows no resources of: a condition narrows them, or the token that they need."""
_UNUSED = {calls.GET_URL}
"""Read from recorded directories only."""

Policy = dict[str, Any]


@cache
def _policies() -> dict[str, Policy]:
    return {
        found["name"]: json.loads(found["text"]) for found in _BLOCK.finditer(_PAGE.read_text())
    }


def _listed(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


def _statements() -> Iterator[tuple[str, Policy]]:
    for name, policy in _policies().items():
        for statement in policy["Statement"]:
            yield name, statement


def _literal_calls(tree: ast.AST) -> Iterator[tuple[str, str]]:
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
            continue
        if node.func.attr not in _METHODS:
            continue
        names = [one.value for one in node.args[:2] if isinstance(one, ast.Constant)]
        if len(names) == 2 and all(isinstance(one, str) for one in names):
            yield str(names[0]), str(names[1])


def _recorded_calls() -> Iterator[tuple[str, str]]:
    named = (
        {one.name for one in (*calls.CALLS, *calls.GLOBAL_CALLS)}
        | set(calls.BY_ID)
        | {calls.BLOCK_OPTIONS}
    )
    for name in named - _UNUSED:
        service, _, operation = name.partition(".")
        yield service, operation.replace("-", "_")


@cache
def _operations(service: str) -> dict[str, str]:
    """boto3's name of each operation → its own."""
    model = botocore.session.Session().get_service_model(service)
    return {xform_name(name): name for name in model.operation_names}


@cache
def _called() -> frozenset[str]:
    made = set(_recorded_calls())
    for path in _SOURCE.rglob("*.py"):
        if path != _DEMO:
            made.update(_literal_calls(ast.parse(path.read_text())))
    actions = set()
    for service, operation in made:
        action = f"{_SERVICES.get(service, service)}:{_operations(service)[operation]}"
        actions.add(_API_GATEWAY if service in _APIS else _ACTIONS.get(action, action))
    return frozenset((actions | _WITH) - _FREE)


def _allowed() -> set[str]:
    return {action for _, one in _statements() for action in _listed(one["Action"])}


def test_every_call_in_the_source_is_found() -> None:
    assert {
        "ec2:DescribeInstances",
        "ssm:ListInventoryEntries",
        "ecr:GetDownloadUrlForLayer",
        "lambda:GetLayerVersion",
        "elasticloadbalancing:DescribeTargetHealth",
        "securityhub:BatchImportFindings",
        "events:PutEvents",
        "sts:AssumeRole",
    } <= _called()


def test_what_the_source_calls_is_allowed_and_nothing_else() -> None:
    assert sorted(_allowed() - _IMPLIED) == sorted(_called())


def test_no_action_is_a_pattern() -> None:
    assert not [action for action in _allowed() if "*" in action or "?" in action]


def test_the_calls_of_the_analysis_are_in_the_policy_of_the_network() -> None:
    services = {"ec2", "elasticloadbalancing"}
    wanted = {
        f"{_SERVICES.get(service, service)}:{_operations(service)[operation]}"
        for service, operation in _recorded_calls()
    }
    (statement,) = _policies()["network"]["Statement"]
    assert statement["Action"] == sorted(
        action
        for action in wanted - {"ec2:DescribeInstances"}
        if action.partition(":")[0] in services
    )


@pytest.mark.parametrize(
    "name", ["instances", "images", "functions", "network", "apis", "services"]
)
def test_what_only_looks_cannot_change_anything(name: str) -> None:
    for statement in _policies()[name]["Statement"]:
        for action in _listed(statement["Action"]):
            verb = action.partition(":")[2]
            assert verb.startswith(_LOOKS)


def test_roles_are_entered_with_the_external_id_only() -> None:
    (statement,) = _policies()["trust"]["Statement"]
    assert statement["Action"] == "sts:AssumeRole"
    assert list(statement["Condition"]["StringEquals"]) == ["sts:ExternalId"]
    assert "*" not in statement["Principal"]["AWS"]


def test_what_changes_something_names_what() -> None:
    for name, statement in _statements():
        for action in _listed(statement["Action"]):
            writes = not action.partition(":")[2].startswith(_LOOKS)
            if writes and name != "trust" and action not in _WITHOUT_RESOURCES:
                assert statement["Resource"] != "*", action


def test_what_has_no_resources_has_a_condition() -> None:
    for _, statement in _statements():
        if _NARROWED & set(_listed(statement["Action"])):
            assert statement["Condition"]


def test_only_one_document_may_be_run() -> None:
    resources = [
        statement["Resource"]
        for statement in _policies()["patching"]["Statement"]
        if statement["Action"] == "ssm:SendCommand"
    ]
    assert resources == [f"arn:aws:ssm:*::document/{DOCUMENT}", "arn:aws:ec2:*:*:instance/*"]


def test_policies_are_as_aws_takes_them() -> None:
    for name, statement in _statements():
        assert set(statement) <= {"Sid", "Effect", "Action", "Resource", "Condition", "Principal"}
        assert statement["Effect"] == "Allow"
        assert ("Resource" in statement) is (name != "trust")
    names = [statement["Sid"] for _, statement in _statements()]
    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"[A-Za-z0-9]+", one) for one in names)
