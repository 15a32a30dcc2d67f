"""What somebody may try on a served store, word by word: signatures that are not good, other accounts, injections, paths."""

import time
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from botocore.exceptions import ClientError

from tests.api.operations import found
from tests.e2e.api.conftest import REGION, Server
from vedette.api.messages import Request
from vedette.api.service_model import load_service
from vedette.api.sigv4 import Signature, canonical_request, sign

pytestmark = pytest.mark.loopback

_IMAGE = f"arn:aws:ecr:{REGION}:{found.ACCOUNT}:repository/app/sha256:" + "0a" * 32
_KEY = f"arn:aws:kms:{REGION}:{found.ACCOUNT}:key/0a1b2c3d-0000-4000-8000-00000000000f"
_SQL = (
    "' OR '1'='1",
    "'; DROP TABLE findings; --",
    '" OR ""="',
    "%",
    "_",
    "\\",
    "a') UNION SELECT 1",
)


def _sent(  # noqa: PLR0913 - what a signature is of
    server: Server,
    path: str,
    body: bytes,
    *,
    ago: timedelta = timedelta(0),
    service: str = "inspector2",
    region: str = REGION,
    secret: str | None = None,
) -> dict[str, str]:
    """Headers that sign a request, as of some time ago."""
    now = datetime.fromtimestamp(time.time(), UTC).replace(microsecond=0) - ago
    headers = (
        ("content-type", "application/json"),
        ("host", urlsplit(server.url).netloc),
        ("x-amz-date", f"{now:%Y%m%dT%H%M%SZ}"),
    )
    names = tuple(name for name, _ in headers)
    signature = Signature(
        access_key=server.admin.key,
        day=f"{now:%Y%m%d}",
        region=region,
        service=service,
        signed_headers=names,
        signature="",
        time=now,
    )
    request = Request(method="POST", path=path, headers=headers, body=body)
    canonical = canonical_request(request, names, sha256(body).hexdigest())
    signed = sign(signature, canonical, secret or server.admin.secret)
    scope = f"Credential={server.admin.key}/{signature.scope}"
    authorization = f"AWS4-HMAC-SHA256 {scope}, SignedHeaders={';'.join(names)}, Signature={signed}"
    return {**dict(headers), "authorization": authorization}


def _answered(server: Server, headers: dict[str, str], body: bytes = b"{}") -> tuple[int, str]:
    response = httpx.post(f"{server.url}/findings/list", headers=headers, content=body)
    return response.status_code, response.headers.get("x-amzn-errortype", "")


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({}, (200, "")),
        ({"ago": timedelta(minutes=4)}, (200, "")),
        ({"secret": "x" * 40}, (403, "InvalidSignatureException")),
        ({"region": "ap-south-1"}, (403, "InvalidSignatureException")),
        ({"service": "s3"}, (403, "InvalidSignatureException")),
        ({"ago": timedelta(minutes=6)}, (403, "InvalidSignatureException")),
        ({"ago": timedelta(minutes=-6)}, (403, "InvalidSignatureException")),
    ],
    ids=["good", "late", "wrong signature", "wrong Region", "wrong service", "expired", "early"],
)
def test_signatures(server: Server, changed: dict[str, Any], expected: tuple[int, str]) -> None:
    assert _answered(server, _sent(server, "/findings/list", b"{}", **changed)) == expected


def test_another_body_is_not_what_was_signed(server: Server) -> None:
    headers = _sent(server, "/findings/list", b"{}")
    assert _answered(server, headers, b'{"maxResults":1}') == (403, "InvalidSignatureException")


def test_a_recorded_change_is_not_made_again(server: Server) -> None:
    body = b'{"name":"replayed","action":"NONE","filterCriteria":{}}'
    headers = _sent(server, "/filters/create", body)
    url = f"{server.url}/filters/create"
    first = httpx.post(url, headers=headers, content=body)
    assert first.status_code == 200
    server.client().delete_filter(arn=first.json()["arn"])
    again = httpx.post(url, headers=headers, content=body)
    assert (again.status_code, "retry-after" in again.headers) == (429, True)
    names = [one["name"] for one in server.client().list_filters()["filters"]]
    assert "replayed" not in names


def _owned(account: str, kind: str) -> str:
    return f"arn:aws:inspector2:{REGION}:{account}:owner/{account}/{kind}/" + "0a" * 8


