"""Scores with every step shown."""

import pytest
from hypothesis import given, settings, strategies as st

from tests.findings.make import CRITICAL, LOW, epss, exploit, exposure, kev, rating
from vedette.findings.exposure import Reach, Reached
from vedette.findings.score import Threat, score_exposure, score_vulnerability
from vedette.model.advisory import ExploitKind, Rating
from vedette.model.finding import Adjustment, Score
from vedette.model.network import Transport, UnknownReach
from vedette.model.resource import ResourceType
from vedette.model.severity import Severity

EC2 = ResourceType.EC2_INSTANCE
WIDE = Reached(reach=Reach.INTERNET, exposure=exposure())
SOME = Reached(reach=Reach.SOME_SOURCES, exposure=exposure(ports=(80, 90)))
INSIDE = Reached(reach=Reach.INSIDE)
UNKNOWN = Reached(reach=Reach.UNKNOWN)


def _risk(vector: str | None, threat: Threat, reach: Reached) -> float:
    given_rating = None if vector is None else rating(vector)
    return score_vulnerability(given_rating, Severity.UNTRIAGED, threat, reach, EC2).risk


def test_every_term_is_shown() -> None:
    threat = Threat(epss=epss(0.9432), kev=kev(ransomware=True))
    assert score_vulnerability(rating(), Severity.CRITICAL, threat, WIDE, EC2) == Score(
        value=9.8,
        vector=rating().vector,
        source="NVD",
        risk=100.0,
        risk_terms=(
            Adjustment(metric="severity", reason="CVSS 9.8 by NVD: 98.0"),
            Adjustment(
                metric="exploitation",
                reason="known to be exploited since 2024-05-06 (CISA KEV): x 1.00 = 98.0",
            ),
            Adjustment(
                metric="ransomware",
                reason="used in ransomware campaigns (CISA KEV): x 1.10 = 100.0",
            ),
            Adjustment(
                metric="exposure",
                reason="the whole internet reaches the resource at TCP 22: x 1.00 = 100.0",
            ),
        ),
    )


def test_an_instance_inside_is_adjusted() -> None:
    score = score_vulnerability(rating(), Severity.CRITICAL, Threat(), INSIDE, EC2)
    assert (score.value, score.vector) == (8.8, CRITICAL.replace("AV:N", "AV:A"))
    assert [step.metric for step in score.adjustments] == ["AV"]
    assert score.risk == 19.6  # 98 x 0.4 x 0.5


@pytest.mark.parametrize(
    ("vector", "reach", "resource"),
    [
        (CRITICAL, UNKNOWN, EC2),
        (CRITICAL, WIDE, EC2),
        (CRITICAL, SOME, EC2),
        (CRITICAL, INSIDE, ResourceType.LAMBDA_FUNCTION),
        (LOW, INSIDE, EC2),
        ("AV:N/AC:L/Au:N/C:C/I:C/A:C", INSIDE, EC2),
    ],
)
def test_nothing_else_is_adjusted(vector: str, reach: Reached, resource: ResourceType) -> None:
    given_rating = rating(vector)
    score = score_vulnerability(given_rating, Severity.HIGH, Threat(), reach, resource)
    assert (score.vector, score.adjustments) == (given_rating.vector, ())


def test_without_a_vector_the_severity_counts() -> None:
    score = score_vulnerability(None, Severity.HIGH, Threat(), UNKNOWN, EC2)
    assert (score.value, score.vector, score.source) == (None, None, None)
    assert score.risk == 22.4  # 80 x 0.4 x 0.7
    assert score.risk_terms[0].reason == "no CVSS vector; HIGH counts as 8.0: 80.0"


@pytest.mark.parametrize(
    ("threat", "expected"),
    [
        (Threat(), 39.2),
        (Threat(epss=epss(0.0)), 39.2),
        (Threat(epss=epss(0.5)), 68.6),
        (Threat(epss=epss(0.504)), 68.6),  # the daily flutter changes nothing
        (Threat(epss=epss(1.0)), 98.0),
        (Threat(epss=epss(0.1), kev=kev()), 98.0),
        (Threat(exploits=(exploit(ExploitKind.SCANNER),)), 39.2),
        (Threat(exploits=(exploit(),)), 49.0),
        (Threat(exploits=(exploit(), exploit(ExploitKind.WEAPONIZED))), 68.6),
        (Threat(exploits=(exploit(ExploitKind.EXPLOITED),)), 88.2),
        (Threat(epss=epss(0.9), exploits=(exploit(),)), 92.1),
        (Threat(epss=epss(0.01), exploits=(exploit(),)), 49.0),
    ],
)
def test_exploitation(threat: Threat, expected: float) -> None:
    assert _risk(CRITICAL, threat, WIDE) == expected


