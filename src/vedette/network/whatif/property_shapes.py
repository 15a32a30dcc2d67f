"""Properties of CloudFormation that have another shape than Terraform's attributes, not just another name."""

from collections.abc import Callable, Iterator
from typing import Any

import msgspec

_EVERYTHING = [{"protocol": "-1", "cidr_blocks": ["0.0.0.0/0"]}]


class Shape(msgspec.Struct, frozen=True, kw_only=True):
    """One resource; `suffix` tells those of one apart, `own` is the attribute that names the one they belong to."""

    type: str
    values: dict[str, Any]
    suffix: str = ""
    own: str = ""


def shaped(kind: str, values: dict[str, Any]) -> Iterator[Shape]:
    """The resources that properties with Terraform's names stand for."""
    change = _CHANGES.get(kind)
    if change is not None:
        values = change(dict(values))
    targets = values.pop("targets", None) if kind == "aws_lb_target_group" else None
    integration = values.pop("integration", None) if kind == "aws_api_gateway_method" else None
    yield Shape(type=kind, values=values)
    if isinstance(integration, dict):
        named = {name: values.get(name) for name in ("rest_api_id", "resource_id", "http_method")}
        yield Shape(
            type="aws_api_gateway_integration",
            values={**_without(integration, "integration_responses"), **named},
            suffix=".Integration",
        )
    for index, target in enumerate(targets if isinstance(targets, list) else ()):
        inner = target if isinstance(target, dict) else {}
        fields = {
            "target_id": inner.get("id"),
            "port": inner.get("port"),
            "availability_zone": inner.get("availability_zone"),
        }
        yield Shape(
            type="aws_lb_target_group_attachment",
            values={name: one for name, one in fields.items() if one is not None},
            suffix=f".Targets[{index}]",
            own="target_group_arn",
        )


def _without(values: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: one for name, one in values.items() if name not in names}


def _distribution(values: dict[str, Any]) -> dict[str, Any]:
    """All of a distribution is in one property, and its origins are a list."""
    inner = values.pop("distribution_config", None)
    values |= inner if isinstance(inner, dict) else {}
    origins = values.pop("origins", None)
    return values if origins is None else {**values, "origin": origins}


def _attachment(values: dict[str, Any]) -> dict[str, Any]:
    """The options of an attachment are attributes; it is in the gateway's default tables as that says."""
    options = values.pop("options", None)
    names = ("ipv6_support", "security_group_referencing_support")
    known = options if isinstance(options, dict) else {}
    return values | {name: known[name] for name in names if name in known}


def _group(values: dict[str, Any]) -> dict[str, Any]:
    """A group without outbound rules lets everything out (AWS::EC2::SecurityGroup, "SecurityGroupEgress")."""
    return {"egress": _EVERYTHING, **values}


def _entry(values: dict[str, Any]) -> dict[str, Any]:
    ports, icmp = values.pop("port_range", None), values.pop("icmp", None)
    if isinstance(ports, dict):
        values |= {"from_port": ports.get("from"), "to_port": ports.get("to")}
    if isinstance(icmp, dict):
        values |= {"icmp_type": icmp.get("type"), "icmp_code": icmp.get("code")}
    return values


def _balancer(values: dict[str, Any]) -> dict[str, Any]:
    scheme = values.pop("scheme", None)
    if scheme is not None:
        values["internal"] = scheme == "internal" if not str(scheme).startswith("{{") else scheme
    return values


def _instance(values: dict[str, Any]) -> dict[str, Any]:
    """What is said of the first interface, where it is not one that is there already, is said of the instance."""
    listed = values.get("network_interface")
    if not isinstance(listed, list) or len(listed) != 1 or not isinstance(listed[0], dict):
        return values
    first = listed[0]
    if "network_interface_id" in first:
        return values
    del values["network_interface"]
    names = {
        "subnet_id": "subnet_id",
        "security_groups": "vpc_security_group_ids",
        "associate_public_ip_address": "associate_public_ip_address",
        "private_ip_address": "private_ip",
        "ipv6_address_count": "ipv6_address_count",
    }
    harmless = {"device_index", "delete_on_termination", "description"}
    for name, value in first.items():
        if name not in harmless:
            values[names.get(name, f"network_interface.{name}")] = value
    return values


def _condition_values(values: dict[str, Any]) -> dict[str, Any]:
    """A condition's `Field` and `Values` are the block of its name."""
    listed = values.get("condition")
    if not isinstance(listed, list):
        return values
    return {**values, "condition": [_condition(one) for one in listed]}


def _condition(one: Any) -> Any:
    if not isinstance(one, dict) or "values" not in one or not isinstance(one.get("field"), str):
        return one
    rest = {name: value for name, value in one.items() if name not in {"field", "values"}}
    return {**rest, one["field"].replace("-", "_"): {"values": one["values"]}}


def _attributes(values: dict[str, Any]) -> dict[str, Any]:
    """Target group attributes that are attributes of their own."""
    names = {
        "preserve_client_ip.enabled": "preserve_client_ip",
        "load_balancing.cross_zone.enabled": "load_balancing_cross_zone_enabled",
    }
    listed = values.pop("target_group_attributes", None)
    for one in listed if isinstance(listed, list) else ():
        if isinstance(one, dict) and one.get("key") in names:
            values[names[one["key"]]] = one.get("value")
    return values


_CHANGES: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "aws_security_group": _group,
    "aws_network_acl_rule": _entry,
    "aws_lb": _balancer,
    "aws_instance": _instance,
    "aws_lb_listener_rule": _condition_values,
    "aws_lb_target_group": _attributes,
    "aws_cloudfront_distribution": _distribution,
    "aws_ec2_transit_gateway_vpc_attachment": _attachment,
}
