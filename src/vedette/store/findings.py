"""Findings; `vedette.findings.ports.FindingStore` on tables, with the log in `vedette.store.log`."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Select, func, select

from vedette.errors import StoreError
from vedette.findings.lifecycle import Change
from vedette.findings.ports import FindingPage
from vedette.findings.query import Sort
from vedette.model.filter import Filter
from vedette.model.finding import Finding, FindingId
from vedette.model.resource import ResourceRef
from vedette.store import schema
from vedette.store.codec import (
    content_of,
    difference,
    encoded,
    ref_key,
    shrunk,
    unpack_value,
)
from vedette.store.database import Database
from vedette.store.finding_writer import Prepared, prepared, write_findings
from vedette.store.listing import Listings
from vedette.store.log import append, only_writer
from vedette.store.pieces import among, chunks

_table = schema.findings
_values = schema.finding_values
_owners = schema.finding_resources


class FindingTables:
    """Findings, and changes to them."""

    _database: Database
    _listings: Listings

    def known(self, resource: ResourceRef) -> tuple[Finding, ...]:
        """Every finding of exactly this resource, closed ones too, by id."""
        query = (
            select(_values.c.value)
            .select_from(
                _owners.join(_table, _table.c.resource == _owners.c.id).join(
                    _values, _values.c.number == _table.c.number
                )
            )
            .where(_owners.c.ref == ref_key(resource))
            .order_by(_table.c.id)
        )
        with self._database.reading() as connection:
            values = connection.execute(query).scalars().all()
        return tuple(unpack_value(value, Finding) for value in values)

    def apply(self, changes: Iterable[Change]) -> int:
        """Store what changed and log it, all or nothing.

        Raises:
            StoreError: where somebody else has changed one of the findings meanwhile.
        """
        several = tuple(changes)
        if not several:
            return 0
        # before it is this writer's turn: the others need not wait for it
        raw = [encoded(change.after) for change in several]
        was = [None if one.before is None else encoded(one.before) for one in several]
        earlier = [
            None if before is None else difference(before, after)
            for before, after in zip(was, raw, strict=True)
        ]
        ready = _prepared(several, raw)
        values = [shrunk(one) for one in raw]
        with self._database.writing() as connection:
            only_writer(connection)
            numbers = _checked(connection, several, was, raw)
            write_findings(connection, ready, numbers)
            append(connection, several, earlier, values)
        return len(several)

    def get(self, identifier: FindingId) -> Finding | None:
        """One finding."""
        return self.several([identifier]).get(identifier)

    def several(self, identifiers: Iterable[FindingId]) -> Mapping[FindingId, Finding]:
        """These findings, as far as they are known."""
        found: dict[FindingId, Finding] = {}
        with self._database.reading() as connection:
            for some in chunks(sorted(set(identifiers))):
                query = _valued(select(_values.c.value)).where(_table.c.id.in_(some))
                for value in connection.execute(query).scalars():
                    finding = unpack_value(value, Finding)
                    found[finding.id] = finding
        return found

    def count_active(self) -> int:
        """How many findings are active."""
        query = select(func.coalesce(func.sum(schema.finding_counts.c.total), 0))
        with self._database.reading() as connection:
            return int(connection.execute(query).scalar_one())

    def list(
        self,
        condition: Filter | None = None,
        *,
        sort: Sort = Sort(),  # noqa: B008 - frozen
        limit: int = 100,
        after: str | None = None,
    ) -> FindingPage:
        """The findings that pass a filter, page by page.

        Raises:
            ConfigError: where `after` is not a token of this list.
        """
        return self._listings.of(condition, sort).page(limit, after)


def _valued(query: Select[Any]) -> Select[Any]:
    return query.select_from(_table.join(_values, _values.c.number == _table.c.number))


def _checked(
    connection: Connection,
    changes: Sequence[Change],
    was: Sequence[bytes | None],
    raw: Sequence[bytes],
) -> Mapping[str, int]:
    """The numbers of what is stored.

    Raises:
        StoreError: where a change is not of what is stored.
    """
    numbers: dict[str, int] = {}
    current: dict[str, int] = {}
    for some in among(connection, _table.c.id, sorted({change.after.id for change in changes})):
        query = select(_table.c.id, _table.c.number, _table.c.content).where(some)
        for identifier, number, content in connection.execute(query):
            numbers[identifier], current[identifier] = number, content
    for change, before, after in zip(changes, was, raw, strict=True):
        identifier = change.after.id
        stored = current.get(identifier)
        same = stored == (None if before is None else content_of(before))
        if not same and not _is(connection, numbers.get(identifier), change.before):
            raise StoreError(f"finding {identifier} was changed by somebody else meanwhile")
        current[identifier] = content_of(after)
    return numbers


def _is(connection: Connection, number: int | None, finding: Finding | None) -> bool:
    """Whether the finding is stored so, if in other bytes: an earlier version of the program may have packed it."""
    if number is None or finding is None:
        return False
    query = select(_values.c.value).where(_values.c.number == number)
    return unpack_value(connection.execute(query).scalar_one(), Finding) == finding


def _prepared(changes: Sequence[Change], raw: Sequence[bytes]) -> list[Prepared]:
    """Each finding once, from what is stored to what it becomes."""
    first: dict[str, Finding | None] = {}
    last: dict[str, tuple[Finding, bytes]] = {}
    for change, value in zip(changes, raw, strict=True):
        first.setdefault(change.after.id, change.before)
        last[change.after.id] = change.after, value
    return [
        prepared(first[identifier], after, value) for identifier, (after, value) in last.items()
    ]
