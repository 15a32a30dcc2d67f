"""The state of the simulated AWS, and how its parts call one another."""

import threading
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, TypeVar

import msgspec

from vedette_simulator.errors import AwsError
from vedette_simulator.faults import Faults
from vedette_simulator.identity import Caller, Identities
from vedette_simulator.moto_boundary import WsgiApp
from vedette_simulator.wire import Answer, Asked, Environ, Fields, read_answer, write_request

State = TypeVar("State")

Handler = Callable[["Call"], Fields]
"""One operation: its parameters in, its output out; `AwsError` to refuse."""

Handlers = Mapping[tuple[str, str], Handler]
"""(service, operation) → what this simulator does instead of moto, or around it."""


class World:
    """One simulated AWS: moto, what is added, and who may call.

    Args:
        moto: moto's WSGI application.
        handlers: the operations that are this simulator's own.
        identities: who is known.
        faults: what is to fail.
        clock: the time, aware.
    """

    def __init__(
        self,
        *,
        moto: WsgiApp,
        handlers: Handlers,
        identities: Identities,
        faults: Faults,
        clock: Callable[[], datetime],
    ) -> None:
        self.moto = moto
        self.handlers = handlers
        self.identities = identities
        self.faults = faults
        self.clock = clock
        self.endpoint = "http://127.0.0.1"
        self.lock = threading.RLock()
        self._states: dict[tuple[type, str, str], Any] = {}

    def state(self, kind: type[State], account: str = "", region: str = "") -> State:
        """The one `kind` of an account and region, made empty when first asked for."""
        return self._states.setdefault((kind, account, region), kind())  # type: ignore[no-any-return]

    def invoke(self, service: str, operation: str, params: Fields, place: "Place") -> Fields:
        """Call an operation from inside, as the account's root and without faults.

        Raises:
            AwsError: as the service answers.
        """
        handler = self.handlers.get((service, operation))
        if handler is None:
            return self.ask_moto(service, operation, params, place)
        asked = Asked(service=service, operation=operation, path={})
        return handler(
            Call(world=self, asked=asked, place=place, caller=root(place.account), params=params)
        )

    def ask_moto(self, service: str, operation: str, params: Fields, place: "Place") -> Fields:
        """Call moto itself, past this simulator's own operations.

        Raises:
            AwsError: as moto answers.
        """
        context = {"endpoint": self.endpoint, "region": place.region, "account": place.account}
        environ = write_request(service, operation, params, context)
        asked = Asked(service=service, operation=operation, path={})
        return read_answer(asked, run(self.moto, environ))


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where an operation takes effect."""

    account: str
    region: str

    def arn(self, service: str, resource: str) -> str:
        """The ARN of a resource here."""
        return f"arn:aws:{service}:{self.region}:{self.account}:{resource}"


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """One call of an operation."""

    world: World
    asked: Asked
    place: Place
    caller: Caller
    params: Fields

    def forward(self, params: Fields | None = None) -> Fields:
        """What moto says to this call, with its own parameters or with others."""
        chosen = self.params if params is None else params
        return self.world.ask_moto(self.asked.service, self.asked.operation, chosen, self.place)

    def invoke(self, service: str, operation: str, params: Fields) -> Fields:
        """Another operation in the same place."""
        return self.world.invoke(service, operation, params, self.place)

    def state(self, kind: type[State]) -> State:
        """The state of this kind in this place."""
        return self.world.state(kind, self.place.account, self.place.region)

    @property
    def now(self) -> datetime:
        """The time of the simulation."""
        return self.world.clock()


def root(account: str) -> Caller:
    """The account's root, as whom the simulator itself acts."""
    return Caller(
        account=account,
        arn=f"arn:aws:iam::{account}:root",
        user_id=account,
        access_key="",
        secret_key="",
    )


def run(app: WsgiApp, environ: Environ) -> Answer:
    """Run one request through a WSGI application and collect its answer."""
    begun: list[tuple[str, list[tuple[str, str]]]] = []

    def start_response(status: str, headers: list[tuple[str, str]], _error: object = None) -> None:
        begun.append((status, headers))

    chunks = app(environ, start_response)
    try:
        body = b"".join(chunks)
    finally:
        close = getattr(chunks, "close", None)
        if close is not None:
            close()
    status, headers = begun[-1]
    return Answer(status=int(status.split(" ", 1)[0]), headers=tuple(headers), body=body)


def required(params: Fields, name: str) -> Any:
    """A parameter that must be there; `ValidationException` as AWS words it where it is not."""
    if name not in params:
        raise AwsError(
            "ValidationException",
            f"1 validation error detected: Value null at '{name[0].lower()}{name[1:]}' failed to satisfy "
            "constraint: Member must not be null",
        )
    return params[name]
