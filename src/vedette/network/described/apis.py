"""APIs of API Gateway: REST APIs in the first version's words, HTTP and WebSocket APIs in the second's."""

import msgspec

from vedette.network.described._base import Described


class EndpointConfiguration(Described, frozen=True, kw_only=True, rename="camel"):
    """`EndpointConfiguration`."""

    types: tuple[str, ...] = ()
    vpc_endpoint_ids: tuple[str, ...] = ()


class RestApi(Described, frozen=True, kw_only=True, rename="camel"):
    """`RestApi`."""

    id: str
    name: str = ""
    policy: str | None = None
    endpoint_configuration: EndpointConfiguration | None = None
    disable_execute_api_endpoint: bool = False


class RestVpcLink(Described, frozen=True, kw_only=True, rename="camel"):
    """`VpcLink` of the first version: to one Network Load Balancer."""

    id: str
    target_arns: tuple[str, ...] = ()
    status: str = ""


class HttpVpcLink(Described, frozen=True, kw_only=True):
    """`VpcLink` of the second version: interfaces in subnets, with security groups."""

    vpc_link_id: str
    subnet_ids: tuple[str, ...] = ()
    security_group_ids: tuple[str, ...] = ()
    vpc_link_status: str = ""


class CloudMapInstance(Described, frozen=True, kw_only=True):
    """`InstanceSummary` of Cloud Map."""

    id: str
    attributes: dict[str, str] = msgspec.field(default_factory=dict)


class Integration(Described, frozen=True, kw_only=True, rename="camel"):
    """`Integration`."""

    type: str = ""
    uri: str | None = None
    connection_type: str | None = None
    connection_id: str | None = None
    credentials: str | None = None


class Method(Described, frozen=True, kw_only=True, rename="camel"):
    """`Method`."""

    authorization_type: str = "NONE"
    authorizer_id: str | None = None
    api_key_required: bool = False
    method_integration: Integration | None = None


class ApiResource(Described, frozen=True, kw_only=True, rename="camel"):
    """`Resource`, with its methods embedded."""

    id: str = ""
    path: str = "/"
    resource_methods: dict[str, Method] = msgspec.field(default_factory=dict)


class RestStage(Described, frozen=True, kw_only=True, rename="camel"):
    """`Stage`."""

    stage_name: str


class Api(Described, frozen=True, kw_only=True):
    """`Api`."""

    api_id: str
    name: str = ""
    protocol_type: str = "HTTP"
    disable_execute_api_endpoint: bool = False


class ApiRoute(Described, frozen=True, kw_only=True):
    """`Route`; `target` is `integrations/ID`."""

    route_key: str
    authorization_type: str = "NONE"
    authorizer_id: str | None = None
    api_key_required: bool = False
    target: str | None = None


class ApiIntegration(Described, frozen=True, kw_only=True):
    """`Integration`."""

    integration_id: str
    integration_type: str = ""
    integration_uri: str | None = None
    connection_type: str | None = None
    connection_id: str | None = None
    credentials_arn: str | None = None


class ApiStage(Described, frozen=True, kw_only=True):
    """`Stage`."""

    stage_name: str


class ApiDomain(Described, frozen=True, kw_only=True):
    """`DomainName`."""

    domain_name: str


class ApiMapping(Described, frozen=True, kw_only=True):
    """`ApiMapping`."""

    api_id: str
    stage: str = ""
