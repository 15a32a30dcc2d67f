"""Work for workers: what an order says in words."""

import os
import signal
import time


def obey(order: bytes) -> bytes:
    match order.decode().split():
        case ["say", *words]:
            return " ".join(words).encode()
        case ["pid"]:
            return str(os.getpid()).encode()
        case ["exit", status]:
            os._exit(int(status))
        case ["die"]:
            os.kill(os.getpid(), signal.SIGKILL)
            return b""
        case ["sleep", seconds]:
            time.sleep(float(seconds))
            return b"slept"
        case _:
            raise ValueError("no such order")
