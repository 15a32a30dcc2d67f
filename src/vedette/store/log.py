"""The log of changes to findings, and how far its readers are.

A reader has a cursor for the whole log, or one for each place (account and Region): a place that cannot be reached then
keeps nobody else waiting.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, Row, Select, and_, func, select, tuple_

from vedette.findings.lifecycle import Change
from vedette.findings.ports import LoggedChange
from vedette.model.finding import Finding
from vedette.store import schema
from vedette.store.bulk import insert_rows
from vedette.store.codec import micros, restored, unpack_value
from vedette.store.database import Database
from vedette.store.upsert import upsert

Place = tuple[str, str]
"""Account id and Region."""

_LOG_LOCK = 0x7665_6465  # any number that nobody else in the database uses
_log = schema.changes
_cursors = schema.cursors


class ChangeLog:
    """The log and its cursors."""

    _database: Database

    def changes_since(self, cursor: str, limit: int) -> tuple[LoggedChange, ...]:
        """At most `limit` changes after the cursor, by number."""
        return self._changes(_after(cursor, "", ""), limit)

    def advance(self, cursor: str, number: int) -> None:
        """Set the cursor to a change that was delivered; never back."""
        self._advance({"name": cursor, "account": "", "region": ""}, number)

    def places_behind(self, reader: str) -> tuple[Place, ...]:
        """The places that have changes which this reader has not had; in order."""
        mine = select(_cursors.c.account, _cursors.c.region, _cursors.c.seq)
        with self._database.reading() as connection:
            rows = connection.execute(mine.where(_cursors.c.name == reader))
            had = {(row.account, row.region): row.seq for row in rows}
            newest = dict(_newest(connection))
        return tuple(place for place, number in newest.items() if number > had.get(place, 0))

    def changes_at(self, reader: str, place: Place, limit: int) -> tuple[LoggedChange, ...]:
        """At most `limit` changes of a place after the reader's cursor for it, by number."""
        account, region = place
        here = and_(_log.c.account == account, _log.c.region == region)
        return self._changes(_after(reader, account, region).where(here), limit)

    def advance_at(self, reader: str, place: Place, number: int) -> None:
        """Set the reader's cursor for a place; never back."""
        account, region = place
        self._advance({"name": reader, "account": account, "region": region}, number)

    def _changes(self, query: Select[Any], limit: int) -> tuple[LoggedChange, ...]:
        with self._database.reading() as connection:
            rows = connection.execute(query.order_by(_log.c.seq).limit(limit)).all()
        return tuple(_logged(row) for row in rows)

    def _advance(self, key: dict[str, str], number: int) -> None:
        mine = and_(*(_cursors.c[name] == value for name, value in key.items()))
        with self._database.writing() as connection:
            only_writer(connection)
            known = connection.execute(select(_cursors.c.seq).where(mine)).scalar()
            if known is None or known < number:
                upsert(connection, _cursors, [{**key, "seq": number}])


def only_writer(connection: Connection) -> None:
    """Writers of the log wait for one another: its numbers then appear in their order.

    SQLite has one writer at a time by itself.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(_LOG_LOCK)))


def append(
    connection: Connection,
    changes: Sequence[Change],
    befores: Sequence[bytes | None],
    values: Sequence[bytes],
) -> None:
    """Log changes, in the transaction that makes them and after `only_writer`.

    Args:
        connection: the writer's.
        changes: what happens.
        befores: what each finding was, as its difference from what it becomes.
        values: what it becomes, packed.
    """
    several = zip(changes, befores, values, strict=True)
    names = ("finding", "account", "region", "at", "before", "after")
    insert_rows(connection, _log, names, [_row(*one) for one in several])


def _newest(connection: Connection) -> Iterator[tuple[Place, int]]:
    """The places of the log, in order, and the number of each one's last change; by the index, which is not read through."""
    place = (_log.c.account, _log.c.region)
    there = select(*place).where(_log.c.account.is_not(None), _log.c.region.is_not(None))
    following = there.order_by(*place).limit(1)
    row = connection.execute(following).first()
    while row is not None:
        account, region = row
        here = and_(_log.c.account == account, _log.c.region == region)
        last = select(_log.c.seq).where(here).order_by(_log.c.seq.desc()).limit(1)
        yield (account, region), connection.execute(last).scalar_one()
        row = connection.execute(following.where(tuple_(*place) > (account, region))).first()


def _after(name: str, account: str, region: str) -> Select[Any]:
    start = select(func.coalesce(func.max(_cursors.c.seq), 0)).where(
        _cursors.c.name == name, _cursors.c.account == account, _cursors.c.region == region
    )
    return select(_log.c.seq, _log.c.before, _log.c.after).where(
        _log.c.seq > start.scalar_subquery()
    )


def _row(change: Change, before: bytes | None, value: bytes) -> tuple[object, ...]:
    after = change.after
    ref = after.key.resource
    return after.id, ref.account, ref.region, micros(after.updated_at), before, value


def _logged(row: Row[Any]) -> LoggedChange:
    before = None if row.before is None else unpack_value(restored(row.before, row.after), Finding)
    return LoggedChange(
        number=row.seq, change=Change(before=before, after=unpack_value(row.after, Finding))
    )
