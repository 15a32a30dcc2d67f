"""Writing findings: their columns, values and the rows of other tables that they are searched and counted by."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import chain

import msgspec
from sqlalchemy import Connection, delete, func, select

from vedette.model.filter import TimeField
from vedette.model.finding import Finding, FindingStatus
from vedette.model.package import Location
from vedette.store import schema
from vedette.store.bulk import insert_many
from vedette.store.dictionary import ids_of
from vedette.store.finding_rows import (
    PackageRow,
    Row,
    finding_row,
    heading_row,
    package_rows,
    resource_row,
    text_rows,
)
from vedette.store.pieces import chunks
from vedette.store.schema import HEAD
from vedette.store.upsert import upsert


class _Placed(msgspec.Struct, frozen=True):
    """A finding with its row, and the numbers of what it shares with others."""

    finding: Finding
    row: Row


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
    placed = _placed(connection, [finding for finding, _ in findings], numbers)
    rows = [one.row for one in placed]
    values = [{"id": finding.id, "value": value} for finding, value in findings]
    for table, several in ((schema.findings, rows), (schema.finding_values, values)):
        insert_many(connection, table, [row for row in several if row["id"] not in numbers])
        upsert(connection, table, [row for row in several if row["id"] in numbers])
    forget(connection, sorted(numbers.values()))
    _write_searched(connection, placed)


def rewrite_findings(connection: Connection, findings: Sequence[tuple[int, Finding]]) -> None:
    """Replace the columns of stored findings, and add their rows of other tables, which have none of them."""
    numbers: dict[str, int] = {finding.id: number for number, finding in findings}
    placed = _placed(connection, [finding for _, finding in findings], numbers)
    upsert(connection, schema.findings, [one.row for one in placed])
    _write_searched(connection, placed)


def forget(connection: Connection, numbers: Sequence[int]) -> None:
    """Remove the rows of other tables."""
    for table in (schema.finding_texts, schema.finding_packages):
        for some in chunks(numbers):
            connection.execute(delete(table).where(table.c.finding.in_(some)))


def _placed(
    connection: Connection, findings: Sequence[Finding], numbers: Mapping[str, int]
) -> list[_Placed]:
    rows = [finding_row(finding) for finding in findings]
    resources = {str(row["ref"]): resource_row(row) for row in rows}
    headings = [heading_row(finding) for finding in findings]
    by_ref, _ = ids_of(connection, schema.finding_resources, "ref", resources)
    by_key, _ = ids_of(
        connection, schema.finding_headings, "key", {bytes(row["key"]): row for row in headings}
    )
    pushed = _pushed(connection, resources)
    given = _numbers(connection, findings, numbers)
    placed = []
    for finding, row, heading, number in zip(findings, rows, headings, given, strict=True):
        more = {
            "number": number,
            "resource": by_ref[row["ref"]],
            "heading": by_key[heading["key"]],
            "ecr_pushed_at": pushed.get(row["ref"]),
        }
        placed.append(_Placed(finding, {**row, **more}))
    return placed


def _numbers(
    connection: Connection, findings: Iterable[Finding], numbers: Mapping[str, int]
) -> Iterator[int]:
    table = schema.findings
    last = connection.execute(select(func.coalesce(func.max(table.c.number), 0))).scalar_one()
    for finding in findings:
        known = numbers.get(finding.id)
        if known is None:
            last += 1
        yield last if known is None else known


def _write_searched(connection: Connection, placed: Sequence[_Placed]) -> None:
    texts = [row for one in placed for row in text_rows(one.row["number"], one.finding)]
    insert_many(connection, schema.finding_texts, texts)
    named = [(one, tuple(package_rows(one.finding))) for one in placed]
    known = _package_ids(connection, {row.key: row for _, rows in named for row in rows})
    links = chain.from_iterable(_links(one, rows, known) for one, rows in named)
    insert_many(connection, schema.finding_packages, list(links))


def _links(one: _Placed, rows: Sequence[PackageRow], known: Mapping[bytes, int]) -> Iterator[Row]:
    active = one.finding.status is FindingStatus.ACTIVE
    names: set[str] = set()
    for key, name in {row.key: str(row.values["name"]) for row in rows}.items():
        yield {
            "finding": one.row["number"],
            "package": known[key],
            "resource": one.row["resource"],
            "account": one.row["account"],
            "severity_rank": one.row["severity_rank"],
            "counted": active and name not in names,
        }
        names.add(name)


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
    """The packages' ids; those that nobody named before are added, with their places."""
    rows = {key: row.values for key, row in wanted.items()}
    known, new = ids_of(connection, schema.affected_packages, "key", rows)
    places = [_place(known[key], place) for key in new for place in wanted[key].places]
    insert_many(connection, schema.affected_places, places)
    return known


def _place(package: int, place: Location) -> Row:
    return {
        "package": package,
        "head": place.path[:HEAD],
        "path": place.path,
        "layer": place.layer,
    }
