"""The readers below lock files' extractors, beside the libraries that read all of TOML and YAML."""

import tomllib
from collections.abc import Mapping
from contextlib import suppress
from time import process_time

import hypothesis.strategies as st
import pytest
import yaml
from hypothesis import given, settings

from tests.inventory.golden import cases, files
from vedette.errors import ParseError
from vedette.inventory.catalogue.declared import DECLARED
from vedette.inventory.extractors._base import Extractor, FileInput
from vedette.inventory.formats.declared import from_url, from_vcs, text_of, with_unversioned
from vedette.inventory.formats.dependency_graph import reachable
from vedette.inventory.formats.npm_source import origin_of, split_alias, split_name
from vedette.inventory.formats.toml_tables import read_toml
from vedette.inventory.formats.xml_document import children, read_xml, text_of as xml_text
from vedette.inventory.formats.yaml_blocks import flow_mapping, items, mapping, read_yaml, scalar
from vedette.inventory.found import Extraction
from vedette.inventory.index import compile_index

_KEYS = ("name", "version", "source", "groups", "v")
_word = st.text(
    st.characters(codec="ascii", min_codepoint=33, max_codepoint=126, exclude_characters='"\\'),
    max_size=8,
)


def _is_part(found: object, whole: object) -> bool:
    """Whether everything found is in the whole; tables of an array only have to have the same names."""
    if isinstance(found, Mapping) and isinstance(whole, Mapping):
        return all(key in whole and _is_part(found[key], whole[key]) for key in found)
    if isinstance(found, list) and isinstance(whole, list):
        pairs = zip(found, whole, strict=True)
        return all(_is_part(one, other) for one, other in pairs)
    return found == whole


def _has_all(found: object, whole: object) -> bool:
    """Whether no wanted key of the whole is missing in what was found."""
    if isinstance(found, Mapping) and isinstance(whole, Mapping):
        return all(key in found for key in whole if key in _KEYS) and all(
            _has_all(value, whole[key]) for key, value in found.items() if key not in _KEYS
        )
    if isinstance(found, list) and isinstance(whole, list):
        return len(found) == len(whole) and all(map(_has_all, found, whole))
    return True


_TOML = [
    (path, data)
    for extractor in DECLARED
    for case in cases(extractor)
    for path, data in files(case).items()
    if path.endswith((".toml", "poetry.lock", "uv.lock", "pdm.lock", "Cargo.lock"))
]


@pytest.mark.parametrize(("path", "data"), _TOML)
def test_toml_is_what_tomllib_reads(path: str, data: bytes) -> None:
    try:
        whole = tomllib.loads(data.decode())
    except tomllib.TOMLDecodeError:
        with pytest.raises(ParseError):
            read_toml(data, _KEYS)
        return
    found = read_toml(data, _KEYS)
    assert _is_part(found, whole), path
    assert _has_all(found, whole), path


@given(st.lists(st.dictionaries(st.sampled_from(_KEYS[:2]), _word), max_size=4), st.booleans())
@settings(max_examples=100)
def test_tables_are_read_however_they_are_written(
    tables: list[dict[str, str]],
    indented: bool,  # noqa: FBT001 - hypothesis gives it by place
) -> None:
    space = "  " if indented else ""
    text = "".join(
        "[[package]]\n" + "".join(f'{space}{key} = "{value}"\n' for key, value in one.items())
        for one in tables
    )
    assert read_toml(text.encode(), _KEYS).get("package", []) == tables


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('v = "a"', {"v": "a"}),
        ('v = "a\\tb"', {"v": "a\tb"}),
        ("v = 'a'", {"v": "a"}),
        ('v = """\n[[x]]\nv = "no"\n"""\n', {"v": '[[x]]\nv = "no"\n'}),
        ('v = [\n  "a",\n  "b]",\n]\n', {"v": ["a", "b]"]}),
        ('x = [\n  "v = 1",\n]\nv = true', {"v": True}),
        ('v = { name = "x", y = [1] }', {"v": {"name": "x", "y": [1]}}),
        ('[a."b.c"]\nv = -1\n[a.d]\n', {"a": {"b.c": {"v": -1}, "d": {}}}),
        ('[[a]]\nv = "1"\n[a.b]\nv = "2"\n[[a]]\n', {"a": [{"v": "1", "b": {"v": "2"}}, {}]}),
        ("", {}),
    ],
)
def test_toml_forms(text: str, found: object) -> None:
    assert read_toml(text.encode(), _KEYS) == found


def test_of_arrays_of_tables_that_begin_with_a_name_only_names_are_read() -> None:
    text = 'v = [\n    { name = "a", w = "1" },\n    { name = "b" },\n]\n'
    assert read_toml(text.encode(), _KEYS) == {"v": [{"name": "a"}, {"name": "b"}]}


@pytest.mark.parametrize(
    "text", ["v = ", '[a]\nv = "1\n', "[[a]\n", 'v = [\n"a"', "v = 1\n[[v]]\nv = 1\n"]
)
def test_what_is_no_toml_is_refused(text: str) -> None:
    with pytest.raises(ParseError):
        read_toml(text.encode(), _KEYS)


