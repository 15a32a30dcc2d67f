"""Writing findings: their columns, values and the rows of other tables that they are searched by."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import chain
from typing import Any, TypeVar

from sqlalchemy import Connection, Table, delete, func, select

from vedette.model.filter import TimeField
from vedette.model.finding import Finding
from vedette.store import schema
from vedette.store.bulk import insert_many
from vedette.store.finding_rows import PackageRow, finding_row, package_rows, text_rows
from vedette.store.schema import HEAD
from vedette.store.upsert import upsert

_CHUNK = 500  # values in one statement; SQLite takes 32,766
_Item = TypeVar("_Item")


def write_findings(
    connection: Connection,
    findings: Sequence[tuple[Finding, bytes]],
    numbers: Mapping[str, int],
) -> None:
    """Store findings.

    Args:
        connection: of the only writer.
        findings: each once, and its value.
        numbers: by id, of those that are stored.
    """
    pushed = _pushed(connection, {str(finding_row(one)["ref"]) for one, _ in findings})
    rows = _numbered(connection, [finding_row(one) for one, _ in findings], numbers)
    rows = [{**row, "ecr_pushed_at": pushed.get(row["ref"])} for row in rows]
    values = [{"id": one.id, "value": value} for one, value in findings]
    for table, several in ((schema.findings, rows), (schema.finding_values, values)):
        insert_many(connection, table, [row for row in several if row["id"] not in numbers])
        upsert(connection, table, [row for row in several if row["id"] in numbers])
    forget(connection, sorted(numbers.values()))
    given = {row["id"]: int(row["number"]) for row in rows}
    write_searched(connection, [(given[one.id], one) for one, _ in findings])


def write_searched(connection: Connection, findings: Sequence[tuple[int, Finding]]) -> None:
    """The rows of other tables, which are not there yet, of findings by their numbers."""
    insert_many(
        connection,
        schema.finding_texts,
        [row for number, finding in findings for row in text_rows(number, finding)],
    )
    named = [(number, tuple(package_rows(finding))) for number, finding in findings]
    known = _package_ids(connection, {row.key: row for _, rows in named for row in rows})
    links = {(number, known[row.key]) for number, rows in named for row in rows}
    insert_many(
        connection,
        schema.finding_packages,
        [{"finding": number, "package": package} for number, package in sorted(links)],
    )


def forget(connection: Connection, numbers: Sequence[int]) -> None:
    """Remove the rows of other tables."""
    for table in (schema.finding_texts, schema.finding_packages):
        for some in chunks(numbers):
            connection.execute(delete(table).where(table.c.finding.in_(some)))


def chunks(items: Sequence[_Item]) -> Iterator[Sequence[_Item]]:
    """Pieces that fit into one statement."""
    return (items[start : start + _CHUNK] for start in range(0, len(items), _CHUNK))


def _numbered(
    connection: Connection, rows: Sequence[Mapping[str, Any]], numbers: Mapping[str, int]
) -> list[Mapping[str, Any]]:
    table = schema.findings
    last = connection.execute(select(func.coalesce(func.max(table.c.number), 0))).scalar_one()
    found: list[Mapping[str, Any]] = []
    for row in rows:
        number = numbers.get(row["id"])
        if number is None:
            last += 1
            number = last
        found.append({**row, "number": number})
    return found


def _pushed(connection: Connection, refs: Collection[str]) -> Mapping[str, int]:
    table = schema.resource_amounts
    found: dict[str, int] = {}
    for some in chunks(sorted(refs)):
        query = select(table.c.ref, table.c.amount).where(
            table.c.ref.in_(some), table.c.field == TimeField.ECR_PUSHED_AT
        )
        found.update((row.ref, row.amount) for row in connection.execute(query))
    return found


def _package_ids(connection: Connection, wanted: Mapping[bytes, PackageRow]) -> Mapping[bytes, int]:
    """The packages' ids; those that nobody named before are added."""
    known = _known_packages(connection, wanted)
    new = sorted(wanted.keys() - known.keys())
    if not new:
        return known
    insert_many(connection, schema.affected_packages, [wanted[key].values for key in new])
    added = _known_packages(connection, new)
    places = chain.from_iterable(
        (
            {
                "package": added[key],
                "head": place.path[:HEAD],
                "path": place.path,
                "layer": place.layer,
            }
            for place in wanted[key].places
        )
        for key in new
    )
    insert_many(connection, schema.affected_places, list(places))
    return {**known, **added}


def _known_packages(connection: Connection, keys: Collection[bytes]) -> Mapping[bytes, int]:
    table: Table = schema.affected_packages
    found: dict[bytes, int] = {}
    for some in chunks(sorted(keys)):
        query = select(table.c.key, table.c.id).where(table.c.key.in_(some))
        found.update((bytes(row.key), row.id) for row in connection.execute(query))
    return found
