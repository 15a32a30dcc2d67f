"""Results as they come, and few of them at a time."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from vedette.app.parallel import completed


@pytest.mark.parametrize("ahead", [1, 3, 100])
@pytest.mark.parametrize("count", [0, 1, 20])
def test_every_item_has_one_result(ahead: int, count: int) -> None:
    with ThreadPoolExecutor(3) as pool:
        found = completed(pool, lambda number: number * number, range(count), ahead=ahead)
        assert sorted(found) == [number * number for number in range(count)]


def test_items_are_taken_only_when_there_is_room() -> None:
    taken = 0

    def items() -> Iterator[int]:
        nonlocal taken
        for number in range(100):
            taken += 1
            yield number

    with ThreadPoolExecutor(2) as pool:
        for seen, _ in enumerate(completed(pool, str, items(), ahead=5), 1):
            assert taken - seen <= 5


def test_what_is_quick_does_not_wait_for_what_is_slow() -> None:
    release = threading.Event()

    def work(number: int) -> int:
        if number == 0:
            release.wait(10)
        return number

    with ThreadPoolExecutor(2) as pool:
        found = completed(pool, work, range(5), ahead=4)
        quick = [next(found) for _ in range(3)]
        assert 0 not in quick
        release.set()
        assert sorted([*quick, *found]) == [0, 1, 2, 3, 4]


def test_an_error_of_the_work_comes_out() -> None:
    with ThreadPoolExecutor(2) as pool, pytest.raises(ZeroDivisionError):
        list(completed(pool, lambda number: 1 // number, [1, 0, 1], ahead=2))
