"""Edits of load balancers, their targets, and function URLs: what is reached above the network."""

import json
from typing import Any

import msgspec

from vedette.errors import ParseError
from vedette.network import described as aws
from vedette.network.calls import LIST_URLS, LISTENERS, RULES, TARGET_HEALTH
from vedette.network.normalise.balancer_names import name_of
from vedette.network.snapshot import FunctionPolicy, Place
from vedette.network.whatif.draft import AbsentError, Draft
from vedette.network.whatif.hosts import without_public

_ARN_PARTS = 7
_LATEST = "$LATEST"


def put_listener(draft: Draft, listener: aws.Listener) -> None:
    """Add a listener to its load balancer, or replace it; its default action alone decides."""
    balancer = draft.find(aws.LoadBalancer, listener.load_balancer_arn or "")
    place = draft.place_of(aws.LoadBalancer, balancer.load_balancer_arn)
    name = balancer.load_balancer_name
    listed = draft.answered(LISTENERS, aws.Listener, place, name)
    kept = tuple(one for one in listed if one.listener_arn != listener.listener_arn)
    draft.answer(LISTENERS, place, name, (*kept, listener))
    _put_default(draft, place, listener)


def _put_default(draft: Draft, place: Place, listener: aws.Listener) -> None:
    identity = listener.listener_arn.rpartition("/")[2]
    try:
        rules = draft.answered(RULES, aws.Rule, place, identity)
    except AbsentError:
        rules = ()
    default = aws.Rule(
        rule_arn=f"{listener.listener_arn}/default",
        is_default=True,
        actions=listener.default_actions,
    )
    others = tuple(one for one in rules if not one.is_default)
    draft.answer(RULES, place, identity, (*others, default))


def drop_listener(draft: Draft, balancer: str, listener: str) -> None:
    """Delete a listener: by ARN, of a Classic Load Balancer as `NAME:PORT`."""
    if draft.has(aws.ClassicLoadBalancer, balancer):
        classic = draft.find(aws.ClassicLoadBalancer, balancer)
        kept = tuple(
            one
            for one in classic.listener_descriptions
            if f"{balancer}:{one.listener.load_balancer_port}" != listener
        )
        if kept == classic.listener_descriptions:
            raise AbsentError(balancer, f"it has no listener {listener}")
        draft.put(msgspec.structs.replace(classic, listener_descriptions=kept))
        return
    found = draft.find(aws.LoadBalancer, balancer)
    place = draft.place_of(aws.LoadBalancer, balancer)
    listed = draft.answered(LISTENERS, aws.Listener, place, found.load_balancer_name)
    remaining = tuple(one for one in listed if one.listener_arn != listener)
    if remaining == listed:
        raise AbsentError(balancer, f"it has no listener {listener}")
    draft.answer(LISTENERS, place, found.load_balancer_name, remaining)


def make_internal(draft: Draft, balancer: str) -> None:
    """Put one of the internal scheme in a load balancer's place: its nodes keep no public address."""
    found: aws.LoadBalancer | aws.ClassicLoadBalancer
    if draft.has(aws.ClassicLoadBalancer, balancer):
        found = draft.find(aws.ClassicLoadBalancer, balancer)
    else:
        found = draft.find(aws.LoadBalancer, balancer)
    draft.put(msgspec.structs.replace(found, scheme="internal"))
    for node in nodes_of(draft, name_of(found)):
        draft.put(msgspec.structs.replace(without_public(node), ipv6_addresses=()))


def nodes_of(draft: Draft, name: str) -> tuple[aws.NetworkInterface, ...]:
    """The interfaces of a load balancer, by `app/NAME/ID` or a Classic Load Balancer's name."""
    return tuple(
        one for one in draft.every(aws.NetworkInterface) if one.description == f"ELB {name}"
    )


def drop_balancer(draft: Draft, arn: str) -> None:
    """Delete a load balancer with its nodes."""
    for node in nodes_of(draft, name_of(draft.find(aws.LoadBalancer, arn))):
        draft.drop(aws.NetworkInterface, node.network_interface_id)
    draft.drop(aws.LoadBalancer, arn)


def register(draft: Draft, group: str, target: aws.Target) -> None:
    """Register a target with a group."""
    place, name, listed = _health(draft, group)
    kept = tuple(one for one in listed if one.target != target)
    draft.answer(TARGET_HEALTH, place, name, (*kept, aws.TargetHealth(target=target)))


