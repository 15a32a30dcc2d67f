"""Packages that only NVD's product names speak of."""

from typing import Any

import pytest

from tests.matching.memory import MemoryIndex, advisory, affected, package
from vedette.matching.absence import explain_absence
from vedette.matching.explain import explain
from vedette.matching.fixes import Fix, fix_for
from vedette.matching.match import match, match_inventory
from vedette.model.advisory import Affected, FixState
from vedette.model.inventory import Inventory
from vedette.model.match import Match, MatchKind, Undecided
from vedette.model.package import Package, SchemeName
from vedette.model.resource import ResourceRef, ResourceType

_CURL = "cpe:2.3:a:haxx:curl:7.80.0:*:*:*:*:*:*:*"


def _row(name: str, *ranges: str, note: str | None = None, **more: Any) -> Affected:
    return affected("CPE:a", name, *ranges, scheme="generic", note=note, **more)


_INDEX = MemoryIndex(
    [
        advisory("CVE-2024-1001", _row("haxx:curl", "[7.69.0,8.4.0)"), feed="nvd"),
        advisory("CVE-2024-1002", _row("maker:agent", "[0,3.1)", note="with=o:microsoft:windows")),
        advisory("CVE-2024-1003", _row("maker:plugin", "[0,1.5)", note="*:*:*:wordpress:*:*")),
        advisory("CVE-2024-1004", _row("maker:tool", "[1.0,2.0)", note="after=1.0")),
        advisory("CVE-2024-1005", _row("openssl:openssl", versions=("1.1.1k",))),
        advisory("CVE-2024-1006", affected("npm", "curl", "[0,1.0)")),
    ]
)


def _generic(name: str, version: str, *cpes: str, **more: Any) -> Package:
    return package(
        more.pop("ecosystem", "generic"),
        name,
        version,
        scheme=more.pop("scheme", SchemeName.GENERIC),
        cpes=cpes,
        **more,
    )


def _answers(one: Package) -> list[tuple[str, str]]:
    return [
        (verdict.advisory.id, "+" if isinstance(verdict, Match) else "?")
        for verdict in match([one], _INDEX)
    ]


def test_a_match_by_cpe_says_so() -> None:
    (found,) = match([_generic("something", "7.80.0", _CURL)], _INDEX)
    assert isinstance(found, Match)
    assert found.kind is MatchKind.CPE
    assert found.range is not None
    assert found.range.fixed == "8.4.0"


def _cpe(product: str, target: str = "*") -> str:
    return f"cpe:2.3:a:maker:{product}:*:*:*:*:*:{target}:*:*"


@pytest.mark.parametrize(
    ("one", "answers"),
    [
        (_generic("x", "8.4.0", _CURL), []),
        (_generic("x", "7.68.0", _CURL), []),
        (_generic("x", "7.80.0", "cpe:/a:haxx:curl:1"), [("CVE-2024-1001", "+")]),
        (_generic("x", "7.80.0", "cpe:/a:other:curl"), []),
        (_generic("x", "7.80.0", "cpe:/o:haxx:curl"), []),
        (_generic("x", "7.80.0", "cpe:/a:haxx", "rubbish"), []),
        (_generic("curl", "7.80.0"), [("CVE-2024-1001", "+")]),
        (
            _generic("curl", "7.80.0", ecosystem="ConanCenter", scheme=SchemeName.CONAN),
            [("CVE-2024-1001", "+")],
        ),
        (_generic("curl", "7.80.0", ecosystem="conda"), [("CVE-2024-1001", "+")]),
        (_generic("curl", "7.80.0", ecosystem="snap"), []),
        (_generic("airline", "7.80.0"), []),
        (_generic("openssl", "1.1.1k"), [("CVE-2024-1005", "+")]),
        (_generic("openssl", "1.1.1l"), []),
        (_generic("a", "3.0", _cpe("agent")), [("CVE-2024-1002", "?")]),
        (_generic("a", "3.1", _cpe("agent")), []),
        (_generic("a", "1.4", _cpe("plugin")), [("CVE-2024-1003", "?")]),
        (_generic("a", "1.4", _cpe("plugin", "wordpress")), [("CVE-2024-1003", "+")]),
        (_generic("a", "1.4", _cpe("plugin", "drupal")), []),
        (_generic("a", "1.4", _cpe("plugin", "drupal"), _cpe("plugin")), [("CVE-2024-1003", "?")]),
        (_generic("a", "1.0", _cpe("tool")), []),
        (_generic("a", "1.0.1", _cpe("tool")), [("CVE-2024-1004", "+")]),
        (_generic("a", "no version", _cpe("tool")), [("CVE-2024-1004", "?")]),
        (
            _generic("curl", "0.5", _CURL, ecosystem="npm", scheme=SchemeName.NPM),
            [("CVE-2024-1006", "+")],
        ),
        (_generic("curl", "7.80.0", _CURL, ecosystem="Hex", scheme=SchemeName.HEX), []),
        (_generic("curl", "7.80.0", _CURL, ecosystem="Debian:12", scheme=SchemeName.DEB), []),
        (_generic("curl", "7.80.0", _CURL, ecosystem="deb", scheme=SchemeName.DEB), []),
        (_generic("curl", "7.80.0", _CURL, owner="pkg:deb/debian/curl@7"), []),
    ],
)
def test_products(one: Package, answers: list[tuple[str, str]]) -> None:
    assert _answers(one) == answers


def test_conditions_are_not_words_for_a_fix() -> None:
    index = MemoryIndex(
        [advisory("CVE-2024-1003", _row("maker:plugin", "[0,)", note="*:*:*:wordpress:*:*"))]
    )
    (found,) = match([_generic("a", "1.4", _cpe("plugin", "wordpress"))], index)
    assert isinstance(found, Match)
    assert fix_for([found]) == Fix(version=None, state=FixState.UNKNOWN, note=None)


def test_without_products_in_the_database_nobody_is_asked() -> None:
    index = MemoryIndex([advisory("GHSA-1", affected("npm", "curl", "[0,9)"))])
    inventory = _inventory(_generic("curl", "7.80.0", _CURL))
    assert match_inventory(inventory, index).unjudged == (
        "1 package not judged: the database has no advisories for generic",
    )


def test_two_builds_with_other_cpes_are_two_judgements() -> None:
    verdicts = match(
        [
            _generic("one", "1.4", _cpe("plugin")),
            _generic("two", "1.4", _cpe("plugin", "wordpress")),
            _generic("three", "1.4", _cpe("plugin", "drupal")),
        ],
        _INDEX,
    )
    assert [(type(one), one.package.name) for one in verdicts] == [
        (Match, "two"),
        (Undecided, "one"),
    ]


def test_it_is_explained() -> None:
    one = _generic("curl", "7.80.0")
    told = explain(one, "CVE-2024-1001", _inventory(one), _INDEX)
    assert told == (
        "looked up package haxx:curl 7.80.0 in CPE:a",
        "CVE-2024-1001 (nvd) on haxx:curl: 7.80.0 is affected: from 7.69.0, fixed in 8.4.0",
        "affected, by CVE-2024-1001: from 7.69.0, fixed in 8.4.0",
    )
    assert explain_absence("CVE-2024-1001", _inventory(one), _INDEX)[-1] == "reported for curl"


def _inventory(*packages: Package) -> Inventory:
    return Inventory(
        resource=ResourceRef(type=ResourceType.LOCAL, id="x"), distro=None, packages=packages
    )
