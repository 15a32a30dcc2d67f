"""Judgements that are made once: of the packages of one source, or of the same package on a thousand hosts, one is judged."""

import msgspec

from vedette.matching.ecosystems import Lookup
from vedette.matching.judge import Judgement, judge
from vedette.matching.rows import Asked
from vedette.model.match import MatchKind
from vedette.model.package import Package

_REMEMBERED = 50_000

_Build = tuple[tuple[Lookup, ...], str, str, str | None, str | None, tuple[str, ...]]


class Judgements:
    """Judges packages, and remembers.

    What a package's judgement depends on is what is asked of the index, its ecosystem, version, architecture and module, and where it
    is asked for as a product, its CPEs; nothing else of it is read.

    Args:
        answers: what the index answers.
    """

    def __init__(self, answers: Asked) -> None:
        self._answers = answers
        self._known: dict[_Build, Judgement] = {}

    def of(self, package: Package, lookups: tuple[Lookup, ...]) -> Judgement:
        """As `judge`; at most `_REMEMBERED` judgements are kept."""
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
        made = self._known[build] = judge(package, answered, self._answers)
        return made

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
