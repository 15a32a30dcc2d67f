"""What every operation is given, and what it answers."""

from collections.abc import Callable, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any

import msgspec

from vedette.app.credentials import Role
from vedette.app.ports import Store
from vedette.clients.s3 import Calls
from vedette.matching.index import AdvisoryIndex

__all__ = ["Call", "Caller", "Handler", "Input", "Note", "Output", "Role", "Services", "Support"]

Input = Mapping[str, Any]
"""A request, parsed and validated by the service model: members by their names, timestamps as aware datetimes."""

Output = dict[str, Any]
"""An answer in the service model's names; timestamps are aware datetimes, absent members are left out."""


class Caller(msgspec.Struct, frozen=True, kw_only=True):
    """Who asks.

    `account` is the AWS account that the credentials stand for. `accounts` are those that they may see: None is every
    account (a delegated administrator), otherwise their own among them.
    """

    access_key: str
    account: str
    role: Role
    accounts: frozenset[str] | None = None

    def sees(self, account: str | None) -> bool:
        """Whether what belongs to an account may be shown."""
        return self.accounts is None or account in self.accounts


Clock = Callable[[], datetime]
Work = Callable[[Clock], None]
"""Something that takes its time; it is given a clock, and raises nothing on purpose."""


class Services(msgspec.Struct, frozen=True, kw_only=True):
    """What operations work with, the same for every call.

    `look_now` asks the scheduler for a pass as soon as can be; the texts are ids of the resources that are wanted, none
    for all. `later` does some work beside the answering of requests, and `objects` are the AWS calls with which exports are
    written to S3; without either nothing is exported.
    """

    store: Store
    index: AdvisoryIndex | None = None
    look_now: Callable[[tuple[str, ...]], None] = lambda _: None
    later: Callable[[Work], None] | None = None
    objects: Calls | None = None


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """One request: who, in which Region, when."""

    operation: str
    caller: Caller
    region: str
    now: datetime
    request_id: str
    services: Services
    partition: str = "aws"


Handler = Callable[[Call, Input], Output]
"""One operation. It raises `ApiError` and nothing else on purpose."""


class Support(StrEnum):
    """What an operation does here."""

    WORKS = "works"
    EMPTY = "truthfully empty"
    REFUSED = "refused"


class Note(msgspec.Struct, frozen=True, kw_only=True):
    """What the reference page says of an operation that does not simply work, or works in a way of its own.

    `why` is a sentence without its full stop.
    """

    support: Support
    why: str
