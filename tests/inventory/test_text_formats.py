import pytest

from vedette.errors import ParseError
from vedette.inventory.formats.core_metadata import CoreMetadata, parse_core_metadata
from vedette.inventory.formats.deb822 import fields, paragraphs
from vedette.inventory.formats.words import line, optional_word, word


def test_paragraphs_know_their_lines() -> None:
    assert list(paragraphs(b"\n\na: 1\nb: 2\n\n\n\nc: 3\n x\n\nd: \xff")) == [
        ("line 3", "a: 1\nb: 2"),
        ("line 8", "c: 3\n x"),
        ("line 11", "d: \ufffd"),
    ]
    assert list(paragraphs(b"")) == list(paragraphs(b"\n\n\n")) == []


def test_fields_are_bounded() -> None:
    assert fields("A: 1\nB: 2\n more", frozenset({"a"})) == {"a": "1"}
    with pytest.raises(ParseError, match="a paragraph of 4194306 characters"):
        fields("A:" + "x" * (4 << 20), frozenset({"a"}))


def test_many_empty_lines_take_no_time() -> None:
    assert list(paragraphs(b"\n" * (1 << 24) + b"a: 1\n")) == [(f"line {(1 << 24) + 1}", "a: 1")]


def test_headers_are_bounded() -> None:
    assert parse_core_metadata(b"Name: a\nX: y\nVersion: 1\n\nVersion: 2\n") == CoreMetadata(
        name="a", version="1"
    )
    with pytest.raises(ParseError, match="more than 20000 header lines"):
        parse_core_metadata(b"Name: a\nVersion: 1\n" + b"X: y\n" * 20_000)


def test_words_are_words() -> None:
    assert word("1.0-1", "version") == "1.0-1"
    assert optional_word("", "arch") is None
    assert optional_word(None, "arch") is None
    for text in ("", "a b", "a\n", "\u00e9", "x" * 1025):
        with pytest.raises(ParseError):
            word(text, "version")
    assert line(" a \n b\t") == "a b"
    assert line("   ") is None
    assert line(None) is None
