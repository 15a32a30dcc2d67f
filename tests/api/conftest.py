"""What tests of the API share: boto3 clients without a socket, and a store of one's own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.api.clients import NewClient, new_client
from vedette.store.store import SqlStore


@pytest.fixture(scope="session")
def client() -> NewClient:
    """`client(store, account, role)` is a boto3 client of `inspector2`, answered by the handlers in this process."""
    return new_client


@pytest.fixture(scope="session")
def _migrated(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("api") / "migrated.db"
    SqlStore.open(f"sqlite:///{path}").close()
    return path.read_bytes()


@pytest.fixture
def store(_migrated: bytes, tmp_path: Path) -> Iterator[SqlStore]:
    """An empty store."""
    path = tmp_path / "store.db"
    path.write_bytes(_migrated)
    with SqlStore.open(f"sqlite:///{path}") as opened:
        yield opened
