"""Which of OSV's enumerated versions say something that the ranges do not."""

from collections.abc import Sequence

from vedette.errors import VersionError
from vedette.model.advisory import Range
from vedette.model.package import SchemeName
from vedette.versions import SCHEMES, Scheme

VERSIONS_LIMIT = 20_000
"""The most versions that are kept of one package in one advisory; the longest list seen has 11,078."""

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
    spans = [span for run in ranges if (span := _span(run, SCHEMES[scheme])) is not None]
    order = SCHEMES[scheme]
    return tuple(sorted({version for version in versions if not _held(version, spans, order)}))


def _span(run: Range, order: Scheme) -> _Span | None:
    """The keys of the ends; None where an end has no exact one."""
    low = b"" if run.introduced == "0" else _exact(run.introduced, order)
    end = run.fixed or run.last_affected
    high = None if end is None else _exact(end, order)
    if low is None or (end is not None and high is None):
        return None
    return low, high if high is None or run.fixed else high + b"\0"


def _exact(version: str, order: Scheme) -> bytes | None:
    try:
        return order.key(version) if order.exact(version) else None
    except VersionError:
        return None


def _held(version: str, spans: Sequence[_Span], order: Scheme) -> bool:
    key = _exact(version, order)
    return key is not None and any(
        low <= key and (high is None or key < high) for low, high in spans
    )
