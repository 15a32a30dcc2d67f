"""Functions behind APIs: what asks callers who they are, by whose word, and what is not known."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.network.estates import ACCOUNT, PLACE, REGION, permission as ec2_permission, route
from tests.network.test_fronts import NLB, base as fronted
from vedette.network.describe import snapshot_from
from vedette.network.normalise.apis import unescaped
from vedette.network.normalise.topology import topology_of
from vedette.network.reach import Reach, reach

FUNCTION = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:shop"
URI = f"arn:aws:apigateway:{REGION}:lambda:path/2015-03-31/functions/{FUNCTION}/invocations"
EXECUTE = f"arn:aws:execute-api:{REGION}:{ACCOUNT}"
EVERYBODY = ("0.0.0.0/0", "::/0")


def statement(
    effect: str = "Allow", resource: str = "execute-api:/*", **more: Any
) -> dict[str, Any]:
    return {
        "Effect": effect,
        "Principal": "*",
        "Action": "execute-api:Invoke",
        "Resource": resource,
    } | more


def document(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def permission(source: str = f"{EXECUTE}:api1/*", service: str = "apigateway.amazonaws.com") -> str:
    return document(
        {
            "Sid": "invoke",
            "Effect": "Allow",
            "Principal": {"Service": service},
            "Action": "lambda:InvokeFunction",
            "Resource": FUNCTION,
            "Condition": {"ArnLike": {"AWS:SourceArn": source}},
        }
    )


def method(authorization: str = "NONE", *, key: bool = False, **integration: Any) -> dict[str, Any]:
    return {
        "authorizationType": authorization,
        "apiKeyRequired": key,
        "methodIntegration": {"type": "AWS_PROXY", "uri": URI} | integration,
    }


def rest(
    *methods: tuple[str, dict[str, Any]], policy: str | None = None, **api: Any
) -> dict[str, Any]:
    """A REST API with methods (`GET /pets`) and one stage."""
    resources: dict[str, Any] = {}
    for name, one in methods or (("GET /pets", method()),):
        verb, _, path = name.partition(" ")
        resources.setdefault(path, {})[verb] = one
    described = {
        "id": "api1",
        "name": "shop",
        "endpointConfiguration": {"types": ["REGIONAL"]},
        "disableExecuteApiEndpoint": False,
    } | api
    if policy is not None:
        described["policy"] = policy
    return {
        "apigateway.get-rest-apis": {"items": [described]},
        "apigateway.get-resources/api1": {
            "items": [
                {"id": str(number), "path": path, "resourceMethods": found}
                for number, (path, found) in enumerate(resources.items())
            ]
        },
        "apigateway.get-stages/api1": {"item": [{"stageName": "prod"}]},
        "apigatewayv2.get-apis": {"Items": []},
        "apigatewayv2.get-domain-names": {"Items": []},
        "lambda.get-policy/shop": {"Policy": permission()},
    }


def http(
    *routes: dict[str, Any], protocol: str = "HTTP", integration: Any = None, **api: Any
) -> dict[str, Any]:
    """An HTTP or WebSocket API with routes to one integration, and one stage."""
    return {
        "apigateway.get-rest-apis": {"items": []},
        "apigatewayv2.get-apis": {
            "Items": [{"ApiId": "api1", "Name": "shop", "ProtocolType": protocol} | api]
        },
        "apigatewayv2.get-routes/api1": {
            "Items": [{"RouteId": "r", "Target": "integrations/i1"} | one for one in routes]
        },
        "apigatewayv2.get-integrations/api1": {
            "Items": [
                {"IntegrationId": "i1", "IntegrationType": "AWS_PROXY", "IntegrationUri": FUNCTION}
                | (integration or {})
            ]
        },
        "apigatewayv2.get-stages/api1": {"Items": [{"StageName": "$default"}]},
        "apigatewayv2.get-domain-names": {"Items": []},
        "lambda.get-policy/shop": {"Policy": permission()},
    }


def ask(answers: dict[str, Any]) -> Reach:
    return reach(topology_of(snapshot_from({PLACE: answers})))


def verdict(answers: dict[str, Any]) -> Any:
    """The sources, or the code with the reason."""
    found = ask(answers)
    mine = [one for one in found.exposures if one.edge == "api-gateway"]
    other = [one.code for one in found.not_reachable if one.edge == "api-gateway"]
    other += [one.code.lower() for one in found.unknown if one.edge == "api-gateway"]
    if mine:
        return (mine[0].sources, *other)
    return other[0] if other else None


def changed(answers: dict[str, Any], call: str, answer: Any) -> dict[str, Any]:
    return answers | {call: answer}


def without(answers: dict[str, Any], call: str) -> dict[str, Any]:
    return {name: one for name, one in answers.items() if name != call}


def custom_domain(answers: dict[str, Any]) -> dict[str, Any]:
    return answers | {
        "apigatewayv2.get-domain-names": {"Items": [{"DomainName": "api.example.com"}]},
        "apigatewayv2.get-api-mappings/api.example.com": {
            "Items": [{"ApiId": "api1", "Stage": "prod"}]
        },
    }


GUIDE = "API Gateway developer guide"
PETS = {"RouteKey": "GET /pets"}
CASES: list[tuple[str, str, Callable[[], dict[str, Any]], Any]] = [
    ("no authorizer and no policy", f"{GUIDE}, Resource policies", rest, (EVERYBODY,)),
    (
        "edge-optimized",
        f"{GUIDE}, Endpoint types",
        lambda: rest(endpointConfiguration={"types": ["EDGE"]}),
        (EVERYBODY,),
    ),
    (
        "IAM",
        f"{GUIDE}, IAM permissions",
        lambda: rest(("GET /", method("AWS_IAM"))),
        "API_AUTHORIZATION",
    ),
    (
        "Cognito",
        f"{GUIDE}, Cognito user pools",
        lambda: rest(("GET /", method("COGNITO_USER_POOLS"))),
        "API_AUTHORIZATION",
    ),
    (
        "a function that authorizes",
        f"{GUIDE}, Lambda authorizers",
        lambda: rest(("GET /", method("CUSTOM"))),
        "unsupported_component",
    ),
    (
        "an authorization of the future",
        GUIDE,
        lambda: rest(("GET /", method("NEW"))),
        "unknown_resource",
    ),
    (
        "an API key is no authorization",
        f"{GUIDE}, Usage plans",
        lambda: rest(("GET /", method(key=True))),
        (EVERYBODY,),
    ),
    (
        "one open method is enough",
        GUIDE,
        lambda: rest(("GET /", method("AWS_IAM")), ("ANY /x", method())),
        (EVERYBODY,),
    ),
    (
        "a policy that lets everybody in",
        f"{GUIDE}, Resource policies",
        lambda: rest(policy=document(statement())),
        (EVERYBODY,),
    ),
    (
        "escaped once more",
        "API Gateway API, GetRestApis",
        lambda: rest(policy=document(statement()).replace('"', '\\"')),
        (EVERYBODY,),
    ),
    (
        "with a policy nobody else is let in",
        f"{GUIDE}, Resource policies",
        lambda: rest(policy=document()),
        "API_POLICY",
    ),
    (
        "from some addresses",
        f"{GUIDE}, Resource policies: aws:SourceIp",
        lambda: rest(
            policy=document(statement(Condition={"IpAddress": {"aws:SourceIp": "198.51.100.0/24"}}))
        ),
        (("198.51.100.0/24",),),
    ),
    (
        "denied to some addresses",
        f"{GUIDE}, Resource policies: aws:SourceIp",
        lambda: rest(
            policy=document(
                statement(),
                statement(
                    "Deny", Condition={"NotIpAddress": {"aws:SourceIp": ["198.51.100.0/24"]}}
                ),
            )
        ),
        (("198.51.100.0/24",),),
    ),
    (
        "through a VPC endpoint alone",
        f"{GUIDE}, Resource policies: aws:SourceVpce",
        lambda: rest(
            policy=document(
                statement(),
                statement("Deny", Condition={"StringNotEquals": {"aws:SourceVpce": "vpce-1"}}),
            )
        ),
        "API_POLICY",
    ),
    (
        "another stage alone",
        f"{GUIDE}, Resource policies",
        lambda: rest(policy=document(statement(resource=f"{EXECUTE}:api1/dev/*"))),
        "API_POLICY",
    ),
    (
        "one verb of any",
        f"{GUIDE}, Resource policies",
        lambda: rest(
            ("ANY /x", method()),
            policy=document(statement(), statement("Deny", "execute-api:/*/POST/*")),
        ),
        (EVERYBODY,),
    ),
    (
        "a condition that is not judged",
        GUIDE,
        lambda: rest(
            policy=document(statement(Condition={"StringEquals": {"aws:UserAgent": "x"}}))
        ),
        "unknown_resource",
    ),
    (
        "a condition that takes away something that is not judged",
        GUIDE,
        lambda: rest(
            policy=document(
                statement(Condition={"IpAddress": {"aws:SourceIp": "198.51.100.0/24"}}),
                statement(Condition={"StringEquals": {"aws:UserAgent": "x"}}),
            )
        ),
        (("198.51.100.0/24",), "unknown_resource"),
    ),
    ("a policy that is none", GUIDE, lambda: rest(policy="{"), "unknown_resource"),
    (
        "a policy escaped in part",
        GUIDE,
        lambda: rest(policy='{\\"Version\\"\\'),
        "unknown_resource",
    ),
    (
        "the default endpoint is off",
        f"{GUIDE}, Disable the default endpoint",
        lambda: rest(disableExecuteApiEndpoint=True),
        "API_ENDPOINT_DISABLED",
    ),
    (
        "but there is another name",
        f"{GUIDE}, Custom domain names",
        lambda: custom_domain(rest(disableExecuteApiEndpoint=True)),
        (EVERYBODY,),
    ),
    (
        "or names were not recorded",
        GUIDE,
        lambda: without(rest(disableExecuteApiEndpoint=True), "apigatewayv2.get-domain-names"),
        "unknown_resource",
    ),
    (
        "or what they map to",
        GUIDE,
        lambda: without(
            custom_domain(rest(disableExecuteApiEndpoint=True)),
            "apigatewayv2.get-api-mappings/api.example.com",
        ),
        "unknown_resource",
    ),
    (
        "private",
        f"{GUIDE}, Private REST APIs",
        lambda: rest(endpointConfiguration={"types": ["PRIVATE"]}),
        "API_ENDPOINT_PRIVATE",
    ),
    (
        "no stage",
        f"{GUIDE}, Deploying",
        lambda: changed(rest(), "apigateway.get-stages/api1", {"item": []}),
        None,
    ),
    (
        "the function does not take it",
        "Lambda developer guide, API Gateway",
        lambda: changed(
            rest(), "lambda.get-policy/shop", {"Policy": permission(f"{EXECUTE}:api2/*")}
        ),
        "FUNCTION_POLICY",
    ),
    (
        "the function takes one verb",
        "Lambda developer guide, API Gateway",
        lambda: changed(
            rest(("ANY /x", method())),
            "lambda.get-policy/shop",
            {"Policy": permission(f"{EXECUTE}:api1/*/POST/x")},
        ),
        (EVERYBODY,),
    ),
    (
        "its policy was not recorded",
        GUIDE,
        lambda: without(rest(), "lambda.get-policy/shop"),
        "unknown_resource",
    ),
    (
        "a role invokes it",
        GUIDE,
        lambda: rest(("GET /", method(credentials="arn:aws:iam::1:role/x"))),
        "unknown_resource",
    ),
    (
        "a stage decides which",
        GUIDE,
        lambda: rest(("GET /", method(uri=URI.replace(":shop", ":${stageVariables.name}")))),
        "unknown_resource",
    ),
    ("no integration", GUIDE, lambda: rest(("GET /", {"authorizationType": "NONE"})), None),
    ("a mock", GUIDE, lambda: rest(("GET /", method(type="MOCK"))), None),
    (
        "another service",
        GUIDE,
        lambda: rest(("GET /", method(uri="arn:aws:apigateway:x:sqs:path/q"))),
        None,
    ),
    (
        "a VPC link",
        GUIDE,
        lambda: rest(
            ("GET /", method(type="HTTP_PROXY", connectionType="VPC_LINK", connectionId="link1"))
        ),
        "unsupported_component",
    ),
    ("an HTTP API", GUIDE, lambda: http(PETS), (EVERYBODY,)),
    ("its default route", GUIDE, lambda: http({"RouteKey": "$default"}), (EVERYBODY,)),
    ("any verb of a path", GUIDE, lambda: http({"RouteKey": "ANY /pets"}), (EVERYBODY,)),
    (
        "JWT",
        f"{GUIDE}, JWT authorizers",
        lambda: http(PETS | {"AuthorizationType": "JWT"}),
        "API_AUTHORIZATION",
    ),
    (
        "an HTTP API that is off",
        GUIDE,
        lambda: http(PETS, DisableExecuteApiEndpoint=True),
        "API_ENDPOINT_DISABLED",
    ),
    ("a route without an integration", GUIDE, lambda: http(PETS | {"Target": None}), None),
    (
        "a route to a page",
        GUIDE,
        lambda: http(
            PETS,
            integration={"IntegrationType": "HTTP_PROXY", "IntegrationUri": "https://example.com"},
        ),
        None,
    ),
    (
        "a listener behind a VPC link",
        GUIDE,
        lambda: http(
            PETS, integration={"IntegrationType": "HTTP_PROXY", "ConnectionType": "VPC_LINK"}
        ),
        "unsupported_component",
    ),
    (
        "a WebSocket API",
        GUIDE,
        lambda: http({"RouteKey": "$default"}, protocol="WEBSOCKET"),
        (EVERYBODY,),
    ),
    (
        "clients of which sign in when they connect",
        f"{GUIDE}, WebSocket API access",
        lambda: http(
            {"RouteKey": "$connect", "AuthorizationType": "AWS_IAM"},
            {"RouteKey": "say"},
            protocol="WEBSOCKET",
        ),
        "API_AUTHORIZATION",
    ),
]


@pytest.mark.parametrize(
    ("name", "source", "make", "expected"), CASES, ids=[case[0] for case in CASES]
)
def test_an_api(name: str, source: str, make: Callable[[], dict[str, Any]], expected: Any) -> None:
    del name, source
    assert verdict(make()) == expected


def test_the_exposure_says_by_which_door() -> None:
    (found,) = [
        one
        for one in ask(custom_domain(rest(("GET /pets", method(key=True))))).exposures
        if one.edge == "api-gateway"
    ]
    host = f"api1.execute-api.{REGION}.amazonaws.com"
    assert (found.resource, found.address, found.through) == (FUNCTION, host, "api1")
    assert (found.labels, found.whole, found.ports.begin) == (("api-key",), True, 443)
    assert [
        (hop.component_type, hop.component_id, hop.rule, hop.because) for hop in found.path
    ] == [
        (
            "AWS::ApiGateway::RestApi",
            "api1",
            None,
            f"it answers at {host} and it answers at api.example.com",
        ),
        (
            "AWS::ApiGateway::Method",
            "api1/prod",
            "GET /pets",
            "anybody may call it, with an API key",
        ),
        ("AWS::Lambda::Function", FUNCTION, None, "the function's policy lets the API invoke it"),
    ]
    assert found.path[0].arn == f"arn:aws:apigateway:{REGION}::/restapis/api1"


def test_a_policy_is_named_by_its_statement() -> None:
    (found,) = ask(rest(policy=document(statement(Sid="all")))).exposures
    assert found.path[1].because == "the API's policy lets everybody call it (all)"
    (found,) = ask(http(PETS)).exposures
    assert found.path[0].arn == f"arn:aws:apigateway:{REGION}::/apis/api1"


def private(*statements: dict[str, Any], policy: str | None = None) -> str:
    answers = rest(
        policy=policy or (document(*statements) if statements else None),
        endpointConfiguration={"types": ["PRIVATE"]},
    )
    answers["ec2.describe-vpc-endpoints"] = {
        "VpcEndpoints": [
            {
                "VpcEndpointId": "vpce-1",
                "VpcId": "vpc-1",
                "ServiceName": f"com.amazonaws.{REGION}.execute-api",
            },
            {
                "VpcEndpointId": "vpce-2",
                "VpcId": "vpc-2",
                "ServiceName": f"com.amazonaws.{REGION}.execute-api",
            },
            {"VpcEndpointId": "vpce-3", "ServiceName": f"com.amazonaws.{REGION}.s3"},
        ]
    }
    (closed,) = [one for one in ask(answers).not_reachable if one.edge == "api-gateway"]
    return closed.reason


def test_a_private_api_names_the_endpoints_that_it_lets_in() -> None:
    start = "it answers at interface endpoints alone, and its policy lets "
    assert private() == f"{start}no known one in"
    assert private(policy="{") == f"{start}no known one in"
    assert private(statement()) == f"{start}in vpce-1, vpce-2 alone"
    one = statement(Condition={"StringEquals": {"aws:SourceVpce": "vpce-2"}})
    assert private(one) == f"{start}in vpce-2 alone"
    network = statement(Condition={"StringEquals": {"aws:SourceVpc": "vpc-1"}})
    assert private(network) == f"{start}in vpce-1 alone"


@pytest.mark.parametrize(
    ("answers", "call"),
    [
        (rest(), "apigateway.get-resources/api1"),
        (rest(), "apigateway.get-stages/api1"),
        (http(PETS), "apigatewayv2.get-routes/api1"),
        (http(PETS), "apigatewayv2.get-integrations/api1"),
        (http(PETS), "apigatewayv2.get-stages/api1"),
    ],
)
def test_what_was_not_recorded_of_an_api_is_not_known(answers: dict[str, Any], call: str) -> None:
    found = ask(without(answers, call))
    name = call.partition("/")[0]
    gaps = [one for one in found.unknown if one.edge == "api-gateway"]
    assert [(one.resource, one.component) for one in gaps] == [("api1", name)]
    assert name in gaps[0].reason
    assert found.exposures == ()


def test_a_list_of_apis_that_was_cut_is_not_known() -> None:
    answers = rest()
    answers["apigateway.get-rest-apis"]["position"] = "more"
    gaps = [one for one in ask(answers).unknown if one.edge == "api-gateway"]
    assert [one.reason for one in gaps] == [
        f"apigateway.get-rest-apis of {ACCOUNT}/{REGION}: cut: there is a token for a next page"
    ]
    refused = changed(rest(), "apigatewayv2.get-apis", {"Error": {"Code": "AccessDenied"}})
    gaps = [one for one in ask(refused).unknown if one.edge == "api-gateway"]
    assert [one.component for one in gaps] == ["apigatewayv2.get-apis"]


def test_without_any_call_apis_are_not_judged() -> None:
    assert (
        "no API Gateway call was recorded: APIs are not judged"
        in ask({"ec2.describe-vpcs": {"Vpcs": []}}).assumptions
    )
    assert "no API Gateway call was recorded: APIs are not judged" not in ask(rest()).assumptions


def test_hosts_in_china_have_their_own_suffix() -> None:
    place = (ACCOUNT, "cn-north-1")
    answers = rest(("GET /", method("AWS_IAM")))
    found = reach(topology_of(snapshot_from({place: answers})))
    assert [one.address for one in found.not_reachable] == [
        "api1.execute-api.cn-north-1.amazonaws.com.cn"
    ]


def test_text_that_is_not_escaped_stays() -> None:
    assert unescaped('{"a":1}') == '{"a":1}'
    assert unescaped('{\\"a\\":1}') == '{"a":1}'


def test_an_endpoint_without_a_network_may_be_in_any() -> None:
    answers = rest(
        policy=document(statement(Condition={"StringEquals": {"aws:SourceVpc": "vpc-9"}})),
        endpointConfiguration={"types": ["PRIVATE"]},
    )
    endpoint = {"VpcEndpointId": "vpce-4", "ServiceName": f"com.amazonaws.{REGION}.execute-api"}
    answers["ec2.describe-vpc-endpoints"] = {"VpcEndpoints": [endpoint]}
    (closed,) = [one for one in ask(answers).not_reachable if one.edge == "api-gateway"]
    assert closed.reason.endswith("its policy lets in vpce-4 alone")


_LISTENER = "arn:aws:elasticloadbalancing:eu-west-1:111122223333:listener/app/a/1/2"


@pytest.mark.parametrize(
    ("answers", "component", "reason"),
    [
        (
            rest(("GET /", method("CUSTOM") | {"authorizerId": "abc123"})),
            "api1",
            "the function of the authorizer abc123 decides who may call GET /, which is not judged",
        ),
        (
            rest(("GET /", method("CUSTOM"))),
            "api1",
            "a function decides who may call GET /, which is not judged",
        ),
        (
            http(PETS | {"AuthorizationType": "CUSTOM", "AuthorizerId": "abc123"}),
            "api1",
            "the function of the authorizer abc123 decides who may call GET /pets, which is not judged",
        ),
        (
            http(
                {
                    "RouteKey": "$connect",
                    "AuthorizationType": "CUSTOM",
                    "AuthorizerId": "abc123",
                    "Target": None,
                },
                {"RouteKey": "say"},
                protocol="WEBSOCKET",
            ),
            "api1",
            "the function of the authorizer abc123 decides who may call say, which is not judged",
        ),
        (
            http(
                PETS,
                integration={
                    "IntegrationType": "HTTP_PROXY",
                    "ConnectionType": "VPC_LINK",
                    "ConnectionId": "link1",
                    "IntegrationUri": _LISTENER,
                },
            ),
            "link1",
            f"GET /pets goes on through the VPC link link1 to {_LISTENER}, which is not judged",
        ),
        (
            rest(("GET /", method(type="HTTP", connectionType="VPC_LINK", uri=None))),
            "a VPC link",
            "GET / goes on through a VPC link, which is not judged",
        ),
    ],
)
def test_what_is_not_judged_is_named(answers: dict[str, Any], component: str, reason: str) -> None:
    (found,) = (one for one in ask(answers).unknown if one.edge == "api-gateway")
    assert (found.component, found.reason) == (component, reason)


# -- VPC links --------------------------------------------------------------------------------------------------------

EDGE = "api-gateway"
WAY = "api-gateway-link-v4:api1"


def privately(estate: Any, api: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {**estate.answers(), **api, **more}


def first(
    uri: str = "http://internal:443/", status: str = "AVAILABLE", **api: Any
) -> dict[str, Any]:
    """A REST API with a link of the first version to the load balancer `raw`."""
    door = method(type="HTTP_PROXY", connectionType="VPC_LINK", connectionId="link1", uri=uri)
    links = {"items": [{"id": "link1", "name": "l", "targetArns": [NLB], "status": status}]}
    return rest(("GET /pets", door), **api) | {"apigateway.get-vpc-links": links}


def second(
    uri: str = f"{NLB.replace('loadbalancer', 'listener')}/l",
    *,
    groups: tuple[str, ...] = ("sg-1",),
    subnets: tuple[str, ...] = ("subnet-9",),
    status: str = "AVAILABLE",
    route: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """An HTTP API with a link of the second version."""
    integration = {
        "IntegrationType": "HTTP_PROXY",
        "ConnectionType": "VPC_LINK",
        "ConnectionId": "link1",
        "IntegrationUri": uri,
    }
    link = {
        "VpcLinkId": "link1",
        "SubnetIds": list(subnets),
        "SecurityGroupIds": list(groups),
        "VpcLinkStatus": status,
    }
    api = http(route or PETS, integration=integration)
    return api | {"apigatewayv2.get-vpc-links": {"Items": [link]}}


def estate_of(*permissions: Any) -> Any:
    """The load balancer `raw` with an instance behind it, and the link's subnet."""
    estate = fronted(*permissions)
    estate.subnet("subnet-9", "vpc-1", "10.1.9.0/24")
    estate.table("rtb-9", "vpc-1", [route("10.1.0.0/16", "local")], ("subnet-9",))
    estate.acl("acl-9", "vpc-1", ("subnet-9",))
    listener = estate.extra["elbv2.describe-listeners/raw"]["Listeners"][0]
    listener["ListenerArn"] = f"{NLB.replace('loadbalancer', 'listener')}/l"
    return estate


