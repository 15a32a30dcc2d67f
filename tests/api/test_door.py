"""Who is let in, what is refused, and what is written down of it."""

import base64
import logging
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from tests.api.doors import READER_KEY, STARTED, Watched, now, told
from tests.api.signing import KEY, SECRET, signed
from vedette.api import operations
from vedette.api.call import Call, Input, Output
from vedette.api.door import partition_of
from vedette.api.messages import Request, Response
from vedette.api.replays import Replays
from vedette.api.throttle import Throttle
from vedette.store.store import SqlStore

_COVERAGE = "/coverage/list"


@pytest.fixture
def watched(store: SqlStore) -> Watched:
    return Watched(store)


def _reading(**changed: Any) -> Request:
    return signed("POST", _COVERAGE, body=b"{}", **changed)


def _tagging() -> Request:
    return signed("POST", "/enable", body=b'{"resourceTypes": ["EC2"]}')


def test_a_signed_request_is_answered(watched: Watched) -> None:
    response = watched.answer(_reading())
    assert (response.status, told(response)) == (200, {"coveredResources": []})
    assert ("x-amzn-requestid", "request-1") in response.headers
    assert watched.used == [KEY]
    assert watched.entries() == [
        {
            "request_id": "request-1",
            "address": "192.0.2.1",
            "access_key": KEY,
            "account": "111122223333",
            "role": "admin",
            "service": "inspector2",
            "region": "us-east-1",
            "operation": "ListCoverage",
            "status": 200,
            "outcome": "ok",
        }
    ]


@pytest.mark.parametrize(
    ("request_of", "code", "status"),
    [
        (
            lambda: Request(method="POST", path=_COVERAGE),
            "MissingAuthenticationTokenException",
            403,
        ),
        (lambda: _reading(secret="x" + SECRET), "InvalidSignatureException", 403),
        (lambda: _reading(key="VDTA" + "A" * 16), "UnrecognizedClientException", 403),
        (lambda: _reading(key="AKIA" + "A" * 16), "UnrecognizedClientException", 403),
        (lambda: _reading(region="eu-west-1"), "InvalidSignatureException", 403),
        (lambda: _reading(service="s3"), "InvalidSignatureException", 403),
        (lambda: signed("POST", "/nothing"), "UnknownOperationException", 404),
        (lambda: signed("POST", _COVERAGE, body=b"{"), "ValidationException", 400),
        (lambda: signed("GET", "/vedette/v1/nothing"), "UnknownOperationException", 404),
        (lambda: signed("PUT", "/vedette/v1/passes"), "UnknownOperationException", 404),
    ],
)
def test_refusals(
    watched: Watched, request_of: Callable[[], Request], code: str, status: int
) -> None:
    response = watched.answer(request_of())
    assert response.status == status
    assert dict(response.headers)["x-amzn-errortype"] == code
    assert watched.entries()[0]["outcome"] == code
    assert SECRET not in "".join(watched.lines)


def test_another_region_is_told_which_there_are(watched: Watched) -> None:
    response = watched.answer(_reading(region="eu-west-1"))
    assert msgspec.json.decode(response.body) == {
        "message": "Credential should be scoped to a valid region; this server serves cn-north-1, us-east-1."
    }


def test_expired_and_too_early_requests(store: SqlStore) -> None:
    for shift in (timedelta(minutes=6), timedelta(minutes=-6)):
        watched = Watched(store, clock=lambda shift=shift: now() + shift)  # type: ignore[misc]
        assert watched.code(_reading()) == "InvalidSignatureException"
        assert watched.code(signed("POST", _COVERAGE, expires=9)) == "InvalidSignatureException"


def test_a_presigned_request(watched: Watched) -> None:
    assert watched.code(signed("POST", _COVERAGE, expires=9)) == "ok"


def test_a_changing_request_is_taken_once(watched: Watched) -> None:
    request = _tagging()
    assert watched.code(request) == "ok"
    response = watched.answer(request)
    assert (response.status, dict(response.headers)["retry-after"]) == (429, "1")
    assert told(response) == {"message": "This signature was used before: sign the request anew"}


def test_a_reading_request_may_be_repeated(watched: Watched) -> None:
    request = _reading()
    assert [watched.code(request), watched.code(request)] == ["ok", "ok"]


