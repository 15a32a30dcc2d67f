"""The document: its shape, its order, and the same bytes for the same network."""

import json
import random
from typing import Any

from inline_snapshot import snapshot

from tests.network.estates import PLACE, random_estate, simple, tcp
from tests.network.test_functions import OPEN_URL, recorded
from vedette.network.codes import Code
from vedette.network.describe import snapshot_from
from vedette.network.intended import Intended, Unmet
from vedette.network.normalise.topology import topology_of
from vedette.network.reach import reach
from vedette.network.report import encode, intents_document, reach_document


def document(answers: dict[str, Any]) -> dict[str, Any]:
    out: dict[str, Any] = reach_document(reach(topology_of(snapshot_from({PLACE: answers}))))
    return out


def test_the_document() -> None:
    estate = simple(tcp(22, v4=("198.51.100.0/24",)))
    (exposure,) = document(estate.answers())["exposures"]
    exposure["closing_changes"] = exposure["closing_changes"][:1]
    assert exposure == snapshot(
        {
            "edge": "internet-v4",
            "interface": "eni-1",
            "address": "54.1.1.1",
            "resource": "i-1",
            "owner": None,
            "account": "111122223333",
            "region": "eu-west-1",
            "protocol": "TCP",
            "ports": [22, 22],
            "sources": "set-9e6315b57545",
            "whole": False,
            "return_path": True,
            "through": None,
            "labels": [],
            "witness": {
                "protocol": "TCP",
                "source": "198.51.100.0",
                "source_port": 49152,
                "destination": "54.1.1.1",
                "destination_port": 22,
            },
            "path": [
                {
                    "component_type": "AWS::EC2::InternetGateway",
                    "component_id": "igw-1",
                    "arn": "arn:aws:ec2:eu-west-1:111122223333:internet-gateway/igw-1",
                    "rule": None,
                    "because": "to 54.1.1.1, which is 10.1.0.11",
                },
                {
                    "component_type": "AWS::EC2::NetworkAcl",
                    "component_id": "acl-1",
                    "arn": "arn:aws:ec2:eu-west-1:111122223333:network-acl/acl-1",
                    "rule": "100",
                    "because": "entry 100 allows everything: 0.0.0.0/0",
                },
                {
                    "component_type": "AWS::EC2::SecurityGroup",
                    "component_id": "sg-1",
                    "arn": "arn:aws:ec2:eu-west-1:111122223333:security-group/sg-1",
                    "rule": "sg-1/tcp/22-22/198.51.100.0/24",
                    "because": "the rule lets in TCP 22 from 198.51.100.0/24",
                },
                {
                    "component_type": "AWS::EC2::NetworkInterface",
                    "component_id": "eni-1",
                    "arn": "arn:aws:ec2:eu-west-1:111122223333:network-interface/eni-1",
                    "rule": None,
                    "because": "it has 10.1.0.11",
                },
                {
                    "component_type": "AWS::EC2::Instance",
                    "component_id": "i-1",
                    "arn": "arn:aws:ec2:eu-west-1:111122223333:instance/i-1",
                    "rule": None,
                    "because": "it is running",
                },
            ],
            "return": [
                {
                    "component_type": "AWS::EC2::NetworkInterface",
                    "component_id": "eni-1",
                    "arn": "arn:aws:ec2:eu-west-1:111122223333:network-interface/eni-1",
                    "rule": None,
                    "because": "the answer passes its security groups because the request was let in",
                },
                {
                    "component_type": "AWS::EC2::NetworkAcl",
                    "component_id": "acl-1",
                    "arn": "arn:aws:ec2:eu-west-1:111122223333:network-acl/acl-1",
                    "rule": "100",
                    "because": "entry 100 allows everything: 0.0.0.0/0",
                },
                {
                    "component_type": "AWS::EC2::RouteTable",
                    "component_id": "rtb-1",
                    "arn": "arn:aws:ec2:eu-west-1:111122223333:route-table/rtb-1",
                    "rule": "0.0.0.0/0",
                    "because": "route 0.0.0.0/0 leads to igw-1",
                },
                {
                    "component_type": "AWS::EC2::InternetGateway",
                    "component_id": "igw-1",
                    "arn": "arn:aws:ec2:eu-west-1:111122223333:internet-gateway/igw-1",
                    "rule": None,
                    "because": "from 10.1.0.11 to 54.1.1.1",
                },
            ],
            "inspector_path": [
                {
                    "component_type": "AWS::EC2::InternetGateway",
                    "component_id": "igw-1",
                    "arn": "arn:aws:ec2:eu-west-1:111122223333:internet-gateway/igw-1",
                },
                {
                    "component_type": "AWS::EC2::NetworkAcl",
                    "component_id": "acl-1",
                    "arn": "arn:aws:ec2:eu-west-1:111122223333:network-acl/acl-1",
                },
                {
                    "component_type": "AWS::EC2::SecurityGroup",
                    "component_id": "sg-1",
                    "arn": "arn:aws:ec2:eu-west-1:111122223333:security-group/sg-1",
                },
                {
                    "component_type": "AWS::EC2::NetworkInterface",
                    "component_id": "eni-1",
                    "arn": "arn:aws:ec2:eu-west-1:111122223333:network-interface/eni-1",
                },
                {
                    "component_type": "AWS::EC2::Instance",
                    "component_id": "i-1",
                    "arn": "arn:aws:ec2:eu-west-1:111122223333:instance/i-1",
                },
            ],
            "closing_changes": [
                {
                    "changes": [
                        {
                            "kind": "revoke-security-group-rule",
                            "component": "sg-1",
                            "rule": "sg-1/tcp/22-22/198.51.100.0/24",
                            "note": "",
                        }
                    ],
                    "breaks": [],
                    "broken": 0,
                }
            ],
        }
    )
    found = document(simple(tcp(22, v4=("198.51.100.0/24",)), public=None).answers())
    assert list(found) == [
        "schema",
        "source_sets",
        "exposures",
        "not_reachable",
        "unknown",
        "assumptions",
    ]
    assert found["schema"] == "vedette-reach/1"
    assert found["not_reachable"] == snapshot(
        [
            {
                "edge": "internet-v4",
                "interface": "eni-1",
                "address": "10.1.0.11",
                "resource": "i-1",
                "code": Code.IGW_PRIVATE_IP_ASSOCIATION_FOR_INGRESS,
                "component": "eni-1",
                "reason": "the address has no public IPv4 address",
            }
        ]
    )


