"""Amazon Resource Names and account ids (AWS General Reference, "ARN format")."""

import re
from typing import NewType

import msgspec

from vedette.errors import ParseError

AccountId = NewType("AccountId", str)
"""Twelve digits; made only by `parse_account_id`."""
Arn = NewType("Arn", str)
"""A whole ARN; made only by `parse_arn` and `make_arn`."""

_ACCOUNT = re.compile(r"[0-9]{12}")
_PARTS = 6


class ArnParts(msgspec.Struct, frozen=True, kw_only=True):
    """An ARN taken apart; `resource` keeps its own colons and slashes."""

    partition: str
    service: str
    region: str
    account: str
    resource: str


def parse_account_id(text: str) -> AccountId:
    """Check an AWS account id.

    Raises:
        ParseError: where it is not twelve digits.
    """
    if not _ACCOUNT.fullmatch(text):
        raise ParseError(f"not an AWS account id: {text[:40]!r}")
    return AccountId(text)


def split_arn(text: str) -> ArnParts:
    """Take an ARN apart.

    Raises:
        ParseError: where the text is not an ARN.
    """
    parts = text.split(":", _PARTS - 1)
    if len(parts) != _PARTS or parts[0] != "arn" or not (parts[1] and parts[2] and parts[5]):
        raise ParseError(f"not an ARN: {text[:120]!r}")
    return ArnParts(
        partition=parts[1], service=parts[2], region=parts[3], account=parts[4], resource=parts[5]
    )


def parse_arn(text: str) -> Arn:
    """Check an ARN.

    Raises:
        ParseError: where the text is not an ARN.
    """
    split_arn(text)
    return Arn(text)


def make_arn(parts: ArnParts) -> Arn:
    """Join the parts of an ARN."""
    return Arn(
        f"arn:{parts.partition}:{parts.service}:{parts.region}:{parts.account}:{parts.resource}"
    )
