"""CloudFormation change sets: properties are what Terraform's attributes are, and the rest is said."""

import json
from typing import Any

import pytest

from tests.network.balanced import balancer_arn, group_arn
from tests.network.estates import permission, route, simple, tcp
from tests.network.test_balancers import alb
from tests.network.test_functions import ARN, OPEN_INVOKE, OPEN_URL, recorded
from tests.network.whatif.plans import (
    KNOWN_AFTER,
    change,
    change_set,
    compared,
    difference,
    plan,
    ports,
    stack,
    terraform,
    unknown,
)
from vedette.errors import ParseError
from vedette.network.whatif import cloudformation as cloudformation_module
from vedette.network.whatif.property_names import TYPES, has_no_part, snake
from vedette.network.whatif.resources.catalogue import KINDS

WORLD = ("0.0.0.0/0",)


def base() -> dict[str, Any]:
    estate = simple(tcp(22, v4=WORLD))
    estate.subnets[0]["Ipv6CidrBlockAssociationSet"] = []
    return estate.answers()


def rule(port: int, source: str = "0.0.0.0/0") -> dict[str, Any]:
    return {"IpProtocol": "tcp", "FromPort": port, "ToPort": str(port), "CidrIp": source}


def test_rules_inside_a_group() -> None:
    before = {"GroupDescription": "web", "VpcId": "vpc-1", "SecurityGroupIngress": [rule(22)]}
    after = before | {"SecurityGroupIngress": [rule(443, "198.51.100.0/24")], "Tags": []}
    document = change_set(stack("AWS::EC2::SecurityGroup", before, after, "sg-1"))
    found = difference(base(), document)
    assert (ports(found.opens), ports(found.closes)) == ([("i-1", 443)], [("i-1", 22)])


def test_a_rule_of_its_own() -> None:
    new = rule(443) | {"GroupId": "sg-1"}
    found = difference(base(), change_set(stack("AWS::EC2::SecurityGroupIngress", None, new)))
    assert ports(found.opens) == [("i-1", 443)]
    by_group = {"GroupId": "sg-1", "IpProtocol": "-1", "SourceSecurityGroupId": "sg-1"}
    document = change_set(stack("AWS::EC2::SecurityGroupIngress", None, by_group))
    assert difference(base(), document).opens == ()
    outbound = {"GroupId": "sg-1", "IpProtocol": "-1", "CidrIp": "0.0.0.0/0"}
    document = change_set(stack("AWS::EC2::SecurityGroupEgress", None, outbound))
    assert difference(base(), document).opens == ()


def test_a_new_group_lets_everything_out() -> None:
    new = {"GroupDescription": "web", "VpcId": "vpc-1"}
    done = plan(base(), change_set(stack("AWS::EC2::SecurityGroup", None, new)))
    assert done.unknown == ()
    made = done.snapshot.places[0].security_groups[-1]
    assert (made.group_id, len(made.ip_permissions_egress)) == ("sg-(It)", 1)


def test_entries_of_network_acls() -> None:
    new = {
        "NetworkAclId": "acl-1",
        "RuleNumber": 5,
        "RuleAction": "deny",
        "Protocol": 6,
        "Egress": "false",
        "CidrBlock": "0.0.0.0/0",
        "PortRange": {"From": 22, "To": 22},
    }
    document = change_set(stack("AWS::EC2::NetworkAclEntry", None, new))
    assert ports(difference(base(), document).closes) == [("i-1", 22)]
    every = {name: value for name, value in new.items() if name != "PortRange"} | {"Protocol": -1}
    document = change_set(stack("AWS::EC2::NetworkAclEntry", None, every))
    assert ports(difference(base(), document).closes) == [("i-1", 22)]
    icmp = new | {"Protocol": 1, "Icmp": {"Type": 8, "Code": -1}}
    answers = simple(permission("icmp", 8, 0, v4=WORLD)).answers()
    document = change_set(stack("AWS::EC2::NetworkAclEntry", None, icmp))
    assert difference(answers, document).closes


