"""One at a time across processes: a lease is a record that says who has something, and until when.

It is kept alive while it is held and runs out by itself where its holder dies. Clocks of machines that share a store must
agree within a third of its life.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

import msgspec

from vedette.app.ports import RecordStore
from vedette.errors import ConflictError, StoreError
from vedette.model.record import Record

KIND = "lease"
LIFE = timedelta(seconds=60)


class _Holding(msgspec.Struct, frozen=True, kw_only=True):
    holder: str
    until: datetime


class Lease:
    """A named lease.

    Args:
        store: where it is.
        name: of what is held.
        holder: who asks; another one each time a process starts.
        clock: the time.
        life: how long it lasts without being renewed.
    """

    def __init__(
        self,
        store: RecordStore,
        name: str,
        holder: str,
        clock: Callable[[], datetime],
        life: timedelta = LIFE,
    ) -> None:
        self._store = store
        self._name = name
        self._holder = holder
        self._clock = clock
        self._life = life

    @contextmanager
    def held(self) -> Iterator[bool]:
        """Hold the lease, where it is free, and keep it alive; False where somebody else has it.

        Raises:
            StoreError: where the store cannot be used at the start.
        """
        if not self._take():
            yield False
            return
        over = threading.Event()
        keeper = threading.Thread(
            target=self._keep, args=(over,), name=f"lease {self._name}", daemon=True
        )
        keeper.start()
        try:
            yield True
        finally:
            over.set()
            keeper.join()
            self._give_back()

    def _keep(self, over: threading.Event) -> None:
        while not over.wait(self._life.total_seconds() / 3):
            try:
                self._take()
            except StoreError:
                continue  # it is tried again; at worst it runs out

    def _take(self) -> bool:
        record = self._store.record(KIND, "", "", self._name)
        now = self._clock()
        if record is not None:
            there = msgspec.json.decode(record.value, type=_Holding)
            if there.holder != self._holder and there.until > now:
                return False
        holding = _Holding(holder=self._holder, until=now + self._life)
        try:
            self._put(holding, now, 0 if record is None else record.version)
        except ConflictError:
            return False
        return True

    def _give_back(self) -> None:
        record = self._store.record(KIND, "", "", self._name)
        if (
            record is None
            or msgspec.json.decode(record.value, type=_Holding).holder != self._holder
        ):
            return
        now = self._clock()
        try:
            self._put(_Holding(holder=self._holder, until=now), now, record.version)
        except ConflictError:
            return  # somebody took it over

    def _put(self, holding: _Holding, now: datetime, expected: int) -> None:
        record = Record(
            kind=KIND,
            account="",
            region="",
            id=self._name,
            value=msgspec.json.encode(holding),
            version=0,
            updated_at=now,
        )
        self._store.put_record(record, expected=expected)
