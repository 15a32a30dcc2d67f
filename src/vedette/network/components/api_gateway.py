"""A method or route of an API is open to anybody if nothing asks who they are, and the API's policy agrees.

Sources: API Gateway developer guide, "Control access to a REST API with API Gateway resource policies" (without a
policy everybody may call; with one, without an authorizer, only whom it allows), "Private REST APIs" (only through
interface endpoints), "Disable the default endpoint"; "Usage plans and API keys" (a key is not an authorization). A
function lets the service in by its own policy.
"""

from vedette.errors import ParseError
from vedette.network.apis import NAMELESS_LINK, Api, Authorization, Door
from vedette.network.codes import Code
from vedette.network.components._base import (
    ANONYMOUS,
    ApiComponent,
    Doubt,
    Reached,
    Role,
    Shut,
    UrlPassage,
)
from vedette.network.policy import EVERYBODY, Request, Scope, allowed


def _judge(api: Api, door: Door) -> UrlPassage:
    return _endpoint(api) or _authorized(door) or _admitted(api, door)


def _endpoint(api: Api) -> Shut | Doubt | None:
    if api.private:
        listed = ", ".join(api.entries)
        who = f"its policy lets in {listed} alone" if listed else "its policy lets no known one in"
        return _shut(
            Code.API_ENDPOINT_PRIVATE, f"it answers at interface endpoints alone, and {who}"
        )
    if api.disabled and api.domains is None:
        return _doubt("its default endpoint is off, and names of its own were not recorded")
    if api.disabled and not api.domains:
        return _shut(
            Code.API_ENDPOINT_DISABLED, "its default endpoint is off, and it has no other name"
        )
    return None


def _authorized(door: Door) -> Shut | Doubt | None:
    match door.authorization:
        case Authorization.NOBODY:
            return None
        case Authorization.FUNCTION:
            return Doubt(
                code=Code.UNSUPPORTED_COMPONENT,
                role=Role.API,
                reason=f"{_authorizer(door)} decides who may call {door.name}, which is not judged",
            )
        case Authorization.OTHER:
            return _doubt(f"how callers of {door.name} are authorized is not known")
        case Authorization.IAM | Authorization.COGNITO | Authorization.JWT:  # pragma: no branch
            return _shut(
                Code.API_AUTHORIZATION, f"callers are authenticated: {door.authorization.value}"
            )


def _authorizer(door: Door) -> str:
    named = door.authorizer
    return "a function" if named is None else f"the function of the authorizer {named}"


def _admitted(api: Api, door: Door) -> UrlPassage:
    try:
        scope = _scope(api, door)
    except ParseError as error:
        return _doubt(f"the API's policy is malformed: {error}")
    if not scope.most:
        return _shut(Code.API_POLICY, f"the API's policy lets nobody call {door.name}")
    if not scope.least:
        return _doubt("conditions of the API's policy are not judged")
    if api.linked and not door.onward:
        return Doubt(
            code=Code.UNSUPPORTED_COMPONENT,
            role=Role.API,
            reason=f"{door.name} goes on through {_link(api, door)}, which is not judged",
            component=api.target,
        )
    if door.refused is not None:
        return _shut(Code.FUNCTION_POLICY, door.refused)
    if door.doubt is not None:
        return _doubt(door.doubt)
    unsure = scope.most != scope.least
    return Reached(
        sources=scope.least,
        statements=scope.statements,
        doubt=_doubt("conditions of the API's policy are not judged") if unsure else None,
    )


def _link(api: Api, door: Door) -> str:
    link = api.target if api.target == NAMELESS_LINK else f"the VPC link {api.target}"
    return link if door.beyond is None else f"{link} to {door.beyond}"


def _scope(api: Api, door: Door) -> Scope:
    if api.policy is None:
        return Scope(least=EVERYBODY, most=EVERYBODY)
    return allowed(
        api.policy,
        Request(
            action="execute-api:Invoke",
            resources=door.arns,
            context=(),
            absent=ANONYMOUS,
        ),
    )


def _shut(code: Code, reason: str) -> Shut:
    return Shut(code=code, role=Role.API, reason=reason)


def _doubt(reason: str) -> Doubt:
    return Doubt(code=Code.UNKNOWN_RESOURCE, role=Role.API, reason=reason)


COMPONENT = ApiComponent(
    name="api_gateway",
    type="AWS::ApiGateway::RestApi",
    codes=(
        Code.API_AUTHORIZATION,
        Code.API_ENDPOINT_DISABLED,
        Code.API_ENDPOINT_PRIVATE,
        Code.API_POLICY,
        Code.FUNCTION_POLICY,
        Code.UNKNOWN_RESOURCE,
        Code.UNSUPPORTED_COMPONENT,
    ),
    judge=_judge,
)
