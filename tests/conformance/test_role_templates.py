"""The roles, as CloudFormation makes them, are the roles that the reference describes."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tools.generate_reference import ROOT, stale
from tools.role_templates import TEMPLATES

_BLOCK = re.compile(r"<!-- policy: (?P<name>[a-z-]+) -->\n```json\n(?P<text>.*?)\n```", re.DOTALL)
_ASKED_FOR = {"config", "make-snapshots", "metrics", "patching", "security-hub", "snapshots"}
_SCANNER, _SERVER = TEMPLATES


def _read(name: str) -> dict[str, Any]:
    read: dict[str, Any] = json.loads((ROOT / name).read_text())
    return read


def _plain(value: Any) -> Any:
    """A policy of a template as it stands in one account of the commercial partition."""
    match value:
        case {"Fn::Sub": str() as text}:
            text = text.replace("${AWS::Partition}", "aws")
            return text.replace("${AWS::AccountId}", "111111111111")
        case list():
            return [_plain(one) for one in value]
        case dict():
            return {key: _plain(one) for key, one in value.items()}
        case _:
            return value


def _given(name: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """The policies that the role always has, and those that are asked for."""
    resources = _read(name)["Resources"]
    always = resources["Role"]["Properties"]["Policies"]
    asked = [one["Properties"] for one in resources.values() if one["Type"].endswith("RolePolicy")]
    return _by_name(always), _by_name(asked)


def _by_name(policies: list[dict[str, Any]]) -> dict[str, Any]:
    return {one["PolicyName"]: _plain(one["PolicyDocument"]) for one in policies}


def _described(page: str) -> dict[str, Any]:
    return {one["name"]: json.loads(one["text"]) for one in _BLOCK.finditer(page)}


def test_they_are_as_they_would_be_written() -> None:
    assert set(stale()).isdisjoint(TEMPLATES)


def test_every_policy_of_the_page_is_given_and_no_other() -> None:
    home, _, page = (
        (ROOT / "docs/reference/iam.md").read_text().partition("## In every account that")
    )
    looked_into = _described(page)
    del looked_into["trust"]
    always, asked = _given(_SCANNER)
    assert always | asked == looked_into
    assert set(asked) == _ASKED_FOR
    at_home = _described(home)
    del at_home["reports"], at_home["databases"]
    always, asked = _given(_SERVER)
    assert always | asked == at_home | looked_into
    assert set(asked) == _ASKED_FOR | {"events", "messages"}


def test_nobody_enters_without_the_external_id() -> None:
    assert _read(_SCANNER)["Resources"]["Role"]["Properties"]["AssumeRolePolicyDocument"][
        "Statement"
    ] == [
        {
            "Sid": "VedetteMayEnter",
            "Effect": "Allow",
            "Principal": {
                "AWS": {"Fn::Sub": "arn:${AWS::Partition}:iam::${ServerAccount}:role/${ServerRole}"}
            },
            "Action": "sts:AssumeRole",
            "Condition": {"StringEquals": {"sts:ExternalId": {"Ref": "ExternalId"}}},
        }
    ]


@pytest.mark.parametrize("name", TEMPLATES)
def test_what_costs_or_changes_something_is_given_only_where_it_is_asked_for(name: str) -> None:
    read = _read(name)
    asked = [one for one in read["Resources"].values() if one["Type"].endswith("RolePolicy")]
    assert all(one["Condition"] in read["Conditions"] for one in asked)
    switches = [one for one in read["Parameters"].values() if len(one.get("AllowedValues", ())) > 1]
    assert {one["Default"] for one in switches} <= {"none", "no", "ec2"}


def test_cloudformation_takes_them() -> None:
    linter = Path(sys.executable).with_name("cfn-lint")
    done = subprocess.run(
        [linter, "--regions", "us-east-1", "--", *(ROOT / name for name in TEMPLATES)],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert (done.returncode, done.stdout) == (0, "")
