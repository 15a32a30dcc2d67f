"""Which ids name flaws, which name updates, and what an advisory is about."""

import pytest

from tests.matching.memory import advisory
from vedette.matching.names import cves_of, is_about, is_update, names_of, other_ids


@pytest.mark.parametrize(
    "identifier",
    [
        "ALAS-2021-1554",
        "ALAS2-2022-1767",
        "ALAS2023-2023-001",
        "ALAS2SELINUX-NG-2023-001",
        "ALASKERNEL-5.10-2022-002",
        "ALSA-2023:1",
        "CESA-2020:1",
        "DLA-3000-1",
        "DSA-5514-1",
        "ELSA-2023-1",
        "FEDORA-2023-1",
        "PHSA-2023-4.0-1",
        "RHBA-2023:1",
        "RHSA-2023:5069",
        "RLSA-2023:1",
        "SUSE-SU-2023:1-1",
        "USN-6000-1",
        "openSUSE-SU-2023:1-1",
    ],
)
def test_an_update(identifier: str) -> None:
    assert is_update(identifier)


@pytest.mark.parametrize(
    "identifier",
    ["CVE-2023-4911", "DEBIAN-CVE-2023-1", "GHSA-x", "PYSEC-1", "RUSTSEC-1", "GO-2023-1", "ACME-1"],
)
def test_no_update(identifier: str) -> None:
    assert not is_update(identifier)


@pytest.mark.parametrize(
    ("identifier", "aliases", "related", "expected"),
    [
        ("CVE-2023-0001", (), (), ("CVE-2023-0001",)),
        ("CVE-2023-0001", (), ("CVE-2023-0002",), ("CVE-2023-0001",)),
        ("UBUNTU-CVE-2023-0001", (), (), ("CVE-2023-0001",)),
        ("GHSA-1", ("CVE-2023-0002", "CVE-2023-0001"), (), ("CVE-2023-0001", "CVE-2023-0002")),
        ("GHSA-1", ("PYSEC-1",), ("CVE-2023-0001",), ()),
        ("ALAS-1", (), ("CVE-2023-0002", "CVE-2023-0001"), ("CVE-2023-0001", "CVE-2023-0002")),
        ("USN-1", ("CVE-2023-0001",), ("CVE-2023-0002",), ("CVE-2023-0001",)),
        ("DSA-1", (), (), ()),
        ("CVE-23-1", (), (), ()),
    ],
)
def test_the_cves_of_an_advisory(
    identifier: str, aliases: tuple[str, ...], related: tuple[str, ...], expected: tuple[str, ...]
) -> None:
    assert cves_of(advisory(identifier, aliases=aliases, related=related)) == expected


@pytest.mark.parametrize("identifier", ["CVE-2013-XXXX", "CVE-2006-NNN0", "CVE-PENDING"])
def test_a_flaw_that_waits_for_its_number_goes_by_what_it_has(identifier: str) -> None:
    record = advisory(identifier)
    assert cves_of(record) == ()
    assert other_ids(record) == {identifier}


def test_names() -> None:
    record = advisory("GHSA-1", aliases=("CVE-2023-0001", "PYSEC-1"))
    assert other_ids(record) == {"GHSA-1", "PYSEC-1"}
    assert names_of(record) == {"GHSA-1", "PYSEC-1", "CVE-2023-0001"}


@pytest.mark.parametrize(
    ("related", "names", "expected"),
    [
        (("CVE-2023-0001",), {"CVE-2023-0001"}, True),
        (("CVE-2023-0001", "CVE-2023-0002"), {"CVE-2023-0001"}, False),
        ((), {"DSA-1"}, True),
        ((), {"DSA-2"}, False),
    ],
)
def test_about(related: tuple[str, ...], names: set[str], expected: bool) -> None:  # noqa: FBT001
    assert is_about(advisory("DSA-1", related=related), frozenset(names)) is expected
