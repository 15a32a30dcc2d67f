"""Arrays of large JSON documents, item by item."""

import io
import json
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from vedette.advisories.formats import json_items
from vedette.advisories.formats.json_items import items
from vedette.errors import LimitError, ParseError

_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


def _items(text: str | bytes, *keys: str) -> list[tuple[str, Any]]:
    data = text.encode() if isinstance(text, str) else text
    return list(items(io.BytesIO(data), keys or ("xs",)))


@settings(max_examples=60, deadline=None)
@given(
    values=st.lists(_JSON, max_size=6),
    chunk=st.integers(min_value=16, max_value=40),
    indent=st.none() | st.integers(min_value=0, max_value=3),
)
def test_items_are_those_of_the_whole_document(
    values: list[Any], chunk: int, indent: int | None
) -> None:
    text = json.dumps({"head": "…", "xs": values, "tail": 1}, indent=indent, ensure_ascii=False)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(json_items, "_CHUNK", chunk)
        assert _items(text) == [("xs", value) for value in values]


def test_the_first_array_of_several_keys() -> None:
    assert _items('{"a": {"ys" : [1, 2]}, "xs": [3]}', "xs", "ys") == [("ys", 1), ("ys", 2)]


def test_a_byte_order_mark() -> None:
    assert _items(b"\xef\xbb\xbf" + b'{"xs": [1]}') == [("xs", 1)]


@pytest.mark.parametrize(
    ("text", "given_before", "message"),
    [
        ('{"ys": [1]}', [], "no array xs"),
        ('{"xs": 1}', [], "no array xs"),
        ("", [], "no array xs"),
        ('{"xs": [1, {"a": ', [1], "broken JSON"),
        ('{"xs": [1, 2', [1, 2], "ends within the array"),
        ('{"xs": [1, nonsense]', [1], "broken JSON"),
        ('{"xs": [' + "[" * 200_000, [], "cannot be read"),
        ('{"xs": [1, ' + "9" * 5000 + "]}", [1], "cannot be read"),
        (b'{"xs": [1, "\xff"]}', [], "not UTF-8"),
    ],
)
def test_broken_documents(text: str | bytes, given_before: list[Any], message: str) -> None:
    data = text.encode() if isinstance(text, str) else text
    got: list[Any] = []
    with pytest.raises(ParseError, match=message):
        got.extend(value for _, value in items(io.BytesIO(data), ("xs",)))
    found = iter(items(io.BytesIO(data), ("xs",)))
    assert [next(found)[1] for _ in given_before] == given_before


def test_an_item_that_is_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_items, "_ITEM_LIMIT", 1000)
    monkeypatch.setattr(json_items, "_CHUNK", 100)
    assert _items(json.dumps({"xs": ["a" * 500]})) == [("xs", "a" * 500)]
    with pytest.raises(LimitError, match="an item of more than 1000 characters"):
        _items(json.dumps({"xs": ["a" * 2000]}))
