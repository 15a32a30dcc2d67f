"""YAML is read as texts, without a bound that it could break."""

import pytest

from vedette.advisories.formats.yaml_document import Yaml, read_yaml, text, texts
from vedette.errors import ParseError


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("a: b", "b"),
        ("a: 'it''s'", "it's"),
        ("a: 1.10", "1.10"),
        ("a: 2024-01-02", "2024-01-02"),
        ("a: yes", "yes"),
        ("a: b # said", "b"),
        ("a: 'b # c'", "b # c"),
        ("a: ~", ""),
        ("a: '~'", "~"),
        ("a: null", ""),
        ("a:", ""),
        ("b: c", ""),
        ("a: b\n  c", "b c"),
        ("a: |\n  b: 1\n\n  c", "b: 1\n\nc"),
        ("---\n# said\na: >-\n  b\n  c", "b c"),
        ("a: !!python/object/apply:os.system [id]\nb: c", None),
        ("a: [b]", None),
        ("a: {b: c}", None),
    ],
)
def test_texts(written: str, value: str | None) -> None:
    found = read_yaml(written.encode())
    if value is None:
        with pytest.raises(ParseError, match="a: not a text"):
            text(found, "a")
    else:
        assert text(found, "a") == value


@pytest.mark.parametrize(
    ("written", "items"),
    [
        ("a: [b, 'c, d', \"e\"]", ("b", "c, d", "e")),
        ("a: []", ()),
        ("a:", ()),
        ("a: ~", ()),
        ("b: c", ()),
        ("a:\n- b\n- 'c'", ("b", "c")),
        ("a:\n  - b\n    c\n\n  - d", ("b c", "d")),
    ],
)
def test_lists(written: str, items: tuple[str, ...]) -> None:
    assert texts(read_yaml(written.encode()), "a") == items


@pytest.mark.parametrize("written", ["a: b", "a: [[b]]", "a: {b: c}"])
def test_what_is_no_list_of_texts(written: str) -> None:
    with pytest.raises(ParseError, match="a: not a list of texts"):
        texts(read_yaml(written.encode()), "a")


def test_what_is_nested() -> None:
    nested: Yaml = {"b": [{"c": "1"}, ["2", ""]], "d": {}}
    assert read_yaml(b"a:\n  b:\n  - c: 1\n  - [2, null]\n  d: {}\n") == {"a": nested}


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        (b"", "not a mapping"),
        (b"- a", "not a mapping"),
        (b"a", "not a mapping"),
        (b"# nothing", "not a mapping"),
        (b"a: \xff", "not UTF-8"),
        (b"a: [b", "line 2: not YAML: "),
        (b"a: b\n\tc: d", "line 2: not YAML: "),
        (b"a: \x01", "not YAML: "),
        (b"a: 1\nb: 2\na: 3", "line 3: a comes twice"),
        (b"a: &x 1\nb: *x", "line 2: an alias"),
        (b"a: &x [*x]", "line 1: an alias"),
        (b"b: *x", "line 1: an alias"),
        (b"? [a]\n: b", "line 1: a key that is no text"),
        (b"a: " + b"[" * 100_000, "line 1: nested more than 32 deep"),
        (b"a:\n  " + b"- " * 100_000 + b"b", "line 2: nested more than 32 deep"),
        (b"a: " + b"{b: " * 40 + b"}" * 40, "line 1: nested more than 32 deep"),
    ],
)
def test_what_is_not_read(written: bytes, reason: str) -> None:
    with pytest.raises(ParseError) as raised:
        read_yaml(written)
    assert str(raised.value).startswith(reason)
