"""What findings need of a store; `vedette.store` implements it on SQLite and PostgreSQL."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Protocol

import msgspec

from vedette.findings.counting import Counted, Counting
from vedette.findings.lifecycle import Change
from vedette.findings.query import Sort
from vedette.model.filter import Filter
from vedette.model.finding import Finding, FindingId
from vedette.model.resource import ResourceRef


class FindingPage(msgspec.Struct, frozen=True, kw_only=True):
    """A part of a list; `next` is given back to go on after it, and None at the end. It is opaque."""

    findings: tuple[Finding, ...]
    next: str | None = None


class LoggedChange(msgspec.Struct, frozen=True, kw_only=True):
    """A change with its place in the log; later changes have greater numbers."""

    number: int
    change: Change


class FindingStore(Protocol):
    """Findings, and the log of their changes with one cursor for each reader. Every method raises StoreError on failure."""

    def known(self, resource: ResourceRef) -> tuple[Finding, ...]:
        """Every finding of exactly this resource, closed ones too, by id: what `reconcile` takes."""
        ...

    def apply(self, changes: Iterable[Change]) -> int:
        """Store what changed and log it, all in one transaction or nothing, and say how many there were.

        Each `after` replaces the finding of its id, and each change is appended to the log in the order given. A change
        whose `before` is not what is stored (None: nothing is stored) raises StoreError: somebody else was faster,
        and the caller must reconcile again.
        """
        ...

    def get(self, identifier: FindingId) -> Finding | None:
        """One finding."""
        ...

    def several(self, identifiers: Iterable[FindingId]) -> Mapping[FindingId, Finding]:
        """These findings, as far as they are known."""
        ...

    def list(
        self,
        condition: Filter | None = None,
        *,
        sort: Sort = Sort(),  # noqa: B008 - frozen
        limit: int = 100,
        after: str | None = None,
    ) -> FindingPage:
        """The findings that pass a filter, as `vedette.findings.query` has it, page by page.

        Args:
            condition: None passes everything.
            sort: as `ordered` has it: equal ones as they came, findings without a value last.
            limit: the most findings of a page, at least 1.
            after: `next` of the page before, with the same filter and order. A finding that changes between pages
                may be left out or come twice; no other is.

        Raises:
            ConfigError: where `after` is not a token of this list.
        """
        ...

    def count_by(self, asked: Counting, *, limit: int, offset: int = 0) -> tuple[Counted, ...]:
        """Active findings by what they share: at most `limit` groups, from the one after `offset` on."""
        ...

    def as_of(self, moment: datetime) -> Iterator[Finding]:
        """The findings as they were at a moment, in no order; `vedette.findings.history` says which.

        Raises:
            ConfigError: where the log does not reach back to the moment.
        """
        ...

    def changes_since(self, cursor: str, limit: int) -> tuple[LoggedChange, ...]:
        """At most `limit` changes after the cursor, by number; a new cursor stands before the first change.

        A change is given only when no change with a smaller number can still appear.
        """
        ...

    def advance(self, cursor: str, number: int) -> None:
        """Set the cursor to a change that was delivered; a number below the cursor's own leaves it where it is."""
        ...
