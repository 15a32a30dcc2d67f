"""Downloads: conditional, resumed, verified, atomic."""

import fcntl
import gzip
import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import pytest

from tests.simulators.web import Web, serve
from vedette.clients.http import Downloaded, HttpClient, HttpPolicy, Validators
from vedette.clients.partial import open_partial
from vedette.errors import ServiceError

pytestmark = pytest.mark.loopback

BODY = bytes(range(256)) * 4000
SHA = hashlib.sha256(BODY).hexdigest()
LIMIT = 1 << 21
MODIFIED = "Wed, 21 Oct 2015 07:28:00 GMT"


@pytest.fixture
def web() -> Iterator[Web]:
    with serve() as running:
        running.documents["/doc"] = BODY
        yield running


@pytest.fixture
def waits() -> list[float]:
    return []


@pytest.fixture
def client(waits: list[float]) -> Iterator[HttpClient]:
    with HttpClient(HttpPolicy(attempts=2, read_timeout=5), sleep=waits.append) as opened:
        yield opened


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "doc.json"


def whole(web: Web, *, not_modified: bool = False) -> Downloaded:
    validators = Validators(etag=web.etag("/doc"))
    return Downloaded(not_modified=not_modified, validators=validators, size=len(BODY), sha256=SHA)


def ranges(web: Web) -> list[tuple[str | None, str | None]]:
    return [(asked.get("range"), asked.get("if-range")) for _, asked in web.requests]


def interrupt(client: HttpClient, web: Web, target: Path, after: int = 300_000) -> int:
    """Let both attempts break off; gives the size of what is left."""
    web.cuts["/doc"] = [after, 100_000]
    with pytest.raises(ServiceError, match="given up after 2 attempts"):
        client.download(f"{web.url}/doc", target, limit=LIMIT)
    web.requests.clear()
    return target.with_name("doc.json.part").stat().st_size


def test_a_download_stands_at_its_target_alone(client: HttpClient, web: Web, target: Path) -> None:
    seen: list[tuple[int, int | None]] = []
    done = client.download(
        f"{web.url}/doc", target, limit=LIMIT, progress=lambda have, of: seen.append((have, of))
    )
    assert done == whole(web)
    assert target.read_bytes() == BODY
    assert list(target.parent.iterdir()) == [target]
    assert seen[-1] == (len(BODY), len(BODY))
    assert seen == sorted(seen)


def test_an_unchanged_document_is_not_fetched(client: HttpClient, web: Web, target: Path) -> None:
    web.headers["/doc"] = {"Last-Modified": MODIFIED}
    state = client.download(f"{web.url}/doc", target, limit=LIMIT).validators
    assert state == Validators(etag=web.etag("/doc"), last_modified=MODIFIED)
    again = client.download(f"{web.url}/doc", target, state=state, limit=LIMIT)
    assert again == Downloaded(not_modified=True, validators=state, size=len(BODY), sha256=SHA)
    asked = web.requests[-1][1]
    assert (asked["if-none-match"], asked["if-modified-since"]) == (state.etag, MODIFIED)


def test_a_lost_file_is_fetched_in_spite_of_its_state(
    client: HttpClient, web: Web, target: Path
) -> None:
    state = Validators(etag=web.etag("/doc"))
    assert client.download(f"{web.url}/doc", target, state=state, limit=LIMIT) == whole(web)


def test_a_wanted_digest_that_is_there_asks_nobody(
    client: HttpClient, web: Web, target: Path
) -> None:
    target.write_bytes(BODY)
    done = client.download(f"{web.url}/doc", target, sha256=SHA, limit=LIMIT)
    assert done == Downloaded(
        not_modified=True, validators=Validators(), size=len(BODY), sha256=SHA
    )
    assert web.requests == []


def test_a_corrupt_file_is_replaced_in_spite_of_its_state(
    client: HttpClient, web: Web, target: Path
) -> None:
    target.write_bytes(b"corrupt")
    state = Validators(etag=web.etag("/doc"))
    done = client.download(f"{web.url}/doc", target, state=state, sha256=SHA, limit=LIMIT)
    assert done == whole(web)
    assert target.read_bytes() == BODY


