"""Work beside the answering of requests, and the AWS account that it is done with."""

import logging
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from vedette.api.call import Work
from vedette.api.errors import ApiError, Code
from vedette.bootstrap import clock
from vedette.clients.aws import Account

_WORKERS = 2
_MOST_WAITING = 32
_log = logging.getLogger(__name__)


class Beside:
    """Does some work in threads of its own, no more than can wait."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(_WORKERS, thread_name_prefix="beside")
        self._room = threading.BoundedSemaphore(_MOST_WAITING)

    def __call__(self, work: Work) -> None:
        """Do it as soon as there is a thread.

        Raises:
            ApiError: Throttling, where too much is waiting.
        """
        if not self._room.acquire(blocking=False):
            raise ApiError(Code.THROTTLED, "Too much is being exported", retry_after=60)
        self._pool.submit(self._do, work)

    def close(self) -> None:
        """Begin nothing more."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _do(self, work: Work) -> None:
        try:
            work(clock.now)
        except Exception:  # noqa: BLE001 - around one piece of work, whose requester has long been answered
            _log.exception("work beside the requests failed")
        finally:
            self._room.release()


class LateAccount:
    """An account's services; it is connected to when it is first needed."""

    def __init__(self, connect: Callable[[], Account]) -> None:
        self._connect = connect
        self._account: Account | None = None
        self._lock = threading.Lock()

    def call(
        self, service: str, operation: str, region: str | None = None, **arguments: object
    ) -> Mapping[str, Any]:
        """Make one call; raises ServiceError."""
        with self._lock:
            if self._account is None:
                self._account = self._connect()
        return self._account.call(service, operation, region, **arguments)
