"""One package beside all entries that the index has for it."""

from collections import defaultdict
from collections.abc import Sequence

import msgspec

from vedette.matching.builds import Objection
from vedette.matching.ecosystems import Lookup
from vedette.matching.index import AdvisoryIndex
from vedette.matching.ranges import Membership, NoVersion, Version, membership, version_of
from vedette.matching.scope import out_of_scope
from vedette.model.candidate import Candidate
from vedette.model.package import Package, SchemeName


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One `affected` entry beside the package: the look-up that found it, and what its ranges say.

    `objection` is why it does not, or may not, speak of this build of the package.
    """

    lookup: Lookup
    candidate: Candidate
    outcome: Membership
    objection: Objection | None


def rows_of(
    package: Package, lookups: Sequence[Lookup], index: AdvisoryIndex
) -> dict[tuple[str, str], list[Row]]:
    """Every row for the package by the feed and id of its advisory, withdrawn advisories left out."""
    versions: dict[tuple[str, SchemeName], Version | NoVersion] = {}
    rows: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for lookup in lookups:
        for candidate in index.candidates(lookup.ecosystem, lookup.name):
            advisory, affected = candidate.advisory, candidate.affected
            if affected.by_source != lookup.by_source or advisory.withdrawn is not None:
                continue
            place = (lookup.version, affected.scheme)
            if place not in versions:
                versions[place] = version_of(*place)
            row = Row(
                lookup=lookup,
                candidate=candidate,
                outcome=membership(candidate, versions[place]),
                objection=out_of_scope(package, candidate),
            )
            rows[advisory.feed, advisory.id].append(row)
    return rows


def doubt_about(row: Row) -> str | None:
    """Why the row may not speak of the package at all; None where it does, or certainly does not."""
    if row.objection is not None:
        return row.objection.reason if row.objection.doubtful else None
    return row.lookup.doubt
