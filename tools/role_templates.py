"""The CloudFormation templates of the two roles, made of the policies in the reference; `generate_reference` writes them.

A statement changes in one place, `docs/reference/iam.md`, which a test holds against the calls in the source.
"""

import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
_PAGE = ROOT / "docs/reference/iam.md"
_AT_HOME = "In the account that vedette runs in"
_LOOKED_INTO = "In every account that is looked into"
_HOME = "111111111111"
_POLICY = re.compile(r"<!-- policy: (?P<name>[a-z-]+) -->\n```json\n(?P<text>.*?)\n```", re.DOTALL)
_OPTIONAL = {
    "events": "PublishesEvents",
    "messages": "SendsMessages",
    "snapshots": "ReadsSnapshots",
    "make-snapshots": "MakesSnapshots",
    "metrics": "CountsInCloudWatch",
    "config": "AnswersConfig",
    "security-hub": "PublishesToSecurityHub",
    "patching": "Patches",
}
"""Policies that are given only where a parameter asks for them, and the condition that stands for it."""
_ELSEWHERE = {"databases", "reports", "trust"}
"""The trust policy, and what names buckets of the user's: the page says how to allow these."""

_Json = dict[str, Any]


def _switch(description: str) -> _Json:
    return {
        "Type": "String",
        "AllowedValues": ["no", "yes"],
        "Default": "no",
        "Description": description,
    }


_RUNS: _Json = {
    "RoleName": {
        "Type": "String",
        "AllowedPattern": "[A-Za-z0-9+=,.@_-]{1,64}",
        "Default": "VedetteServer",
        "Description": "The role's name",
    },
    "RunsOn": {
        "Type": "String",
        "AllowedValues": ["ec2", "ecs-tasks"],
        "Default": "ec2",
        "Description": "Whether vedette runs on an instance or in a task of ECS",
    },
}
_ENTERED: _Json = {
    "ServerAccount": {
        "Type": "String",
        "AllowedPattern": "[0-9]{12}",
        "Description": "The account that vedette runs in",
    },
    "ServerRole": {
        "Type": "String",
        "AllowedPattern": "[A-Za-z0-9+=,.@_/-]{1,512}",
        "Default": "VedetteServer",
        "Description": "The role that it runs as there, with its path",
    },
    "ExternalId": {
        "Type": "String",
        "AllowedPattern": "[A-Za-z0-9+=,.@:/_-]{2,1224}",
        "Description": "A value of your own, the same as in VEDETTE_EXTERNAL_ID",
    },
    "RoleName": {
        "Type": "String",
        "AllowedPattern": "[A-Za-z0-9+=,.@_-]{1,64}",
        "Default": "VedetteScanner",
        "Description": "The role's name, the same as in VEDETTE_ROLE_NAME",
    },
}
_SWITCHES: _Json = {
    "Agentless": {
        "Type": "String",
        "AllowedValues": ["none", "existing", "create"],
        "Default": "none",
        "Description": "Instances without an agent: not read, from their existing snapshots, or from snapshots made for it",
    },
    "CloudWatch": _switch("Whether findings are counted in CloudWatch"),
    "Config": _switch("Whether AWS Config's invocations are answered"),
    "SecurityHub": _switch("Whether findings are published to Security Hub"),
    "Patching": _switch("Whether vedette may run the patch baseline on instances"),
}
_HOME_SWITCHES: _Json = {
    "EventBridge": _switch("Whether findings are published as events"),
    "Messages": _switch("Whether findings are sent to the topics called vedette-findings"),
}
_HOME_CONDITIONS: _Json = {
    "OnInstance": {"Fn::Equals": [{"Ref": "RunsOn"}, "ec2"]},
    "PublishesEvents": {"Fn::Equals": [{"Ref": "EventBridge"}, "yes"]},
    "SendsMessages": {"Fn::Equals": [{"Ref": "Messages"}, "yes"]},
}
_CONDITIONS: _Json = {
    "AnswersConfig": {"Fn::Equals": [{"Ref": "Config"}, "yes"]},
    "CountsInCloudWatch": {"Fn::Equals": [{"Ref": "CloudWatch"}, "yes"]},
    "MakesSnapshots": {"Fn::Equals": [{"Ref": "Agentless"}, "create"]},
    "Patches": {"Fn::Equals": [{"Ref": "Patching"}, "yes"]},
    "PublishesToSecurityHub": {"Fn::Equals": [{"Ref": "SecurityHub"}, "yes"]},
    "ReadsSnapshots": {"Fn::Not": [{"Fn::Equals": [{"Ref": "Agentless"}, "none"]}]},
}


