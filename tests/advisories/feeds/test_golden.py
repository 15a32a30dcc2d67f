"""Every case of every feed gives what its expected.json says."""

from pathlib import Path

import pytest

from tests.advisories.feeds import golden
from vedette.advisories.feeds._base import Feed

_CASES = golden.cases()


@pytest.mark.parametrize(
    ("feed", "case"), _CASES, ids=[f"{feed.name}-{case.name}" for feed, case in _CASES]
)
def test_case(feed: Feed, case: Path, tmp_path: Path) -> None:
    mirror = golden.pack(case / "input", tmp_path)
    assert golden.read(feed, mirror) == golden.expected(case)
    assert golden.read(feed, mirror) == golden.expected(case)  # the same twice
