"""Suppression by rules."""

from datetime import timedelta

from tests.findings.make import INSTANCE, NOW, finding
from vedette.findings.suppress import SuppressionRule, suppress
from vedette.model.filter import All, Any, Tagged
from vedette.model.finding import Finding, FindingStatus

_EVERYTHING = All(parts=())
_SUPPRESSED = finding(status=FindingStatus.SUPPRESSED, suppressed_by="a")


def _one(given: Finding, *rules: SuppressionRule, with_resource: bool = False) -> Finding:
    resource = INSTANCE if with_resource else None
    (after,) = suppress([given], rules, now=NOW, resource=resource)
    return after


def test_the_first_rule_by_name_counts() -> None:
    rules = [SuppressionRule(name=name, condition=_EVERYTHING) for name in ("b", "a")]
    assert _one(finding(), *rules) == _SUPPRESSED


def test_what_no_rule_covers_is_active() -> None:
    nothing = SuppressionRule(name="a", condition=Any(parts=()))
    assert _one(finding(), nothing) == finding()
    assert _one(_SUPPRESSED, nothing) == finding()
    assert _one(_SUPPRESSED) == finding()


def test_a_rule_expires() -> None:
    over = SuppressionRule(name="a", condition=_EVERYTHING, expires_at=NOW)
    live = SuppressionRule(name="a", condition=_EVERYTHING, expires_at=NOW + timedelta(seconds=1))
    assert _one(finding(), over) == finding()
    assert _one(finding(), live) == _SUPPRESSED


def test_a_rule_may_speak_of_the_resource() -> None:
    rule = SuppressionRule(name="a", condition=Tagged(key="env", value="prod"))
    assert _one(finding(), rule, with_resource=True) == _SUPPRESSED
    assert _one(finding(), rule) == finding()


def test_closed_findings_stay_as_they_are() -> None:
    closed = finding(status=FindingStatus.CLOSED, closed_at=NOW)
    assert _one(closed, SuppressionRule(name="a", condition=_EVERYTHING)) == closed