def reached(answers: dict[str, Any]) -> dict[tuple[str, int], tuple[tuple[str, ...], bool]]:
    found = ask(answers)
    return {
        (one.resource, one.ports.begin): (one.sources, one.whole)
        for one in found.exposures
        if one.edge == WAY
    }


BOTH = {("eni-7", 443), ("i-1", 8080)}


def test_a_link_of_the_first_version_comes_as_privatelink_does() -> None:
    found = reached(privately(estate_of(), first()))
    assert (set(found), {whole for _, whole in found.values()}) == (BOTH, {True})
    assert set(reached(privately(estate_of(), first("https://internal/")))) == BOTH
    answers = privately(estate_of(), first())
    assert [one for one in ask(answers).unknown if one.edge == EDGE] == []
    for other in ("http://internal/", "http://internal:8443"):
        assert set(reached(privately(estate_of(), first(other)))) == set(), other


@pytest.mark.parametrize(
    "uri", ["ftp://internal/", "http://${stageVariables.host}:x/", "http://[/"]
)
def test_an_integration_that_says_no_port_is_not_known(uri: str) -> None:
    answers = privately(estate_of(), first(uri))
    assert reached(answers) == {}
    assert "which is not judged" in next(
        one.reason for one in ask(answers).unknown if one.edge == EDGE
    )


