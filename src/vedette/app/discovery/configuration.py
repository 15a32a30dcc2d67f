"""The network configuration of one place, as the AWS CLI would have recorded it.

The analyser (`vedette.network`) reads the same names from a directory. A call that fails is kept as its error,
and the analyser answers "unknown" where it would have needed it.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping

import msgspec

from vedette.app.discovery.accounts import failure_of
from vedette.app.discovery.scope import Place
from vedette.clients.aws import Account, Response
from vedette.errors import ServiceError
from vedette.model.coverage import ScopeFailure
from vedette.network.calls import (
    API_INTEGRATIONS,
    API_MAPPINGS,
    API_ROUTES,
    API_STAGES,
    BALANCER_ATTRIBUTES,
    BLOCK_OPTIONS,
    CALLS,
    CLASSIC_ATTRIBUTES,
    CLOUD_MAP,
    ENDPOINT_GROUPS,
    GET_POLICY,
    GLOBAL_CALLS,
    GROUP_ATTRIBUTES,
    LIST_URLS,
    LISTENERS,
    PREFIX_ENTRIES,
    REST_RESOURCES,
    REST_STAGES,
    RULES,
    SERVICE_PERMISSIONS,
    SPEED_LISTENERS,
    TARGET_HEALTH,
    TRANSIT_ASSOCIATIONS,
    TRANSIT_ROUTES,
    VPC_ORIGIN,
    Call,
    ItemCall,
)

_NONE = frozenset({"ResourceNotFoundException"})
_METADATA = "ResponseMetadata"
_IN_USE = [{"Name": "state", "Values": ["active", "blackhole"]}]
_WITH = "us-east-1"
_ACCELERATORS_AT = "us-west-2"
"""The API of Global Accelerator stands there alone (Global Accelerator API reference)."""
_DISTRIBUTIONS, _ACCELERATORS = GLOBAL_CALLS
_MOST_PAGES = 1000
_FUNCTION = re.compile(
    r"arn:[a-z-]+:lambda:(?P<region>[a-z0-9-]+):(?P<account>[0-9]{12}):function:"
    r"(?P<name>[A-Za-z0-9_-]+)(?::(?P<qualifier>[A-Za-z0-9_-]+))?"
)
_MAP = ":servicediscovery:"
_PRIVATE = "Environment"  # a function's variables, where secrets are kept


Keep = Callable[[str, Response], None]
"""Is told each answer as it comes, by the call's name (`SERVICE.OPERATION`, `SERVICE.OPERATION/ID`)."""


class _Recorder:
    """Makes calls in one place, but for those whose answers are known, and keeps answers and failures."""

    def __init__(
        self, account: Account, place: Place, known: Mapping[str, Response], keep: Keep
    ) -> None:
        self._account = account
        self._place = place
        self._known = known
        self._keep = keep
        self.answers: dict[str, Response] = {}
        self.failures: list[ScopeFailure] = []

    def listing(
        self, call: str, member: str, identity: str = "", **arguments: object
    ) -> list[Response]:
        """Make one listing with all its pages; the items, or none where it is refused."""
        service, method = _method(call)
        name = f"{call}/{identity}" if identity else call
        if (known := self._known.get(name)) is not None:
            return _items(self._recalled(name, known), member)
        try:
            listed = self._account.listing(service, method, member, self._place.region, **arguments)
        except ServiceError as error:
            self._fail(name, error)
            return []
        items = [_public(item) for item in listed]
        self._answered(name, {member: items})
        return items

    def each(self, call: ItemCall, identity: str, **arguments: object) -> list[Response]:
        """Make one listing for one id."""
        return self.listing(call.name, call.member, identity, **arguments)

    def single(self, call: str, identity: str = "", **arguments: object) -> None:
        """Make one call that is not a listing; "there is none" is an answer."""
        service, method = _method(call)
        name = f"{call}/{identity}" if identity else call
        if (known := self._known.get(name)) is not None:
            self._recalled(name, known)
            return
        try:
            answer = self._account.call(service, method, self._place.region, **arguments)
        except ServiceError as error:
            if error.code in _NONE:
                self._answered(name, {})
            else:
                self._fail(name, error)
            return
        self._answered(name, {key: value for key, value in answer.items() if key != _METADATA})

    def held(self, call: Call) -> list[Response]:
        """Make one listing of CloudFront's kind: a list within a member, page by page by its marker."""
        service, method = _method(call.name)
        holder = call.holder or ""
        if (known := self._known.get(call.name)) is not None:
            return _items(self._recalled(call.name, known).get(holder) or {}, call.member)
        items: list[Response] = []
        marker: dict[str, object] = {}
        try:
            for _ in range(_MOST_PAGES):
                answer = self._account.call(service, method, self._place.region, **marker)
                page = answer.get(holder) or {}
                items += page.get(call.member) or ()
                if not page.get("NextMarker"):
                    break
                marker = {"Marker": page["NextMarker"]}
            else:
                page = {"NextMarker": "more"}
        except ServiceError as error:
            self._fail(call.name, error)
            return []
        more = {"NextMarker": page["NextMarker"]} if page.get("NextMarker") else {}
        self._answered(call.name, {holder: {call.member: items}, **more})
        return items

    def at(self, region: str) -> "_Recorder":
        """The same record, with calls to another Region."""
        place = msgspec.structs.replace(self._place, region=region)
        other = _Recorder(self._account, place, self._known, self._keep)
        other.answers, other.failures = self.answers, self.failures
        return other

    def _fail(self, name: str, error: ServiceError) -> None:
        self.failures.append(failure_of(error, self._place.account, self._place.region))
        self._answered(name, {"Error": {"Code": error.code, "Message": error.reason}})

    def _answered(self, name: str, answer: Response) -> None:
        self.answers[name] = answer
        self._keep(name, answer)

    def _recalled(self, name: str, answer: Response) -> Response:
        self.answers[name] = answer
        return answer


