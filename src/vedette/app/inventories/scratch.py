"""Downloads by content: each fetched once however many need it, and removed when nobody does any more."""

import threading
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from vedette.clients.http import HttpClient
from vedette.errors import SourceError


class Fetch(Protocol):
    """Brings content by its name; safe to call from several threads."""

    def __call__(self, url: Callable[[], str], *, sha256: str, limit: int) -> Path:
        """The content with this sha256 (64 hex digits) as a file, which stays until the lease ends.

        Args:
            url: where it is, asked only if it is not here yet (signed URLs do not live long).
            sha256: what it must be.
            limit: the most bytes.

        Raises:
            ServiceError: where it cannot be fetched or is something else.
            SourceError: where there is no room for it.
        """
        ...


class Scratch:
    """A folder of verified downloads, safe to use from several threads.

    Args:
        folder: exists, and is removed by whoever made it.
        http: fetches.
    """

    def __init__(self, folder: Path, http: HttpClient) -> None:
        self._folder = folder
        self._http = http
        self._guard = threading.Lock()
        self._locks: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)
        self._users: Counter[str] = Counter()

    @contextmanager
    def lease(self) -> Iterator[Fetch]:
        """A way to fetch. What it has fetched is removed at the end, unless another lease holds it too."""
        held: set[str] = set()

        def fetch(url: Callable[[], str], *, sha256: str, limit: int) -> Path:
            with self._guard:
                self._users[sha256] += sha256 not in held
                held.add(sha256)
                lock = self._locks[sha256]
            target = self._folder / sha256
            with lock:
                if not target.exists():
                    self._download(url, target, limit)
            return target

        try:
            yield fetch
        finally:
            self._give_back(held)

    def _download(self, url: Callable[[], str], target: Path, limit: int) -> None:
        try:
            self._http.download(url(), target, sha256=target.name, limit=limit)
        except OSError as error:
            raise SourceError(f"a download cannot be written: {error.strerror}") from error

    def _give_back(self, held: Iterable[str]) -> None:
        with self._guard:
            for sha256 in held:
                self._users[sha256] -= 1
                if not self._users[sha256]:
                    del self._users[sha256], self._locks[sha256]
                    for name in (sha256, f"{sha256}.part", f"{sha256}.part.json"):
                        (self._folder / name).unlink(missing_ok=True)
