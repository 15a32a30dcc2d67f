"""Suppression: rules that set findings aside without mending them."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

import msgspec

from vedette.findings.query import passes
from vedette.findings.vex import waived_by
from vedette.model.filter import Filter
from vedette.model.finding import Finding, FindingStatus
from vedette.model.resource import Resource


class SuppressionRule(msgspec.Struct, frozen=True, kw_only=True):
    """A standing decision that findings of some kind are accepted, by whom and why.

    A rule with `expires_at` has no effect from then on: its findings become active again.
    """

    name: str
    condition: Filter
    reason: str = ""
    owner: str = ""
    expires_at: datetime | None = None


def suppress(
    findings: Iterable[Finding],
    rules: Sequence[SuppressionRule],
    *,
    now: datetime,
    resource: Resource | None = None,
) -> Iterator[Finding]:
    """Set aside what a rule covers, and set free what none covers any more; closed findings stay as they are.

    Apply it to what a scan found, before `reconcile`: the change then shows like any other. The first rule by name counts.
    What VEX statements clear whole stays set aside by them.

    Args:
        findings: of one resource.
        rules: those in force.
        now: the time at which rules expire.
        resource: what is known of the resource.
    """
    live = in_force(rules, now)
    for finding in findings:
        if finding.status is FindingStatus.CLOSED:
            yield finding
            continue
        free = _free(finding)
        covering = (rule for rule in live if passes(rule.condition, free, resource))
        rule = next(covering, None)
        yield (
            free
            if rule is None
            else msgspec.structs.replace(
                free, status=FindingStatus.SUPPRESSED, suppressed_by=rule.name
            )
        )


def in_force(rules: Iterable[SuppressionRule], now: datetime) -> tuple[SuppressionRule, ...]:
    """The rules that have not expired, by name."""
    return tuple(sorted((rule for rule in rules if _is_live(rule, now)), key=_by_name))


def _by_name(rule: SuppressionRule) -> str:
    return rule.name


def _free(finding: Finding) -> Finding:
    """The finding as it is without any rule."""
    waived = waived_by(finding)
    status = FindingStatus.ACTIVE if waived is None else FindingStatus.SUPPRESSED
    return msgspec.structs.replace(finding, status=status, suppressed_by=waived)


def _is_live(rule: SuppressionRule, now: datetime) -> bool:
    return rule.expires_at is None or now < rule.expires_at
