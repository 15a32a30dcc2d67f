"""AWS over boto3: sessions per account, every page, retries, and errors in our own words."""

import threading
from collections.abc import Iterator, Mapping
from typing import Any

import boto3
import botocore.exceptions
import botocore.parsers
import msgspec
from botocore.config import Config

from vedette.errors import ServiceError
from vedette.model.arn import AccountId, parse_account_id

Response = Mapping[str, Any]
"""A response as boto3 gives it: AWS's names, datetimes for timestamps."""

_CONNECT_TIMEOUT = 10
_READ_TIMEOUT = 60
_ATTEMPTS = 8
_MAX_PAGES = 100_000
_FAULTS = (
    botocore.exceptions.BotoCoreError,
    botocore.exceptions.ClientError,
    botocore.parsers.ResponseParserError,  # a proxy's page in place of an answer; no BotoCoreError
)


class AwsSettings(msgspec.Struct, frozen=True, kw_only=True):
    """How to reach AWS.

    `endpoint_url` replaces every service's endpoint (a simulator, a proxy); `profile` is one of the shared
    configuration; `role_name` is the role that is assumed in other accounts, with `external_id` where its trust
    policy asks for one.
    """

    region: str = "us-east-1"
    profile: str | None = None
    endpoint_url: str | None = None
    role_name: str = "VedetteScanner"
    external_id: str | None = None
    attempts: int = _ATTEMPTS


def translated(error: Exception, service: str, operation: str) -> ServiceError:
    """A botocore error as ours: the service's code and words where it answered, else what went wrong."""
    if isinstance(error, botocore.exceptions.ClientError):
        details = error.response.get("Error", {})
        return ServiceError(
            details.get("Message") or "no message",
            service=service,
            operation=operation,
            code=details.get("Code") or "Unknown",
        )
    return ServiceError(str(error), service=service, operation=operation, code=type(error).__name__)


class Account:
    """One AWS account as seen with one set of credentials; safe to use from several threads."""

    def __init__(self, session: boto3.Session, settings: AwsSettings) -> None:
        self._session = session
        self._settings = settings
        self._clients: dict[tuple[str, str], Any] = {}
        self._lock = threading.Lock()
        self._config = Config(
            connect_timeout=_CONNECT_TIMEOUT,
            read_timeout=_READ_TIMEOUT,
            retries={"mode": "standard", "total_max_attempts": settings.attempts},
            user_agent_extra="vedette",
        )

    def _client(self, service: str, region: str) -> Any:
        # botocore's session is not safe for making clients in several threads; clients are safe to use
        with self._lock:
            if (service, region) not in self._clients:
                self._clients[service, region] = self._session.client(
                    service,  # type: ignore[call-overload]  # the name is data here
                    region_name=region,
                    endpoint_url=self._settings.endpoint_url,
                    config=self._config,
                )
            return self._clients[service, region]

    def call(
        self, service: str, operation: str, region: str | None = None, **arguments: object
    ) -> Response:
        """One call, with botocore's retries.

        Args:
            service: boto3's name of the service, for example `ec2`.
            operation: boto3's name of the method, for example `describe_regions`.
            region: None for the home region.
            arguments: as boto3 takes them.

        Raises:
            ServiceError: where the service refuses, cannot be reached, or answers what its model does not allow.
        """
        try:
            client = self._client(service, region or self._settings.region)
            response: Response = getattr(client, operation)(**arguments)
        except _FAULTS as error:
            raise translated(error, service, operation) from error
        return response

    def pages(
        self, service: str, operation: str, region: str | None = None, **arguments: object
    ) -> Iterator[Response]:
        """Every page of a listing.

        Operations without a paginator in botocore are followed by their `NextToken` or `nextToken`.

        Raises:
            ServiceError: as `call`; also for a listing that never ends.
        """
        client = self._client(service, region or self._settings.region)
        if client.can_paginate(operation):
            yield from self._paginated(
                client.get_paginator(operation), service, operation, arguments
            )
            return
        for _ in range(_MAX_PAGES):
            page = self.call(service, operation, region, **arguments)
            yield page
            name = "NextToken" if "NextToken" in page else "nextToken"
            if not page.get(name):
                return
            arguments = {**arguments, name: page[name]}
        raise ServiceError(
            "the listing does not end", service=service, operation=operation, code="Pages"
        )

    @staticmethod
    def _paginated(
        paginator: Any, service: str, operation: str, arguments: Mapping[str, object]
    ) -> Iterator[Response]:
        try:
            yield from paginator.paginate(**arguments)
        except _FAULTS as error:
            raise translated(error, service, operation) from error

    def listing(
        self, service: str, operation: str, key: str, region: str | None = None, **arguments: object
    ) -> list[Any]:
        """All items of a listing: the values under `key` of every page.

        Raises:
            ServiceError: as `pages`.
        """
        return [
            item
            for page in self.pages(service, operation, region, **arguments)
            for item in page.get(key, ())
        ]

    def identity(self) -> AccountId:
        """The account that the credentials belong to.

        Raises:
            ServiceError: where there are no credentials or they are refused.
        """
        return parse_account_id(self.call("sts", "get_caller_identity")["Account"])

    def assume(self, account: AccountId, *, partition: str = "aws") -> "Account":
        """The same for another account, by assuming the configured role in it.

        Raises:
            ServiceError: where the role cannot be assumed.
        """
        extra = {"ExternalId": self._settings.external_id} if self._settings.external_id else {}
        answer = self.call(
            "sts",
            "assume_role",
            RoleArn=f"arn:{partition}:iam::{account}:role/{self._settings.role_name}",
            RoleSessionName="vedette",
            **extra,
        )
        credentials = answer["Credentials"]
        session = boto3.Session(
            aws_access_key_id=credentials["AccessKeyId"],
            aws_secret_access_key=credentials["SecretAccessKey"],
            aws_session_token=credentials["SessionToken"],
            region_name=self._settings.region,
        )
        return Account(session, self._settings)


def connect(settings: AwsSettings, *, credentials: tuple[str, str] | None = None) -> Account:
    """The account of the ambient credentials (environment, shared configuration, instance role).

    Args:
        settings: how to reach AWS.
        credentials: an access key and its secret in place of the ambient ones.

    Raises:
        ServiceError: where the profile does not exist.
    """
    key, secret = credentials or (None, None)
    try:
        session = boto3.Session(
            profile_name=settings.profile,
            region_name=settings.region,
            aws_access_key_id=key,
            aws_secret_access_key=secret,
        )
    except botocore.exceptions.BotoCoreError as error:
        raise translated(error, "session", "create") from error
    return Account(session, settings)
