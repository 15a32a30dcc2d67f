"""The part of YAML that two collections are written in, compared with a whole reader of YAML where there is one."""

import tarfile
from pathlib import Path

import pytest

from vedette.advisories.formats.yaml_blocks import blocks, inner
from vedette.errors import ParseError


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a: b", "b"),
        ("a:   b  ", "b"),
        ("a: 'it''s'", "it's"),
        ('a: "say \\"b\\""', 'say "b"'),
        ("a: b # said", "b"),
        ("a: 'b # c'", "b # c"),
        ("a: ~", ""),
        ("a: null", ""),
        ("a:", ""),
        ("a: b\n  c\n  d", "b c d"),
        ("a: |\n  b: 1\n\n  c", "b: 1\n\nc"),
        ("---\n# said\na: >-\n  b\n  c", "b\nc"),
    ],
)
def test_texts(text: str, value: str) -> None:
    assert blocks(text)["a"].text == value


@pytest.mark.parametrize(
    ("text", "items"),
    [
        ("a: [b, 'c, d', \"e\"]", ("b", "c, d", "e")),
        ("a: ['>=1','<2',]", (">=1", "<2")),
        ("a: [b,\n  c]", ("b", "c")),
        ("a: []", ()),
        ("a:", ()),
        ("a: ~", ()),
        ("a:\n- b\n- 'c'", ("b", "c")),
        ("a:\n  - b\n    c\n\n  - d", ("b c", "d")),
    ],
)
def test_lists(text: str, items: tuple[str, ...]) -> None:
    assert blocks(text)["a"].items == items


@pytest.mark.parametrize(
    "text", ["a: b", "a: [b", "a: ['b' 'c']", "a:\n  b\n", "a: *b", "a: [[b]]"]
)
def test_what_is_no_list_of_texts(text: str) -> None:
    with pytest.raises(ParseError, match="not a list"):
        _ = blocks(text)["a"].items


def test_a_key_wherever_it_stands() -> None:
    text = "a:\n  x:\n    k: [1, 2]\n    l: ~\n  y:\n    k:\n    - 3\n    - 4\n    l: 5\n  z:\n    k: [6]\n"
    assert [one.items for one in inner(blocks(text)["a"], "k")] == [("1", "2"), ("3", "4"), ("6",)]


def test_no_lines_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vedette.advisories.formats.yaml_blocks._LINES_LIMIT", 3)
    with pytest.raises(ParseError, match="more than 3 lines"):
        blocks("a: 1\nb: 2\nc: 3\nd: 4\n")


def test_a_whole_reader_says_the_same(shared: Path) -> None:
    """Every name, id and list of versions of the two collections."""
    yaml = pytest.importorskip("yaml")
    checked = 0
    for name in ("rubysec/ruby-advisory-db-master", "friendsofphp/security-advisories-master"):
        with tarfile.open(shared / f"feeds/{name}.tar.gz") as archive:
            for member in archive:
                file = archive.extractfile(member)
                parts = member.name.split("/")
                if file is None or parts[1].startswith((".", "rubies")) or len(parts) != 4:
                    continue
                if checked % 5 == 0:  # every fifth is enough
                    data = file.read().decode()
                    _compare(data, yaml.load(data, yaml.CSafeLoader))
                checked += 1
    assert checked > 2700


def _compare(data: str, whole: dict[str, object]) -> None:
    found = blocks(data)
    assert set(found) == set(whole)
    for key in ("gem", "cve", "ghsa", "reference", "platform"):
        if isinstance(whole.get(key), str):
            assert found[key].text == whole[key]
    for key in ("patched_versions", "unaffected_versions"):
        if key in whole:
            assert list(found[key].items) == whole[key]
    branches = whole.get("branches")
    if isinstance(branches, dict):
        runs = [list(one.items) for one in inner(found["branches"], "versions")]
        assert runs == [one["versions"] for one in branches.values()]
