"""What closes function URLs and APIs: each set does, and no part of it."""

from typing import Any

from tests.network.estates import PLACE, simple, tcp
from tests.network.test_apis import document, http, method, rest, statement as api_statement
from tests.network.test_functions import ARN, OPEN_INVOKE, OPEN_URL, recorded, statement
from vedette.network.describe import snapshot_from
from vedette.network.entry_cuts import with_entry_cuts
from vedette.network.normalise.topology import topology_of
from vedette.network.reach import Reach, reach


def answers_of(answers: dict[str, Any]) -> Reach:
    topology = topology_of(snapshot_from({PLACE: answers}))
    return with_entry_cuts(reach(topology), topology)


def closing(answers: dict[str, Any], edge: str) -> list[list[tuple[str, str | None]]]:
    (exposure,) = [one for one in answers_of(answers).exposures if one.edge == edge]
    return [[(one.kind, one.rule) for one in each.changes] for each in exposure.closing_changes]


def test_a_function_url() -> None:
    assert closing(recorded(OPEN_URL, OPEN_INVOKE), "lambda-url") == [
        [("set-function-url-auth", "AWS_IAM")],
        [("remove-function-permission", "InvokeFunctionUrl")],
    ]


def test_two_statements_that_open_a_function_url() -> None:
    second = statement(Sid="Second", Principal="*")
    found = closing(recorded(OPEN_URL, second), "lambda-url")
    assert found == [
        [("set-function-url-auth", "AWS_IAM")],
        [
            ("remove-function-permission", "InvokeFunctionUrl"),
            ("remove-function-permission", "Second"),
        ],
    ]


def test_many_statements_that_open_a_function_url() -> None:
    many = [statement(Sid=f"S{number}") for number in range(5)]
    found = closing(recorded(*many), "lambda-url")
    assert [len(one) for one in found] == [1, 5]


def test_a_statement_alone() -> None:
    answers = recorded(OPEN_URL)
    text = answers["lambda.get-policy/f"]["Policy"].replace("[", "").replace("]", "")
    assert len(closing(answers | {"lambda.get-policy/f": {"Policy": text}}, "lambda-url")) == 2


def test_a_statement_without_a_name_cannot_be_told() -> None:
    nameless = {name: value for name, value in OPEN_URL.items() if name != "Sid"}
    assert closing(recorded(nameless), "lambda-url") == [[("set-function-url-auth", "AWS_IAM")]]


def test_an_api_with_one_door() -> None:
    assert closing(rest(), "api-gateway") == [
        [("disable-api-endpoint", None)],
        [("require-api-authorization", "prod/GET /pets")],
    ]


def test_an_api_with_several_doors_needs_them_all() -> None:
    found = closing(
        rest(
            ("GET /a", method()), ("GET /b", method()), ("GET /c", method()), ("GET /d", method())
        ),
        "api-gateway",
    )
    assert [len(one) for one in found] == [1, 4]
    assert {kind for kind, _ in found[1]} == {"require-api-authorization"}


def test_an_api_by_its_policy() -> None:
    named = api_statement(Sid="All")
    narrow = api_statement(
        "Deny", Condition={"NotIpAddress": {"aws:SourceIp": ["198.51.100.0/24"]}}
    )
    found = closing(rest(policy=document(named, narrow)), "api-gateway")
    assert ([("remove-api-policy-statement", "All")] in found) is True
    # without its only statement an API has no policy, and is open to everybody
    assert [("remove-api-policy-statement", "All")] not in closing(
        rest(policy=document(named)), "api-gateway"
    )


def test_an_http_api() -> None:
    found = closing(http({"RouteKey": "GET /", "AuthorizationType": "NONE"}), "api-gateway")
    assert ("require-api-authorization" in {kind for one in found for kind, _ in one}) is True


def test_what_has_closing_changes_keeps_them() -> None:
    answers = simple(tcp(22, v4=("0.0.0.0/0",))).answers() | recorded(OPEN_URL)
    first, second = answers_of(answers).exposures
    assert first.closing_changes
    assert (second.resource, len(second.closing_changes)) == (ARN, 2)


def test_what_is_not_in_the_topology_stays_as_it_is() -> None:
    topology = topology_of(snapshot_from({PLACE: recorded(OPEN_URL)}))
    other = topology_of(snapshot_from({PLACE: simple().answers()}))
    answers = reach(topology)
    assert with_entry_cuts(answers, other) == answers
