"""CIS configurations and results as Inspector has them (inspector2 API model, `Cis…`)."""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from vedette.api.call import Output
from vedette.app.cis.configurations import (
    CisConfiguration,
    Daily,
    Monthly,
    Once,
    Schedule,
    Targets,
    TargetTag,
    TimeOfDay,
    Weekly,
)
from vedette.app.cis.sessions import Check, CheckStatus, CisSession, SessionStatus, Tally

_TARGET_STATUSES: Mapping[SessionStatus, str] = {
    SessionStatus.SUCCESS: "COMPLETED",
    SessionStatus.FAILED: "COMPLETED",
    SessionStatus.UNSUPPORTED_OS: "COMPLETED",
    SessionStatus.INTERRUPTED: "CANCELLED",
    SessionStatus.TIMED_OUT: "TIMED_OUT",
}
_TARGET_REASONS: Mapping[SessionStatus, str] = {
    SessionStatus.IN_PROGRESS: "SCAN_IN_PROGRESS",
    SessionStatus.UNSUPPORTED_OS: "UNSUPPORTED_OS",
}
_DETAILS = 1000


class Scan(msgspec.Struct, frozen=True, kw_only=True):
    """The sessions of one scan."""

    arn: str
    sessions: tuple[CisSession, ...]

    @property
    def configuration(self) -> CisConfiguration:
        """As it was when the scan began."""
        return self.sessions[0].configuration

    @property
    def failed(self) -> int:
        """How many checks failed."""
        return sum(session.tally.failed for session in self.sessions)

    @property
    def status(self) -> str:
        """Inspector's `CisScanStatus`."""
        statuses = {session.status for session in self.sessions}
        if SessionStatus.IN_PROGRESS in statuses:
            return "IN_PROGRESS"
        if statuses == {SessionStatus.INTERRUPTED}:
            return "CANCELLED"
        return "COMPLETED" if SessionStatus.SUCCESS in statuses else "FAILED"


def scan_arn(session: CisSession) -> str:
    """The ARN of the scan that a session belongs to."""
    owner = session.configuration.owner
    partition = session.configuration.arn.split(":")[1]
    return (
        f"arn:{partition}:inspector2:{session.region}:{owner}:owner/{owner}/cis-scan/{session.scan}"
    )


def finding_arn(session: CisSession, check: Check) -> str:
    """The ARN of one result."""
    owner, partition = session.account, session.configuration.arn.split(":")[1]
    name = uuid.uuid5(uuid.NAMESPACE_URL, f"{session.scan}/{session.job}/{check.rule}")
    return f"arn:{partition}:inspector2:{session.region}:{owner}:owner/{owner}/cis-finding/{name}"


def finding_status(status: CheckStatus) -> str:
    """Inspector's `CisFindingStatus`: what was neither passed nor failed was skipped."""
    if status in {CheckStatus.PASSED, CheckStatus.FAILED}:
        return str(status)
    return "SKIPPED"


def counts(tally: Tally) -> Output:
    """`StatusCounts`."""
    return {"failed": tally.failed, "skipped": tally.skipped, "passed": tally.passed}


def target_status(session: CisSession) -> str | None:
    """Inspector's `CisTargetStatus`; None while the scan goes on."""
    return _TARGET_STATUSES.get(session.status)


def target_reason(session: CisSession) -> str | None:
    """Inspector's `CisTargetStatusReason`, where it has a word for it."""
    return _TARGET_REASONS.get(session.status)


def described_configuration(known: CisConfiguration, tags: Mapping[str, str]) -> Output:
    """`CisScanConfiguration`."""
    return {
        "scanConfigurationArn": known.arn,
        "ownerId": known.owner,
        "scanName": known.name,
        "securityLevel": str(known.level),
        "schedule": _schedule(known.schedule),
        "targets": _targets(known),
        "tags": dict(tags),
    }


