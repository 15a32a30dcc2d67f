"""Answers that are given again as long as the store says what it said.

Dashboards, scripts and agents ask for the same lists again and again. An answer is kept with the edition of the store that was
asked for before it was looked for, and is given again only while the store is of that edition: nobody is told anything that
is not so any more, by whichever process it was changed. Who asks what somebody else is just being answered waits for that answer.
"""

import functools
import threading
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeAlias

import msgspec

from vedette.api.call import Caller
from vedette.api.messages import Request, Response
from vedette.api.service_model import load_service
from vedette.api.sigv4 import Signature

LASTING = frozenset(
    {
        "BatchGetFindingDetails",
        "ListCoverage",
        "ListCoverageStatistics",
        "ListFindingAggregations",
        "ListFindings",
    }
)
"""Operations of `inspector2` whose answer is of the store, the question and whose eyes see it alone: of no clock, no advisories."""

_SERVICE = "inspector2"
MOST_BYTES = 32 << 20
_LONGEST_QUESTION = 64 << 10
_OVERHEAD = 1024  # of an entry beside its texts

Question: TypeAlias = tuple[object, ...]


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """An answer, and what the audit log says of it."""

    operation: str
    resources: tuple[str, ...]
    response: Response


def question_of(request: Request, signature: Signature, caller: Caller) -> Question | None:
    """All that an answer may depend on beside the store; None where it is not one to be kept."""
    if signature.service != _SERVICE or (request.method, request.path) not in _lasting():
        return None
    if len(request.body) > _LONGEST_QUESTION:
        return None
    return (
        signature.region,
        caller.account,
        caller.accounts,
        request.path,
        request.query,
        request.body,
    )


class Remembered:
    """The answers that were given last, in bounded memory; safe to use from several threads.

    Args:
        most_bytes: of answers and questions.
    """

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._most = most_bytes
        self._bytes = 0
        self._entries: OrderedDict[Question, tuple[str, Kept]] = OrderedDict()
        self._lock = threading.Lock()
        self._turns: dict[Question, threading.Lock] = {}
        self._waiting: Counter[Question] = Counter()

    def answer(
        self, question: Question, edition: Callable[[], str], make: Callable[[], Kept]
    ) -> Kept:
        """The answer to a question; what `make` raises is raised, and nothing is kept then.

        Args:
            question: what is asked, and by whom.
            edition: tells that of the store.
            make: makes the answer, where there is none of that edition.
        """
        found = self.get(question, edition())
        if found is not None:
            return found
        with self._turn(question):
            # asked for before the answer is made: what is committed meanwhile is in it or not
            seen = edition()
            found = self.get(question, seen)
            if found is None:
                found = make()
                self.put(question, seen, found)
            return found

    @contextmanager
    def _turn(self, question: Question) -> Iterator[None]:
        """While an answer is made: nobody else makes one to the same question."""
        with self._lock:
            turn = self._turns.setdefault(question, threading.Lock())
            self._waiting[question] += 1
        try:
            with turn:
                yield
        finally:
            with self._lock:
                self._waiting[question] -= 1
                if not self._waiting[question]:
                    del self._waiting[question], self._turns[question]

    def get(self, question: Question, edition: str) -> Kept | None:
        """The answer to a question, as it was of this edition."""
        with self._lock:
            found = self._entries.get(question)
            if found is None or found[0] != edition:
                return None
            self._entries.move_to_end(question)
            return found[1]

    def put(self, question: Question, edition: str, kept: Kept) -> None:
        """Keep an answer; those that were not asked for longest make room."""
        size = _size(question, kept)
        if size > self._most:
            return
        with self._lock:
            self._drop(question)
            while self._bytes + size > self._most:
                self._drop(next(iter(self._entries)))
            self._entries[question] = edition, kept
            self._bytes += size

    def _drop(self, question: Question) -> None:
        found = self._entries.pop(question, None)
        if found is not None:
            self._bytes -= _size(question, found[1])


@functools.cache
def _lasting() -> frozenset[tuple[str, str]]:
    operations = load_service(_SERVICE).operations
    return frozenset((operations[name].method, operations[name].template) for name in LASTING)


def _size(question: Question, kept: Kept) -> int:
    told = sum(len(part) for part in question if isinstance(part, str | bytes | frozenset))
    return len(kept.response.body) + told + _OVERHEAD
