from datetime import UTC, datetime
from pathlib import Path

import pytest

from vedette.advisories.outcomes import (
    FeedOutcome,
    FeedStatus,
    NotedOutcome,
    note_outcomes,
    noted_outcomes,
)
from vedette.errors import StoreError

NOW = datetime(2024, 6, 1, tzinfo=UTC)
LATER = datetime(2024, 6, 2, tzinfo=UTC)


def test_outcomes_of_other_feeds_stay(tmp_path: Path) -> None:
    one = FeedOutcome(name="one", status=FeedStatus.FAILED, detail="why")
    two = FeedOutcome(name="two", status=FeedStatus.UPDATED, dated=NOW)
    assert noted_outcomes(tmp_path) == {}
    note_outcomes(tmp_path, [one, two], NOW)
    better = FeedOutcome(name="one", status=FeedStatus.UPDATED)
    note_outcomes(tmp_path, [better], LATER)
    assert noted_outcomes(tmp_path) == {
        "one": NotedOutcome(at=LATER, outcome=better),
        "two": NotedOutcome(at=NOW, outcome=two),
    }


@pytest.mark.parametrize("data", [b"", b"[]", b"\xff", b'{"one": {"at": "never"}}'])
def test_what_cannot_be_read_is_nothing(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "outcomes.json").write_bytes(data)
    assert noted_outcomes(tmp_path) == {}


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="No such file"):
        note_outcomes(tmp_path / "gone", [], NOW)
