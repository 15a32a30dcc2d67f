"""Signatures that were used, so that none is used twice for something that changes anything.

AWS's clients sign by the second: who asks for the same change twice in one second signs the same. So a second use is put off
instead of condemned: every client tries again by itself, signing anew, while a recorded request stays refused.
"""

import heapq
import threading
from datetime import datetime

from vedette.api.errors import ApiError, Code
from vedette.api.sigv4 import Signature

MOST = 100_000
"""Signatures that are remembered at once; each is some 200 bytes."""


class Replays:
    """The signatures of changing requests that are still alive, in bounded memory.

    When it is full nothing is forgotten early: changing requests are put off instead.

    Args:
        most: signatures.
    """

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._seen: set[str] = set()
        self._ends: list[tuple[datetime, str]] = []
        self._lock = threading.Lock()

    def check(self, signature: Signature, now: datetime) -> None:
        """Take note of a signature.

        Raises:
            ApiError: Throttling, where it was used before, or where no more can be remembered.
        """
        with self._lock:
            self._forget(now)
            if signature.signature in self._seen:
                raise ApiError(
                    Code.THROTTLED,
                    "This signature was used before: sign the request anew",
                    retry_after=1,
                )
            if len(self._seen) >= self._most:
                raise ApiError(
                    Code.THROTTLED, "Too many changes in too short a time", retry_after=60
                )
            self._seen.add(signature.signature)
            heapq.heappush(self._ends, (signature.last_moment, signature.signature))

    def _forget(self, now: datetime) -> None:
        while self._ends and self._ends[0][0] < now:
            self._seen.discard(heapq.heappop(self._ends)[1])
