"""The version that mends a flaw for one package."""

from collections.abc import Sequence

import msgspec

from vedette.matching.ranges import Version, keyed_range, lies_in, version_of
from vedette.model.advisory import FixState
from vedette.model.match import Match

_STATES = (FixState.WONT_FIX, FixState.NOT_FIXED)
"""Where nobody has a fix, the publisher that said most counts."""


class Fix(msgspec.Struct, frozen=True, kw_only=True):
    """The smallest version that mends the flaw, and the state of the fix; no version where there is none."""

    version: str | None
    state: FixState


def fix_for(matches: Sequence[Match]) -> Fix:
    """The fix of one flaw for one package, from everything that matched it.

    Every publisher that knows a fix must be satisfied, so the greatest of their smallest fixed versions counts: an earlier one
    would leave the finding open.
    """
    fixes = [version for one in matches if (version := _smallest_fix(one)) is not None]
    if fixes:
        greatest = max(fixes, key=lambda version: version.key)
        return Fix(version=greatest.text, state=FixState.FIXED)
    stated = {one.affected.fix for one in matches}
    state = next((state for state in _STATES if state in stated), FixState.UNKNOWN)
    return Fix(version=None, state=state)


def _smallest_fix(one: Match) -> Version | None:
    """The lowest fixed end above the installed version that lies in none of the entry's ranges."""
    affected = one.affected
    compared = version_of(one.compared, affected.scheme)
    floor = compared.key if isinstance(compared, Version) else b""
    texts = (run.fixed for run in affected.ranges if run.fixed is not None)
    ends = (version_of(text, affected.scheme) for text in texts)
    above = sorted(
        (end for end in ends if isinstance(end, Version) and end.key > floor),
        key=lambda end: end.key,
    )
    keyed = tuple(filter(None, (keyed_range(run, affected.scheme) for run in affected.ranges)))
    return next((end for end in above if not any(lies_in(run, end) for run in keyed)), None)
