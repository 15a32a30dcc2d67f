"""Which of OSV's enumerated versions say something that the ranges do not."""

from collections.abc import Sequence
from functools import lru_cache

from vedette.errors import VersionError
from vedette.model.advisory import Range
from vedette.model.package import SchemeName
from vedette.versions import SCHEMES

VERSIONS_LIMIT = 20_000
"""The most versions that are kept of one package in one advisory; the longest list seen has 11,078."""

_CACHED = 1 << 16
"""The versions of one package are enumerated again in each of its advisories."""

_Span = tuple[bytes, bytes | None]


def uncovered(
    versions: Sequence[str], ranges: Sequence[Range], scheme: SchemeName
) -> tuple[str, ...]:
    """The versions that no range holds for certain; sorted, without repetition.

    OSV enumerates the versions of most ranges. A version that a range holds is matched by the range, so the
    list would only repeat it, a million times over.
    """
    if not versions:
        return ()
    spans = [span for run in ranges if (span := _span(run, scheme)) is not None]
    keys = ((version, _key(version, scheme)) for version in versions)
    return tuple(sorted({version for version, key in keys if not _held(key, spans)}))


def _span(run: Range, scheme: SchemeName) -> _Span | None:
    """The keys of the ends; None where an end has no exact one."""
    low = b"" if run.introduced == "0" else _key(run.introduced, scheme)
    end = run.fixed or run.last_affected
    high = None if end is None else _key(end, scheme)
    if low is None or (end is not None and high is None):
        return None
    return low, high if high is None or run.fixed else high + b"\0"


@lru_cache(maxsize=_CACHED)
def _key(version: str, scheme: SchemeName) -> bytes | None:
    """The version's key; None where it has none, or none that says all."""
    order = SCHEMES[scheme]
    try:
        return order.key(version) if order.exact(version) else None
    except VersionError:
        return None


def _held(key: bytes | None, spans: Sequence[_Span]) -> bool:
    if key is not None:
        for low, high in spans:  # a loop, since millions of versions pass here
            if low <= key and (high is None or key < high):
                return True
    return False
