"""RubyGems' requirements (https://guides.rubygems.org/patterns/#declaring-dependencies) that are safe → the versions that are not."""

import re
from collections.abc import Iterable, Iterator

import msgspec

from vedette.errors import ParseError, VersionError
from vedette.model.advisory import Range
from vedette.model.package import SchemeName
from vedette.versions import SCHEMES

_GEM = SCHEMES[SchemeName.GEM]
_TERM = re.compile(r"(~>|>=|<=|>|<|=)?\s*([0-9][0-9A-Za-z.-]*)")
_FIRST = "0"


class _Safe(msgspec.Struct, frozen=True, kw_only=True):
    """Versions from `low` on (`after`: behind it) and before `high`; None for no end."""

    low: str = _FIRST
    after: bool = False
    high: str | None = None


def unsafe(requirements: Iterable[str]) -> tuple[Range, ...]:
    """The runs of versions that none of the requirements holds.

    Raises:
        ParseError: one is none, or lets an end count that a run of ours cannot begin behind (`<= 1.2`, `= 1.2`).
    """
    return tuple(_between(sorted((_safe(one) for one in requirements), key=_begins)))


def _between(safe: list[_Safe]) -> Iterator[Range]:
    start = _FIRST
    for one in safe:
        if one.high is not None and _key(one.high) <= _key(one.low):
            continue  # nothing satisfies it
        if _key(one.low) > _key(start) or (one.after and _key(one.low) == _key(start)):
            yield (
                Range(introduced=start, last_affected=one.low)
                if one.after
                else Range(introduced=start, fixed=one.low)
            )
        if one.high is None:
            return
        start = max(start, one.high, key=_key)
    yield Range(introduced=start)


def _safe(requirement: str) -> _Safe:
    """`~> 2.0.9, >= 2.0.9.2`: all terms hold."""
    found = _Safe()
    for text in requirement.split(","):
        term = _TERM.fullmatch(text.strip())
        if term is None or term[1] in {"<=", "=", None}:
            raise ParseError(f"not a requirement with a range of versions: {requirement[:80]!r}")
        found = _narrowed(found, term[1], term[2])
    return found


def _narrowed(safe: _Safe, operator: str, version: str) -> _Safe:
    low, high = safe.low, safe.high
    after = safe.after
    if operator != "<" and _key(version) >= _key(low):
        low, after = version, operator == ">"
    end = {"<": version, "~>": _next(version)}.get(operator)
    if end is not None and (high is None or _key(end) < _key(high)):
        high = end
    return _Safe(low=low, after=after, high=high)


def _next(version: str) -> str:
    """The end of `~>`: the last number goes, the one before grows; its prereleases are beyond (`Gem::Version#bump`)."""
    numbers: list[int] = []
    for part in version.split("."):
        if not part.isdecimal() or len(part) > 9:  # noqa: PLR2004 - a date has eight digits
            break
        numbers.append(int(part))
    if len(numbers) > 1:
        numbers.pop()
    if not numbers:
        raise ParseError(f"not a version: {version[:40]!r}")
    return ".".join(map(str, (*numbers[:-1], numbers[-1] + 1))) + ".a"


def _begins(safe: _Safe) -> tuple[bytes, bool]:
    return _key(safe.low), safe.after


def _key(version: str) -> bytes:
    try:
        return _GEM.key(version)
    except VersionError as error:
        raise ParseError(f"not a version: {version[:40]!r}") from error
