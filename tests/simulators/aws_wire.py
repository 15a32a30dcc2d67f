"""AWS at the wire: real clients of botocore, whose requests are answered here before they are sent."""

import json
from collections import defaultdict
from collections.abc import Callable, Iterator
from functools import cache
from io import BytesIO
from typing import Any

from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.compat import HTTPHeaders
from botocore.session import Session

from vedette.clients.aws import Account, AwsSettings, connect

Answer = tuple[int, dict[str, str], bytes]
Reply = Answer | Exception | Callable[[AWSPreparedRequest], Answer]
"""Status, headers and body; an error of the connection; or what depends on the request."""


class _Raw(BytesIO):
    def stream(self, *_: object, **__: object) -> Iterator[bytes]:
        while data := self.read(1 << 16):
            yield data


@cache
def _loader() -> Any:
    return Session().get_component("data_loader")


class Wire:
    """Replies by operation (`ssm.ListInventoryEntries`), given in turn; the last one for ever."""

    def __init__(self) -> None:
        self._replies: defaultdict[str, list[Reply]] = defaultdict(list)
        self.otherwise: Reply | None = None
        """What all other operations answer."""
        self.requests: list[tuple[str, AWSPreparedRequest]] = []

    def says(self, operation: str, *replies: Reply) -> None:
        self._replies[operation] = list(replies)

    def asked(self, operation: str) -> list[AWSPreparedRequest]:
        return [request for name, request in self.requests if name == operation]

    def connect(self, account: Account) -> Account:
        """Answer for this account (before its first call)."""
        account._core.register("before-send", self._answer)  # type: ignore[arg-type]  # an answer is allowed
        return account

    def account(self, **settings: Any) -> Account:
        wanted = AwsSettings(**{"region": "eu-west-1", "attempts": 1, **settings})
        account = connect(wanted, credentials=("AKIDEXAMPLE", "hush"))
        # reading service models takes longer than most tests
        account._core.register_component("data_loader", _loader())
        return self.connect(account)

    def _answer(self, request: AWSPreparedRequest, event_name: str, **_: object) -> AWSResponse:
        name = event_name.partition(".")[2]
        self.requests.append((name, request))
        replies = self._replies[name] or ([self.otherwise] if self.otherwise else [])
        if not replies:
            raise AssertionError(f"nobody said what {name} answers")
        reply = replies.pop(0) if len(replies) > 1 else replies[0]
        if isinstance(reply, Exception):
            raise reply
        status, headers, body = reply(request) if callable(reply) else reply
        return AWSResponse(
            request.url, status, HTTPHeaders.from_pairs(list(headers.items())), _Raw(body)
        )


def ok(document: object) -> Answer:
    """An answer in JSON."""
    return 200, {"content-type": "application/x-amz-json-1.1"}, json.dumps(document).encode()


def xml(name: str, content: str) -> Reply:
    """An answer of a service that speaks XML."""
    return 200, {}, f"<{name}Response>{content}</{name}Response>".encode()


def error(code: str, message: str = "no", status: int = 400) -> Reply:
    """A refusal of a service that speaks JSON."""
    return status, {}, json.dumps({"__type": code, "message": message}).encode()


def xml_error(code: str, message: str = "no", status: int = 400) -> Reply:
    """A refusal of EC2 or STS."""
    inner = f"<Error><Code>{code}</Code><Message>{message}</Message></Error>"
    return status, {}, f"<Response><Errors>{inner}</Errors></Response>".encode()


def query_error(code: str, message: str = "no", status: int = 400) -> Reply:
    """A refusal of STS."""
    inner = f"<Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error>"
    return status, {}, f"<ErrorResponse>{inner}</ErrorResponse>".encode()


def rest_error(code: str, message: str = "no", status: int = 400) -> Reply:
    """A refusal of Lambda."""
    return status, {"x-amzn-errortype": code}, json.dumps({"Message": message}).encode()
