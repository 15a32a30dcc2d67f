"""Why a flaw is not reported for a target."""

from datetime import UTC, datetime

from tests.matching.memory import MemoryIndex, advisory, affected, package
from vedette.matching.absence import explain_absence
from vedette.model.advisory import Advisory, CveRecord
from vedette.model.inventory import Inventory
from vedette.model.package import Package
from vedette.model.resource import ResourceRef, ResourceType

_FLAW = "CVE-2024-1000"
_LIB = affected("PyPI", "lib", "[0,2)")


def _told(
    records: list[Advisory], *packages: Package, cves: tuple[CveRecord, ...] = ()
) -> tuple[str, ...]:
    inventory = Inventory(
        resource=ResourceRef(type=ResourceType.LOCAL, id="/"), distro=None, packages=packages
    )
    return explain_absence(_FLAW, inventory, MemoryIndex(records, cves=cves))


def test_the_database_knows_nothing_of_it() -> None:
    assert _told([]) == ("not reported: the database has no advisory on it",)


def test_an_update_that_only_relates_to_it_is_not_about_it() -> None:
    record = advisory("GHSA-1", _LIB, aliases=("CVE-2024-2000",), related=(_FLAW,))
    assert _told([record]) == ("not reported: the database has no advisory on it",)


def test_all_advisories_were_withdrawn() -> None:
    gone = advisory("GHSA-1", _LIB, aliases=(_FLAW,), withdrawn=datetime(2024, 5, 1, tzinfo=UTC))
    assert _told([gone], package("PyPI", "lib", "1")) == (
        "GHSA-1 (feed) was withdrawn on 2024-05-01",
        "not reported: every advisory on it was withdrawn",
    )


def test_nothing_that_it_names_is_installed() -> None:
    entries = [affected(f"Debian:{release}", "lib", by_source=True) for release in range(1, 13)]
    others = [affected("npm", f"other{number:02}") for number in range(12)]
    record = advisory(_FLAW, *entries, *others)
    installed = (
        package("PyPI", "unrelated", "1"),
        package("Ubuntu:22.04", "lib-bin", "1", source=("lib", "1")),
        package("nowhere", "lib", "1"),
    )
    told = _told([record], *installed)
    assert told[0] == (
        "it is about lib in Debian:1, Debian:10, Debian:11, Debian:12, Debian:2, Debian:3, Debian:4, "
        "Debian:5, Debian:6, Debian:7 and 2 more"
    )
    assert told[1] == "it is about other00 in npm"
    assert told[10:] == (
        "and about 3 other packages",
        "lib is installed, from nowhere, of which no advisory on it speaks",
        "lib-bin is installed, from Ubuntu:22.04, of which no advisory on it speaks",
        "not reported: nothing that an advisory on it names is installed",
    )


def test_one_name_of_one_ecosystem() -> None:
    assert _told([advisory(_FLAW, _LIB)]) == (
        "it is about lib in PyPI",
        "not reported: nothing that an advisory on it names is installed",
    )


def test_the_keys_are_shown() -> None:
    record = advisory(
        "GHSA-1", affected("npm", "lib", "[1.0.0,1.2.0)", "[2.0.0,)"), aliases=(_FLAW,)
    )
    told = _told([record], package("npm", "lib", "1.2.0"))
    assert told == (
        "pkg:npm/lib@1.2.0",
        "  looked up package lib 1.2.0 in npm",
        "  GHSA-1 (feed) on lib: 1.2.0 is not affected: from 1.0.0, fixed in 1.2.0; from 2.0.0, no fix",
        "  not affected",
        "  key 813181328003 of 1.2.0; GHSA-1: from 8131808003 to below 813181328003",
        "  key 813181328003 of 1.2.0; GHSA-1: from 8132808003 on",
        "not reported: not affected",
    )


def test_long_keys_are_cut() -> None:
    version = "1.0.0-" + "a" * 40
    record = advisory("GHSA-1", affected("npm", "lib", "[0,2.0.0)"), aliases=(_FLAW,))
    (line,) = [line for line in _told([record], package("npm", "lib", version)) if "key" in line]
    assert "61…" in line
    assert line.endswith("GHSA-1: from the beginning to below 8132808003")


def test_it_is_reported_after_all() -> None:
    record = advisory("GHSA-1", _LIB, aliases=(_FLAW,))
    assert _told([record], package("PyPI", "lib", "1"))[-1] == "reported for lib"


def test_it_is_undecided() -> None:
    record = advisory("GHSA-1", _LIB, affected("PyPI", "lib2"), aliases=(_FLAW,))
    told = _told([record], package("PyPI", "lib", "one"))
    assert told[-1] == "undecided for lib"
    assert not [line for line in told if "key" in line]


def test_it_is_exempt() -> None:
    record = advisory("GHSA-1", _LIB, advisory_entry := affected("PyPI", "x"), aliases=(_FLAW,))
    other = advisory("GHSA-2", advisory_entry)
    owned = package("PyPI", "lib", "1", owner="pkg:deb/debian/python3-lib@1-1")
    assert _told([record, other], owned)[-1] == (
        "not reported: not judged: part of pkg:deb/debian/python3-lib@1-1, which the distribution's "
        "advisories judge"
    )


def test_another_advisory_on_the_same_package_is_left_out() -> None:
    records = [advisory("GHSA-1", _LIB, aliases=(_FLAW,)), advisory("GHSA-2", _LIB)]
    told = _told(records, package("PyPI", "lib", "3"))
    assert told[-1] == "not reported: not affected"
    assert not [line for line in told if "GHSA-2" in line]


def test_its_record_was_rejected() -> None:
    record = advisory("GHSA-1", _LIB, aliases=(_FLAW,))
    told = _told(
        [record],
        package("PyPI", "lib", "1"),
        cves=(CveRecord(id=_FLAW, feed="nvd", rejected=True),),
    )
    assert told[0] == f"{_FLAW} was rejected, says nvd: nothing is reported under it"
    assert told[-1] == "not reported: affected, by GHSA-1: every version, fixed in 2"
