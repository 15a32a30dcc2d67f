import os.path

import pytest
from hypothesis import given, strategies as st

from vedette.errors import ParseError
from vedette.sources.paths import readable, relative


@pytest.mark.parametrize(
    ("name", "path"),
    [
        (b"etc/os-release", "etc/os-release"),
        (b"./etc/os-release", "etc/os-release"),
        (b"/etc/os-release", "etc/os-release"),
        (b"././/etc/./os-release/", "etc/os-release"),
        (b"a/.hidden", "a/.hidden"),
        (b".hidden", ".hidden"),
        (b"...", "..."),
        (b"a/..b", "a/..b"),
        (b"", ""),
        (b".", ""),
        (b"./", ""),
        (b"/", ""),
        ("caf\u00e9".encode(), "caf\u00e9"),
        (b"caf\xe9", "caf\\xe9"),
    ],
)
def test_names(name: bytes, path: str) -> None:
    assert relative(name) == path


@pytest.mark.parametrize(
    "name", [b"..", b"../a", b"a/../../b", b"a/..", b"./../a", b"/../a", b"a/../b"]
)
def test_names_that_lead_up(name: bytes) -> None:
    with pytest.raises(ParseError, match=r"a name with `\.\.`"):
        relative(name)


@given(st.lists(st.sampled_from(["", ".", "..", "a", ".b", "c..", "\xff"]), max_size=6))
def test_a_name_means_what_its_normal_form_means(parts: list[str]) -> None:
    name = "/".join(parts)
    if ".." in parts:
        with pytest.raises(ParseError):
            relative(name.encode())
    else:
        assert relative(name.encode()) == os.path.normpath("/" + name).lstrip("/")


@given(st.binary())
def test_every_name_can_be_shown_and_encoded(name: bytes) -> None:
    assert readable(name).encode().decode() == readable(name)
