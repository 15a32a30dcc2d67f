"""Publishers' dates."""

from datetime import UTC, date, datetime

from vedette.errors import ParseError


def parse_time(text: str) -> datetime:
    """An ISO 8601 or RFC 3339 time as UTC; one without an offset is taken as UTC.

    Raises:
        ParseError: where it is not one.
    """
    try:
        time = datetime.fromisoformat(text.strip())
        return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise ParseError(f"not a time: {text[:40]!r}") from error


def parse_date(text: str) -> date:
    """A `YYYY-MM-DD` date.

    Raises:
        ParseError: where it is not one.
    """
    try:
        return date.fromisoformat(text.strip())
    except ValueError as error:
        raise ParseError(f"not a date: {text[:40]!r}") from error
