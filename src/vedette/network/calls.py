"""Which AWS calls the analysis reads: their names, where the items stand and what type they have."""

import msgspec

from vedette.network import described as aws


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """One listing: the AWS CLI's name, the member with the items, and the field of `Place` they go to.

    `within` names a member inside each item that holds the real items (instances in reservations), `holder` one around
    the list. `identity` is the member with the item's id, used to name an item that is malformed. `needed` calls are reported as missing
    when they were not recorded at all, and others of their service too unless they are `optional`.
    """

    name: str
    member: str
    type: type[aws.Described]
    field: str
    identity: str
    within: str | None = None
    holder: str | None = None
    needed: bool = False
    optional: bool = False


CALLS = (
    Call(
        name="ec2.describe-network-interfaces",
        member="NetworkInterfaces",
        type=aws.NetworkInterface,
        field="interfaces",
        identity="NetworkInterfaceId",
        needed=True,
    ),
    Call(
        name="ec2.describe-instances",
        member="Reservations",
        type=aws.Instance,
        field="instances",
        identity="InstanceId",
        within="Instances",
        needed=True,
    ),
    Call(
        name="ec2.describe-subnets",
        member="Subnets",
        type=aws.Subnet,
        field="subnets",
        identity="SubnetId",
        needed=True,
    ),
    Call(
        name="ec2.describe-security-groups",
        member="SecurityGroups",
        type=aws.SecurityGroup,
        field="security_groups",
        identity="GroupId",
        needed=True,
    ),
    Call(
        name="ec2.describe-network-acls",
        member="NetworkAcls",
        type=aws.NetworkAcl,
        field="network_acls",
        identity="NetworkAclId",
        needed=True,
    ),
    Call(
        name="ec2.describe-route-tables",
        member="RouteTables",
        type=aws.RouteTable,
        field="route_tables",
        identity="RouteTableId",
        needed=True,
    ),
    Call(
        name="ec2.describe-internet-gateways",
        member="InternetGateways",
        type=aws.InternetGateway,
        field="internet_gateways",
        identity="InternetGatewayId",
        needed=True,
    ),
    Call(
        name="ec2.describe-addresses",
        member="Addresses",
        type=aws.Address,
        field="addresses",
        identity="PublicIp",
    ),
    Call(name="ec2.describe-vpcs", member="Vpcs", type=aws.Vpc, field="vpcs", identity="VpcId"),
    Call(
        name="ec2.describe-security-group-rules",
        member="SecurityGroupRules",
        type=aws.SecurityGroupRule,
        field="security_group_rules",
        identity="SecurityGroupRuleId",
    ),
    Call(
        name="ec2.describe-vpn-gateways",
        member="VpnGateways",
        type=aws.VpnGateway,
        field="vpn_gateways",
        identity="VpnGatewayId",
    ),
    Call(
        name="ec2.describe-vpc-peering-connections",
        member="VpcPeeringConnections",
        type=aws.VpcPeeringConnection,
        field="peerings",
        identity="VpcPeeringConnectionId",
    ),
    Call(
        name="ec2.describe-vpc-endpoints",
        member="VpcEndpoints",
        type=aws.VpcEndpoint,
        field="endpoints",
        identity="VpcEndpointId",
    ),
    Call(
        name="ec2.describe-nat-gateways",
        member="NatGateways",
        type=aws.NatGateway,
        field="nat_gateways",
        identity="NatGatewayId",
    ),
    Call(
        name="ec2.describe-managed-prefix-lists",
        member="PrefixLists",
        type=aws.ManagedPrefixList,
        field="managed_prefix_lists",
        identity="PrefixListId",
    ),
    Call(
        name="ec2.describe-prefix-lists",
        member="PrefixLists",
        type=aws.PrefixList,
        field="service_prefix_lists",
        identity="PrefixListId",
    ),
    Call(
        name="ec2.describe-vpc-block-public-access-exclusions",
        member="VpcBlockPublicAccessExclusions",
        type=aws.BlockPublicAccessExclusion,
        field="block_exclusions",
        identity="ExclusionId",
    ),
    Call(
        name="ec2.describe-transit-gateways",
        member="TransitGateways",
        type=aws.TransitGateway,
        field="transit_gateways",
        identity="TransitGatewayId",
    ),
    Call(
        name="ec2.describe-transit-gateway-attachments",
        member="TransitGatewayAttachments",
        type=aws.TransitAttachment,
        field="transit_attachments",
        identity="TransitGatewayAttachmentId",
    ),
    Call(
        name="ec2.describe-transit-gateway-vpc-attachments",
        member="TransitGatewayVpcAttachments",
        type=aws.TransitVpcAttachment,
        field="transit_vpc_attachments",
        identity="TransitGatewayAttachmentId",
    ),
    Call(
        name="ec2.describe-transit-gateway-route-tables",
        member="TransitGatewayRouteTables",
        type=aws.TransitTable,
        field="transit_tables",
        identity="TransitGatewayRouteTableId",
    ),
    Call(
        name="ec2.describe-vpc-endpoint-service-configurations",
        member="ServiceConfigurations",
        type=aws.EndpointService,
        field="endpoint_services",
        identity="ServiceId",
    ),
    Call(
        name="ec2.describe-vpc-endpoint-connections",
        member="VpcEndpointConnections",
        type=aws.EndpointConnection,
        field="endpoint_connections",
        identity="VpcEndpointId",
    ),
    Call(
        name="lambda.list-functions",
        member="Functions",
        type=aws.Function,
        field="functions",
        identity="FunctionName",
    ),
    Call(
        name="apigateway.get-rest-apis",
        member="items",
        type=aws.RestApi,
        field="rest_apis",
        identity="id",
    ),
    Call(
        name="apigatewayv2.get-apis", member="Items", type=aws.Api, field="apis", identity="ApiId"
    ),
    Call(
        name="apigatewayv2.get-domain-names",
        member="Items",
        type=aws.ApiDomain,
        field="api_domains",
        identity="DomainName",
    ),
    Call(
        name="apigateway.get-vpc-links",
        member="items",
        type=aws.RestVpcLink,
        field="rest_links",
        identity="id",
        optional=True,
    ),
    Call(
        name="apigatewayv2.get-vpc-links",
        member="Items",
        type=aws.HttpVpcLink,
        field="http_links",
        identity="VpcLinkId",
        optional=True,
    ),
    Call(
        name="elbv2.describe-load-balancers",
        member="LoadBalancers",
        type=aws.LoadBalancer,
        field="load_balancers",
        identity="LoadBalancerArn",
    ),
    Call(
        name="elbv2.describe-target-groups",
        member="TargetGroups",
        type=aws.TargetGroup,
        field="target_groups",
        identity="TargetGroupArn",
    ),
    Call(
        name="elb.describe-load-balancers",
        member="LoadBalancerDescriptions",
        type=aws.ClassicLoadBalancer,
        field="classic_load_balancers",
        identity="LoadBalancerName",
    ),
)
"""The listings of each Region, one file or answer each."""

