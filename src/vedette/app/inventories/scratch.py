"""Downloads that live as long as one pass: by content, each fetched once however many ask for it."""

import threading
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

from vedette.clients.http import HttpClient


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

    def fetch(self, url: Callable[[], str], *, sha256: str, limit: int) -> Path:
        """The content with this sha256 (64 hex digits) as a file.

        Args:
            url: where it is, asked only if it is not here yet (signed URLs do not live long).
            sha256: what it must be.
            limit: the most bytes.

        Raises:
            ServiceError: where it cannot be fetched or is something else.
        """
        target = self._folder / sha256
        with self._guard:
            lock = self._locks[sha256]
        with lock:
            if not target.exists():
                self._http.download(url(), target, sha256=sha256, limit=limit)
        return target
