"""Function URLs: auth type and resource policy together."""

import json
from typing import Any

import pytest

from tests.network.estates import ACCOUNT, PLACE, REGION, simple
from vedette.errors import ParseError
from vedette.model.network import Exposure, NotReachable, UnknownReach
from vedette.network.addrset import Family, cidrs, complement
from vedette.network.describe import snapshot_from
from vedette.network.normalise.topology import topology_of
from vedette.network.policy import EVERYBODY, NOBODY, Request, Scope, Sources, allowed
from vedette.network.reach import reach

ARN = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:f"
EVERYWHERE = ("0.0.0.0/0", "::/0")


def statement(action: str = "lambda:InvokeFunctionUrl", **more: Any) -> dict[str, Any]:
    return {
        "Sid": action.rsplit(":", maxsplit=1)[-1],
        "Effect": "Allow",
        "Principal": "*",
        "Action": action,
        "Resource": ARN,
    } | more


OPEN_URL = statement(Condition={"StringEquals": {"lambda:FunctionUrlAuthType": "NONE"}})
OPEN_INVOKE = statement(
    "lambda:InvokeFunction", Condition={"Bool": {"lambda:InvokedViaFunctionUrl": "true"}}
)


def policy(*statements: dict[str, Any]) -> dict[str, Any]:
    return {"Policy": json.dumps({"Version": "2012-10-17", "Statement": list(statements)})}


def recorded(
    *statements: dict[str, Any],
    auth: str = "NONE",
    created: str | None = "2024-05-01T00:00:00Z",
    qualifier: str = "",
    **function: Any,
) -> dict[str, Any]:
    url = {
        "FunctionUrl": "https://abc.lambda-url.eu-west-1.on.aws/",
        "FunctionArn": ARN + qualifier,
        "AuthType": auth,
    }
    if created:
        url["CreationTime"] = created
    return {
        "lambda.list-functions": {
            "Functions": [{"FunctionName": "f", "FunctionArn": ARN, **function}]
        },
        "lambda.list-function-url-configs/f": {"FunctionUrlConfigs": [url]},
        f"lambda.get-policy/f{qualifier}": policy(*statements) if statements else {},
    }


def answer(answers: dict[str, Any]) -> Exposure | NotReachable | UnknownReach:
    found = reach(topology_of(snapshot_from({PLACE: answers})))
    of_urls: list[Exposure | NotReachable | UnknownReach] = [
        one
        for many in (found.exposures, found.not_reachable, found.unknown)
        for one in many
        if one.edge == "lambda-url"
    ]
    (one,) = of_urls
    return one


def test_an_open_url_is_an_exposure_with_its_proof() -> None:
    found = answer(recorded(OPEN_URL))
    assert isinstance(found, Exposure)
    assert (found.resource, found.address, found.interface) == (
        ARN,
        "abc.lambda-url.eu-west-1.on.aws",
        None,
    )
    assert (found.ports.begin, found.ports.end, found.sources, found.whole) == (
        443,
        443,
        EVERYWHERE,
        True,
    )
    assert (found.account, found.region, found.return_path) == (ACCOUNT, REGION, True)
    assert [(hop.component_type, hop.rule) for hop in found.path] == [
        ("AWS::Lambda::Url", None),
        ("AWS::Lambda::Permission", "InvokeFunctionUrl"),
        ("AWS::Lambda::Function", None),
    ]


def test_the_other_shapes_of_recorded_answers() -> None:
    """The AWS CLI's file for one function, and the same in memory as {call: {id: answer}}."""
    answers = recorded(OPEN_URL)
    (url,) = answers.pop("lambda.list-function-url-configs/f")["FunctionUrlConfigs"]
    answers["lambda.get-policy"] = {"f": answers.pop("lambda.get-policy/f")}
    answers["lambda.get-function-url-config"] = {"f": url}
    assert isinstance(answer(answers), Exposure)


