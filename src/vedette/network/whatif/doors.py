"""Edits of APIs of API Gateway: what they are called by, whose policy they have, and what their doors ask."""

import json
from collections.abc import Callable
from typing import Any, TypeVar

import msgspec

from vedette.network import described as aws
from vedette.network.calls import (
    API_INTEGRATIONS,
    API_ROUTES,
    API_STAGES,
    REST_RESOURCES,
    REST_STAGES,
    ItemCall,
)
from vedette.network.normalise.apis import unescaped
from vedette.network.snapshot import Place
from vedette.network.whatif.draft import AbsentError, Draft

_Item = TypeVar("_Item", bound=aws.Described)
_Stage = TypeVar("_Stage", bound=aws.RestStage | aws.ApiStage)
_Items = tuple[_Item, ...]
_Listing = tuple[ItemCall, type[aws.Described], type[_Item]]
"""A call for one API: what kind of API, and what it lists."""

_REST_STAGES: _Listing[aws.RestStage] = (REST_STAGES, aws.RestApi, aws.RestStage)
_ROUTES: _Listing[aws.ApiRoute] = (API_ROUTES, aws.Api, aws.ApiRoute)
_INTEGRATIONS: _Listing[aws.ApiIntegration] = (API_INTEGRATIONS, aws.Api, aws.ApiIntegration)
_STAGES: _Listing[aws.ApiStage] = (API_STAGES, aws.Api, aws.ApiStage)


def disable_endpoint(draft: Draft, api: str) -> None:
    """Turn the default endpoint of an API off."""
    if draft.has(aws.RestApi, api):
        rest = draft.find(aws.RestApi, api)
        draft.put(msgspec.structs.replace(rest, disable_execute_api_endpoint=True))
    else:
        http = draft.find(aws.Api, api)
        draft.put(msgspec.structs.replace(http, disable_execute_api_endpoint=True))


def drop_statement(draft: Draft, api: str, sid: str) -> None:
    """Take a statement out of a REST API's policy, by its Sid or its number from 1. AbsentError without it."""
    rest = draft.find(aws.RestApi, api)
    statements = _statements(rest)
    kept = [
        one
        for number, one in enumerate(statements, start=1)
        if sid not in {one.get("Sid"), str(number), f"statement {number}"}
    ]
    if len(kept) == len(statements):
        raise AbsentError(api, f"its policy has no statement {sid}")
    document = json.dumps({"Version": "2012-10-17", "Statement": kept}, sort_keys=True)
    draft.put(msgspec.structs.replace(rest, policy=document))


def _statements(rest: aws.RestApi) -> list[dict[str, Any]]:
    try:
        document = json.loads(unescaped(rest.policy or "{}"))
    except (ValueError, RecursionError):
        document = None
    found = document.get("Statement", []) if isinstance(document, dict) else None
    found = [found] if isinstance(found, dict) else found
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise AbsentError(rest.id, "its policy is malformed")
    return found


def authorize(draft: Draft, api: str, door: str) -> None:
    """Let a method (`GET /pets`) or route ask for IAM credentials. AbsentError without it."""
    if draft.has(aws.RestApi, api):
        verb, _, path = door.partition(" ")
        set_method(draft, api, path, (verb, None), authorization_type="AWS_IAM")
        return
    place = draft.place_of(aws.Api, api)
    listed = draft.answered(API_ROUTES, aws.ApiRoute, place, api)
    changed = tuple(
        msgspec.structs.replace(one, authorization_type="AWS_IAM") if one.route_key == door else one
        for one in listed
    )
    if changed == listed:
        raise AbsentError(api, f"it has no route {door} that anybody may call")
    draft.answer(API_ROUTES, place, api, changed)


# -- REST -------------------------------------------------------------------------------------------------------------


def put_rest(draft: Draft, api: aws.RestApi, place: Place) -> None:
    """Make a REST API, which has no methods and stages yet, or change it."""
    is_new = not draft.has(aws.RestApi, api.id)
    draft.put(api, place)
    if is_new:
        draft.answer(REST_RESOURCES, place, api.id, (aws.ApiResource(),))
        draft.answer(REST_STAGES, place, api.id, ())
        for call in (REST_RESOURCES, REST_STAGES):
            draft.record(place, f"{call.name}/{api.id}")


def put_resource(draft: Draft, api: str, identity: str, parent: str | None, part: str) -> None:
    """Give a REST API a path below another one; None: below the root."""
    place, listed = _resources(draft, api)
    above = "/" if parent is None else path_of(draft, api, parent)
    new = aws.ApiResource(id=identity, path=f"{above.rstrip('/')}/{part}")
    draft.answer(REST_RESOURCES, place, api, (*listed, new))


def path_of(draft: Draft, api: str, identity: str) -> str:
    """The path of a resource by its id. AbsentError without it."""
    for one in _resources(draft, api)[1]:
        if one.id == identity:
            return one.path
    raise AbsentError(api, f"it has no resource {identity}")


