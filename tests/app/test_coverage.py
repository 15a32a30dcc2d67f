"""What is covered, and the reasons where something is not."""

from datetime import UTC, datetime

import msgspec
import pytest

from tests.findings.make import FUNCTION, IMAGE, INSTANCE, LOCAL, exposure
from vedette.app.coverage import coverage_of, coverage_of_gone, coverage_of_new, is_missed
from vedette.app.inventories.take import Taken
from vedette.app.reachability import NetworkAnswers, analyse
from vedette.findings.exposure import ResourceExposure
from vedette.model.coverage import Coverage, ScanType
from vedette.model.network import UnknownReach
from vedette.model.resource import Ec2Instance, InstanceState, Resource

NOW = datetime(2026, 5, 1, tzinfo=UTC)
HERE = frozenset({("111122223333", "eu-west-1")})


def _gap(reason: str) -> UnknownReach:
    return UnknownReach(
        edge="internet", resource=INSTANCE.ref.id, code="c", component="x", reason=reason
    )


def _answers(*gaps: UnknownReach, places: frozenset[tuple[str, str]] = HERE) -> NetworkAnswers:
    return NetworkAnswers(
        places=places,
        exposures={
            INSTANCE.ref.id: (exposure(),),
            "arn:aws:lambda:eu-west-1:111122223333:function:hook": (),
        },
        unknown={INSTANCE.ref.id: gaps},
        unreached=gaps,
    )


def _taken(resource: Resource = INSTANCE, reason: str = "SUCCESSFUL", **more: object) -> Taken:
    known = {"fingerprint": "f"} if reason == "SUCCESSFUL" else {}
    return Taken(**{"resource": resource, "wanted": True, "reason": reason, **known, **more})  # type: ignore[arg-type]


def _rows(taken: Taken, answers: NetworkAnswers) -> list[tuple[ScanType, bool, str, str, bool]]:
    return [
        (row.scan_type, row.active, row.reason, row.detail, row.last_scanned_at == NOW)
        for row in coverage_of(taken, answers, NOW)
    ]


PACKAGE, NETWORK = ScanType.PACKAGE, ScanType.NETWORK


def test_an_instance_has_two_rows() -> None:
    assert _rows(_taken(), _answers()) == [
        (PACKAGE, True, "SUCCESSFUL", "", True),
        (NETWORK, True, "SUCCESSFUL", "", True),
    ]


@pytest.mark.parametrize("resource", [IMAGE, FUNCTION, LOCAL])
def test_others_have_one(resource: Resource) -> None:
    assert _rows(_taken(resource), _answers()) == [(PACKAGE, True, "SUCCESSFUL", "", True)]


def test_what_was_not_read_is_inactive_and_says_why() -> None:
    rows = _rows(_taken(reason="NO_INVENTORY", detail="none"), _answers())
    assert rows[0] == (PACKAGE, False, "NO_INVENTORY", "none", False)


def test_what_was_read_in_part_is_active_and_says_what_failed() -> None:
    rows = _rows(_taken(reason="INTERNAL_ERROR", detail="a.jar", fingerprint="f"), _answers())
    assert rows[0] == (PACKAGE, True, "INTERNAL_ERROR", "a.jar", True)


def test_what_the_tags_leave_out_is_scanned_in_no_way() -> None:
    rows = _rows(_taken(reason="EXCLUDED_BY_TAG", wanted=False, detail="tags"), _answers())
    assert rows == [
        (PACKAGE, False, "EXCLUDED_BY_TAG", "tags", False),
        (NETWORK, False, "EXCLUDED_BY_TAG", "tags", False),
    ]


def test_a_place_that_nobody_could_look_at() -> None:
    rows = _rows(_taken(), _answers(places=frozenset()))
    assert rows[1] == (NETWORK, False, "ACCESS_DENIED", "", False)


def test_gaps_in_the_network_are_told() -> None:
    gaps = [_gap(reason) for reason in ("d", "a", "a", "c", "b")]
    assert _rows(_taken(), _answers(*gaps))[1] == (NETWORK, True, "INTERNAL_ERROR", "a; b; c", True)


def test_a_stopped_instance_is_not_active() -> None:
    facts = INSTANCE.facts
    assert isinstance(facts, Ec2Instance)
    stopped = msgspec.structs.replace(
        INSTANCE, facts=msgspec.structs.replace(facts, state=InstanceState.STOPPED)
    )
    assert _rows(_taken(stopped), _answers())[1] == (
        NETWORK,
        False,
        "EC2_INSTANCE_STOPPED",
        "",
        True,
    )


def test_what_has_gone_is_said_of_every_scan_it_had() -> None:
    rows = [(row.resource, row.scan_type) for row in coverage_of_gone([INSTANCE.ref, IMAGE.ref])]
    assert rows == [(INSTANCE.ref, PACKAGE), (INSTANCE.ref, NETWORK), (IMAGE.ref, PACKAGE)]


@pytest.mark.parametrize(
    ("reason", "missed"),
    [
        ("SUCCESSFUL", False),
        ("UNMANAGED_EC2_INSTANCE", False),
        ("EXCLUDED_BY_TAG", False),
        ("ACCESS_DENIED", True),
        ("INTERNAL_ERROR", True),
    ],
)
def test_what_should_have_been_scanned(reason: str, *, missed: bool) -> None:
    row = Coverage(resource=INSTANCE.ref, scan_type=PACKAGE, active=False, reason=reason)
    assert is_missed(row) is missed


def test_the_network_speaks_of_instances_and_functions() -> None:
    answers = _answers(_gap("g"))
    assert answers.of(INSTANCE) == ResourceExposure(exposures=(exposure(),), unknown=(_gap("g"),))
    assert answers.of(FUNCTION) == ResourceExposure()
    assert (answers.of(IMAGE), answers.of(LOCAL)) == (None, None)


def test_no_recorded_place_is_no_answer() -> None:
    answers = analyse({}, [])
    assert (answers.places, answers.unreached) == (frozenset(), ())
    assert answers.of(INSTANCE) is None


def test_what_nobody_has_looked_at_yet_is_pending() -> None:
    def row(resource: Resource, reason: str) -> Coverage:
        return Coverage(resource=resource.ref, scan_type=PACKAGE, active=False, reason=reason)

    known = [row(IMAGE, "SUCCESSFUL"), row(FUNCTION, "RESOURCE_TERMINATED")]
    found = list(coverage_of_new(known, [INSTANCE, IMAGE, FUNCTION]))
    assert [(one.resource, one.scan_type, one.active, one.reason) for one in found] == [
        (INSTANCE.ref, PACKAGE, False, "PENDING_INITIAL_SCAN"),
        (INSTANCE.ref, NETWORK, False, "PENDING_INITIAL_SCAN"),
        (FUNCTION.ref, PACKAGE, False, "PENDING_INITIAL_SCAN"),
    ]
