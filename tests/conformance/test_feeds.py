"""A feed that is not listed, has no case or is not in the reference is a build failure."""

import json
import re
from contextlib import suppress
from pathlib import Path

import pytest

import vedette.advisories.feeds as catalogue
from tests.advisories.feeds import golden
from tools.generate_feeds_reference import PAGE, ROOT, feeds
from tools.measure_mirror import PAGE as LOAD_PAGE
from vedette.advisories.catalogue import FEEDS
from vedette.advisories.feeds._base import Feed, LocalDocument
from vedette.errors import ParseError

_FOLDER = Path(catalogue.__file__).parent
_each = pytest.mark.parametrize("feed", FEEDS, ids=lambda feed: feed.name)


def test_every_file_is_listed_once_and_in_order() -> None:
    files = sorted(path.stem for path in _FOLDER.glob("*.py") if not path.stem.startswith("_"))
    assert [feed.name for feed in FEEDS] == files


def test_every_case_folder_is_of_a_feed() -> None:
    folders = {path.name for path in golden.HERE.iterdir() if path.is_dir()} - {"__pycache__"}
    assert folders == {feed.name for feed in FEEDS}


@_each
def test_feed_says_what_it_is(feed: Feed) -> None:
    assert feed.title
    assert feed.licence
    prefixes = {pattern.split("/")[0] for pattern in feed.mirrored}
    assert prefixes == ({"**"} if feed.name == "local" else {feed.name})
    assert not any(c in pattern for pattern in feed.mirrored for c in "[]?\\")


@_each
def test_feed_has_good_and_malformed_cases(feed: Feed) -> None:
    kinds: set[str] = set()
    for _, case in (pair for pair in golden.cases() if pair[0] is feed):
        for results in golden.expected(case).values():
            assert results, f"{case}: a document that gives nothing at all"
            kinds.update(kind for result in results for kind in result)
    assert kinds & {"Advisory", "CveRecord", "EndOfLife", "Epss", "Exploit", "Kev"}
    assert {"ParseError", "RecordFailure"} <= kinds


@_each
@pytest.mark.parametrize("data", [b"", b"\0" * 600, b"{", b"<", b"PK\x05\x06", b"\x1f\x8b\x08"])
def test_a_document_that_is_none_fails_as_a_whole(feed: Feed, data: bytes, tmp_path: Path) -> None:
    """Nothing but ParseError escapes, whatever the bytes; nothing is made of them."""
    _, case = next(pair for pair in golden.cases() if pair[0] is feed)
    name = next(iter(golden.expected(case)))
    path = tmp_path / Path(name).name
    path.write_bytes(data)
    results: list[object] = []
    with suppress(ParseError):
        results.extend(feed.read(LocalDocument(name=name, path=path)))
    assert {type(result).__name__ for result in results} <= {"RecordFailure"}


def test_expected_results_are_written_as_the_tool_writes_them() -> None:
    for _, case in golden.cases():
        text = (case / "expected.json").read_text("utf-8")
        assert json.loads(text)
        assert text.endswith("}\n")


def test_every_feed_is_in_the_page_of_what_a_mirror_loads() -> None:
    rows = re.findall(r"^\| `(\w+)` \|", (ROOT / LOAD_PAGE).read_text("utf-8"), re.MULTILINE)
    assert rows == [feed.name for feed in FEEDS if feed.name != "local"]


def test_reference_is_as_it_would_be_written() -> None:
    assert (ROOT / PAGE).read_text("utf-8") == feeds()