def test_an_interrupted_download_goes_on_at_once(
    client: HttpClient, web: Web, target: Path
) -> None:
    web.cuts["/doc"] = [300_000]
    assert client.download(f"{web.url}/doc", target, limit=LIMIT) == whole(web)
    assert target.read_bytes() == BODY
    assert ranges(web) == [(None, None), ("bytes=300000-", web.etag("/doc"))]


def test_an_interrupted_download_goes_on_in_a_later_run(
    client: HttpClient, web: Web, target: Path
) -> None:
    left = interrupt(client, web, target)
    assert left == 400_000
    assert client.download(f"{web.url}/doc", target, sha256=SHA, limit=LIMIT) == whole(web)
    assert ranges(web) == [(f"bytes={left}-", web.etag("/doc"))]
    assert list(target.parent.iterdir()) == [target]


def test_a_changed_document_is_fetched_anew(client: HttpClient, web: Web, target: Path) -> None:
    interrupt(client, web, target)
    web.documents["/doc"] = b"another"
    done = client.download(f"{web.url}/doc", target, limit=LIMIT)
    assert (done.size, target.read_bytes()) == (7, b"another")


def test_a_server_that_continues_with_another_document(
    client: HttpClient, web: Web, target: Path
) -> None:
    left = interrupt(client, web, target)
    web.compares = False
    web.documents["/doc"] = bytes(len(BODY))
    done = client.download(f"{web.url}/doc", target, limit=LIMIT)
    assert (done.size, target.read_bytes()) == (len(BODY), bytes(len(BODY)))
    assert [asked for asked, _ in ranges(web)] == [f"bytes={left}-", None]


def test_only_a_strong_validator_or_a_digest_lets_it_go_on(
    client: HttpClient, web: Web, target: Path
) -> None:
    web.weak = True
    interrupt(client, web, target)
    client.download(f"{web.url}/doc", target, limit=LIMIT)
    assert ranges(web) == [(None, None)]
    web.cuts["/doc"] = [1000]
    target.unlink()
    done = client.download(f"{web.url}/doc", target, sha256=SHA, limit=LIMIT)
    assert done == whole(web)
    assert ranges(web)[1:] == [(None, None), ("bytes=1000-", None)]


def test_last_modified_lets_it_go_on(client: HttpClient, web: Web, target: Path) -> None:
    web.headers["/doc"] = {"ETag": "", "Last-Modified": MODIFIED}
    web.cuts["/doc"] = [1000]
    done = client.download(f"{web.url}/doc", target, limit=LIMIT)
    assert (done.sha256, done.validators) == (SHA, Validators(last_modified=MODIFIED))
    assert ranges(web) == [(None, None), ("bytes=1000-", MODIFIED)]


def test_a_server_without_ranges_starts_over(client: HttpClient, web: Web, target: Path) -> None:
    web.ranges = False
    web.cuts["/doc"] = [1000]
    assert client.download(f"{web.url}/doc", target, limit=LIMIT) == whole(web)


@pytest.mark.parametrize("content_range", ["bytes 5-9/10", "nonsense"])
def test_another_range_than_asked_for(
    client: HttpClient, web: Web, target: Path, content_range: str
) -> None:
    interrupt(client, web, target)
    web.headers["/doc"] = {"Content-Range": content_range}
    done = client.download(f"{web.url}/doc", target, limit=LIMIT)
    assert (done.sha256, target.read_bytes()) == (SHA, BODY)
    assert len(web.requests) == 2


def test_a_part_that_is_longer_than_the_document(
    client: HttpClient, web: Web, target: Path
) -> None:
    interrupt(client, web, target)
    with target.with_name("doc.json.part").open("ab") as part:
        part.write(BODY)
    assert client.download(f"{web.url}/doc", target, limit=LIMIT) == whole(web)


