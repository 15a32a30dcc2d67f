"""Objects in S3: whole or not at all, in parts where they are large, at places that lead nowhere else."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Literal

import boto3
import pytest
from hypothesis import given, strategies as st
from moto import mock_aws

from vedette.clients import s3
from vedette.clients.aws import Account, AwsSettings, connect
from vedette.clients.s3 import is_object_url, object_place, split_object_url, write_object
from vedette.errors import ConfigError, ServiceError, StoreError

KEY_ARN = "arn:aws:kms:eu-west-1:111122223333:key/1"
REGION: Literal["eu-west-1"] = "eu-west-1"
SMALLEST = 5 << 20  # of a part but the last


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Iterator[Account]:
    for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL", "AWS_DEFAULT_REGION", "AWS_REGION"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "a")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "s")
    with mock_aws():
        boto3.client("s3", region_name=REGION).create_bucket(
            Bucket="reports", CreateBucketConfiguration={"LocationConstraint": REGION}
        )
        yield connect(AwsSettings(region=REGION))


def _kept(key: str = "a/b.csv") -> Any:
    return boto3.client("s3", region_name=REGION).get_object(Bucket="reports", Key=key)


def _unfinished() -> list[Any]:
    answer = boto3.client("s3", region_name=REGION).list_multipart_uploads(Bucket="reports")
    return list(answer.get("Uploads", []))


PLACE = object_place("reports", "a/b.csv", region=REGION, kms_key=KEY_ARN)


def test_a_small_object_is_put_at_once(account: Account) -> None:
    assert write_object(account, PLACE, iter([b"one", b"", b"two"]), media_type="text/csv") == 6
    kept = _kept()
    assert kept["Body"].read() == b"onetwo"
    assert (kept["ContentType"], kept["ServerSideEncryption"], kept["SSEKMSKeyId"]) == (
        "text/csv",
        "aws:kms",
        KEY_ARN,
    )


def test_no_bytes_are_an_empty_object(account: Account) -> None:
    place = object_place("reports", "empty", region=REGION)
    assert write_object(account, place, [], media_type="text/csv") == 0
    assert _kept("empty")["Body"].read() == b""
    assert "SSEKMSKeyId" not in _kept("empty")


def test_a_large_object_goes_in_parts(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(s3, "_PART", SMALLEST)
    monkeypatch.setattr(s3, "_GROWS_AFTER", 1)
    pieces = [bytes([number]) * 3_000_000 for number in range(8)]
    assert write_object(account, PLACE, iter(pieces), media_type="text/csv") == 24_000_000
    kept = _kept()
    assert kept["Body"].read() == b"".join(pieces)
    assert kept["ETag"].strip('"').endswith("-3")  # 5, 10 and the rest
    assert kept["SSEKMSKeyId"] == KEY_ARN
    assert _unfinished() == []


def test_what_fails_in_the_middle_leaves_nothing(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(s3, "_PART", SMALLEST)

    def pieces() -> Iterator[bytes]:
        yield b"x" * 12_000_000
        raise StoreError("gone")

    with pytest.raises(StoreError, match="gone"):
        write_object(account, PLACE, pieces(), media_type="text/csv")
    assert _unfinished() == []
    with pytest.raises(Exception, match="NoSuchKey"):
        _kept()


def test_a_bucket_that_is_not_there_is_an_error(account: Account) -> None:
    place = object_place("elsewhere", "a", region=REGION)
    with pytest.raises(ServiceError, match="NoSuchBucket"):
        write_object(account, place, [b"x"], media_type="text/csv")


class _Refusing:
    """Takes nothing after the upload has begun, not even its end."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def call(
        self, service: str, operation: str, region: str | None = None, **arguments: object
    ) -> Mapping[str, Any]:
        del region, arguments
        self.asked.append(operation)
        if operation == "create_multipart_upload":
            return {"UploadId": "u"}
        raise ServiceError(
            "first" if operation == "upload_part" else "second",
            service=service,
            operation=operation,
            code="Denied",
        )


def test_the_first_failure_is_what_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(s3, "_PART", 1)
    calls = _Refusing()
    with pytest.raises(ServiceError, match="first"):
        write_object(calls, PLACE, [b"abc"], media_type="text/csv")
    assert calls.asked == ["create_multipart_upload", "upload_part", "abort_multipart_upload"]


def test_the_owner_of_the_bucket_is_asked_for(account: Account) -> None:
    place = object_place("reports", "k", region=REGION, owner="111122223333")
    seen: list[Mapping[str, object]] = []

    class _Watching:
        def call(
            self, service: str, operation: str, region: str | None = None, **arguments: object
        ) -> Mapping[str, Any]:
            seen.append(arguments)
            return account.call(service, operation, region, **arguments)

    write_object(_Watching(), place, [b"x"], media_type="text/csv")
    assert seen[0]["ExpectedBucketOwner"] == "111122223333"


@pytest.mark.parametrize(
    "url",
    [
        "s3://",
        "s3://bucket",
        "s3://bucket/",
        "s3://bucket//a",
        "s3://bucket/a/",
        "s3://bucket/../a",
        "s3://bucket/a/../../b",
        "s3://bucket/a/./b",
        "s3://bucket/a\0b",
        "s3://bucket/a\nb",
        "s3://bucket/" + "k" * 1025,
        "s3://bucket/" + "é" * 513,
        "s3://Bucket/a",
        "s3://b/a",
        "s3://-bucket/a",
        "s3://buck et/a",
        "s3://bucket\n/a",
        "s3://bucket/half\ud800",
    ],
)
def test_places_that_are_none(url: str) -> None:
    with pytest.raises(ConfigError):
        object_place(*split_object_url(url))


def test_a_place_that_is_one() -> None:
    assert is_object_url("s3://a/b")
    assert not is_object_url("a/s3://b")
    place = object_place(*split_object_url("s3://my.bucket-1/a b/c..d/é.csv"))
    assert (place.bucket, place.key) == ("my.bucket-1", "a b/c..d/é.csv")


@given(st.lists(st.binary(max_size=9), max_size=9))
def test_chunks_are_the_same_bytes_in_full_parts(pieces: list[bytes]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(s3, "_PART", 4)
        chunks = list(s3._chunks(iter(pieces)))
    assert b"".join(chunks) == b"".join(pieces)
    assert all(len(chunk) == 4 for chunk in chunks[:-1])
    assert all(0 < len(chunk) <= 4 for chunk in chunks[-1:])
    assert not re.search(r"\s", PLACE.key)
