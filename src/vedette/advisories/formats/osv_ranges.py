"""OSV event lists → half-open runs (OSV schema, "affected[].ranges[].events" and "Evaluation")."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

import msgspec

from vedette.errors import VersionError
from vedette.model.advisory import Range
from vedette.model.package import SchemeName
from vedette.versions import SCHEMES

_START = "0"
_PSEUDO_VERSIONS = Range(last_affected="0.0.0-99999999999999-ffffffffffff")
"""What Go calls commits of a module without a tag that is a version (https://go.dev/ref/mod#pseudo-versions)."""


class Event(msgspec.Struct, frozen=True):
    """One event; the schema allows one field each, publishers do not always."""

    introduced: str | None = None
    fixed: str | None = None
    last_affected: str | None = None
    limit: str | None = None


class _Step(msgspec.Struct, frozen=True):
    kind: str
    version: str


def normalise(events: Sequence[Event], scheme: SchemeName) -> tuple[Range, ...]:
    """The runs of versions that are affected, in order.

    Events may come unsorted. A list without any `introduced` starts at `"0"`: more is claimed then, never less.
    A `limit` ends a run as `fixed` does. An empty run (`introduced` = `fixed`) is left out.
    """
    steps = _in_order(tuple(_steps(events)), scheme)
    if steps and not any(step.kind == "introduced" for step in steps):
        steps = (_Step("introduced", _START), *steps)
    return tuple(_runs(steps))


def narrowed(
    ranges: tuple[Range, ...], custom: Iterable[Sequence[Event]], scheme: SchemeName
) -> tuple[Range, ...]:
    """Go's database on modules whose tags Go does not take for versions: everything, and `custom_ranges` of the tags.

    Where these are versions to us they count (`v10.2.0+incompatible` is one of 10.2.0's); a commit's pseudo-version tells nothing of
    the tags, so that all of those stay affected. Else the range stays as it is (https://go.dev/doc/security/vuln/database).
    """
    if ranges != (Range(),):
        return ranges
    runs = tuple(run for events in custom for run in normalise(events, scheme))
    ends = {end for run in runs for end in (run.introduced, run.fixed, run.last_affected)}
    if not runs or not all(_is_version(end, scheme) for end in ends - {None, _START} if end):
        return ranges
    return (*runs, _PSEUDO_VERSIONS)


def _is_version(text: str, scheme: SchemeName) -> bool:
    try:
        SCHEMES[scheme].key(text)
    except VersionError:
        return False
    return True


def _steps(events: Sequence[Event]) -> Iterator[_Step]:
    for event in events:
        if event.introduced is not None:
            yield _Step("introduced", event.introduced or _START)
        if event.fixed:
            yield _Step("fixed", event.fixed)
        if event.last_affected:
            yield _Step("last_affected", event.last_affected)
        if event.limit and event.limit != "*":
            yield _Step("fixed", event.limit)


def _in_order(steps: tuple[_Step, ...], scheme: SchemeName) -> tuple[_Step, ...]:
    if len(steps) < 2 or (len(steps) == 2 and steps[0] == _Step("introduced", _START)):  # noqa: PLR2004 - the common case
        return steps
    key = SCHEMES[scheme].key
    try:
        return tuple(
            sorted(steps, key=lambda step: b"" if step.version == _START else key(step.version))
        )
    except VersionError:
        return steps  # as the publisher wrote them; the end that does not parse is reported when it is keyed


def _runs(steps: tuple[_Step, ...]) -> Iterator[Range]:
    start: str | None = None
    for version, group in groupby(steps, key=lambda step: step.version):
        kinds = {step.kind for step in group}
        was_open = start is not None
        if start is None and "introduced" in kinds:
            start = version
        if start is not None and "fixed" in kinds:
            if was_open:
                yield Range(introduced=start, fixed=version)
            start = version if was_open and "introduced" in kinds else None
        elif start is not None and "last_affected" in kinds:
            yield Range(introduced=start, last_affected=version)
            start = None
    if start is not None:
        yield Range(introduced=start)
