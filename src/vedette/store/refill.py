"""Filling in what findings are searched by from what they are, after columns or tables were added.

Only the newest migration that changes these may call it: it writes what this version of the program writes.
"""

from sqlalchemy import Connection, select

from vedette.model.finding import Finding
from vedette.model.resource import Resource
from vedette.store import schema
from vedette.store.codec import unpack_value
from vedette.store.finding_writer import rewrite_findings
from vedette.store.resource_rows import write_searched_resources

_CHUNK = 500


def refill(connection: Connection) -> None:
    """Fill in everything, in the migration's transaction."""
    _findings(connection)
    _resources(connection)


def _findings(connection: Connection) -> None:
    table, last, number = schema.finding_values, "", 0
    while True:
        query = select(table.c.id, table.c.value).where(table.c.id > last)
        rows = connection.execute(query.order_by(table.c.id).limit(_CHUNK)).all()
        if not rows:
            return
        numbered = [
            (number + count, unpack_value(row.value, Finding)) for count, row in enumerate(rows, 1)
        ]
        rewrite_findings(connection, numbered)
        number, last = number + len(rows), rows[-1].id


def _resources(connection: Connection) -> None:
    table, last = schema.resources, ""
    while True:
        query = select(table.c.ref, table.c.value).where(table.c.ref > last)
        rows = connection.execute(query.order_by(table.c.ref).limit(_CHUNK)).all()
        if not rows:
            return
        write_searched_resources(connection, [unpack_value(row.value, Resource) for row in rows])
        last = rows[-1].ref
