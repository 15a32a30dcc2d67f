"""APIs as they are judged: by which doors a function is behind, and what is asked at each."""

from enum import StrEnum

import msgspec

NAMELESS_LINK = "a VPC link"
"""The target of an API whose integration goes through a VPC link that it does not name."""


class Authorization(StrEnum):
    """Who says who may come in."""

    NOBODY = "NONE"
    IAM = "AWS_IAM"
    COGNITO = "COGNITO_USER_POOLS"
    JWT = "JWT"
    FUNCTION = "CUSTOM"
    OTHER = "other"


class Door(msgspec.Struct, frozen=True, kw_only=True):
    """One method or route of an API in one stage.

    `arns` are the names that a policy may call it by. `refused` says why the function does not take what comes in by
    it, `doubt` why that is not known. `authorizer` is the id of the API's authorizer, `beyond` what a VPC link leads
    to, as the integration says it; `onward`: what that is is known, and judged where it is.
    """

    name: str
    stage: str
    arns: tuple[str, ...]
    authorization: Authorization
    key: bool = False
    refused: str | None = None
    doubt: str | None = None
    authorizer: str | None = None
    beyond: str | None = None
    onward: bool = False


class Api(msgspec.Struct, frozen=True, kw_only=True):
    """An API in front of one thing: a function (its ARN), or what is behind a VPC link.

    `kind` is CloudFormation's type. `domains` are names of its own, None if they were not recorded. `entries` are the
    interface endpoints that a private API lets in. `policy` is the resource policy's text, None if there is none.
    """

    id: str
    name: str
    kind: str
    host: str
    account: str
    region: str
    target: str
    doors: tuple[Door, ...] = ()
    disabled: bool = False
    private: bool = False
    domains: tuple[str, ...] | None = ()
    entries: tuple[str, ...] = ()
    policy: str | None = None
    linked: bool = False
