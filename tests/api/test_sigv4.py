"""Signature Version 4 against botocore's signer, AWS's published example, and every bit of a request."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import msgspec
import pytest
from hypothesis import given, settings, strategies as st

from tests.api.signing import KEY, SECRET, signed
from vedette.api.errors import ApiError, Code
from vedette.api.messages import Request
from vedette.api.sigv4 import (
    LONGEST,
    SKEW,
    Signature,
    canonical_path,
    canonical_query,
    canonical_request,
    check_signature,
    check_time,
    read_signature,
    sign,
)


def _verify(request: Request, secret: str = SECRET, *, unsigned_payload: bool = False) -> Signature:
    signature = read_signature(request)
    check_signature(signature, request, secret, unsigned_payload=unsigned_payload)
    return signature


def _refused(request: Request) -> Code | None:
    try:
        signature = _verify(request)
    except ApiError as error:
        return error.code
    # who it is belongs to what is verified: another key has another secret
    return None if signature.access_key == KEY else Code.UNRECOGNIZED_CLIENT


def test_example_of_the_documentation() -> None:
    """The IAM ListUsers request of "Create a signed AWS API request", with its published intermediate values."""
    request = Request(
        method="GET",
        path="/",
        query="Action=ListUsers&Version=2010-05-08",
        headers=(
            ("content-type", "application/x-www-form-urlencoded; charset=utf-8"),
            ("host", "iam.amazonaws.com"),
            ("x-amz-date", "20150830T123600Z"),
            (
                "authorization",
                (
                    "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request, "
                    "SignedHeaders=content-type;host;x-amz-date, "
                    "Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7"
                ),
            ),
        ),
    )
    signature = _verify(request, "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")
    assert signature == Signature(
        access_key="AKIDEXAMPLE",
        day="20150830",
        region="us-east-1",
        service="iam",
        signed_headers=("content-type", "host", "x-amz-date"),
        signature="5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7",
        time=datetime(2015, 8, 30, 12, 36, tzinfo=UTC),
    )


@pytest.mark.parametrize(
    ("sent", "canonical"),
    [
        ("/", "/"),
        ("", "/"),
        ("//", "/"),
        ("/./", "/"),
        ("/foo/..", "/"),
        ("/../foo", "/foo"),
        ("//foo//", "/foo/"),
        ("/foo/./bar", "/foo/bar"),
        ("/foo%20bar", "/foo%2520bar"),
        ("/foo bar", "/foo%20bar"),
        ("/-._~0aZ", "/-._~0aZ"),
        ("/tags/arn%3Aaws%3Ax%2Fy", "/tags/arn%253Aaws%253Ax%252Fy"),
        ("/\u1234", "/%E1%88%B4"),
        ("/a+b=c&d", "/a%2Bb%3Dc%26d"),
    ],
)
def test_paths_are_encoded_once_more(sent: str, canonical: str) -> None:
    assert canonical_path(sent) == canonical


@pytest.mark.parametrize(
    ("sent", "canonical"),
    [
        ("", ""),
        ("b=2&a=1", "a=1&b=2"),
        ("a=2&a=1", "a=1&a=2"),
        ("a", "a="),
        ("&a=1&", "a=1"),
        ("B=1&a=1", "B=1&a=1"),
        ("a=%2f", "a=%2F"),
        ("a=+", "a=%2B"),
        ("a=%7E-_.", "a=~-_."),
        ("a=b=c", "a=b%3Dc"),
        ("%61=1", "a=1"),
        ("ሴ=bar", "%E1%88%B4=bar"),
        ("a-b=1&a=1", "a=1&a-b=1"),
        ("a=1&X-Amz-Signature=00", "a=1"),
    ],
)
def test_queries_are_encoded_anew_and_sorted(sent: str, canonical: str) -> None:
    assert canonical_query(sent) == canonical


def test_headers_are_trimmed_and_folded() -> None:
    request = Request(
        method="GET",
        path="/",
        headers=(("host", "h"), ("my", "  a   b  "), ("my", '"c   d"'), ("other", "x")),
    )
    assert canonical_request(request, ("host", "my"), "hash") == (
        'GET\n/\n\nhost:h\nmy:a b,"c d"\n\nhost;my\nhash'
    )


_texts = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=0, max_size=12)
_words = st.text(st.sampled_from("abcXYZ019-_.~ /:%&=+é"), min_size=1, max_size=10)
_header_values = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=12)


@settings(max_examples=60, deadline=None)
@given(
    method=st.sampled_from(["GET", "POST", "PUT", "DELETE"]),
    segments=st.lists(_words, max_size=3),
    parameters=st.lists(st.tuples(_words, _texts), max_size=4),
    headers=st.dictionaries(
        st.sampled_from(["x-amz-target", "content-type", "x-thing", "accept"]), _header_values
    ),
    body=st.binary(max_size=40),
    expires=st.none() | st.integers(1, 604800),
)
def test_whatever_botocore_signs_verifies(
    *,
    method: str,
    segments: list[str],
    parameters: list[tuple[str, str]],
    headers: dict[str, str],
    body: bytes,
    expires: int | None,
) -> None:
    path = "/" + "/".join(quote(segment, safe="") for segment in segments)
    query = "&".join(
        f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in parameters
    )
    target = f"{path}?{query}" if query else path
    sent = b"" if expires else body
    request = signed(method, target, body=sent, headers=headers, expires=expires)
    assert _verify(request).access_key == KEY
    with pytest.raises(ApiError):
        _verify(request, SECRET + "x")


def _flipped(text: str, place: int, bit: int) -> str:
    return text[:place] + chr(ord(text[place]) ^ (1 << bit)) + text[place + 1 :]


def _bits(text: str) -> Iterator[str]:
    for place in range(len(text)):
        for bit in range(7):
            yield _flipped(text, place, bit)


def _same_query(one: str, other: str) -> bool:
    """Whether two queries are one: hexadecimal digits of an escape may be in either case."""
    return canonical_query(one) == canonical_query(other)


def _changes(request: Request) -> Iterator[Request]:
    replace = msgspec.structs.replace
    for path in _bits(request.path):
        yield replace(request, path=path)
    for query in _bits(request.query):
        if not _same_query(query, request.query) or "X-Amz-Signature" in request.query:
            yield replace(request, query=query)
    for body in _bits(request.body.decode()):
        yield replace(request, body=body.encode())
    yield from _changed_headers(request)


def _changed_headers(request: Request) -> Iterator[Request]:
    for number, (name, value) in enumerate(request.headers):
        for changed in _bits(value):
            headers = list(request.headers)
            headers[number] = (name, changed)
            yield msgspec.structs.replace(request, headers=tuple(headers))


def _unharmed(request: Request) -> list[Request]:
    return [changed for changed in _changes(request) if _refused(changed) is None]


def test_no_bit_of_a_signed_request_can_be_changed() -> None:
    request = signed(
        "POST",
        "/tags/arn%3Aaws%2Fx?tagKeys=a%20b&tagKeys=c",
        body=b'{"maxResults": 1}',
        headers={"content-type": "application/json", "x-amz-target": "A.B"},
        token="session",  # noqa: S106 - of no account
    )
    assert _refused(request) is None
    assert _unharmed(request) == []


def test_no_bit_of_a_presigned_request_can_be_changed() -> None:
    request = signed("GET", "/encryptionkey/get?scanType=CODE&resourceType=X", expires=60)
    assert _refused(request) is None
    changed = [
        one
        for one in _unharmed(request)
        if read_signature(one) != read_signature(request)
        or not _same_query(one.query, request.query)
    ]
    assert changed == []


def _with_authorization(text: str, *others: tuple[str, str]) -> Request:
    return Request(
        method="POST",
        path="/",
        headers=(
            ("host", "h"),
            ("x-amz-date", "20260101T000000Z"),
            ("authorization", text),
            *others,
        ),
    )


_GOOD = (
    "AWS4-HMAC-SHA256 Credential=K/20260101/us-east-1/inspector2/aws4_request, "
    f"SignedHeaders=host;x-amz-date, Signature={'0' * 64}"
)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Basic abc", Code.INCOMPLETE_SIGNATURE),
        ("AWS4-HMAC-SHA256", Code.INCOMPLETE_SIGNATURE),
        ("AWS4-HMAC-SHA256 Credential", Code.INCOMPLETE_SIGNATURE),
        (_GOOD.replace("aws4_request", "aws5_request"), Code.INCOMPLETE_SIGNATURE),
        (_GOOD.replace("K/2026", "K/x/2026"), Code.INCOMPLETE_SIGNATURE),
        (_GOOD.replace("K/2026", "/2026"), Code.INCOMPLETE_SIGNATURE),
        (_GOOD.replace("20260101", "20260102"), Code.INVALID_SIGNATURE),
        (_GOOD.replace("host;", ""), Code.INCOMPLETE_SIGNATURE),
        (_GOOD.replace(";x-amz-date", ""), Code.INCOMPLETE_SIGNATURE),
        (_GOOD.replace("host;x-amz-date", "x-amz-date;host"), Code.INCOMPLETE_SIGNATURE),
        (_GOOD.replace("host;", "host;host;"), Code.INCOMPLETE_SIGNATURE),
        (_GOOD.replace("host;x-amz-date", "host;not-sent;x-amz-date"), Code.INCOMPLETE_SIGNATURE),
        (_GOOD.replace("=host", "=Host"), Code.INCOMPLETE_SIGNATURE),
        (_GOOD[:-1], Code.INCOMPLETE_SIGNATURE),
        (_GOOD[:-1] + "G", Code.INCOMPLETE_SIGNATURE),
        (_GOOD + ", Signature=" + "0" * 64, Code.INCOMPLETE_SIGNATURE),
        (_GOOD.replace("Credential=", "Credentials="), Code.INCOMPLETE_SIGNATURE),
        (_GOOD, Code.INVALID_SIGNATURE),
    ],
)
def test_malformed_authorization(text: str, code: Code) -> None:
    assert _refused(_with_authorization(text)) is code


def test_missing_authorization() -> None:
    assert _refused(Request(method="POST", path="/")) is Code.UNSIGNED


def test_two_authorizations() -> None:
    request = _with_authorization(_GOOD, ("authorization", _GOOD))
    assert _refused(request) is Code.INCOMPLETE_SIGNATURE


def test_two_dates() -> None:
    request = _with_authorization(_GOOD, ("x-amz-date", "20260101T000000Z"))
    assert _refused(request) is Code.INCOMPLETE_SIGNATURE


@pytest.mark.parametrize("text", ["2026-01-01T00:00:00Z", "20261301T000000Z", "x"])
def test_malformed_dates(text: str) -> None:
    request = Request(
        method="GET",
        path="/",
        headers=(("host", "h"), ("x-amz-date", text), ("authorization", _GOOD)),
    )
    assert _refused(request) is Code.INCOMPLETE_SIGNATURE


def test_header_and_query_together() -> None:
    request = signed("GET", "/", expires=60)
    both = msgspec.structs.replace(request, headers=(*request.headers, ("authorization", _GOOD)))
    assert _refused(both) is Code.INCOMPLETE_SIGNATURE


def test_headers_of_amazon_must_be_signed() -> None:
    for request in (signed("POST", "/"), signed("POST", "/", expires=9)):
        smuggled = (*request.headers, ("x-amz-target", "InspectorService.ListFindings"))
        assert (
            _refused(msgspec.structs.replace(request, headers=smuggled))
            is Code.INCOMPLETE_SIGNATURE
        )


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("X-Amz-Expires=60", "X-Amz-Expires=0"),
        ("X-Amz-Expires=60", "X-Amz-Expires=604801"),
        ("X-Amz-Expires=60", "X-Amz-Expires=-1"),
        ("X-Amz-Expires=60", "X-Amz-Expires="),
        ("X-Amz-Expires=60", "X-Amz-Expires=60&X-Amz-Expires=60"),
        ("AWS4-HMAC-SHA256", "AWS4-HMAC-SHA1"),
        ("X-Amz-SignedHeaders=host", "X-Amz-SignedHeaders=other"),
    ],
)
def test_malformed_presigned(before: str, after: str) -> None:
    request = signed("GET", "/", expires=60)
    assert before in request.query
    changed = msgspec.structs.replace(request, query=request.query.replace(before, after))
    assert _refused(changed) is Code.INCOMPLETE_SIGNATURE


def test_payload_hash_must_be_that_of_the_body() -> None:
    digest = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    good = signed("POST", "/", headers={"X-Amz-Content-SHA256": digest})
    assert _refused(good) is None
    assert _refused(msgspec.structs.replace(good, body=b"x")) is Code.INVALID_SIGNATURE


def test_unsigned_payload_only_where_it_is_allowed() -> None:
    request = signed("POST", "/", body=b"x", headers={"X-Amz-Content-SHA256": "UNSIGNED-PAYLOAD"})
    assert _refused(request) is Code.INVALID_SIGNATURE
    assert _verify(request, unsigned_payload=True).access_key == KEY


def _signature(*, expires: timedelta | None = None) -> Signature:
    return Signature(
        access_key="K",
        day="20260101",
        region="r",
        service="s",
        signed_headers=("host",),
        signature="0" * 64,
        time=datetime(2026, 1, 1, tzinfo=UTC),
        expires=expires,
    )


@pytest.mark.parametrize(
    ("expires", "after", "fits"),
    [
        (None, timedelta(0), True),
        (None, SKEW, True),
        (None, SKEW + timedelta(seconds=1), False),
        (None, -SKEW, True),
        (None, -SKEW - timedelta(seconds=1), False),
        (timedelta(seconds=9), timedelta(seconds=9), True),
        (timedelta(seconds=9), timedelta(seconds=10), False),
        (LONGEST, LONGEST, True),
    ],
)
def test_signatures_live_as_long_as_they_may(
    expires: timedelta | None, after: timedelta, *, fits: bool
) -> None:
    signature = _signature(expires=expires)
    if fits:
        check_time(signature, signature.time + after)
        return
    with pytest.raises(ApiError) as refused:
        check_time(signature, signature.time + after)
    assert refused.value.code is Code.INVALID_SIGNATURE


def test_signature_depends_on_every_part_of_the_scope() -> None:
    whole = _signature()
    replace = msgspec.structs.replace
    others = [
        replace(whole, day="20260102"),
        replace(whole, region="q"),
        replace(whole, service="t"),
        replace(whole, time=whole.time + timedelta(seconds=1)),
    ]
    made = {sign(one, "canonical", SECRET) for one in (whole, *others)}
    assert len(made) == 5
