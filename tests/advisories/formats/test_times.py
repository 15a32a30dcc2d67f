"""Publishers' dates."""

from datetime import UTC, date, datetime

import pytest

from vedette.advisories.formats.times import parse_date, parse_time
from vedette.errors import ParseError


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("2024-06-05T16:43:22Z", datetime(2024, 6, 5, 16, 43, 22, tzinfo=UTC)),
        ("2024-06-05T16:43:22.123456789Z", datetime(2024, 6, 5, 16, 43, 22, 123456, tzinfo=UTC)),
        ("2024-06-05T01:00:00+02:00", datetime(2024, 6, 4, 23, tzinfo=UTC)),
        ("2023-02-17 20:41:00", datetime(2023, 2, 17, 20, 41, tzinfo=UTC)),
        (" 2023-02-17 ", datetime(2023, 2, 17, tzinfo=UTC)),
    ],
)
def test_times(text: str, time: datetime) -> None:
    assert parse_time(text) == time


@pytest.mark.parametrize("text", ["", "soon", "2024-13-01", "0001-01-01T00:00:00+14:00", "2024"])
def test_no_times(text: str) -> None:
    with pytest.raises(ParseError, match="not a time"):
        parse_time(text)


def test_dates() -> None:
    assert parse_date("2024-02-29 ") == date(2024, 2, 29)
    with pytest.raises(ParseError, match="not a date: '2023-02-29'"):
        parse_date("2023-02-29")
