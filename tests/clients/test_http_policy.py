"""The decisions of the HTTP client, without a server."""

import httpx
import pytest

from vedette.clients.http_policy import HttpPolicy, is_loopback, redirected, safe_url
from vedette.errors import ServiceError

HERE = "https://publisher.invalid/feed"


def follow(url: str, location: str) -> tuple[str, dict[str, str]]:
    request = httpx.Request("GET", url, headers={"authorization": "secret", "accept": "x/y"})
    target, headers = redirected(request, httpx.Response(302, headers={"location": location}))
    return str(target), {key: headers[key] for key in sorted(headers)}


@pytest.mark.parametrize(
    ("url", "location", "target", "trusted"),
    [
        (HERE, "/b", "https://publisher.invalid/b", True),
        (HERE, "https://publisher.invalid:443/b", "https://publisher.invalid/b", True),
        (HERE, "https://publisher.invalid:8443/b", "https://publisher.invalid:8443/b", False),
        (HERE, "https://cdn.invalid/b", "https://cdn.invalid/b", False),
        (HERE, "http://127.0.0.1:1/b", "http://127.0.0.1:1/b", False),
        (HERE, "http://localhost/b", "http://localhost/b", False),
        (HERE, "http://[::1]/b", "http://[::1]/b", False),
        ("http://a.invalid/", "https://a.invalid/", "https://a.invalid/", False),
        ("http://a.invalid/", "http://b.invalid/", "http://b.invalid/", False),
    ],
)
def test_a_redirect_takes_credentials_along_to_the_same_origin_only(
    url: str, location: str, target: str, *, trusted: bool
) -> None:
    kept = {"authorization": "secret"} if trusted else {}
    assert follow(url, location) == (target, {"accept": "x/y", **kept})


@pytest.mark.parametrize("location", ["http://publisher.invalid/b", "http://10.0.0.1/?q=secret"])
def test_a_redirect_never_leads_down_to_http(location: str) -> None:
    with pytest.raises(ServiceError, match="a redirect from https down to http://") as error:
        follow(HERE, location)
    assert "secret" not in str(error.value)


@pytest.mark.parametrize("location", ["https://xn--/", "http://a:port/", "mailto:a@b"])
def test_a_redirect_to_nowhere(location: str) -> None:
    with pytest.raises(ServiceError) as error:
        follow(HERE, location)
    assert error.value.code == "redirect"


def test_waits_double_up_to_a_bound() -> None:
    policy = HttpPolicy(attempts=6, first_wait=4.0, longest_wait=20.0)
    waits = [policy.wait(attempt, None) for attempt in range(6)]
    assert waits == [4.0, 8.0, 16.0, 20.0, 20.0, None]
    assert [policy.wait(0, asked) for asked in (0.0, 20.0, 20.5)] == [0.0, 20.0, None]


def test_slow_is_judged_after_a_grace() -> None:
    policy = HttpPolicy(grace=10.0, slowest=100)
    seen = [policy.too_slow(elapsed, got) for elapsed, got in ((10, 0), (11, 0), (11, 100))]
    assert seen == [False, True, False]


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://u:p@h/a?b=c#d", "https://h/a?…"),
        ("https://h/a", "https://h/a"),
        ("https://h:port/", "an invalid URL"),
    ],
)
def test_urls_are_shown_without_secrets(url: str, shown: str) -> None:
    assert safe_url(url) == shown


def test_loopback() -> None:
    hosts = ["localhost", "127.0.0.9", "::1", "127.0.0", "localhost.invalid", "10.0.0.1"]
    assert [host for host in hosts if is_loopback(host)] == ["localhost", "127.0.0.9", "::1"]