CLOSED: list[tuple[dict[str, Any], str]] = [
    (recorded(OPEN_URL, auth="AWS_IAM"), "FUNCTION_URL_AUTH_TYPE"),
    (recorded(), "FUNCTION_URL_POLICY"),
    (recorded(OPEN_INVOKE), "FUNCTION_URL_POLICY"),
    (recorded(statement(Principal={"AWS": "arn:aws:iam::1:root"})), "FUNCTION_URL_POLICY"),
    (recorded(statement(Principal={"Service": "s3.amazonaws.com"})), "FUNCTION_URL_POLICY"),
    (recorded(statement(Resource=ARN + "-other")), "FUNCTION_URL_POLICY"),
    (recorded(OPEN_URL, statement(Effect="Deny")), "FUNCTION_URL_POLICY"),
    (
        recorded(statement(Condition={"StringEquals": {"aws:PrincipalOrgID": "o-1"}})),
        "FUNCTION_URL_POLICY",
    ),
    (
        recorded(statement(Condition={"StringEquals": {"lambda:FunctionUrlAuthType": "AWS_IAM"}})),
        "FUNCTION_URL_POLICY",
    ),
    (recorded(OPEN_URL, State="Failed"), "BAD_STATE"),
    (
        recorded(
            statement(Condition={"IpAddress": {"aws:SourceIp": "198.51.100.0/25"}}),
            statement(
                "lambda:InvokeFunction", Condition={"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}
            ),
            created="2026-01-01",
        ),
        "FUNCTION_URL_POLICY",
    ),
]


@pytest.mark.parametrize(("answers", "code"), CLOSED)
def test_closed(answers: dict[str, Any], code: str) -> None:
    found = answer(answers)
    assert isinstance(found, NotReachable)
    assert (found.code, found.component) == (code, ARN)


UNKNOWN: list[dict[str, Any]] = [
    recorded(statement(Condition={"DateLessThan": {"aws:CurrentTime": "2030-01-01"}})),
    recorded(OPEN_URL, created=None),
    recorded(OPEN_URL, created="2025-12-01T00:00:00.000+0000"),
    recorded(OPEN_URL) | {"lambda.get-policy/f": {"Policy": "{"}},
    recorded(OPEN_URL) | {"lambda.get-policy/f": {"Policy": 7}},
    recorded(OPEN_URL) | {"lambda.get-policy/f": {"errors": [{"code": "AccessDenied"}]}},
    recorded(statement(Effect="Perhaps")),
    {name: one for name, one in recorded(OPEN_URL).items() if "policy" not in name},
    {name: one for name, one in recorded(OPEN_URL).items() if name == "lambda.list-functions"},
    recorded(OPEN_URL)
    | {"lambda.list-function-url-configs/f": {"FunctionUrlConfigs": [{"AuthType": "NONE"}]}},
]


@pytest.mark.parametrize("answers", UNKNOWN)
def test_unknown(answers: dict[str, Any]) -> None:
    found = answer(answers)
    assert isinstance(found, UnknownReach)
    assert (found.resource, found.code) == (ARN, "UNKNOWN_RESOURCE")


def test_new_urls_need_both_permissions() -> None:
    """Lambda developer guide: function URLs made since October 2025."""
    found = answer(recorded(OPEN_URL, OPEN_INVOKE, created="2026-01-01"))
    assert isinstance(found, Exposure)
    assert [hop.rule for hop in found.path] == [None, "InvokeFunctionUrl", "InvokeFunction", None]


def test_an_alias_has_a_policy_of_its_own() -> None:
    found = answer(recorded(statement(Resource=ARN + ":live"), qualifier=":live"))
    assert isinstance(found, Exposure)
    assert (found.resource, found.path[0].arn) == (ARN, ARN + ":live")


def test_the_latest_version_is_the_function_itself() -> None:
    answers = recorded(OPEN_URL, qualifier=":$LATEST")
    assert isinstance(answer(answers), Exposure)
    answers["lambda.get-policy/f"] = answers.pop("lambda.get-policy/f:$LATEST")
    assert isinstance(answer(answers), Exposure)


def test_a_source_condition_is_exact() -> None:
    found = answer(
        recorded(
            statement(
                Condition={"IpAddress": {"aws:SourceIp": ["198.51.100.0/24", "2001:db8::/32"]}}
            )
        )
    )
    assert isinstance(found, Exposure)
    assert (found.sources, found.whole) == (("198.51.100.0/24", "2001:db8::/32"), False)


def test_what_else_may_be_open_is_said() -> None:
    answers = recorded(
        statement(Condition={"IpAddress": {"aws:SourceIp": "198.51.100.0/24"}}),
        statement(Condition={"Bool": {"aws:SecureTransport": "true"}}),
    )
    found = reach(topology_of(snapshot_from({PLACE: answers})))
    assert [one.sources for one in found.exposures] == [("198.51.100.0/24",)]
    assert [one.reason for one in found.unknown if one.edge == "lambda-url"] == [
        "conditions of the resource policy are not judged"
    ]


def test_places_without_a_list_of_functions() -> None:
    other = simple().answers() | {"lambda.list-functions": {"Functions": []}}
    found = reach(
        topology_of(snapshot_from({PLACE: other, (ACCOUNT, "us-east-1"): simple().answers()}))
    )
    assert [one.resource for one in found.unknown if one.edge == "lambda-url"] == [
        f"{ACCOUNT}/us-east-1"
    ]
    alone = reach(topology_of(snapshot_from({PLACE: simple().answers()})))
    assert "no Lambda call was recorded: function URLs are not judged" in alone.assumptions
    assert not alone.unknown


def test_a_function_that_cannot_be_named() -> None:
    url = {"FunctionUrl": "https://x/", "FunctionArn": "nonsense", "AuthType": "NONE"}
    found = answer(
        {"lambda.list-functions": {"Functions": []}, "lambda.get-function-url-config/f": url}
    )
    assert isinstance(found, UnknownReach)
    assert found.resource == "nonsense"


# -- the policy language ------------------------------------------------------------------------------------------------

REQUEST = Request(
    action="lambda:InvokeFunctionUrl",
    resources=(ARN,),
    context=(("lambda:functionurlauthtype", "NONE"),),
    absent=frozenset({"aws:sourcevpc"}),
)
EVERY = Scope(least=EVERYBODY, most=EVERYBODY)
NO = Scope(least=NOBODY, most=NOBODY)
MAYBE = Scope(least=NOBODY, most=EVERYBODY)


def scope(*statements: dict[str, Any]) -> Scope:
    found = allowed(json.dumps({"Statement": list(statements)}), REQUEST)
    return Scope(least=found.least, most=found.most)


def condition(operator: str, key: str, *values: Any) -> dict[str, Any]:
    return statement(Condition={operator: {key: list(values)}})


TEST_NET = Sources(v4=cidrs("198.51.100.0/24"))
CASES: list[tuple[dict[str, Any], Scope]] = [
    (statement(), EVERY),
    (statement("lambda:Invoke*"), EVERY),
    (statement("LAMBDA:invokefunctionURL"), EVERY),
    (statement("lambda:InvokeFunctionUr?"), EVERY),
    (statement("*"), EVERY),
    (statement("lambda:InvokeFunctionUrl["), NO),
    (statement(Action=["s3:*", "lambda:*"]), EVERY),
    (statement(Action=[]), NO),
    ({"Effect": "Allow", "Principal": "*", "NotAction": "s3:*"}, EVERY),
    ({"Effect": "Allow", "Principal": "*", "NotAction": "lambda:*"}, NO),
    (statement(Principal={"AWS": ["*"]}), EVERY),
    (statement(Principal={"AWS": "1"}), NO),
    (statement(Principal=None), NO),
    ({"Effect": "Allow", "NotPrincipal": {"AWS": "1"}, "Action": "*"}, MAYBE),
    (statement(Resource="*"), EVERY),
    ({"Effect": "Allow", "Principal": "*", "Action": "*", "NotResource": "arn:aws:s3:::*"}, EVERY),
    ({"Effect": "Allow", "Principal": "*", "Action": "*", "NotResource": "*"}, NO),
    (condition("StringEquals", "lambda:FunctionUrlAuthType", "NONE"), EVERY),
    (condition("StringEqualsIgnoreCase", "LAMBDA:functionurlauthtype", "none"), EVERY),
    (condition("StringLike", "lambda:FunctionUrlAuthType", "N*"), EVERY),
    (condition("StringNotEquals", "lambda:FunctionUrlAuthType", "NONE"), NO),
    (condition("StringNotLike", "lambda:FunctionUrlAuthType", "AWS*"), EVERY),
    (condition("Null", "lambda:FunctionUrlAuthType", "true"), NO),
    (condition("Null", "lambda:FunctionUrlAuthType", *(False,)), EVERY),
    (condition("NumericEquals", "lambda:FunctionUrlAuthType", "1"), MAYBE),
    (condition("StringEquals", "aws:SourceVpc", "vpc-1"), NO),
    (condition("StringEqualsIfExists", "aws:SourceVpc", "vpc-1"), EVERY),
    (condition("StringNotEquals", "aws:SourceVpc", "vpc-1"), EVERY),
    (condition("Null", "aws:SourceVpc", *(True,)), EVERY),
    (condition("Null", "aws:SourceVpc", "false"), NO),
    (condition("StringEquals", "aws:UserAgent", "x"), MAYBE),
    (
        condition("IpAddress", "aws:SourceIp", "198.51.100.0/24"),
        Scope(least=TEST_NET, most=TEST_NET),
    ),
    (
        condition("NotIpAddress", "aws:SourceIp", "0.0.0.0/0"),
        Scope(least=Sources(v6=EVERYBODY.v6), most=Sources(v6=EVERYBODY.v6)),
    ),
    (condition("StringEquals", "aws:SourceIp", "198.51.100.7"), MAYBE),
]


@pytest.mark.parametrize(("one", "expected"), CASES)
def test_statements(one: dict[str, Any], expected: Scope) -> None:
    assert scope(one) == expected


def test_a_deny_beats_an_allow() -> None:
    denied = condition("IpAddress", "aws:SourceIp", "198.51.100.0/24") | {"Effect": "Deny"}
    rest = Sources(v4=complement(TEST_NET.v4, Family.V4), v6=EVERYBODY.v6)
    assert scope(statement(), denied) == Scope(least=rest, most=rest)
    perhaps = condition("StringEquals", "aws:UserAgent", "x") | {"Effect": "Deny"}
    assert scope(statement(), perhaps) == MAYBE


@pytest.mark.parametrize(
    "document",
    [
        "",
        "[]",
        "{}",
        '{"Statement": 7}',
        '{"Statement": ["x"]}',
        '{"Statement": {"Effect": "x"}}',
        "[" * 100_000,
        json.dumps({"Statement": [{"Effect": "Allow"}] * 1001}),
        json.dumps({"Statement": statement(Condition=["x"])}),
        json.dumps({"Statement": statement(Condition={"Bool": "x"})}),
        json.dumps({"Statement": condition("IpAddress", "aws:SourceIp", "x")}),
    ],
)
def test_what_is_no_policy(document: str) -> None:
    with pytest.raises(ParseError):
        allowed(document, REQUEST)


def test_a_single_statement_may_stand_alone() -> None:
    assert allowed(json.dumps({"Statement": statement()}), REQUEST).statements == (
        "InvokeFunctionUrl",
    )
    unnamed = {name: value for name, value in statement().items() if name != "Sid"}
    assert allowed(json.dumps({"Statement": unnamed}), REQUEST).statements == ("statement 0",)


def test_many_wildcards_take_no_time() -> None:
    assert scope(statement("lambda:" + "*" * 5000 + "x")) == NO
    assert scope(statement("*n" * 500 + "*")) == NO
    assert scope(statement("*n*n*n*")) == EVERY
