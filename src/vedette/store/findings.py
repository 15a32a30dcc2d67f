"""Findings and the log of their changes; `vedette.findings.ports.FindingStore` on tables."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Engine,
    Row,
    Select,
    and_,
    func,
    insert,
    or_,
    select,
)

from vedette.errors import StoreError
from vedette.findings.lifecycle import Change
from vedette.findings.ports import FindingPage, LoggedChange
from vedette.findings.query import Sort, SortField, ordered, passes
from vedette.model.filter import Filter
from vedette.model.finding import Finding, FindingId, FindingStatus, Reachable
from vedette.model.resource import Resource, ResourceRef
from vedette.store import schema
from vedette.store.codec import micros, pack, ref_key, unpack_value
from vedette.store.filters import Condition, condition_of
from vedette.store.paging import Place, place_of, question_of, token
from vedette.store.upsert import upsert

_table = schema.findings
_COLUMNS: dict[SortField, Column[Any]] = {
    SortField.FIRST_OBSERVED_AT: _table.c.first_observed_at,
    SortField.LAST_OBSERVED_AT: _table.c.last_observed_at,
    SortField.RISK: _table.c.risk,
    SortField.SCORE: _table.c.score,
    SortField.SEVERITY: _table.c.severity_rank,
    SortField.UPDATED_AT: _table.c.updated_at,
}
"""What the database sorts by itself; the rest is sorted here, after reading every finding that passes."""
_CHUNK = 500
_LOG_LOCK = 0x7665_6465  # any number that nobody else in the database uses


class FindingTables:
    """Findings, their change log and its cursors."""

    def __init__(self, engine: Engine) -> None:
        self._findings_engine = engine

    def known(self, resource: ResourceRef) -> tuple[Finding, ...]:
        """Every finding of exactly this resource, closed ones too, by id."""
        query = (
            select(_table.c.value).where(_table.c.ref == ref_key(resource)).order_by(_table.c.id)
        )
        with self._findings_engine.connect() as connection:
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
        with self._findings_engine.begin() as connection:
            _only_writer(connection)
            _check(connection, several)
            upsert(connection, _table, [_row(change.after) for change in several])
            connection.execute(insert(schema.changes), [_log_row(change) for change in several])
        return len(several)

    def get(self, identifier: FindingId) -> Finding | None:
        """One finding."""
        query = select(_table.c.value).where(_table.c.id == identifier)
        with self._findings_engine.connect() as connection:
            value = connection.execute(query).scalar()
        return None if value is None else unpack_value(value, Finding)

    def count_active(self) -> int:
        """How many findings are active."""
        query = (
            select(func.count()).select_from(_table).where(_table.c.status == FindingStatus.ACTIVE)
        )
        with self._findings_engine.connect() as connection:
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
        question = question_of(condition, sort)
        place = None if after is None else place_of(after, question)
        column = _COLUMNS.get(sort.field)
        found = (
            self._sorted_here(condition, sort, place)
            if column is None
            else self._sorted_there(condition, column, sort, place)
        )
        page = tuple(islice(found, limit + 1))
        if len(page) <= limit:
            return FindingPage(findings=page)
        last = page[limit - 1]
        value = None if column is None else _sorting_value(sort.field, last)
        return FindingPage(
            findings=page[:limit],
            next=token(Place(question=question, value=value, identifier=last.id)),
        )

    def changes_since(self, cursor: str, limit: int) -> tuple[LoggedChange, ...]:
        """At most `limit` changes after the cursor, by number."""
        log, cursors = schema.changes, schema.cursors
        start = select(func.coalesce(func.max(cursors.c.seq), 0)).where(cursors.c.name == cursor)
        query = (
            select(log.c.seq, log.c.before, log.c.after)
            .where(log.c.seq > start.scalar_subquery())
            .order_by(log.c.seq)
            .limit(limit)
        )
        with self._findings_engine.connect() as connection:
            rows = connection.execute(query).all()
        return tuple(_logged(row) for row in rows)

    def advance(self, cursor: str, number: int) -> None:
        """Set the cursor to a change that was delivered; never back."""
        cursors = schema.cursors
        with self._findings_engine.begin() as connection:
            known = connection.execute(
                select(cursors.c.seq).where(cursors.c.name == cursor).with_for_update()
            ).scalar()
            if known is None or known < number:
                upsert(connection, cursors, [{"name": cursor, "seq": number}])

    def _sorted_there(
        self, condition: Filter | None, column: Column[Any], sort: Sort, place: Place | None
    ) -> Iterator[Finding]:
        translated = None if condition is None else condition_of(condition)
        direction = column.desc() if sort.descending else column.asc()
        query = (
            _passing(translated).order_by(column.is_(None), direction, _table.c.id).limit(_CHUNK)
        )
        while True:
            narrowed = query if place is None else query.where(_beyond(column, sort, place))
            rows = self._read(narrowed)
            for finding, resource in rows:
                if (
                    condition is None
                    or _decides(translated)
                    or passes(condition, finding, resource)
                ):
                    yield finding
            if len(rows) < _CHUNK:
                return
            last = rows[-1][0]
            place = Place(question="", value=_sorting_value(sort.field, last), identifier=last.id)

    def _sorted_here(
        self, condition: Filter | None, sort: Sort, place: Place | None
    ) -> Iterator[Finding]:
        translated = None if condition is None else condition_of(condition)
        found = ordered(
            (
                finding
                for finding, resource in self._read(_passing(translated))
                if condition is None or passes(condition, finding, resource)
            ),
            sort,
        )
        start = 0
        if place is not None:
            identifiers = [finding.id for finding in found]
            known = place.identifier in identifiers
            start = identifiers.index(FindingId(place.identifier)) + 1 if known else len(found)
        yield from found[start:]

    def _read(self, query: Select[Any]) -> Sequence[tuple[Finding, Resource | None]]:
        with self._findings_engine.connect() as connection:
            rows = connection.execute(query).all()
        return [
            (unpack_value(value, Finding), resource and unpack_value(resource, Resource))
            for value, resource in rows
        ]


def _passing(translated: Condition | None) -> Select[Any]:
    resources = schema.resources
    query = select(_table.c.value, resources.c.value).select_from(
        _table.outerjoin(resources, _table.c.ref == resources.c.ref)
    )
    return query if translated is None else query.where(translated.sql)


def _decides(translated: Condition | None) -> bool:
    return translated is not None and translated.exact


def _sorting_value(field: SortField, finding: Finding) -> float | int | None:
    row = _row(finding)
    value: float | int | None = row[_COLUMNS[field].name]
    return value


def _beyond(column: Column[Any], sort: Sort, place: Place) -> ColumnElement[bool]:
    later = _table.c.id > place.identifier
    if place.value is None:
        return and_(column.is_(None), later)
    past = column < place.value if sort.descending else column > place.value
    return or_(past, and_(column == place.value, later), column.is_(None))


def _only_writer(connection: Connection) -> None:
    """Writers of the log wait for one another: its numbers then appear in their order.

    SQLite has one writer at a time by itself.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(_LOG_LOCK)))


