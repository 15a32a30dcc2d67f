"""What a page of a list takes: the CPU time of this process, on SQLite.

    python -m benchmarks store_pages [FINDINGS [PAGES]]

2,000 findings and 200 pages of 100 of each list unless others are given; each page from another place, and the lists as the API asks
for them: in one Region, of fifty accounts. Prints, for each list, the median, the 99th percentile and the longest, and how much of all
of them was the garbage collector's.
"""

import gc
import random
import sys
import tempfile
import time
from collections.abc import Mapping

from benchmarks.store_findings import EACH, NOW, opened, resource_of
from vedette.findings.query import Sort, SortField
from vedette.model.filter import (
    All,
    Any as AnyOf,
    Filter,
    PackageMatch,
    Tagged,
    Text,
    TextField,
    TextOperator,
    TextTest,
)
from vedette.store.store import SqlStore

_OBJECTS = 50_000  # as the program tells the collector


def _text(field: TextField, value: str, operator: TextOperator = TextOperator.EQUALS) -> Filter:
    return Text(field=field, test=TextTest(operator=operator, value=value))


_ACTIVE = _text(TextField.STATUS, "ACTIVE")
_WORST = tuple(_text(TextField.SEVERITY, word) for word in ("CRITICAL", "HIGH"))
_LISTS: Mapping[str, tuple[Filter, Sort]] = {
    "all, by id": (All(parts=()), Sort(field=SortField.FINDING_ID, descending=False)),
    "active, by severity": (_ACTIVE, Sort(field=SortField.SEVERITY)),
    "active and bad, by EPSS": (
        All(parts=(_ACTIVE, AnyOf(parts=_WORST))),
        Sort(field=SortField.EPSS),
    ),
    "of a tag and a title, by time": (
        All(
            parts=(
                Tagged(key="env", value="prod"),
                _text(TextField.TITLE, "CVE-2", TextOperator.PREFIX),
            )
        ),
        Sort(field=SortField.LAST_OBSERVED_AT),
    ),
    "of a package, by flaw": (
        PackageMatch(name=TextTest(operator=TextOperator.PREFIX, value="lib")),
        Sort(field=SortField.VULNERABILITY_ID, descending=False),
    ),
}


class _Collector:
    """How long the collector took."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self._began = 0.0

    def __call__(self, phase: str, _facts: object) -> None:
        if phase == "start":
            self._began = time.process_time()
        else:
            self.seconds += time.process_time() - self._began


def _in_sight(condition: Filter) -> Filter:
    accounts = tuple(_text(TextField.ACCOUNT_ID, f"{one:012}") for one in range(50))
    return All(parts=(condition, _text(TextField.REGION, "eu-west-1"), AnyOf(parts=accounts)))


def _pages(store: SqlStore, condition: Filter, sort: Sort, count: int) -> list[float]:
    """The seconds of each page; after the last comes the first."""
    taken: list[float] = []
    after: str | None = None
    for _ in range(count):
        began = time.process_time()
        page = store.list(condition, sort=sort, limit=100, after=after)
        taken.append(time.process_time() - began)
        after = page.next
    return sorted(taken)


def main() -> None:
    """Measure."""
    findings, count = [*map(int, sys.argv[1:]), *(2000, 200)[len(sys.argv) - 1 :]]
    rng = random.Random(1)  # noqa: S311 - the same findings every time
    collector = _Collector()
    with (
        tempfile.TemporaryDirectory() as folder,
        SqlStore.open(f"sqlite:///{folder}/store.db") as store,
    ):
        resources = [resource_of(number) for number in range(findings * 2 // EACH)]
        store.save_resources(resources, looked_in=(), now=NOW)
        for one in resources:
            store.apply(opened(rng, one)[: EACH // 2])
        gc.collect()
        gc.freeze()
        gc.set_threshold(_OBJECTS, 20, 20)
        gc.callbacks.append(collector)
        for name, (condition, sort) in _LISTS.items():
            collector.seconds = 0.0
            taken = _pages(store, _in_sight(condition), sort, count)
            middle, late = taken[count // 2], taken[count * 99 // 100]
            print(
                f"{name:30} {middle * 1e3:6.2f} {late * 1e3:6.2f} {taken[-1] * 1e3:6.2f} ms, "
                f"collector {collector.seconds / sum(taken):.1%}"
            )


if __name__ == "__main__":
    main()
