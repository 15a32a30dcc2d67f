import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.advisories.made_up import feed
from vedette.advisories.catalogue import FEEDS
from vedette.advisories.feeds._base import Document
from vedette.advisories.mirror import (
    Listed,
    directory_listing,
    found_in_directory,
    listed_documents,
    read_manifest,
)
from vedette.errors import FeedError


def manifest(*paths: str, **source: object) -> bytes:
    files = [{"path": path, "bytes": 1, "sha256": "AB" * 32} for path in paths]
    return json.dumps({"made": "today", "sources": [{"files": files, **source}]}).encode()


@pytest.mark.parametrize(
    ("dates", "dated"),
    [
        ([], None),
        ([{"date": "soon"}, {}], None),
        ([{"date": "2024-05-01"}], datetime(2024, 5, 1, tzinfo=UTC)),
        (
            [{"date": "2024-05-01T10:00:00+10:00"}, {"date": "2024-04-01", "repo": "r"}],
            datetime(2024, 5, 1, tzinfo=UTC),
        ),
    ],
)
def test_manifest(dates: list[object], dated: datetime | None) -> None:
    assert read_manifest(manifest("a/b.json", obtained_from=dates)) == {
        "a/b.json": Listed("ab" * 32, dated)
    }


@pytest.mark.parametrize(
    "data", [b"", b"[]", b"{}", b'{"sources": [{}]}', b'{"sources": [{"files": [1]}]}', b"\xff"]
)
def test_not_a_manifest(data: bytes) -> None:
    with pytest.raises(FeedError, match=r"MANIFEST\.json cannot be read"):
        read_manifest(data)


def test_a_directory_needs_no_manifest(tmp_path: Path) -> None:
    assert directory_listing(tmp_path) == {}
    (tmp_path / "MANIFEST.json").write_bytes(manifest("x"))
    assert directory_listing(tmp_path) == {"x": Listed("ab" * 32, None)}


def test_directories_that_cannot_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(FeedError, match="no such directory"):
        directory_listing(tmp_path / "none")
    (tmp_path / "MANIFEST.json").mkdir()
    with pytest.raises(FeedError, match="Is a directory"):
        directory_listing(tmp_path)
    (tmp_path / "MANIFEST.json").rmdir()
    (tmp_path / "MANIFEST.json").write_bytes(manifest("x"))
    monkeypatch.setattr("vedette.advisories.mirror.LARGEST_MANIFEST", 10)
    with pytest.raises(FeedError, match="over 10 bytes"):
        directory_listing(tmp_path)


GLOBS = ("made/*/x?.json", "made/**/deep.json", "made/odd [name]+.json")
FITTING = ("made/a/x1.json", "made/deep.json", "made/a/b/deep.json", "made/odd [name]+.json")
OTHERS = (
    "made/x1.json",
    "made/a/b/x1.json",
    "made/a/x12.json",
    "made/a/deep.jsonl",
    "other/deep.json",
    "made/odd n+.json",
)


def test_a_directory_and_a_listing_agree(tmp_path: Path) -> None:
    for name in FITTING + OTHERS:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    globs = ("made/*/x?.json", "made/**/deep.json")
    made = feed(mirrored=globs)
    listing = read_manifest(manifest(*FITTING, *OTHERS))
    expected = tuple(sorted(FITTING[:3]))
    assert found_in_directory(tmp_path, made) == expected
    assert tuple(one.name for one in listed_documents("http://m/", listing, made)) == expected


def test_listed_documents_have_their_checksum_and_a_quoted_address() -> None:
    listing = read_manifest(manifest("made/GitHub Actions/x#.json"))
    assert listed_documents("http://m/base/", listing, feed(mirrored=("made/*/*.json",))) == (
        Document(
            name="made/GitHub Actions/x#.json",
            url="http://m/base/made/GitHub%20Actions/x%23.json",
            sha256="ab" * 32,
        ),
    )


def test_every_feed_is_found_alike_in_the_mirror(shared: Path) -> None:
    mirror = shared / "feeds"
    listing = directory_listing(mirror)
    for one in FEEDS:
        names = tuple(document.name for document in listed_documents("http://m", listing, one))
        assert (one.name, found_in_directory(mirror, one)) == (one.name, names)
