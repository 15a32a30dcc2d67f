"""What a license is called: an SPDX id, an SPDX expression, or neither (SPDX 2.3, annexes A and D).

`packaging` keeps the list for Python's own metadata (PEP 639); a newer id than it knows is written as a name.
"""

from functools import lru_cache

from packaging.licenses import InvalidLicenseExpression, canonicalize_license_expression

_REFERENCE = "LicenseRef-"
_LONGEST = 1_000  # of an expression: it is compiled, and comes from strangers
_OPERATORS = frozenset(" ()+")


def is_license_id(text: str) -> bool:
    """Whether it is an id of the SPDX license list, in its very spelling."""
    return (
        _OPERATORS.isdisjoint(text) and not text.startswith(_REFERENCE) and _canonical(text) == text
    )


def is_expression(text: str) -> bool:
    """Whether it is an expression of ids, whatever their case."""
    return _canonical(text) is not None


@lru_cache(maxsize=4096)  # a target's packages share a few licences
def _canonical(text: str) -> str | None:
    if len(text) > _LONGEST:
        return None
    try:
        return canonicalize_license_expression(text)
    except InvalidLicenseExpression:
        return None
