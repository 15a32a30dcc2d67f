"""botocore clients whose requests are answered in this process, without a socket."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from botocore.awsrequest import AWSPreparedRequest, AWSResponse, HeadersDict
from botocore.config import Config
from botocore.session import Session

from vedette.api.call import Caller, Role, Services
from vedette.api.messages import Request, Response
from vedette.api.wire import Asking, handle
from vedette.app.ports import Store
from vedette.matching.index import AdvisoryIndex

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


_SESSION = Session()
"""One for all clients: it reads and compiles each service's model once, and a client's own handlers are the client's."""


class _Raw:
    """An answer's body as urllib3 has it."""

    def __init__(self, body: bytes) -> None:
        self._body = body

    def stream(self, **_options: object) -> list[bytes]:
        return [self._body]


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


def request_of(prepared: AWSPreparedRequest) -> Request:
    parts = urlsplit(prepared.url)
    body = prepared.body or b""
    return Request(
        method=prepared.method,
        path=parts.path or "/",
        query=parts.query,
        headers=tuple((name.lower(), _text(value)) for name, value in prepared.headers.items()),
        body=body if isinstance(body, bytes) else str(body).encode(),
    )


def response_of(prepared: AWSPreparedRequest, response: Response) -> AWSResponse:
    headers: Any = HeadersDict(dict(response.headers))
    return AWSResponse(prepared.url, response.status, headers, _Raw(response.body))


NewClient = Callable[..., Any]
"""`new_client`."""


def new_client(  # noqa: PLR0913 - what a test may want to choose
    store: Store,
    account: str = "111122223333",
    role: Role = Role.ADMIN,
    *,
    accounts: frozenset[str] | None = None,
    service: str = "inspector2",
    region: str = "us-east-1",
    now: datetime = NOW,
    index: AdvisoryIndex | None = None,
    look_now: Callable[[tuple[str, ...]], None] = lambda _: None,
) -> Any:
    """A botocore client whose requests are answered by the handlers in this process."""
    made: Any = _SESSION.create_client(
        service,
        region_name=region,
        endpoint_url="http://vedette.invalid",
        aws_access_key_id="VDTAEXAMPLEEXAMPLE00",
        aws_secret_access_key="secret",  # noqa: S106 - of no account
        config=Config(retries={"total_max_attempts": 1}),
    )
    caller = Caller(
        access_key="VDTAEXAMPLEEXAMPLE00", account=account, role=role, accounts=accounts
    )

    def answer(request: AWSPreparedRequest, **_event: object) -> AWSResponse:
        asking = Asking(
            service=service,
            caller=caller,
            region=region,
            now=now,
            request_id="0b1f2c3d-0000-4000-8000-000000000000",
            services=Services(store=store, index=index, look_now=look_now),
        )
        return response_of(request, handle(request_of(request), asking))

    made.meta.events.register("before-send", answer)
    return made
