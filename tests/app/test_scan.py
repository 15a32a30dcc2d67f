"""A scan of one target: findings, doubts, and what an update cannot mend left out."""

from datetime import UTC, datetime

from tests.findings.make import NOW
from tests.matching.memory import MemoryIndex, advisory, affected, package
from vedette.app.local import local_ref
from vedette.app.scan import judge_local
from vedette.model.finding import Vulnerability
from vedette.model.inventory import Inventory
from vedette.model.scan import DatabaseFacts


class Index(MemoryIndex):
    built_at = datetime(2026, 1, 1, tzinfo=UTC)
    starter = True


INDEX = Index(
    [
        advisory("GHSA-1", affected("PyPI", "a", "[0,2)", fix="fixed")),
        advisory("GHSA-2", affected("PyPI", "b", "[0,]", fix="not-fixed")),
        advisory(
            "GHSA-3",
            affected("PyPI", "a", "[0,2)", fix="fixed"),
            affected("PyPI", "b", "[0,]", fix="wont-fix"),
        ),
        advisory("GHSA-4", affected("PyPI", "odd", "[0,2)")),
    ]
)
INVENTORY = Inventory(
    resource=local_ref("app"),
    distro=None,
    packages=(
        package("PyPI", "a", "1"),
        package("PyPI", "b", "1"),
        package("PyPI", "odd", "one"),
        package("npm", "c", "1.0.0"),
    ),
)


def _found(*, ignore_unfixed: bool) -> dict[str, list[str]]:
    report = judge_local(INVENTORY, INDEX, kind="rootfs", now=NOW, ignore_unfixed=ignore_unfixed)
    return {
        one.key.subject: [entry.package.name for entry in one.evidence.packages]
        for one in report.findings
        if isinstance(one.evidence, Vulnerability)
    }


def test_a_scan_says_what_it_was_judged_with_and_what_is_in_doubt() -> None:
    report = judge_local(INVENTORY, INDEX, kind="rootfs", now=NOW)
    assert report.target == "app"
    assert report.database == DatabaseFacts(
        digest="sha256:memory", built_at=Index.built_at, starter=True
    )
    assert [one.advisory.id for one in report.undecided] == ["GHSA-4"]
    assert report.unjudged == ("1 package not judged: the database has no advisories for npm",)
    assert {one.key.resource for one in report.findings} == {local_ref("app")}


def test_what_has_no_fix_can_be_left_out() -> None:
    assert _found(ignore_unfixed=False) == {"GHSA-1": ["a"], "GHSA-2": ["b"], "GHSA-3": ["a", "b"]}
    assert _found(ignore_unfixed=True) == {"GHSA-1": ["a"], "GHSA-3": ["a"]}
