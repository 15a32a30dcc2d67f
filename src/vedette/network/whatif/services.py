"""Edits of prefix lists, and of services that stand before others: PrivateLink, CloudFront, Global Accelerator."""

import msgspec

from vedette.network import described as aws
from vedette.network.addrset import parse_block
from vedette.network.calls import (
    ENDPOINT_GROUPS,
    SERVICE_PERMISSIONS,
    SPEED_LISTENERS,
    VPC_ORIGIN,
)
from vedette.network.snapshot import Place
from vedette.network.whatif.draft import AbsentError, Draft
from vedette.network.whatif.paths import spelled

# -- prefix lists -----------------------------------------------------------------------------------------------------


def put_list(draft: Draft, identity: str, place: Place, blocks: tuple[str, ...]) -> None:
    """Make a prefix list, or give it these blocks. ParseError if one is no block."""
    for one in blocks:
        parse_block(one)
    if not draft.has(aws.ManagedPrefixList, identity):
        draft.put(aws.ManagedPrefixList(prefix_list_id=identity, owner_id=place.account), place)
    draft.put_prefix_blocks(place, identity, tuple(dict.fromkeys(blocks)))


def add_block(draft: Draft, identity: str, block: str) -> None:
    """Add a block to a prefix list. ParseError if it is none."""
    parse_block(block)
    _set_blocks(draft, identity, (*draft.prefix_blocks(identity), block))


def drop_block(draft: Draft, identity: str, block: str) -> None:
    """Take a block out of a prefix list. AbsentError if it does not have it."""
    before = draft.prefix_blocks(identity)
    kept = tuple(one for one in before if spelled(one) != spelled(block))
    if kept == before:
        raise AbsentError(identity, f"it has no entry {block}")
    _set_blocks(draft, identity, kept)


def _set_blocks(draft: Draft, identity: str, blocks: tuple[str, ...]) -> None:
    place = draft.place_of(aws.ManagedPrefixList, identity)
    draft.put_prefix_blocks(place, identity, tuple(dict.fromkeys(blocks)))


# -- endpoint services ------------------------------------------------------------------------------------------------


def put_service(draft: Draft, service: aws.EndpointService, place: Place) -> None:
    """Make an endpoint service, to which nobody is connected yet, or change it."""
    is_new = not draft.has(aws.EndpointService, service.service_id)
    draft.put(service, place)
    if is_new:
        draft.answer(SERVICE_PERMISSIONS, place, service.service_id, ())


def set_principals(draft: Draft, service: str, principals: tuple[str, ...]) -> None:
    """Say who may make endpoints of a service."""
    place = draft.place_of(aws.EndpointService, service)
    allowed = tuple(aws.AllowedPrincipal(principal=one) for one in dict.fromkeys(principals))
    draft.answer(SERVICE_PERMISSIONS, place, service, allowed)


def principals(draft: Draft, service: str) -> tuple[str, ...]:
    """Who may make endpoints of a service. AbsentError if that was not recorded."""
    place = draft.place_of(aws.EndpointService, service)
    found = draft.answered(SERVICE_PERMISSIONS, aws.AllowedPrincipal, place, service)
    return tuple(one.principal for one in found if one.principal)


def set_connection(draft: Draft, service: str, endpoint: str, state: str) -> None:
    """Accept (`available`) or reject (`rejected`) an endpoint's connection."""
    place = draft.place_of(aws.EndpointService, service)
    new = aws.EndpointConnection(
        service_id=service, vpc_endpoint_id=endpoint, vpc_endpoint_state=state
    )
    if draft.has(aws.EndpointConnection, endpoint):
        known = draft.find(aws.EndpointConnection, endpoint)
        new = msgspec.structs.replace(known, vpc_endpoint_state=state)
    draft.put(new, place)


# -- CloudFront -------------------------------------------------------------------------------------------------------