def test_source_sets_are_named_by_their_content() -> None:
    found = document(
        simple(tcp(22, v4=("198.51.100.0/24",)), tcp(80, v4=("198.51.100.0/24",))).answers()
    )
    (name,) = found["source_sets"]
    assert found["source_sets"][name] == ["198.51.100.0/24"]
    assert {one["sources"] for one in found["exposures"]} == {name}


def test_a_function_has_no_witness() -> None:
    (exposure,) = document(recorded(OPEN_URL))["exposures"]
    assert (exposure["witness"], exposure["interface"], exposure["edge"]) == (
        None,
        None,
        "lambda-url",
    )


def test_the_same_bytes_whatever_the_order_of_the_answers() -> None:
    for seed in range(20):
        answers = random_estate(seed).answers()
        first = encode(document(answers))
        shuffled = json.loads(json.dumps(answers))
        rng = random.Random(seed)
        for answer in shuffled.values():
            for items in answer.values():
                if isinstance(items, list):
                    rng.shuffle(items)
        assert encode(document(shuffled)) == first
        assert json.loads(first)["schema"] == "vedette-reach/1"


def test_the_document_beside_intents() -> None:
    answers = reach(
        topology_of(snapshot_from({PLACE: simple(tcp(22, v4=("0.0.0.0/0",))).answers()}))
    )
    unmet = Unmet(intent="web", resource="i-1", code="X", component="sg-1", reason="r")
    told = intents_document(answers, Intended(expected=(("office",),), unmet=(unmet,), untold=2))
    assert [one.pop("expected_by") for one in told["exposures"]] == [["office"]]
    assert told.pop("unmet_intents") == [
        {"intent": "web", "resource": "i-1", "code": "X", "component": "sg-1", "reason": "r"}
    ]
    assert told.pop("untold_unmet_intents") == 2
    assert told == reach_document(answers)
