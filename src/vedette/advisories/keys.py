"""The keys of advisories' versions, computed once, when the database is built."""

from collections.abc import Iterable

import msgspec

from vedette.advisories.database_format import Entry
from vedette.errors import VersionError
from vedette.model.advisory import Affected, Range
from vedette.versions import SCHEMES, Scheme

BEGINNING = "0"
"""OSV schema, `events[].introduced`: before every version."""

_REASONS = 20


class KeyedEntry(msgspec.Struct, frozen=True):
    """An entry and the hull of all versions that it may speak of: `low <= key`, and `key < high` if that is given."""

    low: bytes
    high: bytes | None
    entry: Entry


def keyed(affected: Affected) -> KeyedEntry:
    """Compute the keys of an `affected` entry; what does not parse is kept as a reason."""
    reasons: list[str] = []
    scheme = SCHEMES.get(affected.scheme)
    if scheme is None:
        keys: list[tuple[bytes, bytes | None] | None] = [None] * len(affected.ranges)
        versions: list[bytes] = []
        if affected.ranges or affected.versions:
            reasons.append(f"no version order for the scheme {affected.scheme}")
    else:
        keys = [_range_keys(scheme, given, reasons) for given in affected.ranges]
        versions = _version_keys(scheme, affected.versions, reasons)
    low, high = _hull(keys, versions, known=not reasons and _is_exact(scheme, affected))
    alone = len(keys) == 1 and not versions and not reasons and keys[0] == (low, high)
    return KeyedEntry(low, high, _entry(affected, () if alone else keys, versions, reasons))


def _entry(
    affected: Affected,
    keys: Iterable[tuple[bytes, bytes | None] | None],
    versions: list[bytes],
    reasons: list[str],
) -> Entry:
    return Entry(
        affected.scheme,
        affected.status,
        affected.fix,
        affected.by_source,
        affected.note,
        affected.module,
        affected.arches,
        tuple((given.introduced, given.fixed, given.last_affected) for given in affected.ranges),
        affected.versions,
        tuple(keys),
        tuple(versions),
        tuple(reasons[:_REASONS]),
    )


def _range_keys(
    scheme: Scheme, given: Range, reasons: list[str]
) -> tuple[bytes, bytes | None] | None:
    try:
        low = b"" if given.introduced == BEGINNING else scheme.key(given.introduced)
        high = _high(scheme, given)
    except VersionError as error:
        reasons.append(str(error))
        return None
    if high is not None and high < low:
        end = given.fixed or given.last_affected
        reasons.append(f"a range from {given.introduced[:80]!r} back to {str(end)[:80]!r}")
        return None
    return low, high


def _high(scheme: Scheme, given: Range) -> bytes | None:
    if given.fixed is not None:
        return scheme.key(given.fixed)
    if given.last_affected is not None:
        return scheme.key(given.last_affected) + b"\0"
    return None


def _version_keys(scheme: Scheme, versions: Iterable[str], reasons: list[str]) -> list[bytes]:
    found: set[bytes] = set()
    for text in versions:
        try:
            found.add(scheme.key(text))
        except VersionError as error:
            reasons.append(str(error))
    return sorted(found)


def _is_exact(scheme: Scheme | None, affected: Affected) -> bool:
    """Whether the keys of what parses say all that the scheme says: a hull of keys is then a hull of versions."""
    if scheme is None or scheme.compare is None:
        return scheme is not None
    ends = {
        end
        for given in affected.ranges
        for end in (given.introduced, given.fixed, given.last_affected)
    }
    return all(
        scheme.exact(text) for text in (ends | set(affected.versions)) - {None, BEGINNING} if text
    )


def _hull(
    keys: list[tuple[bytes, bytes | None] | None], versions: list[bytes], *, known: bool
) -> tuple[bytes, bytes | None]:
    """The hull of ranges and versions; everything where that is not known or nothing is given."""
    given = [key for key in keys if key is not None]
    lows = [low for low, _ in given] + versions[:1]
    if not known or not lows:
        return b"", None
    highs = [version + b"\0" for version in versions[-1:]]
    for _, high in given:
        if high is None:
            return min(lows), None
        highs.append(high)
    return min(lows), max(highs)