def put_distribution(
    draft: Draft, identity: str, origins: tuple[str, ...], place: Place, *, enabled: bool
) -> None:
    """Make or change a distribution with these VPC origins."""
    items = tuple(
        aws.Origin(vpc_origin_config=aws.UsesVpcOrigin(vpc_origin_id=one)) for one in origins
    )
    known = aws.Distribution(id=identity, domain_name=f"{identity}.cloudfront.net")
    if draft.has(aws.Distribution, identity):
        known = draft.find(aws.Distribution, identity)
    new = msgspec.structs.replace(known, enabled=enabled, origins=aws.Origins(items=items))
    draft.put(new, place)


def put_origin(draft: Draft, identity: str, endpoint: aws.VpcOriginEndpoint, place: Place) -> None:
    """Make or change a VPC origin."""
    draft.answer(VPC_ORIGIN, place, identity, (aws.VpcOrigin(vpc_origin_endpoint_config=endpoint),))


def enable_distribution(draft: Draft, identity: str, *, enabled: bool) -> None:
    """Enable or disable a distribution."""
    draft.put(msgspec.structs.replace(draft.find(aws.Distribution, identity), enabled=enabled))


# -- accelerators -----------------------------------------------------------------------------------------------------


def put_accelerator(draft: Draft, accelerator: aws.Accelerator, place: Place) -> None:
    """Make an accelerator, which has no listeners yet, or change it."""
    is_new = not draft.has(aws.Accelerator, accelerator.accelerator_arn)
    draft.put(accelerator, place)
    if is_new:
        draft.answer(SPEED_LISTENERS, place, last(accelerator.accelerator_arn), ())


def enable_accelerator(draft: Draft, arn: str, *, enabled: bool) -> None:
    """Enable or disable an accelerator."""
    draft.put(msgspec.structs.replace(draft.find(aws.Accelerator, arn), enabled=enabled))


def put_speed_listener(draft: Draft, accelerator: str, listener: aws.AcceleratorListener) -> None:
    """Give an accelerator a listener, without endpoints where it is new, or change it."""
    place = draft.place_of(aws.Accelerator, accelerator)
    listed = draft.answered(SPEED_LISTENERS, aws.AcceleratorListener, place, last(accelerator))
    kept = tuple(one for one in listed if one.listener_arn != listener.listener_arn)
    draft.answer(SPEED_LISTENERS, place, last(accelerator), (*kept, listener))
    if len(kept) == len(listed):
        draft.answer(ENDPOINT_GROUPS, place, last(listener.listener_arn), ())


def drop_speed_listener(draft: Draft, accelerator: str, listener: str) -> None:
    """Take a listener away. AbsentError if there is none."""
    place = draft.place_of(aws.Accelerator, accelerator)
    listed = draft.answered(SPEED_LISTENERS, aws.AcceleratorListener, place, last(accelerator))
    kept = tuple(one for one in listed if one.listener_arn != listener)
    if kept == listed:
        raise AbsentError(accelerator, f"it has no listener {listener}")
    draft.answer(SPEED_LISTENERS, place, last(accelerator), kept)


def put_group(draft: Draft, listener: str, group: aws.EndpointGroup) -> None:
    """Say where a listener sends to in one Region."""
    _set_groups(draft, listener, group.endpoint_group_arn, (group,))


def drop_group(draft: Draft, listener: str, arn: str) -> None:
    """Take an endpoint group away from a listener."""
    _set_groups(draft, listener, arn, ())


def _set_groups(draft: Draft, listener: str, arn: str, new: tuple[aws.EndpointGroup, ...]) -> None:
    identity = last(listener)
    place = draft.answering(ENDPOINT_GROUPS, identity)
    listed = draft.answered(ENDPOINT_GROUPS, aws.EndpointGroup, place, identity)
    kept = tuple(one for one in listed if one.endpoint_group_arn != arn)
    draft.answer(ENDPOINT_GROUPS, place, identity, (*kept, *new))


def last(arn: str) -> str:
    """The last part of an ARN, by which such calls are recorded."""
    return arn.rpartition("/")[2]