def test_readers_change_nothing(watched: Watched) -> None:
    assert watched.code(_reading(key=READER_KEY)) == "ok"
    request = signed("POST", "/enable", body=b'{"resourceTypes": ["EC2"]}', key=READER_KEY)
    assert watched.code(request) == "AccessDeniedException"
    assert watched.entries()[-1]["operation"] == "Enable"
    assert watched.code(signed("POST", "/vedette/v1/passes", key=READER_KEY)) == (
        "AccessDeniedException"
    )
    assert watched.asked == []


def test_replays_are_forgotten_when_they_cannot_be_used_any_more(store: SqlStore) -> None:
    clock = now()
    replays = Replays(most=1)
    watched = Watched(store, clock=lambda: clock, replays=replays)
    assert watched.code(_tagging()) == "ok"
    full = signed("POST", "/disable", body=b"{}")
    response = watched.answer(full)
    assert (response.status, dict(response.headers)["retry-after"]) == (429, "60")
    clock += timedelta(minutes=4)
    assert watched.answer(full).status == 429
    clock = now() + timedelta(minutes=5, seconds=1)
    fresh = msgspec.structs.replace(full)
    assert watched.code(fresh) == "InvalidSignatureException"  # it has expired by now
    assert len(replays._seen) == 1
    replays._forget(clock)
    assert (replays._seen, replays._ends) == (set(), [])


def test_callers_are_throttled_each_by_their_own_bucket(store: SqlStore) -> None:
    seconds = 100.0
    watched = Watched(store, throttle=Throttle(2, 3, lambda: seconds))
    request, other = _reading(), _reading(key=READER_KEY)
    assert [watched.code(request) for _ in range(4)] == ["ok"] * 3 + ["ThrottlingException"]
    response = watched.answer(request)
    assert (response.status, dict(response.headers)["retry-after"]) == (429, "1")
    assert told(response) == {"message": "Rate exceeded"}
    assert watched.code(other) == "ok"
    seconds += 0.5
    assert [watched.code(request) for _ in range(2)] == ["ok", "ThrottlingException"]
    seconds += 1000
    assert [watched.code(request) for _ in range(4)] == ["ok"] * 3 + ["ThrottlingException"]


def test_full_buckets_are_dropped() -> None:
    throttle = Throttle(1, 2, lambda: 0.0)
    for number in range(10_001):
        throttle._buckets[str(number)] = (2.0, 0.0)
    throttle.take("x")
    assert set(throttle._buckets) == {"x"}


def test_a_revoked_credential_is_refused_soon(store: SqlStore) -> None:
    clock = now()
    watched = Watched(store, clock=lambda: clock)
    assert watched.code(_reading()) == "ok"
    del watched.known[KEY]
    assert watched.code(_reading()) == "ok"
    clock += timedelta(seconds=6)
    assert watched.code(_reading()) == "UnrecognizedClientException"


