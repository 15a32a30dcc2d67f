"""Signatures that were used, so that none is used twice for something that changes anything.

AWS's clients sign by the second: who asks for the same change twice in one second signs the same. So a second use is put off
instead of condemned: every client tries again by itself, signing anew, while a recorded request stays refused.
"""

import heapq
import threading
from collections.abc import Iterable
from datetime import datetime
from typing import Protocol

from vedette.api.errors import ApiError, Code
from vedette.api.sigv4 import Signature

MOST = 100_000
"""Signatures that are remembered at once; each is some 200 bytes."""
_AT_ONCE = 100
"""Signatures that are forgotten before one request is answered."""


class Shared(Protocol):
    """What several servers, and later starts of one, know of signatures together."""

    def alive(self, now: datetime) -> Iterable[tuple[datetime, str]]:
        """Those that could still be used, with their last moments."""
        ...

    def note(self, signature: str, until: datetime, now: datetime) -> bool:
        """Keep one, and say whether it was not there."""
        ...

    def forget(self, signature: str) -> None:
        """Remove one that cannot be used any more."""
        ...


class Replays:
    """The signatures of changing requests that are still alive, in bounded memory.

    When it is full nothing is forgotten early: changing requests are put off instead.

    Args:
        shared: what is known beside; without it nobody else is asked, and the end of the process forgets.
        most: signatures.
    """

    def __init__(self, shared: Shared | None = None, most: int = MOST) -> None:
        self._shared = shared
        self._most = most
        self._seen: set[str] = set()
        self._ends: list[tuple[datetime, str]] = []
        self._lock = threading.Lock()
        self._loaded = shared is None

    def check(self, signature: Signature, now: datetime) -> None:
        """Take note of a signature.

        Raises:
            ApiError: Throttling, where it was used before, or where no more can be remembered.
            StoreError: where what is shared cannot be asked.
        """
        with self._lock:
            self._load(now)
            self._forget(now)
            if signature.signature in self._seen:
                raise _used()
            if len(self._seen) >= self._most:
                raise ApiError(
                    Code.THROTTLED, "Too many changes in too short a time", retry_after=60
                )
            until = signature.last_moment
            is_new = self._shared is None or self._shared.note(signature.signature, until, now)
            self._add(until, signature.signature)
            if not is_new:
                raise _used()

    def _load(self, now: datetime) -> None:
        if self._shared is not None and not self._loaded:
            for until, signature in self._shared.alive(now):
                self._add(until, signature)
            self._loaded = True

    def _add(self, until: datetime, signature: str) -> None:
        if signature not in self._seen:
            self._seen.add(signature)
            heapq.heappush(self._ends, (until, signature))

    def _forget(self, now: datetime) -> None:
        for _ in range(_AT_ONCE):
            if not self._ends or self._ends[0][0] >= now:
                return
            signature = heapq.heappop(self._ends)[1]
            self._seen.discard(signature)
            if self._shared is not None:
                self._shared.forget(signature)


def _used() -> ApiError:
    text = "This signature was used before: sign the request anew"
    return ApiError(Code.THROTTLED, text, retry_after=1)
