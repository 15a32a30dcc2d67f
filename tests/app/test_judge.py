"""One resource against what was known: what closes, and what a failure keeps open."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta

import msgspec
import pytest

from tests.findings.make import FUNCTION, INSTANCE, NOW, exposure, finding
from tests.matching.memory import MemoryIndex, advisory, affected, package
from vedette.app.judge import Case, Matched, Standing, evidence_of, judge
from vedette.findings.exposure import ResourceExposure
from vedette.findings.lifecycle import Change
from vedette.matching.match import match_inventory
from vedette.model.finding import Finding, FindingStatus, Reachable
from vedette.model.inventory import FileFailure, Inventory
from vedette.model.network import UnknownReach
from vedette.model.package import Package
from vedette.model.resource import LambdaFunction, Resource, Tag
from vedette.model.severity import Severity

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
TODAY = NOW.date()


def _case(exposed: ResourceExposure | None = None, read_as: str | None = "f") -> Case:
    return Case(resource=INSTANCE, read_as=read_as, exposure=exposed)


def _inventory(*packages: Package, failures: tuple[FileFailure, ...] = ()) -> Inventory:
    return Inventory(resource=INSTANCE.ref, distro=None, packages=packages, failures=failures)


def _matched(inventory: Inventory | None, index: MemoryIndex = INDEX) -> Matched | None:
    if inventory is None:
        return None
    return Matched(inventory=inventory, result=match_inventory(inventory, index))


def _evidence(
    case: Case, standing: str = "", *, index: MemoryIndex = INDEX, today: date = TODAY
) -> str:
    return evidence_of(case, index, standing, today=today)


def _judged(
    known: Iterable[Finding], inventory: Inventory | None, exposed: ResourceExposure | None = None
) -> dict[str, FindingStatus]:
    changes = judge(_case(exposed), _matched(inventory), INDEX, tuple(known), now=LATER)
    return {change.after.key.subject: change.after.status for change in changes}


def _known(*packages: Package) -> tuple[Finding, ...]:
    changes: tuple[Change, ...] = judge(
        _case(), _matched(_inventory(*packages)), INDEX, (), now=NOW
    )
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
    assert judge(_case(), _matched(_inventory(A), nothing), nothing, known, now=LATER) == ()


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
    base = _evidence(_case())
    other = MemoryIndex()
    other.digest = "sha256:other"
    tagged = msgspec.structs.replace(INSTANCE, tags=(Tag(key="a", value="b"),))
    others = [
        _evidence(_case(read_as="g")),
        _evidence(_case(read_as=None)),
        _evidence(_case(ResourceExposure())),
        _evidence(_case(ResourceExposure(exposures=(exposure(),)))),
        _evidence(_case(), index=other),
        _evidence(msgspec.structs.replace(_case(), resource=tagged)),
    ]
    assert len({base, *others}) == 7
    assert _evidence(_case()) == base


def _function(runtime: str | None) -> Resource:
    assert isinstance(FUNCTION.facts, LambdaFunction)
    facts = msgspec.structs.replace(FUNCTION.facts, runtime=runtime)
    return msgspec.structs.replace(FUNCTION, facts=facts)


def _pass_over(runtime: str | None, day: date, known: tuple[Finding, ...]) -> tuple[Finding, ...]:
    case = Case(resource=_function(runtime), read_as="f", exposure=None)
    inventory = Inventory(resource=FUNCTION.ref, distro=None, packages=())
    now = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    changes = judge(case, _matched(inventory), INDEX, known, now=now, standing=Standing())
    after = {one.id: one for one in (*known, *(change.after for change in changes))}
    return tuple(after.values())


def test_a_function_whose_runtime_has_ended_has_a_finding() -> None:
    (one,) = _pass_over("python3.8", date(2026, 11, 24), ())
    assert (one.key.subject, one.severity, one.status) == (
        "EOL-aws-lambda-python3.8",
        Severity.HIGH,
        FindingStatus.ACTIVE,
    )
    assert one.title == "EOL-aws-lambda-python3.8 - python3.8"
    assert one.description == (
        "The Lambda runtime python3.8 has reached its end: AWS has applied no security fixes to it since 2024-10-14"
    )
    (moved,) = _pass_over("python3.13", date(2026, 11, 25), (one,))
    assert moved.status is FindingStatus.CLOSED


@pytest.mark.parametrize("runtime", [None, "cobol1.x", "provided.al2023"])
def test_other_functions_have_none(runtime: str | None) -> None:
    assert _pass_over(runtime, date(2026, 11, 24), ()) == ()


def test_the_day_alone_ends_a_runtime() -> None:
    eve, day = date(2024, 10, 13), date(2024, 10, 14)  # the end of python3.8
    case = Case(resource=_function("python3.8"), read_as="f", exposure=None)
    before, after = (_evidence(case, today=one) for one in (eve, day))
    assert before != after
    assert _evidence(case, today=eve - timedelta(days=1)) == before
    assert _evidence(case, today=day + timedelta(days=1)) == after
    assert _pass_over("python3.8", eve, ()) == ()
    assert len(_pass_over("python3.8", day, ())) == 1


def test_of_what_is_no_function_the_day_is_no_evidence() -> None:
    assert _evidence(_case(), today=date(2024, 1, 1)) == _evidence(_case(), today=date(2030, 1, 1))
