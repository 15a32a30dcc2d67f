"""Judgements that are made once: of the packages of one source, or of the same package on a thousand hosts, one is judged."""

from typing import TypeVar

import msgspec

from vedette.matching.ecosystems import Lookup
from vedette.matching.index import AdvisoryIndex
from vedette.matching.judge import Judgement, judge
from vedette.matching.rows import Answers
from vedette.model.advisory import Advisory
from vedette.model.match import Match, MatchKind, Undecided
from vedette.model.package import Package

_REMEMBERED = 50_000

_Verdict = TypeVar("_Verdict", Match, Undecided)

_Build = tuple[tuple[Lookup, ...], str, str, str | None, str | None, tuple[str, ...]]


class Judgements:
    """Judges packages, and remembers.

    What a package's judgement depends on is what is asked of the index, its ecosystem, version, architecture and module, and where it
    is asked for as a product, its CPEs; nothing else of it is read.

    Args:
        index: the advisories.
    """

    def __init__(self, index: AdvisoryIndex) -> None:
        self._answers = Answers(index)
        self._index = index
        self._known: dict[_Build, Judgement] = {}
        self._whole: dict[tuple[str, str], Advisory] = {}

    def of(self, package: Package, lookups: tuple[Lookup, ...]) -> Judgement:
        """As `judge`, with the whole advisory of whatever applies, or may; at most `_REMEMBERED` judgements are kept."""
        answered = tuple(one for one in lookups if self._is_answered(one))
        build = (
            answered,
            package.ecosystem,
            package.version,
            package.arch,
            package.module,
            package.cpes if package.cpes and _by_product(answered) else (),
        )
        known = self._known.get(build)
        if known is not None:
            return _about(package, known)
        if len(self._known) >= _REMEMBERED:
            self._known.clear()
            self._whole.clear()
        made = self._known[build] = self._told(judge(package, answered, self._answers))
        return made

    def _told(self, judgement: Judgement) -> Judgement:
        return msgspec.structs.replace(
            judgement,
            matches=tuple([self._with_advisory(one) for one in judgement.matches]),
            undecided=tuple([self._with_advisory(one) for one in judgement.undecided]),
        )

    def _with_advisory(self, one: _Verdict) -> _Verdict:
        place = one.advisory.feed, one.advisory.id
        whole = self._whole.get(place)
        if whole is None:
            whole = self._whole[place] = self._index.whole(one.advisory)
        return msgspec.structs.replace(one, advisory=whole)

    def _is_answered(self, lookup: Lookup) -> bool:
        """Whether there is any row; binaries of one source then differ in nothing that counts."""
        found = self._answers.candidates(lookup.ecosystem, lookup.name)
        return any(one.affected.by_source is lookup.by_source for one in found)


def _by_product(lookups: tuple[Lookup, ...]) -> bool:
    return any(one.kind is MatchKind.CPE for one in lookups)


def _about(package: Package, known: Judgement) -> Judgement:
    upgrade = known.upgrade
    return Judgement(
        matches=tuple([msgspec.structs.replace(one, package=package) for one in known.matches]),
        undecided=tuple([msgspec.structs.replace(one, package=package) for one in known.undecided]),
        denials=tuple([msgspec.structs.replace(one, package=package) for one in known.denials]),
        upgrade=None if upgrade is None else msgspec.structs.replace(upgrade, package=package),
    )
