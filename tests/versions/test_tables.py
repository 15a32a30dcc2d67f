"""Facts about each scheme's order, one a line: `A < B`, `A = B`, or `! A` for what is no version."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.versions.test_oracles import answer
from vedette.errors import VersionError
from vedette.versions import SCHEMES

TABLES = Path(__file__).parent / "tables"
_FACT = re.compile(r"(.+?) ([<=]) (.+)")


def _facts(scheme: str, *, refused: bool) -> Iterator[str]:
    for line in (TABLES / f"{scheme}.txt").read_text().splitlines():
        if line and not line.startswith("#") and line.startswith("! ") == refused:
            yield line


@pytest.mark.parametrize("scheme", sorted(SCHEMES))
def test_order_table(scheme: str) -> None:
    wrong = []
    for fact in _facts(scheme, refused=False):
        match = _FACT.fullmatch(fact)
        assert match is not None, fact
        left, operator, right = match.groups()
        expected = {"<": (-1, 1), "=": (0, 0)}[operator]
        said = answer(scheme, left, right), answer(scheme, right, left)
        if said != expected:
            wrong.append((fact, said))
    assert wrong == []


@pytest.mark.parametrize("scheme", sorted(SCHEMES))
def test_refusals(scheme: str) -> None:
    entry = SCHEMES[scheme]
    accepted = []
    for fact in _facts(scheme, refused=True):
        try:
            entry.key(fact.removeprefix("! "))
        except VersionError as error:
            assert scheme in error.reason  # noqa: PT017 - one loop over the table's lines
        else:
            accepted.append(fact)
    assert accepted == []


@pytest.mark.parametrize("scheme", sorted(SCHEMES))
def test_zero_is_a_low_version(scheme: str) -> None:
    assert answer(scheme, "0", "0") == 0
    assert answer(scheme, "0", "1") == -1
    assert answer(scheme, "0", "0.1") == -1
