"""Which advisories speak of the same flaw.

Publishers keep their own records. A record of a flaw lists the same flaw's other ids as aliases; a record of an update (ALAS,
DSA, USN, RHSA) lists the flaws that it mends as related, and each of these is a flaw of its own. CVE ids are never joined: a
record that names two of them is about two flaws.
"""

from collections import defaultdict
from collections.abc import Iterable

import msgspec

from vedette.matching.judge import Denial, denied_names
from vedette.matching.names import cves_of, is_update, other_ids
from vedette.model.advisory import Advisory
from vedette.model.match import Match
from vedette.model.purl import Purl


class Flaw(msgspec.Struct, frozen=True, kw_only=True):
    """One flaw with everything that matched it; `aliases` are its other ids, sorted."""

    id: str
    aliases: tuple[str, ...]
    matches: tuple[Match, ...]


def group(matches: Iterable[Match], denials: Iterable[Denial] = ()) -> tuple[Flaw, ...]:
    """Sort matches by flaw: under the CVE where there is one, else the GHSA, else another id.

    A match for an update stands under each of the update's flaws, except where a publisher denies that the same package has
    it.
    """
    ordered = tuple(matches)
    circles = _Circles(one.advisory for one in ordered)
    denied = _denied(denials)
    found: dict[str, list[Match]] = defaultdict(list)
    aliases: dict[str, set[str]] = defaultdict(set)
    for one in ordered:
        for flaw in circles.flaws(one.advisory):
            if (one.package.purl, flaw) not in denied:
                found[flaw].append(one)
                aliases[flaw] |= circles.aliases(one.advisory)
    return tuple(
        Flaw(id=flaw, aliases=tuple(sorted(aliases[flaw] - {flaw})), matches=tuple(found[flaw]))
        for flaw in sorted(found)
    )


def _denied(denials: Iterable[Denial]) -> frozenset[tuple[Purl, str]]:
    return frozenset(
        (denial.package.purl, flaw) for denial in denials for flaw in denied_names(denial)
    )


class _Circles:
    """Circles of ids, other than CVEs, for the same flaw; each knows the CVEs that its records name."""

    def __init__(self, advisories: Iterable[Advisory]) -> None:
        self._parents: dict[str, str] = {}
        named: list[tuple[str, tuple[str, ...]]] = []
        for advisory in advisories:
            ids = sorted(other_ids(advisory))
            for name in ids:
                self._join(ids[0], name)
            named.extend((ids[0], cves_of(advisory)) for _ in ids[:1])
        self._cves: dict[str, set[str]] = defaultdict(set)
        for name, cves in named:
            self._cves[self._root(name)].update(cves)
        self._members: dict[str, set[str]] = defaultdict(set)
        for name in self._parents:
            self._members[self._root(name)].add(name)

    def flaws(self, advisory: Advisory) -> tuple[str, ...]:
        """The ids under which the advisory's flaws are known."""
        named = cves_of(advisory)
        if named:
            return named
        root = self._root(min(other_ids(advisory)))
        return tuple(sorted(self._cves[root])) or (min(self._members[root], key=_rank),)

    def aliases(self, advisory: Advisory) -> frozenset[str]:
        """All other ids of the advisory's flaw; none for an update, whose id is not one of the flaw's."""
        ids = other_ids(advisory)
        if not ids or is_update(advisory.id):
            return frozenset()
        return frozenset(self._members[self._root(min(ids))])

    def _root(self, name: str) -> str:
        while self._parents[name] != name:
            self._parents[name] = self._parents[self._parents[name]]
            name = self._parents[name]
        return name

    def _join(self, left: str, right: str) -> None:
        for name in (left, right):
            self._parents.setdefault(name, name)
        self._parents[self._root(right)] = self._root(left)


def _rank(name: str) -> tuple[bool, str]:
    return not name.startswith("GHSA-"), name