@pytest.mark.parametrize(
    ("operation", "asked"),
    [
        ("delete_filter", {"arn": _owned(found.ACCOUNT, "filter")}),
        ("update_filter", {"filterArn": _owned(found.ACCOUNT, "filter"), "name": "x"}),
        ("list_tags_for_resource", {"resourceArn": _owned(found.ACCOUNT, "filter")}),
        ("tag_resource", {"resourceArn": _owned(found.ACCOUNT, "filter"), "tags": {"a": "b"}}),
        ("get_clusters_for_image", {"filter": {"resourceId": _IMAGE}}),
        ("get_member", {"accountId": found.ACCOUNT}),
    ],
)
def test_arns_of_another_account(server: Server, operation: str, asked: dict[str, Any]) -> None:
    with pytest.raises(ClientError) as refused:
        getattr(server.client(server.member), operation)(**asked)
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] in {400, 403, 404}


def _texts() -> list[str]:
    shapes = load_service("inspector2").shapes
    members = shapes["FilterCriteria"].members
    return sorted(one.name for one in members if one.shape == "StringFilterList")


def test_sql_in_criteria_is_text(server: Server) -> None:
    client = server.client()
    everything = client.list_findings()["findings"]
    for name in _texts():
        wanted = [{"comparison": "EQUALS", "value": text} for text in _SQL]
        assert client.list_findings(filterCriteria={name: wanted})["findings"] == [], name
        prefixed = [{"comparison": "PREFIX", "value": text} for text in _SQL]
        assert client.list_findings(filterCriteria={name: prefixed})["findings"] == [], name
    assert client.list_findings()["findings"] == everything


@pytest.mark.parametrize("text", _SQL)
def test_sql_elsewhere_is_text(server: Server, text: str) -> None:
    client = server.client()
    before = client.list_finding_aggregations(aggregationType="ACCOUNT")["responses"]
    test = [{"comparison": "EQUALS", "value": text}]
    asked = {"titleAggregation": {"titles": test, "vulnerabilityIds": test}}
    told = client.list_finding_aggregations(aggregationType="TITLE", aggregationRequest=asked)
    assert told["responses"] == []
    tag = [{"comparison": "EQUALS", "key": text, "value": text}]
    assert client.list_findings(filterCriteria={"resourceTags": tag})["findings"] == []
    covered = client.list_coverage(filterCriteria={"resourceId": test})
    assert covered["coveredResources"] == []
    with pytest.raises(client.exceptions.ValidationException):
        client.list_findings(nextToken=text)
    arn = client.create_filter(name=f"n{text}", action="NONE", filterCriteria={}, reason=text)
    (kept,) = client.list_filters(arns=[arn["arn"]])["filters"]
    assert (kept["name"], kept["reason"]) == (f"n{text}", text)
    client.delete_filter(arn=arn["arn"])
    after = client.list_finding_aggregations(aggregationType="ACCOUNT")["responses"]
    assert after == before


@pytest.mark.parametrize("prefix", ["../x", "a/../../x", "a//x", "/../x", "a\x00b", "a\\..\\b\n"])
def test_paths_in_export_targets(server: Server, prefix: str) -> None:
    client = server.client()
    to = {"bucketName": "reports", "keyPrefix": prefix, "kmsKeyArn": _KEY}
    with pytest.raises(client.exceptions.ValidationException):
        client.create_findings_report(reportFormat="CSV", s3Destination=to)
    with pytest.raises(client.exceptions.ValidationException):
        client.create_sbom_export(reportFormat="SPDX_2_3", s3Destination=to)


@pytest.mark.parametrize("bucket", ["../reports", "a/b", "file:///etc/passwd", "a b", "x" * 64])
def test_buckets_that_are_none(server: Server, bucket: str) -> None:
    client = server.client()
    to = {"bucketName": bucket, "kmsKeyArn": _KEY}
    with pytest.raises(client.exceptions.ValidationException):
        client.create_findings_report(reportFormat="CSV", s3Destination=to)


@pytest.mark.parametrize(
    "path", ["/../../etc/passwd", "/vedette/v1/../../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd"]
)
def test_paths_lead_nowhere(server: Server, path: str) -> None:
    with httpx.Client() as client:
        request = client.build_request("GET", server.url)
        request.url = request.url.copy_with(raw_path=path.encode())
        answer = client.send(request)
    assert answer.status_code in {400, 403, 404}
    assert b"root:" not in answer.content
