"""A bounded HTTP client: size, time, redirects and retries have limits; downloads resume and are verified.

Semantics are RFC 9110 (conditional requests, section 13; ranges, section 14). Nothing is taken from the
environment: proxies and certificate authorities are arguments.
"""

import ssl
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from http.cookiejar import CookieJar, DefaultCookiePolicy
from pathlib import Path
from typing import Self, TypeVar

import httpx
import msgspec

from vedette.clients.http_body import (
    conditions,
    content_length,
    decoded,
    expected_size,
    position,
    validators_of,
)
from vedette.clients.http_policy import (
    REDIRECTS,
    RETRIED,
    HttpPolicy,
    asked_wait,
    failure,
    redirected,
)
from vedette.clients.partial import Partial, Validators, measure, open_partial
from vedette.errors import ServiceError

__all__ = ["Downloaded", "HttpClient", "HttpPolicy", "Progress", "Reply", "Request", "Validators"]

Progress = Callable[[int, int | None], None]
"""Called with the bytes received so far and the bytes expected (None where the server does not say)."""

_T = TypeVar("_T")
_OK = frozenset({200})
_DOWNLOADING = frozenset({200, 206, 304, 416})


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """A URL to GET with headers of the caller's; credentials among them stay with the URL's origin."""

    url: str
    headers: tuple[tuple[str, str], ...] = ()


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """A reply read whole; header names are in lower case."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def header(self, name: str) -> str | None:
        """The first header of this lower-case name."""
        return next((value for key, value in self.headers if key == name), None)


class Downloaded(msgspec.Struct, frozen=True, kw_only=True):
    """The file that now stands at the target.

    Args:
        not_modified: the file was there already and is current; nothing was written.
        validators: to be given as `state` next time.
        size: bytes.
        sha256: 64 hex digits.
    """

    not_modified: bool
    validators: Validators
    size: int
    sha256: str


class _Retry(Exception):  # noqa: N818 - a signal inside this module, not an error for callers
    def __init__(self, error: ServiceError, asked: float | None = None) -> None:
        super().__init__(str(error))
        self.error = error
        self.asked = asked


class _Wanted(msgspec.Struct, frozen=True, kw_only=True):
    request: Request
    state: Validators | None
    sha256: str | None
    limit: int
    progress: Progress


class HttpClient:
    """HTTP/1.1; safe to share between threads; a context manager.

    Args:
        policy: the bounds.
        proxies: httpx mount pattern → proxy URL or None for none, for example `{"https://": "http://proxy:3128"}`.
        ca_bundle: PEM file of certificate authorities in place of the usual ones.
        authority: the same as text.
        sleep: waits so many seconds.
        monotonic: seconds since any fixed moment; measures how slow a body is.
    """

    def __init__(
        self,
        policy: HttpPolicy | None = None,
        *,
        proxies: Mapping[str, str | None] | None = None,
        ca_bundle: Path | None = None,
        authority: str | None = None,
        sleep: Callable[[float], None] = time.sleep,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._policy = policy or HttpPolicy()
        self._sleep = sleep
        self._monotonic = monotonic
        trust = _trust(ca_bundle, authority)
        self._client = httpx.Client(
            trust_env=False,
            verify=trust,
            follow_redirects=False,
            timeout=httpx.Timeout(self._policy.read_timeout, connect=self._policy.connect_timeout),
            mounts={
                pattern: httpx.HTTPTransport(proxy=proxy, verify=trust, trust_env=False)
                for pattern, proxy in (proxies or {}).items()
            },
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
            headers={"user-agent": self._policy.user_agent, "accept-encoding": "identity"},
        )

    def close(self) -> None:
        """Close all connections."""
        self._client.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def get_bytes(self, url: str | Request, *, limit: int) -> bytes:
        """The body of a 200 reply of at most `limit` bytes.

        Raises:
            ServiceError: service `http`; the code is the status or a word such as `timeout` or `too-large`.
        """
        return self.get(url, limit=limit).body

    def get(self, url: str | Request, *, limit: int, accept: frozenset[int] = _OK) -> Reply:
        """A reply with one of the `accept`ed statuses and a body of at most `limit` bytes.

        Raises:
            ServiceError: as `get_bytes`.
        """
        request = _request(url)

        def once() -> Reply:
            with self._reply(request, {}, accept) as response:
                body = bytearray()
                for data in self._body(request.url, response, limit):
                    body += data
                headers = tuple(response.headers.items())
                return Reply(status=response.status_code, headers=headers, body=bytes(body))

        return self._retrying(once)

    def send(
        self,
        method: str,
        url: str | Request,
        body: bytes | Iterable[bytes],
        *,
        accept: frozenset[int],
        limit: int,
    ) -> Reply:
        """Send a body once: nothing is tried again, and no redirect is followed.

        Pieces need a `Content-Length` among the request's headers.

        Raises:
            ServiceError: as `get_bytes`.
        """
        request = _request(url)
        content = body if isinstance(body, bytes) else iter(body)
        try:
            with self._reply(request, {}, accept, method=method, content=content) as response:
                found = bytearray()
                if method != "HEAD":  # whose length is another's
                    for data in self._body(request.url, response, limit):
                        found += data
                headers = tuple(response.headers.items())
                return Reply(status=response.status_code, headers=headers, body=bytes(found))
        except _Retry as retry:
            raise _given_up(retry, 1) from retry

    def download(
        self,
        url: str | Request,
        target: Path,
        *,
        state: Validators | None = None,
        sha256: str | None = None,
        limit: int,
        progress: Progress | None = None,
    ) -> Downloaded:
        """Bring a document of at most `limit` bytes to `target`, whose directory exists.

        Nothing is asked where the target has the wanted sha256 already; else the request is conditional on `state`
        if the target is there. What was interrupted is continued from `TARGET.part`, which may be from an earlier
        process. The target is replaced in one step, and only by what is complete and verified.

        Raises:
            ServiceError: as `get_bytes`; code `checksum` for bytes that are not the wanted ones.
            OSError: the target cannot be written.
        """
        request = _request(url)
        here = _standing(target, state)
        if here is not None and here.sha256 == sha256:
            return here
        wanted = _Wanted(
            request=request,
            # only a file that is there, and may be the wanted one, makes "not modified" an answer
            state=state if here is not None and sha256 is None else None,
            sha256=sha256,
            limit=limit,
            progress=progress or _silent,
        )
        with open_partial(target) as partial:
            done = self._retrying(lambda: self._download(wanted, partial))
        if done is not None:
            return done
        if here is None:  # a 304 that nothing asked for
            raise failure(request.url, "304", "not modified, though asked without conditions")
        return here

    def _download(self, wanted: _Wanted, partial: Partial) -> Downloaded | None:
        """One attempt; None for "not modified"."""
        url = wanted.request.url
        headers = conditions(url, wanted.state, wanted.sha256, partial)
        with self._reply(wanted.request, headers, _DOWNLOADING) as response:
            if response.status_code == httpx.codes.NOT_MODIFIED:
                return None
            if not position(response, url, partial, asked="range" in headers):
                partial.begin(None)
                raise _Retry(failure(url, "range", "not the range that was asked for"), 0.0)
            expected = expected_size(response, partial.size)
            for data in self._body(url, response, wanted.limit, partial.size):
                partial.append(data)
                wanted.progress(partial.size, expected)
            done = Downloaded(
                not_modified=False,
                validators=partial.validators if "range" in headers else validators_of(response),
                size=partial.size,
                sha256=partial.sha256,
            )
        if wanted.sha256 not in {None, done.sha256}:
            partial.begin(None)
            error = failure(url, "checksum", f"sha256 is {done.sha256}, not {wanted.sha256}")
            # what was continued may have been another version of the document
            raise _Retry(error, 0.0) if "range" in headers else error
        partial.finish()
        return done

    def _retrying(self, once: Callable[[], _T]) -> _T:
        attempt = 0
        while True:
            try:
                return once()
            except _Retry as retry:
                wait = self._policy.wait(attempt, retry.asked)
                attempt += 1
                if wait is None:
                    raise _given_up(retry, attempt) from retry
                self._sleep(wait)

    @contextmanager
    def _reply(
        self,
        request: Request,
        extra: Mapping[str, str],
        accept: frozenset[int],
        *,
        method: str = "GET",
        content: bytes | Iterator[bytes] | None = None,
    ) -> Iterator[httpx.Response]:
        """A reply after redirects, its body unread; foreign exceptions of reading it are translated too."""
        try:
            built = self._client.build_request(
                method, request.url, headers=[*request.headers, *extra.items()], content=content
            )
            response = (
                self._followed(built) if method == "GET" else self._client.send(built, stream=True)
            )
            try:
                if response.status_code not in accept:
                    raise _refused(response)
                yield response
            finally:
                response.close()
        except httpx.TimeoutException as error:
            raise _Retry(failure(request.url, "timeout", type(error).__name__)) from error
        except (httpx.UnsupportedProtocol, httpx.InvalidURL, UnicodeError, OverflowError) as error:
            raise failure(request.url, "url", "not an http or https URL") from error
        except httpx.TransportError as error:
            if "CERTIFICATE_VERIFY_FAILED" in str(error):
                raise failure(request.url, "tls", str(error)[:200]) from error
            reason = f"{type(error).__name__}: {error}"[:200]
            raise _Retry(failure(request.url, "connection", reason)) from error

    def _followed(self, request: httpx.Request) -> httpx.Response:
        response = self._client.send(request, stream=True)
        for _ in range(self._policy.redirects):
            if response.status_code not in REDIRECTS:
                return response
            response.close()
            target, headers = redirected(request, response)
            request = self._client.build_request("GET", target, headers=headers)
            response = self._client.send(request, stream=True)
        if response.status_code in REDIRECTS:
            response.close()
            raise failure(request.url, "redirect", f"over {self._policy.redirects} redirects")
        return response

    def _body(
        self, url: str, response: httpx.Response, limit: int, have: int = 0
    ) -> Iterator[bytes]:
        """The pieces of a body which, with the bytes there already, is at most `limit` long."""
        if have + content_length(response) > limit:
            raise failure(url, "too-large", f"over {limit} bytes")
        start = self._monotonic()
        for data in decoded(url, response):
            have += len(data)
            if have > limit:
                raise failure(url, "too-large", f"over {limit} bytes")
            received = response.num_bytes_downloaded
            if self._policy.too_slow(self._monotonic() - start, received):
                raise _Retry(failure(url, "too-slow", f"{received} bytes received"))
            yield data


def _trust(bundle: Path | None, authority: str | None) -> ssl.SSLContext | bool:
    if bundle is None and authority is None:
        return True
    return ssl.create_default_context(cafile=bundle, cadata=authority)


def _request(url: str | Request) -> Request:
    return url if isinstance(url, Request) else Request(url=url)


def _silent(_received: int, _expected: int | None) -> None:
    """Report to nobody."""


def _standing(target: Path, state: Validators | None) -> Downloaded | None:
    """The file at the target as it is, None where there is none."""
    found = measure(target)
    if found is None:
        return None
    return Downloaded(
        not_modified=True, validators=state or Validators(), size=found[0], sha256=found[1]
    )


def _refused(response: httpx.Response) -> ServiceError | _Retry:
    status = response.status_code
    error = failure(response.url, str(status), response.reason_phrase[:100] or "refused")
    return _Retry(error, asked_wait(response)) if status in RETRIED else error


def _given_up(retry: _Retry, attempts: int) -> ServiceError:
    error = retry.error
    asked = f", told to wait {retry.asked:.0f} s" if retry.asked else ""
    reason = f"{error.reason} (given up after {attempts} attempts{asked})"
    return ServiceError(reason, service=error.service, operation=error.operation, code=error.code)
