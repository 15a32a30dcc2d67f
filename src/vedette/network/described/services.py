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


class ClassicLoadBalancer(Described, frozen=True, kw_only=True):
    """`LoadBalancerDescription` (elb API 2012-06-01)."""

    load_balancer_name: str
    scheme: str | None = None
    vpc_id: str | None = msgspec.field(default=None, name="VPCId")
