"""JUnit XML: a test case for each package and flaw, and for each open port, as CI servers show them.

What is at least as severe as asked for is a failure; what is suppressed is skipped, with its reason; the rest passes. The elements and
attributes are those of Ant's `JUnitReport` schema, without the times that nobody measured.
"""

from collections.abc import Iterable, Iterator

import msgspec

from vedette.integrations._base import Entry, Occasion, Report, marked, spool
from vedette.model.finding import (
    Finding,
    FindingStatus,
    Reachable,
    Vulnerability,
    VulnerablePackage,
)

_PLACES = 20


class _Case(msgspec.Struct, frozen=True, kw_only=True):
    """`aside` is why it is skipped; None where it is not."""

    name: str
    kind: str
    text: str
    aside: str | None = None


def _cases(finding: Finding) -> Iterator[_Case]:
    suppressed = finding.status is FindingStatus.SUPPRESSED
    rule = finding.suppressed_by or "suppressed" if suppressed else None
    match finding.evidence:
        case Vulnerability() as evidence:
            for one in evidence.packages:
                yield _Case(
                    name=f"{evidence.id} {one.package.name} {one.package.version}",
                    kind=evidence.id,
                    text="\n".join(_lines(finding, one)),
                    aside=one.waived or rule,
                )
        case Reachable():  # pragma: no branch
            text = "\n".join(
                filter(None, (finding.title, finding.description, finding.remediation))
            )
            yield _Case(name=finding.title, kind="NETWORK_REACHABILITY", text=text, aside=rule)


def _lines(finding: Finding, one: VulnerablePackage) -> Iterator[str]:
    yield f"{finding.severity}: {finding.title}"
    yield f"{one.package.purl}: {f'fixed in {one.fixed_in}' if one.fixed_in else one.fix.value}"
    for place in one.package.locations[:_PLACES]:
        yield f"at {place.path}"
    yield finding.description


def _element(finding: Finding, case: _Case, occasion: Occasion) -> tuple[str, str]:
    """The case's element, and what came of it: `failure`, `skipped` or nothing."""
    head = f'<testcase classname="{marked(finding.key.resource.id)}" name="{marked(case.name)}"'
    if case.aside is not None:
        return f'{head}>\n<skipped message="{marked(case.aside)}"/>\n</testcase>\n', "skipped"
    closed = finding.status is FindingStatus.CLOSED
    if closed or finding.severity.rank < occasion.least.rank:
        return f"{head}/>\n", ""
    message = f"{finding.severity}: {case.name}"
    return (
        f'{head}>\n<failure message="{marked(message)}" type="{marked(case.kind)}">'
        f"{marked(case.text)}</failure>\n</testcase>\n"
    ), "failure"


def _write(entries: Iterable[Entry], occasion: Occasion) -> Iterator[bytes]:
    """The counts come first: the cases wait."""
    counts = {"": 0, "failure": 0, "skipped": 0}
    with spool() as waiting:
        for entry in entries:
            for case in _cases(entry.finding):
                text, outcome = _element(entry.finding, case, occasion)
                counts[outcome] += 1
                waiting.add(text.encode())
        tests, failures = sum(counts.values()), counts["failure"]
        told = f'tests="{tests}" failures="{failures}" errors="0"'
        skipped = f'skipped="{counts["skipped"]}" timestamp="{occasion.at:%Y-%m-%dT%H:%M:%S}"'
        yield (
            '<?xml version="1.0" encoding="UTF-8"?>\n'
            f'<testsuites name="vedette" {told}>\n'
            f'<testsuite name="{marked(occasion.subject)}" {told} {skipped}>\n'
        ).encode()
        yield from waiting.pieces()
    if occasion.gaps:
        yield f"<system-err>{marked(chr(10).join(occasion.gaps))}</system-err>\n".encode()
    yield b"</testsuite>\n</testsuites>\n"


REPORT = Report(
    name="junit",
    title="JUnit XML",
    media_type="application/xml",
    suffix=".xml",
    write=_write,
)
