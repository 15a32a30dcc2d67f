"""What agents report of CIS benchmarks (Inspector2 API, the four operations on CisSession).

An agent calls with credentials of its instance's account. Its `scanJobId` is the UUID (version 5, namespace of URLs) of
`CONFIGURATION-ARN/INSTANCE-ID`.
"""

from collections.abc import Mapping

from vedette.api.call import Call, Handler, Input, Note, Output, Support
from vedette.api.errors import conflict, invalid
from vedette.app.cis.sessions import (
    Check,
    CheckStatus,
    CisSession,
    NoJobError,
    NoSessionError,
    Platform,
    SessionStatus,
    TooMuchError,
    begin,
    current,
    end,
    report,
)
from vedette.errors import ConflictError

_HOW = (
    "`scanJobId` is the UUID (version 5, namespace of URLs) of `CONFIGURATION-ARN/INSTANCE-ID`, for an instance of the caller's "
    "account that a configuration aims at"
)


def _start(call: Call, asked: Input) -> Output:
    job, token = asked["scanJobId"], asked["message"]["sessionToken"]
    try:
        begin(call.services.store, _place(call), job, token, now=call.now)
    except NoJobError as error:
        raise invalid(str(error), ("scanJobId", str(error))) from error
    except ConflictError as error:
        raise conflict(str(error), resource_id=job, resource_type="CIS_SESSION") from error
    return {}


def _health(call: Call, asked: Input) -> Output:
    report(call.services.store, _current(call, asked), (), now=call.now)
    return {}


def _telemetry(call: Call, asked: Input) -> Output:
    checks = [
        Check(
            rule=message["ruleId"],
            status=CheckStatus(message["status"]),
            details=message["cisRuleDetails"],
        )
        for message in asked["messages"]
    ]
    try:
        report(call.services.store, _current(call, asked), checks, now=call.now)
    except TooMuchError as error:
        raise invalid(str(error), ("messages", str(error))) from error
    return {}


def _stop(call: Call, asked: Input) -> Output:
    message = asked["message"]
    end(
        call.services.store,
        _current(call, asked),
        SessionStatus(message["status"]),
        reason=message.get("reason", ""),
        platform=_platform(message),
        now=call.now,
    )
    return {}


HANDLERS: Mapping[str, Handler] = {
    "SendCisSessionHealth": _health,
    "SendCisSessionTelemetry": _telemetry,
    "StartCisSession": _start,
    "StopCisSession": _stop,
}

NOTES: Mapping[str, Note] = {"StartCisSession": Note(support=Support.WORKS, why=_HOW)}


def _place(call: Call) -> tuple[str, str]:
    return call.caller.account, call.region


def _current(call: Call, asked: Input) -> CisSession:
    job, token = asked["scanJobId"], asked["sessionToken"]
    try:
        return current(call.services.store, _place(call), job, token, now=call.now)
    except NoSessionError as error:
        raise conflict(str(error), resource_id=job, resource_type="CIS_SESSION") from error


def _platform(message: Input) -> Platform:
    told = message.get("computePlatform", {})
    return Platform(
        vendor=told.get("vendor", ""),
        product=told.get("product", ""),
        version=told.get("version", ""),
        benchmark=message.get("benchmarkVersion", ""),
        profile=message.get("benchmarkProfile", ""),
    )