GLOBAL_CALLS = (
    Call(
        name="cloudfront.list-distributions",
        member="Items",
        holder="DistributionList",
        type=aws.Distribution,
        field="distributions",
        identity="Id",
    ),
    Call(
        name="globalaccelerator.list-accelerators",
        member="Accelerators",
        type=aws.Accelerator,
        field="accelerators",
        identity="AcceleratorArn",
    ),
)
"""The listings of services that an account has once; they stand with any Region."""

BLOCK_OPTIONS = "ec2.describe-vpc-block-public-access-options"
PREFIX_ENTRIES = "ec2.get-managed-prefix-list-entries"
LIST_URLS = "lambda.list-function-url-configs"
GET_URL = "lambda.get-function-url-config"
GET_POLICY = "lambda.get-policy"


class ItemCall(msgspec.Struct, frozen=True, kw_only=True):
    """A call for one id: the member with its items, or with one item, and their type."""

    name: str
    member: str
    type: type[aws.Described]


TARGET_HEALTH = ItemCall(
    name="elbv2.describe-target-health", member="TargetHealthDescriptions", type=aws.TargetHealth
)
LISTENERS = ItemCall(name="elbv2.describe-listeners", member="Listeners", type=aws.Listener)
RULES = ItemCall(name="elbv2.describe-rules", member="Rules", type=aws.Rule)
BALANCER_ATTRIBUTES = ItemCall(
    name="elbv2.describe-load-balancer-attributes", member="Attributes", type=aws.Attribute
)
GROUP_ATTRIBUTES = ItemCall(
    name="elbv2.describe-target-group-attributes", member="Attributes", type=aws.Attribute
)
CLASSIC_ATTRIBUTES = ItemCall(
    name="elb.describe-load-balancer-attributes",
    member="LoadBalancerAttributes",
    type=aws.ClassicAttributes,
)

