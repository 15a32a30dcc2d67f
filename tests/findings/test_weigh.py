"""What the risk is weighed with, each term shown."""

import msgspec
import pytest

from tests.findings.make import (
    CRITICAL,
    FUNCTION,
    IMAGE,
    INSTANCE,
    LOW,
    epss,
    exposure,
    finding,
    rating,
    vulnerability,
    vulnerable,
)
from tests.matching.memory import package
from vedette.findings.exposure import Reach, Reached
from vedette.findings.listening import Listener, Listening
from vedette.findings.score import Threat, score_vulnerability
from vedette.findings.weigh import (
    Importance,
    ImportanceRule,
    Scales,
    importance,
    scales_of,
    weighed,
)
from vedette.model.filter import All, Any
from vedette.model.finding import Finding, Reachable
from vedette.model.network import Transport
from vedette.model.package import Package, PackageManager
from vedette.model.resource import Resource, Tag
from vedette.model.severity import Severity


def _os(name: str) -> Package:
    return msgspec.structs.replace(package("Debian:12", name, "1-1"), manager=PackageManager.OS)


SSHD = _os("openssh-server")
FLAW = finding(vulnerability(packages=(vulnerable(SSHD),)))
EVERYTHING, NOTHING = All(parts=()), Any(parts=())


def _terms(one: Finding) -> list[tuple[str, str]]:
    return [(term.metric, term.reason) for term in one.score.risk_terms]


def test_nothing_known_weighs_nothing() -> None:
    assert weighed(FLAW, Scales(resource=INSTANCE)) == FLAW


def test_a_server_that_answers_at_an_open_port() -> None:
    scales = scales_of(INSTANCE, [SSHD], [exposure()], [])
    heavier = weighed(FLAW, scales)
    assert heavier.score.risk == 33.0
    ((metric, reason),) = _terms(heavier)
    assert metric == "listening"
    assert reason.startswith("by package: openssh-server")
    assert reason.endswith(" usually listens on TCP 22: x 1.10 = 33.0")
    other = finding(vulnerability(packages=(vulnerable(_os("bash")),)))
    assert weighed(other, scales) == other
    inside = scales_of(INSTANCE, [SSHD], [exposure(edge="vgw")], [])
    assert weighed(FLAW, inside) == FLAW


def test_a_socket_that_was_seen_weighs_more() -> None:
    seen = Listener(
        port=22, transport=Transport.TCP, certain=True, because="sshd listens", package=SSHD
    )
    scales = Scales(resource=INSTANCE, answering=(Listening(listeners=(seen,), known=True),))
    assert _terms(weighed(FLAW, scales)) == [("listening", "sshd listens: x 1.25 = 37.5")]


@pytest.mark.parametrize(
    ("count", "risk", "told"),
    [
        (None, 30.0, []),
        (0, 18.0, [("use", "nothing that was looked at runs the image: x 0.60 = 18.0")]),
        (3, 30.0, [("use", "3 tasks or pods run the image: x 1.00 = 30.0")]),
    ],
)
def test_images_that_run(count: int | None, risk: float, told: list[tuple[str, str]]) -> None:
    facts = msgspec.structs.replace(IMAGE.facts, in_use_count=count)
    scales = Scales(resource=msgspec.structs.replace(IMAGE, facts=facts))
    found = weighed(finding(resource=IMAGE), scales)
    assert (found.score.risk, _terms(found)) == (risk, told)


def _tagged(value: str) -> Resource:
    return msgspec.structs.replace(FUNCTION, tags=(Tag(key="vedette:importance", value=value),))


@pytest.mark.parametrize(
    ("value", "risk"),
    [("low", 18.0), ("Normal", 30.0), ("HIGH", 36.0), ("critical", 45.0), ("what", 30.0)],
)
def test_what_a_resource_matters_by_its_tag(value: str, risk: float) -> None:
    assert weighed(finding(resource=FUNCTION), Scales(resource=_tagged(value))).score.risk == risk


def test_what_a_resource_matters_by_a_rule() -> None:
    rules = [
        ImportanceRule(name=name, condition=condition, importance=level)
        for name, condition, level in (
            ("c", EVERYTHING, Importance.LOW),
            ("b", EVERYTHING, Importance.CRITICAL),
            ("a", NOTHING, Importance.LOW),
        )
    ]
    port = finding(Reachable(exposure=exposure()))
    found = weighed(port, scales_of(INSTANCE, [], [], rules))
    assert _terms(found) == [("importance", "critical by b: x 1.50 = 45.0")]
    tagged = weighed(port, scales_of(_tagged("low"), [], [], rules))
    assert _terms(tagged) == [("importance", "low by the resource's tag: x 0.60 = 18.0")]


def test_the_risk_is_never_above_100() -> None:
    most = msgspec.structs.replace(FLAW.score, risk=90.0)
    worst = msgspec.structs.replace(FLAW, score=most)
    assert weighed(worst, Scales(resource=_tagged("critical"))).score.risk == 100.0


def test_levels_by_name() -> None:
    assert [importance(word) for word in ("LOW", "", "urgent")] == [Importance.LOW, None, None]


def _scored(vector: str, probability: float, reach: Reach, resource: Resource) -> float:
    score = score_vulnerability(
        rating(vector),
        Severity.UNTRIAGED,
        Threat(epss=epss(probability)),
        Reached(reach=reach),
        resource.ref.type,
    )
    return weighed(finding(resource=resource, score=score), Scales(resource=resource)).score.risk


def test_a_critical_flaw_outside_outranks_a_low_one_inside_whatever_that_matters() -> None:
    outside = _scored(CRITICAL, 0.91, Reach.INTERNET, INSTANCE)
    vital = msgspec.structs.replace(
        INSTANCE, tags=(Tag(key="vedette:importance", value="critical"),)
    )
    inside = _scored(LOW, 0.01, Reach.INSIDE, vital)
    assert outside > 90
    assert inside < 10
