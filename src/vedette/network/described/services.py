"""Functions and load balancers."""

import msgspec

from vedette.network.described._base import Described


class Function(Described, frozen=True, kw_only=True):
    """`FunctionConfiguration`."""

    function_name: str
    function_arn: str
    state: str | None = None


class FunctionUrl(Described, frozen=True, kw_only=True):
    """`FunctionUrlConfig`."""

    function_url: str
    function_arn: str
    auth_type: str
    creation_time: str | None = None


class LoadBalancer(Described, frozen=True, kw_only=True):
    """`LoadBalancer` (elbv2 API 2015-12-01)."""

    load_balancer_arn: str
    load_balancer_name: str = ""
    scheme: str | None = None
    type: str | None = None
    vpc_id: str | None = None


class TargetGroup(Described, frozen=True, kw_only=True):
    """`TargetGroup` (elbv2 API)."""

    target_group_arn: str
    target_group_name: str = ""
    vpc_id: str | None = None
    load_balancer_arns: tuple[str, ...] = ()


class Target(Described, frozen=True, kw_only=True):
    """`TargetDescription` (elbv2 API)."""

    id: str


class TargetHealth(Described, frozen=True, kw_only=True):
    """`TargetHealthDescription` (elbv2 API)."""

    target: Target


class ClassicInstance(Described, frozen=True, kw_only=True):
    """`Instance` (elb API)."""

    instance_id: str


class ClassicLoadBalancer(Described, frozen=True, kw_only=True):
    """`LoadBalancerDescription` (elb API 2012-06-01)."""

    load_balancer_name: str
    scheme: str | None = None
    vpc_id: str | None = msgspec.field(default=None, name="VPCId")
    instances: tuple[ClassicInstance, ...] = ()
