"""Worker processes: as many as there are processors, and none that outlives what started it."""

import multiprocessing
import os
import threading
from concurrent.futures import ProcessPoolExecutor


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
