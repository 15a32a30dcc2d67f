"""Requests that are not what the model says, and what is told of them."""

from datetime import UTC, datetime
from typing import Any

import pytest

from vedette.api.errors import ApiError, Code
from vedette.api.messages import Request
from vedette.api.parse import MOST_DEPTH, parse
from vedette.api.service_model import load_service
from vedette.api.wire import route

_FINDING = "arn:aws:inspector2:us-east-1:111122223333:finding/" + "0a" * 16


def _read(target: str, body: bytes = b"", method: str = "POST", service: str = "inspector2") -> Any:
    path, _, query = target.partition("?")
    model = load_service(service)
    request = Request(method=method, path=path, query=query, body=body)
    routed = route(model, request)
    return parse(model, routed.operation.input, request, routed.labels)


def _refused(target: str, body: bytes = b"", method: str = "POST") -> ApiError:
    with pytest.raises(ApiError) as refused:
        _read(target, body, method)
    return refused.value


def _constraint(target: str, body: bytes) -> list[tuple[str, str]]:
    error = _refused(target, body)
    assert error.code is Code.VALIDATION
    assert error.members["reason"] == "FIELD_VALIDATION_FAILED", error
    fields: Any = error.members["fields"]
    return [(field["name"], field["message"]) for field in fields]


def test_a_whole_request() -> None:
    body = b"""{"maxResults": 7, "unknown": {"x": [1]}, "nextToken": null,
        "filterCriteria": {"severity": [{"comparison": "EQUALS", "value": "HIGH"}],
                           "lastObservedAt": [{"startInclusive": 1767225600.5}],
                           "epssScore": [{"lowerInclusive": 1}]}}"""
    assert _read("/findings/list", body) == {
        "maxResults": 7,
        "filterCriteria": {
            "severity": [{"comparison": "EQUALS", "value": "HIGH"}],
            "lastObservedAt": [
                {"startInclusive": datetime(2026, 1, 1, 0, 0, 0, 500000, tzinfo=UTC)}
            ],
            "epssScore": [{"lowerInclusive": 1.0}],
        },
    }


@pytest.mark.parametrize("body", [b"", b"  ", b"{}", b'{"maxResults": null}'])
def test_nothing_asked(body: bytes) -> None:
    assert _read("/findings/list", body) == {}


@pytest.mark.parametrize(
    ("path", "arn"),
    [
        ("/tags/arn%3Aaws%3Ax%2Fy", "arn:aws:x/y"),
        ("/tags/arn:aws:x%2Fy", "arn:aws:x/y"),
        ("/tags/a%2520b", "a%20b"),
        ("/tags/%C3%A9+", "é+"),
    ],
)
def test_labels_are_decoded_once(path: str, arn: str) -> None:
    assert _read(path, method="GET") == {"resourceArn": arn}


def test_lists_and_numbers_in_the_query() -> None:
    assert _read("/tags/a?tagKeys=x%3Dy&tagKeys=b+c", method="DELETE") == {
        "resourceArn": "a",
        "tagKeys": ["x=y", "b+c"],
    }
    assert _read("/codesecurity/integration/list?maxResults=5&nextToken=t") == {
        "maxResults": 5,
        "nextToken": "t",
    }


@pytest.mark.parametrize("target", ["/tags/a/b", "/tags/", "/tags", "/findings//list", "/x", "/"])
def test_paths_that_are_no_operation(target: str) -> None:
    assert _refused(target).code is Code.UNKNOWN_OPERATION


def test_a_method_that_is_no_operation() -> None:
    assert _refused("/findings/list", method="GET").code is Code.UNKNOWN_OPERATION


@pytest.mark.parametrize(
    ("target", "body"),
    [
        ("/findings/list", b"{"),
        ("/findings/list", b"[]"),
        ("/findings/list", b"null"),
        ("/findings/list", b"\xff"),
        ("/findings/list", b'{"maxResults": NaN}'),
        ("/findings/list", b'{"maxResults": "7"}'),
        ("/findings/list", b'{"maxResults": true}'),
        ("/findings/list", b'{"maxResults": 1.5}'),
        ("/findings/list", b'{"maxResults": 2147483648}'),
        ("/findings/list", b'{"maxResults": 1e400}'),
        ("/findings/list", b'{"nextToken": 7}'),
        ("/findings/list", b'{"nextToken": "\\ud800"}'),
        ("/findings/list", b'{"filterCriteria": []}'),
        ("/findings/list", b'{"filterCriteria": {"severity": {}}}'),
        ("/findings/list", b'{"filterCriteria": {"epssScore": [{"lowerInclusive": "x"}]}}'),
        ("/findings/list", b'{"filterCriteria": {"epssScore": [{"lowerInclusive": true}]}}'),
        (
            "/findings/list",
            b'{"filterCriteria": {"epssScore": [{"lowerInclusive": 1' + b"0" * 400 + b"}]}}",
        ),
        ("/findings/list", b'{"filterCriteria": {"lastObservedAt": [{"startInclusive": 1e30}]}}'),
        ("/findings/list", b'{"filterCriteria": {"lastObservedAt": [{"startInclusive": "x"}]}}'),
        ("/findings/list", b'{"filterCriteria": {"lastObservedAt": [{"startInclusive": true}]}}'),
        ("/members/list", b'{"onlyAssociated": 1}'),
        ("/filters/create", b'{"tags": []}'),
        ("/cissession/telemetry/send", b'{"messages": [{"cisRuleDetails": "?"}]}'),
        ("/cissession/telemetry/send", b'{"messages": [{"cisRuleDetails": 7}]}'),
        ("/codesecurity/integration/list?maxResults=x", b""),
        ("/codesecurity/integration/list?maxResults=1&maxResults=2", b""),
        ("/findings/list", b'{"a":' * 200_000),
        ("/findings/list", b'{"a":' * (MOST_DEPTH + 1) + b"{}" + b"}" * (MOST_DEPTH + 1)),
    ],
)
def test_what_cannot_be_parsed(target: str, body: bytes) -> None:
    method = "PUT" if target.startswith("/cissession") else "POST"
    error = _refused(target, body, method)
    assert (error.code, error.members) == (Code.VALIDATION, {"reason": "CANNOT_PARSE"})


