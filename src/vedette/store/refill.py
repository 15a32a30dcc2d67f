"""Filling in what findings are searched by from what they are, after columns, tables or rows were added.

Only the newest migration that changes the tables may call it: it writes what this version of the program writes.
"""

from sqlalchemy import Connection, Table, select

from vedette.model.finding import Finding
from vedette.model.resource import Resource
from vedette.store import schema
from vedette.store.codec import encoded, unpack_value
from vedette.store.finding_writer import prepared, write_findings
from vedette.store.resource_rows import write_searched_resources

_CHUNK = 500


def refill(connection: Connection, source: Table) -> None:
    """Fill in everything, in the migration's transaction; `source` has the findings by `id`, packed as `value`."""
    refill_resources(connection)  # first: findings ask when their image was pushed
    _findings(connection, source)


def _findings(connection: Connection, source: Table) -> None:
    """In the order of their ids; they become the only ones."""
    last = ""
    while True:
        query = select(source.c.id, source.c.value).where(source.c.id > last)
        rows = connection.execute(query.order_by(source.c.id).limit(_CHUNK)).all()
        if not rows:
            return
        findings = [unpack_value(row.value, Finding) for row in rows]
        write_findings(connection, [prepared(None, one, encoded(one)) for one in findings], {})
        last = rows[-1].id


def refill_resources(connection: Connection) -> None:
    """Fill in what findings are searched by and only their resource says."""
    table, last = schema.resources, ""
    while True:
        query = select(table.c.ref, table.c.value).where(table.c.ref > last)
        rows = connection.execute(query.order_by(table.c.ref).limit(_CHUNK)).all()
        if not rows:
            return
        write_searched_resources(connection, [unpack_value(row.value, Resource) for row in rows])
        last = rows[-1].ref