TRANSIT_ROUTES = ItemCall(
    name="ec2.search-transit-gateway-routes", member="Routes", type=aws.TransitRoute
)
TRANSIT_ASSOCIATIONS = ItemCall(
    name="ec2.get-transit-gateway-route-table-associations",
    member="Associations",
    type=aws.TransitTableAssociation,
)

REST_RESOURCES = ItemCall(name="apigateway.get-resources", member="items", type=aws.ApiResource)
REST_STAGES = ItemCall(name="apigateway.get-stages", member="item", type=aws.RestStage)
API_ROUTES = ItemCall(name="apigatewayv2.get-routes", member="Items", type=aws.ApiRoute)
API_INTEGRATIONS = ItemCall(
    name="apigatewayv2.get-integrations", member="Items", type=aws.ApiIntegration
)
API_STAGES = ItemCall(name="apigatewayv2.get-stages", member="Items", type=aws.ApiStage)
API_MAPPINGS = ItemCall(name="apigatewayv2.get-api-mappings", member="Items", type=aws.ApiMapping)

CLOUD_MAP = ItemCall(
    name="servicediscovery.list-instances", member="Instances", type=aws.CloudMapInstance
)

SERVICE_PERMISSIONS = ItemCall(
    name="ec2.describe-vpc-endpoint-service-permissions",
    member="AllowedPrincipals",
    type=aws.AllowedPrincipal,
)
VPC_ORIGIN = ItemCall(name="cloudfront.get-vpc-origin", member="VpcOrigin", type=aws.VpcOrigin)
SPEED_LISTENERS = ItemCall(
    name="globalaccelerator.list-listeners", member="Listeners", type=aws.AcceleratorListener
)
ENDPOINT_GROUPS = ItemCall(
    name="globalaccelerator.list-endpoint-groups", member="EndpointGroups", type=aws.EndpointGroup
)

ITEM_CALLS: tuple[ItemCall, ...] = (
    TRANSIT_ROUTES,
    TRANSIT_ASSOCIATIONS,
    SERVICE_PERMISSIONS,
    VPC_ORIGIN,
    SPEED_LISTENERS,
    ENDPOINT_GROUPS,
    REST_RESOURCES,
    REST_STAGES,
    API_ROUTES,
    API_INTEGRATIONS,
    API_STAGES,
    API_MAPPINGS,
    CLOUD_MAP,
    TARGET_HEALTH,
    LISTENERS,
    RULES,
    BALANCER_ATTRIBUTES,
    GROUP_ATTRIBUTES,
    CLASSIC_ATTRIBUTES,
)
"""Calls for one id whose answers are lists of items, or one.

The ids are names: of the target group (health, attributes), of the load balancer (listeners, attributes); rules have
the last part of the listener's ARN, and transit gateways' routes and associations the id of the route table;
APIs' resources, routes, integrations and stages have the id of the API, mappings the domain name; Cloud Map's services theirs (`srv-…`); VPC origins and endpoint services have
theirs, accelerators and their listeners the last part of the ARN.
"""

BY_ID = (
    PREFIX_ENTRIES,
    LIST_URLS,
    GET_URL,
    GET_POLICY,
    *(call.name for call in ITEM_CALLS),
)
"""Calls that take an id: a folder with one file for each id, or `NAME/ID` as the key."""