def _check(connection: Connection, changes: Sequence[Change]) -> None:
    stored: dict[str, Finding] = {}
    for start in range(0, len(changes), _CHUNK):
        some = [change.after.id for change in changes[start : start + _CHUNK]]
        query = select(_table.c.id, _table.c.value).where(_table.c.id.in_(some)).with_for_update()
        for identifier, value in connection.execute(query):
            stored[identifier] = unpack_value(value, Finding)
    for change in changes:
        if stored.get(change.after.id) != change.before:
            raise StoreError(f"finding {change.after.id} was changed by somebody else meanwhile")


def _row(finding: Finding) -> dict[str, Any]:
    ref = finding.key.resource
    return {
        "id": finding.id,
        "ref": ref_key(ref),
        "subject": finding.key.subject,
        "kind": "network" if isinstance(finding.evidence, Reachable) else "package",
        "account": ref.account or "",
        "region": ref.region or "",
        "resource_type": ref.type,
        "status": finding.status,
        "severity": finding.severity,
        "severity_rank": finding.severity.rank,
        "score": finding.score.value,
        "risk": finding.score.risk,
        "first_observed_at": micros(finding.first_observed_at),
        "last_observed_at": micros(finding.last_observed_at),
        "updated_at": micros(finding.updated_at),
        "value": pack(finding),
    }


def _log_row(change: Change) -> dict[str, Any]:
    return {
        "finding": change.after.id,
        "at": micros(change.after.updated_at),
        "before": None if change.before is None else pack(change.before),
        "after": pack(change.after),
    }


def _logged(row: Row[int, bytes | None, bytes]) -> LoggedChange:
    before = None if row.before is None else unpack_value(row.before, Finding)
    return LoggedChange(
        number=row.seq, change=Change(before=before, after=unpack_value(row.after, Finding))
    )
