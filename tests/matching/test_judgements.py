from collections.abc import Collection

import msgspec
import pytest
from hypothesis import given, settings, strategies as st

from tests.matching.memory import MemoryIndex, advisory, affected, package
from vedette.matching import judgements, match as matching
from vedette.matching.ecosystems import rule_for
from vedette.matching.judge import judge
from vedette.matching.match import host_of, match, match_inventory, match_many
from vedette.matching.questions import worth_judging
from vedette.matching.rows import Answers
from vedette.model.advisory import Advisory
from vedette.model.candidate import Candidate, Question
from vedette.model.inventory import Inventory
from vedette.model.match import Match
from vedette.model.package import Package
from vedette.model.resource import ResourceRef, ResourceType

_VERSIONS = ("0.9", "1.0", "1.0-alpha", "1.1", "1.1~rc1", "2.0", "no version!")
_NAMES = ("a", "b", "c")
_ECOSYSTEMS = ("Debian:12", "npm", "Maven", "Ubuntu:22.04", "Ubuntu:Pro:22.04")
_RANGES = ("[0,)", "[0,1.0)", "[1.0,1.1)", "[0,1.0]", "[1.0-alpha,2.0)", "[1.1,)", "[x y,2.0)")


class Talkative(MemoryIndex):
    """Says of every question that there may be more to say."""

    def telling(self, questions: Collection[Question]) -> frozenset[Question]:
        return frozenset(questions)


_entries = st.builds(
    lambda ecosystem, name, ranges, versions, more: affected(
        ecosystem, name, *ranges, versions=versions, **more
    ),
    st.sampled_from(_ECOSYSTEMS),
    st.sampled_from(_NAMES),
    st.lists(st.sampled_from(_RANGES), max_size=2),
    st.lists(st.sampled_from(_VERSIONS), max_size=2),
    st.fixed_dictionaries(
        {
            "by_source": st.booleans(),
            "status": st.sampled_from(
                ["affected", "affected", "fixed", "not_affected", "under_investigation"]
            ),
        },
        optional={"arches": st.just(("amd64",)), "scheme": st.sampled_from(["deb", "npm"])},
    ),
)
_records = st.lists(st.lists(_entries, min_size=1, max_size=4), min_size=1, max_size=5).map(
    lambda groups: [
        advisory(f"CVE-2024-{1000 + number // 2}", *entries, feed=f"feed-{number % 2}")
        for number, entries in enumerate(groups)
    ]
)
_packages = st.lists(
    st.builds(
        lambda ecosystem, name, version, more: package(ecosystem, name, version, **more),
        st.sampled_from([*_ECOSYSTEMS[:4]]),
        st.sampled_from(_NAMES),
        st.sampled_from(_VERSIONS),
        st.fixed_dictionaries(
            {},
            optional={
                "source": st.tuples(st.sampled_from(_NAMES), st.sampled_from(_VERSIONS)),
                "arch": st.sampled_from(["amd64", "arm64", "all"]),
            },
        ),
    ),
    max_size=6,
)


@settings(max_examples=200, deadline=None)
@given(_records, _packages)
def test_what_is_not_judged_had_nothing_said_of_it(
    records: list[Advisory], packages: list[Package]
) -> None:
    assert match(packages, MemoryIndex(records)) == match(packages, Talkative(records))


@settings(max_examples=100, deadline=None)
@given(_records, _packages)
def test_a_remembered_judgement_is_the_packages_own(
    records: list[Advisory], packages: list[Package]
) -> None:
    index = MemoryIndex(records)
    answers = Answers(index)
    host = host_of(packages, index, None, None)
    known = judgements.Judgements(index)
    for one in packages:
        rule = rule_for(one.ecosystem)
        lookups = rule.lookups(one, host) if rule else ()
        assert known.of(one, lookups) == judge(one, lookups, answers)


@settings(max_examples=100, deadline=None)
@given(_records, st.lists(_packages, max_size=5), st.integers(1, 8))
def test_many_inventories_are_judged_as_each_alone(
    records: list[Advisory], hosts: list[list[Package]], at_once: int
) -> None:
    index = MemoryIndex(records)
    inventories = [
        Inventory(
            resource=ResourceRef(type=ResourceType.LOCAL, id=f"host-{number}"),
            distro=None,
            packages=tuple(packages),
            repositories=(),
        )
        for number, packages in enumerate(hosts)
    ]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(matching, "_AT_ONCE", at_once)
        assert list(match_many(inventories, index)) == [
            match_inventory(one, index) for one in inventories
        ]


