"""Load balancers, their listeners and targets."""

from typing import Any

import msgspec

from vedette.network import described as aws
from vedette.network.calls import (
    BALANCER_ATTRIBUTES,
    GROUP_ATTRIBUTES,
    LISTENERS,
    RULES,
    TARGET_HEALTH,
)
from vedette.network.normalise.balancer_names import name_of
from vedette.network.whatif import entries, hosts
from vedette.network.whatif.draft import AbsentError
from vedette.network.whatif.resource import View, changed, kind, place_of

_CROSS_ZONE = "load_balancing.cross_zone.enabled"


def _put_balancer(old: View | None, new: View) -> None:
    if old is None:
        _new_balancer(new)
        return
    draft = new.draft
    found = draft.find(aws.LoadBalancer, new.identity)
    if changed(old, new, "security_groups"):
        groups = new.texts("security_groups")
        for node in entries.nodes_of(draft, name_of(found)):
            hosts.set_groups(draft, node.network_interface_id, groups)
    for name in ("internal", "subnets", "subnet_mapping", "ip_address_type"):
        if changed(old, new, name):
            new.unclear(name, "a change of it is not modelled")


def _new_balancer(new: View) -> None:
    draft = new.draft
    mapped = [block.needed("subnet_id") for block in new.blocks("subnet_mapping")]
    subnets = new.texts("subnets") or tuple(mapped)
    if not subnets:
        raise AbsentError(new.address, "its subnets are not known")
    place = draft.place_of(aws.Subnet, subnets[0])
    name = new.text("name") or new.address
    internal = bool(new.flag("internal"))
    balancer = aws.LoadBalancer(
        load_balancer_arn=new.identity,
        load_balancer_name=name,
        scheme="internal" if internal else "internet-facing",
        type=new.text("load_balancer_type") or "application",
        vpc_id=draft.find(aws.Subnet, subnets[0]).vpc_id,
        state=aws.LoadBalancerState(code="active"),
        availability_zones=tuple(aws.BalancerZone(subnet_id=one) for one in subnets),
    )
    draft.put(balancer, place)
    crosses = str(bool(new.flag("enable_cross_zone_load_balancing"))).lower()
    attribute = aws.Attribute(key=_CROSS_ZONE, value=crosses)
    draft.answer(BALANCER_ATTRIBUTES, place, name, (attribute,))
    draft.answer(LISTENERS, place, name, ())
    if new.text("ip_address_type") not in {None, "ipv4"}:
        new.unclear("ip_address_type", "the IPv6 addresses of its nodes are not known")
    for subnet in subnets:
        _node(new, balancer, subnet, internal=internal)
    new.ledger.note(f"{new.address} has a node in each of its subnets, with addresses made up")


def _node(view: View, balancer: aws.LoadBalancer, subnet: str, *, internal: bool) -> None:
    draft = view.draft
    place = draft.place_of(aws.Subnet, subnet)
    private = hosts.free_address(draft, subnet)
    public = None if internal else aws.Association(public_ip=hosts.free_stand_in(draft))
    draft.put(
        aws.NetworkInterface(
            network_interface_id=f"eni-({view.address} in {subnet})",
            subnet_id=subnet,
            vpc_id=draft.find(aws.Subnet, subnet).vpc_id,
            owner_id=place.account,
            interface_type="network_load_balancer" if balancer.type == "network" else "interface",
            description=f"ELB {name_of(balancer)}",
            requester_id="amazon-elb",
            status="in-use",
            attachment=aws.Attachment(status="attached"),
            groups=tuple(aws.GroupIdentifier(group_id=one) for one in _groups(view, balancer)),
            private_ip_address=private,
            private_ip_addresses=(
                aws.PrivateAddress(private_ip_address=private, primary=True, association=public),
            ),
        ),
        place,
    )


def _groups(view: View, balancer: aws.LoadBalancer) -> tuple[str, ...]:
    groups = view.texts("security_groups")
    if groups or balancer.type != "application":
        return groups
    view.unclear("security_groups", "it gets the default group of its VPC, which is not known")
    return ("sg-default",)


