"""Damage to good files: cut off, and with bits turned over; the same in every run."""

import random
import time
import tracemalloc
from collections.abc import Callable, Iterator

import pytest

_SECONDS = 2.0
"""Of CPU for one damaged file: a good one takes a hundredth of it."""
_MEMORY = 24 << 20
"""Beside what is in proportion to the file."""
_TIMES_ITS_SIZE = 64


def damaged(data: bytes, name: str, *, many: int = 30) -> Iterator[bytes]:
    """As many pieces of a file from its beginning, and as many copies with up to eight bits turned over."""
    chance = random.Random(name)
    for _ in range(many):
        yield data[: chance.randrange(len(data))]
        copy = bytearray(data)
        for _ in range(chance.randint(1, 8)):
            place = chance.randrange(len(data) * 8)
            copy[place // 8] ^= 1 << place % 8
        yield bytes(copy)


def bounded(read: Callable[[bytes], object], data: bytes, name: str) -> None:
    """Read every damaged copy: `read` may raise nothing, and takes little time and memory."""
    tracemalloc.start()
    try:
        for piece in damaged(data, name):
            tracemalloc.reset_peak()
            before, began = tracemalloc.get_traced_memory()[0], time.process_time()
            read(piece)
            seconds = time.process_time() - began
            peak = tracemalloc.get_traced_memory()[1] - before
            if seconds > _SECONDS or peak > _MEMORY + _TIMES_ITS_SIZE * len(piece):
                pytest.fail(f"{name}: {seconds:.1f} s, {peak} bytes for {len(piece)} bytes")
    finally:
        tracemalloc.stop()
