"""The version that mends a flaw for one package."""

from collections.abc import Iterable, Sequence

import msgspec

from vedette.matching.ranges import Version, keyed_range, lies_in, version_of
from vedette.model.advisory import FixState
from vedette.model.candidate import KeyedRange
from vedette.model.match import Match, MatchKind

PRO = "only with Ubuntu Pro"
END_OF_LIFE = "end-of-life"
"""Debian's word, and OSV's: the publisher does not mend this release of the package any more."""

_STATES = (FixState.WONT_FIX, FixState.NOT_FIXED)
"""Where nobody has a fix, the publisher that said most counts."""
_PRO_CHANNEL = "Ubuntu:Pro:"
_PRO_BUILD = "esm"
_NOT_ABOUT_FIXES = frozenset({"modular"})


class Fix(msgspec.Struct, frozen=True, kw_only=True):
    """The smallest version that mends the flaw, and the state of the fix; no version where there is none.

    `note` is what else must be known: `only with Ubuntu Pro`, or the publisher's own word for the state (`no-dsa`,
    `postponed`, `end-of-life`, `unimportant`).
    """

    version: str | None
    state: FixState
    note: str | None = None


def fix_for(matches: Sequence[Match]) -> Fix:
    """The fix of one flaw for one package, from everything that matched it.

    The smallest version that any publisher calls fixed and that no publisher with a fix calls affected counts: it is the
    nearest on the installed branch. Where there is none, it is the greatest of what each publisher calls fixed.
    """
    fixes = [(version, one) for one in matches if (version := _smallest_fix(one)) is not None]
    if fixes:
        version, source = _best(fixes)
        return Fix(version=version.text, state=FixState.FIXED, note=_condition(source, matches))
    stated = {one.affected.fix for one in matches}
    state = next((state for state in _STATES if state in stated), FixState.UNKNOWN)
    return Fix(version=None, state=state, note=_word(matches))


def _best(fixes: Sequence[tuple[Version, Match]]) -> tuple[Version, Match]:
    runs = [run for _, one in fixes for run in _keyed(one)]
    ends = sorted(
        ((end, one) for _, one in fixes for end in _ends(one)), key=lambda found: found[0].key
    )
    free = (found for found in ends if not any(lies_in(run, found[0]) for run in runs))
    return next(free, None) or max(fixes, key=lambda found: found[0].key)


def _smallest_fix(one: Match) -> Version | None:
    """The lowest fixed end above the installed version that lies in none of the entry's ranges."""
    runs = _keyed(one)
    return next((end for end in _ends(one) if not any(lies_in(run, end) for run in runs)), None)


def _keyed(one: Match) -> tuple[KeyedRange, ...]:
    scheme = one.affected.scheme
    return tuple(filter(None, (keyed_range(run, scheme) for run in one.affected.ranges)))


def _ends(one: Match) -> list[Version]:
    """The fixed ends above the installed version, in order."""
    scheme = one.affected.scheme
    compared = version_of(one.compared, scheme)
    floor = compared.key if isinstance(compared, Version) else b""
    texts = (run.fixed for run in one.affected.ranges if run.fixed is not None)
    ends = (version_of(text, scheme) for text in texts)
    return sorted(
        (end for end in ends if isinstance(end, Version) and end.key > floor),
        key=lambda end: end.key,
    )


def _condition(source: Match, matches: Sequence[Match]) -> str | None:
    """What the fix needs: a build of Ubuntu Pro on a host whose installed build is none."""
    if source.affected.ecosystem.startswith(_PRO_CHANNEL):
        return None if _PRO_BUILD in source.compared else PRO
    return _word(matches)


def _word(matches: Iterable[Match]) -> str | None:
    notes = (one.affected.note for one in matches if one.kind is not MatchKind.CPE)
    return next((note for note in notes if note and note not in _NOT_ABOUT_FIXES), None)
