"""Requests signed by botocore, as clients send them; they are signed for this moment."""

from typing import Any

from botocore.auth import SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from tests.api.clients import request_of
from vedette.api.messages import Request

KEY = "VDTAEXAMPLEEXAMPLE22"
SECRET = "wJalrXUtnFEMI-K7MDENG_bPxRfiCYEXAMPLEKEY"  # noqa: S105 - AWS's own example
HOST = "127.0.0.1:8440"


def signed(  # noqa: PLR0913 - what a request is made of
    method: str,
    target: str,
    *,
    body: bytes = b"",
    headers: dict[str, str] | None = None,
    region: str = "us-east-1",
    service: str = "inspector2",
    key: str = KEY,
    secret: str = SECRET,
    token: str | None = None,
    expires: int | None = None,
) -> Request:
    """A signed request; presigned where it expires."""
    raw: Any = AWSRequest(method, f"http://{HOST}{target}", headers=headers or {}, data=body)
    credentials = Credentials(key, secret, token)
    if expires is None:
        SigV4Auth(credentials, service, region).add_auth(raw)
    else:
        SigV4QueryAuth(credentials, service, region, expires=expires).add_auth(raw)
    request = request_of(raw.prepare())
    kept = tuple((name, value) for name, value in request.headers if name != "content-length")
    return Request(
        method=request.method,
        path=request.path,
        query=request.query,
        headers=(("host", HOST), *kept),
        body=request.body,
    )
