"""Why a flaw is not reported for a target: asked of everything that is installed, not of one package."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

import msgspec

from vedette.matching.ecosystems import Host, Lookup, rule_for
from vedette.matching.explain import describe_key, describe_keys, explain
from vedette.matching.index import AdvisoryIndex
from vedette.matching.lookups import questions_about
from vedette.matching.match import host_of
from vedette.matching.names import names_of
from vedette.matching.ranges import Version, version_of
from vedette.matching.rows import Row, rows_of
from vedette.model.advisory import Advisory
from vedette.model.inventory import Inventory
from vedette.model.package import Package

_LISTED = 10

_Named = frozenset[tuple[str, str, bool]]


class _Asked(msgspec.Struct, frozen=True, kw_only=True):
    package: Package
    lookups: tuple[Lookup, ...]


def explain_absence(identifier: str, inventory: Inventory, index: AdvisoryIndex) -> tuple[str, ...]:
    """Lines on why a target has, has not, or may have a flaw; the last one is the answer.

    Packages that an advisory on the flaw names are explained one by one, with the keys that were compared (in hex). Where there is none,
    it is told what the advisories name instead.

    Args:
        identifier: a CVE, or an advisory's id.
        inventory: of the target.
        index: the advisories.
    """
    return tuple(_lines(identifier, inventory, index))


def _lines(identifier: str, inventory: Inventory, index: AdvisoryIndex) -> Iterator[str]:
    known = [one for one in index.advisories(identifier) if identifier in names_of(one)]
    rejected = sorted(record.feed for record in index.cve(identifier) if record.rejected)
    for feed in rejected:
        yield f"{identifier} was rejected, says {feed}: nothing is reported under it"
    for advisory in known:
        if advisory.withdrawn is not None:
            yield f"{advisory.id} ({advisory.feed}) was withdrawn on {advisory.withdrawn:%Y-%m-%d}"
    live = [one for one in known if one.withdrawn is None]
    if not live:
        what = (
            "every advisory on it was withdrawn" if known else "the database has no advisory on it"
        )
        yield f"not reported: {what}"
        return
    host = host_of(inventory.packages, index, inventory.repositories, inventory.running_kernel)
    asked = _asked(inventory.packages, _named(live), host)
    if not asked:
        yield from _nothing_installed(inventory.packages, live)
        return
    answers: list[tuple[str, str]] = []
    for one in asked:
        told = explain(one.package, identifier, inventory, index)
        answers.append((one.package.name, told[-1]))
        yield f"{one.package.purl}"
        yield from (f"  {line}" for line in told)
        yield from (f"  {line}" for line in _keys(one, identifier, index))
    yield _answer(answers, rejected=bool(rejected))


def _named(advisories: Sequence[Advisory]) -> _Named:
    return frozenset(
        (entry.ecosystem, entry.name, entry.by_source)
        for advisory in advisories
        for entry in advisory.affected
    )


def _asked(packages: Sequence[Package], named: _Named, host: Host) -> list[_Asked]:
    """The packages that any of the entries is about, whether they are judged or not."""
    found = []
    for package in packages:
        lookups = _lookups(package, host)
        if any((one.ecosystem, one.name, one.by_source) in named for one in lookups):
            found.append(_Asked(package=package, lookups=lookups))
    return found


def _lookups(package: Package, host: Host) -> tuple[Lookup, ...]:
    """What would be asked, exempt or not."""
    rule = rule_for(package.ecosystem)
    return rule.lookups(package, host) if rule else questions_about(package, host).lookups


def _nothing_installed(
    packages: Sequence[Package], advisories: Sequence[Advisory]
) -> Iterator[str]:
    ecosystems: dict[str, set[str]] = defaultdict(set)
    for advisory in advisories:
        for entry in advisory.affected:
            ecosystems[entry.name].add(entry.ecosystem)
    for name in sorted(ecosystems)[:_LISTED]:
        places = sorted(ecosystems[name])
        more = f" and {len(places) - _LISTED} more" if len(places) > _LISTED else ""
        yield f"it is about {name} in {', '.join(places[:_LISTED])}{more}"
    if len(ecosystems) > _LISTED:
        yield f"and about {len(ecosystems) - _LISTED} other packages"
    elsewhere = sorted(
        {
            (package.name, package.ecosystem)
            for package in packages
            if not ecosystems.keys().isdisjoint(_names(package))
        }
    )
    for name, ecosystem in elsewhere:
        yield f"{name} is installed, from {ecosystem}, of which no advisory on it speaks"
    yield "not reported: nothing that an advisory on it names is installed"


def _names(package: Package) -> tuple[str, ...]:
    return (package.name, package.source.name) if package.source else (package.name,)


def _keys(asked: _Asked, identifier: str, index: AdvisoryIndex) -> Iterator[str]:
    for rows in rows_of(asked.package, asked.lookups, index).values():
        for row in rows:
            if identifier in names_of(row.candidate.advisory):
                yield from _compared(row)


def _compared(row: Row) -> Iterator[str]:
    version = version_of(row.lookup.version, row.candidate.affected.scheme)
    if not isinstance(version, Version):
        return
    for keyed in row.candidate.ranges:
        yield f"{describe_key(version)}; {row.candidate.advisory.id}: {describe_keys(keyed)}"


def _answer(answers: Sequence[tuple[str, str]], *, rejected: bool) -> str:
    """`explain` begins its last line with the verdict."""
    affected = sorted({name for name, told in answers if told.startswith("affected")})
    undecided = sorted({name for name, told in answers if told.startswith("undecided")})
    if affected and not rejected:
        return f"reported for {', '.join(affected)}"
    if undecided and not rejected:
        return f"undecided for {', '.join(undecided)}"
    reasons = dict.fromkeys(told for _, told in answers)
    return f"not reported: {'; '.join(reasons)}"