def test_a_path_that_is_not_utf8() -> None:
    error = _refused("/tags/%FF", method="GET")
    assert error.members == {"reason": "CANNOT_PARSE"}


def test_as_deep_as_may_be() -> None:
    inner = MOST_DEPTH - 2
    body = b'{"x":' + b'{"a":' * inner + b"{}" + b"}" * inner + b"}"
    assert _read("/findings/list", body) == {}


@pytest.mark.parametrize(
    ("target", "body", "told"),
    [
        (
            "/findings/list",
            b'{"maxResults": 0}',
            [("maxResults", "Member must have value greater than or equal to 1")],
        ),
        (
            "/findings/details/batch/get",
            b"{}",
            [("findingArns", "Member must not be null")],
        ),
        (
            "/findings/details/batch/get",
            b'{"findingArns": []}',
            [("findingArns", "Member must have length greater than or equal to 1")],
        ),
        (
            "/findings/details/batch/get",
            ('{"findingArns": [' + ",".join([f'"{_FINDING}"'] * 11) + "]}").encode(),
            [("findingArns", "Member must have length less than or equal to 10")],
        ),
        (
            "/findings/details/batch/get",
            b'{"findingArns": [null, "arn:aws:s3:::x"]}',
            [
                ("findingArns.1.member", "Member must not be null"),
                (
                    "findingArns.2.member",
                    (
                        "Member must satisfy regular expression pattern: arn:(aws[a-zA-Z-]*)?:"
                        r"inspector2:[a-z]{2}(-gov)?-[a-z]+-\d{1}:\d{12}:finding/[a-f0-9]{32}"
                    ),
                ),
            ],
        ),
        (
            "/filters/create",
            b'{"action": "DROP", "name": "", "filterCriteria": {}, "tags": {"k": null}}',
            [
                ("action", "Member must satisfy enum value set: [NONE, SUPPRESS]"),
                ("name", "Member must have length greater than or equal to 1"),
                ("tags.k.member", "Member must not be null"),
            ],
        ),
        (
            "/findings/aggregation/list",
            b'{"aggregationType": "ACCOUNT", "aggregationRequest": {}}',
            [("aggregationRequest", "Exactly one member of the union must be set")],
        ),
        (
            "/findings/aggregation/list",
            (
                b'{"aggregationType": "ACCOUNT", "aggregationRequest": '
                b'{"accountAggregation": {}, "amiAggregation": {}}}'
            ),
            [("aggregationRequest", "Exactly one member of the union must be set")],
        ),
    ],
)
def test_what_does_not_satisfy_the_model(
    target: str, body: bytes, told: list[tuple[str, str]]
) -> None:
    assert _constraint(target, body) == told


def test_several_faults_are_told_in_one_sentence() -> None:
    error = _refused("/findings/list", b'{"maxResults": 101, "sortCriteria": {"field": "X"}}')
    assert error.message.startswith(
        "3 validation errors detected: Value at 'maxResults' failed to satisfy constraint: "
        "Member must have value less than or equal to 100; Value at 'sortCriteria.field' failed"
    )
    assert error.message.endswith(
        "Value at 'sortCriteria.sortOrder' failed to satisfy constraint: Member must not be null"
    )


def test_faults_are_told_up_to_a_bound() -> None:
    body = b'{"findingArns": [' + b",".join([b'"x"'] * 5000) + b"]}"
    assert len(_constraint("/findings/details/batch/get", body)) == 20


def test_names_in_messages_are_short_and_printable() -> None:
    name = "x" * 65
    body = f'{{"action": "NONE", "name": "n", "filterCriteria": {{}}, "tags": {{"{name}": null}}}}'
    assert _constraint("/filters/create", body.encode()) == [
        ("tags.key.member", "Member must not be null")
    ]


def test_a_time_may_be_a_text_or_a_number() -> None:
    def time(text: str) -> Any:
        body = f'{{"filterCriteria": {{"lastObservedAt": [{{"startInclusive": {text}}}]}}}}'
        asked = _read("/findings/list", body.encode())
        return asked["filterCriteria"]["lastObservedAt"][0]["startInclusive"]

    expected = datetime(2026, 1, 1, tzinfo=UTC)
    for text in (
        "1767225600",
        '"2026-01-01T00:00:00Z"',
        '"2026-01-01T01:00:00+01:00"',
        '"2026-01-01"',
    ):
        assert time(text) == expected
        assert time(text).utcoffset() == expected.utcoffset()


def test_classic_is_asked_by_its_target() -> None:
    model = load_service("inspector")
    target = ("x-amz-target", "InspectorService.ListFindings")
    request = Request(method="POST", path="/", headers=(target,), body=b'{"maxResults": 3}')
    routed = route(model, request)
    assert parse(model, routed.operation.input, request, routed.labels) == {"maxResults": 3}
    for wrong in ("InspectorService.Nothing", "Other.ListFindings", "ListFindings", ""):
        with pytest.raises(ApiError) as refused:
            route(model, Request(method="POST", path="/", headers=(("x-amz-target", wrong),)))
        assert refused.value.code is Code.UNKNOWN_OPERATION
