"""What vedette answers beside AWS's APIs, under `/vedette/v1/`: health, version, passes, metrics.

Each endpoint is a record; the OpenAPI document (`openapi.py`) is made of the same records. Except where an endpoint is open,
a request is signed as any other, or carries an access key and its secret as HTTP Basic (RFC 7617), for scrapers and browsers.
"""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

import msgspec

from vedette.api.call import Role
from vedette.api.errors import conflict
from vedette.api.messages import Response
from vedette.api.metrics import CONTENT_TYPE, Gauge, Metrics
from vedette.app.runs import Run

PREFIX = "/vedette/v1/"


class Watch(msgspec.Struct, frozen=True, kw_only=True):
    """What the extensions tell of: everything is asked anew each time. Without passes there is no `look_now`."""

    version: str
    started_at: datetime
    runs: Callable[[], tuple[Run, ...]]
    look_now: Callable[[], None] | None
    gauges: Callable[[], Iterable[Gauge]]
    metrics: Metrics


class Health(msgspec.Struct, frozen=True, kw_only=True):
    """The server answers."""

    status: str = "ok"


class Version(msgspec.Struct, frozen=True, kw_only=True):
    """Which vedette answers, and since when."""

    version: str
    started_at: datetime


class Passes(msgspec.Struct, frozen=True, kw_only=True):
    """The last passes and refreshes, by whatever process, the newest first."""

    passes: tuple[Run, ...]


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """A pass was asked for."""

    asked: bool = True


class Endpoint(msgspec.Struct, frozen=True, kw_only=True):
    """One method of one path. `answers` is what the JSON is of; None where it is text of another type."""

    method: str
    path: str
    summary: str
    answer: Callable[[Watch], Any]
    answers: type | None
    status: int = 200
    role: Role | None = Role.READER
    """Who may; None is everybody, without a signature."""


def _health(_watch: Watch) -> Health:
    return Health()


def _version(watch: Watch) -> Version:
    return Version(version=watch.version, started_at=watch.started_at)


def _passes(watch: Watch) -> Passes:
    return Passes(passes=watch.runs())


def _look(watch: Watch) -> Asked:
    if watch.look_now is None:
        text = "This server was started without passes"
        raise conflict(text, resource_id="pass", resource_type="JOB")
    watch.look_now()
    return Asked()


def _metrics(watch: Watch) -> str:
    return "\n".join((*watch.metrics.lines(watch.gauges()), ""))


ENDPOINTS: tuple[Endpoint, ...] = (
    Endpoint(
        method="GET",
        path="health",
        summary="Whether the server answers",
        answer=_health,
        answers=Health,
        role=None,
    ),
    Endpoint(
        method="GET",
        path="version",
        summary="Which version answers",
        answer=_version,
        answers=Version,
        role=None,
    ),
    Endpoint(
        method="GET",
        path="passes",
        summary="What the last passes over the estate and refreshes of the feeds did",
        answer=_passes,
        answers=Passes,
    ),
    Endpoint(
        method="POST",
        path="passes",
        summary="Ask for a pass as soon as can be",
        answer=_look,
        answers=Asked,
        status=202,
        role=Role.ADMIN,
    ),
    Endpoint(
        method="GET",
        path="metrics",
        summary="Counts for Prometheus",
        answer=_metrics,
        answers=None,
    ),
)


def respond(endpoint: Endpoint, watch: Watch) -> Response:
    """The answer of an endpoint."""
    answer = endpoint.answer(watch)
    if endpoint.answers is None:
        return Response(
            status=endpoint.status,
            headers=(("content-type", CONTENT_TYPE),),
            body=str(answer).encode(),
        )
    return Response(
        status=endpoint.status,
        headers=(("content-type", "application/json"),),
        body=msgspec.json.encode(answer),
    )
