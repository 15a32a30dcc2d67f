"""The only place that builds concrete parts and reads the clock."""

import multiprocessing
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from multiprocessing.context import BaseContext
from pathlib import Path

from vedette.advisories.database import AdvisoryDatabase
from vedette.advisories.starter import starter_database
from vedette.app.evaluate import Means
from vedette.app.inventories.scratch import Scratch
from vedette.clients.aws import Account, AwsSettings, connect
from vedette.clients.http import HttpClient
from vedette.config import Settings
from vedette.errors import StoreError
from vedette.inventory.cache import DirectoryCache
from vedette.store.store import SqlStore


def now() -> datetime:
    """The time, UTC."""
    return datetime.now(UTC)  # noqa: TID251 - the one clock


def pause(seconds: float) -> None:
    """Wait."""
    time.sleep(seconds)


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
        with _starter(settings) as database:
            yield database
        return
    with AdvisoryDatabase.open(path) as database:
        yield database


@contextmanager
def _starter(settings: Settings) -> Iterator[AdvisoryDatabase]:
    target = settings.cache / "starter.db"
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(f"there is no place for the starter set: {error}") from error
    starter_database(target)
    with AdvisoryDatabase.open(target) as database:
        yield database


def worker_context() -> BaseContext:
    """How worker processes are started: never by forking, since there are threads."""
    return multiprocessing.get_context("forkserver")


def layer_cache(folder: Path) -> DirectoryCache:
    """Extracted layers by content."""
    return DirectoryCache(folder / "layers")


@contextmanager
def open_store(settings: Settings) -> Iterator[SqlStore]:
    """The store, with its schema in place.

    Raises:
        StoreError: where it cannot be used.
    """
    with SqlStore.open(settings.store) as store:
        yield store


def home_account(settings: Settings, *, profile: str | None = None) -> Account:
    """The account of the ambient credentials.

    Raises:
        ServiceError: where the profile does not exist.
    """
    return connect(
        AwsSettings(
            region=settings.regions[0],
            profile=profile,
            role_name=settings.role_name,
            external_id=settings.external_id,
        )
    )


@contextmanager
def means_of(
    settings: Settings, home: Account, store: SqlStore, database: AdvisoryDatabase
) -> Iterator[Means]:
    """Everything that one pass works with; downloads are removed afterwards."""
    with tempfile.TemporaryDirectory(prefix="vedette-") as folder, HttpClient() as http:
        yield Means(
            home=home,
            store=store,
            index=database,
            scratch=Scratch(Path(folder), http),
            cache=layer_cache(settings.cache),
        )
