"""How long what is over is kept.

Inspector's terms for findings (User Guide, "Understanding findings"): three days after the resource has gone, else
thirty days after closing. The log of changes keeps thirty days, and longer what a reader has not had yet, up to ninety: by then
Security Hub has forgotten a finding that nobody updates (Security Hub User Guide, "Findings").
"""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, and_, delete, exists, func, or_, select, text

from vedette.model.finding import FindingStatus
from vedette.store import schema
from vedette.store.codec import micros
from vedette.store.database import Database
from vedette.store.finding_writer import forget
from vedette.store.history import BEGINS, begins_at
from vedette.store.pieces import chunks
from vedette.store.resource_rows import forget_resources
from vedette.store.upsert import upsert

AFTER_GONE = timedelta(days=3)
AFTER_CLOSING = timedelta(days=30)
DELIVERED = timedelta(days=30)
UNDELIVERED = timedelta(days=90)
_COUNTED = 2000
"""Rows of each index that SQLite looks at."""


class Retention:
    """Removal of what is over."""

    _database: Database

    def purge(self, now: datetime) -> None:
        """Remove what has been kept long enough. No change is logged: the findings were closed before.

        A resource that is gone stays as long as one of its findings is not closed.
        """
        with self._database.writing() as connection:
            _purge_gone(connection, now)
            _purge_findings(connection, schema.findings.c.closed_at < micros(now - AFTER_CLOSING))
            _purge_packages(connection)
            _purge_log(connection, now)
        self._count()

    def _count(self) -> None:
        """Let the engine count, so that it knows which indexes are narrow."""
        with self._database.writing() as connection:
            if connection.dialect.name == "sqlite":
                connection.execute(text(f"PRAGMA analysis_limit={_COUNTED}"))
            connection.execute(text("ANALYZE"))


def _purge_gone(connection: Connection, now: datetime) -> None:
    resources, findings, coverage = schema.resources, schema.findings, schema.coverage
    owners = schema.finding_resources
    still_open = exists().where(
        owners.c.ref == resources.c.ref,
        findings.c.resource == owners.c.id,
        findings.c.status != FindingStatus.CLOSED,
    )
    over = and_(resources.c.gone_at < micros(now - AFTER_GONE), ~still_open)
    refs = select(resources.c.ref).where(over)
    connection.execute(delete(coverage).where(coverage.c.ref.in_(refs)))
    gone = select(owners.c.id).where(owners.c.ref.in_(refs))
    _purge_findings(connection, findings.c.resource.in_(gone))
    for some in chunks(connection.execute(refs.order_by(resources.c.ref)).scalars().all()):
        forget_resources(connection, some)
    connection.execute(delete(resources).where(over))


def _purge_findings(connection: Connection, over: ColumnElement[bool]) -> None:
    """Remove findings, which are closed: no count has them."""
    findings = schema.findings
    numbers = connection.execute(select(findings.c.number).where(over)).scalars().all()
    forget(connection, numbers)
    for some in chunks(numbers):
        connection.execute(delete(findings).where(findings.c.number.in_(some)))


def _purge_packages(connection: Connection) -> None:
    versions, links = schema.package_versions, schema.package_resources
    connection.execute(delete(versions).where(~exists().where(links.c.package == versions.c.id)))
    affected, named = schema.affected_packages, schema.finding_packages
    places = schema.affected_places
    orphans = select(affected.c.id).where(~exists().where(named.c.package == affected.c.id))
    connection.execute(delete(places).where(places.c.package.in_(orphans)))
    connection.execute(delete(affected).where(affected.c.id.in_(orphans)))
    findings, owners, headings = schema.findings, schema.finding_resources, schema.finding_headings
    sets, texts, counts = schema.text_sets, schema.set_texts, schema.finding_counts
    unused = select(headings.c.id).where(~exists().where(findings.c.heading == headings.c.id))
    connection.execute(delete(headings).where(headings.c.id.in_(unused)))
    unused = select(sets.c.id).where(~exists().where(findings.c.text_set == sets.c.id))
    connection.execute(delete(texts).where(texts.c.text_set.in_(unused)))
    connection.execute(delete(sets).where(sets.c.id.in_(unused)))
    unused = select(owners.c.id).where(~exists().where(findings.c.resource == owners.c.id))
    connection.execute(delete(counts).where(counts.c.resource.in_(unused)))
    connection.execute(delete(owners).where(owners.c.id.in_(unused)))


def _purge_log(connection: Connection, now: datetime) -> None:
    log, cursors = schema.changes, schema.cursors
    nobody_waits = ~exists().where(
        or_(
            cursors.c.account == "",
            and_(cursors.c.account == log.c.account, cursors.c.region == log.c.region),
        ),
        cursors.c.seq < log.c.seq,
    )
    over = or_(
        log.c.at < micros(now - UNDELIVERED),
        and_(log.c.at < micros(now - DELIVERED), nobody_waits),
    )
    last = connection.execute(select(func.max(log.c.at)).where(over)).scalar()
    if last is None:
        return
    connection.execute(delete(log).where(over))
    kind, account, region, identifier = BEGINS
    row = {"kind": kind, "account": account, "region": region, "id": identifier}
    reached = max(int(last), begins_at(connection) or 0)
    more = {"version": 1, "updated_at": micros(now), "value": str(reached).encode()}
    upsert(connection, schema.records, [{**row, **more}])
