"""A door to a store, as the server has it, without a socket; its clock is the real one, since botocore signs by it."""

import json
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import msgspec

import vedette
from tests.api.signing import KEY, SECRET
from vedette.api.call import Caller, Role, Services
from vedette.api.door import Door, Parts
from vedette.api.extensions import Watch
from vedette.api.gate import Gate, Known
from vedette.api.messages import Request, Response
from vedette.api.metrics import Gauge, Metrics
from vedette.api.operations import SERVICES
from vedette.api.replays import Replays
from vedette.api.throttle import Throttle
from vedette.app.ports import Store
from vedette.app.runs import Outcome, Run

READER_KEY = "VDTAREADERREADER2222"
STARTED = datetime(2026, 1, 1, tzinfo=UTC)
RUN = Run(
    job="pass",
    started_at=STARTED,
    ended_at=STARTED,
    outcome=Outcome.DONE,
    figures={"resources": 3},
)


def now() -> datetime:
    return datetime.fromtimestamp(time.time(), UTC)


class Watched:
    """A door, and what it told."""

    def __init__(
        self,
        store: Store,
        *,
        clock: Callable[[], datetime] = now,
        throttle: Throttle | None = None,
        replays: Replays | None = None,
    ) -> None:
        self.lines: list[str] = []
        self.used: list[str] = []
        self.asked: list[tuple[str, ...]] = []
        self.known = {
            KEY: _known(KEY, Role.ADMIN),
            READER_KEY: _known(READER_KEY, Role.READER),
        }
        services = Services(store=store, look_now=self.asked.append)
        watch = Watch(
            version=vedette.__version__,
            started_at=STARTED,
            runs=lambda: (RUN,),
            look_now=lambda: self.asked.append(()),
            gauges=lambda: [Gauge(name="vedette_findings_active", text="Active.", value=7)],
            metrics=Metrics(),
        )
        self.parts = Parts(
            gate=Gate(self.known.get, ("us-east-1", "cn-north-1"), SERVICES),
            throttle=throttle or Throttle(0, 0, time.monotonic),
            replays=replays or Replays(),
            services=lambda: services,
            watch=watch,
            audit=self.lines.append,
            used=lambda key, _now: self.used.append(key),
            clock=clock,
            stopwatch=time.monotonic,
        )
        self.door = Door(self.parts)

    def answer(self, request: Request) -> Response:
        return self.door.answer(request, "request-1", "192.0.2.1")

    def code(self, request: Request) -> str:
        """The code of a refusal, or `ok`."""
        response = self.answer(request)
        return dict(response.headers).get("x-amzn-errortype", "ok")

    def entries(self) -> list[dict[str, Any]]:
        """The audit log, without what differs from run to run."""
        entries = [json.loads(line) for line in self.lines]
        for entry in entries:
            del entry["time"], entry["milliseconds"]
        return entries


def _known(key: str, role: Role) -> Known:
    account = "111122223333"
    caller = Caller(access_key=key, account=account, role=role, accounts=frozenset({account}))
    return Known(caller=caller, secret=SECRET)


def told(response: Response) -> Any:
    """The JSON of an answer."""
    return msgspec.json.decode(response.body)
