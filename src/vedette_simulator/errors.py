"""The answer of a service that refuses."""


class AwsError(Exception):
    """An error answer, as a service of AWS would give it.

    Args:
        code: the error code that clients branch on, for example `ThrottlingException`.
        message: the service's words.
        status: the HTTP status.
    """

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status


class EstateError(Exception):
    """An estate that is not what its description says; `str()` names the file and the place."""