def test_routes_and_gateways() -> None:
    out = {
        "RouteTableId": "rtb-1",
        "DestinationCidrBlock": "0.0.0.0/0",
        "GatewayId": "igw-1",
    }
    document = change_set(stack("AWS::EC2::Route", out, None, "rtb-1|0.0.0.0/0"))
    assert ports(difference(base(), document).closes) == [("i-1", 22)]
    link = {"InternetGatewayId": "igw-1", "VpcId": "vpc-1"}
    document = change_set(stack("AWS::EC2::VPCGatewayAttachment", link, None, "IGW|vpc-1"))
    assert ports(difference(base(), document).closes) == [("i-1", 22)]
    block = {"InternetGatewayBlockMode": "block-bidirectional"}
    document = change_set(stack("AWS::EC2::VPCBlockPublicAccessOptions", None, block))
    assert ports(difference(base(), document).closes) == [("i-1", 22)]
    estate = simple(tcp(22, v4=WORLD))
    estate.table("rtb-2", "vpc-1", [route("10.1.0.0/16", "local")])
    link = {"RouteTableId": "rtb-2", "SubnetId": "subnet-1"}
    document = change_set(stack("AWS::EC2::SubnetRouteTableAssociation", None, link))
    assert ports(difference(estate.answers(), document).closes) == [("i-1", 22)]


def instance(**interface: Any) -> dict[str, Any]:
    whole = {
        "DeviceIndex": "0",
        "AssociatePublicIpAddress": True,
        "SubnetId": "subnet-1",
        "GroupSet": ["sg-1"],
    } | interface
    return {"ImageId": "ami-1", "InstanceType": "t3.nano", "NetworkInterfaces": [whole]}


def test_a_new_instance() -> None:
    document = change_set(stack("AWS::EC2::Instance", None, instance()))
    found = difference(base(), document)
    assert ports(found.opens) == [("i-(It)", 22)]
    strange = change_set(stack("AWS::EC2::Instance", None, instance(Colour="red")))
    assert unknown(plan(base(), strange)) == [("It", "network_interface.colour")]
    plain = {"SubnetId": "subnet-1", "SecurityGroupIds": ["sg-1"]}
    document = change_set(stack("AWS::EC2::Instance", None, plain))
    assert unknown(plan(base(), document)) == [("It", "associate_public_ip_address")]
    there = {"NetworkInterfaces": [{"NetworkInterfaceId": "eni-1", "DeviceIndex": 0}]}
    assert plan(base(), change_set(stack("AWS::EC2::Instance", None, there))).unknown == ()


def test_a_group_that_is_not_known_yet() -> None:
    document = change_set(stack("AWS::EC2::Instance", None, instance(GroupSet=[KNOWN_AFTER])))
    assert ("It", "vpc_security_group_ids") in unknown(plan(base(), document))
    document = change_set(
        stack("AWS::EC2::SecurityGroupIngress", None, rule(443) | {"GroupId": KNOWN_AFTER})
    )
    done = plan(base(), document)
    assert unknown(done) == [("It", ""), ("It", "security_group_id")]
    new = {"VpcId": "vpc-1", "SecurityGroupIngress": [rule(443, KNOWN_AFTER)]}
    done = plan(base(), change_set(stack("AWS::EC2::SecurityGroup", None, new)))
    assert ("It.ingress[0]", "cidr_blocks") in unknown(done)
    nested = {"VpcId": "{{resolve:ssm:/vpc}}", "SecurityGroupIngress": []}
    done = plan(base(), change_set(stack("AWS::EC2::SecurityGroup", None, nested)))
    assert unknown(done) == [("It", "vpc_id")]


def test_what_is_replaced_and_what_is_kept() -> None:
    out = {"GroupDescription": "a", "VpcId": "vpc-1", "SecurityGroupIngress": []}
    new = out | {"GroupDescription": "b"}
    replaced = stack("AWS::EC2::SecurityGroup", out, new, "sg-1", Replacement="True")
    done = plan(base(), change_set(replaced))
    groups = [one.group_id for one in done.snapshot.places[0].security_groups]
    assert groups == ["sg-(It)"]
    perhaps = stack("AWS::EC2::SecurityGroup", out, new, "sg-1", Replacement="Conditional")
    assert unknown(plan(base(), change_set(perhaps))) == [("It", "Replacement")]
    kept = stack("AWS::EC2::SecurityGroup", out, None, "sg-1", PolicyAction="Retain")
    assert difference(base(), change_set(kept)).closes == ()