def test_evidence_is_told_beside_what_is_foretold() -> None:
    threat = Threat(epss=epss(0.01), exploits=(exploit(ExploitKind.WEAPONIZED, "Metasploit"),))
    reach = Reached(reach=Reach.INTERNET)
    score = score_vulnerability(
        rating(), Severity.CRITICAL, threat, reach, ResourceType.EC2_INSTANCE
    )
    assert score.risk_terms[1].reason == (
        "a module of an attack framework is public (Metasploit); EPSS 0.01, not in CISA KEV: x 0.70 = 68.6"
    )


@pytest.mark.parametrize(
    ("reach", "expected", "told"),
    [
        (WIDE, 98.0, "the whole internet reaches the resource at TCP 22"),
        (SOME, 78.4, "some addresses of the internet reach the resource at TCP 80-90"),
        (UNKNOWN, 68.6, "not known whether the internet reaches the resource"),
        (INSIDE, 49.0, "not reachable from the internet"),
        (
            Reached(
                reach=Reach.UNKNOWN,
                unknown=UnknownReach(
                    edge="internet-v4", resource="i", code="c", component="c", reason="denied"
                ),
            ),
            68.6,
            "not known whether the internet reaches the resource: denied",
        ),
        (
            Reached(reach=Reach.INTERNET, exposure=exposure(edge="lambda-url", interface=None)),
            98.0,
            "the whole internet reaches the resource",
        ),
        (Reached(reach=Reach.INTERNET), 98.0, "the whole internet reaches the resource"),
    ],
)
def test_exposure(reach: Reached, expected: float, told: str) -> None:
    score = score_vulnerability(rating(), Severity.CRITICAL, Threat(kev=kev()), reach, EC2)
    assert score.risk == expected
    assert score.risk_terms[-1].reason.startswith(f"{told}: x")


def test_a_local_flaw_does_not_gain_from_an_open_port() -> None:
    local = CRITICAL.replace("AV:N", "AV:L")
    assert _risk(local, Threat(), WIDE) == _risk(local, Threat(), INSIDE) == 20.2  # 84 x 0.4 x 0.6


def test_what_is_exploited_and_exposed_comes_first() -> None:
    first = _risk(CRITICAL, Threat(epss=epss(0.95)), WIDE)
    known = _risk(CRITICAL, Threat(kev=kev()), WIDE)
    low_inside = _risk(LOW, Threat(), INSIDE)
    critical_inside = _risk(CRITICAL, Threat(), INSIDE)
    assert known > first > critical_inside > low_inside


def test_open_ports() -> None:
    score = score_exposure(exposure(), Severity.MEDIUM)
    assert score == Score(
        value=None,
        vector=None,
        source=None,
        risk=50.0,
        risk_terms=(Adjustment(metric="service", reason="MEDIUM (SSH): 50.0"),),
    )
    narrow = exposure(sources=("203.0.113.7/32",), return_path=False)
    shown = score_exposure(narrow, Severity.MEDIUM)
    assert (shown.risk, [term.metric for term in shown.risk_terms]) == (
        15.0,
        ["service", "sources", "return path"],
    )
    datagrams = exposure(transport=Transport.UDP, ports=(9, 9), return_path=False)
    other = score_exposure(datagrams, Severity.INFORMATIONAL)
    assert other.risk_terms == (
        Adjustment(metric="service", reason="INFORMATIONAL (no well-known service): 10.0"),
    )


_VECTORS = st.sampled_from([CRITICAL, LOW, CRITICAL.replace("AV:N", "AV:L"), None])
_REACHES = st.sampled_from([WIDE, SOME, UNKNOWN, INSIDE])


@settings(max_examples=60, deadline=None)
@given(_VECTORS, st.floats(0, 1), st.floats(0, 1), _REACHES)
def test_risk_grows_with_exploitation_and_stays_in_its_bounds(
    vector: str | None, one: float, other: float, reach: Reached
) -> None:
    less, more = sorted((one, other))
    low, high = (_risk(vector, Threat(epss=epss(value)), reach) for value in (less, more))
    assert 0 <= low <= high <= _risk(vector, Threat(kev=kev()), reach) <= 100


@settings(max_examples=20, deadline=None)
@given(st.sampled_from([rating(), rating(LOW)]), st.booleans())
def test_risk_does_not_fall_as_the_reach_widens(given_rating: Rating, exploited: bool) -> None:  # noqa: FBT001
    threat = Threat(kev=kev() if exploited else None)
    risks = [
        score_vulnerability(given_rating, Severity.HIGH, threat, reach, EC2).risk
        for reach in (INSIDE, UNKNOWN, SOME, WIDE)
    ]
    assert risks == sorted(risks)
