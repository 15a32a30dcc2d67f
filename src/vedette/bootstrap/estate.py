"""What a pass over AWS needs: the store, credentials, downloads."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from vedette.advisories.database import AdvisoryDatabase
from vedette.app.evaluate import Means
from vedette.app.inventories.scratch import Scratch
from vedette.app.inventories.taken import Workers
from vedette.bootstrap.layers import layer_cache
from vedette.clients.aws import Account, AwsSettings, connect
from vedette.clients.http import HttpClient
from vedette.config import Settings
from vedette.store.store import SqlStore


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
    settings: Settings,
    home: Account,
    store: SqlStore,
    database: AdvisoryDatabase,
    workers: Workers | None = None,
) -> Iterator[Means]:
    """Everything that one pass works with; downloads are removed afterwards."""
    with tempfile.TemporaryDirectory(prefix="vedette-") as folder, HttpClient() as http:
        yield Means(
            home=home,
            store=store,
            index=database,
            scratch=Scratch(Path(folder), http),
            cache=layer_cache(settings.cache),
            workers=workers,
        )
