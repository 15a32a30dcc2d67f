"""Package URLs."""

from urllib.parse import quote

import pytest
from hypothesis import given, settings, strategies as st
from packageurl import PackageURL

from vedette.errors import ParseError
from vedette.model.purl import Purl, bare, make_purl, parse_purl, with_qualifier


@pytest.mark.parametrize(
    ("kind", "name", "version", "more", "expected"),
    [
        ("pypi", "Django_Rest", "1.0", {}, "pkg:pypi/django-rest@1.0"),
        ("npm", "core", "7.0.0", {"namespace": "@babel"}, "pkg:npm/%40babel/core@7.0.0"),
        (
            "deb",
            "libc6",
            "2.36-9+deb12u3",
            {"namespace": "debian", "qualifiers": {"arch": "amd64", "distro": ""}},
            "pkg:deb/debian/libc6@2.36-9%2Bdeb12u3?arch=amd64",
        ),
        ("generic", "x", None, {}, "pkg:generic/x"),
    ],
)
def test_making(
    kind: str, name: str, version: str | None, more: dict[str, object], expected: str
) -> None:
    assert make_purl(kind, name, version, **more) == expected  # type: ignore[arg-type] # by the table


def test_bare() -> None:
    assert bare(parse_purl("pkg:deb/debian/libc6@2.36?arch=amd64")) == "pkg:deb/debian/libc6@2.36"
    assert bare(parse_purl("pkg:npm/a@1#sub/path")) == "pkg:npm/a@1"


@pytest.mark.parametrize("text", ["", "pkg:", "pkg:npm", "http://a/b", "npm/a@1"])
def test_what_is_no_purl(text: str) -> None:
    with pytest.raises(ParseError, match="not a package URL"):
        parse_purl(text)


def test_a_package_must_have_a_name() -> None:
    with pytest.raises(ParseError, match="not a package URL"):
        make_purl("npm", "", "1.0")


_TEXT = st.text(
    st.characters(min_codepoint=33, max_codepoint=0x2FF, exclude_characters="/"), min_size=1
)


@pytest.mark.parametrize("blank", [" ", "\x85", "\u2003\t"])
def test_a_blank_name_is_none(blank: str) -> None:
    with pytest.raises(ParseError, match="not a package URL"):
        make_purl("npm", blank, "1.0")
    with pytest.raises(ParseError, match="not a package URL"):
        parse_purl(f"pkg:npm/{quote(blank)}@1.0")


@settings(max_examples=100, deadline=None)
@given(_TEXT.filter(str.strip), _TEXT)
def test_purl_round_trips(name: str, version: str) -> None:
    purl = make_purl("generic", name, version, qualifiers={"arch": "amd64"})
    assert parse_purl(purl) == purl


_KINDS = [
    "deb",
    "rpm",
    "apk",
    "opkg",
    "pypi",
    "npm",
    "snap",
    "maven",
    "golang",
    "gem",
    "cargo",
    "composer",
    "nuget",
    "hex",
    "pub",
    "cran",
    "hackage",
    "swift",
    "conan",
    "cocoapods",
    "julia",
    "conda",
    "bitnami",
    "github",
    "generic",
]
_PART = st.text("abZ09._~:+@-/ %_é", max_size=6)


@settings(max_examples=400, deadline=None)
@given(
    st.sampled_from(_KINDS),
    _PART,
    st.none() | _PART,
    st.none() | _PART,
    st.dictionaries(st.sampled_from(["arch", "Distro", "vcs_url", "epoch", "a b"]), _PART),
)
def test_plain_purls_are_the_library_s(
    kind: str, name: str, version: str | None, namespace: str | None, qualifiers: dict[str, str]
) -> None:
    try:
        url = PackageURL(kind, namespace, name, version, qualifiers)
        expected = url.to_string() if url.name else None
    except ValueError:
        expected = None
    try:
        made = make_purl(kind, name, version, namespace=namespace, qualifiers=qualifiers)
    except ParseError:
        assert expected is None
        return
    assert made == expected


@settings(max_examples=100, deadline=None)
@given(
    st.dictionaries(st.sampled_from(["arch", "distro", "upstream", "vcs_url"]), _PART),
    _PART.filter(str.strip),
    st.sampled_from(["", "#a/b"]),
)
def test_a_qualifier_is_added_as_the_library_adds_it(
    qualifiers: dict[str, str], value: str, subpath: str
) -> None:
    url = PackageURL("deb", "debian", "a", "1", qualifiers, subpath[1:] or None)
    expected = url._replace(qualifiers={**url.qualifiers, "upstream": value}).to_string()
    assert with_qualifier(Purl(url.to_string()), "upstream", value) == expected
