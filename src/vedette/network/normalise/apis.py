"""APIs with their doors, one record for each thing that is behind one.

Sources: API Gateway developer guide, "Lambda proxy integrations" (the URI of an integration names the function) and
"Control access for invoking an API" (`arn:aws:execute-api:REGION:ACCOUNT:API/STAGE/METHOD/PATH`).
"""

from collections.abc import Iterable, Iterator

import msgspec

from vedette.errors import ParseError
from vedette.network import described as aws
from vedette.network.apis import NAMELESS_LINK, Api, Authorization, Door
from vedette.network.calls import (
    API_INTEGRATIONS,
    API_MAPPINGS,
    API_ROUTES,
    API_STAGES,
    REST_RESOURCES,
    REST_STAGES,
    ItemCall,
)
from vedette.network.codes import Code
from vedette.network.components._base import ANONYMOUS
from vedette.network.names import HTTP_API, REST_API, partition_of
from vedette.network.normalise.gather import Gathered
from vedette.network.normalise.invocations import API_GATEWAY, base_of, refusal
from vedette.network.policy import Request, allowed
from vedette.network.snapshot import Place
from vedette.network.topology import Gap

EDGE = "api-gateway"
REST_APIS, HTTP_APIS, DOMAINS = (
    "apigateway.get-rest-apis",
    "apigatewayv2.get-apis",
    "apigatewayv2.get-domain-names",
)
_PROXY = {"AWS_PROXY", "AWS"}
_FUNCTION = ":lambda:path/"
_VERBS = ("GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS")
_ANY = "ANY"
_CONNECT = "$connect"
_WEBSOCKET = "WEBSOCKET"
_ASKS_NOBODY = aws.ApiRoute(route_key=_CONNECT)


class _Behind(msgspec.Struct, frozen=True, kw_only=True):
    """What one method or route leads to, before it is known in which stages it is there."""

    name: str
    verbs: tuple[str, ...]
    path: str
    authorization: str
    key: bool
    target: str
    linked: bool
    role: str | None
    authorizer: str | None
    uri: str | None


def apis_of(gathered: Gathered) -> tuple[Api, ...]:
    """Every API in front of a function or a VPC link, by its id and target."""
    out: list[Api] = []
    for place in gathered.places:
        domains = _domains(gathered, place)
        for rest in place.rest_apis:
            found = gathered.items(REST_RESOURCES, aws.ApiResource, place, rest.id)
            stages = gathered.items(REST_STAGES, aws.RestStage, place, rest.id)
            if found is not None and stages is not None:
                template = _rest(gathered, place, rest, domains)
                named = tuple(one.stage_name for one in stages)
                out += _apis(gathered, template, _methods(found), named)
        for api in place.apis:
            routes = _routes(gathered, place, api)
            http_stages = gathered.items(API_STAGES, aws.ApiStage, place, api.api_id)
            if routes is not None and http_stages is not None:
                template = _http(place, api, domains)
                named = tuple(one.stage_name for one in http_stages)
                out += _apis(gathered, template, routes, named)
    return tuple(sorted(out, key=lambda one: (one.id, one.target)))


def api_gaps(gathered: Gathered) -> Iterator[Gap]:
    """APIs and places of which something was not recorded."""
    for place in gathered.places:
        where = f"{place.account}/{place.region}"
        for gap in place.missing:
            if gap.call in {REST_APIS, HTTP_APIS}:
                yield _gap(gap.about, gap.call, f"{gap.call} of {where}: {gap.reason}")
        for rest in place.rest_apis:
            yield from _item_gaps(gathered, place, rest.id, (REST_RESOURCES, REST_STAGES))
        for api in place.apis:
            calls = (API_ROUTES, API_INTEGRATIONS, API_STAGES)
            yield from _item_gaps(gathered, place, api.api_id, calls)


def _item_gaps(
    gathered: Gathered, place: Place, identity: str, calls: Iterable[ItemCall]
) -> Iterator[Gap]:
    for call in calls:
        if f"{call.name}/{identity}" not in place.recorded:
            reason = gathered.reason(call.name, place.account, place.region, identity)
            yield _gap(identity, call.name, reason)


def _gap(resource: str, component: str, reason: str) -> Gap:
    return Gap(
        edge=EDGE,
        resource=resource,
        code=Code.UNKNOWN_RESOURCE,
        component=component,
        reason=reason,
    )


