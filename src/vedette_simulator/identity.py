"""Who calls: access keys, temporary credentials, and the check of a request's signature.

Identity policies are not evaluated: who is known may do everything in the account, apart from `sts:AssumeRole`, which
follows the role's trust policy, and what faults deny.
"""

import hashlib
import hmac
import re
from collections.abc import Mapping
from datetime import datetime

import msgspec
from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from vedette_simulator.errors import AwsError
from vedette_simulator.wire import Environ

_AUTHORIZATION = re.compile(
    r"AWS4-HMAC-SHA256 Credential=(?P<key>[^/,]+)/(?P<date>\d{8})/(?P<region>[^/]+)/(?P<service>[^/]+)/aws4_request,"
    r"\s*SignedHeaders=(?P<signed>[^,]+),\s*Signature=(?P<signature>[0-9a-f]+)"
)


class Caller(msgspec.Struct, frozen=True, kw_only=True):
    """A principal with its credentials; `expires_at` and `token` only for temporary ones."""

    account: str
    arn: str
    user_id: str
    access_key: str
    secret_key: str
    token: str | None = None
    expires_at: datetime | None = None


class Signed(msgspec.Struct, frozen=True, kw_only=True):
    """What a request's Authorization header says."""

    access_key: str
    region: str
    service: str
    headers: tuple[str, ...]
    signature: str


class Identities:
    """The credentials that this AWS has given out."""

    def __init__(self, secret: str) -> None:
        self._secret = secret
        self._by_key: dict[str, Caller] = {}

    def add(self, caller: Caller) -> None:
        """Make a caller's access key valid."""
        self._by_key[caller.access_key] = caller

    def find(self, access_key: str) -> Caller | None:
        """Whose access key it is."""
        return self._by_key.get(access_key)

    def derive(self, kind: str, *names: str) -> str:
        """Forty characters that follow from the estate's secret and the names, for keys and tokens."""
        return hmac.new(
            self._secret.encode(), "/".join((kind, *names)).encode(), hashlib.sha256
        ).hexdigest()[:40]

    def authenticate(self, signed: Signed, environ: Environ, body: bytes, now: datetime) -> Caller:
        """The caller of a request.

        Raises:
            AwsError: an unknown key, a wrong signature, a missing or expired token, in the service's own words.
        """
        caller = self._by_key.get(signed.access_key)
        if caller is None or environ.get("HTTP_X_AMZ_SECURITY_TOKEN") != caller.token:
            raise _unknown(signed.service)
        if caller.expires_at is not None and caller.expires_at <= now:
            raise AwsError(
                "ExpiredTokenException" if signed.service not in {"sts", "iam"} else "ExpiredToken",
                "The security token included in the request is expired",
                403 if signed.service in {"sts", "iam"} else 400,
            )
        if not hmac.compare_digest(_signature(signed, caller, environ, body), signed.signature):
            raise _mismatch(signed.service)
        return caller


def read_authorization(environ: Environ) -> Signed | None:
    """The Authorization header of Signature Version 4, or None where there is none."""
    found = _AUTHORIZATION.fullmatch(environ.get("HTTP_AUTHORIZATION", ""))
    if found is None:
        return None
    return Signed(
        access_key=found["key"],
        region=found["region"],
        service=found["service"].lower(),
        headers=tuple(found["signed"].split(";")),
        signature=found["signature"],
    )


def _signature(signed: Signed, caller: Caller, environ: Environ, body: bytes) -> str:
    headers = {name: _header(environ, name) for name in signed.headers}
    query = environ.get("QUERY_STRING", "")
    path = str(environ.get("RAW_URI") or environ.get("PATH_INFO") or "/").split("?")[0]
    request = AWSRequest(
        method=environ["REQUEST_METHOD"],
        url=f"http://{environ.get('HTTP_HOST', '')}{path}{'?' + query if query else ''}",
        data=body,
        headers=headers,
    )
    digest = environ.get("HTTP_X_AMZ_CONTENT_SHA256")
    if digest and "x-amz-content-sha256" not in headers:
        request.headers["X-Amz-Content-SHA256"] = digest
    request.context["timestamp"] = environ.get("HTTP_X_AMZ_DATE", "")
    kind = S3SigV4Auth if signed.service == "s3" else SigV4Auth
    auth = kind(Credentials(caller.access_key, caller.secret_key), signed.service, signed.region)
    return str(
        auth.signature(auth.string_to_sign(request, auth.canonical_request(request)), request)
    )


def _header(environ: Mapping[str, str], name: str) -> str:
    key = name.upper().replace("-", "_")
    plain = {"CONTENT_TYPE", "CONTENT_LENGTH"}
    return environ.get(key if key in plain else f"HTTP_{key}", "")


def _unknown(service: str) -> AwsError:
    match service:
        case "ec2":
            return AwsError(
                "AuthFailure", "AWS was not able to validate the provided access credentials", 401
            )
        case "sts" | "iam" | "sns":
            return AwsError(
                "InvalidClientTokenId",
                "The security token included in the request is invalid.",
                403,
            )
        case "s3":
            return AwsError(
                "InvalidAccessKeyId",
                "The AWS Access Key Id you provided does not exist in our records.",
                403,
            )
        case _:
            return AwsError(
                "UnrecognizedClientException",
                "The security token included in the request is invalid.",
                403 if service in {"lambda", "securityhub"} else 400,
            )


def _mismatch(service: str) -> AwsError:
    if service == "ec2":
        return _unknown(service)
    code = (
        "SignatureDoesNotMatch"
        if service in {"sts", "iam", "sns", "s3"}
        else "InvalidSignatureException"
    )
    return AwsError(
        code,
        "The request signature we calculated does not match the signature you provided. "
        "Check your AWS Secret Access Key and signing method.",
        403,
    )