def _items(answer: Response, member: str) -> list[Response]:
    """The items of an answer that was recorded before; whoever made the file may have put anything there."""
    items = answer.get(member)
    return [one for one in items if isinstance(one, dict)] if isinstance(items, list) else []


def _forget(_name: str, _answer: Response) -> None:
    """Whoever reads the answers when all of them are there needs none of them before."""


def _public(item: Response) -> Response:
    return {key: value for key, value in item.items() if key != _PRIVATE}


def _method(call: str) -> tuple[str, str]:
    """The AWS CLI's name as boto3's service and method."""
    service, _, operation = call.partition(".")
    return service, operation.replace("-", "_")


def _endpoint_services(recorder: _Recorder, services: Iterable[Response]) -> None:
    for name, _, _ in _named(services, "ServiceId", "ServiceId"):
        recorder.each(SERVICE_PERMISSIONS, name, ServiceId=name)


def _global_services(recorder: _Recorder, place: Place) -> None:
    """What an account has once is recorded with the first Region of its partition that has it."""
    if place.region != _WITH:
        return
    origins: set[str] = set()
    for distribution in recorder.held(_DISTRIBUTIONS):
        for origin in (distribution.get("Origins") or {}).get("Items") or ():
            config = origin.get("VpcOriginConfig") or {}
            if isinstance(config.get("VpcOriginId"), str):
                origins.add(config["VpcOriginId"])
    for name in sorted(origins):
        recorder.single(VPC_ORIGIN.name, name, Id=name)
    with_speed = recorder.at(_ACCELERATORS_AT)
    accelerators = with_speed.listing(_ACCELERATORS.name, _ACCELERATORS.member)
    for name, arn, _ in _named(accelerators, "AcceleratorArn", "AcceleratorArn"):
        identity = name.rpartition("/")[2]
        listeners = with_speed.listing(
            SPEED_LISTENERS.name, SPEED_LISTENERS.member, identity, AcceleratorArn=arn
        )
        for listener, _, _ in _named(listeners, "ListenerArn", "ListenerArn"):
            last = listener.rpartition("/")[2]
            with_speed.each(ENDPOINT_GROUPS, last, ListenerArn=listener)


def _prefix_lists(recorder: _Recorder, prefix_lists: Iterable[Response]) -> None:
    for identity, _, _ in _named(prefix_lists, "PrefixListId", "PrefixListId"):
        recorder.listing(PREFIX_ENTRIES, "Entries", identity, PrefixListId=identity)


def _function_policies(
    recorder: _Recorder, functions: Iterable[Response], invoked: frozenset[str]
) -> None:
    """The policies of functions with a URL, and of those that a load balancer or an API invokes."""
    for name, _, _ in _named(functions, "FunctionName", "FunctionName"):
        reached = recorder.listing(LIST_URLS, "FunctionUrlConfigs", name, FunctionName=name)
        if reached or name in invoked:
            recorder.single(GET_POLICY, name, FunctionName=name)
    for named in sorted(one for one in invoked if ":" in one):
        name, _, qualifier = named.partition(":")
        recorder.single(GET_POLICY, named, FunctionName=name, Qualifier=qualifier)


def _invoked(place: Place, texts: Iterable[object]) -> frozenset[str]:
    """The functions of the place that texts name by ARN, `NAME` or `NAME:QUALIFIER`."""
    found: set[str] = set()
    for text in texts:
        for match in _FUNCTION.finditer(text if isinstance(text, str) else ""):
            if (match["region"], match["account"]) == (place.region, place.account):
                qualifier = match["qualifier"]
                found.add(f"{match['name']}:{qualifier}" if qualifier else match["name"])
    return frozenset(found)


def _balancers(recorder: _Recorder, balancers: Iterable[Response]) -> None:
    for name, arn, item in _named(balancers, "LoadBalancerName", "LoadBalancerArn"):
        recorder.each(BALANCER_ATTRIBUTES, name, LoadBalancerArn=arn)
        listeners = recorder.each(LISTENERS, name, LoadBalancerArn=arn)
        if item.get("Type") != "application":
            continue  # the others have no rules but the default
        for _, listener, _ in _named(listeners, "ListenerArn", "ListenerArn"):
            recorder.each(RULES, listener.rpartition("/")[2], ListenerArn=listener)


