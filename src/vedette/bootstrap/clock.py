"""The clock, and waiting."""

import time
from datetime import UTC, datetime


def now() -> datetime:
    """The time, UTC."""
    return datetime.now(UTC)  # noqa: TID251 - the one clock


def pause(seconds: float) -> None:
    """Wait."""
    time.sleep(seconds)
