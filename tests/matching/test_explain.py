"""Why, and why not."""

import re
from datetime import UTC, datetime

import pytest

from tests.matching.memory import MemoryIndex, advisory, affected, package
from vedette.matching.explain import compared_keys, describe, explain
from vedette.model.advisory import Advisory, Range
from vedette.model.inventory import Inventory
from vedette.model.package import Package, SchemeName
from vedette.model.resource import ResourceRef, ResourceType

_D12 = "Debian:12"
_LIBSSL = package(_D12, "libssl3", "3.0.9-1", source=("openssl", "3.0.9-1"))


def _explain(one: Package, identifier: str, *records: Advisory) -> tuple[str, ...]:
    inventory = Inventory(
        resource=ResourceRef(type=ResourceType.LOCAL, id="/"), distro=None, packages=(one,)
    )
    return explain(one, identifier, inventory, MemoryIndex(records))


def _openssl(*ranges: str, identifier: str = "CVE-2023-5363", **more: str) -> Advisory:
    return advisory(identifier, affected(_D12, "openssl", *ranges, by_source=True, **more))


_LOOKUPS = (
    "looked up package libssl3 3.0.9-1 in Debian:12",
    "looked up source package openssl 3.0.9-1 in Debian:12",
)


def test_affected() -> None:
    assert _explain(_LIBSSL, "CVE-2023-5363", _openssl("[0,3.0.11-1)")) == (
        *_LOOKUPS,
        "CVE-2023-5363 (feed) on openssl: 3.0.9-1 is affected: every version, fixed in 3.0.11-1",
        "affected, by CVE-2023-5363: every version, fixed in 3.0.11-1",
    )


def test_not_affected() -> None:
    assert _explain(_LIBSSL, "CVE-2023-5363", _openssl("[0,3.0.8-1)", "[3.1,)")) == (
        *_LOOKUPS,
        "CVE-2023-5363 (feed) on openssl: 3.0.9-1 is not affected: every version, fixed in 3.0.8-1; from 3.1, no fix",
        "not affected",
    )


def test_denied() -> None:
    records = (
        _openssl("[0,)"),
        _openssl(identifier="DEBIAN-CVE-2023-5363", status="not_affected"),
    )
    assert _explain(_LIBSSL, "CVE-2023-5363", *records)[2:] == (
        "CVE-2023-5363 (feed) on openssl: 3.0.9-1 is affected: every version, no fix",
        "DEBIAN-CVE-2023-5363 (feed) on openssl: not affected, says the publisher",
        "not affected: feed denies it in DEBIAN-CVE-2023-5363",
    )


def test_a_denial_by_another_id_is_named() -> None:
    records = (
        advisory("GHSA-1", affected("PyPI", "lib", "[0,)"), aliases=("CVE-2024-0001",)),
        advisory("CVE-2024-0001", affected("PyPI", "lib", status="not_affected")),
    )
    told = _explain(package("PyPI", "lib", "1.0"), "GHSA-1", *records)
    assert told[-1] == "not affected: feed denies it in CVE-2024-0001"


def test_a_denial_of_another_flaw_is_not_the_answer() -> None:
    records = (
        advisory("GHSA-1", affected("PyPI", "lib", "[2.0,3.0)")),
        advisory("GHSA-2", affected("PyPI", "lib", status="not_affected")),
    )
    told = _explain(package("PyPI", "lib", "1.0"), "GHSA-1", *records)
    assert told[-1] == "not affected"


def test_doubts_about_another_flaw_are_not_the_answer() -> None:
    records = (
        advisory("GHSA-1", affected("PyPI", "lib", "[2.0,3.0)")),
        advisory("GHSA-2", affected("PyPI", "lib", "[0,two)")),
    )
    told = _explain(package("PyPI", "lib", "1.0"), "GHSA-1", *records)
    assert told[-1] == "not affected"


def test_undecided() -> None:
    record = advisory("GHSA-1", affected("PyPI", "lib", "[0,2.0)"))
    assert _explain(package("PyPI", "lib", "one"), "GHSA-1", record) == (
        "looked up package lib one in PyPI",
        "GHSA-1 (feed) on lib: undecided: not a version of scheme pep440: 'one'",
        "undecided: not a version of scheme pep440: 'one'",
    )


def test_a_denial_that_cannot_be_compared() -> None:
    entry = affected("PyPI", "lib", "[0,two)", status="not_affected")
    assert _explain(package("PyPI", "lib", "1.0"), "GHSA-1", advisory("GHSA-1", entry))[1:] == (
        "GHSA-1 (feed) on lib: undecided: the advisory cannot be compared: a range up to 'two'",
        "not affected",
    )


def test_only_other_versions_are_listed() -> None:
    entry = affected("PyPI", "lib", versions=("2.0",))
    assert _explain(package("PyPI", "lib", "1.0"), "GHSA-1", advisory("GHSA-1", entry))[1:] == (
        "GHSA-1 (feed) on lib: 1.0 is not affected: only other versions are listed",
        "not affected",
    )


def test_another_build_and_a_doubtful_repository() -> None:
    one = package("Amazon Linux:2", "docker", "1-1", arch="x86_64")
    topic = "Amazon Linux:2:extras/docker"
    record = advisory(
        "ALASDOCKER-1",
        affected(topic, "docker", "[0,2-1)", arches=("aarch64",)),
        affected(topic, "docker", "[0,3-1)", arches=("x86_64",)),
        related=("CVE-2024-0001",),
    )
    doubt = "nothing says whether the repository extras/docker is enabled"
    assert _explain(one, "CVE-2024-0001", record) == (
        "looked up package docker 1-1 in Amazon Linux:2",
        f"looked up package docker 1-1 in Amazon Linux:2:extras/docker ({doubt})",
        "ALASDOCKER-1 (feed) on docker: the advisory is for aarch64, not for x86_64",
        f"ALASDOCKER-1 (feed) on docker: undecided: {doubt}",
        f"undecided: {doubt}",
    )


