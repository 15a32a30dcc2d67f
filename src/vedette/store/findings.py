"""Findings; `vedette.findings.ports.FindingStore` on tables, with the log in `vedette.store.log`."""

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set as AbstractSet
from itertools import islice
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, Row, Select, and_, func, or_, select

from vedette.errors import StoreError
from vedette.findings.derived import finding_type
from vedette.findings.lifecycle import Change
from vedette.findings.ports import FindingPage
from vedette.findings.query import Sort, SortField, passes
from vedette.model.filter import Filter, NumberField, TextField, TimeField
from vedette.model.finding import Finding, FindingId, FindingStatus, Vulnerability
from vedette.model.resource import Resource, ResourceRef
from vedette.store import schema
from vedette.store.codec import micros, pack, ref_key, unpack_value
from vedette.store.database import Database
from vedette.store.filters import NUMBERS, TEXTS, TIMES, Condition, condition_of
from vedette.store.log import append, only_writer
from vedette.store.paging import Place, Value, place_of, question_of, token
from vedette.store.upsert import upsert

_table = schema.findings
_values = schema.finding_values
_BY_NUMBER = frozenset({SortField.EPSS, SortField.RISK, SortField.SCORE})
_BY_TIME = frozenset(
    {SortField.FIRST_OBSERVED_AT, SortField.LAST_OBSERVED_AT, SortField.UPDATED_AT}
)
_CHUNK = 500  # findings held at a time
_PLACES = 64_000  # places in an order held at a time


