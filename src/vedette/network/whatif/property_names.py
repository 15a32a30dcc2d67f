"""CloudFormation's resource types and properties, as the ones of Terraform's provider that they are.

Source: CloudFormation template reference, one page for each type. A property without an entry is spelled the same, in
snake case. `None` drops a property that says nothing about traffic and has no counterpart.
"""

import re
from collections.abc import Mapping
from typing import Any

from vedette.network.whatif.property_types import SERVICES, Names

_WORD = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


_RULE = {
    "IpProtocol": "protocol",
    "CidrIp": "cidr_blocks",
    "CidrIpv6": "ipv6_cidr_blocks",
    "SourcePrefixListId": "prefix_list_ids",
    "DestinationPrefixListId": "prefix_list_ids",
    "SourceSecurityGroupId": "security_groups",
    "DestinationSecurityGroupId": "security_groups",
}
_SINGLE = {
    "GroupId": "security_group_id",
    "CidrIp": "cidr_ipv4",
    "SourceSecurityGroupId": "referenced_security_group_id",
    "DestinationSecurityGroupId": "referenced_security_group_id",
    "SourcePrefixListId": "prefix_list_id",
    "DestinationPrefixListId": "prefix_list_id",
}
_ACTION = {
    "AuthenticateOidcConfig": "authenticate_oidc",
    "AuthenticateCognitoConfig": "authenticate_cognito",
    "ForwardConfig": "forward",
    "TargetGroups": "target_group",
    "FixedResponseConfig": None,
    "RedirectConfig": None,
}
_CONDITION = {
    "HostHeaderConfig": "host_header",
    "PathPatternConfig": "path_pattern",
    "HttpRequestMethodConfig": "http_request_method",
    "SourceIpConfig": "source_ip",
    "HttpHeaderConfig": "http_header",
    "QueryStringConfig": "query_string",
}
NESTED: Mapping[str, Mapping[str, str | None]] = {
    "ingress": _RULE,
    "egress": _RULE,
    "default_action": _ACTION,
    "action": _ACTION,
    "forward": _ACTION,
    "target_group": {"TargetGroupArn": "arn"},
    "condition": _CONDITION,
    "network_interface": {"GroupSet": "security_groups"},
    "vpc_origin_endpoint_config": {"HTTPPort": "http_port", "HTTPSPort": "https_port"},
    "endpoint_configuration": {
        "ClientIPPreservationEnabled": "client_ip_preservation_enabled",
        "AttachmentArn": None,
    },
}
"""The names inside blocks, by the block's own name."""