def described_scan(scan: Scan) -> Output:
    """`CisScan`."""
    known = scan.configuration
    return {
        "scanArn": scan.arn,
        "scanConfigurationArn": known.arn,
        "status": scan.status,
        "scanName": known.name,
        "scanDate": min(session.started_at for session in scan.sessions),
        "failedChecks": scan.failed,
        "totalChecks": sum(session.tally.total for session in scan.sessions),
        "targets": _targets(known),
        "scheduledBy": known.owner,
        "securityLevel": str(known.level),
    }


def described_target(session: CisSession) -> Output:
    """`CisTargetResourceAggregation`."""
    told = {
        "scanArn": scan_arn(session),
        "targetResourceId": session.resource_id,
        "accountId": session.account,
        "targetResourceTags": _tags(session.configuration.targets.tags),
        "statusCounts": counts(session.tally),
        "platform": session.platform.name or None,
        "targetStatus": target_status(session),
        "targetStatusReason": target_reason(session),
    }
    return _known(told)


def described_result(session: CisSession, check: Check) -> Output:
    """`CisScanResultDetails`."""
    details = check.details[:_DETAILS].decode("utf-8", "replace")
    told = {
        "scanArn": scan_arn(session),
        "accountId": session.account,
        "targetResourceId": session.resource_id,
        "platform": session.platform.name or None,
        "status": finding_status(check.status),
        "statusReason": details or None,
        "checkId": check.rule,
        "level": str(session.configuration.level),
        "findingArn": finding_arn(session, check),
    }
    return _known(told)


def schedule_of(asked: Mapping[str, Any]) -> Schedule:
    """A `Schedule`."""
    ((kind, value),) = asked.items()
    match kind:
        case "daily":
            return Daily(at=_time(value))
        case "weekly":
            return Weekly(at=_time(value), days=tuple(value["days"]))
        case "monthly":
            return Monthly(at=_time(value), day=value["day"])
        case _:
            return Once()


def tags_of(asked: Mapping[str, Sequence[str]]) -> tuple[TargetTag, ...]:
    """`TargetResourceTags`."""
    return tuple(sorted(TargetTag(key=key, values=tuple(of)) for key, of in asked.items()))


def targets_of(asked: Mapping[str, Any], known: Targets | None = None) -> Targets:
    """`CreateCisTargets`, or `UpdateCisTargets` over those that are known."""
    accounts, tags = asked.get("accountIds"), asked.get("targetResourceTags")
    before = known or Targets(accounts=(), tags=())
    return Targets(
        accounts=before.accounts if accounts is None else tuple(sorted(set(accounts))),
        tags=before.tags if tags is None else tags_of(tags),
    )


def _time(value: Mapping[str, Any]) -> TimeOfDay:
    start = value["startTime"]
    return TimeOfDay(time=start["timeOfDay"], zone=start["timezone"])


def _schedule(schedule: Schedule) -> Output:
    match schedule:
        case Once():
            return {"oneTime": {}}
        case Daily(at=at):
            return {"daily": {"startTime": _told(at)}}
        case Weekly(at=at, days=days):
            return {"weekly": {"startTime": _told(at), "days": list(days)}}
        case Monthly(at=at, day=day):  # pragma: no branch
            return {"monthly": {"startTime": _told(at), "day": day}}


def _told(at: TimeOfDay) -> Output:
    return {"timeOfDay": at.time, "timezone": at.zone}


def _targets(known: CisConfiguration) -> Output:
    named = {"SELF": known.owner}
    accounts = [named.get(one, one) for one in known.targets.accounts if one != "ALL_ACCOUNTS"]
    told: Output = {"targetResourceTags": _tags(known.targets.tags)}
    return told | ({"accountIds": accounts} if accounts else {})


def _tags(tags: Iterable[TargetTag]) -> Output:
    return {tag.key: list(tag.values) for tag in tags}


def _known(told: Output) -> Output:
    return {name: value for name, value in told.items() if value is not None}
