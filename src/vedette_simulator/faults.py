"""Failures on demand: throttling, denial, server errors, and downloads that break off."""

from enum import StrEnum

import msgspec

from vedette_simulator.errors import AwsError
from vedette_simulator.identity import Caller


class FaultKind(StrEnum):
    """What goes wrong."""

    THROTTLE = "throttle"
    DENY = "deny"
    ERROR = "error"
    TRUNCATE = "truncate"  # downloads only: half of the bytes, then the connection ends


class Fault(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A failure to come.

    `service` is botocore's name, or `downloads` for layers and code; `operation` is the operation's name, or for
    downloads the digest (`sha256:…`); `*` matches all. `times` is how often; 0: until faults are cleared.
    """

    kind: FaultKind
    service: str
    operation: str = "*"
    account: str = "*"
    region: str = "*"
    times: int = 0


class Asking(msgspec.Struct, frozen=True, kw_only=True):
    """What is about to be done."""

    service: str
    operation: str
    account: str
    region: str


class Faults:
    """The failures that are planned, in the order in which they were."""

    def __init__(self, planned: tuple[Fault, ...]) -> None:
        self._left: list[tuple[Fault, int]] = []
        for fault in planned:
            self.add(fault)

    def add(self, fault: Fault) -> None:
        """Plan a failure."""
        self._left.append((fault, fault.times))

    def clear(self) -> None:
        """Let nothing fail any more."""
        self._left.clear()

    def planned(self) -> tuple[Fault, ...]:
        """What is still to fail, with the times that are left."""
        return tuple(msgspec.structs.replace(fault, times=left) for fault, left in self._left)

    def next(self, asking: Asking) -> FaultKind | None:
        """The failure of this request, which is then used up once."""
        for index, (fault, left) in enumerate(self._left):
            if not _hits(fault, asking):
                continue
            if left == 1:
                del self._left[index]
            elif left > 1:
                self._left[index] = (fault, left - 1)
            return fault.kind
        return None


def failure(kind: FaultKind, asking: Asking, caller: Caller) -> AwsError:
    """The error answer of a failure, as the service gives it."""
    match kind:
        case FaultKind.THROTTLE:
            return _throttled(asking.service)
        case FaultKind.DENY:
            return denied(asking.service, asking.operation, caller)
        case FaultKind.ERROR | FaultKind.TRUNCATE:
            code = "InternalError" if asking.service == "ec2" else "InternalServerError"
            return AwsError(code, "An internal error occurred.", 500)


def denied(service: str, operation: str, caller: Caller, resource: str = "*") -> AwsError:
    """IAM's refusal."""
    message = (
        f"User: {caller.arn} is not authorized to perform: {service}:{operation} on resource: {resource} "
        f"because no identity-based policy allows the {service}:{operation} action"
    )
    match service:
        case "ec2":
            return AwsError(
                "UnauthorizedOperation",
                f"You are not authorized to perform this operation. {message}",
                403,
            )
        case "sts" | "iam" | "sqs" | "sns" | "s3":
            return AwsError("AccessDenied", message, 403)
        case "lambda" | "securityhub":
            return AwsError("AccessDeniedException", message, 403)
        case _:
            return AwsError("AccessDeniedException", message, 400)


def _throttled(service: str) -> AwsError:
    match service:
        case "ec2":
            return AwsError("RequestLimitExceeded", "Request limit exceeded.", 503)
        case "lambda" | "organizations" | "securityhub":
            return AwsError(
                "TooManyRequestsException",
                "Rate exceeded",
                429 if service != "organizations" else 400,
            )
        case "sts" | "iam" | "sns":
            return AwsError("Throttling", "Rate exceeded", 400)
        case _:
            return AwsError("ThrottlingException", "Rate exceeded", 400)


def _hits(fault: Fault, asking: Asking) -> bool:
    return all(
        wanted in ("*", given)
        for wanted, given in (
            (fault.service, asking.service),
            (fault.operation, asking.operation),
            (fault.account, asking.account),
            (fault.region, asking.region),
        )
    )
