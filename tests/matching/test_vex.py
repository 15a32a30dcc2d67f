"""Which VEX statement counts for a package."""

from datetime import UTC, datetime
from typing import Any

import pytest

from vedette.matching.vex import Scope, VexIndex, clears, is_named, is_target, stated, why
from vedette.model.advisory import AffectedStatus
from vedette.model.vex import Justification, VexProduct, VexStatement

_LIB = "pkg:pypi/lib@1.0"
_IMAGE = "registry.example:5000/team/app:1.0@sha256:ab"
_SCOPE = Scope(names=frozenset({_IMAGE, "cpe:2.3:o:amazon:amazon_linux:2023"}), purls=(_LIB,))


def _statement(*products: VexProduct, **more: Any) -> VexStatement:
    return VexStatement(
        vulnerability=more.pop("vulnerability", "CVE-2024-1"),
        products=products or (VexProduct(identifiers=(_LIB,)),),
        status=AffectedStatus(more.pop("status", "not_affected")),
        document=more.pop("document", "doc"),
        **more,
    )


@pytest.mark.parametrize(
    ("identifier", "purl", "expected"),
    [
        ("pkg:pypi/lib@1.0", "pkg:pypi/lib@1.0", True),
        ("pkg:pypi/lib", "pkg:pypi/lib@1.0", True),  # no version: every one
        ("pkg:pypi/lib@1.1", "pkg:pypi/lib@1.0", False),
        ("pkg:pypi/other@1.0", "pkg:pypi/lib@1.0", False),
        ("pkg:npm/lib@1.0", "pkg:pypi/lib@1.0", False),
        (
            "pkg:deb/debian/curl@7?arch=amd64",
            "pkg:deb/debian/curl@7?arch=amd64&distro=debian-12",
            True,
        ),
        ("pkg:deb/debian/curl@7?arch=arm64", "pkg:deb/debian/curl@7?arch=amd64", False),
        ("pkg:deb/debian/curl@7?arch=arm64", "pkg:deb/debian/curl@7", False),
        ("pkg:deb/ubuntu/curl@7", "pkg:deb/debian/curl@7", False),
        ("pkg:npm/%40scope/name", "pkg:npm/%40scope/name@2", True),
        ("lib", "pkg:pypi/lib@1.0", False),
        ("pkg:pypi/lib", "lib", False),
    ],
)
def test_what_a_purl_gives_must_be_so(identifier: str, purl: str, *, expected: bool) -> None:
    assert is_named(identifier, purl) is expected


@pytest.mark.parametrize(
    ("identifier", "expected"),
    [
        (_IMAGE, True),
        ("pkg:oci/app@sha256:ab", True),
        ("pkg:oci/app@sha256%3Aab", True),
        ("pkg:oci/app@sha256:cd", False),
        ("pkg:oci/app", True),
        ("pkg:docker/app", True),
        ("pkg:oci/other", False),
        ("pkg:pypi/app", False),
        ("app", False),
        ("cpe:2.3:o:amazon:amazon_linux", True),
        ("cpe:2.3:o:amazon:amazon", False),
    ],
)
def test_a_target_goes_by_its_names_digest_and_platform(identifier: str, *, expected: bool) -> None:
    assert is_target(identifier, _SCOPE.names) is expected


def _found(*statements: VexStatement, ids: tuple[str, ...] = ("CVE-2024-1",)) -> str | None:
    found = VexIndex(statements, _SCOPE).statement(_LIB, ids)
    return None if found is None else found.document


def test_a_statement_on_the_package() -> None:
    assert _found(_statement()) == "doc"
    assert _found(_statement(), ids=("CVE-2024-2",)) is None
    assert _found(_statement(), ids=("GHSA-1", "CVE-2024-1")) == "doc"
    assert _found(_statement(aliases=("GHSA-1",)), ids=("GHSA-1",)) == "doc"
    assert _found(_statement(VexProduct(identifiers=("pkg:pypi/other",)))) is None


@pytest.mark.parametrize(
    ("product", "parts", "expected"),
    [
        ("pkg:oci/app", ("pkg:pypi/lib",), "doc"),
        ("pkg:oci/other", ("pkg:pypi/lib",), None),
        ("pkg:oci/app", ("pkg:pypi/other",), None),
        (_LIB, (_LIB,), "doc"),  # the product is a package of the target
        ("pkg:pypi/absent", (_LIB,), None),
        ("pkg:oci/app", (), None),  # about the image as such, not about what is in it
    ],
)
def test_a_part_counts_inside_of_its_product(
    product: str, parts: tuple[str, ...], expected: str | None
) -> None:
    assert _found(_statement(VexProduct(identifiers=(product,), parts=parts))) == expected


def test_the_newest_statement_counts() -> None:
    old = _statement(document="old", at=datetime(2024, 1, 1, tzinfo=UTC))
    new = _statement(document="new", at=datetime(2024, 2, 1, tzinfo=UTC), status="affected")
    undated = _statement(document="undated")
    assert _found(new, old, undated) == "new"
    assert _found(old, undated) == "old"


def test_of_one_moment_the_one_that_claims_more_counts() -> None:
    assert _found(_statement(), _statement(document="claims", status="affected")) == "claims"


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("not_affected", True),
        ("fixed", True),
        ("affected", False),
        ("under_investigation", False),
    ],
)
def test_what_clears(status: str, *, expected: bool) -> None:
    assert clears(_statement(status=status)) is expected


def test_why() -> None:
    assert why(_statement(status="fixed")) == "VEX doc: fixed"
    told = _statement(justification=Justification.CODE_NOT_PRESENT, reason="built\nwithout it")
    assert why(told) == "VEX doc: not_affected, vulnerable_code_not_present, built without it"


@pytest.mark.parametrize("justification", [None, *Justification])
@pytest.mark.parametrize("status", ["fixed", "not_affected"])
@pytest.mark.parametrize("reason", ["", "never called, by anybody: not_affected"])
def test_what_was_said_is_read_back(
    status: str, justification: Justification | None, reason: str
) -> None:
    """Also of a document whose name looks like a statement's end."""
    told = _statement(
        status=status, justification=justification, reason=reason, document="https://a/b, c"
    )
    found = stated(why(told))
    assert (found.status, found.justification) == (AffectedStatus(status), justification)


@pytest.mark.parametrize("text", ["", "accepted until June", "VEX doc: affected", "VEX a: fixedly"])
def test_a_rule_of_ones_own_has_no_justification(text: str) -> None:
    found = stated(text)
    assert (found.status, found.justification) == (AffectedStatus.NOT_AFFECTED, None)