def scanner() -> str:
    """The template of the role in every account that is looked into."""
    policies = _policies(_LOOKED_INTO)
    trust = policies["trust"]
    trust["Statement"][0]["Principal"] = {
        "AWS": {"Fn::Sub": "arn:${AWS::Partition}:iam::${ServerAccount}:role/${ServerRole}"}
    }
    trust["Statement"][0]["Condition"] = {"StringEquals": {"sts:ExternalId": {"Ref": "ExternalId"}}}
    return _text(
        "The role by which vedette looks into this account",
        {**_ENTERED, **_SWITCHES},
        _CONDITIONS,
        _role("Entered by vedette to look into this account", trust, policies),
    )


def server() -> str:
    """The template of the role that vedette runs as: it looks into its own account with that."""
    trust = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {
                    "Service": {
                        "Fn::If": [
                            "OnInstance",
                            {"Fn::Sub": "ec2.${AWS::URLSuffix}"},
                            "ecs-tasks.amazonaws.com",
                        ]
                    }
                },
                "Action": "sts:AssumeRole",
            }
        ],
    }
    resources = _role(
        "What vedette runs as",
        trust,
        {**_policies(_AT_HOME), **_policies(_LOOKED_INTO)},
    )
    resources["Profile"] = {
        "Type": "AWS::IAM::InstanceProfile",
        "Condition": "OnInstance",
        "Properties": {"Roles": [{"Ref": "Role"}]},
    }
    return _text(
        "The role that vedette runs as",
        {**_RUNS, **_SWITCHES, **_HOME_SWITCHES},
        {**_CONDITIONS, **_HOME_CONDITIONS},
        resources,
    )


TEMPLATES: Mapping[str, Callable[[], str]] = {
    "deploy/cloudformation/scanner-role.json": scanner,
    "deploy/cloudformation/server-role.json": server,
}


def _policies(section: str) -> _Json:
    text = _PAGE.read_text().partition(f"\n## {section}\n")[2].partition("\n## ")[0]
    return {one["name"]: json.loads(one["text"]) for one in _POLICY.finditer(text)}


def _role(description: str, trust: _Json, policies: _Json) -> _Json:
    given = {one: policies[one] for one in policies if one not in _ELSEWHERE}
    resources: _Json = {
        "Role": {
            "Type": "AWS::IAM::Role",
            "Properties": {
                "RoleName": {"Ref": "RoleName"},
                "Description": description,
                "AssumeRolePolicyDocument": trust,
                "Policies": [
                    {"PolicyName": one, "PolicyDocument": _portable(policy)}
                    for one, policy in given.items()
                    if one not in _OPTIONAL
                ],
            },
        }
    }
    for one in sorted(_OPTIONAL.keys() & given.keys()):
        resources[_OPTIONAL[one]] = {
            "Type": "AWS::IAM::RolePolicy",
            "Condition": _OPTIONAL[one],
            "Properties": {
                "RoleName": {"Ref": "Role"},
                "PolicyName": one,
                "PolicyDocument": _portable(given[one]),
            },
        }
    return resources


def _text(description: str, parameters: _Json, conditions: _Json, resources: _Json) -> str:
    whole = {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": f"{description} (written by tools/role_templates.py)",
        "Parameters": parameters,
        "Conditions": conditions,
        "Resources": resources,
        "Outputs": {"RoleArn": {"Value": {"Fn::GetAtt": ["Role", "Arn"]}}},
    }
    return json.dumps(whole, indent=2) + "\n"


def _portable(value: Any) -> Any:
    match value:
        case str() if value.startswith("arn:aws:"):
            value = value.replace("arn:aws:", "arn:${AWS::Partition}:", 1)
            return {"Fn::Sub": value.replace(_HOME, "${AWS::AccountId}")}
        case list():
            return [_portable(one) for one in value]
        case dict():
            return {key: _portable(one) for key, one in value.items()}
        case _:
            return value