def test_a_link_that_does_not_work_is_not_known() -> None:
    for api in (first(status="FAILED"), second(status="INACTIVE")):
        assert reached(privately(estate_of(), api)) == {}


def test_a_link_of_the_second_version_sends_from_its_subnets() -> None:
    wide = reached(privately(estate_of(), second()))
    assert wide["eni-7", 443] == (("10.1.9.0/24",), True)
    by_group = ec2_permission("tcp", 443, 8080, groups=("sg-link", "sg-1"))
    groups = reached(privately(estate_of(by_group), second(groups=("sg-link",))))
    assert groups["eni-7", 443] == (("10.1.9.0/24",), True)
    assert reached(privately(estate_of(by_group), second(groups=("sg-other",)))) == {}


def test_the_interfaces_of_a_link_where_they_are_told_apart() -> None:
    estate = estate_of()
    estate.interface(8, "subnet-9", ("sg-link",), state=None, InterfaceType="api_gateway_managed")
    estate.group("sg-link")
    answers = privately(estate, second(groups=("sg-link",)))
    assert reached(answers)["eni-7", 443] == (("10.1.9.18/32",), True)


def test_an_interface_of_a_link_that_a_listing_hides_may_be_let_in() -> None:
    estate = estate_of(ec2_permission("tcp", 443, 8080, v4=("10.1.9.19/32",)))
    estate.interface(8, "subnet-9", ("sg-link",), state=None, InterfaceType="api_gateway_managed")
    estate.group("sg-link")
    answers = privately(estate, second(groups=("sg-link",)))
    assert not any(one.edge == WAY for one in ask(answers).unknown)
    answers["ec2.describe-network-interfaces"]["NextToken"] = "more"
    found = ask(answers)
    hidden = [one for one in found.unknown if one.edge == WAY]
    assert {one.resource for one in hidden} >= {"eni-7"}
    assert all("ec2.describe-network-interfaces" in one.reason for one in hidden)
    # what is behind the load balancer is asked from its own address, which no rule there lets in
    shut = {one.resource for one in found.not_reachable if one.edge == WAY}
    assert shut == {"i-1"}


