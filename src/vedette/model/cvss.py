"""CVSS vectors and their base scores (FIRST, CVSS v2, v3.0, v3.1 and v4.0 specifications)."""

from functools import lru_cache
from typing import NewType

from cvss import CVSS2, CVSS3, CVSS4, CVSSError

from vedette.errors import ParseError

CvssVector = NewType("CvssVector", str)
"""A vector that parses; v2 vectors have no prefix. Made only by `parse_vector`."""


@lru_cache(maxsize=65536)
def _calculator(text: str) -> CVSS2 | CVSS3 | CVSS4:
    try:
        if text.startswith("CVSS:4"):
            return CVSS4(text)
        if text.startswith("CVSS:3"):
            return CVSS3(text)
        return CVSS2(text)
    except CVSSError as error:
        raise ParseError(f"not a CVSS vector: {text[:120]!r}: {error}") from error


def parse_vector(text: str) -> CvssVector:
    """Check a vector of any version; a v2 vector may stand in brackets.

    Raises:
        ParseError: where a metric is missing, unknown or repeated.
    """
    vector = text.strip().strip("()")
    _calculator(vector)
    return CvssVector(vector)


def version_of(vector: CvssVector) -> str:
    """`2.0`, `3.0`, `3.1` or `4.0`."""
    return vector[5:8] if vector.startswith("CVSS:") else "2.0"


def base_score(vector: CvssVector) -> float:
    """The score of the vector's base metrics, 0.0 to 10.0.

    For v4.0 the published scores include the threat metrics when they are given.
    """
    calculator = _calculator(vector)
    return float(calculator.base_score)


def metrics_of(vector: CvssVector) -> dict[str, str]:
    """The vector's metrics in their order, for example `{"AV": "N", …}`."""
    parts = vector.split("/")
    return dict(part.split(":", 1) for part in parts if not part.startswith("CVSS:"))