def _domains(gathered: Gathered, place: Place) -> dict[str, list[str]] | None:
    """The names of its own that each API has; None if not all are known."""
    if not gathered.complete(DOMAINS, place.account, place.region):
        return None
    out: dict[str, list[str]] = {}
    for domain in place.api_domains:
        found = gathered.items(API_MAPPINGS, aws.ApiMapping, place, domain.domain_name)
        if found is None:
            return None
        for one in found:
            out.setdefault(one.api_id, []).append(domain.domain_name)
    return out


def _named(domains: dict[str, list[str]] | None, identity: str) -> tuple[str, ...] | None:
    return None if domains is None else tuple(sorted(set(domains.get(identity, ()))))


def _host(identity: str, region: str) -> str:
    suffix = ".cn" if partition_of(region) == "aws-cn" else ""
    return f"{identity}.execute-api.{region}.amazonaws.com{suffix}"


def _rest(
    gathered: Gathered, place: Place, rest: aws.RestApi, domains: dict[str, list[str]] | None
) -> Api:
    endpoint = rest.endpoint_configuration
    private = endpoint is not None and "PRIVATE" in endpoint.types
    policy = unescaped(rest.policy) if rest.policy else None
    api = Api(
        id=rest.id,
        name=rest.name,
        kind=REST_API,
        host=_host(rest.id, place.region),
        account=place.account,
        region=place.region,
        target="",
        disabled=rest.disable_execute_api_endpoint,
        private=private,
        domains=_named(domains, rest.id),
        policy=policy,
    )
    if not private:
        return api
    entries = tuple(sorted(_entries(gathered, api)))
    return msgspec.structs.replace(api, entries=entries)


def _http(place: Place, api: aws.Api, domains: dict[str, list[str]] | None) -> Api:
    return Api(
        id=api.api_id,
        name=api.name,
        kind=HTTP_API,
        host=_host(api.api_id, place.region),
        account=place.account,
        region=place.region,
        target="",
        disabled=api.disable_execute_api_endpoint,
        domains=_named(domains, api.api_id),
    )


def unescaped(policy: str) -> str:
    r"""A policy's text; REST APIs are described with it escaped once more (`{\"Version\"…`)."""
    if not policy.startswith('{\\"'):
        return policy
    try:
        return msgspec.json.decode(f'"{policy}"', type=str)
    except msgspec.DecodeError:
        return policy


def _entries(gathered: Gathered, api: Api) -> Iterator[str]:
    """The interface endpoints of the service that a private API's policy lets in."""
    service = f".{api.region}.execute-api"
    for place in gathered.places:
        for endpoint in place.endpoints:
            if not (endpoint.service_name or "").endswith(service) or api.policy is None:
                continue
            identity = endpoint.vpc_endpoint_id
            context = [("aws:sourcevpce", identity)]
            if endpoint.vpc_id:
                context.append(("aws:sourcevpc", endpoint.vpc_id))
            arn = _arns(api, "*", "GET", "*")
            request = Request(
                action="execute-api:Invoke",
                resources=arn,
                context=tuple(context),
                absent=ANONYMOUS - {"aws:sourcevpc", "aws:sourcevpce"},
            )
            try:
                if allowed(api.policy, request).most:
                    yield identity
            except ParseError:
                return


def _arns(api: Api, stage: str, verb: str, path: str) -> tuple[str, ...]:
    """The names of a method in policies: in full, and as `execute-api:/STAGE/METHOD/PATH`."""
    where = f"arn:{partition_of(api.region)}:execute-api:{api.region}:{api.account}:{api.id}"
    rest = f"{stage}/{verb}/{path}"
    return f"{where}/{rest}", f"execute-api:/{rest}"


def _methods(resources: Iterable[aws.ApiResource]) -> Iterator[_Behind]:
    for resource in resources:
        for verb, method in sorted(resource.resource_methods.items()):
            integration = method.method_integration
            if integration is None:
                continue
            linked = integration.connection_type == "VPC_LINK"
            target = _target(integration.type, integration.uri, integration.connection_id, linked)
            if target is not None:
                yield _Behind(
                    name=f"{verb} {resource.path}",
                    verbs=_VERBS if verb == _ANY else (verb,),
                    path=resource.path.removeprefix("/"),
                    authorization=method.authorization_type,
                    key=method.api_key_required,
                    target=target,
                    linked=linked,
                    role=integration.credentials,
                    authorizer=method.authorizer_id,
                    uri=integration.uri,
                )


