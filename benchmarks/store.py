"""How fast the store takes findings in and gives them out.

    python -m benchmarks store [FINDINGS] [URL …]

10,000 findings unless another number is given; on a new SQLite file, and on every URL (an empty PostgreSQL database). A URL of
SQLite stands in the place of the new file. All but the last 20,000 are filled in without indexes, which are made afterwards. Prints, for
each store: findings a second that are new, rated anew, given a fix, seen again without a change, and closed, by one writer and by
two, 200 and 5,000 at once, with the CPU time of this process and (on this machine) of PostgreSQL for each; the size; the time of the
first and the fiftieth page of lists as the console and the API ask for them, of lists whose filters pass few that are far down in the
order, of what was known of one resource, and of the next 200 changes. Then, of the first and the next pages of every kind of filter in
several orders together, the median and the 99th percentile, with the slowest; and the time of counting by each thing.
"""

import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from itertools import islice
from pathlib import Path

from sqlalchemy import create_engine, text

from benchmarks.store_findings import (
    EACH,
    FAR,
    LISTS,
    NOW,
    ORDERS,
    closed,
    every_filter,
    mended,
    opened,
    rated,
    resource_of,
)
from vedette.findings.counting import CountBy, Counting
from vedette.findings.lifecycle import Change, reconcile
from vedette.findings.query import Sort
from vedette.model.filter import Filter
from vedette.model.resource import Resource
from vedette.store import schema
from vedette.store.store import SqlStore

_TIMES = 5
_MEASURED = 20_000  # findings of which the rate of taking them in is measured
_AT_ONCE = 25  # resources in a large batch
_TICKS = 100  # of a second, as the kernel tells CPU time


