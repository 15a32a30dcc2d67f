"""The error tree: places from the outermost inwards, and everything an `Error`."""

import pytest

from vedette.errors import (
    ConfigError,
    Error,
    FeedError,
    LimitError,
    ParseError,
    ServiceError,
    SourceError,
    StoreError,
    VersionError,
)


def test_places_grow_outwards() -> None:
    error = ParseError("no colon", "line 3")
    assert error.within("var/lib/dpkg/status") is error
    error.within("layer sha256:1")
    assert str(error) == "layer sha256:1: var/lib/dpkg/status: line 3: no colon"
    assert (error.reason, error.places) == (
        "no colon",
        ("layer sha256:1", "var/lib/dpkg/status", "line 3"),
    )


def test_without_a_place_there_is_the_reason() -> None:
    assert str(ParseError("no colon")) == "no colon"


def test_a_service_says_what_failed() -> None:
    error = ServiceError(
        "no way", service="ssm", operation="ListInventoryEntries", code="AccessDeniedException"
    )
    assert str(error) == "ssm:ListInventoryEntries: AccessDeniedException: no way"
    assert (error.reason, error.service, error.operation, error.code) == (
        "no way",
        "ssm",
        "ListInventoryEntries",
        "AccessDeniedException",
    )


@pytest.mark.parametrize(
    "kind", [ConfigError, FeedError, LimitError, ParseError, SourceError, StoreError, VersionError]
)
def test_one_tree(kind: type[Error]) -> None:
    assert str(kind("why")) == "why"
    assert issubclass(kind, Error)
    assert issubclass(kind, ParseError) is (kind in {LimitError, ParseError, VersionError})