def _routes(gathered: Gathered, place: Place, api: aws.Api) -> list[_Behind] | None:
    routes = gathered.items(API_ROUTES, aws.ApiRoute, place, api.api_id)
    integrations = gathered.items(API_INTEGRATIONS, aws.ApiIntegration, place, api.api_id)
    if routes is None or integrations is None:
        return None
    by_id = {one.integration_id: one for one in integrations}
    websocket = api.protocol_type == _WEBSOCKET
    # clients of a WebSocket API are asked who they are when they connect
    entrance = next((one for one in routes if one.route_key == _CONNECT), None)
    out: list[_Behind] = []
    for route in routes:
        integration = by_id.get((route.target or "").rpartition("/")[2])
        if integration is None:
            continue
        linked = integration.connection_type == "VPC_LINK"
        target = _target(
            integration.integration_type,
            integration.integration_uri,
            integration.connection_id,
            linked,
        )
        asker = (entrance or _ASKS_NOBODY) if websocket else route
        if target is not None:
            verbs, path = _key(route.route_key)
            out.append(
                _Behind(
                    name=route.route_key,
                    verbs=verbs,
                    path=path,
                    authorization=asker.authorization_type,
                    key=route.api_key_required,
                    target=target,
                    linked=linked,
                    role=integration.credentials_arn,
                    authorizer=asker.authorizer_id,
                    uri=integration.integration_uri,
                )
            )
    return out


def _key(key: str) -> tuple[tuple[str, ...], str]:
    """The verbs and path of a route key: `GET /pets`, `ANY /`, `$default`."""
    verb, _, path = key.partition(" ")
    if not path:
        return (key,), ""
    return (_VERBS if verb == _ANY else (verb,)), path.removeprefix("/")


def _target(kind: str, uri: str | None, link: str | None, linked: bool) -> str | None:  # noqa: FBT001 - what kind it is
    """The function's ARN, the VPC link, or None where it leads to neither."""
    if linked:
        return link or NAMELESS_LINK
    if kind not in _PROXY or uri is None:
        return None
    if _FUNCTION in uri:
        return uri.partition("/functions/")[2].removesuffix("/invocations") or uri
    return uri if ":lambda:" in uri and ":function:" in uri else None


def _apis(
    gathered: Gathered, api: Api, behind: Iterable[_Behind], stages: tuple[str, ...]
) -> Iterator[Api]:
    grouped: dict[tuple[str, bool], list[Door]] = {}
    for one in behind:
        doors = [
            _door(gathered, api, told, stage) for stage in stages for told in _told_apart(api, one)
        ]
        grouped.setdefault((_resource(one), one.linked), []).extend(doors)
    for (target, linked), doors in sorted(grouped.items()):
        if doors:
            yield msgspec.structs.replace(api, target=target, linked=linked, doors=tuple(doors))


def _told_apart(api: Api, behind: _Behind) -> Iterator[_Behind]:
    """One for each verb where a policy may tell them apart."""
    if api.policy is None or len(behind.verbs) == 1:
        yield behind
        return
    for verb in behind.verbs:
        yield msgspec.structs.replace(behind, name=f"{verb} /{behind.path}", verbs=(verb,))


def _resource(behind: _Behind) -> str:
    return behind.target if behind.linked else base_of(behind.target)


def _door(gathered: Gathered, api: Api, behind: _Behind, stage: str) -> Door:
    arns = [arn for verb in behind.verbs for arn in _arns(api, stage, verb, behind.path)]
    known = {one.value for one in Authorization}
    kind = behind.authorization
    refused = doubt = None
    if behind.role is not None:
        doubt = f"the function is invoked by {behind.role}, whose permissions are not judged"
    elif "${" in behind.target:
        doubt = f"which function {behind.target} is depends on a stage"
    elif not behind.linked:
        answers = [refusal(gathered, behind.target, API_GATEWAY, arn) for arn in arns[::2]]
        # one verb that the function's policy lets in is enough
        refused, doubt = min(answers, key=lambda one: (one[0] is not None, one[1] is not None))
    return Door(
        name=behind.name,
        stage=stage,
        arns=tuple(arns),
        authorization=Authorization(kind) if kind in known else Authorization.OTHER,
        key=behind.key,
        refused=refused,
        doubt=doubt,
        authorizer=behind.authorizer,
        beyond=behind.uri if behind.linked else None,
    )