def test_load_balancers() -> None:
    answers = alb().answers()
    arn = answers["elbv2.describe-listeners/web"]["Listeners"][0]["ListenerArn"]
    forward = {
        "Type": "forward",
        "ForwardConfig": {"TargetGroups": [{"TargetGroupArn": group_arn("web"), "Weight": 1}]},
    }
    there = {"LoadBalancerArn": balancer_arn("web"), "Port": 80, "Protocol": "HTTP"}
    before = there | {"DefaultActions": [forward]}
    after = there | {"DefaultActions": [{"Type": "redirect", "RedirectConfig": {"Port": "443"}}]}
    document = change_set(stack("AWS::ElasticLoadBalancingV2::Listener", before, after, arn))
    assert ports(difference(answers, document).closes) == [("i-1", 8080)]
    condition = {"Field": "path-pattern", "Values": ["/*"]}
    narrow = {"Field": "source-ip", "SourceIpConfig": {"Values": ["0.0.0.0/1"]}}
    rule_ = {
        "ListenerArn": arn,
        "Priority": 1,
        "Conditions": [condition, narrow],
        "Actions": [{"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "403"}}],
    }
    document = change_set(stack("AWS::ElasticLoadBalancingV2::ListenerRule", None, rule_))
    assert ports(difference(answers, document).closes) == [("i-1", 8080)]
    for strange in ([5], 5):
        document = change_set(
            stack(
                "AWS::ElasticLoadBalancingV2::ListenerRule", None, rule_ | {"Conditions": strange}
            )
        )
        assert unknown(plan(answers, document)) == [("It", "")]


def test_a_new_load_balancer_and_targets_inside_a_group() -> None:
    answers = alb().answers()
    new = {
        "Name": "web2",
        "Scheme": "internet-facing",
        "Subnets": ["subnet-lb", "subnet-app"],
        "SecurityGroups": ["sg-lb"],
        "LoadBalancerAttributes": [{"Key": "idle_timeout.timeout_seconds", "Value": "1"}],
    }
    made = difference(
        answers, change_set(stack("AWS::ElasticLoadBalancingV2::LoadBalancer", None, new))
    )
    assert ports(made.opens) == []  # nothing listens yet
    plain = {name: value for name, value in new.items() if name != "Scheme"}
    document = change_set(stack("AWS::ElasticLoadBalancingV2::LoadBalancer", None, plain))
    assert plan(answers, document).unknown == ()
    hidden = new | {"Scheme": KNOWN_AFTER}
    document = change_set(stack("AWS::ElasticLoadBalancingV2::LoadBalancer", None, hidden))
    assert unknown(plan(answers, document)) == [("It", "internal")]
    group = {
        "Port": 8080,
        "Protocol": "HTTP",
        "VpcId": "vpc-1",
        "HealthCheckPath": "/",
        "TargetGroupAttributes": [
            {"Key": "preserve_client_ip.enabled", "Value": "true"},
            {"Key": "stickiness.enabled", "Value": "true"},
        ],
    }
    before = group | {"Targets": [{"Id": "i-1", "Port": 8080}]}
    document = change_set(
        stack("AWS::ElasticLoadBalancingV2::TargetGroup", before, group, group_arn("web"))
    )
    assert ports(difference(answers, document).closes) == [("i-1", 8080)]
    document = change_set(
        stack(
            "AWS::ElasticLoadBalancingV2::TargetGroup",
            group | {"Targets": [5]},
            group,
            group_arn("web"),
        )
    )
    assert unknown(plan(answers, document)) == [("It.Targets[0]", "")]


def test_functions() -> None:
    answers = recorded(OPEN_URL, OPEN_INVOKE)
    url = {"TargetFunctionArn": ARN, "AuthType": "NONE"}
    document = change_set(stack("AWS::Lambda::Url", url, url | {"AuthType": "AWS_IAM"}, ARN))
    assert difference(answers, document).closes
    permission_ = {
        "FunctionName": "f",
        "Action": "lambda:InvokeFunctionUrl",
        "Principal": "*",
        "FunctionUrlAuthType": "NONE",
    }
    document = change_set(stack("AWS::Lambda::Permission", permission_, None, OPEN_URL["Sid"]))
    assert difference(answers, document).closes
    document = change_set(stack("AWS::Lambda::Function", {"Code": {}}, {"Code": {"a": 1}}, "f"))
    assert difference(answers, document).closes == ()


def test_what_has_no_part_and_what_is_not_modelled() -> None:
    document = change_set(
        stack("AWS::IAM::Role", None, {}),
        stack("AWS::IAM::Role", None, {}),
        stack("AWS::CDK::Metadata", {}, {}),
        stack("AWS::AutoScaling::AutoScalingGroup", None, {}, LogicalResourceId="Group"),
        stack("Custom::Thing", None, {}, LogicalResourceId="Thing"),
        stack("AWS::EC2::Route", {}, {}, Action="Import", LogicalResourceId="Way"),
        {"Type": "Hook"},
    )
    done = plan(base(), document)
    assert done.ignored == (("AWS::CDK::Metadata", 1), ("AWS::IAM::Role", 2))
    assert unknown(done) == [
        ("Group", ""),
        ("Thing", ""),
        ("Way", "Action"),
        ("change set", "Hook"),
    ]


def test_what_was_not_recorded_in_full() -> None:
    bare = stack("AWS::EC2::Route", {}, {}, "r")
    del bare["ResourceChange"]["BeforeContext"]
    del bare["ResourceChange"]["AfterContext"]
    document = change_set(bare, NextToken="x", Status="FAILED", StatusReason="no")
    assert unknown(plan(base(), document)) == [
        ("It", "AfterContext"),
        ("It", "BeforeContext"),
        ("change set", "NextToken"),
        ("change set", "Status"),
    ]
    document = change_set(Status="CREATE_PENDING")
    assert plan(base(), document).unknown[0].reason == "it is CREATE_PENDING: no reason is given"


@pytest.mark.parametrize("context", ["{", "[]", '{"Properties": 5}', "[" * 5000])
def test_a_malformed_context(context: str) -> None:
    document = change_set(stack("AWS::EC2::Route", None, {}, AfterContext=context))
    with pytest.raises(ParseError, match="context"):
        plan(base(), document)


def test_a_context_without_properties_and_lists_that_are_none() -> None:
    document = change_set(stack("AWS::EC2::InternetGateway", None, {}, AfterContext="{}"))
    assert plan(base(), document).unknown == ()
    new = {"VpcId": "vpc-1", "SecurityGroupIngress": 5}
    document = change_set(stack("AWS::EC2::SecurityGroup", None, new))
    assert unknown(plan(base(), document)) == [("It", "")]


def test_malformed_change_sets() -> None:
    for document in (
        {"StackName": "x", "Changes": [5]},
        {"StackName": "x", "Changes": [{"ResourceChange": {"Action": "Add"}}]},
    ):
        with pytest.raises(ParseError, match="not a change set"):
            plan(base(), document)


def test_names() -> None:
    assert [
        snake(one) for one in ("VpcId", "CidrIpv6", "IpProtocol", "DNSName", "Ipv6CidrBlock")
    ] == [
        "vpc_id",
        "cidr_ipv6",
        "ip_protocol",
        "dns_name",
        "ipv6_cidr_block",
    ]
    known = {kind.type for kind in KINDS}
    assert {one.type for one in TYPES.values()} <= known
    assert not any(has_no_part(one) for one in TYPES)


def test_a_change_set_and_a_plan_say_the_same() -> None:
    """The same rule in both languages."""
    new = {
        "security_group_id": "sg-1",
        "ip_protocol": "tcp",
        "from_port": 443,
        "to_port": 443,
        "cidr_ipv4": "198.51.100.0/24",
    }
    of_plan = plan(base(), terraform(change("aws_vpc_security_group_ingress_rule.a", None, new)))
    whole = rule(443, "198.51.100.0/24") | {"GroupId": "sg-1"}
    of_set = plan(base(), change_set(stack("AWS::EC2::SecurityGroupIngress", None, whole)))
    assert of_plan.snapshot == of_set.snapshot
    assert compared(base(), of_plan) == compared(base(), of_set)
    assert json.dumps(of_plan.ignored) == json.dumps(of_set.ignored)


def test_too_many_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cloudformation_module, "_MOST", 10)
    with pytest.raises(ParseError, match="more than 10 changes"):
        plan(base(), change_set() | {"Changes": [{}] * 11})
