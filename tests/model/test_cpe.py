"""NIST IR 7695 (names) and NIST IR 7696 (how they relate)."""

import pytest
from hypothesis import given, strategies as st

from vedette.errors import ParseError
from vedette.model.cpe import Cpe, Relation, compare, parse_cpe, relation


@pytest.mark.parametrize(
    ("text", "cpe"),
    [
        (
            "cpe:2.3:a:openssl:openssl:1.0.2:beta1:*:*:*:*:*:*",
            Cpe(part="a", vendor="openssl", product="openssl", version="1.0.2", update="beta1"),
        ),
        (
            r"cpe:2.3:a:C\+\+:b\:c:-:*:*:*:*:node.js:*:*",
            Cpe(part="a", vendor=r"c\+\+", product=r"b\:c", version="-", target_sw="node.js"),
        ),
        ("cpe:/a:haxx:curl:7.1", Cpe(part="a", vendor="haxx", product="curl", version="7.1")),
        ("cpe:/o", Cpe(part="o")),
        ("CPE:/h:x::-", Cpe(part="h", vendor="x", version="-")),
        (
            "cpe:/a:hp:insight:7.4.0.1570:-:~~online~win2003~x64~",
            Cpe(
                part="a",
                vendor="hp",
                product="insight",
                version="7.4.0.1570",
                update="-",
                sw_edition="online",
                target_sw="win2003",
                target_hw="x64",
            ),
        ),
        ("cpe:/a:x:c%2b%2b:1", Cpe(part="a", vendor="x", product=r"c\+\+", version="1")),
        (
            "cpe:/a:x:y:1:2:3:en",
            Cpe(
                part="a",
                vendor="x",
                product="y",
                version="1",
                update="2",
                edition="3",
                language="en",
            ),
        ),
    ],
)
def test_names(text: str, cpe: Cpe) -> None:
    assert parse_cpe(text) == cpe
    assert parse_cpe(cpe.text) == cpe


@pytest.mark.parametrize(
    "text",
    [
        "",
        "cpe",
        "cpe:2.3:a:b:c",
        "cpe:2.3:a:b:c:1:*:*:*:*:*:*:*:*",
        "cpe:2.3:x:b:c:1:*:*:*:*:*:*:*",
        "cpe:2.3:a::c:1:*:*:*:*:*:*:*",
        "cpe:2.3:a:b:c:1:*:*:*:*:*:*:\\",
        "cpe:/z:a",
        "cpe:/a:b:c:d:e:f:g:h",
        "cpe:/a:b:c:d:e:~1~2",
        "cpe:2.3:a:" + "b" * 2000,
    ],
)
def test_what_is_none(text: str) -> None:
    with pytest.raises(ParseError, match="CPE"):
        parse_cpe(text)


@pytest.mark.parametrize(
    ("source", "target", "expected"),
    [
        ("*", "*", "equal"),
        ("*", "-", "superset"),
        ("*", "a*", "undefined"),
        ("*", "a", "superset"),
        ("-", "*", "subset"),
        ("-", "-", "equal"),
        ("-", "a?", "undefined"),
        ("-", "a", "disjoint"),
        ("a", "a", "equal"),
        ("a", "b", "disjoint"),
        ("a", "a*", "undefined"),
        ("a", "-", "disjoint"),
        ("a", "*", "subset"),
        ("a*", "*", "subset"),
        ("a*", "-", "disjoint"),
        ("a*", "abc", "superset"),
        ("a*", "b", "disjoint"),
        ("*b", "ab", "superset"),
        ("a?", "ab", "superset"),
        ("a?", "abc", "disjoint"),
        ("??b", "ab", "superset"),
        (r"a\*", "abc", "disjoint"),
        ("a*", "b*", "undefined"),
    ],
)
def test_attributes_relate_as_in_table_6_2(source: str, target: str, expected: str) -> None:
    assert relation(source, target) == expected


@pytest.mark.parametrize(
    ("source", "target", "expected"),
    [
        ("cpe:/a:x:y:1", "cpe:/a:x:y:1", Relation.EQUAL),
        ("cpe:/a:x:y", "cpe:/a:x:y:1", Relation.SUPERSET),
        ("cpe:/a:x:y:1", "cpe:/a:x:y", Relation.SUBSET),
        ("cpe:/a:x:y:1", "cpe:/a:x::1:2", Relation.UNDEFINED),
        ("cpe:/a:x:y:1", "cpe:/a:x:z", Relation.DISJOINT),
    ],
)
def test_names_relate_by_all_attributes(source: str, target: str, expected: Relation) -> None:
    assert compare(parse_cpe(source), parse_cpe(target)) is expected


@given(st.text("ab:*?\\-.cpe/23~%", max_size=60))
def test_only_parse_errors(text: str) -> None:
    for name in (text, "cpe:2.3:a:" + text, "cpe:/a:" + text):
        try:
            parsed = parse_cpe(name)
        except ParseError:
            continue
        assert parse_cpe(parsed.text) == parsed
