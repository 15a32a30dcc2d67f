"""What holds for every scheme, whatever its order."""

import time
from itertools import pairwise

import pytest
from hypothesis import given, settings, strategies as st

from tests.versions.generate import versions
from tests.versions.test_oracles import answer
from vedette.errors import VersionError
from vedette.versions import SCHEMES
from vedette.versions._base import MAX_LENGTH, number

ALL = sorted(SCHEMES)
_FEW = settings(max_examples=60, deadline=None)


@pytest.mark.parametrize("scheme", ALL)
def test_key_order_is_the_comparers_order_where_exact(scheme: str) -> None:
    entry = SCHEMES[scheme]
    if entry.compare is None:
        assert all(map(entry.exact, versions(scheme, 50)))
        return
    exact = [v for v in versions(scheme, 2000) if entry.exact(v)]
    assert len(exact) > 500
    for left, right in (*pairwise(exact), *pairwise(sorted(exact, key=entry.key))):
        a, b = entry.key(left), entry.key(right)
        compared = entry.compare(left, right)
        assert (a > b) - (a < b) == (compared > 0) - (compared < 0), (left, right)


@pytest.mark.parametrize("scheme", [s for s in ALL if SCHEMES[s].compare is not None])
def test_comparer_is_reflexive_and_antisymmetric(scheme: str) -> None:
    compare = SCHEMES[scheme].compare
    assert compare is not None
    for left, right in pairwise(versions(scheme, 2000)):
        assert compare(left, left) == 0
        assert compare(left, right) == -compare(right, left)


@pytest.mark.parametrize("scheme", ALL)
def test_order_is_total_where_exact(scheme: str) -> None:
    """Sorting by keys puts no version after one that the scheme calls greater."""
    entry = SCHEMES[scheme]
    ordered = sorted(filter(entry.exact, versions(scheme, 400, seed=2)), key=entry.key)
    for left, right in pairwise(ordered):
        assert answer(scheme, left, right) <= 0
    assert all(answer(scheme, ordered[0], other) <= 0 for other in ordered)


@pytest.mark.parametrize("scheme", ALL)
def test_leading_zeros_do_not_matter_in_the_first_number(scheme: str) -> None:
    zeros_refused = {"cargo", "go", "hex", "semver", "swift"}
    if scheme in zeros_refused:
        with pytest.raises(VersionError):
            SCHEMES[scheme].key("007")
    else:
        assert SCHEMES[scheme].key("007") == SCHEMES[scheme].key("7")


@given(st.integers(min_value=0, max_value=10**999), st.integers(min_value=0, max_value=10**999))
@_FEW
def test_number_order_is_the_order_of_integers(a: int, b: int) -> None:
    assert (number(str(a)) < number(str(b))) == (a < b)
    assert number(f"00{a}") == number(str(a))


@pytest.mark.parametrize("digits", [38, 39, 40, 41, 99, 100, 999, 1000])
def test_number_order_at_the_lengths_where_the_code_changes(digits: int) -> None:
    top = 10**digits
    assert number(str(top - 1)) < number(str(top)) < number(str(top + 1)) < number(str(10 * top))


@pytest.mark.parametrize("scheme", ALL)
@pytest.mark.parametrize("digits", [38, 39, 40, 41, 300])
def test_long_numbers_keep_their_order(scheme: str, digits: int) -> None:
    """Composer's first number has five digits at most, so the long one comes second."""
    texts = [f"1.{n}" for n in (9, 10**digits - 1, 10**digits, 10 ** (digits + 1))]
    if scheme == "cran":
        texts = [text.replace(".", "-") for text in texts]
    for left, right in pairwise(texts):
        assert answer(scheme, left, right) == -1


_HOSTILE = (
    "1" * MAX_LENGTH,
    "1." * (MAX_LENGTH // 2) + "x ",
    "1-" * (MAX_LENGTH // 2) + "\n",
    "1-a" * (MAX_LENGTH // 3) + "\x00",
    "1.0-" + "a." * 500 + ".",
    "1_p" * (MAX_LENGTH // 3) + "!",
    "1.0-alpha" + "1" * 900 + "é",
    "1.0beta" + ".1" * 450 + "?",
    "~" * MAX_LENGTH,
    "-" * MAX_LENGTH,
    ".-" * (MAX_LENGTH // 2),
    "a0" * (MAX_LENGTH // 2),
    "1.0+" + "a-" * 500 + "+",
    "0." * 500 + "a" + ".0" * 10 + ".",
    "v=" + " " * 1000 + "x",
    " " * 1000 + "1",
    "20240101" * 100 + "x",
    "1:" * (MAX_LENGTH // 2),
)


def _tried(scheme: str, text: str) -> bytes | None:
    entry = SCHEMES[scheme]
    try:
        key = entry.key(text)
    except VersionError:
        with pytest.raises(VersionError, match=r"^.{20,400}$"):
            answer(scheme, text, "1")
        return None
    assert isinstance(entry.exact(text), bool)
    assert answer(scheme, text, text) == 0
    return key


@pytest.mark.parametrize("scheme", ALL)
def test_hostile_texts_cost_little(scheme: str) -> None:
    began = time.perf_counter()
    for text in _HOSTILE:
        _tried(scheme, text)
    assert time.perf_counter() - began < 2


@pytest.mark.parametrize("scheme", ALL)
def test_too_long_a_text_is_refused(scheme: str) -> None:
    with pytest.raises(VersionError, match="longer than 1024 characters"):
        SCHEMES[scheme].key("1" * (MAX_LENGTH + 1))


@pytest.mark.parametrize("scheme", ALL)
@given(st.text(max_size=40) | st.text(alphabet="019.-+_~^:abrcvpost !\x00é", max_size=24))
@_FEW
def test_any_text_has_a_key_or_is_refused(scheme: str, text: str) -> None:
    first = _tried(scheme, text)
    assert _tried(scheme, text) == first