TYPES = {
    "AWS::EC2::VPC": Names("aws_vpc"),
    "AWS::EC2::Subnet": Names("aws_subnet"),
    "AWS::EC2::SecurityGroup": Names(
        "aws_security_group",
        {
            "GroupDescription": "description",
            "GroupName": "name",
            "SecurityGroupIngress": "ingress",
            "SecurityGroupEgress": "egress",
        },
    ),
    "AWS::EC2::SecurityGroupIngress": Names("aws_vpc_security_group_ingress_rule", _SINGLE),
    "AWS::EC2::SecurityGroupEgress": Names("aws_vpc_security_group_egress_rule", _SINGLE),
    "AWS::EC2::NetworkAcl": Names("aws_network_acl"),
    "AWS::EC2::NetworkAclEntry": Names("aws_network_acl_rule"),
    "AWS::EC2::SubnetNetworkAclAssociation": Names("aws_network_acl_association"),
    "AWS::EC2::RouteTable": Names("aws_route_table"),
    "AWS::EC2::Route": Names(
        "aws_route", {"EgressOnlyInternetGatewayId": "egress_only_gateway_id"}
    ),
    "AWS::EC2::SubnetRouteTableAssociation": Names("aws_route_table_association"),
    "AWS::EC2::GatewayRouteTableAssociation": Names("aws_route_table_association"),
    "AWS::EC2::InternetGateway": Names("aws_internet_gateway"),
    "AWS::EC2::VPCGatewayAttachment": Names("aws_internet_gateway_attachment"),
    "AWS::EC2::NatGateway": Names("aws_nat_gateway", {"MaxDrainDurationSeconds": None}),
    "AWS::EC2::EgressOnlyInternetGateway": Names("aws_egress_only_internet_gateway"),
    "AWS::EC2::VPCPeeringConnection": Names("aws_vpc_peering_connection"),
    "AWS::EC2::VPCBlockPublicAccessOptions": Names("aws_vpc_block_public_access_options"),
    "AWS::EC2::NetworkInterface": Names(
        "aws_network_interface", {"GroupSet": "security_groups", "PrivateIpAddress": "private_ip"}
    ),
    "AWS::EC2::NetworkInterfaceAttachment": Names(
        "aws_network_interface_attachment", {"DeleteOnTermination": None}
    ),
    "AWS::EC2::Instance": Names(
        "aws_instance",
        {
            "SecurityGroupIds": "vpc_security_group_ids",
            "PrivateIpAddress": "private_ip",
            "NetworkInterfaces": "network_interface",
            "ImageId": "ami",
            "KeyName": "key_name",
            "BlockDeviceMappings": None,
            "Volumes": None,
            "PropagateTagsToVolumeOnCreation": None,
            "DisableApiTermination": None,
        },
    ),
    "AWS::EC2::EIP": Names("aws_eip", {"InstanceId": "instance", "TransferAddress": None}),
    "AWS::EC2::EIPAssociation": Names(
        "aws_eip_association",
        {"EIP": "public_ip", "PrivateIpAddress": "private_ip_address"},
    ),
    **SERVICES,
    "AWS::ElasticLoadBalancingV2::LoadBalancer": Names(
        "aws_lb",
        {
            "Type": "load_balancer_type",
            "SubnetMappings": "subnet_mapping",
            "LoadBalancerAttributes": None,
            "MinimumLoadBalancerCapacity": None,
        },
    ),
    "AWS::ElasticLoadBalancingV2::Listener": Names(
        "aws_lb_listener",
        {
            "DefaultActions": "default_action",
            "Certificates": None,
            "AlpnPolicy": None,
            "ListenerAttributes": None,
        },
    ),
    "AWS::ElasticLoadBalancingV2::ListenerRule": Names(
        "aws_lb_listener_rule", {"Conditions": "condition", "Actions": "action"}
    ),
    "AWS::ElasticLoadBalancingV2::TargetGroup": Names(
        "aws_lb_target_group",
        {
            "HealthCheckEnabled": None,
            "HealthCheckIntervalSeconds": None,
            "HealthCheckPath": None,
            "HealthCheckPort": None,
            "HealthCheckProtocol": None,
            "HealthCheckTimeoutSeconds": None,
            "HealthyThresholdCount": None,
            "UnhealthyThresholdCount": None,
            "Matcher": None,
        },
    ),
    "AWS::Lambda::Function": Names(
        "aws_lambda_function", {"Code": None, "FunctionScalingConfig": None}
    ),
    "AWS::Lambda::Url": Names(
        "aws_lambda_function_url",
        {"TargetFunctionArn": "function_name", "AuthType": "authorization_type"},
    ),
    "AWS::Lambda::Permission": Names(
        "aws_lambda_permission", {"PrincipalOrgID": "principal_org_id"}
    ),
}

_IGNORED = frozenset(
    {
        "AWS::CDK::Metadata",
        "AWS::CloudFormation::WaitCondition",
        "AWS::CloudFormation::WaitConditionHandle",
        "AWS::EC2::DHCPOptions",
        "AWS::EC2::FlowLog",
        "AWS::EC2::KeyPair",
        "AWS::EC2::PlacementGroup",
        "AWS::EC2::VPCDHCPOptionsAssociation",
        "AWS::EC2::Volume",
        "AWS::EC2::VolumeAttachment",
        "AWS::Lambda::Alias",
        "AWS::Lambda::EventInvokeConfig",
        "AWS::Lambda::EventSourceMapping",
        "AWS::Lambda::LayerVersion",
        "AWS::Lambda::LayerVersionPermission",
        "AWS::Lambda::Version",
    }
)
_IGNORED_SERVICES = frozenset(
    {
        "ApplicationInsights",
        "Athena",
        "Backup",
        "Budgets",
        "CertificateManager",
        "CloudTrail",
        "CloudWatch",
        "CodeBuild",
        "CodeDeploy",
        "CodePipeline",
        "Cognito",
        "Config",
        "DynamoDB",
        "ECR",
        "Events",
        "Glue",
        "GuardDuty",
        "IAM",
        "KMS",
        "Kinesis",
        "KinesisFirehose",
        "Logs",
        "Route53",
        "S3",
        "SES",
        "SNS",
        "SQS",
        "SSM",
        "Scheduler",
        "SecretsManager",
        "StepFunctions",
        "XRay",
    }
)
_PARTS = 3


def has_no_part(kind: str) -> bool:
    """Whether a type has no part in reachability."""
    parts = kind.split("::")
    return kind in _IGNORED or (
        len(parts) == _PARTS and parts[0] == "AWS" and parts[1] in _IGNORED_SERVICES
    )


def renamed(value: Any, names: Mapping[str, str | None]) -> Any:
    """An object with its members spelled as Terraform does, and the blocks in it; lists likewise."""
    if isinstance(value, list):
        return [renamed(one, names) for one in value]
    if not isinstance(value, dict):
        return value
    out = {}
    for name, inner in value.items():
        spelled = names.get(name, snake(name))
        if spelled is not None:
            out[spelled] = renamed(inner, NESTED.get(spelled, {}))
    return out


def snake(name: str) -> str:
    """`VpcId` as `vpc_id`."""
    return _WORD.sub("_", name).lower()