def test_a_mistake_of_ours_is_logged_once_and_not_told(
    watched: Watched, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(_call: Call, _asked: Input) -> Output:
        raise ZeroDivisionError("secret detail")

    handlers = {"inspector2": {"ListCoverage": broken}}
    monkeypatch.setattr("vedette.api.wire.SERVICES", handlers)
    with caplog.at_level(logging.ERROR):
        response = watched.answer(_reading())
    assert response.status == 500
    assert told(response) == {
        "message": "An internal error; the server's log has it as request request-1"
    }
    assert dict(response.headers)["x-amzn-errortype"] == "InternalServerException"
    assert [record.getMessage() for record in caplog.records] == ["request request-1 failed"]
    assert watched.entries()[0]["outcome"] == "InternalServerException"


def test_an_answer_that_is_not_modelled_is_an_internal_error(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    handlers = {"inspector2": {"ListCoverage": lambda _call, _asked: {"nonsense": 1}}}
    monkeypatch.setattr("vedette.api.wire.SERVICES", handlers)
    assert watched.answer(_reading()).status == 500


def test_what_nobody_handles_is_refused_as_modelled(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vedette.api.wire.SERVICES", {name: {} for name in operations.SERVICES})
    assert told(watched.answer(_reading())) == {
        "message": "vedette does not do ListCoverage",
        "reason": "OTHER",
    }
    assert watched.code(_tagging()) == "AccessDeniedException"


def test_classic_refuses_in_its_own_words(watched: Watched) -> None:
    request = signed(
        "POST",
        "/",
        body=b'{"maxResults": "x"}',
        headers={"X-Amz-Target": "InspectorService.ListFindings"},
        service="inspector",
    )
    response = watched.answer(request)
    assert response.status == 400
    assert told(response) == {
        "__type": "InvalidInputException",
        "message": "Value at 'maxResults' is not a whole number",
        "canRetry": False,
        "errorCode": told(response)["errorCode"],
    }
    assert dict(response.headers)["content-type"] == "application/x-amz-json-1.1"


def test_resources_are_in_the_audit_log_and_bodies_are_not(watched: Watched) -> None:
    body = b'{"accountIds": ["111122223333"], "resourceTypes": ["EC2"], "clientToken": "hidden"}'
    watched.answer(signed("POST", "/enable", body=body))
    assert watched.entries()[0]["resources"] == ["111122223333"]
    assert "hidden" not in watched.lines[0]


def test_lines_of_the_audit_log_cannot_be_forged(watched: Watched) -> None:
    target = "/tags/" + "arn%0A%7B%22outcome%22%3A%22ok%22%7D"
    watched.answer(signed("GET", target))
    assert "\n" not in watched.lines[0]
    assert watched.entries()[0]["resources"] == ['arn\n{"outcome":"ok"}']


def test_many_resources_are_cut(watched: Watched) -> None:
    arns = ",".join(f'"{number:012d}"' for number in range(50))
    watched.answer(signed("POST", "/status/batch/get", body=f'{{"accountIds": [{arns}]}}'.encode()))
    assert len(watched.entries()[0]["resources"]) == 10


def _basic(key: str, secret: str, method: str = "GET", path: str = "passes") -> Request:
    sent = base64.b64encode(f"{key}:{secret}".encode()).decode()
    return Request(
        method=method, path=f"/vedette/v1/{path}", headers=(("authorization", f"Basic {sent}"),)
    )


def test_open_extensions(watched: Watched) -> None:
    def get(path: str) -> Response:
        return watched.answer(Request(method="GET", path=f"/vedette/v1/{path}"))

    assert told(get("health")) == {"status": "ok"}
    assert told(get("version"))["started_at"] == STARTED.isoformat().replace("+00:00", "Z")
    assert get("openapi.json").status == 200
    assert get("passes").status == 403
    assert get("metrics").status == 403


def test_passes_are_told_and_asked_for(watched: Watched) -> None:
    response = watched.answer(signed("GET", "/vedette/v1/passes"))
    assert told(response)["passes"][0]["figures"] == {"resources": 3}
    request = signed("POST", "/vedette/v1/passes")
    assert watched.answer(request).status == 202
    assert watched.asked == [()]
    assert watched.code(request) == "ThrottlingException"  # replayed


def test_where_nobody_looks_nobody_can_be_asked_to(store: SqlStore) -> None:
    watched = Watched(store)
    watched.door._parts = msgspec.structs.replace(
        watched.parts, watch=msgspec.structs.replace(watched.parts.watch, look_now=None)
    )
    response = watched.answer(signed("POST", "/vedette/v1/passes"))
    assert response.status == 409
    assert told(response)["message"] == "This server was started without passes"


def test_scrapers_may_use_basic(watched: Watched) -> None:
    watched.answer(_reading())
    response = watched.answer(_basic(READER_KEY, SECRET, path="metrics"))
    assert response.status == 200
    text = response.body.decode()
    assert (
        'vedette_requests_total{service="inspector2",operation="ListCoverage",outcome="ok"} 1'
        in text.splitlines()
    )
    assert "vedette_findings_active 7" in text.splitlines()
    assert watched.code(_basic(READER_KEY, "wrong")) == "UnrecognizedClientException"
    assert watched.code(_basic("VDTA" + "A" * 16, SECRET)) == "UnrecognizedClientException"
    for text in ("Basic", "Basic ", "Basic ?", "Basic " + base64.b64encode(b"\xff").decode()):
        request = Request(
            method="GET", path="/vedette/v1/passes", headers=(("authorization", text),)
        )
        assert watched.code(request) == "IncompleteSignatureException"


def test_basic_changes_nothing_and_is_not_for_the_api(watched: Watched) -> None:
    assert watched.code(_basic(KEY, SECRET, "POST")) == "IncompleteSignatureException"
    sent = _basic(KEY, SECRET).headers
    request = Request(method="POST", path=_COVERAGE, headers=sent)
    assert watched.code(request) == "IncompleteSignatureException"


@pytest.mark.parametrize(
    ("region", "partition"),
    [("us-east-1", "aws"), ("cn-north-1", "aws-cn"), ("us-gov-west-1", "aws-us-gov")],
)
def test_partitions(region: str, partition: str) -> None:
    assert partition_of(region) == partition
