"""Matching: each package with each advisory that speaks of it.

`match_inventory` says of every package what applies, what cannot be told, what was ruled out by whom, and why a package was
not judged at all. What differs from ecosystem to ecosystem is in `vedette.matching.ecosystems`.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

import msgspec

from vedette.matching.ecosystems import Host
from vedette.matching.index import AdvisoryIndex
from vedette.matching.judge import Denial, Judgement
from vedette.matching.judgements import Judgements
from vedette.matching.kernels import confirmed_release
from vedette.matching.lookups import questions_about
from vedette.matching.origins import third_party
from vedette.matching.questions import Asked, worth_judging
from vedette.matching.upgrades import Upgrade
from vedette.model.inventory import Inventory
from vedette.model.match import Match, Undecided, Verdict
from vedette.model.package import Package

__all__ = [
    "AdvisoryIndex",
    "Denial",
    "Exempt",
    "MatchResult",
    "host_of",
    "match",
    "match_inventory",
    "match_many",
]

_UNKNOWN_DISTRIBUTION = frozenset({"apk", "deb", "rpm"})
"""The ecosystem of a package whose distribution the inventory could not tell."""

_AT_ONCE = 100_000

_Place = tuple[str, str, str, tuple[tuple[str, str], ...]]


class Exempt(msgspec.Struct, frozen=True, kw_only=True):
    """A package that is deliberately not judged, and why."""

    package: Package
    reason: str


class MatchResult(msgspec.Struct, frozen=True, kw_only=True):
    """All that matching can say about one inventory; everything is sorted.

    Args:
        matches: what applies, one for each package and advisory.
        undecided: what cannot be told. A package and advisory stand here only if they do not stand in `matches`.
        denials: publishers' statements that a package does not have a flaw, which count against any other match. Their
            advisories may lack texts and ratings.
        exempt: packages that are not judged because somebody else answers for them.
        unjudged: sentences about packages that nobody could judge, one for each ecosystem.
        unjudged_packages: those packages.
        upgrades: for each package with flaws that have a fix, the one version that mends them all.
    """

    matches: tuple[Match, ...] = ()
    undecided: tuple[Undecided, ...] = ()
    denials: tuple[Denial, ...] = ()
    exempt: tuple[Exempt, ...] = ()
    unjudged: tuple[str, ...] = ()
    unjudged_packages: tuple[Package, ...] = ()
    upgrades: tuple[Upgrade, ...] = ()


def match(
    packages: Iterable[Package],
    index: AdvisoryIndex,
    *,
    repositories: frozenset[str] | None = None,
    running_kernel: str | None = None,
) -> tuple[Verdict, ...]:
    """Judge packages: matches first, then what cannot be told; each part sorted.

    Args:
        packages: of one host, so that they can be judged together.
        index: the advisories.
        repositories: ecosystems of the additional repositories that are enabled on it; None where nobody knows.
        running_kernel: `uname -r`; None where nobody knows.
    """
    known = tuple(packages)
    case = _Case(packages=known, host=host_of(known, index, repositories, running_kernel))
    (result,) = _Jury(index).results([case])
    return (*result.matches, *result.undecided)


def match_inventory(inventory: Inventory, index: AdvisoryIndex) -> MatchResult:
    """Judge an inventory, and say what could not be judged."""
    return next(match_many((inventory,), index))


def match_many(inventories: Iterable[Inventory], index: AdvisoryIndex) -> Iterator[MatchResult]:
    """Judge inventories, each as `match_inventory` does; what they have in common is asked and judged once.

    Inventories are read as results are taken, some `_AT_ONCE` packages ahead.
    """
    jury = _Jury(index)
    for some in _portions(inventories):
        yield from jury.results(
            [
                _Case(
                    packages=one.packages,
                    host=host_of(one.packages, index, one.repositories, one.running_kernel),
                )
                for one in some
            ]
        )


def host_of(
    packages: Iterable[Package],
    index: AdvisoryIndex,
    repositories: Iterable[str] | None,
    running_kernel: str | None,
) -> Host:
    """What the ecosystems' rules may know of the host; see `match` for the arguments."""
    return Host(
        ecosystems=index.ecosystems(),
        repositories=None if repositories is None else frozenset(repositories),
        running_kernel=confirmed_release(packages, running_kernel),
    )