def _remove_balancer(old: View) -> None:
    entries.drop_balancer(old.draft, old.identity)


def _actions(view: View, name: str) -> tuple[aws.Action, ...]:
    return tuple(_action(block) for block in view.blocks(name))


def _action(block: View) -> aws.Action:
    weighted = [
        aws.WeightedGroup(target_group_arn=group.needed("arn"), weight=group.number("weight"))
        for forward in block.blocks("forward")
        for group in forward.blocks("target_group")
    ]
    oidc, cognito = (_authenticate(block, f"authenticate_{one}") for one in ("oidc", "cognito"))
    return aws.Action(
        type=block.needed("type"),
        order=block.number("order"),
        target_group_arn=block.text("target_group_arn"),
        forward_config=aws.ForwardConfig(target_groups=tuple(weighted)) if weighted else None,
        authenticate_oidc_config=oidc,
        authenticate_cognito_config=cognito,
    )


def _authenticate(block: View, name: str) -> aws.Authenticate | None:
    for inner in block.blocks(name):
        return aws.Authenticate(on_unauthenticated_request=inner.text("on_unauthenticated_request"))
    return None


def _put_listener(old: View | None, new: View) -> None:
    del old
    mode = next((one.text("mode") for one in new.blocks("mutual_authentication")), None)
    entries.put_listener(
        new.draft,
        aws.Listener(
            listener_arn=new.identity,
            load_balancer_arn=new.needed("load_balancer_arn"),
            port=new.number("port"),
            protocol=new.text("protocol") or "HTTP",
            default_actions=_actions(new, "default_action"),
            mutual_authentication=aws.MutualAuthentication(mode=mode) if mode else None,
        ),
    )


def _remove_listener(old: View) -> None:
    entries.drop_listener(old.draft, old.needed("load_balancer_arn"), old.identity)


_FIELDS = {
    "host_header": "host-header",
    "path_pattern": "path-pattern",
    "http_request_method": "http-request-method",
    "source_ip": "source-ip",
}


def _put_rule(old: View | None, new: View) -> None:
    if old is not None:
        _remove_rule(old)
    conditions = [one for block in new.blocks("condition") for one in _conditions(block)]
    rule = aws.Rule(
        rule_arn=new.identity,
        priority=str(new.number("priority") or 1),
        conditions=tuple(conditions),
        actions=_actions(new, "action"),
    )
    if new.number("priority") is None:
        new.unclear("priority", "its priority is not known: it is taken as the first")
    arn = new.needed("listener_arn")
    place, identity = _listener_place(new, arn)
    kept = new.draft.answered(RULES, aws.Rule, place, identity)
    new.draft.answer(RULES, place, identity, (*kept, rule))


def _conditions(block: View) -> list[aws.Condition]:
    out = [
        aws.Condition(field=field, values=inner.texts("values"))
        for name, field in _FIELDS.items()
        for inner in block.blocks(name)
    ]
    out += [
        aws.Condition(
            field="http-header",
            http_header_config=aws.HeaderValues(
                http_header_name=inner.text("http_header_name"), values=inner.texts("values")
            ),
        )
        for inner in block.blocks("http_header")
    ]
    out += [
        aws.Condition(
            field="query-string",
            query_string_config=aws.QueryValues(
                values=(aws.QueryPair(key=inner.text("key"), value=inner.text("value")),)
            ),
        )
        for inner in block.blocks("query_string")
    ]
    return out


def _remove_rule(old: View) -> None:
    place, identity = _listener_place(old, old.needed("listener_arn"))
    listed = old.draft.answered(RULES, aws.Rule, place, identity)
    kept = tuple(one for one in listed if one.rule_arn != old.identity)
    if kept == listed:
        raise AbsentError(old.identity)
    old.draft.answer(RULES, place, identity, kept)


def _listener_place(view: View, arn: str) -> tuple[Any, str]:
    """Where the rules of a listener were recorded: its load balancer's place, and the last part of its ARN."""
    identity = arn.rpartition("/")[2]
    for balancer in view.draft.every(aws.LoadBalancer):
        place = view.draft.place_of(aws.LoadBalancer, balancer.load_balancer_arn)
        try:
            listed = view.draft.answered(
                LISTENERS, aws.Listener, place, balancer.load_balancer_name
            )
        except AbsentError:
            continue
        if any(one.listener_arn == arn for one in listed):
            return place, identity
    raise AbsentError(arn)


