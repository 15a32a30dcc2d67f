"""A scan for people: the fix plan, what mends most first."""

import msgspec
import pytest

from tests.findings.make import LOCAL, exposure, finding, vulnerability, vulnerable
from tests.integrations.samples import SCANS
from tests.matching.memory import advisory, package
from vedette.cli.render.scan_table import scan_table
from vedette.matching.fixes import END_OF_LIFE, PRO
from vedette.model.advisory import FixState
from vedette.model.finding import FindingStatus, Reachable
from vedette.model.match import Undecided
from vedette.model.scan import FixStep, ScanReport

_A = package("PyPI", "a", "1")
_B = package("PyPI", "b", "1")
_C = package("PyPI", "c", "1")
_WAIVED = msgspec.structs.replace(vulnerable(_C), waived="never called")


def _report(**more: object) -> ScanReport:
    report = ScanReport(
        target="x",
        inventory=msgspec.structs.replace(SCANS["nothing"].inventory, packages=(_A, _B, _C)),
        database=None,
        findings=(
            finding(vulnerability(id="CVE-1", packages=(vulnerable(_A),)), resource=LOCAL),
            finding(vulnerability(id="CVE-2", packages=(vulnerable(_B), vulnerable(_A)))),
            finding(vulnerability(id="CVE-3", packages=(vulnerable(_B, fixed_in=None),))),
            finding(
                vulnerability(id="CVE-4", packages=(_WAIVED,)), status=FindingStatus.SUPPRESSED
            ),
            finding(vulnerability(id="CVE-5", packages=(_WAIVED, vulnerable(_A)))),
            finding(Reachable(exposure=exposure())),
        ),
        fix_plan=(
            FixStep(package=_B, version="2", leaves=("CVE-3",)),
            FixStep(package=_C, version="9"),
            FixStep(package=_A, version="3", brings=("CVE-6", "CVE-7", "CVE-8", "CVE-9")),
        ),
    )
    return msgspec.structs.replace(report, **more)


def _plan(report: ScanReport) -> list[list[str]]:
    lines = scan_table(report).splitlines()
    start = next((n for n, line in enumerate(lines) if line.startswith("Fix plan")), None)
    if start is None:
        return []
    return [line.split(None, 5) for line in lines[start : lines.index("", start)]]


def test_the_plan_says_what_each_upgrade_mends_leaves_and_brings() -> None:
    assert _plan(_report()) == [
        ["Fix", "plan:", "2", "upgrades"],
        ["PACKAGE", "INSTALLED", "UPGRADE", "TO", "MENDS", "LEAVES  BRINGS"],
        ["a", "1", "3", "3", "CVE-6,", "CVE-7, CVE-8 and 1 more"],
        ["b", "1", "2", "1", "CVE-3"],
    ]


def test_without_anything_to_mend_there_is_no_plan() -> None:
    assert _plan(_report(fix_plan=())) == []
    assert _plan(_report(findings=())) == []


def test_a_long_plan_is_cut() -> None:
    steps = tuple(FixStep(package=package("PyPI", f"p{n:02}", "1"), version="2") for n in range(40))
    findings = tuple(
        finding(vulnerability(id=f"CVE-{step.package.name}", packages=(vulnerable(step.package),)))
        for step in steps
    )
    plan = _plan(_report(fix_plan=steps, findings=findings))
    assert len(plan) == 33
    assert plan[-1][:3] == ["and", "10", "more"]


@pytest.mark.parametrize(
    ("how", "told"),
    [
        ({"fixed_in": "2"}, "2"),
        ({"fixed_in": "2", "note": PRO}, "2 (only with Ubuntu Pro)"),
        ({"fixed_in": None, "fix": FixState.NOT_FIXED}, "no fix yet"),
        ({"fixed_in": None, "fix": FixState.NOT_FIXED, "note": "no-dsa"}, "no fix yet (no-dsa)"),
        ({"fixed_in": None, "fix": FixState.WONT_FIX}, "will not be fixed"),
        ({"fixed_in": None, "fix": FixState.WONT_FIX, "note": END_OF_LIFE}, "end of life"),
        ({"fixed_in": None, "fix": FixState.UNKNOWN}, "no fix known"),
        ({"fixed_in": None, "fix": FixState.FIXED}, "a version that is not told"),
    ],
)
def test_why_there_is_no_fix_is_told_apart(how: dict[str, object], told: str) -> None:
    entry = msgspec.structs.replace(vulnerable(_A), **how)
    report = _report(findings=(finding(vulnerability(id="CVE-1", packages=(entry,))),), fix_plan=())
    (line,) = (line for line in scan_table(report).splitlines() if line.startswith("CVE-1"))
    assert line.endswith(f"  {told}")


def test_what_is_undecided_is_listed_with_its_reason() -> None:
    doubts = tuple(
        Undecided(package=_A, advisory=advisory(f"CVE-{number:02}"), reason="no version: 'x'")
        for number in range(22)
    )
    lines = scan_table(_report(undecided=doubts)).splitlines()
    start = lines.index("22 undecided:")
    assert lines[start + 1] == "  a 1: CVE-00: no version: 'x'"
    assert lines[start + 20 : start + 22] == [
        "  a 1: CVE-19: no version: 'x'",
        "  and 2 more (--format json lists them all)",
    ]
    assert "undecided" not in scan_table(_report())
