"""Writing findings: their columns, values and the rows of other tables that they are searched and counted by."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import chain

import msgspec
from sqlalchemy import Connection, Table, delete, func, select

from vedette.model.filter import TimeField
from vedette.model.finding import Finding, FindingStatus
from vedette.model.package import Location
from vedette.store import schema
from vedette.store.bulk import insert_many, replace_many
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
from vedette.store.pieces import among
from vedette.store.schema import HEAD
from vedette.store.upsert import upsert

_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "closed_at": ("closed_at",),
    "database": (),
    "description": (),
    "first_observed_at": ("first_observed_at",),
    "last_observed_at": ("last_observed_at",),
    "remediation": (),
    "score": ("score", "risk"),
    "severity": ("severity", "severity_rank"),
    "status": ("status",),
    "suppressed_by": ("suppressed_by",),
    "title": ("title", "heading"),
    "updated_at": ("updated_at",),
}
"""The columns that a field of a finding decides; a field that is not here may decide any."""
_EVERY = frozenset(column.name for column in schema.findings.columns) - {"id", "number"}
_LINKED = frozenset({"key", "evidence", "severity", "status"})
"""What the rows about packages are made of."""
_SEVERAL = frozenset({"key", "evidence"})
"""What the rows of fields with several values are made of."""


class Written(msgspec.Struct, frozen=True, kw_only=True):
    """A finding to store: what is stored and its number, what it becomes, and that packed."""

    before: Finding | None
    after: Finding
    value: bytes
    number: int | None


class _Placed(msgspec.Struct, frozen=True):
    """A finding with its row, and the numbers of what it shares with others."""

    finding: Finding
    row: Row


def write_findings(connection: Connection, several: Sequence[Written]) -> None:
    """Store findings, each once; the connection is that of the only writer."""
    numbers: dict[str, int] = {
        one.after.id: one.number for one in several if one.number is not None
    }
    placed = _placed(connection, [one.after for one in several], numbers)
    new = [(one, row) for one, row in zip(several, placed, strict=True) if one.before is None]
    old = [
        (_changed(one.before, one.after), one, row)
        for one, row in zip(several, placed, strict=True)
        if one.before is not None
    ]
    insert_many(connection, schema.findings, [row.row for _, row in new])
    insert_many(connection, schema.finding_values, [_value(one) for one, _ in new])
    _replace(connection, [(fields, row.row) for fields, _, row in old])
    replace_many(connection, schema.finding_values, "id", [_value(one) for _, one, _ in old])
    added = [row for _, row in new]
    relinked = [row for fields, _, row in old if fields & _LINKED]
    _forget(connection, schema.finding_packages, [row.row["number"] for row in relinked])
    _write_links(connection, [*added, *relinked])
    renamed = [row for fields, _, row in old if fields & _SEVERAL]
    _forget(connection, schema.finding_texts, [row.row["number"] for row in renamed])
    _write_texts(connection, [*added, *renamed])


def _value(one: Written) -> Row:
    return {"id": one.after.id, "value": one.value}


def _changed(before: Finding, after: Finding) -> frozenset[str]:
    """The names of the fields that are not the same."""
    fields = Finding.__struct_fields__
    return frozenset(name for name in fields if getattr(before, name) != getattr(after, name))


def _replace(connection: Connection, rows: Sequence[tuple[frozenset[str], Row]]) -> None:
    """Write the columns that changed in any of the findings: every index of every other column stays as it is."""
    fields = frozenset().union(*(changed for changed, _ in rows))
    columns = {column for field in fields for column in _COLUMNS.get(field, _EVERY)}
    if columns:
        names = ("number", *sorted(columns))
        given = [{name: row[name] for name in names} for _, row in rows]
        replace_many(connection, schema.findings, "number", given)


def rewrite_findings(connection: Connection, findings: Sequence[tuple[int, Finding]]) -> None:
    """Replace the columns of stored findings, and add their rows of other tables, which have none of them."""
    numbers: dict[str, int] = {finding.id: number for number, finding in findings}
    placed = _placed(connection, [finding for _, finding in findings], numbers)
    upsert(connection, schema.findings, [one.row for one in placed])
    _write_texts(connection, placed)
    _write_links(connection, placed)


def forget(connection: Connection, numbers: Sequence[int]) -> None:
    """Remove the rows of other tables."""
    for table in (schema.finding_texts, schema.finding_packages):
        _forget(connection, table, numbers)


def _forget(connection: Connection, table: Table, numbers: Sequence[int]) -> None:
    for some in among(connection, table.c.finding, sorted(numbers)):
        connection.execute(delete(table).where(some))


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


def _write_texts(connection: Connection, placed: Sequence[_Placed]) -> None:
    texts = [row for one in placed for row in text_rows(one.row["number"], one.finding)]
    insert_many(connection, schema.finding_texts, texts)


def _write_links(connection: Connection, placed: Sequence[_Placed]) -> None:
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
    for some in among(connection, table.c.ref, sorted(refs)):
        query = select(table.c.ref, table.c.amount).where(
            some, table.c.field == TimeField.ECR_PUSHED_AT
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
