"""Objects in S3, written as they come (S3 User Guide, "Uploading and copying objects using multipart upload")."""

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from itertools import chain
from typing import Any, Protocol

import msgspec

from vedette.errors import ConfigError, ServiceError

_SCHEME = "s3://"
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_CONTROL = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")
_LONGEST_KEY = 1024
_PART = 8 << 20
_GROWS_AFTER = 1000
"""S3 takes 10,000 parts: they become larger, so that these hold the five terabytes of its largest object."""


class Calls(Protocol):
    """One AWS account's services; `vedette.clients.aws.Account` is one."""

    def call(
        self, service: str, operation: str, region: str | None = None, **arguments: object
    ) -> Mapping[str, Any]:
        """Make one call; raises ServiceError."""
        ...


class ObjectPlace(msgspec.Struct, frozen=True, kw_only=True):
    """Where an object is put, and how it is kept.

    Args:
        bucket: its name.
        key: relative, without dots that climb; made by `object_place`.
        region: the bucket's; None for the caller's own.
        kms_key: the ARN of the key that it is encrypted with; None for the bucket's own encryption.
        owner: the account that must own the bucket; None asks for nothing.
    """

    bucket: str
    key: str
    region: str | None = None
    kms_key: str | None = None
    owner: str | None = None


def is_object_url(text: str) -> bool:
    """Whether the text means an object in S3."""
    return text.startswith(_SCHEME)


def split_object_url(text: str) -> tuple[str, str]:
    """Bucket and key of `s3://BUCKET/KEY`, not yet checked."""
    bucket, _, key = text.removeprefix(_SCHEME).partition("/")
    return bucket, key


def object_place(
    bucket: str,
    key: str,
    *,
    region: str | None = None,
    kms_key: str | None = None,
    owner: str | None = None,
) -> ObjectPlace:
    """Check a place.

    Raises:
        ConfigError: where the bucket's name is none, or the key is empty, too long, or leads anywhere else when it is taken for a path.
    """
    if not _BUCKET.fullmatch(bucket):
        raise ConfigError(f"not a bucket's name: {bucket[:80]!r}")
    if _CONTROL.search(key) or len(key.encode("utf-8", "replace")) > _LONGEST_KEY:
        raise ConfigError(f"not a key of S3's: {key[:80]!r}")
    if {"", ".", ".."} & set(key.split("/")):
        raise ConfigError(f"a key may not be empty, begin or end with /, or climb: {key[:80]!r}")
    return ObjectPlace(bucket=bucket, key=key, region=region, kms_key=kms_key, owner=owner)


def write_object(
    calls: Calls, place: ObjectPlace, pieces: Iterable[bytes], *, media_type: str
) -> int:
    """Write an object, and say how many bytes it has. It is there whole or not at all; a few parts are held at a time.

    Raises:
        ServiceError: where S3 refuses. What the pieces raise is passed on. Parts that are there already are removed.
    """
    chunks = _chunks(pieces)
    first = next(chunks, b"")
    second = next(chunks, None)
    if second is None:
        calls.call(
            "s3", "put_object", place.region, Body=first, **_where(place), **_how(place, media_type)
        )
        return len(first)
    return _in_parts(calls, place, chain((first, second), chunks), media_type)


def _in_parts(calls: Calls, place: ObjectPlace, chunks: Iterable[bytes], media_type: str) -> int:
    where = _where(place)
    begun = calls.call(
        "s3", "create_multipart_upload", place.region, **where, **_how(place, media_type)
    )
    where["UploadId"] = begun["UploadId"]
    whole = False
    size = 0
    try:
        parts: list[dict[str, object]] = []
        for number, chunk in enumerate(chunks, 1):
            taken = calls.call(
                "s3", "upload_part", place.region, PartNumber=number, Body=chunk, **where
            )
            parts.append({"PartNumber": number, "ETag": taken["ETag"]})
            size += len(chunk)
        calls.call(
            "s3",
            "complete_multipart_upload",
            place.region,
            MultipartUpload={"Parts": parts},
            **where,
        )
        whole = True
    finally:
        if not whole:
            with suppress(ServiceError):  # what went wrong first is what is told
                calls.call("s3", "abort_multipart_upload", place.region, **where)
    return size


def _where(place: ObjectPlace) -> dict[str, object]:
    owner = {"ExpectedBucketOwner": place.owner} if place.owner else {}
    return {"Bucket": place.bucket, "Key": place.key, **owner}


def _how(place: ObjectPlace, media_type: str) -> dict[str, object]:
    kept = (
        {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": place.kms_key} if place.kms_key else {}
    )
    return {"ContentType": media_type, **kept}


def _chunks(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The same bytes in pieces of the size of parts; the last is shorter, and there is none without bytes."""
    held = bytearray()
    given = 0
    for piece in pieces:
        held += piece
        while len(held) >= (size := _PART << (given // _GROWS_AFTER)):
            yield bytes(held[:size])
            del held[:size]
            given += 1
    if held:
        yield bytes(held)
