"""Processes that work: each does one thing at a time, and what one dies of is known."""

import os
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.bootstrap.doing import obey
from vedette.bootstrap.workers import Lanes, lanes
from vedette.errors import SourceError


def test_work_is_done_in_processes_that_stay() -> None:
    with lanes(obey, 2) as opened:
        assert opened.at_once == 2
        assert opened.run(b"say good day") == b"good day"
        first = opened.run(b"pid")
        assert opened.run(b"pid") == first  # the one that runs comes first
        assert int(first) != os.getpid()


@pytest.mark.parametrize(
    ("order", "reason"),
    [
        (b"exit 3", r"has died \(exit status 3\)"),
        (b"die", r"has died \(exit status -9\)"),
        (b"what nobody knows", r"has died \(exit status 1\)"),
    ],
)
def test_whose_work_a_process_dies_of_is_told_and_the_others_go_on(
    order: bytes, reason: str
) -> None:
    with lanes(obey, 2) as opened, ThreadPoolExecutor(4) as pool:
        fate = pool.submit(opened.run, order)
        others = [pool.submit(opened.run, f"say {number}".encode()) for number in range(6)]
        with pytest.raises(SourceError, match=reason):
            fate.result()
        assert [one.result() for one in others] == [str(number).encode() for number in range(6)]


def test_a_process_that_takes_too_long_is_ended() -> None:
    opened = Lanes(obey, 1, longest=0.5)
    with pytest.raises(SourceError, match=r"it took more than 0 seconds|has died"):
        opened.run(b"sleep 60")
    opened.close()
    opened.close()
