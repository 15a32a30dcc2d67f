from pathlib import Path

import msgspec
import pytest

from tests.advisories.records import CVE, EPSS, EXPLOIT, KEV, advisory, affected, build, built
from vedette.advisories.database_diff import (
    AdvisoryChange,
    DatabaseDiff,
    Kind,
    PackageChange,
    database_diff,
)
from vedette.advisories.database_format import Name
from vedette.errors import StoreError
from vedette.model.advisory import Range

A, B, C = (Name("Debian:12", name) for name in "abc")
NOTHING = DatabaseDiff(advisories=(), cves=frozenset(), scores=frozenset())


def test_equal_databases_do_not_differ(tmp_path: Path) -> None:
    built(tmp_path / "old", advisory(), EPSS, KEV, CVE)
    built(tmp_path / "new", advisory(), EPSS, KEV, CVE)
    assert database_diff(tmp_path / "old", tmp_path / "new") == NOTHING
    assert NOTHING.names == frozenset()


def test_advisories_packages_and_ranges(tmp_path: Path) -> None:
    wider = affected("b", Range(fixed="9"))
    built(
        tmp_path / "old",
        advisory("CVE-1", affected("a")),
        advisory("CVE-2", affected("a"), affected("b")),
        advisory("CVE-3", affected("a"), affected("c"), summary="old"),
        advisory("CVE-4", affected("a")),
    )
    built(
        tmp_path / "new",
        advisory("CVE-2", wider, affected("c")),
        advisory("CVE-3", affected("a"), affected("c"), summary="new"),
        advisory("CVE-4", affected("a")),
        advisory("CVE-5", affected("b")),
    )
    diff = database_diff(tmp_path / "old", tmp_path / "new")

    def change(
        number: int, kind: Kind, *packages: PackageChange, described: bool, named: tuple[Name, ...]
    ) -> AdvisoryChange:
        return AdvisoryChange(
            feed="debian",
            id=f"CVE-{number}",
            kind=kind,
            described=described,
            packages=packages,
            named=named,
        )

    gone = PackageChange(name=A, before=(affected("a"),), after=())
    widened = PackageChange(name=B, before=(affected("b"),), after=(wider,))
    come = PackageChange(name=C, before=(), after=(affected("c"),))
    assert diff == DatabaseDiff(
        advisories=(
            change(1, Kind.REMOVED, gone, described=True, named=(A,)),
            change(2, Kind.CHANGED, gone, widened, come, described=False, named=(A, B, C)),
            change(3, Kind.CHANGED, described=True, named=(A, C)),
            change(
                5,
                Kind.ADDED,
                PackageChange(name=B, before=(), after=(affected("b"),)),
                described=True,
                named=(B,),
            ),
        ),
        cves=frozenset(),
        scores=frozenset(),
    )
    assert [one.kind for one in (gone, widened, come)] == [Kind.REMOVED, Kind.CHANGED, Kind.ADDED]
    assert diff.names == {A, B, C}


def test_only_the_packages_that_differ_are_judged_again(tmp_path: Path) -> None:
    built(tmp_path / "old", advisory("CVE-1", affected("a"), affected("b")))
    built(tmp_path / "new", advisory("CVE-1", affected("a"), affected("b", Range(fixed="9"))))
    assert database_diff(tmp_path / "old", tmp_path / "new").names == {B}


def test_the_same_id_of_another_feed_is_another_advisory(tmp_path: Path) -> None:
    build(tmp_path / "old", ("debian", "d", (advisory(),)))
    build(tmp_path / "new", ("ubuntu", "u", (advisory(),)))
    changes = database_diff(tmp_path / "old", tmp_path / "new").advisories
    assert [(one.feed, one.kind) for one in changes] == [
        ("debian", Kind.REMOVED),
        ("ubuntu", Kind.ADDED),
    ]


def test_facts(tmp_path: Path) -> None:
    others = ["CVE-2024-0002", "CVE-2024-0003"]
    built(tmp_path / "old", CVE, EPSS, KEV, msgspec.structs.replace(KEV, cve=others[0]))
    built(
        tmp_path / "new",
        msgspec.structs.replace(CVE, cwes=()),
        msgspec.structs.replace(EPSS, probability=0.3),
        msgspec.structs.replace(EPSS, cve=others[1]),
        KEV,
    )
    assert database_diff(tmp_path / "old", tmp_path / "new") == DatabaseDiff(
        advisories=(),
        cves=frozenset({"CVE-2024-0001", others[0]}),
        scores=frozenset({"CVE-2024-0001", others[1]}),
    )


def test_evidence_of_exploitation(tmp_path: Path) -> None:
    other = msgspec.structs.replace(EXPLOIT, cve="CVE-2024-0002")
    built(tmp_path / "old", EXPLOIT)
    built(tmp_path / "new", EXPLOIT, msgspec.structs.replace(EXPLOIT, source="GitHub"), other)
    diff = database_diff(tmp_path / "old", tmp_path / "new")
    assert diff.cves == {"CVE-2024-0001", "CVE-2024-0002"}
    assert database_diff(tmp_path / "new", tmp_path / "new").cves == frozenset()


def test_both_must_be_databases(tmp_path: Path) -> None:
    built(tmp_path / "old", advisory())
    with pytest.raises(StoreError, match="there is no advisory database"):
        database_diff(tmp_path / "old", tmp_path / "none")