class FindingTables:
    """Findings, and changes to them."""

    _database: Database

    def known(self, resource: ResourceRef) -> tuple[Finding, ...]:
        """Every finding of exactly this resource, closed ones too, by id."""
        query = (
            select(_values.c.value)
            .join(_table)
            .where(_table.c.ref == ref_key(resource))
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
        rows = [_row(change.after) for change in several]
        values = [{"id": change.after.id, "value": pack(change.after)} for change in several]
        with self._database.writing() as connection:
            only_writer(connection)
            _check(connection, several)
            upsert(connection, _table, rows)
            upsert(connection, _values, values)
            append(connection, several)
        return len(several)

    def get(self, identifier: FindingId) -> Finding | None:
        """One finding."""
        query = select(_values.c.value).where(_values.c.id == identifier)
        with self._database.reading() as connection:
            value = connection.execute(query).scalar()
        return None if value is None else unpack_value(value, Finding)

    def count_active(self) -> int:
        """How many findings are active."""
        query = (
            select(func.count()).select_from(_table).where(_table.c.status == FindingStatus.ACTIVE)
        )
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
        question = question_of(condition, sort)
        column = _column(sort.field)
        place = None if after is None else place_of(after, question, column.type.python_type)
        page = tuple(islice(self._found(condition, sort, place, limit + 1), limit + 1))
        if len(page) <= limit:
            return FindingPage(findings=tuple(finding for finding, _ in page))
        last, value = page[limit - 1]
        return FindingPage(
            findings=tuple(finding for finding, _ in page[:limit]),
            next=token(Place(question=question, value=value, identifier=last.id)),
        )

    def _found(
        self, condition: Filter | None, sort: Sort, place: Place | None, wanted: int
    ) -> Iterator[tuple[Finding, Value]]:
        """Findings with their values in the order; first where they stand, then what they are, piece by piece."""
        translated = None if condition is None else condition_of(condition)
        undecided = None if translated is None or translated.exact else condition
        size = min(wanted, _CHUNK) if undecided is None else _CHUNK
        while True:
            query = _query(translated, sort, size)
            with self._database.reading() as connection:
                found = connection.execute(
                    query if place is None else query.where(_beyond(sort, place))
                ).all()
            for start in range(0, len(found), _CHUNK):
                yield from self._passing(undecided, found[start : start + _CHUNK])
            if len(found) < size:
                return
            place = Place(question="", value=found[-1].sorted_by, identifier=found[-1].id)
            # few pass: every look sorts anew, so the looks must not become many
            size = min(size * 4, _PLACES)

    def _passing(
        self, undecided: Filter | None, found: Sequence[Row[Any]]
    ) -> Iterator[tuple[Finding, Value]]:
        """The findings of these rows that pass; a row that has been removed meanwhile is left out."""
        resources: Mapping[str, Resource] = {}
        with self._database.reading() as connection:
            values = _by_key(connection, _values.c.id, _values.c.value, {row.id for row in found})
            if undecided is not None:
                table = schema.resources
                packed = _by_key(connection, table.c.ref, table.c.value, {row.ref for row in found})
                resources = {ref: unpack_value(one, Resource) for ref, one in packed.items()}
        for row in found:
            if row.id not in values:
                continue
            finding = unpack_value(values[row.id], Finding)
            if undecided is None or passes(undecided, finding, resources.get(row.ref)):
                yield finding, row.sorted_by


def _by_key(
    connection: Connection, key: Column[str], value: Column[bytes], wanted: AbstractSet[str]
) -> Mapping[str, bytes]:
    rows = connection.execute(select(key, value).where(key.in_(sorted(wanted))))
    return {row[0]: row[1] for row in rows}


def _column(field: SortField) -> Column[Any]:
    if field is SortField.SEVERITY:
        return _table.c.severity_rank
    if field in _BY_NUMBER:
        return NUMBERS[NumberField(field.value)]
    if field in _BY_TIME:
        return TIMES[TimeField(field.value)]
    return TEXTS[TextField(field.value)]


def _query(translated: Condition | None, sort: Sort, size: int) -> Select[Any]:
    column = _column(sort.field)
    query = select(_table.c.id, _table.c.ref, column.label("sorted_by"))
    if translated is not None:
        query = query.where(translated.sql)
    last = [column.is_(None)] if column.nullable else []
    direction = column.desc() if sort.descending else column.asc()
    return query.order_by(*last, direction, _table.c.id).limit(size)


def _beyond(sort: Sort, place: Place) -> ColumnElement[bool]:
    column = _column(sort.field)
    later = _table.c.id > place.identifier
    if place.value is None:
        return and_(column.is_(None), later)
    past = column < place.value if sort.descending else column > place.value
    return or_(past, and_(column == place.value, later), column.is_(None))


def _check(connection: Connection, changes: Sequence[Change]) -> None:
    stored: dict[str, Finding] = {}
    for start in range(0, len(changes), _CHUNK):
        some = [change.after.id for change in changes[start : start + _CHUNK]]
        query = select(_values).where(_values.c.id.in_(some)).with_for_update()
        for row in connection.execute(query):
            stored[row.id] = unpack_value(row.value, Finding)
    for change in changes:
        if stored.get(change.after.id) != change.before:
            raise StoreError(f"finding {change.after.id} was changed by somebody else meanwhile")
        stored[change.after.id] = change.after


def _row(finding: Finding) -> Mapping[str, Any]:
    ref = finding.key.resource
    return {
        "id": finding.id,
        "ref": ref_key(ref),
        "type": finding_type(finding),
        "account": ref.account,
        "region": ref.region,
        "resource_id": ref.id,
        "resource_type": ref.type,
        "status": finding.status,
        "severity": finding.severity,
        "severity_rank": finding.severity.rank,
        "title": finding.title,
        **_vulnerability(finding),
        "score": finding.score.value,
        "risk": finding.score.risk,
        "first_observed_at": micros(finding.first_observed_at),
        "last_observed_at": micros(finding.last_observed_at),
        "updated_at": micros(finding.updated_at),
        "closed_at": None if finding.closed_at is None else micros(finding.closed_at),
    }


def _vulnerability(finding: Finding) -> Mapping[str, Any]:
    evidence = finding.evidence if isinstance(finding.evidence, Vulnerability) else None
    return {
        "vulnerability_id": evidence and evidence.id,
        "vulnerability_source": evidence and evidence.source,
        "vendor_severity": evidence and evidence.vendor_severity,
        "epss": evidence and evidence.epss and evidence.epss.probability,
    }
