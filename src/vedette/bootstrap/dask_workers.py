"""Work on a Dask cluster: https://distributed.dask.org.

A scheduler runs what anybody sends who can connect to it: use `tls://` with certificates from Dask's own configuration, or a
network of its own. Workers need the same vedette installed, and credentials of their own.
"""

import importlib
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, Future
from contextlib import contextmanager
from typing import Protocol
from uuid import uuid4

from vedette.errors import ConfigError, SourceError

Work = Callable[[bytes], bytes]

_LONGEST = 3600.0  # seconds, as for processes
_REACH = 30.0
_MOST = 256


class _Client(Protocol):
    """What is used of `distributed.Client`."""

    def submit(
        self, work: Work, order: bytes, *, key: str, pure: bool, retries: int
    ) -> "Future[bytes]": ...

    def nthreads(self) -> dict[str, int]: ...

    def wait_for_workers(self, n_workers: int, timeout: float) -> None: ...

    def close(self) -> None: ...


class Cluster:
    """The workers of a cluster.

    Args:
        client: connected.
        work: is done there.
        longest: seconds after which a piece of work counts as lost.
    """

    def __init__(self, client: _Client, work: Work, *, longest: float = _LONGEST) -> None:
        self._client = client
        self._work = work
        self._longest = longest
        self._at_once = min(_MOST, max(1, sum(client.nthreads().values())))

    @property
    def at_once(self) -> int:
        """How many pieces of work the cluster does at the same time."""
        return self._at_once

    def run(self, order: bytes) -> bytes:
        """Have it done.

        Raises:
            SourceError: where the cluster has lost it: its worker has died (several times over, by Dask's own setting
                `distributed.scheduler.allowed-failures`), it raised, takes too long, or the scheduler is gone.
        """
        try:
            future = self._client.submit(
                self._work, order, key=f"vedette-{uuid4().hex}", pure=False, retries=0
            )
            error = future.exception(self._longest)
            if error is None:
                return future.result()
        except TimeoutError as late:
            raise SourceError(f"it took more than {self._longest:.0f} seconds") from late
        except (CancelledError, OSError, RuntimeError) as lost:
            raise SourceError(f"the cluster has lost it: {lost}") from lost
        raise SourceError(f"the cluster has lost it: {type(error).__name__}: {error}") from error


@contextmanager
def cluster(address: str, work: Work) -> Iterator[Cluster]:
    """A cluster, by its scheduler's address (`tcp://host:8786`, `tls://…`), for the time of a pass.

    Raises:
        ConfigError: where Dask is not installed, or the scheduler cannot be reached or has no workers.
    """
    try:
        distributed = importlib.import_module("distributed")
    except ImportError as error:
        raise ConfigError("a Dask cluster needs the extra: pip install 'vedette[dask]'") from error
    try:
        client = distributed.Client(address, timeout=_REACH, set_as_default=False)
    except (OSError, ValueError, TypeError) as error:
        raise ConfigError(f"no Dask scheduler at {address}: {error}") from error
    try:
        try:
            client.wait_for_workers(1, timeout=_REACH)
        except TimeoutError as error:
            raise ConfigError(f"the Dask scheduler at {address} has no workers") from error
        yield Cluster(client, work)
    finally:
        client.close()
