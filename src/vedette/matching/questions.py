"""Which packages are worth judging: of most, every advisory says no more than that the version is not its own.

The index answers that for all packages at once, by comparing keys with the hulls of ranges; only what is left is compared range by
range. A version whose key does not decide (no version, or one that its scheme compares itself) is always left.
"""

from collections.abc import Iterable, Sequence

from vedette.matching.ecosystems import Lookup
from vedette.matching.index import AdvisoryIndex
from vedette.matching.ranges import Version, version_of
from vedette.model.candidate import Question
from vedette.model.package import Package, SchemeName

Asked = tuple[Package, tuple[Lookup, ...]]
"""A package and its look-ups."""


def worth_judging(asked: Sequence[Asked], index: AdvisoryIndex) -> list[bool]:
    """Whether the index may have something to say of each."""
    keys: dict[tuple[str, SchemeName], bytes | None] = {}
    questions = [
        [_question(lookup, package.scheme, keys) for lookup in lookups]
        for package, lookups in asked
    ]
    telling = index.telling(set(_certain(one for found in questions for one in found)))
    return [any(one is None or one in telling for one in found) for found in questions]


def _certain(questions: Iterable[Question | None]) -> Iterable[Question]:
    return (one for one in questions if one is not None)


def _question(
    lookup: Lookup, scheme: SchemeName, keys: dict[tuple[str, SchemeName], bytes | None]
) -> Question | None:
    """What to ask; None where one key would not decide."""
    if lookup.upto is not None:
        return None
    scheme = lookup.scheme or scheme
    place = (lookup.version, scheme)
    if place not in keys:
        keys[place] = _deciding_key(lookup.version, scheme)
    key = keys[place]
    return None if key is None else (lookup.ecosystem, lookup.name, scheme, key)


def _deciding_key(text: str, scheme: SchemeName) -> bytes | None:
    version = version_of(text, scheme)
    if not isinstance(version, Version) or not version.order.exact(text):
        return None
    return version.key
