"""What is done to moto's inside, each with the behaviour of AWS that it restores.

Nothing else in this package imports moto, but for `wire` (its parsers and serialisers).
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import moto.organizations.utils
import moto.settings
from moto.awslambda import lambda_backends
from moto.ec2.models import elastic_ip_addresses
from moto.events.models import EventPattern
from moto.moto_api._internal import mock_random
from moto.moto_server.werkzeug_app import (
    DomainDispatcherApplication,
    MotoRequestHandler,
    create_backend_app,
)

REQUEST_HANDLER = MotoRequestHandler
"""The request handler for werkzeug's server that keeps header names with underscores."""

WsgiApp = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


def application(seed: int) -> WsgiApp:
    """The whole of moto as one WSGI application.

    Identifiers (`i-…`, `sg-…`) follow from `seed`, so that a demo says the same each time.
    """
    mock_random.seed(seed)
    # 1,300 public images in every account and region cost seconds and say nothing about the estate
    moto.settings.ec2_load_default_amis = lambda: False
    # moto hands out 127.x.x.x as elastic addresses; AWS gives public ones. 54.214.0.0/16 is what moto gives to
    # instances, the block beside it stays free of clashes.
    elastic_ip_addresses.random_ip = lambda: (
        f"54.215.{mock_random.randrange(256)}.{mock_random.randrange(1, 255)}"
    )
    app: WsgiApp = DomainDispatcherApplication(create_backend_app)
    return app


@contextmanager
def next_account_id(account_id: str) -> Iterator[None]:
    """While open, `organizations:CreateAccount` gives this id instead of a random one."""
    original = moto.organizations.utils.make_random_account_id
    moto.organizations.utils.make_random_account_id = lambda: account_id
    try:
        yield
    finally:
        moto.organizations.utils.make_random_account_id = original


def function_code(account: str, region: str, name: str, qualifier: str | None) -> bytes:
    """The zip of a function that exists, which moto keeps but does not serve."""
    function = lambda_backends[account][region].get_function(name, qualifier)
    return bytes(function.code_bytes)


def layer_code(account: str, region: str, name: str, version: int) -> bytes:
    """The zip of a layer version that exists."""
    found = lambda_backends[account][region].get_layer_version(name, str(version))
    return bytes(found.code_bytes)


def matches(pattern: dict[str, Any], event: dict[str, Any]) -> bool:
    """Whether an event fits a rule's pattern, by moto's implementation of EventBridge's pattern language."""
    return bool(EventPattern(None, pattern).matches_event(event))