class _Case(msgspec.Struct, frozen=True, kw_only=True):
    packages: tuple[Package, ...]
    host: Host


class _Sorted(msgspec.Struct, frozen=True, kw_only=True):
    """The packages of one case by what is done with them."""

    exempt: tuple[Exempt, ...]
    asked: tuple[Asked, ...]
    unjudged: tuple[Package, ...]


class _Jury:
    """Judges cases one after the other, and remembers what it judged."""

    def __init__(self, index: AdvisoryIndex) -> None:
        self._index = index
        self._judgements = Judgements(index)

    def results(self, cases: Sequence[_Case]) -> Iterator[MatchResult]:
        sorts = [_sorted_out(one) for one in cases]
        worth = iter(worth_judging([one for sort in sorts for one in sort.asked], self._index))
        for sort in sorts:
            asked = [one for one in sort.asked if next(worth)]
            yield _result(sort, [self._judgements.of(*one) for one in asked])


def _portions(inventories: Iterable[Inventory]) -> Iterator[list[Inventory]]:
    portion: list[Inventory] = []
    packages = 0
    for one in inventories:
        portion.append(one)
        packages += len(one.packages)
        if packages >= _AT_ONCE:
            yield portion
            portion, packages = [], 0
    if portion:
        yield portion


def _sorted_out(case: _Case) -> _Sorted:
    exempt: list[Exempt] = []
    asked: list[Asked] = []
    unjudged: list[Package] = []
    for package in case.packages:
        how = questions_about(package, case.host)
        if how.exemption is not None:
            exempt.append(Exempt(package=package, reason=how.exemption))
        elif not how.answerable:
            unjudged.append(package)
        else:
            asked.append((package, how.lookups))
    return _Sorted(exempt=tuple(exempt), asked=tuple(asked), unjudged=tuple(unjudged))


def _result(sort: _Sorted, judgements: Sequence[Judgement]) -> MatchResult:
    missing = Counter(package.ecosystem for package in sort.unjudged)
    return MatchResult(
        matches=tuple(sorted(chain.from_iterable(one.matches for one in judgements), key=_order)),
        undecided=tuple(
            sorted(chain.from_iterable(one.undecided for one in judgements), key=_order)
        ),
        denials=tuple(sorted(chain.from_iterable(one.denials for one in judgements), key=_order)),
        exempt=tuple(sorted(sort.exempt, key=lambda one: _place(one.package))),
        unjudged=(
            *(_sentence(name, missing[name]) for name in sorted(missing)),
            *_built_elsewhere(one.package for one in sort.exempt),
        ),
        unjudged_packages=tuple(sorted(sort.unjudged, key=_place)),
        upgrades=tuple(
            sorted(
                (one.upgrade for one in judgements if one.upgrade is not None),
                key=lambda one: _place(one.package),
            )
        ),
    )


def _sentence(ecosystem: str, count: int) -> str:
    packages = f"{count} package{'s' if count > 1 else ''}"
    if ecosystem in _UNKNOWN_DISTRIBUTION:
        return f"{packages} not judged: the distribution of the {ecosystem} packages is not known"
    return f"{packages} not judged: the database has no advisories for {ecosystem}"


def _built_elsewhere(packages: Iterable[Package]) -> tuple[str, ...]:
    """One sentence for all packages of third parties: nobody's advisories have been asked about them."""
    builders = Counter(
        builder for package in packages if (builder := third_party(package)) is not None
    )
    if not builders:
        return ()
    count, names = builders.total(), ", ".join(sorted(builders))
    packages_word = f"{count} package{'s' if count > 1 else ''}"
    return (f"{packages_word} not judged: built by others than the distribution ({names})",)


def _place(package: Package) -> _Place:
    where = tuple((location.path, location.layer or "") for location in package.locations)
    return package.purl, package.ecosystem, package.version, where


def _order(one: Match | Undecided | Denial) -> tuple[_Place, str, str]:
    return _place(one.package), one.advisory.id, one.advisory.feed
