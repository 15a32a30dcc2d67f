"""Load balancers with their listeners and target groups (elbv2 API 2015-12-01, elb API 2012-06-01)."""

import msgspec

from vedette.network.described._base import Described


class LoadBalancerState(Described, frozen=True, kw_only=True):
    """`LoadBalancerState`."""

    code: str | None = None


class BalancerZone(Described, frozen=True, kw_only=True):
    """`AvailabilityZone`, of a load balancer."""

    zone_name: str | None = None
    subnet_id: str | None = None


class LoadBalancer(Described, frozen=True, kw_only=True):
    """`LoadBalancer` (elbv2 API)."""

    load_balancer_arn: str
    load_balancer_name: str = ""
    scheme: str | None = None
    type: str | None = None
    vpc_id: str | None = None
    state: LoadBalancerState | None = None
    ip_address_type: str | None = None
    availability_zones: tuple[BalancerZone, ...] = ()
    enforce_security_group_inbound_rules_on_private_link_traffic: str | None = None


class Attribute(Described, frozen=True, kw_only=True):
    """`LoadBalancerAttribute` and `TargetGroupAttribute`."""

    key: str
    value: str = ""


class WeightedGroup(Described, frozen=True, kw_only=True):
    """`TargetGroupTuple`."""

    target_group_arn: str
    weight: int | None = None


class ForwardConfig(Described, frozen=True, kw_only=True):
    """`ForwardActionConfig`."""

    target_groups: tuple[WeightedGroup, ...] = ()


class Authenticate(Described, frozen=True, kw_only=True):
    """`AuthenticateOidcActionConfig` and `AuthenticateCognitoActionConfig`."""

    on_unauthenticated_request: str | None = None


class Action(Described, frozen=True, kw_only=True):
    """`Action`."""

    type: str
    order: int | None = None
    target_group_arn: str | None = None
    forward_config: ForwardConfig | None = None
    authenticate_oidc_config: Authenticate | None = None
    authenticate_cognito_config: Authenticate | None = None


class MutualAuthentication(Described, frozen=True, kw_only=True):
    """`MutualAuthenticationAttributes`."""

    mode: str | None = None


class Listener(Described, frozen=True, kw_only=True):
    """`Listener` (elbv2 API)."""

    listener_arn: str
    load_balancer_arn: str | None = None
    port: int | None = None
    protocol: str | None = None
    default_actions: tuple[Action, ...] = ()
    mutual_authentication: MutualAuthentication | None = None


class ConditionValues(Described, frozen=True, kw_only=True):
    """`HostHeaderConditionConfig`, `PathPatternConditionConfig`, `HttpRequestMethodConditionConfig`, `SourceIpConditionConfig`."""

    values: tuple[str, ...] = ()


class HeaderValues(Described, frozen=True, kw_only=True):
    """`HttpHeaderConditionConfig`."""

    http_header_name: str | None = None
    values: tuple[str, ...] = ()


class QueryPair(Described, frozen=True, kw_only=True):
    """`QueryStringKeyValuePair`."""

    key: str | None = None
    value: str | None = None


class QueryValues(Described, frozen=True, kw_only=True):
    """`QueryStringConditionConfig`."""

    values: tuple[QueryPair, ...] = ()


class Condition(Described, frozen=True, kw_only=True):
    """`RuleCondition`."""

    field: str | None = None
    values: tuple[str, ...] = ()
    host_header_config: ConditionValues | None = None
    path_pattern_config: ConditionValues | None = None
    http_header_config: HeaderValues | None = None
    query_string_config: QueryValues | None = None
    http_request_method_config: ConditionValues | None = None
    source_ip_config: ConditionValues | None = None
    regex_values: tuple[str, ...] = ()


class Rule(Described, frozen=True, kw_only=True):
    """`Rule` (elbv2 API)."""

    rule_arn: str
    priority: str = "default"
    is_default: bool = False
    conditions: tuple[Condition, ...] = ()
    actions: tuple[Action, ...] = ()


class TargetGroup(Described, frozen=True, kw_only=True):
    """`TargetGroup` (elbv2 API)."""

    target_group_arn: str
    target_group_name: str = ""
    target_type: str | None = None
    protocol: str | None = None
    port: int | None = None
    ip_address_type: str | None = None
    vpc_id: str | None = None
    load_balancer_arns: tuple[str, ...] = ()


class Target(Described, frozen=True, kw_only=True):
    """`TargetDescription` (elbv2 API)."""

    id: str
    port: int | None = None
    availability_zone: str | None = None


class TargetHealth(Described, frozen=True, kw_only=True):
    """`TargetHealthDescription` (elbv2 API); the state of health is not read."""

    target: Target


class ClassicInstance(Described, frozen=True, kw_only=True):
    """`Instance` (elb API)."""

    instance_id: str


class ClassicListener(Described, frozen=True, kw_only=True):
    """`Listener` (elb API)."""

    protocol: str
    load_balancer_port: int
    instance_port: int


class ClassicListenerDescription(Described, frozen=True, kw_only=True):
    """`ListenerDescription` (elb API)."""

    listener: ClassicListener


class ClassicLoadBalancer(Described, frozen=True, kw_only=True):
    """`LoadBalancerDescription` (elb API)."""

    load_balancer_name: str
    scheme: str | None = None
    vpc_id: str | None = msgspec.field(default=None, name="VPCId")
    subnets: tuple[str, ...] = ()
    instances: tuple[ClassicInstance, ...] = ()
    listener_descriptions: tuple[ClassicListenerDescription, ...] = ()


class ClassicCrossZone(Described, frozen=True, kw_only=True):
    """`CrossZoneLoadBalancing` (elb API)."""

    enabled: bool


class ClassicAttributes(Described, frozen=True, kw_only=True):
    """`LoadBalancerAttributes` (elb API)."""

    cross_zone_load_balancing: ClassicCrossZone | None = None
