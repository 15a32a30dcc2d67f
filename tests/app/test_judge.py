"""One resource against what was known: what closes, and what a failure keeps open."""

from collections.abc import Iterable
from datetime import timedelta

import msgspec

from tests.findings.make import INSTANCE, NOW, exposure, finding
from tests.matching.memory import MemoryIndex, advisory, affected, package
from vedette.app.judge import Case, evidence_of, judge
from vedette.findings.exposure import ResourceExposure
from vedette.findings.lifecycle import Change
from vedette.model.finding import Finding, FindingStatus, Reachable
from vedette.model.inventory import FileFailure, Inventory
from vedette.model.network import UnknownReach
from vedette.model.package import Package
from vedette.model.resource import Tag

INDEX = MemoryIndex(
    [
        advisory("GHSA-1", affected("PyPI", "a", "[0,2)"), aliases=("CVE-2024-0001",)),
        advisory("GHSA-2", affected("PyPI", "b", "[0,2)"), aliases=("CVE-2024-0002",)),
    ]
)
A, B = package("PyPI", "a", "1"), package("PyPI", "b", "1")
FAILURE = FileFailure(extractor="jar", path="x.jar", reason="cut")
UNKNOWN = UnknownReach(edge="internet", resource="i", code="c", component="x", reason="denied")
LATER = NOW + timedelta(days=1)


def _case(exposed: ResourceExposure | None = None, read_as: str | None = "f") -> Case:
    return Case(resource=INSTANCE, read_as=read_as, exposure=exposed)


def _inventory(*packages: Package, failures: tuple[FileFailure, ...] = ()) -> Inventory:
    return Inventory(resource=INSTANCE.ref, distro=None, packages=packages, failures=failures)


def _judged(
    known: Iterable[Finding], inventory: Inventory | None, exposed: ResourceExposure | None = None
) -> dict[str, FindingStatus]:
    changes = judge(_case(exposed), inventory, INDEX, tuple(known), now=LATER)
    return {change.after.key.subject: change.after.status for change in changes}


def _known(*packages: Package) -> tuple[Finding, ...]:
    changes: tuple[Change, ...] = judge(_case(), _inventory(*packages), INDEX, (), now=NOW)
    return tuple(change.after for change in changes)


def test_what_is_found_opens_and_what_is_mended_closes() -> None:
    assert _judged((), _inventory(A, B)) == {
        "CVE-2024-0001": FindingStatus.ACTIVE,
        "CVE-2024-0002": FindingStatus.ACTIVE,
    }
    assert _judged(_known(A, B), _inventory(A, package("PyPI", "b", "2"))) == {
        "CVE-2024-0002": FindingStatus.CLOSED
    }
    assert _judged(_known(A, B), _inventory(A, B)) == {}


def test_a_failed_reader_closes_nothing_and_still_opens() -> None:
    assert _judged(_known(A), _inventory(B, failures=(FAILURE,))) == {
        "CVE-2024-0002": FindingStatus.ACTIVE
    }


def test_an_inventory_that_could_not_be_read_changes_nothing() -> None:
    assert _judged(_known(A), None) == {}


def test_what_nobody_can_judge_any_more_stays_open() -> None:
    known = _known(A)
    nothing = MemoryIndex()  # a database without PyPI
    assert judge(_case(), _inventory(A), nothing, known, now=LATER) == ()


def test_network_findings_open_and_close_by_themselves() -> None:
    exposed = ResourceExposure(exposures=(exposure(),))
    opened = judge(_case(exposed), None, INDEX, (), now=NOW)
    (port,) = (change.after for change in opened)
    assert isinstance(port.evidence, Reachable)
    assert _judged([port], None, ResourceExposure()) == {port.key.subject: FindingStatus.CLOSED}
    assert _judged([port, *_known(A)], None, ResourceExposure()) == {
        port.key.subject: FindingStatus.CLOSED
    }


def test_where_the_network_was_not_looked_at_or_is_unknown_nothing_closes() -> None:
    port = finding(Reachable(exposure=exposure()))
    assert _judged([port], None, None) == {}
    assert _judged([port], None, ResourceExposure(unknown=(UNKNOWN,))) == {}


def test_the_evidence_is_all_that_the_verdict_depends_on() -> None:
    base = evidence_of(_case(), INDEX)
    other = MemoryIndex()
    other.digest = "sha256:other"
    tagged = msgspec.structs.replace(INSTANCE, tags=(Tag(key="a", value="b"),))
    others = [
        evidence_of(_case(read_as="g"), INDEX),
        evidence_of(_case(read_as=None), INDEX),
        evidence_of(_case(ResourceExposure()), INDEX),
        evidence_of(_case(ResourceExposure(exposures=(exposure(),))), INDEX),
        evidence_of(_case(), other),
        evidence_of(msgspec.structs.replace(_case(), resource=tagged), INDEX),
    ]
    assert len({base, *others}) == 7
    assert evidence_of(_case(), INDEX) == base
