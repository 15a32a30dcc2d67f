"""What the simulated Lambda functions were given: they run nothing, but remember."""

from typing import Any

import msgspec


class Invocation(msgspec.Struct, frozen=True, kw_only=True):
    """One asynchronous invocation."""

    function: str
    account: str
    region: str
    received_at: str
    payload: Any


class Invocations:
    """All invocations, in the order in which they came."""

    def __init__(self) -> None:
        self.received: list[Invocation] = []