def test_network_acls_meet_a_link_at_the_border_alone() -> None:
    estate = estate_of()
    estate.acls[0]["Entries"] = []
    assert reached(privately(estate, second())) == {}
    inside = reached(privately(estate, second(subnets=("subnet-1",))))
    assert inside["eni-7", 443] == (("10.1.0.0/24",), True)


def test_who_may_call_is_asked_first() -> None:
    asked = PETS | {"AuthorizationType": "JWT"}
    answers = privately(estate_of(), second(route=asked))
    assert reached(answers) == {}
    assert [one.code for one in ask(answers).not_reachable if one.edge == EDGE] == [
        "API_AUTHORIZATION"
    ]
    custom = privately(estate_of(), second(route=PETS | {"AuthorizationType": "CUSTOM"}))
    assert reached(custom) == {}
    assert [one.reason for one in ask(custom).unknown if one.edge == WAY]
    scoped = document(statement(Condition={"IpAddress": {"aws:SourceIp": "198.51.100.0/24"}}))
    some = reached(privately(estate_of(), first(policy=scoped)))
    assert {whole for _, whole in some.values()} == {False}


def test_a_listener_that_is_not_described_is_not_known() -> None:
    for uri in (f"{NLB.replace('loadbalancer', 'listener')}/other", "arn:x:listener/net/no/1/l"):
        answers = privately(estate_of(), second(uri))
        assert reached(answers) == {}
        assert [one for one in ask(answers).unknown if one.edge == EDGE]


