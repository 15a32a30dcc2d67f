"""Is a version in an advisory's ranges? A comparison of bytes, since keys sort as their versions do.

Only where a scheme says of a version that its key is not exact is the scheme's own comparison asked.
"""

from collections.abc import Callable, Sequence
from functools import partial

import msgspec

from vedette.errors import VersionError
from vedette.model.advisory import Range
from vedette.model.candidate import Candidate, KeyedRange
from vedette.model.package import SchemeName
from vedette.versions import SCHEMES, Scheme

_Compare = Callable[[str], int]

BEGINNING = "0"
"""The OSV schema's word for "before every version" (`events[].introduced`)."""

_PLACEHOLDER = "${"
"""A property of Maven's or Gradle's that nobody filled in; Maven's own order takes any text for a version."""


class Version(msgspec.Struct, frozen=True, kw_only=True):
    """A version with its place in its scheme's order."""

    text: str
    key: bytes
    order: Scheme


class NoVersion(msgspec.Struct, frozen=True, kw_only=True):
    """A text that has no place in the order, and why."""

    text: str
    reason: str


class Inside(msgspec.Struct, frozen=True, kw_only=True):
    """The version is among those named; `range` is None where an explicit list named it."""

    range: Range | None


class Outside(msgspec.Struct, frozen=True, kw_only=True):
    """The version is not among those named; `fixed` where one of the ranges ends below it with a fix."""

    fixed: bool


class Unclear(msgspec.Struct, frozen=True, kw_only=True):
    """It cannot be told, and why."""

    reason: str


Membership = Inside | Outside | Unclear


_OUTSIDE, _PAST = Outside(fixed=False), Outside(fixed=True)


def version_of(text: str, scheme: SchemeName) -> Version | NoVersion:
    """Key a version, or say why it has no place in the order."""
    order = SCHEMES.get(scheme)
    if order is None:
        return NoVersion(text=text, reason=f"no version order for the scheme {scheme}")
    if _PLACEHOLDER in text:
        return NoVersion(text=text, reason=f"a placeholder and no version: {text[:80]!r}")
    try:
        return Version(text=text, key=order.key(text), order=order)
    except VersionError as error:
        return NoVersion(text=text, reason=str(error))


def keyed_range(run: Range, scheme: SchemeName) -> KeyedRange | None:
    """The range with the keys of its ends; None where an end is no version of the scheme."""
    low = None if run.introduced == BEGINNING else version_of(run.introduced, scheme)
    end = run.fixed if run.fixed is not None else run.last_affected
    high = None if end is None else version_of(end, scheme)
    if isinstance(low, NoVersion) or isinstance(high, NoVersion):
        return None
    inclusive = b"" if run.fixed is not None else b"\0"
    return KeyedRange(
        range=run,
        low=b"" if low is None else low.key,
        high=None if high is None else high.key + inclusive,
    )


def membership(candidate: Candidate, version: Version | NoVersion) -> Membership:
    """Whether an `affected` entry names the version.

    A range that has no ends names every version, and an explicit list is compared as text too: both hold for texts that
    are no versions. An entry that names no versions at all is `Unclear`.
    """
    holding = _holding(candidate.ranges, version)
    if holding is not None:
        return Inside(range=holding.range)
    if _listed(candidate, version):
        return Inside(range=None)
    if candidate.unparsed:
        return Unclear(reason=f"the advisory cannot be compared: {candidate.unparsed[0]}")
    if not candidate.ranges and not candidate.version_keys:
        return Unclear(reason="the advisory names no versions")
    if isinstance(version, NoVersion):
        return Unclear(reason=version.reason)
    return _PAST if _past_a_fix(candidate.ranges, version) else _OUTSIDE


def span_membership(
    candidate: Candidate, first: Version | NoVersion, last: Version | NoVersion
) -> Membership:
    """Whether an `affected` entry names every version from `first` to `last`; `Unclear` where it names some of them."""
    known = membership(candidate, first)
    if isinstance(first, NoVersion) or isinstance(last, NoVersion) or isinstance(known, Unclear):
        return known
    for keyed in candidate.ranges:
        if lies_in(keyed, first) and lies_in(keyed, last):
            return Inside(range=keyed.range)
    ranges = any(
        lies_in(keyed, first) or first.key <= keyed.low <= last.key for keyed in candidate.ranges
    )
    if ranges or any(first.key <= key <= last.key for key in candidate.version_keys):
        return Unclear(
            reason=f"it may be any version from {first.text} on, of which some are affected"
        )
    return known


def names_no_versions(candidate: Candidate) -> bool:
    """Whether the entry has neither ranges nor versions: a statement about the package as such."""
    return not (candidate.affected.ranges or candidate.affected.versions or candidate.unparsed)


def lies_in(keyed: KeyedRange, version: Version) -> bool:
    """Whether the range holds the version: `low <= key < high`."""
    compare = _comparison(keyed.range, version)
    if compare is not None:
        return _at_or_above(keyed.range, compare) and not _above(keyed.range, compare)
    return keyed.low <= version.key and (keyed.high is None or version.key < keyed.high)


def _holding(ranges: Sequence[KeyedRange], version: Version | NoVersion) -> KeyedRange | None:
    """The first range that names the version."""
    if isinstance(version, NoVersion):
        return next((keyed for keyed in ranges if _names_all(keyed)), None)
    if version.order.compare is not None:
        return next((keyed for keyed in ranges if lies_in(keyed, version)), None)
    key = version.key
    for keyed in ranges:
        if keyed.low <= key and (keyed.high is None or key < keyed.high):
            return keyed
    return None


def _names_all(keyed: KeyedRange) -> bool:
    return keyed.high is None and keyed.range.introduced == BEGINNING


def _listed(candidate: Candidate, version: Version | NoVersion) -> bool:
    if version.text in candidate.affected.versions:
        return True
    return isinstance(version, Version) and version.key in candidate.version_keys


def _past_a_fix(ranges: Sequence[KeyedRange], version: Version) -> bool:
    """Whether one of the ranges ends at or below the version, with a fix."""
    for keyed in ranges:
        if keyed.range.fixed is None or keyed.high is None:
            continue
        compare = _comparison(keyed.range, version)
        if keyed.high <= version.key if compare is None else _above(keyed.range, compare):
            return True
    return False


def _comparison(run: Range, version: Version) -> _Compare | None:
    """The scheme's own comparison of the version with a text, where a key does not say all; else None."""
    compare, exact = version.order.compare, version.order.exact
    if compare is None:
        return None
    ends = (run.introduced, run.fixed or BEGINNING, run.last_affected or BEGINNING)
    if exact(version.text) and all(end == BEGINNING or exact(end) for end in ends):
        return None
    return partial(compare, version.text)


def _at_or_above(run: Range, compare: _Compare) -> bool:
    return run.introduced == BEGINNING or compare(run.introduced) >= 0


def _above(run: Range, compare: _Compare) -> bool:
    if run.fixed is not None:
        return compare(run.fixed) >= 0
    return run.last_affected is not None and compare(run.last_affected) > 0