def deregister(draft: Draft, group: str, target: str, port: int | None = None) -> None:
    """Take a target out of a group; without a port at all of its ports. A Classic Load Balancer's group is its name."""
    if draft.has(aws.ClassicLoadBalancer, group):
        classic = draft.find(aws.ClassicLoadBalancer, group)
        left = tuple(one for one in classic.instances if one.instance_id != target)
        if left == classic.instances:
            raise AbsentError(group, f"{target} is not registered")
        draft.put(msgspec.structs.replace(classic, instances=left))
        return
    place, name, listed = _health(draft, group)
    kept = tuple(
        one for one in listed if one.target.id != target or port not in {None, one.target.port}
    )
    if kept == listed:
        raise AbsentError(group, f"{target} is not registered")
    draft.answer(TARGET_HEALTH, place, name, kept)


def _health(draft: Draft, group: str) -> tuple[Place, str, tuple[aws.TargetHealth, ...]]:
    name = draft.find(aws.TargetGroup, group).target_group_name
    place = draft.place_of(aws.TargetGroup, group)
    return place, name, draft.answered(TARGET_HEALTH, aws.TargetHealth, place, name)


# -- functions --------------------------------------------------------------------------------------------------------


def put_url(draft: Draft, url: aws.FunctionUrl, place: Place) -> None:
    """Give a function a URL, or change the one that it has."""
    name, _ = function_of(url.function_arn)
    draft.put(url, place)
    draft.record(place, f"{LIST_URLS}/{name}")


def put_function(draft: Draft, place: Place, name: str, arn: str) -> None:
    """Make a function, which has no resource policy and no URL yet."""
    draft.put(aws.Function(function_name=name, function_arn=arn), place)
    draft.put_policy(place, FunctionPolicy(function=name, qualifier=None, document=None))
    draft.record(place, f"{LIST_URLS}/{name}")


def set_auth(draft: Draft, arn: str, auth_type: str) -> None:
    """Set the auth type of a function's URL. ParseError if there is no such type."""
    if auth_type not in {"NONE", "AWS_IAM"}:
        raise ParseError(f"{auth_type!r} is not an auth type of function URLs")
    found = draft.find(aws.FunctionUrl, arn)
    draft.put(msgspec.structs.replace(found, auth_type=auth_type))


def function_of(arn: str) -> tuple[str, str | None]:
    """The name and the qualifier in a function's ARN, or in a bare name."""
    parts = arn.split(":")
    if len(parts) < _ARN_PARTS:
        name, _, qualifier = arn.partition(":")
    else:
        name = parts[_ARN_PARTS - 1]
        qualifier = parts[_ARN_PARTS] if len(parts) > _ARN_PARTS else ""
    return name, None if qualifier in {"", _LATEST} else qualifier


def put_statement(draft: Draft, place: Place, arn: str, statement: dict[str, Any]) -> None:
    """Add a statement to a function's resource policy, or replace the one of its Sid."""
    name, qualifier = function_of(arn)
    statements = [
        one
        for one in _statements(draft.policy(place, name, qualifier), name)
        if one.get("Sid") != statement["Sid"]
    ]
    _write(draft, place, (name, qualifier), [*statements, statement])


def drop_statement(draft: Draft, place: Place, arn: str, sid: str) -> None:
    """Take a statement out of a function's resource policy. AbsentError if it has none of that Sid."""
    name, qualifier = function_of(arn)
    before = _statements(draft.policy(place, name, qualifier), name)
    kept = [one for one in before if one.get("Sid") != sid]
    if len(kept) == len(before):
        raise AbsentError(arn, f"its resource policy has no statement {sid}")
    _write(draft, place, (name, qualifier), kept)


def place_of_function(draft: Draft, arn: str) -> Place:
    """Where a function is. AbsentError if it is not described."""
    name, _ = function_of(arn)
    if draft.has(aws.FunctionUrl, arn):
        return draft.place_of(aws.FunctionUrl, arn)
    return draft.place_of(aws.Function, name)


def _statements(policy: FunctionPolicy | None, name: str) -> list[dict[str, Any]]:
    if policy is None:
        raise AbsentError(name, "its resource policy was not recorded")
    if policy.document is None:
        return []
    try:
        document = json.loads(policy.document)
    except (ValueError, RecursionError) as error:
        raise AbsentError(name, "its resource policy is malformed") from error
    found = document.get("Statement") if isinstance(document, dict) else None
    found = [found] if isinstance(found, dict) else found
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise AbsentError(name, "its resource policy is malformed")
    return found


def _write(
    draft: Draft, place: Place, function: tuple[str, str | None], statements: list[dict[str, Any]]
) -> None:
    document = None
    if statements:
        document = json.dumps({"Version": "2012-10-17", "Statement": statements}, sort_keys=True)
    name, qualifier = function
    draft.put_policy(place, FunctionPolicy(function=name, qualifier=qualifier, document=document))