def _as_text(value: object) -> object:
    if isinstance(value, Mapping):
        return {str(key): _as_text(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_as_text(one) for one in value]
    return "" if value is None else str(value)


_scalars = st.text(st.characters(codec="ascii", min_codepoint=32), max_size=12) | st.integers()
_nodes = st.recursive(
    _scalars,
    lambda inner: (
        st.lists(inner, min_size=1, max_size=3)
        | st.dictionaries(
            st.text("abc.@/-: #'", min_size=1, max_size=6), inner, min_size=1, max_size=3
        )
    ),
    max_leaves=8,
)


@given(st.dictionaries(st.text("abc@/-", min_size=1, max_size=6), _nodes, min_size=1, max_size=4))
@settings(max_examples=100, deadline=None)
def test_yaml_is_what_pyyaml_reads(document: dict[str, object]) -> None:
    text = yaml.safe_dump(document, sort_keys=False, width=10_000)
    assert read_yaml(text.encode()) == _as_text(yaml.load(text, Loader=yaml.BaseLoader))  # noqa: S506 - of a test's own


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a: 1\nb:\n  c: 'x''y'\n", {"a": "1", "b": {"c": "x'y"}}),
        ("a:\n- 1\n- b: 2\n  c: 3\nd: 4\n", {"a": ["1", {"b": "2", "c": "3"}], "d": "4"}),
        ("a:\n  - - 1\n    - 2\n", {"a": [["1", "2"]]}),
        ("a: x # no\nb: x#yes\n# c: 1\n", {"a": "x", "b": "x#yes"}),
        ("a: |\n  b: 1\n\n  # c\nd: 2\n", {"a": "|", "d": "2"}),
        ("a:\n  - >-\n    b: 1\n  - 2\n", {"a": ["|", "2"]}),
        ("? a\n: 1\n? b\n:\n  c: 2\n? d\n: e: 3\n", {"a": "1", "b": {"c": "2"}, "d": {"e": "3"}}),
        ("a: &x\n  b: 1\nc: *x\nd: !t 5\n", {"a": {"b": "1"}, "c": "*x", "d": "5"}),
        ("a:\n  - &x b: 1\n  - &y\n    c: 2\n", {"a": [{"b": "1"}, {"c": "2"}]}),
        ("a: {b: 1,\n  c: 2}\nd: 1\n", {"a": "{b: 1, c: 2}", "d": "1"}),
        ("a: {b: 'x}', c: \"\\\"\"} # x\n", {"a": "{b: 'x}', c: \"\\\"\"}"}),
        ("a: one\n  two\nb: 1\n", {"a": "one\n", "b": "1"}),
        ("a:\n  one\nb: 1\n", {"a": "one", "b": "1"}),
        ('a: "one\n  two"\n', {"a": "one two"}),
        ("---\na: 1\n...\n", {"a": "1"}),
        ("\n# nothing\n", {}),
        ('"a b": "x\\ty"\n', {"a b": "x\ty"}),
        ("a: http://x.example:80/y\n", {"a": "http://x.example:80/y"}),
        ("a:\n  -\n    b: 1\n", {"a": [{"b": "1"}]}),
        ("\ufeffa: 1\r\nb: 2\r\n", {"a": "1", "b": "2"}),
    ],
)  # fmt: skip
def test_yaml_forms(text: str, found: object) -> None:
    assert read_yaml(text.encode()) == found


@pytest.mark.parametrize(
    "text",
    [
        "a:\n\tb: 1\n",
        "a:\n    b: 1\n  c: 2\n",
        "a: 1\n  b: 2\n",
        "a: 1\nb\n",
        "word\n",
        "- a\n",
        ": 1\n",
        "- a\n: 1\n",
        "a: [1,\n",
        'a: "x\n',
        "\n".join("  " * n + "a:" for n in range(200)),
        "- " * 300,
    ],
)
def test_what_is_no_block_yaml_is_refused(text: str) -> None:
    with pytest.raises(ParseError):
        read_yaml(text.encode())


def test_parts_of_yaml_are_typed() -> None:
    node = read_yaml(b"a: {}\nb:\n  c: 1\nd:\n- 1\ne:\n")
    assert (mapping(node, "a"), mapping(node, "e"), mapping(node, "z")) == ({}, {}, {})
    assert (scalar(node, "b"), items(node, "b"), items(node, "d")) == (None, [], ["1"])
    with pytest.raises(ParseError, match="d is no mapping"):
        mapping(node, "d")


def test_flow_mapping_is_of_scalars() -> None:
    assert flow_mapping("{a: 1, 'b': \"x, y\", c}") == {"a": "1", "b": "x, y"}
    assert flow_mapping("[a]") == flow_mapping("") == {}


