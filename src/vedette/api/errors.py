"""What the API refuses, in the words of the service model.

A handler raises an `ApiError`; the wire writes it as the modelled shape. Whatever else a handler raises is an internal
error: it is logged with the request id and answered without its text.
"""

from collections.abc import Mapping
from enum import StrEnum

from vedette.errors import Error


class Code(StrEnum):
    """Inspector2's exception shapes, and those that any AWS service answers before an operation is known."""

    ACCESS_DENIED = "AccessDeniedException"
    BAD_REQUEST = "BadRequestException"
    CONFLICT = "ConflictException"
    INTERNAL = "InternalServerException"
    QUOTA = "ServiceQuotaExceededException"
    NOT_FOUND = "ResourceNotFoundException"
    THROTTLED = "ThrottlingException"
    VALIDATION = "ValidationException"
    EXPIRED = "ExpiredTokenException"
    INCOMPLETE_SIGNATURE = "IncompleteSignatureException"
    INVALID_SIGNATURE = "InvalidSignatureException"
    UNSIGNED = "MissingAuthenticationTokenException"
    UNKNOWN_OPERATION = "UnknownOperationException"
    UNRECOGNIZED_CLIENT = "UnrecognizedClientException"
    REQUEST_TOO_LARGE = "RequestEntityTooLargeException"


STATUSES: Mapping[Code, int] = {
    Code.ACCESS_DENIED: 403,
    Code.BAD_REQUEST: 400,
    Code.CONFLICT: 409,
    Code.INTERNAL: 500,
    Code.QUOTA: 402,
    Code.NOT_FOUND: 404,
    Code.THROTTLED: 429,
    Code.VALIDATION: 400,
    Code.EXPIRED: 403,
    Code.INCOMPLETE_SIGNATURE: 403,
    Code.INVALID_SIGNATURE: 403,
    Code.UNSIGNED: 403,
    Code.UNKNOWN_OPERATION: 404,
    Code.UNRECOGNIZED_CLIENT: 403,
    Code.REQUEST_TOO_LARGE: 413,
}


class ApiError(Error):
    """A refusal.

    Args:
        code: the shape.
        message: a sentence for the caller.
        members: the shape's other members as they are on the wire (`reason`, `fields`, `resourceId`, …).
        retry_after: seconds, for what may be tried again.
    """

    def __init__(
        self,
        code: Code,
        message: str,
        *,
        members: Mapping[str, object] | None = None,
        retry_after: int | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.members = dict(members or {})
        self.retry_after = retry_after

    @property
    def status(self) -> int:
        """The HTTP status."""
        return STATUSES[self.code]


def invalid(message: str, *fields: tuple[str, str]) -> ApiError:
    """A ValidationException about fields, each a name and what is wrong with it."""
    if not fields:
        return ApiError(Code.VALIDATION, message, members={"reason": "OTHER"})
    told = [{"name": name, "message": text} for name, text in fields]
    return ApiError(
        Code.VALIDATION, message, members={"reason": "FIELD_VALIDATION_FAILED", "fields": told}
    )


def unparsable(message: str) -> ApiError:
    """A ValidationException about a body that is not what the protocol says."""
    return ApiError(Code.VALIDATION, message, members={"reason": "CANNOT_PARSE"})


def denied(message: str) -> ApiError:
    """An AccessDeniedException."""
    return ApiError(Code.ACCESS_DENIED, message)


def not_found(message: str) -> ApiError:
    """A ResourceNotFoundException."""
    return ApiError(Code.NOT_FOUND, message)


def conflict(message: str, *, resource_id: str, resource_type: str) -> ApiError:
    """A ConflictException about a resource."""
    return ApiError(
        Code.CONFLICT, message, members={"resourceId": resource_id, "resourceType": resource_type}
    )


def over_quota(message: str, *, resource_id: str) -> ApiError:
    """A ServiceQuotaExceededException about a resource."""
    return ApiError(Code.QUOTA, message, members={"resourceId": resource_id})
