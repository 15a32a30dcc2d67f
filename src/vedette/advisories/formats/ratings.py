"""CVSS vectors of feeds → ratings."""

from collections.abc import Iterable

from vedette.errors import ParseError
from vedette.model.advisory import Rating
from vedette.model.cvss import parse_vector


def rate(pairs: Iterable[tuple[str, str]]) -> tuple[tuple[Rating, ...], tuple[str, ...]]:
    """(source, vector text) pairs → ratings, sorted and without repetition, and why others are not vectors."""
    ratings: set[Rating] = set()
    problems: list[str] = []
    for source, text in pairs:
        try:
            ratings.add(Rating(source=source, vector=parse_vector(text)))
        except ParseError as error:
            problems.append(str(error))
    return tuple(sorted(ratings)), tuple(problems)
