"""What differs between two advisory databases, written as it is found: whole feeds may."""

from collections.abc import Callable, Iterator
from itertools import islice

import msgspec

from vedette.advisories.database_diff import AdvisoryChange, Differences
from vedette.cli.render.table import table
from vedette.model.advisory import Affected

_SHOWN = 1000
_HEADER = ("CHANGE", "FEED", "ADVISORY", "ECOSYSTEM", "PACKAGE", "BEFORE", "AFTER")

_Write = Callable[[str], None]


def write_diff_json(found: Differences, write: _Write) -> bool:
    """One document, an advisory a line; whether nothing differs."""
    head = {
        "schema": "vedette-db-diff/1",
        "cves": sorted(found.cves),
        "scores": sorted(found.scores),
    }
    write(f'{_encode(head)[:-1]},"advisories":[')
    count = 0
    for count, change in enumerate(found.advisories, start=1):
        write((",\n" if count > 1 else "") + _encode(change))
    write("]}\n")
    return not (count or found.cves or found.scores)


def write_diff_table(found: Differences, write: _Write) -> bool:
    """The first rows, and how many there are; whether nothing differs."""
    rows: list[tuple[str, ...]] = []
    advisories = left = 0
    for advisories, change in enumerate(found.advisories, start=1):  # noqa: B007 - counted
        told = _rows(change)
        rows.extend(islice(told, _SHOWN - len(rows)))
        left += sum(1 for _ in told)
    write(table(_HEADER, rows) + "\n")
    if left:
        write(f"and {left} more rows (--format json has them all)\n")
    write(
        f"\n{advisories} advisories, {len(found.cves)} CVE records, {len(found.scores)} scores differ\n"
    )
    return not (advisories or found.cves or found.scores)


def _rows(change: AdvisoryChange) -> Iterator[tuple[str, ...]]:
    for package in change.packages:
        yield (
            change.kind,
            change.feed,
            change.id,
            package.name.ecosystem,
            package.name.name,
            "; ".join(map(ranges_text, package.before)),
            "; ".join(map(ranges_text, package.after)),
        )


def _encode(value: object) -> str:
    return msgspec.json.encode(value).decode()


def ranges_text(affected: Affected) -> str:
    """All ranges, and the first of the versions that are listed."""
    parts = []
    for run in affected.ranges:
        end = f" < {run.fixed}" if run.fixed else ""
        end = f" <= {run.last_affected}" if run.last_affected else end
        parts.append(f">= {run.introduced}{end}")
    parts += [f"= {version}" for version in affected.versions[:3]]
    if len(affected.versions) > len(parts):
        parts.append("…")
    return ", ".join(parts)