def _target_groups(recorder: _Recorder, groups: Iterable[Response]) -> Iterator[object]:
    """Record what is registered; the ids of it."""
    for name, arn, _ in _named(groups, "TargetGroupName", "TargetGroupArn"):
        targets = recorder.each(TARGET_HEALTH, name, TargetGroupArn=arn)
        recorder.each(GROUP_ATTRIBUTES, name, TargetGroupArn=arn)
        yield from (
            one["Target"].get("Id") for one in targets if isinstance(one.get("Target"), dict)
        )


def _rest_apis(recorder: _Recorder, apis: Iterable[Response]) -> Iterator[object]:
    """Record methods and stages of REST APIs; the URIs of integrations."""
    for name, _, _ in _named(apis, "id", "id"):
        resources = recorder.each(REST_RESOURCES, name, restApiId=name, embed=["methods"])
        recorder.each(REST_STAGES, name, restApiId=name)
        for resource in resources:
            methods = resource.get("resourceMethods")
            for method in methods.values() if isinstance(methods, dict) else ():
                yield method.get("methodIntegration", {}).get("uri")


def _apis(recorder: _Recorder, apis: Iterable[Response]) -> Iterator[object]:
    """Record routes and stages of HTTP and WebSocket APIs; the URIs of integrations."""
    for name, _, _ in _named(apis, "ApiId", "ApiId"):
        recorder.each(API_ROUTES, name, ApiId=name)
        recorder.each(API_STAGES, name, ApiId=name)
        uris = [
            one.get("IntegrationUri") for one in recorder.each(API_INTEGRATIONS, name, ApiId=name)
        ]
        for service in sorted({one for one in uris if isinstance(one, str) and _MAP in one}):
            identity = service.rpartition("/")[2]
            recorder.each(CLOUD_MAP, identity, ServiceId=identity)
        yield from uris


def _api_domains(recorder: _Recorder, domains: Iterable[Response]) -> None:
    for name, _, _ in _named(domains, "DomainName", "DomainName"):
        recorder.each(API_MAPPINGS, name, DomainName=name)


def _classic_balancers(recorder: _Recorder, balancers: Iterable[Response]) -> None:
    for name, _, _ in _named(balancers, "LoadBalancerName", "LoadBalancerName"):
        recorder.single(CLASSIC_ATTRIBUTES.name, name, LoadBalancerName=name)


def _transit_tables(recorder: _Recorder, tables: Iterable[Response]) -> None:
    for name, _, _ in _named(tables, "TransitGatewayRouteTableId", "TransitGatewayRouteTableId"):
        recorder.each(TRANSIT_ROUTES, name, TransitGatewayRouteTableId=name, Filters=_IN_USE)
        recorder.each(TRANSIT_ASSOCIATIONS, name, TransitGatewayRouteTableId=name)


def _named(
    items: Iterable[Response], name: str, identity: str
) -> Iterator[tuple[str, str, Response]]:
    """Items with their names and ids; of one without, the analyser says that it is malformed."""
    for item in items:
        found = item.get(name), item.get(identity)
        if isinstance(found[0], str) and isinstance(found[1], str):
            yield found[0], found[1], item


def record_network(
    account: Account,
    place: Place,
    known: Mapping[str, Response] | None = None,
    keep: Keep = _forget,
) -> tuple[dict[str, Response], tuple[ScopeFailure, ...]]:
    """Record every call that the network analysis reads.

    Args:
        account: makes the calls.
        place: where.
        known: answers of before by the names of their calls, which are not made again.
        keep: is told every other answer as it comes, refusals too.
    """
    recorder = _Recorder(account, place, known or {}, keep)
    found = {call.name: recorder.listing(call.name, call.member) for call in CALLS}
    recorder.single(BLOCK_OPTIONS)
    _prefix_lists(recorder, found["ec2.describe-managed-prefix-lists"])
    _transit_tables(recorder, found["ec2.describe-transit-gateway-route-tables"])
    _balancers(recorder, found["elbv2.describe-load-balancers"])
    _endpoint_services(recorder, found["ec2.describe-vpc-endpoint-service-configurations"])
    _global_services(recorder, place)
    _classic_balancers(recorder, found["elb.describe-load-balancers"])
    _api_domains(recorder, found["apigatewayv2.get-domain-names"])
    called = _invoked(
        place,
        (
            *_target_groups(recorder, found["elbv2.describe-target-groups"]),
            *_rest_apis(recorder, found["apigateway.get-rest-apis"]),
            *_apis(recorder, found["apigatewayv2.get-apis"]),
        ),
    )
    _function_policies(recorder, found["lambda.list-functions"], called)
    return recorder.answers, tuple(recorder.failures)