def test_a_damaged_part_is_found_by_the_digest(client: HttpClient, web: Web, target: Path) -> None:
    interrupt(client, web, target)
    with target.with_name("doc.json.part").open("r+b") as part:
        part.write(b"damage")
    assert client.download(f"{web.url}/doc", target, sha256=SHA, limit=LIMIT) == whole(web)
    assert [asked for asked, _ in ranges(web)] == ["bytes=400000-", None]


def test_a_part_of_unknown_origin_is_worth_nothing(
    client: HttpClient, web: Web, target: Path
) -> None:
    target.with_name("doc.json.part").write_bytes(BODY[:10])
    target.with_name("doc.json.part.json").write_bytes(b"{")
    assert client.download(f"{web.url}/doc", target, limit=LIMIT) == whole(web)
    assert ranges(web) == [(None, None)]


def test_a_part_in_use_is_left_alone(client: HttpClient, web: Web, target: Path) -> None:
    part = target.with_name("doc.json.part")
    with part.open("wb") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        assert client.download(f"{web.url}/doc", target, limit=LIMIT) == whole(web)
    assert sorted(target.parent.iterdir()) == [target, part]
    assert target.read_bytes() == BODY


def test_wrong_bytes_never_reach_the_target(client: HttpClient, web: Web, target: Path) -> None:
    target.write_bytes(b"as before")
    wrong = "0" * 64
    with pytest.raises(ServiceError) as error:
        client.download(f"{web.url}/doc", target, sha256=wrong, limit=LIMIT)
    assert (error.value.code, error.value.reason) == ("checksum", f"sha256 is {SHA}, not {wrong}")
    assert target.read_bytes() == b"as before"
    assert list(target.parent.iterdir()) == [target]


def test_a_document_over_the_limit(client: HttpClient, web: Web, target: Path) -> None:
    with pytest.raises(ServiceError, match="too-large"):
        client.download(f"{web.url}/doc", target, limit=len(BODY) - 1)
    assert list(target.parent.iterdir()) == []


def test_a_coded_reply_is_stored_decoded_and_not_continued(
    client: HttpClient, web: Web, target: Path
) -> None:
    web.documents["/doc"] = gzip.compress(BODY)
    web.headers["/doc"] = {"Content-Encoding": "gzip"}
    web.cuts["/doc"] = [1000]
    done = client.download(f"{web.url}/doc", target, sha256=SHA, limit=LIMIT)
    assert (done.size, target.read_bytes()) == (len(BODY), BODY)
    assert ranges(web) == [(None, None), (None, None)]


def test_not_modified_without_a_condition(client: HttpClient, web: Web, target: Path) -> None:
    web.statuses["/doc"] = [(304, {})]
    with pytest.raises(ServiceError, match="though asked without conditions"):
        client.download(f"{web.url}/doc", target, limit=LIMIT)


def test_a_part_that_its_owner_has_just_put_in_place_is_not_written(
    target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock = fcntl.flock
    moves = [target.with_name("first"), target.with_name("second")]

    def slow_lock(file: IO[bytes], operation: int) -> None:
        part = target.with_name("doc.json.part")
        if moves:  # between opening and locking
            part.rename(moves.pop())
            if moves:
                part.touch()
        lock(file, operation)

    monkeypatch.setattr(fcntl, "flock", slow_lock)
    with open_partial(target) as partial:
        partial.append(b"mine")
        partial.finish()
    assert {path.name: path.read_bytes() for path in target.parent.iterdir()} == {
        "doc.json": b"mine",
        "first": b"",
        "second": b"",
    }


def test_a_target_that_cannot_be_written(client: HttpClient, web: Web, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        client.download(f"{web.url}/doc", tmp_path / "none" / "doc", limit=LIMIT)
    part = tmp_path / "doc.part"
    part.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OSError, match="symbolic links"):
        client.download(f"{web.url}/doc", tmp_path / "doc", limit=LIMIT)
    assert not (tmp_path / "elsewhere").exists()
