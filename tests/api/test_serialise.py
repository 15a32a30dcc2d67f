"""Answers that the model has no place for are mistakes, and refusals are written as each protocol has them."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import msgspec
import pytest

from vedette.api.errors import ApiError, Code, conflict, invalid, not_found, over_quota
from vedette.api.refusals import refusal
from vedette.api.serialise import UnmodelledOutputError, serialise
from vedette.api.service_model import load_service

_AT = datetime(2026, 1, 1, tzinfo=UTC)
_FILTER = {
    "action": "NONE",
    "arn": "arn",
    "createdAt": _AT,
    "updatedAt": _AT,
    "criteria": {},
    "name": "n",
    "ownerId": "111122223333",
}


def _written(shape: str | None, output: dict[str, Any]) -> Any:
    response = serialise(load_service("inspector2"), shape, output, 200)
    return msgspec.json.decode(response.body) if response.body else None


def _filters(**changed: Any) -> Any:
    return _written("ListFiltersResponse", {"filters": [_FILTER | changed]})


def test_absent_members_are_left_out() -> None:
    (one,) = _filters(description=None, tags={"a": "b"})["filters"]
    assert one == {
        "action": "NONE",
        "arn": "arn",
        "createdAt": 1767225600,
        "updatedAt": 1767225600,
        "criteria": {},
        "name": "n",
        "ownerId": "111122223333",
        "tags": {"a": "b"},
    }


def test_times_of_other_zones_are_the_same_moment() -> None:
    moved = _AT.astimezone(timezone(timedelta(hours=5, minutes=30)))
    assert _filters(createdAt=moved) == _filters()


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"nonsense": 1}, r"\.filters\[\]: not modelled: nonsense"),
        ({"nonsense": None}, "not modelled"),
        ({"name": None}, r"\.filters\[\]\.name: required and absent"),
        ({"name": 7}, "int in place of a string"),
        ({"name": True}, "bool in place of a string"),
        ({"createdAt": datetime(2026, 1, 1)}, "not an aware datetime"),  # noqa: DTZ001 - what is refused
        ({"createdAt": 1.5}, "not an aware datetime"),
        ({"criteria": []}, "list in place of a structure"),
        ({"criteria": {"epssScore": [{"lowerInclusive": True}]}}, "bool in place of a double"),
    ],
)
def test_what_is_not_modelled(changed: dict[str, Any], told: str) -> None:
    with pytest.raises(UnmodelledOutputError, match=told):
        _filters(**changed)


@pytest.mark.parametrize(
    "response", [{}, {"accountAggregation": {}, "amiAggregation": {"ami": "ami-1"}}]
)
def test_unions_have_one_member(response: dict[str, Any]) -> None:
    output = {"aggregationType": "ACCOUNT", "responses": [response]}
    with pytest.raises(UnmodelledOutputError, match="a union with"):
        _written("ListFindingAggregationsResponse", output)


def test_operations_without_an_output() -> None:
    assert _written(None, {}) is None
    with pytest.raises(UnmodelledOutputError, match="no output is modelled"):
        _written(None, {"a": 1})


def test_members_in_headers() -> None:
    service = load_service("inspector2")
    output = {"message": "m", "retryAfterSeconds": 3}
    response = serialise(service, "ThrottlingException", output, 429)
    assert response.headers == (("content-type", "application/json"), ("retry-after", "3"))
    assert response.body == b'{"message":"m"}'


_CASES = [
    (invalid("m"), 400, {"message": "m", "reason": "OTHER"}),
    (not_found("m"), 404, {"message": "m"}),
    (
        conflict("m", resource_id="i", resource_type="T"),
        409,
        {"message": "m", "resourceId": "i", "resourceType": "T"},
    ),
    (over_quota("m", resource_id="i"), 402, {"message": "m", "resourceId": "i"}),
    (ApiError(Code.CONFLICT, "m"), 409, {"message": "m", "resourceId": "", "resourceType": ""}),
    (ApiError(Code.UNSIGNED, "m"), 403, {"message": "m"}),
]


@pytest.mark.parametrize(("error", "status", "body"), _CASES)
def test_refusals_in_rest(error: ApiError, status: int, body: dict[str, Any]) -> None:
    response = refusal(load_service("inspector2"), error)
    assert response.status == error.status == status
    assert response.headers == (
        ("content-type", "application/json"),
        ("x-amzn-errortype", str(error.code)),
    )
    assert msgspec.json.decode(response.body) == body


@pytest.mark.parametrize(
    ("error", "status", "body"),
    [
        (
            not_found("m"),
            400,
            {
                "__type": "NoSuchEntityException",
                "message": "m",
                "canRetry": False,
                "errorCode": "ASSESSMENT_TARGET_DOES_NOT_EXIST",
            },
        ),
        (
            ApiError(Code.INTERNAL, "m", retry_after=1),
            500,
            {"__type": "InternalException", "message": "m", "canRetry": True},
        ),
        (
            ApiError(Code.INVALID_SIGNATURE, "m"),
            400,
            {"__type": "InvalidSignatureException", "message": "m"},
        ),
        (
            ApiError(
                Code.QUOTA,
                "m",
                members={"errorCode": "RESOURCE_GROUP_LIMIT_EXCEEDED", "resourceId": "i"},
            ),
            400,
            {
                "__type": "LimitExceededException",
                "message": "m",
                "canRetry": False,
                "errorCode": "RESOURCE_GROUP_LIMIT_EXCEEDED",
            },
        ),
    ],
)
def test_refusals_in_classic(error: ApiError, status: int, body: dict[str, Any]) -> None:
    response = refusal(load_service("inspector"), error)
    assert (response.status, msgspec.json.decode(response.body)) == (status, body)
    retry = dict(response.headers).get("retry-after")
    assert retry == (None if error.retry_after is None else str(error.retry_after))


def test_reasons_that_a_shape_requires_are_completed() -> None:
    response = refusal(load_service("inspector-scan"), ApiError(Code.INTERNAL, "m"))
    assert msgspec.json.decode(response.body) == {"message": "m", "reason": "OTHER"}
