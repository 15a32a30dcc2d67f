"""EKS clusters' own API: tokens for it, and its lists page by page (Kubernetes API reference, "API Concepts", chunks).

A token is a presigned `sts:GetCallerIdentity` with the cluster's name among the signed headers, which the cluster asks STS about
(EKS User Guide, "Cluster authentication"; aws-iam-authenticator, "API Authorization from Outside a Cluster").
"""

import base64
import ssl
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import msgspec

from vedette.clients.aws import Account
from vedette.clients.http import HttpClient, HttpPolicy, Request
from vedette.errors import ServiceError

_SECONDS = 60
_A_PAGE = 500
_MOST_PAGES = 2000
_LARGEST = 64 << 20
_POLICY = HttpPolicy(attempts=2, connect_timeout=5.0, read_timeout=30.0, redirects=0)
_SERVICE = "kubernetes"


class Access(msgspec.Struct, frozen=True, kw_only=True):
    """A cluster's API: its address, and the certificate authority in PEM that its certificate is of."""

    endpoint: str
    authority: str
    token: str


class _Place(msgspec.Struct, frozen=True):
    next: str = msgspec.field(default="", name="continue")


class _Page(msgspec.Struct, frozen=True):
    metadata: _Place = _Place()
    items: tuple[msgspec.Raw, ...] = ()


def token_of(account: Account, region: str, cluster: str) -> str:
    """What a cluster lets the account's role in by, for some minutes.

    Raises:
        ServiceError: where there are no credentials.
    """
    suffix = ".cn" if region.startswith("cn-") else ""
    url = f"https://sts.{region}.amazonaws.com{suffix}/?Action=GetCallerIdentity&Version=2011-06-15"
    signed = account.presigned("sts", region, url, {"x-k8s-aws-id": cluster}, seconds=_SECONDS)
    return "k8s-aws-v1." + base64.urlsafe_b64encode(signed.encode()).decode().rstrip("=")


def listed(access: Access, path: str) -> Iterator[bytes]:
    """The items of a list, each as JSON.

    Raises:
        ServiceError: where the cluster cannot be reached, refuses, or answers what is no list.
    """
    try:
        client = HttpClient(_POLICY, authority=access.authority)
    except (ssl.SSLError, ValueError) as error:
        raise _failed(f"the certificate authority cannot be used: {error}", "Malformed") from error
    with client:
        place = ""
        for _ in range(_MOST_PAGES):
            page = _page(client, access, path, place)
            yield from map(bytes, page.items)
            place = page.metadata.next
            if not place:
                return
    raise _failed(f"more than {_MOST_PAGES} pages", "TooMany")


def _page(client: HttpClient, access: Access, path: str, place: str) -> _Page:
    asked: dict[str, Any] = {"limit": _A_PAGE, **({"continue": place} if place else {})}
    request = Request(
        url=f"{access.endpoint}{path}?{urlencode(asked)}",
        headers=(("authorization", f"Bearer {access.token}"), ("accept", "application/json")),
    )
    body = client.get_bytes(request, limit=_LARGEST)
    try:
        return msgspec.json.decode(body, type=_Page)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise _failed(str(error), "Malformed") from error


def _failed(reason: str, code: str) -> ServiceError:
    return ServiceError(reason, service=_SERVICE, operation="list", code=code)