def drop_resource(draft: Draft, api: str, identity: str) -> None:
    """Take a path away with its methods."""
    place, listed = _resources(draft, api)
    kept = tuple(one for one in listed if one.id != identity)
    draft.answer(REST_RESOURCES, place, api, kept)


def set_method(
    draft: Draft, api: str, path: str, method: tuple[str, aws.Method | None], **fields: Any
) -> None:
    """Change a method by fields; with a method, make it where there is none. AbsentError without it."""
    verb, new = method
    place, listed = _resources(draft, api)
    out = []
    found = False
    for one in listed:
        known = one.resource_methods.get(verb, new)
        if one.path == path and known is not None:
            found = True
            methods = one.resource_methods | {verb: msgspec.structs.replace(known, **fields)}
            out.append(msgspec.structs.replace(one, resource_methods=methods))
        else:
            out.append(one)
    if not found:
        raise AbsentError(api, f"it has no {verb} {path}")
    draft.answer(REST_RESOURCES, place, api, tuple(out))


def drop_method(draft: Draft, api: str, path: str, verb: str) -> None:
    """Take a method away."""
    place, listed = _resources(draft, api)
    kept = tuple(
        msgspec.structs.replace(
            one, resource_methods={k: v for k, v in one.resource_methods.items() if k != verb}
        )
        if one.path == path
        else one
        for one in listed
    )
    draft.answer(REST_RESOURCES, place, api, kept)


def _resources(draft: Draft, api: str) -> tuple[Place, tuple[aws.ApiResource, ...]]:
    place = draft.place_of(aws.RestApi, api)
    return place, draft.answered(REST_RESOURCES, aws.ApiResource, place, api)


def put_rest_stage(draft: Draft, api: str, stage: str) -> None:
    """Give a REST API a stage."""
    _edit(
        draft,
        _REST_STAGES,
        api,
        lambda listed: _with_stage(listed, aws.RestStage(stage_name=stage)),
    )


def drop_rest_stage(draft: Draft, api: str, stage: str) -> None:
    """Take a stage away."""
    _edit(draft, _REST_STAGES, api, lambda listed: _without(listed, "stage_name", stage))


# -- HTTP and WebSocket -----------------------------------------------------------------------------------------------


def put_http(draft: Draft, api: aws.Api, place: Place) -> None:
    """Make an HTTP or WebSocket API, which has no routes and stages yet, or change it."""
    is_new = not draft.has(aws.Api, api.api_id)
    draft.put(api, place)
    if is_new:
        for call in (API_ROUTES, API_INTEGRATIONS, API_STAGES):
            draft.answer(call, place, api.api_id, ())
            draft.record(place, f"{call.name}/{api.api_id}")


def put_route(draft: Draft, api: str, route: aws.ApiRoute) -> None:
    """Give an API a route, or change the one of its key."""
    _edit(
        draft,
        _ROUTES,
        api,
        lambda listed: (*_without(listed, "route_key", route.route_key), route),
    )


def drop_route(draft: Draft, api: str, key: str) -> None:
    """Take a route away."""
    _edit(draft, _ROUTES, api, lambda listed: _without(listed, "route_key", key))


def put_integration(draft: Draft, api: str, integration: aws.ApiIntegration) -> None:
    """Give an API an integration, or change it."""
    identity = integration.integration_id
    _edit(
        draft,
        _INTEGRATIONS,
        api,
        lambda listed: (*_without(listed, "integration_id", identity), integration),
    )


def put_http_stage(draft: Draft, api: str, stage: str) -> None:
    """Give an API a stage."""
    _edit(draft, _STAGES, api, lambda listed: _with_stage(listed, aws.ApiStage(stage_name=stage)))


def drop_http_stage(draft: Draft, api: str, stage: str) -> None:
    """Take a stage away."""
    _edit(draft, _STAGES, api, lambda listed: _without(listed, "stage_name", stage))


# -- what a call for one API answers ----------------------------------------------------------------------------------


def _edit(
    draft: Draft, listing: _Listing[_Item], api: str, edit: Callable[[_Items[_Item]], _Items[_Item]]
) -> None:
    """Change the answer of a call. AbsentError where there is no such API, or it was not recorded."""
    call, owner, kind = listing
    place = draft.place_of(owner, api)
    draft.answer(call, place, api, edit(draft.answered(call, kind, place, api)))


def _with_stage(listed: _Items[_Stage], stage: _Stage) -> _Items[_Stage]:
    is_there = any(one.stage_name == stage.stage_name for one in listed)
    return listed if is_there else (*listed, stage)


def _without(listed: _Items[_Item], field: str, value: str) -> _Items[_Item]:
    return tuple(one for one in listed if getattr(one, field) != value)