def test_xml_is_local_names_and_text() -> None:
    root = read_xml(b'<a xmlns="n" xmlns:p="m">x<p:b c="1"> y\n z </p:b>late<b/></a>')
    assert (root.tag, root.text, [one.tag for one in root.children]) == ("a", "x", ["b", "b"])
    assert (xml_text(root, "b"), xml_text(root, "z"), xml_text(None, "z")) == ("y\n z", "", "")
    assert [one.attributes for one in children(root, "b")] == [{"c": "1"}, {}]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<a>",
        b"<a/><b/>",
        b'<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>',
        b'<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>',
        b"<a>" * 300 + b"</a>" * 300,
        b'<?xml version="1.0" encoding="nonsense"?><a/>',
    ],
)
def test_xml_that_is_none_or_fetches_is_refused(data: bytes) -> None:
    with pytest.raises(ParseError):
        read_xml(data)


def test_text_is_of_its_mark() -> None:
    assert text_of(b"\xef\xbb\xbfa\r\n") == "a\n"
    assert text_of("\ufeffa".encode("utf-16-be")) == "a"
    with pytest.raises(ParseError, match="offset 1: not utf-8 text"):
        text_of(b"a\xff")


def test_credentials_are_left_out() -> None:
    assert from_vcs("https://me:secret@git.example/x", "1") == (
        ("vcs_url", "git+https://git.example/x@1"),
    )
    assert from_url("https://me@files.example/x") == (("download_url", "https://files.example/x"),)
    with pytest.raises(ParseError, match="not a repository's address"):
        from_vcs("https://git.example/a b")


def test_a_long_list_is_shortened() -> None:
    assert with_unversioned(Extraction(), (), "why") == Extraction()
    fault = with_unversioned(Extraction(), [f"p{n}" for n in range(25)], "why").faults[0]
    assert (fault.place, fault.reason[:14]) == ("25 without a version", "why: p0, p1, p")
    assert fault.reason.endswith("p19 and 5 more")


def test_reachable_ends_in_circles() -> None:
    assert reachable(["a"], {"a": ["b"], "b": ["a", "c"], "d": ["a"]}) == {"a", "b", "c"}


@pytest.mark.parametrize(
    ("address", "origin"),
    [
        (None, ()),
        ("", ()),
        ("1.2.3", ()),
        ("https://registry.example/a/-/a-1.tgz", ()),
        ("https://mirror.example/npm/a/-/a-1.tgz", ()),
        ("github:x/y", (("vcs_url", "git+https://github.com/x/y"),)),
        ("gitlab:x/y#1", (("vcs_url", "git+https://gitlab.com/x/y@1"),)),
        ("git+ssh://git@h.example/x.git#1", (("vcs_url", "git+ssh://h.example/x.git@1"),)),
        ("https://h.example/x.git#commit=1", (("vcs_url", "git+https://h.example/x.git@1"),)),
        ("https://github.com/x/y/a.tgz", (("download_url", "https://github.com/x/y/a.tgz"),)),
        ("file:a.tgz", (("download_url", "file:a.tgz"),)),
    ],
)
def test_node_origins(address: str | None, origin: object) -> None:
    assert origin_of(address) == origin


def test_node_names() -> None:
    assert split_name("@a/b@1") == ("@a/b", "1")
    assert split_name("a") == ("a", "")
    assert split_alias("x", "npm:@a/b@1") == ("@a/b", "1")
    assert split_alias("x", "1") == ("x", "1")


_HOSTILE = [
    b"a" * 200_000,
    b"a: " * 100_000,
    b"- " * 100_000,
    b'"' * 200_000,
    b"'" * 199_999,
    b"[" * 200_000,
    b"{" * 200_000,
    b" " * 200_000 + b"x",
    b"\n" * 200_000,
    b"a\n" * 100_000,
    b"a:\n" * 60_000,
    b'v = "' + b"\\\\" * 90_000,
    b"v = [\n" + b'  "a",\n' * 30_000,
    b"[[a]]\n" * 30_000,
    b"[a" + b".a" * 90_000 + b"]\n",
    b"<a>" + b"\n" * 200_000 + b"</a>",
    b"<a>" * 60_000,
    b"a==1 \\\n" * 30_000,
    b"(" * 200_000,
    b"a ==1" + b" " * 200_000 + b"x",
    b"," * 200_000,
    b"/*" * 100_000,
    b'{"lockfileVersion":1,"packages":{' + b"," + b" " * 200_000,
    b'%{\n  "a": {:hex, :a, "1", "' + b'", "' * 60_000 + b"\n}",
    b"GEM\n  specs:\n    a (" + b"1" * 200_000,
    b"constraints: " + b"a-" * 100_000,
    b"packages:\n" + b"  a:\n" * 60_000,
]


@pytest.mark.parametrize("extractor", DECLARED, ids=lambda extractor: extractor.name)
def test_hostile_files_take_linear_time(extractor: Extractor) -> None:
    case, *_ = cases(extractor)
    path = next(path for path in files(case) if compile_index((extractor,)).lookup(path))
    for data in _HOSTILE:
        begun = process_time()
        with suppress(ParseError):
            extractor.extract(FileInput(path=path, data=data))
        assert process_time() - begun < 2, data[:20]