def _put_group(old: View | None, new: View) -> None:
    draft = new.draft
    fields = {
        "target_type": new.text("target_type") or "instance",
        "protocol": new.text("protocol"),
        "port": new.number("port"),
        "ip_address_type": new.text("ip_address_type"),
        "vpc_id": new.text("vpc_id"),
    }
    preserve = new.text("preserve_client_ip") if not new.is_unknown("preserve_client_ip") else None
    given = (
        ("preserve_client_ip.enabled", preserve),
        (_CROSS_ZONE, new.text("load_balancing_cross_zone_enabled")),
    )
    attributes = tuple(
        aws.Attribute(key=key, value=value.lower())
        for key, value in given
        if value is not None and value.lower() in {"true", "false"}
    )
    if old is None:
        place = place_of(draft, (aws.Vpc, new.text("vpc_id")))
        name = new.text("name") or new.address
        found = aws.TargetGroup(target_group_arn=new.identity, target_group_name=name)
        draft.answer(TARGET_HEALTH, place, name, ())
    else:
        place = draft.place_of(aws.TargetGroup, new.identity)
        found = draft.find(aws.TargetGroup, new.identity)
    draft.answer(GROUP_ATTRIBUTES, place, found.target_group_name, attributes)
    draft.put(msgspec.structs.replace(found, **fields), place)


def _remove_group(old: View) -> None:
    old.draft.drop(aws.TargetGroup, old.identity)


def _target(view: View) -> aws.Target:
    zone = view.text("availability_zone")
    return aws.Target(id=view.needed("target_id"), port=view.number("port"), availability_zone=zone)


def _put_target(old: View | None, new: View) -> None:
    if old is not None:
        _remove_target(old)
    entries.register(new.draft, new.needed("target_group_arn"), _target(new))


def _remove_target(old: View) -> None:
    target = _target(old)
    entries.deregister(old.draft, old.needed("target_group_arn"), target.id, target.port)


_GROUP = "port protocol target_type vpc_id ip_address_type preserve_client_ip"

KINDS = (
    kind(
        "aws_lb_target_group",
        _put_group,
        _remove_group,
        reads=f"{_GROUP} load_balancing_cross_zone_enabled",
        harmless="arn_suffix connection_termination deregistration_delay health_check"
        " lambda_multi_value_headers_enabled load_balancer_arns load_balancing_algorithm_type"
        " load_balancing_anomaly_mitigation protocol_version proxy_protocol_v2 slow_start"
        " stickiness target_failover target_group_health target_health_state",
    ),
    kind(
        "aws_lb",
        _put_balancer,
        _remove_balancer,
        reads="internal load_balancer_type subnets subnet_mapping security_groups ip_address_type"
        " enable_cross_zone_load_balancing",
        harmless="access_logs arn_suffix client_keep_alive connection_logs"
        " customer_owned_ipv4_pool desync_mitigation_mode dns_name dns_record_client_routing_policy"
        " drop_invalid_header_fields enable_deletion_protection enable_http2"
        " enable_tls_version_and_cipher_suite_headers enable_waf_fail_open"
        " enable_xff_client_port enable_zonal_shift idle_timeout ipam_pools"
        " minimum_load_balancer_capacity preserve_host_header vpc_id xff_header_processing_mode"
        " zone_id",
    ),
    kind(
        "aws_lb_listener",
        _put_listener,
        _remove_listener,
        reads="load_balancer_arn port protocol default_action mutual_authentication",
        harmless="alpn_policy certificate_arn ssl_policy tcp_idle_timeout_seconds",
    ),
    kind(
        "aws_lb_listener_rule",
        _put_rule,
        _remove_rule,
        reads="listener_arn priority condition action",
    ),
    kind(
        "aws_lb_target_group_attachment",
        _put_target,
        _remove_target,
        reads="target_group_arn target_id port availability_zone",
    ),
)
