"""How often each caller may call: a bucket of tokens that fills at a steady rate."""

import math
import threading
from collections.abc import Callable

from vedette.api.errors import ApiError, Code

_MOST_IDLE = 10_000


class Throttle:
    """Buckets by access key. Only those of known callers are kept, and full ones are dropped.

    Args:
        rate: calls a second; 0 is no limit.
        burst: calls at once.
        clock: seconds that only grow.
    """

    def __init__(self, rate: float, burst: float, clock: Callable[[], float]) -> None:
        self._rate = rate
        self._burst = burst
        self._clock = clock
        self._buckets: dict[str, tuple[float, float]] = {}
        self._lock = threading.Lock()

    def take(self, access_key: str) -> None:
        """Take a token.

        Raises:
            ApiError: Throttling, with the seconds until there is one again.
        """
        if self._rate <= 0:
            return
        with self._lock:
            now = self._clock()
            level, since = self._buckets.get(access_key, (self._burst, now))
            level = min(self._burst, level + (now - since) * self._rate)
            if level < 1:
                wait = max(1, math.ceil((1 - level) / self._rate))
                raise ApiError(Code.THROTTLED, "Rate exceeded", retry_after=wait)
            self._buckets[access_key] = (level - 1, now)
            if len(self._buckets) > _MOST_IDLE:
                self._drop_full(now)

    def _drop_full(self, now: float) -> None:
        self._buckets = {
            key: (level, since)
            for key, (level, since) in self._buckets.items()
            if level + (now - since) * self._rate < self._burst
        }
