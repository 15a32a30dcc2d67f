"""Names of components: CloudFormation types and ARNs."""

from vedette.network.topology import EdgeKind, EdgePoint

GATEWAY_TYPES = {
    EdgeKind.INTERNET: "AWS::EC2::InternetGateway",
    EdgeKind.PEERING: "AWS::EC2::VPCPeeringConnection",
    EdgeKind.VPN: "AWS::EC2::VPNGateway",
}
NETWORK_ACL = "AWS::EC2::NetworkAcl"
SECURITY_GROUP = "AWS::EC2::SecurityGroup"
NETWORK_INTERFACE = "AWS::EC2::NetworkInterface"
INSTANCE = "AWS::EC2::Instance"
ROUTE_TABLE = "AWS::EC2::RouteTable"
FUNCTION = "AWS::Lambda::Function"
FUNCTION_URL = "AWS::Lambda::Url"
FUNCTION_PERMISSION = "AWS::Lambda::Permission"

_ARN_NAMES = {
    "AWS::EC2::InternetGateway": "internet-gateway",
    "AWS::EC2::VPCPeeringConnection": "vpc-peering-connection",
    "AWS::EC2::VPNGateway": "vpn-gateway",
    NETWORK_ACL: "network-acl",
    SECURITY_GROUP: "security-group",
    NETWORK_INTERFACE: "network-interface",
    INSTANCE: "instance",
    ROUTE_TABLE: "route-table",
}


def partition_of(region: str) -> str:
    """The partition that a Region is in (AWS General Reference, "Partitions")."""
    if region.startswith("cn-"):
        return "aws-cn"
    return "aws-us-gov" if region.startswith("us-gov-") else "aws"


def ec2_arn(kind: str, identity: str, account: str, region: str) -> str:
    """The ARN of an EC2 component (Service Authorization Reference, "Amazon EC2")."""
    return f"arn:{partition_of(region)}:ec2:{region}:{account}:{_ARN_NAMES[kind]}/{identity}"


def gateway_type(point: EdgePoint) -> str:
    """The CloudFormation type of an edge's gateway."""
    return GATEWAY_TYPES[point.kind]
