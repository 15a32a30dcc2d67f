"""The advisories that a scan judges with."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from vedette.advisories.database import AdvisoryDatabase
from vedette.config import Settings
from vedette.errors import StoreError


@contextmanager
def advisory_database(chosen: Path | None, settings: Settings) -> Iterator[AdvisoryDatabase]:
    """The advisory database to judge with.

    A file that was named must be there. Without one it is the one that `vedette db update` keeps; where there is
    none yet, the starter set (`.starter` tells).

    Raises:
        StoreError: where a database cannot be used.
    """
    path = chosen or settings.database
    if chosen is None and not path.exists():
        path = _starter(settings)
    with AdvisoryDatabase.open(path) as database:
        yield database


def _starter(settings: Settings) -> Path:
    from vedette.advisories.starter import starter_database  # noqa: PLC0415 - only without a database

    target = settings.cache / "starter.db"
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(f"there is no place for the starter set: {error}") from error
    starter_database(target)
    return target
