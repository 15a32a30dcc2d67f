"""Every scheme against the real tool, where it is installed."""

import pytest

from tests.versions.generate import Pair, pairs
from tests.versions.more_oracles import cabal, elixir, hugs, nuget, r_language
from tests.versions.oracles import (
    Oracle,
    alpine,
    alpm,
    apt,
    cargo,
    composer,
    conan,
    dpkg,
    go,
    maven,
    node_semver,
    node_semver_with_build,
    pypa,
    rpm,
    rubygems,
)
from vedette.versions import SCHEMES

ORACLES: tuple[tuple[str, str, Oracle, int], ...] = (
    ("alpm", "libalpm", alpm, 5_000),
    ("apk", "apk", alpine, 250),
    ("cargo", "semver-crate", cargo, 5_000),
    ("composer", "composer-semver", composer, 5_000),
    ("conan", "conan", conan, 5_000),
    ("cran", "R", r_language, 5_000),
    ("deb", "apt", apt, 5_000),
    ("deb", "dpkg", dpkg, 300),
    ("gem", "rubygems", rubygems, 5_000),
    ("go", "x-mod-semver", go, 5_000),
    ("hackage", "Cabal", cabal, 5_000),
    ("hackage", "hugs", hugs, 2_000),
    ("hex", "elixir", elixir, 5_000),
    ("maven", "maven-artifact", maven, 5_000),
    ("npm", "node-semver", node_semver, 5_000),
    ("nuget", "NuGet.Versioning", nuget, 5_000),
    ("pep440", "packaging", pypa, 5_000),
    ("pub", "node-semver", node_semver_with_build, 5_000),
    ("rpm", "rpm", rpm, 5_000),
    ("semver", "node-semver", node_semver, 5_000),
    ("swift", "node-semver", node_semver, 5_000),
)
"""(scheme, the tool's name, the oracle, how many pairs)."""


def answer(scheme: str, left: str, right: str) -> int:
    """The scheme's own answer: by keys, or by its comparer where keys do not say all."""
    entry = SCHEMES[scheme]
    if entry.compare is not None and not (entry.exact(left) and entry.exact(right)):
        compared = entry.compare(left, right)
        return (compared > 0) - (compared < 0)
    a, b = entry.key(left), entry.key(right)
    return (a > b) - (a < b)


@pytest.mark.parametrize(
    ("scheme", "oracle", "count"),
    [pytest.param(s, o, n, id=f"{s}-{name}") for s, name, o, n in ORACLES],
)
def test_scheme_agrees_with_its_tool(scheme: str, oracle: Oracle, count: int) -> None:
    asked: list[Pair] = pairs(scheme, count)
    truth = oracle(asked)
    differences = [
        (pair, said, true)
        for pair, true in zip(asked, truth, strict=True)
        if true is not None and (said := answer(scheme, *pair)) != true
    ]
    assert differences == []
    judged = sum(true is not None for true in truth)
    assert judged > count * 0.6
