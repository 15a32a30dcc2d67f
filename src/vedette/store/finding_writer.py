"""Writing findings: their columns, values and the rows of other tables that they are searched and counted by."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import count

import msgspec
from sqlalchemy import Connection, delete, func, select

from vedette.model.filter import TimeField
from vedette.model.finding import Finding, Reachable, Vulnerability
from vedette.model.package import Location
from vedette.store import schema
from vedette.store.bulk import insert_rows, update_bytes, update_rows
from vedette.store.codec import content_of, shrunk
from vedette.store.dictionary import ids_of
from vedette.store.finding_counts import add_counts
from vedette.store.finding_rows import (
    COLUMNS,
    HEADING_COLUMNS,
    OWNER_COLUMNS,
    PACKAGE_COLUMNS,
    PackageRow,
    Shared,
    Texts,
    finding_row,
    owner_row,
    package_rows,
    packages_of,
    ref_of,
    shared_by,
)
from vedette.store.pieces import among
from vedette.store.schema import HEAD


class Prepared(msgspec.Struct, frozen=True, kw_only=True):
    """A finding to store, and everything of it that can be known without the store.

    `before` is its row as it is stored, None where it is new. `shared` and `packages` are None where they stay.
    """

    finding: Finding
    value: bytes
    content: int
    ref: str
    row: tuple[object, ...]
    before: tuple[object, ...] | None
    shared: Shared | None
    packages: tuple[PackageRow, ...] | None


def prepared(before: Finding | None, after: Finding, raw: bytes) -> Prepared:
    """What is to be stored of a finding; `raw` is it, encoded."""
    same = before is not None and packages_of(before) == packages_of(after)
    named = same and before is not None and _said(before) == _said(after)
    return Prepared(
        finding=after,
        value=shrunk(raw),
        content=content_of(raw),
        ref=ref_of(after),
        row=finding_row(after),
        before=None if before is None else finding_row(before),
        shared=None if named else shared_by(after),
        packages=None if same else package_rows(after),
    )


def _said(finding: Finding) -> tuple[object, ...]:
    """What many say alike, apart from the packages."""
    match finding.evidence:
        case Vulnerability(id=flaw, aliases=aliases):
            return finding.title, flaw, aliases
        case Reachable() as evidence:  # pragma: no branch
            return finding.title, evidence


def write_findings(
    connection: Connection, several: Sequence[Prepared], numbers: Mapping[str, int]
) -> None:
    """Store findings, each once; `numbers` are of those that are stored. The connection is that of the only writer."""
    owners = _owners(connection, several)
    said = [one.shared for one in several if one.shared]
    headings = _headings(connection, said)
    sets = _text_sets(connection, {one.text_set: one.texts for one in said})
    new = [one for one in several if one.before is None]
    last = connection.execute(select(func.coalesce(func.max(schema.findings.c.number), 0)))
    numbers = {
        **numbers,
        **dict(zip((one.finding.id for one in new), count(last.scalar_one() + 1), strict=False)),
    }
    where = _Places(numbers, owners, headings, sets)
    _insert(connection, new, where)
    _replace(connection, [one for one in several if one.before is not None], where)
    _write_links(connection, several, numbers)
    add_counts(connection, ((owners[one.ref], one.before, one.row) for one in several))


def forget(connection: Connection, numbers: Iterable[int]) -> None:
    """Remove the values of findings, and their rows of other tables."""
    for table, column in (
        (schema.finding_values, schema.finding_values.c.number),
        (schema.finding_packages, schema.finding_packages.c.finding),
    ):
        for some in among(connection, column, sorted(numbers)):
            connection.execute(delete(table).where(some))


class _Places(msgspec.Struct, frozen=True):
    """The numbers of findings and of what they share."""

    numbers: Mapping[str, int]
    owners: Mapping[str, int]
    headings: Mapping[bytes, int]
    sets: Mapping[bytes, int]

    def of(self, one: Prepared) -> tuple[int, ...]:
        """The heading and the set of texts; nothing where they stay."""
        if one.shared is None:
            return ()
        return self.headings[one.shared.heading], self.sets[one.shared.text_set]


def _insert(connection: Connection, new: Sequence[Prepared], where: _Places) -> None:
    names = ("number", "resource", "content", "heading", "text_set", *COLUMNS)
    numbered = [(where.numbers[one.finding.id], one) for one in new]
    rows = [
        (number, where.owners[one.ref], one.content, *where.of(one), *one.row)
        for number, one in numbered
    ]
    insert_rows(connection, schema.findings, names, rows)
    values = [(number, one.value) for number, one in numbered]
    insert_rows(connection, schema.finding_values, ("number", "value"), values)


def _replace(connection: Connection, old: Sequence[Prepared], where: _Places) -> None:
    """Write the columns that changed in any of the findings."""
    numbered = [(where.numbers[one.finding.id], one) for one in old]
    values = [(number, one.value) for number, one in numbered]
    update_bytes(connection, schema.finding_values, ("number", "value"), values)
    places = [
        place
        for place in range(len(COLUMNS))
        if any(one.before is not None and one.before[place] != one.row[place] for one in old)
    ]
    names = ("number", "content", *(COLUMNS[place] for place in places))
    rows = [
        (number, one.content, *(one.row[place] for place in places)) for number, one in numbered
    ]
    update_rows(connection, schema.findings, names, rows)
    renamed = [(number, *where.of(one)) for number, one in numbered if one.shared]
    update_rows(connection, schema.findings, ("number", "heading", "text_set"), renamed)


def _owners(connection: Connection, several: Sequence[Prepared]) -> Mapping[str, int]:
    rows = {one.ref: one.finding for one in several}
    pushed = _pushed(connection, rows)
    wanted = {ref: (*owner_row(finding), pushed.get(ref)) for ref, finding in rows.items()}
    known, _ = ids_of(connection, schema.finding_resources, OWNER_COLUMNS, wanted)
    return known


def _pushed(connection: Connection, refs: Iterable[str]) -> Mapping[str, int]:
    table = schema.resource_amounts
    found: dict[str, int] = {}
    for some in among(connection, table.c.ref, sorted(refs)):
        query = select(table.c.ref, table.c.amount).where(
            some, table.c.field == TimeField.ECR_PUSHED_AT
        )
        found.update((row.ref, row.amount) for row in connection.execute(query))
    return found


def _headings(connection: Connection, several: Iterable[Shared]) -> Mapping[bytes, int]:
    rows = {one.heading: one.values for one in several}
    return ids_of(connection, schema.finding_headings, HEADING_COLUMNS, rows)[0]


def _text_sets(connection: Connection, wanted: Mapping[bytes, Texts]) -> Mapping[bytes, int]:
    nothing: Mapping[bytes, tuple[object, ...]] = dict.fromkeys(wanted, ())
    known, new = ids_of(connection, schema.text_sets, ("key",), nothing)
    texts = [
        (known[key], field, value[:HEAD], value) for key in new for field, value in wanted[key]
    ]
    insert_rows(connection, schema.set_texts, ("text_set", "field", "head", "value"), texts)
    return known


def _write_links(
    connection: Connection, several: Sequence[Prepared], numbers: Mapping[str, int]
) -> None:
    changed = [one for one in several if one.packages is not None]
    table = schema.finding_packages
    replaced = sorted(numbers[one.finding.id] for one in changed if one.before is not None)
    for some in among(connection, table.c.finding, replaced):
        connection.execute(delete(table).where(some))
    rows = {row.key: row for one in changed for row in one.packages or ()}
    known = _package_ids(connection, rows)
    links = [
        (numbers[one.finding.id], known[row.key]) for one in changed for row in one.packages or ()
    ]
    insert_rows(connection, table, ("finding", "package"), links)


def _package_ids(connection: Connection, wanted: Mapping[bytes, PackageRow]) -> Mapping[bytes, int]:
    """The packages' ids; those that nobody named before are added, with their places."""
    rows = {key: row.values for key, row in wanted.items()}
    known, new = ids_of(connection, schema.affected_packages, PACKAGE_COLUMNS, rows)
    places = [_place(known[key], place) for key in new for place in wanted[key].places]
    names = ("package", "head", "path", "layer")
    insert_rows(connection, schema.affected_places, names, places)
    return known


def _place(package: int, place: Location) -> tuple[object, ...]:
    return package, place.path[:HEAD], place.path, place.layer
