"""Whether a service may invoke a function: by the function's resource policy.

Source: Lambda developer guide, "Resource-based policies" and "Invoking a function with a load balancer": the service
needs a statement that lets it call `lambda:InvokeFunction`, usually for one source ARN.
"""

from vedette.errors import ParseError
from vedette.network.calls import GET_POLICY
from vedette.network.normalise.gather import Gathered
from vedette.network.policy import NOBODY, Request, allowed
from vedette.network.snapshot import Place

_PARTS = 7
"""`arn:aws:lambda:REGION:ACCOUNT:function:NAME`, then a qualifier (Lambda API, FunctionArn)."""
_REGION, _ACCOUNT, _NAME = 3, 4, 6
_LATEST = "$LATEST"

ELB = "elasticloadbalancing.amazonaws.com"
API_GATEWAY = "apigateway.amazonaws.com"


def base_of(function: str) -> str:
    """A function's ARN without its qualifier."""
    return ":".join(function.split(":")[:_PARTS])


def refusal(
    gathered: Gathered, function: str, service: str, source: str
) -> tuple[str | None, str | None]:
    """Why the function does not take what the service sends, and why it is not known; both None if it does."""
    parts = function.split(":")
    if len(parts) < _PARTS:
        return None, f"{function} is not a function's ARN"
    region, account, name = parts[_REGION], parts[_ACCOUNT], parts[_NAME]
    qualifier = parts[_PARTS] if len(parts) > _PARTS and parts[_PARTS] != _LATEST else None
    place = gathered.place(account, region)
    if place is None:
        return None, f"nothing was recorded of {account}/{region}"
    known, document = _policy(place, name, qualifier)
    if not known:
        item = f"{name}:{qualifier}" if qualifier else name
        return None, gathered.reason(GET_POLICY, account, region, item)
    if document is None:
        return f"{function} has no resource policy", None
    return _judged(function, document, service, (source, account))


def _judged(
    function: str, document: str, service: str, origin: tuple[str, str]
) -> tuple[str | None, str | None]:
    source, account = origin
    request = Request(
        action="lambda:InvokeFunction",
        resources=(function, base_of(function)),
        context=(("aws:sourcearn", source), ("aws:sourceaccount", account)),
        absent=frozenset({"lambda:functionurlauthtype", "lambda:invokedviafunctionurl"}),
        service=service,
    )
    try:
        scope = allowed(document, request)
    except ParseError as error:
        return None, f"the resource policy of {function} is malformed: {error}"
    if scope.least != NOBODY:
        return None, None
    if scope.most != NOBODY:
        return None, f"conditions of the resource policy of {function} are not judged"
    return f"the resource policy of {function} does not let {service} invoke it", None


def _policy(place: Place, name: str, qualifier: str | None) -> tuple[bool, str | None]:
    for policy in place.function_policies:
        if policy.qualifier == qualifier and policy.function.rpartition(":")[2] == name:
            return True, policy.document
    return False, None
