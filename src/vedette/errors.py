"""The one error tree.

Everything that vedette raises on purpose is an `Error`. Foreign exceptions are translated where they
enter (a port's implementation), so that callers need to know only these classes.
"""


class Error(Exception):
    """Anything that vedette reports as its own failure; `str()` is a sentence for a user."""


class ParseError(Error):
    """Input that is not what its format says.

    The place grows on the way up: a reader knows the offset or line, its caller the file, the next one
    the layer. `str()` gives the places from the outermost inwards, then the reason.

    Args:
        reason: what is wrong, without the place.
        place: where it was seen, for example `line 12` or `offset 4096`.
    """

    def __init__(self, reason: str, place: str | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.places: tuple[str, ...] = (place,) if place else ()

    def within(self, place: str) -> "ParseError":
        """Prefix an outer place and return this same error, to be raised again."""
        self.places = (place, *self.places)
        return self

    def __str__(self) -> str:
        return ": ".join((*self.places, self.reason))


class VersionError(ParseError):
    """A version that its scheme does not allow."""


class LimitError(ParseError):
    """Input that is larger, deeper or more compressed than the limits allow."""


class FeedError(Error):
    """A publisher's feed that could not be fetched or verified."""


class SourceError(Error):
    """A target that could not be opened or read at all."""


class StoreError(Error):
    """The store or the advisory database cannot be used."""


class ConflictError(StoreError):
    """Somebody else changed the same thing first."""


class ConfigError(Error):
    """A setting or an argument that makes no sense."""


class ServiceError(Error):
    """A remote service (AWS, a registry) that refused or failed.

    Args:
        reason: the service's own words.
        service: for example `ssm`.
        operation: for example `ListInventoryEntries`.
        code: the service's error code, for example `AccessDeniedException`.
    """

    def __init__(self, reason: str, *, service: str, operation: str, code: str) -> None:
        super().__init__(f"{service}:{operation}: {code}: {reason}")
        self.reason = reason
        self.service = service
        self.operation = operation
        self.code = code
