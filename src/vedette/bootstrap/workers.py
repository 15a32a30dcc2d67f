"""Worker processes: as many as there are processors, and none that outlives what started it."""

import multiprocessing
import os
import queue
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess

from vedette.errors import SourceError

Work = Callable[[bytes], bytes]
"""A function at the top of a module: a worker imports it."""

_LONGEST = 3600.0
"""Seconds for one piece of work: as long as the largest disk that is read needs ten times over."""
_PATIENCE = 5.0


def worker_processes(number: int) -> ProcessPoolExecutor:
    """A pool of processes for pure work.

    They are never made by forking, since there are threads. One whose parent was killed ends at once: by itself it
    would wait for work for ever, since workers hold the writing end of the queue too.
    """
    return ProcessPoolExecutor(
        number,
        mp_context=multiprocessing.get_context("forkserver"),
        initializer=end_with_parent,
    )


def end_with_parent() -> None:
    """End this process once its parent has."""
    threading.Thread(target=_watch, daemon=True).start()


def _watch() -> None:  # pragma: no cover - runs in workers alone
    # not `os.getppid()`: that is the server which forks, and it lives as long as its children
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


class Lanes:
    """Processes that each do one piece of work at a time, so that it is known whose work one has died of.

    In a pool of the standard library everything that is under way is lost with one process. A process is started when
    there is work for it, and anew after it has died.

    Args:
        work: is done there.
        number: how many there may be.
        longest: seconds after which a process is killed.
    """

    def __init__(self, work: Work, number: int, *, longest: float = _LONGEST) -> None:
        self._work = work
        self._longest = longest
        self._lanes = [_Lane() for _ in range(number)]
        self._free: queue.LifoQueue[_Lane] = queue.LifoQueue()  # those that run already come first
        for lane in reversed(self._lanes):
            self._free.put(lane)

    @property
    def at_once(self) -> int:
        """How many work at the same time."""
        return len(self._lanes)

    def run(self, order: bytes) -> bytes:
        """Have it done, as soon as a process is free.

        Raises:
            SourceError: where the process has died of it, or takes too long.
        """
        lane = self._free.get()
        try:
            return lane.run(self._work, order, self._longest)
        finally:
            self._free.put(lane)

    def close(self) -> None:
        """End the processes."""
        for lane in self._lanes:
            lane.end()


class _Lane:
    """At most one process, and our end of the pipe to it."""

    def __init__(self) -> None:
        self._process: BaseProcess | None = None
        self._pipe: Connection | None = None

    def run(self, work: Work, order: bytes, longest: float) -> bytes:
        try:
            pipe = self._started(work)
            pipe.send_bytes(order)
            if pipe.poll(longest):
                return pipe.recv_bytes()
            reason = f"it took more than {longest:.0f} seconds"
        except (EOFError, OSError):
            reason = f"the process that read it has died{self._status()}"
        self.end()
        raise SourceError(reason)

    def _started(self, work: Work) -> Connection:
        if self._pipe is None:
            # a fresh interpreter: nothing of ours, no thread's lock and no file, is in what hostile bytes are read with
            context = multiprocessing.get_context("spawn")
            self._pipe, theirs = context.Pipe()
            self._process = context.Process(target=_serve, args=(work, theirs), daemon=True)
            self._process.start()
            theirs.close()
        return self._pipe

    def _status(self) -> str:
        if self._process is None:
            return ""
        self._process.join(_PATIENCE)
        code = self._process.exitcode
        return "" if code is None else f" (exit status {code})"

    def end(self) -> None:
        if self._pipe is not None:
            self._pipe.close()
        if self._process is not None:
            self._process.kill()
            self._process.join()
            self._process.close()
        self._process = self._pipe = None


def _serve(work: Work, pipe: Connection) -> None:  # pragma: no cover - runs in workers alone
    end_with_parent()
    os.setsid()  # no terminal: neither Ctrl-C nor a question for a password comes here
    while True:
        try:
            order = pipe.recv_bytes()
        except EOFError:
            return
        pipe.send_bytes(work(order))


@contextmanager
def lanes(work: Work, number: int) -> Iterator[Lanes]:
    """Processes for the time of a pass."""
    opened = Lanes(work, number)
    try:
        yield opened
    finally:
        opened.close()
