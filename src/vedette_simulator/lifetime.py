"""The end of a server process: it must never outlive what started it."""

import os
import signal
import threading
import time
from collections.abc import Callable
from types import FrameType

_CHUNK = 4096


def end_with(shutdown: Callable[[], object], source: int, lifetime: float) -> Callable[[], None]:
    """Call `shutdown` once, from another thread, as soon as there is a reason to.

    Reasons: the file descriptor `source` ends, the parent process dies, `lifetime` (seconds) is over, SIGTERM or
    SIGINT arrives, or the function that is returned is called.
    """
    ending = threading.Event()
    parent = os.getppid()

    def read_to_end() -> None:
        # the descriptor itself: a buffered reader that is blocked in a thread would abort the interpreter's exit
        while _read(source):
            pass
        ending.set()

    def watch() -> None:
        limit = time.monotonic() + lifetime
        while not ending.wait(min(1.0, max(0.0, limit - time.monotonic()))):
            if os.getppid() != parent or time.monotonic() >= limit:
                break
        shutdown()

    def on_signal(_number: int, _frame: FrameType | None) -> None:
        ending.set()

    signal.signal(signal.SIGTERM, on_signal)
    signal.signal(signal.SIGINT, on_signal)
    threading.Thread(target=read_to_end, daemon=True).start()
    threading.Thread(target=watch, daemon=True).start()
    return ending.set


def _read(source: int) -> bytes:
    try:
        return os.read(source, _CHUNK)
    except OSError:
        return b""
