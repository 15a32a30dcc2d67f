"""Every extractor on its golden cases, and on damaged ones."""

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from tests.inventory.golden import CASES, as_json, cases, files, outcome, reads
from vedette.errors import ParseError
from vedette.inventory.catalogue.whole import EXTRACTORS
from vedette.inventory.extractors._base import Extractor, FileInput

_GOLDEN = [(extractor, case) for extractor in EXTRACTORS for case in cases(extractor)]
_GOOD = [
    (extractor, path, data)
    for extractor, case in _GOLDEN
    if not case.name.startswith("malformed")
    for path, data in files(case).items()
    if reads(extractor, path) and data
]


@pytest.mark.parametrize(
    ("extractor", "case"),
    [(e, c.name) for e, c in _GOLDEN],
    ids=[f"{e.name}-{c.name}" for e, c in _GOLDEN],
)
def test_extractor_gives_what_the_case_expects(extractor: Extractor, case: str) -> None:
    folder = CASES / extractor.name / case
    found = as_json(outcome(extractor, folder))
    assert found.decode() == (folder / "expected.json").read_text()
    assert as_json(outcome(extractor, folder)) == found


@given(st.sampled_from(_GOOD), st.data())
@settings(max_examples=300, deadline=None)
def test_truncated_file_is_read_or_a_parse_error(
    case: tuple[Extractor, str, bytes], data: st.DataObject
) -> None:
    extractor, path, content = case
    length = data.draw(st.integers(0, len(content)))
    _extract(extractor, path, content[:length])


@given(st.sampled_from(_GOOD), st.data())
@settings(max_examples=600, deadline=None)
def test_flipped_bits_are_read_or_a_parse_error(
    case: tuple[Extractor, str, bytes], data: st.DataObject
) -> None:
    extractor, path, content = case
    damaged = bytearray(content)
    places = data.draw(st.lists(st.integers(0, len(content) * 8 - 1), min_size=1, max_size=12))
    for place in places:
        damaged[place // 8] ^= 1 << place % 8
    _extract(extractor, path, bytes(damaged))


@given(st.sampled_from(_GOOD), st.binary(max_size=300))
@settings(max_examples=200, deadline=None)
def test_any_bytes_are_read_or_a_parse_error(
    case: tuple[Extractor, str, bytes], content: bytes
) -> None:
    extractor, path, _ = case
    _extract(extractor, path, content)


def _extract(extractor: Extractor, path: str, content: bytes) -> None:
    try:
        extraction = extractor.extract(FileInput(path=path, data=content))
    except ParseError:
        return
    # what a file can make of itself is bounded by its size, whatever it says of itself
    assert len(extraction.packages) <= len(content)
    assert sum(len(owned.listing) for owned in extraction.owned) <= 64 * len(content) + 4096