def test_a_fix_of_another_channel() -> None:
    record = advisory(
        "CVE-2024-0001",
        affected("Ubuntu:18.04", "vim", "[0,)", by_source=True),
        affected("Ubuntu:Pro:18.04", "vim", "[0,1-1+esm1)", by_source=True),
    )
    told = _explain(package("Ubuntu:18.04", "vim", "1-1+esm1"), "CVE-2024-0001", record)
    assert told[4:] == (
        "CVE-2024-0001 (feed) on vim: 1-1+esm1 is affected: every version, no fix",
        "CVE-2024-0001 (feed) on vim: 1-1+esm1 has the fix",
        "not affected",
    )


def test_not_judged() -> None:
    owned = package("PyPI", "lib", "1.0", owner="pkg:deb/debian/python3-lib@1.0-1")
    reason = "part of pkg:deb/debian/python3-lib@1.0-1, which the distribution's advisories judge"
    assert _explain(owned, "GHSA-1") == (f"not judged: {reason}",)
    nowhere = package("Nowhere", "lib", "1.0")
    assert _explain(nowhere, "GHSA-1") == (
        "not judged: there is no rule for the ecosystem Nowhere",
    )


def test_no_advisory_speaks_of_it() -> None:
    one = package("PyPI", "lib", "1.0")
    entry = affected("PyPI", "other", "[0,2.0)")
    gone = advisory(
        "GHSA-2", affected("PyPI", "lib", "[0,)"), withdrawn=datetime(2024, 1, 1, tzinfo=UTC)
    )
    assert _explain(one, "GHSA-1", advisory("GHSA-1", entry))[1:] == (
        "GHSA-1 (feed) does not name the package",
        "not affected: no advisory on GHSA-1 speaks of lib",
    )
    assert _explain(one, "GHSA-2", gone)[1:] == (
        "GHSA-2 (feed) was withdrawn",
        "not affected: no advisory on GHSA-2 speaks of lib",
    )
    assert _explain(one, "GHSA-3")[1:] == (
        "the database has no advisory GHSA-3",
        "not affected: no advisory on GHSA-3 speaks of lib",
    )


@pytest.mark.parametrize(
    ("bounds", "expected"),
    [
        ("[0,1)", "every version, fixed in 1"),
        ("[1,2]", "from 1, up to and including 2"),
        ("[1,)", "from 1, no fix"),
    ],
)
def test_ranges_in_words(bounds: str, expected: str) -> None:
    assert describe(affected("PyPI", "lib", bounds).ranges[0]) == expected


def test_no_range_in_words() -> None:
    assert describe(None) == "an explicit list of versions"


def test_an_update_is_denied_where_all_its_flaws_are() -> None:
    one = package("Red Hat:9", "foo", "1.2-3.el9_0.2")
    records = (
        advisory(
            "RHSA-2022:1",
            affected("Red Hat:9", "foo", "[0,1.2-3.el9_0.1)"),
            related=("CVE-2022-1000", "CVE-2022-1001"),
        ),
        advisory(
            "RHSA-2022:2",
            affected("Red Hat:9", "foo", "[0,1.2-5.el9_1)"),
            related=("CVE-2022-1000",),
        ),
        advisory(
            "RHSA-2022:3",
            affected("Red Hat:9", "foo", "[0,1.2-6.el9_1)"),
            related=("CVE-2022-1001", "CVE-2022-1002"),
        ),
    )
    because = "RHSA-2022:1 mends it in el9_0, from which the installed build is"
    assert _explain(one, "CVE-2022-1000", *records)[-1] == (
        f"not affected: feed denies it in RHSA-2022:1: {because}"
    )
    assert _explain(one, "RHSA-2022:2", *records)[-1] == (
        f"not affected: feed denies it in RHSA-2022:1: {because}"
    )
    assert _explain(one, "RHSA-2022:3", *records)[-1] == (
        "affected, by RHSA-2022:3: every version, fixed in 1.2-6.el9_1"
    )


def test_a_denial_of_another_flaw_of_the_same_update_is_not_named() -> None:
    records = (
        _openssl("[0,3.0.11-1)", identifier="CVE-2023-5363"),
        _openssl(identifier="CVE-2023-1000", status="not_affected"),
        advisory(
            "DSA-1-1",
            affected(_D12, "openssl", "[0,3.0.11-1)", by_source=True),
            related=("CVE-2023-5363", "CVE-2023-1000"),
        ),
    )
    told = _explain(_LIBSSL, "CVE-2023-5363", *records)
    assert told[-1] == "affected, by CVE-2023-5363: every version, fixed in 3.0.11-1"


def test_both_keys_of_a_comparison() -> None:
    """The key of the version lies between those of the range, and is cut where it is long."""
    told = compared_keys("1.5", Range(introduced="1.0", fixed="2.0"), SchemeName.PEP440)
    key, low, high = re.findall(r"[0-9a-f]{8,}", str(told))
    assert low < key < high
    long = compared_keys("1." * 40 + "1", Range(), SchemeName.PEP440)
    assert long is not None
    assert "… of 1.1.1" in long
    assert long.endswith("; from the beginning on")


@pytest.mark.parametrize(
    ("text", "run"),
    [("1.0", None), ("no version", Range()), ("1.0", Range(fixed="no version"))],
)
def test_without_a_comparison_there_are_no_keys(text: str, run: Range | None) -> None:
    assert compared_keys(text, run, SchemeName.PEP440) is None
