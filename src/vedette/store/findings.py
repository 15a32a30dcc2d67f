"""Findings; `vedette.findings.ports.FindingStore` on tables, with the log in `vedette.store.log`."""

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import Connection, func, select

from vedette.errors import StoreError
from vedette.findings.lifecycle import Change
from vedette.findings.ports import FindingPage
from vedette.findings.query import Sort
from vedette.model.filter import Filter
from vedette.model.finding import Finding, FindingId, FindingStatus
from vedette.model.resource import ResourceRef
from vedette.store import schema
from vedette.store.codec import pack, ref_key, unpack_value
from vedette.store.database import Database
from vedette.store.finding_writer import write_findings
from vedette.store.listing import Listing
from vedette.store.log import append, only_writer
from vedette.store.pieces import chunks

_table = schema.findings
_values = schema.finding_values


class FindingTables:
    """Findings, and changes to them."""

    _database: Database

    def known(self, resource: ResourceRef) -> tuple[Finding, ...]:
        """Every finding of exactly this resource, closed ones too, by id."""
        query = (
            select(_values.c.value)
            .join(_table)
            .where(_table.c.ref == ref_key(resource))
            .order_by(_table.c.id)
        )
        with self._database.reading() as connection:
            values = connection.execute(query).scalars().all()
        return tuple(unpack_value(value, Finding) for value in values)

    def apply(self, changes: Iterable[Change]) -> int:
        """Store what changed and log it, all or nothing.

        Raises:
            StoreError: where somebody else has changed one of the findings meanwhile.
        """
        several = tuple(changes)
        if not several:
            return 0
        values = [pack(change.after) for change in several]
        last = {change.after.id: place for place, change in enumerate(several)}
        findings = [(several[place].after, values[place]) for place in last.values()]
        with self._database.writing() as connection:
            only_writer(connection)
            numbers = _check(connection, several)
            write_findings(connection, findings, numbers)
            append(connection, several, values)
        return len(several)

    def get(self, identifier: FindingId) -> Finding | None:
        """One finding."""
        return self.several([identifier]).get(identifier)

    def several(self, identifiers: Iterable[FindingId]) -> Mapping[FindingId, Finding]:
        """These findings, as far as they are known."""
        found: dict[FindingId, Finding] = {}
        with self._database.reading() as connection:
            for some in chunks(sorted(set(identifiers))):
                query = select(_values).where(_values.c.id.in_(some))
                for row in connection.execute(query):
                    finding = unpack_value(row.value, Finding)
                    found[finding.id] = finding
        return found

    def count_active(self) -> int:
        """How many findings are active."""
        query = (
            select(func.count()).select_from(_table).where(_table.c.status == FindingStatus.ACTIVE)
        )
        with self._database.reading() as connection:
            return int(connection.execute(query).scalar_one())

    def list(
        self,
        condition: Filter | None = None,
        *,
        sort: Sort = Sort(),  # noqa: B008 - frozen
        limit: int = 100,
        after: str | None = None,
    ) -> FindingPage:
        """The findings that pass a filter, page by page.

        Raises:
            ConfigError: where `after` is not a token of this list.
        """
        return Listing(self._database, condition, sort).page(limit, after)


def _check(connection: Connection, changes: Sequence[Change]) -> Mapping[str, int]:
    """The numbers of those that are stored.

    Raises:
        StoreError: where a change is not of what is stored.
    """
    stored: dict[str, Finding] = {}
    numbers: dict[str, int] = {}
    for some in chunks(sorted({change.after.id for change in changes})):
        query = (
            select(_values.c.id, _values.c.value, _table.c.number)
            .join(_table)
            .where(_values.c.id.in_(some))
        )
        for row in connection.execute(query):
            stored[row.id] = unpack_value(row.value, Finding)
            numbers[row.id] = row.number
    for change in changes:
        if stored.get(change.after.id) != change.before:
            raise StoreError(f"finding {change.after.id} was changed by somebody else meanwhile")
        stored[change.after.id] = change.after
    return numbers
