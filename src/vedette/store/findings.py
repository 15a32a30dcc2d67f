"""Findings; `vedette.findings.ports.FindingStore` on tables, with the log in `vedette.store.log`."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection, Select, func, select

from vedette.errors import StoreError
from vedette.findings.lifecycle import Change
from vedette.findings.ports import FindingPage
from vedette.findings.query import Sort
from vedette.model.filter import Filter
from vedette.model.finding import Finding, FindingId
from vedette.model.resource import ResourceRef
from vedette.store import schema
from vedette.store.codec import encoded, expanded, pack, ref_key, unpack_value
from vedette.store.database import Database
from vedette.store.finding_writer import Prepared, prepared, write_findings
from vedette.store.listing import Listing
from vedette.store.log import append, only_writer
from vedette.store.pieces import among, chunks

_table = schema.findings
_values = schema.finding_values
_owners = schema.finding_resources


class FindingTables:
    """Findings, and changes to them."""

    _database: Database

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
        values = [pack(change.after) for change in several]
        ready = _prepared(several, values)
        with self._database.writing() as connection:
            only_writer(connection)
            stored = _stored(connection, several)
            befores = _check(several, values, stored)
            numbers = {identifier: one.number for identifier, one in stored.items()}
            write_findings(connection, ready, numbers)
            append(connection, several, befores, values)
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
        return Listing(self._database, condition, sort).page(limit, after)


class _Stored(msgspec.Struct, frozen=True):
    """What is kept of a finding."""

    number: int
    value: bytes


def _valued(query: Select[Any]) -> Select[Any]:
    return query.select_from(_table.join(_values, _values.c.number == _table.c.number))


def _stored(connection: Connection, changes: Sequence[Change]) -> Mapping[str, _Stored]:
    stored: dict[str, _Stored] = {}
    for some in among(connection, _table.c.id, sorted({change.after.id for change in changes})):
        query = _valued(select(_table.c.id, _table.c.number, _values.c.value)).where(some)
        for identifier, number, value in connection.execute(query):
            stored[identifier] = _Stored(number, value)
    return stored


def _check(
    changes: Sequence[Change], values: Sequence[bytes], stored: Mapping[str, _Stored]
) -> Sequence[bytes | None]:
    """What each was before, packed.

    Raises:
        StoreError: where a change is not of what is stored.
    """
    current = {identifier: one.value for identifier, one in stored.items()}
    befores: list[bytes | None] = []
    for change, value in zip(changes, values, strict=True):
        before = current.get(change.after.id)
        if not _is(before, change.before):
            raise StoreError(f"finding {change.after.id} was changed by somebody else meanwhile")
        befores.append(before)
        current[change.after.id] = value
    return befores


def _is(value: bytes | None, finding: Finding | None) -> bool:
    if value is None:
        return finding is None
    # an earlier version of the program may have packed the same otherwise
    same = finding is not None and expanded(value) == encoded(finding)
    return same or unpack_value(value, Finding) == finding


def _prepared(changes: Sequence[Change], values: Sequence[bytes]) -> list[Prepared]:
    """Each finding once, from what is stored to what it becomes."""
    first: dict[str, Finding | None] = {}
    last: dict[str, tuple[Finding, bytes]] = {}
    for change, value in zip(changes, values, strict=True):
        first.setdefault(change.after.id, change.before)
        last[change.after.id] = change.after, value
    return [
        prepared(first[identifier], after, value) for identifier, (after, value) in last.items()
    ]
