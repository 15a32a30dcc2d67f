"""Every scheme against the real tool, where it is installed."""

import pytest

from tests.versions.generate import Pair, pairs
from tests.versions.oracles import ORACLES, Oracle
from vedette.versions import SCHEMES


def answer(scheme: str, left: str, right: str) -> int:
    """The scheme's own answer: by keys, or by its comparer where keys do not say all."""
    entry = SCHEMES[scheme]
    if entry.compare is not None and not (entry.exact(left) and entry.exact(right)):
        compared = entry.compare(left, right)
        return (compared > 0) - (compared < 0)
    a, b = entry.key(left), entry.key(right)
    return (a > b) - (a < b)


@pytest.mark.parametrize(
    ("scheme", "oracle", "count"),
    [pytest.param(s, o, n, id=f"{s}-{name}") for s, name, o, n in ORACLES],
)
def test_scheme_agrees_with_its_tool(scheme: str, oracle: Oracle, count: int) -> None:
    asked: list[Pair] = pairs(scheme, count)
    truth = oracle(asked)
    differences = [
        (pair, said, true)
        for pair, true in zip(asked, truth, strict=True)
        if true is not None and (said := answer(scheme, *pair)) != true
    ]
    assert differences == []
    judged = sum(true is not None for true in truth)
    assert judged > count * 0.6