def test_services_of_cloud_map() -> None:
    service = f"arn:aws:servicediscovery:{REGION}:{ACCOUNT}:service/srv-1"
    registered = [
        {"Id": "a", "Attributes": {"AWS_INSTANCE_IPV4": "10.1.0.11", "AWS_INSTANCE_PORT": "9000"}},
        {"Id": "b", "Attributes": {"AWS_INSTANCE_IPV4": "10.1.0.13"}},
        {"Id": "c", "Attributes": {"AWS_EC2_INSTANCE_ID": "i-1", "AWS_INSTANCE_PORT": "9005"}},
        {"Id": "d", "Attributes": {"AWS_INSTANCE_IPV4": "10.9.9.9"}},
        {"Id": "e", "Attributes": {"AWS_EC2_INSTANCE_ID": "i-1", "AWS_INSTANCE_PORT": "all"}},
    ]
    estate = estate_of()
    estate.interface(3, "subnet-1", ("sg-1",), state=None, Description="a task")
    call = {"servicediscovery.list-instances/srv-1": {"Instances": registered}}
    found = reached(privately(estate, second(service), **call))
    assert set(found) == {("i-1", 9000), ("i-1", 9005), ("eni-3", 80)}
    assert reached(privately(estate, second(service))) == {}


def test_many_doors_to_one_target() -> None:
    api = second()
    api["apigatewayv2.get-routes/api1"]["Items"] = [
        {"RouteId": str(number), "Target": "integrations/i1"}
        | PETS
        | {"RouteKey": f"GET /{number}"}
        for number in range(5)
    ]
    (node,) = [one for one in ask(privately(estate_of(), api)).exposures if one.resource == "eni-7"]
    assert any("GET /0, GET /1, GET /2 and 2 more" in (hop.because or "") for hop in node.path)


def test_the_account_of_an_api_may_be_elsewhere() -> None:
    api = second()
    del api["apigatewayv2.get-vpc-links"]
    assert [one for one in ask(privately(estate_of(), api)).unknown if one.edge == EDGE]