def main() -> None:
    """Measure each store."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    for url in _urls(sys.argv[2:]):
        with SqlStore.open(url) as store:
            print(url.partition(":")[0])
            last = _fill(store, url, count)
            _measure(store, last)


def _urls(given: list[str]) -> Iterator[str]:
    if not any(url.startswith("sqlite") for url in given):
        with tempfile.TemporaryDirectory(prefix="vedette-store-") as folder:
            path = Path(folder) / "store.db"
            yield f"sqlite:///{path}"
            print(f"  {path.stat().st_size / 1e6:10,.0f} MB on disk")
    yield from given


def _measure(store: SqlStore, last: Resource) -> None:
    print(f"  {_median(lambda: store.known(last.ref))}  what is known of one resource")
    print(f"  {_median(store.count_active)}  count of the active ones")
    place = store.places_behind("hub")[0]
    print(f"  {_median(lambda: store.places_behind('hub'))}  places that are behind")
    print(f"  {_median(lambda: store.changes_at('hub', place, 200))}  200 changes of a place")
    for name, (condition, sort) in LISTS.items():
        first = _median(_page(store, condition, sort, 0))
        later = _median(_page(store, condition, sort, 50))
        print(f"  {first} {later}  first and fiftieth page: {name}")
    for name, (condition, sort) in FAR.items():
        first = _median(_page(store, condition, sort, 0))
        later = _median(_page(store, condition, sort, 1))
        print(f"  {first} {later}  first and second page: {name}")
    _all_lists(store)
    for by in CountBy:
        counted = partial(store.count_by, Counting(by=by), limit=100)
        print(f"  {_median(counted)}  count by {by}")


def _all_lists(store: SqlStore) -> None:
    taken: list[tuple[float, str]] = []
    for name, condition in every_filter():
        for sort in ORDERS:
            after: str | None = None
            for page in ("first", "second"):
                start = time.perf_counter()
                after = store.list(condition, sort=sort, after=after).next
                spent = (time.perf_counter() - start) * 1000
                taken.append((spent, f"{name} by {sort.field}, {page}"))
                if after is None:
                    break
    taken.sort()
    median, late = taken[len(taken) // 2][0], taken[len(taken) * 99 // 100][0]
    print(f"  {median:8.1f} ms {late:8.1f} ms  median and 99th percentile of {len(taken)} pages")
    for spent, name in taken[-5:]:
        print(f"  {spent:8.1f} ms  {name}")


def _median(work: Callable[[], object]) -> str:
    taken = []
    for _ in range(_TIMES):
        start = time.perf_counter()
        work()
        taken.append(time.perf_counter() - start)
    return f"{statistics.median(taken) * 1000:8.1f} ms"


def _page(
    store: SqlStore, condition: Filter | None, sort: Sort, number: int
) -> Callable[[], object]:
    after: str | None = None
    for _ in range(number):
        after = store.list(condition, sort=sort, after=after).next
        if after is None:
            break
    return lambda: store.list(condition, sort=sort, after=after)


def _fill(store: SqlStore, url: str, count: int) -> Resource:
    rng = random.Random(7)  # noqa: S311 - the same estate every time
    resources = [resource_of(number) for number in range(max(8, count // EACH))]
    store.save_resources(resources, looked_in=(), now=NOW)
    measured = min(len(resources) // 2, _MEASURED // EACH)
    earlier, last = resources[:-measured], resources[-measured:]
    start = time.perf_counter()
    with _unindexed(url):
        for some in _batched(earlier, _AT_ONCE):
            store.apply([change for one in some for change in opened(rng, one)])
    spent = time.perf_counter() - start
    print(f"  {len(earlier) * EACH / spent:10,.0f} findings filled in a second, in {spent:.0f} s")
    store.purge(NOW)
    quarter = len(last) // 4
    for place, (writers, each) in enumerate(((1, 1), (1, _AT_ONCE), (2, 1), (2, _AT_ONCE))):
        some = last[place * quarter : (place + 1) * quarter]
        _write(_Writers(store, url, writers), rng, some, each)
    return resources[-1]


class _Writers:
    """Several that write at once, and what they take."""

    def __init__(self, store: SqlStore, url: str, count: int) -> None:
        self.store = store
        self._url = url
        self._count = count

    def measure(
        self, name: str, work: Callable[[list[Change]], object], batches: list[list[Change]]
    ) -> None:
        server, own, start = _server_cpu(self._url), time.process_time(), time.perf_counter()
        with ThreadPoolExecutor(self._count) as pool:
            list(pool.map(work, batches))
        spent = time.perf_counter() - start
        count = sum(map(len, batches))
        own = (time.process_time() - own) / count * 1e6
        told = f"{own:4.0f} µs of this process"
        if server is not None:
            told += f", {((_server_cpu(self._url) or 0) - server) / count * 1e6:4.0f} of the server"
        size = statistics.median(map(len, batches))
        print(
            f"  {count / spent:10,.0f} findings {name} a second, {self._count} by {size:.0f}; {told}"
        )


def _write(writers: _Writers, rng: random.Random, some: list[Resource], each: int) -> None:
    store = writers.store
    batches = [
        [change for one in several for change in opened(rng, one)]
        for several in _batched(some, each)
    ]
    writers.measure("new", store.apply, batches)
    for name, step in (("rated anew", rated), ("given a fix", mended)):
        batches = [[step(change) for change in batch] for batch in batches]
        writers.measure(name, store.apply, batches)
    writers.measure("seen again", partial(_seen_again, store), batches)
    batches = [[closed(change) for change in batch] for batch in batches]
    writers.measure("closed", store.apply, batches)


def _seen_again(store: SqlStore, batch: Sequence[Change]) -> None:
    """What a pass does where nothing has changed."""
    for ref in sorted({change.after.key.resource for change in batch}):
        seen = [change.after for change in batch if change.after.key.resource == ref]
        changes = reconcile(store.known(ref), seen, now=NOW, complete=True)
        if store.apply(changes):
            raise AssertionError("something has changed")


def _server_cpu(url: str) -> float | None:
    """Seconds of PostgreSQL's processes for clients, where they are of this machine."""
    if url.startswith("sqlite"):
        return None
    engine = create_engine(url)
    try:
        with engine.connect() as connection:
            query = "SELECT pid FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
            pids = connection.execute(text(query)).scalars().all()
        stats = [Path(f"/proc/{pid}/stat") for pid in pids]
        fields = [stat.read_text().rpartition(")")[2].split() for stat in stats if stat.exists()]
        return sum(int(one[11]) + int(one[12]) for one in fields) / _TICKS
    finally:
        engine.dispose()


def _batched(resources: list[Resource], size: int) -> Iterator[list[Resource]]:
    rest = iter(resources)
    while some := list(islice(rest, size)):
        yield some


@contextmanager
def _unindexed(url: str) -> Iterator[None]:
    """Without the indexes that only searches need."""
    tables = (schema.findings, schema.finding_packages)
    indexes = [
        one for table in tables for one in sorted(table.indexes, key=lambda one: str(one.name))
    ]
    engine = create_engine(url)
    try:
        with engine.begin() as connection:
            for index in indexes:
                if not index.unique:
                    index.drop(connection)
        yield
        with engine.begin() as connection:
            for index in indexes:
                if not index.unique:
                    index.create(connection)
    finally:
        engine.dispose()


if __name__ == "__main__":
    main()
