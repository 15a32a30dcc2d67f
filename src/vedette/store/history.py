"""What the findings were at a past moment; `vedette.findings.history` on tables."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, exists, func, select

from vedette.errors import ConfigError
from vedette.model.finding import Finding
from vedette.store import schema
from vedette.store.codec import micros, restored, unpack_value
from vedette.store.database import Database
from vedette.store.pieces import chunks

_log = schema.changes
_findings = schema.findings
_values = schema.finding_values
_PIECE = 500
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
BEGINS = ("history", "", "", "begins")
"""The record that says up to when the log has been removed: microseconds since 1970, as text."""


class History:
    """The past."""

    _database: Database

    def as_of(self, moment: datetime) -> Iterator[Finding]:
        """The findings as they were; in no order.

        Raises:
            ConfigError: where the log does not reach back to the moment.
        """
        with self._database.reading() as connection:
            begins = begins_at(connection)
            if begins is not None and micros(moment) < begins:
                earliest = _EPOCH + timedelta(microseconds=begins)
                raise ConfigError(f"the history reaches back to {earliest:%Y-%m-%d %H:%M:%S} UTC")
            later = _later(connection, moment)
        yield from self._unchanged(later)
        yield from self._before(sorted(later.values()))
        yield from self._removed(moment, later)

    def _unchanged(self, later: Mapping[str, int]) -> Iterator[Finding]:
        last = 0
        while True:
            query = select(_findings.c.id, _values.c.number, _values.c.value).where(
                _findings.c.number == _values.c.number, _values.c.number > last
            )
            with self._database.reading() as connection:
                rows = connection.execute(query.order_by(_values.c.number).limit(_PIECE)).all()
            for row in rows:
                if row.id not in later:
                    yield unpack_value(row.value, Finding)
            if len(rows) < _PIECE:
                return
            last = rows[-1].number

    def _before(self, numbers: list[int]) -> Iterator[Finding]:
        for some in chunks(numbers):
            query = select(_log.c.before, _log.c.after).where(
                _log.c.seq.in_(some), _log.c.before.is_not(None)
            )
            with self._database.reading() as connection:
                rows = connection.execute(query.order_by(_log.c.seq)).all()
            yield from (unpack_value(restored(row.before, row.after), Finding) for row in rows)

    def _removed(self, moment: datetime, later: Mapping[str, int]) -> Iterator[Finding]:
        """What was over then already, and has been removed since."""
        there = exists().where(_findings.c.id == _log.c.finding)
        newest = (
            select(_log.c.finding, func.max(_log.c.seq).label("seq"))
            .where(_log.c.at <= micros(moment), ~there)
            .group_by(_log.c.finding)
        )
        with self._database.reading() as connection:
            rows = connection.execute(newest).all()
        for some in chunks(sorted(row.seq for row in rows if row.finding not in later)):
            query = select(_log.c.after).where(_log.c.seq.in_(some)).order_by(_log.c.seq)
            with self._database.reading() as connection:
                values = connection.execute(query).scalars().all()
            yield from (unpack_value(value, Finding) for value in values)


def begins_at(connection: Connection) -> int | None:
    """Up to when changes have been removed; None where none have."""
    table = schema.records
    kind, account, region, identifier = BEGINS
    value = connection.execute(
        select(table.c.value).where(
            table.c.kind == kind,
            table.c.account == account,
            table.c.region == region,
            table.c.id == identifier,
        )
    ).scalar()
    return None if value is None else int(bytes(value))


def _later(connection: Connection, moment: datetime) -> dict[str, int]:
    """The first change after the moment, by finding."""
    query = (
        select(_log.c.finding, func.min(_log.c.seq).label("seq"))
        .where(_log.c.at > micros(moment))
        .group_by(_log.c.finding)
    )
    return {row.finding: row.seq for row in connection.execute(query)}
