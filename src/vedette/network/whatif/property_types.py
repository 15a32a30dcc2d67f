"""CloudFormation's types of gateways, services and APIs, as the ones of Terraform's provider that they are."""

from collections.abc import Mapping

import msgspec


class Names(msgspec.Struct, frozen=True):
    """A type's name in Terraform, and the names of its properties."""

    type: str
    properties: Mapping[str, str | None] = {}


_TABLE = {"TransitGatewayAttachmentId": "transit_gateway_attachment_id"}

SERVICES: Mapping[str, Names] = {
    "AWS::EC2::PrefixList": Names("aws_ec2_managed_prefix_list", {"Entries": "entry"}),
    "AWS::EC2::VPNGateway": Names("aws_vpn_gateway", {"Type": None}),
    "AWS::EC2::VPNGatewayRoutePropagation": Names("aws_vpn_gateway_route_propagation"),
    "AWS::EC2::CustomerGateway": Names("aws_customer_gateway"),
    "AWS::EC2::VPNConnection": Names(
        "aws_vpn_connection", {"VpnTunnelOptionsSpecifications": None}
    ),
    "AWS::EC2::VPNConnectionRoute": Names("aws_vpn_connection_route"),
    "AWS::EC2::TransitGateway": Names("aws_ec2_transit_gateway"),
    "AWS::EC2::TransitGatewayAttachment": Names("aws_ec2_transit_gateway_vpc_attachment"),
    "AWS::EC2::TransitGatewayVpcAttachment": Names("aws_ec2_transit_gateway_vpc_attachment"),
    "AWS::EC2::TransitGatewayRouteTable": Names("aws_ec2_transit_gateway_route_table"),
    "AWS::EC2::TransitGatewayRouteTableAssociation": Names(
        "aws_ec2_transit_gateway_route_table_association", _TABLE
    ),
    "AWS::EC2::TransitGatewayRouteTablePropagation": Names(
        "aws_ec2_transit_gateway_route_table_propagation", _TABLE
    ),
    "AWS::EC2::TransitGatewayRoute": Names("aws_ec2_transit_gateway_route", _TABLE),
    "AWS::EC2::VPCEndpoint": Names(
        "aws_vpc_endpoint", {"PolicyDocument": "policy", "DnsOptions": None}
    ),
    "AWS::EC2::VPCEndpointService": Names(
        "aws_vpc_endpoint_service",
        {"ContributorInsightsEnabled": None, "PayerResponsibility": None},
    ),
    "AWS::EC2::VPCEndpointServicePermissions": Names("aws_vpc_endpoint_service_allowed_principal"),
    "AWS::CloudFront::VpcOrigin": Names("aws_cloudfront_vpc_origin"),
    "AWS::CloudFront::Distribution": Names("aws_cloudfront_distribution"),
    "AWS::GlobalAccelerator::Accelerator": Names("aws_globalaccelerator_accelerator"),
    "AWS::GlobalAccelerator::Listener": Names(
        "aws_globalaccelerator_listener", {"PortRanges": "port_range"}
    ),
    "AWS::GlobalAccelerator::EndpointGroup": Names(
        "aws_globalaccelerator_endpoint_group",
        {"EndpointConfigurations": "endpoint_configuration", "PortOverrides": "port_override"},
    ),
    "AWS::ApiGateway::RestApi": Names(
        "aws_api_gateway_rest_api",
        {
            "ApiKeySourceType": "api_key_source",
            "BodyS3Location": "body",
            "CloneFrom": "clone_from",
            "Mode": "put_rest_api_mode",
        },
    ),
    "AWS::ApiGateway::Resource": Names("aws_api_gateway_resource"),
    "AWS::ApiGateway::Method": Names(
        "aws_api_gateway_method",
        {"AuthorizationType": "authorization", "MethodResponses": None},
    ),
    "AWS::ApiGateway::Stage": Names(
        "aws_api_gateway_stage",
        {"MethodSettings": None, "TracingEnabled": "xray_tracing_enabled"},
    ),
    "AWS::ApiGateway::Deployment": Names("aws_api_gateway_deployment", {"StageDescription": None}),
    "AWS::ApiGatewayV2::Api": Names("aws_apigatewayv2_api", {"BodyS3Location": "body"}),
    "AWS::ApiGatewayV2::Integration": Names("aws_apigatewayv2_integration"),
    "AWS::ApiGatewayV2::Route": Names("aws_apigatewayv2_route"),
    "AWS::ApiGatewayV2::Stage": Names("aws_apigatewayv2_stage", {"StageName": "name"}),
    "AWS::ApiGatewayV2::Deployment": Names("aws_apigatewayv2_deployment", {"StageName": None}),
}
