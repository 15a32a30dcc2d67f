"""What the HTTP client allows: attempts, waits, redirects; decisions only, no I/O.

Statuses and `Retry-After` follow RFC 9110 (sections 10.2.3 and 15); the wait of an HTTP date is measured against
the reply's own `Date`, so that no clock is read.
"""

import ipaddress
from collections.abc import Mapping
from email.utils import parsedate_to_datetime

import httpx
import msgspec

from vedette.errors import ServiceError

RETRIED = frozenset({408, 425, 429, 500, 502, 503, 504})
"""Statuses that may be answered differently in a moment."""

REDIRECTS = frozenset({301, 302, 303, 307, 308})
"""Statuses that name another place; all requests are GETs, so they are handled alike."""

_PRIVATE_HEADERS = frozenset({"authorization", "cookie", "proxy-authorization"})


class HttpPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """Bounds of one request; times in seconds, sizes in bytes.

    Args:
        attempts: tries in all, the first one included.
        redirects: hops followed.
        connect_timeout: for a connection.
        read_timeout: between two pieces of a reply.
        grace: how long a reply may be slow before `slowest` applies.
        slowest: bytes a second that a body must reach on average after the grace.
        first_wait: before the second attempt; doubled each time.
        longest_wait: no wait is longer; a server that asks for more ends the request.
        user_agent: how the client names itself.
    """

    attempts: int = 4
    redirects: int = 5
    connect_timeout: float = 10.0
    read_timeout: float = 60.0
    grace: float = 120.0
    slowest: int = 16 * 1024
    first_wait: float = 0.5
    longest_wait: float = 60.0
    user_agent: str = "vedette"

    def wait(self, attempt: int, asked: float | None) -> float | None:
        """Seconds before the next attempt (the first is 0), None where it is not worth waiting."""
        if attempt + 1 >= self.attempts:
            return None
        if asked is None:
            return float(min(self.first_wait * 2**attempt, self.longest_wait))
        return asked if asked <= self.longest_wait else None

    def too_slow(self, elapsed: float, received: int) -> bool:
        """Whether a body that came to so many bytes in this time is not worth waiting for."""
        return elapsed > self.grace + received / self.slowest


def safe_url(url: str | httpx.URL) -> str:
    """The URL without what may be secret: user, password, query and fragment."""
    try:
        parsed = httpx.URL(url)
        shown = parsed.copy_with(username=None, password=None, query=None, fragment=None)
    except (httpx.InvalidURL, ValueError):
        return "an invalid URL"
    return f"{shown}?…" if parsed.query else str(shown)


def with_query(url: str, parameters: Mapping[str, str]) -> str:
    """The URL with more parameters in its query.

    Raises:
        ServiceError: it is none.
    """
    try:
        return str(httpx.URL(url).copy_merge_params(parameters))
    except (httpx.InvalidURL, ValueError) as error:
        raise failure(url, "url", "not an http or https URL") from error


def failure(url: str | httpx.URL, code: str, reason: str) -> ServiceError:
    """The error of a GET; `code` is the HTTP status or a word such as `timeout` or `too-large`."""
    return ServiceError(reason, service="http", operation=f"GET {safe_url(url)}", code=code)


def asked_wait(response: httpx.Response) -> float | None:
    """The seconds of `Retry-After`; None where it is missing or not understood."""
    text = response.headers.get("retry-after", "").strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        until = parsedate_to_datetime(text)
        since = parsedate_to_datetime(response.headers.get("date", ""))
        return max(0.0, (until - since).total_seconds())
    except (TypeError, ValueError):  # not dates, or only one of them has a zone
        return None


def is_loopback(host: str) -> bool:
    """Whether a host is this machine by its name or address, without a look-up."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def redirected(
    request: httpx.Request, response: httpx.Response
) -> tuple[httpx.URL, dict[str, str]]:
    """Where a redirect leads and the headers to take along (no credentials to another origin).

    Raises:
        ServiceError: no or a bad Location, another scheme, or from https down to http off this machine.
    """
    try:
        target = request.url.join(response.headers["location"])
        host = target.host
    except (KeyError, ValueError, httpx.InvalidURL) as error:
        raise failure(request.url, "redirect", "a redirect without a usable Location") from error
    if target.scheme not in {"http", "https"} or not host:
        raise failure(request.url, "redirect", f"a redirect to the scheme {target.scheme[:20]!r}")
    if request.url.scheme == "https" and target.scheme == "http" and not is_loopback(host):
        raise failure(request.url, "redirect", f"a redirect from https down to {safe_url(target)}")
    same = _origin(target) == _origin(request.url)
    headers = {
        name: value
        for name, value in request.headers.items()
        if name != "host" and (same or name not in _PRIVATE_HEADERS)
    }
    return target, headers


def _origin(url: httpx.URL) -> tuple[str, str, int | None]:
    ports = {"http": 80, "https": 443}
    return url.scheme, url.host, url.port or ports.get(url.scheme)
