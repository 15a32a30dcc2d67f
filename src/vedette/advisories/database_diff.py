"""What changed between two advisory databases: for readers, and for judging again only what is touched."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from enum import StrEnum
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from urllib.parse import quote

import msgspec

from vedette.advisories.database import AdvisoryDatabase
from vedette.advisories.database_format import OWN, Name, affected_of, entry_of, reading, unpack
from vedette.model.advisory import Affected


class Kind(StrEnum):
    """What happened to an advisory, a package in it, or a fact."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


class PackageChange(msgspec.Struct, frozen=True, kw_only=True):
    """What an advisory said of a package before and says now; empty where it did or does not speak of it."""

    name: Name
    before: tuple[Affected, ...]
    after: tuple[Affected, ...]

    @property
    def kind(self) -> Kind:
        """Whether the package is new in the advisory, gone from it, or differs."""
        if not self.before:
            return Kind.ADDED
        return Kind.CHANGED if self.after else Kind.REMOVED


class AdvisoryChange(msgspec.Struct, frozen=True, kw_only=True):
    """An advisory that is new, gone or different.

    Args:
        feed: whose it is.
        id: its own id.
        kind: what happened to it.
        described: whether anything but its packages differs.
        packages: those that differ, by name.
        named: all packages that it speaks of, before or now.
    """

    feed: str
    id: str
    kind: Kind
    described: bool
    packages: tuple[PackageChange, ...]
    named: tuple[Name, ...]


class DatabaseDiff(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that differs.

    Args:
        advisories: by feed and id.
        cves: whose records, or entries among the exploited ones, differ.
        scores: whose EPSS scores differ.
    """

    advisories: tuple[AdvisoryChange, ...]
    cves: frozenset[str]
    scores: frozenset[str]

    @property
    def names(self) -> frozenset[Name]:
        """The packages to be judged again."""
        return frozenset(
            name
            for change in self.advisories
            for name in (
                change.named if change.described else (package.name for package in change.packages)
            )
        )


class Differences(msgspec.Struct, frozen=True, kw_only=True):
    """As `DatabaseDiff`, with advisories as they are found: whole feeds may differ. They are read within `differences`."""

    advisories: Iterator[AdvisoryChange]
    cves: frozenset[str]
    scores: frozenset[str]


def database_diff(old: Path, new: Path) -> DatabaseDiff:
    """Compare two databases, as a whole.

    Raises:
        StoreError: one of them cannot be read.
    """
    with differences(old, new) as found:
        return DatabaseDiff(
            advisories=tuple(found.advisories), cves=found.cves, scores=found.scores
        )


@contextmanager
def differences(old: Path, new: Path) -> Iterator[Differences]:
    """Compare two databases, one advisory at a time.

    Raises:
        StoreError: one of them cannot be read; also while advisories are taken.
    """
    for path in (old, new):
        AdvisoryDatabase.open(path).close()
    with closing(sqlite3.connect("file::memory:", uri=True, isolation_level=None)) as both:
        with reading():
            both.execute("ATTACH ? AS old", (_source(old),))
            both.execute("ATTACH ? AS new", (_source(new),))
            cves = frozenset(cve for (cve,) in both.execute(_CVES))
            scores = frozenset(cve for (cve,) in both.execute(_SCORES))
        yield Differences(advisories=_changes(both), cves=cves, scores=scores)


def _changes(both: sqlite3.Connection) -> Iterator[AdvisoryChange]:
    with reading():
        for feed, id_ in both.execute(_DIFFERING):
            yield _change(both, feed, id_)


_DIFFERING = """
SELECT feed, id FROM (SELECT feed, id, digest FROM old.advisory EXCEPT SELECT feed, id, digest FROM new.advisory)
UNION
SELECT feed, id FROM (SELECT feed, id, digest FROM new.advisory EXCEPT SELECT feed, id, digest FROM old.advisory)
ORDER BY feed, id
"""
_CVES = """
SELECT cve FROM (SELECT cve, feed, digest FROM old.cve EXCEPT SELECT cve, feed, digest FROM new.cve)
UNION SELECT cve FROM (SELECT cve, feed, digest FROM new.cve EXCEPT SELECT cve, feed, digest FROM old.cve)
UNION SELECT cve FROM (SELECT cve, body FROM old.kev EXCEPT SELECT cve, body FROM new.kev)
UNION SELECT cve FROM (SELECT cve, body FROM new.kev EXCEPT SELECT cve, body FROM old.kev)
UNION SELECT cve FROM (SELECT cve, body FROM old.exploit EXCEPT SELECT cve, body FROM new.exploit)
UNION SELECT cve FROM (SELECT cve, body FROM new.exploit EXCEPT SELECT cve, body FROM old.exploit)
"""
_SCORES = """
SELECT cve FROM (SELECT cve, probability, percentile FROM old.epss EXCEPT SELECT cve, probability, percentile FROM new.epss)
UNION
SELECT cve FROM (SELECT cve, probability, percentile FROM new.epss EXCEPT SELECT cve, probability, percentile FROM old.epss)
"""
_OLD_HEAD = (
    "SELECT advisory.number, brief, body FROM old.alias JOIN old.advisory ON advisory.number = advisory"
    " JOIN old.text ON text.number = advisory WHERE alias.id = ? AND kind = ? AND feed = ?"
)
_NEW_HEAD = (
    "SELECT advisory.number, brief, body FROM new.alias JOIN new.advisory ON advisory.number = advisory"
    " JOIN new.text ON text.number = advisory WHERE alias.id = ? AND kind = ? AND feed = ?"
)
_OLD_PACKAGES = (
    "SELECT ecosystem, name.name, body FROM old.affected JOIN old.name ON name.number = affected.name"
    " JOIN old.entry ON entry.number = entry"
    " WHERE advisory = ? ORDER BY name.number, ordinal"
)
_NEW_PACKAGES = (
    "SELECT ecosystem, name.name, body FROM new.affected JOIN new.name ON name.number = affected.name"
    " JOIN new.entry ON entry.number = entry"
    " WHERE advisory = ? ORDER BY name.number, ordinal"
)

_Packages = dict[Name, tuple[Affected, ...]]


def _change(both: sqlite3.Connection, feed: str, identifier: str) -> AdvisoryChange:
    key = (identifier, OWN, feed)
    old = both.execute(_OLD_HEAD, key).fetchone()
    new = both.execute(_NEW_HEAD, key).fetchone()
    before = _packages(both.execute(_OLD_PACKAGES, old[:1]).fetchall() if old else [])
    after = _packages(both.execute(_NEW_PACKAGES, new[:1]).fetchall() if new else [])
    named = tuple(sorted(before.keys() | after.keys()))
    changes = (
        PackageChange(name=name, before=before.get(name, ()), after=after.get(name, ()))
        for name in named
    )
    return AdvisoryChange(
        feed=feed,
        id=identifier,
        kind=Kind.CHANGED if old and new else Kind.REMOVED if old else Kind.ADDED,
        described=not (old and new) or (old[1], unpack(old[2])) != (new[1], unpack(new[2])),
        packages=tuple(change for change in changes if change.before != change.after),
        named=named,
    )


def _packages(rows: list[tuple[str, str, bytes]]) -> _Packages:
    grouped = groupby(rows, key=itemgetter(0, 1))
    return {
        Name(ecosystem, name): tuple(
            affected_of(Name(ecosystem, name), entry_of(body)) for _, _, body in group
        )
        for (ecosystem, name), group in grouped
    }


def _source(path: Path) -> str:
    return f"file:{quote(str(path.absolute()))}?mode=ro&immutable=1"
