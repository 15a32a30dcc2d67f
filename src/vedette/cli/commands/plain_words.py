"""A command's arguments where they are plain. Click takes longer to load than a lock file to read.

What is not plain here is click's: help, errors, and every form of an argument that is not among the usual ones.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple


class PlainWords(NamedTuple):
    """What was said: two places (kind and target), options that have a value, each once, and flags."""

    kind: str
    target: str
    values: Mapping[str, str]
    flags: frozenset[str]


def plain_words(
    words: Sequence[str], options: Mapping[str, str], flags: frozenset[str]
) -> PlainWords | None:
    """The words by what they mean; None where they are not plain.

    Args:
        words: after the verb.
        options: those that have a value, by every spelling.
        flags: options without one.
    """
    places: list[str] = []
    values: dict[str, str] = {}
    said: set[str] = set()
    rest = iter(words)
    for word in rest:
        key = options.get(word)
        if word in flags:
            said.add(word)
        elif not word.startswith("-"):
            places.append(word)
        elif key is None or key in values or (value := next(rest, "-")).startswith("-"):
            return None
        else:
            values[key] = value
    match places:
        case [kind, target]:
            return PlainWords(kind, target, values, frozenset(said))
        case _:
            return None
