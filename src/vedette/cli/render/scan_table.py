"""A scan for people."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

from vedette.cli.render.table import printable, table
from vedette.matching.fixes import END_OF_LIFE
from vedette.model.advisory import FixState
from vedette.model.finding import Finding, FindingStatus, Vulnerability, VulnerablePackage
from vedette.model.match import Undecided
from vedette.model.purl import Purl
from vedette.model.scan import ScanReport
from vedette.model.severity import Severity

_SHOWN_FAILURES = 20
_SHOWN_STEPS = 30
_SHOWN_NAMES = 3
_SHOWN_UNDECIDED = 20
_WITHOUT_FIX = {
    FixState.FIXED: "a version that is not told",
    FixState.NOT_FIXED: "no fix yet",
    FixState.WONT_FIX: "will not be fixed",
    FixState.UNKNOWN: "no fix known",
}


def scan_table(report: ScanReport) -> str:
    """The summary, the findings with the worst first, and what is not known."""
    return "\n".join(_parts(report)) + "\n"


def _parts(report: ScanReport) -> Iterator[str]:
    inventory = report.inventory
    distro = inventory.distro
    system = (
        distro.pretty_name or f"{distro.id} {distro.version_id or ''}"
        if distro
        else "no distribution"
    )
    yield printable(f"{report.target}: {system}, {len(inventory.packages)} packages")
    active = [one for one in report.findings if one.status is FindingStatus.ACTIVE]
    rows = [row for finding in sorted(active, key=_worst_first) for row in _rows(finding)]
    if rows:
        yield ""
        yield table(
            [
                "VULNERABILITY",
                "SEVERITY",
                "RISK",
                "EPSS",
                "KEV",
                "PACKAGE",
                "INSTALLED",
                "FIXED IN",
            ],
            rows,
        )
    yield from _fix_plan(report, active)
    yield ""
    yield _counts(active)
    if len(active) < len(report.findings):
        yield f"{len(report.findings) - len(active)} set aside (--format json says by what)"
    yield from _doubts(report)


def _worst_first(finding: Finding) -> tuple[int, float, str]:
    return -finding.severity.rank, -finding.score.risk, finding.key.subject


def _rows(finding: Finding) -> Iterator[list[str]]:
    evidence = finding.evidence
    if not isinstance(evidence, Vulnerability):
        return
    for entry in evidence.packages:
        yield [
            evidence.id,
            finding.severity,
            f"{finding.score.risk:.0f}",
            f"{evidence.epss.probability:.3f}" if evidence.epss else "",
            "yes" if evidence.kev else "",
            entry.package.name,
            entry.package.version,
            _fix(entry),
        ]


def _fix(entry: VulnerablePackage) -> str:
    """The version, or why there is none; with the publisher's own word."""
    if entry.fixed_in is None and entry.note == END_OF_LIFE:
        return "end of life"
    word = f" ({entry.note})" if entry.note else ""
    return (entry.fixed_in or _WITHOUT_FIX[entry.fix]) + word


def _counts(findings: Sequence[Finding]) -> str:
    counts = Counter(finding.severity for finding in findings)
    told = ", ".join(f"{counts[level]} {level.lower()}" for level in Severity if counts[level])
    return f"{len(findings)} vulnerabilities" + (f": {told}" if told else "")


def _fix_plan(report: ScanReport, active: Sequence[Finding]) -> Iterator[str]:
    """What to upgrade, what mends most first."""
    flaws: dict[Purl, set[str]] = defaultdict(set)
    for finding in active:
        if isinstance(finding.evidence, Vulnerability):
            for entry in finding.evidence.packages:
                if entry.waived is None:
                    flaws[entry.package.purl].add(finding.evidence.id)
    steps = [(step, flaws[step.package.purl] - set(step.leaves)) for step in report.fix_plan]
    steps = [(step, mended) for step, mended in steps if mended]
    steps.sort(key=lambda pair: (-len(pair[1]), pair[0].package.purl))
    if not steps:
        return
    yield ""
    yield f"Fix plan: {len(steps)} upgrades"
    yield table(
        ["PACKAGE", "INSTALLED", "UPGRADE TO", "MENDS", "LEAVES", "BRINGS"],
        [
            [
                step.package.name,
                step.package.version,
                step.version,
                str(len(mended)),
                _some(step.leaves),
                _some(step.brings),
            ]
            for step, mended in steps[:_SHOWN_STEPS]
        ],
    )
    if len(steps) > _SHOWN_STEPS:
        yield f"and {len(steps) - _SHOWN_STEPS} more (--format json lists them all)"


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - _SHOWN_NAMES} more" if len(names) > _SHOWN_NAMES else ""
    return ", ".join(names[:_SHOWN_NAMES]) + more


def _doubts(report: ScanReport) -> Iterator[str]:
    yield from (printable(sentence) for sentence in report.unjudged)
    yield from _undecided(report.undecided)
    failures = report.inventory.failures
    if failures:
        yield f"{len(failures)} could not be read:"
        for failure in failures[:_SHOWN_FAILURES]:
            layer = f" in {failure.layer[:19]}" if failure.layer else ""
            yield printable(f"  {failure.path}{layer}: {failure.extractor}: {failure.reason}")
        if len(failures) > _SHOWN_FAILURES:
            yield f"  and {len(failures) - _SHOWN_FAILURES} more"


def _undecided(undecided: Sequence[Undecided]) -> Iterator[str]:
    """What nobody can tell, and why."""
    if not undecided:
        return
    yield f"{len(undecided)} undecided:"
    for one in undecided[:_SHOWN_UNDECIDED]:
        package = f"{one.package.name} {one.package.version}"
        yield printable(f"  {package}: {one.advisory.id}: {one.reason}")
    if len(undecided) > _SHOWN_UNDECIDED:
        more = len(undecided) - _SHOWN_UNDECIDED
        yield f"  and {more} more (--format json lists them all)"