def test_binaries_of_one_source_are_judged_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    index = MemoryIndex(
        [advisory("CVE-2024-1000", affected("Debian:12", "src", "[0,2)", by_source=True))]
    )
    packages = [
        package("Debian:12", f"lib{number}", "1", source=("src", "1"), arch="amd64")
        for number in range(3)
    ]

    def counted(one: Package, *rest: object) -> object:
        asked.append(one.name)
        return judge(one, *rest)  # type: ignore[arg-type] # passed on as they came

    monkeypatch.setattr(judgements, "judge", counted)
    first = match(packages, index)
    assert asked == ["lib0"]
    assert [one.package.name for one in first] == ["lib0", "lib1", "lib2"]
    assert len({one.package.purl for one in first if isinstance(one, Match)}) == 3
    monkeypatch.setattr(judgements, "_REMEMBERED", 1)
    other = package("Debian:12", "other", "1.1", source=("src", "1.1"))
    asked.clear()
    assert len(match([packages[0], other, packages[1]], index)) == 3
    assert asked == ["lib0", "other", "lib1"]


def test_other_builds_of_one_source_are_judged_apart() -> None:
    rows = (
        affected("Rocky Linux:9", "src", "[0,2-1.el9)", by_source=True, arches=("x86_64",)),
        affected(
            "Rocky Linux:9",
            "src",
            "[0,2-1.module+el9+1)",
            by_source=True,
            module="src:1",
            arches=("noarch",),
        ),
    )
    index = MemoryIndex([advisory("CVE-2024-1000", rows[0]), advisory("CVE-2024-2000", rows[1])])
    plain = {"source": ("src", "1-1.el9")}
    modular = {"source": ("src", "1-1.module+el9+1")}
    packages = [
        package("Rocky Linux:9", "a", "1-1.el9", arch="x86_64", **plain),
        package("Rocky Linux:9", "b", "1-1.el9", arch="aarch64", **plain),
        package("Rocky Linux:9", "c", "1-1.module+el9+1", arch="x86_64", module="src:1", **modular),
        package("Rocky Linux:9", "d", "1-1.module+el9+1", arch="x86_64", module="src:2", **modular),
    ]
    assert [(one.package.name, one.advisory.id) for one in match(packages, index)] == [
        ("a", "CVE-2024-1000"),
        ("c", "CVE-2024-2000"),
    ]


def test_only_what_tells_is_fetched() -> None:
    fetched: list[str] = []

    class Watched(MemoryIndex):
        def candidates(self, ecosystem: str, name: str) -> tuple[Candidate, ...]:
            fetched.append(name)
            return super().candidates(ecosystem, name)

    index = Watched([advisory(f"GHSA-{name}", affected("npm", name, "[0,2.0.0)")) for name in "ab"])
    assert len(match([package("npm", "a", "1.0.0"), package("npm", "b", "2.0.0")], index)) == 1
    assert fetched == ["a"]


def test_versions_without_a_deciding_key_are_judged() -> None:
    index = MemoryIndex()
    rule = rule_for("Maven")
    assert rule is not None
    host = host_of((), index, None, None)
    asked = [
        (one, rule.lookups(one, host))
        for one in (
            package("Maven", "g:a", "${version}"),
            package("Maven", "g:a", "1.0.alpha-1"),
            package("Maven", "g:a", "1.0"),
        )
    ]
    assert worth_judging(asked, index) == [True, True, False]


def test_what_applies_has_its_advisory_whole() -> None:
    class Brief(MemoryIndex):
        def whole(self, advisory: Advisory) -> Advisory:
            return msgspec.structs.replace(advisory, summary="all of it")

    index = Brief([advisory("GHSA-a", affected("npm", "a", "[0,2)"))])
    (found, *_) = match([package("npm", "a", "1.0.0"), package("npm", "a", "nothing")], index)
    assert found.advisory.summary == "all of it"
