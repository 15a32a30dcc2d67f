"""Names of components: CloudFormation types and ARNs."""

from vedette.model.network import Hop
from vedette.network.topology import EdgeKind, EdgePoint

GATEWAY_TYPES = {
    EdgeKind.INTERNET: "AWS::EC2::InternetGateway",
    EdgeKind.PEERING: "AWS::EC2::VPCPeeringConnection",
    EdgeKind.VPN: "AWS::EC2::VPNGateway",
    EdgeKind.TRANSIT: "AWS::EC2::TransitGateway",
    EdgeKind.SITES: "AWS::EC2::TransitGateway",
    EdgeKind.PRIVATELINK: "AWS::EC2::VPCEndpointService",
    EdgeKind.CLOUDFRONT: "AWS::CloudFront::Distribution",
    EdgeKind.API_LINK: "AWS::ApiGatewayV2::VpcLink",
    EdgeKind.ACCELERATOR: "AWS::GlobalAccelerator::Accelerator",
}
NETWORK_ACL = "AWS::EC2::NetworkAcl"
SECURITY_GROUP = "AWS::EC2::SecurityGroup"
NETWORK_INTERFACE = "AWS::EC2::NetworkInterface"
INSTANCE = "AWS::EC2::Instance"
ROUTE_TABLE = "AWS::EC2::RouteTable"
BALANCER = "AWS::ElasticLoadBalancingV2::LoadBalancer"
CLASSIC_BALANCER = "AWS::ElasticLoadBalancing::LoadBalancer"
LISTENER = "AWS::ElasticLoadBalancingV2::Listener"
LISTENER_RULE = "AWS::ElasticLoadBalancingV2::ListenerRule"
TARGET_GROUP = "AWS::ElasticLoadBalancingV2::TargetGroup"
TRANSIT_GATEWAY = "AWS::EC2::TransitGateway"
TRANSIT_ATTACHMENT = "AWS::EC2::TransitGatewayAttachment"
TRANSIT_TABLE = "AWS::EC2::TransitGatewayRouteTable"
TRANSIT_TYPES = frozenset({TRANSIT_GATEWAY, TRANSIT_ATTACHMENT, TRANSIT_TABLE})
SUBNET = "AWS::EC2::Subnet"
REST_API = "AWS::ApiGateway::RestApi"
HTTP_API = "AWS::ApiGatewayV2::Api"
API_METHODS = {REST_API: "AWS::ApiGateway::Method", HTTP_API: "AWS::ApiGatewayV2::Route"}
FUNCTION = "AWS::Lambda::Function"
FUNCTION_URL = "AWS::Lambda::Url"
FUNCTION_PERMISSION = "AWS::Lambda::Permission"

_ARN_NAMES = {
    "AWS::EC2::InternetGateway": "internet-gateway",
    "AWS::EC2::VPCPeeringConnection": "vpc-peering-connection",
    "AWS::EC2::VPNGateway": "vpn-gateway",
    TRANSIT_GATEWAY: "transit-gateway",
    TRANSIT_ATTACHMENT: "transit-gateway-attachment",
    TRANSIT_TABLE: "transit-gateway-route-table",
    "AWS::EC2::VPCEndpointService": "vpc-endpoint-service",
    NETWORK_ACL: "network-acl",
    SECURITY_GROUP: "security-group",
    NETWORK_INTERFACE: "network-interface",
    INSTANCE: "instance",
    SUBNET: "subnet",
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


def arn_of(kind: str, identity: str, account: str, region: str) -> str | None:
    """The ARN of a component; other services' are named by their ARN already, Classic Load Balancers by name."""
    if kind in _ARN_NAMES:
        return ec2_arn(kind, identity, account, region)
    return identity if identity.startswith("arn:") else None


def api_arn(identity: str, kind: str, region: str) -> str:
    """The ARN of an API (API Gateway developer guide, "Amazon Resource Name (ARN) reference")."""
    name = "restapis" if kind == REST_API else "apis"
    return f"arn:{partition_of(region)}:apigateway:{region}::/{name}/{identity}"


def gateway_type(point: EdgePoint) -> str:
    """The CloudFormation type of an edge's gateway."""
    return GATEWAY_TYPES[point.kind]


_PROJECTED = frozenset(
    {*GATEWAY_TYPES.values(), NETWORK_ACL, SECURITY_GROUP, NETWORK_INTERFACE, INSTANCE, BALANCER}
)
"""The steps of Amazon Inspector's `networkPath`."""


def inspector_path(path: tuple[Hop, ...]) -> tuple[Hop, ...]:
    """The steps that Amazon Inspector gives: gateway, network ACL, security group, interface, load balancer, instance."""
    return tuple(
        Hop(component_type=hop.component_type, component_id=hop.component_id, arn=hop.arn)
        for hop in path
        if hop.component_type in _PROJECTED
    )
