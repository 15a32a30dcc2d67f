"""How many active findings each resource has: kept in step with the findings, so that nobody has to count them."""

from collections import defaultdict
from collections.abc import Iterable, Iterator

from sqlalchemy import Connection
from sqlalchemy.dialects import postgresql, sqlite

from vedette.findings.derived import Available
from vedette.model.finding import FindingStatus
from vedette.model.severity import Severity
from vedette.store import schema
from vedette.store.finding_rows import COLUMNS
from vedette.store.schema import AMOUNTS

_Row = tuple[object, ...]
_TYPE, _STATUS = COLUMNS.index("type"), COLUMNS.index("status")
_RANK = COLUMNS.index("severity_rank")
_EXPLOIT, _FIX = COLUMNS.index("exploit_available"), COLUMNS.index("fix_available")
_OF_RANK = {severity.rank: AMOUNTS.index(severity.value.lower()) for severity in Severity}
_EXPLOITS, _FIXES = AMOUNTS.index("exploits"), AMOUNTS.index("fixes")


def add_counts(connection: Connection, several: Iterable[tuple[int, _Row | None, _Row]]) -> None:
    """Add what findings were and are now; the connection is that of the only writer.

    Args:
        connection: in the transaction that changes the findings.
        several: the number of the resource, the finding's columns before and now.
    """
    added: defaultdict[tuple[int, str], list[int]] = defaultdict(lambda: [0] * len(AMOUNTS))
    for resource, before, now in several:
        for row, step in ((before, -1), (now, 1)):
            if row is not None and row[_STATUS] == FindingStatus.ACTIVE:
                amounts = added[resource, str(row[_TYPE])]
                for place in _places(row):
                    amounts[place] += step
    rows = [
        {"resource": resource, "type": kind, **dict(zip(AMOUNTS, amounts, strict=True))}
        for (resource, kind), amounts in sorted(added.items())
        if any(amounts)
    ]
    if not rows:
        return
    table = schema.finding_counts
    make = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    statement = make(table)
    sums = {name: table.c[name] + statement.excluded[name] for name in AMOUNTS}
    connection.execute(
        statement.on_conflict_do_update(index_elements=["resource", "type"], set_=sums), rows
    )


def _places(row: _Row) -> Iterator[int]:
    """Which of `AMOUNTS` an active finding adds one to."""
    yield 0
    yield _OF_RANK[int(str(row[_RANK]))]
    if row[_EXPLOIT] == Available.YES:
        yield _EXPLOITS
    if row[_FIX] == Available.YES:
        yield _FIXES
