"""Downloads: once however many ask, and gone when nobody needs them."""

import hashlib
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.simulators.web import Web
from vedette.app.inventories.scratch import Scratch
from vedette.clients.http import HttpClient
from vedette.errors import ServiceError, SourceError

DATA = b"content" * 1000
SHA = hashlib.sha256(DATA).hexdigest()


@pytest.fixture
def scratch(tmp_path: Path, web: Web) -> Iterator[Scratch]:
    web.documents["/data"] = DATA
    with HttpClient(sleep=lambda _: None) as http:
        yield Scratch(tmp_path, http)


def test_content_stays_as_long_as_the_lease(scratch: Scratch, web: Web, tmp_path: Path) -> None:
    with scratch.lease() as fetch:
        for _ in range(2):
            path = fetch(lambda: f"{web.url}/data", sha256=SHA, limit=1 << 20)
            assert path.read_bytes() == DATA
    assert len(web.requests) == 1
    assert list(tmp_path.iterdir()) == []


def test_content_stays_as_long_as_one_of_several_leases(
    scratch: Scratch, web: Web, tmp_path: Path
) -> None:
    with scratch.lease() as first:
        with scratch.lease() as second:
            second(lambda: f"{web.url}/data", sha256=SHA, limit=1 << 20)
            first(lambda: f"{web.url}/never", sha256=SHA, limit=1 << 20)
        assert (tmp_path / SHA).read_bytes() == DATA
    assert list(tmp_path.iterdir()) == []
    assert len(web.requests) == 1


def test_many_who_ask_at_once_share_one_download(
    scratch: Scratch, web: Web, tmp_path: Path
) -> None:
    barrier = threading.Barrier(6)

    def one(_: int) -> bytes:
        with scratch.lease() as fetch:
            barrier.wait()
            found = fetch(lambda: f"{web.url}/data", sha256=SHA, limit=1 << 20).read_bytes()
            barrier.wait()
            return found

    with ThreadPoolExecutor(6) as pool:
        assert list(pool.map(one, range(6))) == [DATA] * 6
    assert len(web.requests) == 1
    assert list(tmp_path.iterdir()) == []


def test_what_breaks_off_leaves_nothing(scratch: Scratch, web: Web, tmp_path: Path) -> None:
    web.cuts["/data"] = [10] * 50
    with pytest.raises(ServiceError), scratch.lease() as fetch:
        fetch(lambda: f"{web.url}/data", sha256=SHA, limit=1 << 20)
    assert list(tmp_path.iterdir()) == []


def test_something_else_is_refused(scratch: Scratch, web: Web, tmp_path: Path) -> None:
    with scratch.lease() as fetch, pytest.raises(ServiceError, match="checksum"):
        fetch(lambda: f"{web.url}/data", sha256="0" * 64, limit=1 << 20)
    with scratch.lease() as fetch, pytest.raises(ServiceError, match="too-large"):
        fetch(lambda: f"{web.url}/data", sha256=SHA, limit=10)
    assert list(tmp_path.iterdir()) == []


def test_where_there_is_no_room_the_source_cannot_be_read(web: Web, tmp_path: Path) -> None:
    web.documents["/data"] = DATA
    with HttpClient(sleep=lambda _: None) as http:
        scratch = Scratch(tmp_path / "nowhere", http)
        with scratch.lease() as fetch, pytest.raises(SourceError, match="cannot be written"):
            fetch(lambda: f"{web.url}/data", sha256=SHA, limit=1 << 20)
