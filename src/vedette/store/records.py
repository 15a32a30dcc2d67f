"""Small documents by kind, account, Region and id."""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, Row, and_, delete, insert, select, tuple_, update
from sqlalchemy.exc import IntegrityError

from vedette.errors import ConflictError, StoreError
from vedette.model.record import Record
from vedette.store import schema
from vedette.store.codec import micros
from vedette.store.columns import can_be_kept
from vedette.store.database import Database

_table = schema.records
_LONGEST_KEY = 2000
"""Bytes of a key in all: PostgreSQL's indexes hold at most 2.7 kB of a row."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class RecordTable:
    """Implements `vedette.app.ports.RecordStore`."""

    _database: Database

    def record(self, kind: str, account: str, region: str, identifier: str) -> Record | None:
        """One record."""
        if not _fits(kind, account, region, identifier):
            return None
        query = select(_table).where(_is(kind, account, region, identifier))
        with self._database.reading() as connection:
            row = connection.execute(query).one_or_none()
        return None if row is None else _record(row)

    def records(
        self,
        kind: str,
        *,
        account: str | None = None,
        region: str | None = None,
        after: tuple[str, str, str] | None = None,
        limit: int | None = None,
    ) -> tuple[Record, ...]:
        """The records of a kind, by account, Region and id."""
        place = (_table.c.account, _table.c.region, _table.c.id)
        query = select(_table).where(_table.c.kind == kind).order_by(*place).limit(limit)
        if account is not None:
            query = query.where(_table.c.account == account)
        if region is not None:
            query = query.where(_table.c.region == region)
        if after is not None:
            query = query.where(tuple_(*place) > after)
        with self._database.reading() as connection:
            return tuple(map(_record, connection.execute(query)))

    def put_record(self, record: Record, *, expected: int | None = None) -> Record:
        """Keep a record, and say with which version."""
        if not _fits(record.kind, record.account, record.region, record.id):
            raise StoreError("a record's kind, account, Region and id are too long, or no text")
        try:
            with self._database.writing() as connection:
                return _put(connection, record, expected)
        except _RacedError:
            raise ConflictError(f"the {record.kind} {record.id} was changed meanwhile") from None

    def remove_record(self, kind: str, account: str, region: str, identifier: str) -> bool:
        """Remove a record, and say whether there was one."""
        if not _fits(kind, account, region, identifier):
            return False
        with self._database.writing() as connection:
            done = connection.execute(delete(_table).where(_is(kind, account, region, identifier)))
            return done.rowcount > 0


class _RacedError(Exception):
    """Another version is there than was expected."""


def _put(connection: Connection, record: Record, expected: int | None) -> Record:
    where = _is(record.kind, record.account, record.region, record.id)
    there = connection.execute(select(_table.c.version).where(where).with_for_update()).scalar()
    version = int(there or 0)
    if expected is not None and expected != version:
        raise _RacedError
    kept = msgspec.structs.replace(record, version=version + 1)
    values = {
        "version": kept.version,
        "updated_at": micros(kept.updated_at),
        "value": kept.value,
    }
    if version:
        connection.execute(update(_table).where(where).values(values))
        return kept
    key = {
        "kind": kept.kind,
        "account": kept.account,
        "region": kept.region,
        "id": kept.id,
    }
    try:
        connection.execute(insert(_table).values(key | values))
    except IntegrityError:
        raise _RacedError from None
    return kept


def _is(kind: str, account: str, region: str, identifier: str) -> ColumnElement[bool]:
    return and_(
        _table.c.kind == kind,
        _table.c.account == account,
        _table.c.region == region,
        _table.c.id == identifier,
    )


def _fits(*parts: str) -> bool:
    return all(map(can_be_kept, parts)) and sum(len(part.encode()) for part in parts) < _LONGEST_KEY


def _record(row: Row[Any]) -> Record:
    return Record(
        kind=row.kind,
        account=row.account,
        region=row.region,
        id=row.id,
        value=bytes(row.value),
        version=row.version,
        updated_at=_EPOCH + timedelta(microseconds=row.updated_at),
    )
