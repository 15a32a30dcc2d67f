"""What stands before moto: requests that are not as they should be, and those that are simply passed on."""

from datetime import UTC, datetime, timedelta

import httpx
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from tests.vedette_simulator.conftest import Aws
from vedette_simulator.errors import AwsError
from vedette_simulator.identity import Caller, Identities, read_authorization
from vedette_simulator.process import Simulator

pytestmark = pytest.mark.loopback

_JSON = "application/x-amz-json-1.1"


def _post(simulator: Simulator, body: bytes, target: str, service: str = "ssm") -> httpx.Response:
    """A request that is signed but that no SDK would make."""
    account = simulator.account()
    request = AWSRequest(
        method="POST",
        url=f"{simulator.endpoint}/",
        data=body,
        headers={"X-Amz-Target": target, "Content-Type": _JSON},
    )
    keys = Credentials(account.access_key_id, account.secret_access_key)
    SigV4Auth(keys, service, simulator.region).add_auth(request)
    return httpx.post(str(request.url), content=body, headers=dict(request.headers.items()))


@pytest.mark.parametrize(
    ("body", "target", "status", "code"),
    [
        (b"{not json", "AmazonSSM.DescribeInstanceInformation", 400, "SerializationException"),
        (b"[]", "AmazonSSM.DescribeInstanceInformation", 400, "SerializationException"),
        (
            b'{"MaxResults": "many"}',
            "AmazonSSM.DescribeInstanceInformation",
            400,
            "SerializationException",
        ),
        (b"{}", "AmazonSSM.SendCommand", 400, "ValidationException"),
    ],
)
def test_a_body_that_does_not_read_is_refused(
    simulator: Simulator, body: bytes, target: str, status: int, code: str
) -> None:
    answer = _post(simulator, body, target)
    assert (answer.status_code, answer.json()["__type"]) == (status, code)


def test_a_request_without_a_signature_is_refused(simulator: Simulator) -> None:
    answer = httpx.post(f"{simulator.endpoint}/", data={"Action": "GetCallerIdentity"})
    assert (answer.status_code, answer.json()["__type"]) == (403, "MissingAuthenticationToken")


def test_objects_go_to_moto_and_come_back_by_presigned_address(aws: Aws) -> None:
    s3 = aws("s3", "data")
    s3.create_bucket(
        Bucket="front-test", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"}
    )
    content = bytes(range(256)) * 64
    s3.put_object(Bucket="front-test", Key="a/b", Body=content)
    assert s3.get_object(Bucket="front-test", Key="a/b")["Body"].read() == content
    url = s3.generate_presigned_url("get_object", Params={"Bucket": "front-test", "Key": "a/b"})
    assert httpx.get(url).content == content
    assert aws("s3", "workloads").list_buckets()["Buckets"] == []


def test_an_expired_token_is_refused() -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    identities = Identities("secret")
    identities.add(
        Caller(
            account="1",
            arn="arn",
            user_id="u",
            access_key="ASIAEXAMPLE",
            secret_key="s",  # noqa: S106 - not one
            token="t",  # noqa: S106 - not one
            expires_at=now,
        )
    )
    for service, code in (("sts", "ExpiredToken"), ("ssm", "ExpiredTokenException")):
        environ = {
            "REQUEST_METHOD": "POST",
            "HTTP_AUTHORIZATION": f"AWS4-HMAC-SHA256 Credential=ASIAEXAMPLE/20260101/r/{service}/aws4_request, "
            "SignedHeaders=host, Signature=00",
            "HTTP_X_AMZ_SECURITY_TOKEN": "t",
        }
        signed = read_authorization(environ)
        assert signed is not None
        with pytest.raises(AwsError) as error:
            identities.authenticate(signed, environ, b"", now)
        assert error.value.code == code
        with pytest.raises(AwsError) as error:
            identities.authenticate(signed, environ, b"", now - timedelta(seconds=1))
        assert error.value.code in {"SignatureDoesNotMatch", "InvalidSignatureException"}
