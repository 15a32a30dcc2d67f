"""AWS over boto3: sessions per account, every page, retries, and errors in our own words."""

import threading
from collections.abc import Iterator, Mapping
from typing import Any

import boto3
import botocore.exceptions
import botocore.parsers
import botocore.session
import msgspec
from botocore.auth import SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import (
    CredentialProvider,
    CredentialResolver,
    Credentials,
    RefreshableCredentials,
)

from vedette.errors import ParseError, ServiceError
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
    AttributeError,  # JSON or XML of another shape than the model's: botocore's parser stumbles
    LookupError,
    TypeError,
    ValueError,
)
_METHOD = "vedette-assume-role"


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

    def __init__(self, core: botocore.session.Session, settings: AwsSettings) -> None:
        self._core = core
        self._session = boto3.Session(botocore_session=core, region_name=settings.region)
        self._settings = settings
        self._clients: dict[tuple[str, str], Any] = {}
        self._lock = threading.Lock()
        self._config = Config(
            connect_timeout=_CONNECT_TIMEOUT,
            read_timeout=_READ_TIMEOUT,
            retries={"mode": "standard", "total_max_attempts": settings.attempts},
            user_agent_extra="vedette",
        )

    def _client(self, service: str, region: str | None) -> Any:
        key = service, region or self._settings.region
        # botocore's session is not safe for making clients in several threads; clients are safe to use
        with self._lock:
            if key not in self._clients:
                self._clients[key] = self._session.client(
                    service,  # type: ignore[call-overload]  # the name is data here
                    region_name=key[1],
                    endpoint_url=self._settings.endpoint_url,
                    config=self._config,
                )
            return self._clients[key]

    def partition(self, region: str) -> str:
        """The partition that a Region lies in (`aws`, `aws-cn`, `aws-us-gov`), by its name."""
        try:
            return self._session.get_partition_for_region(region)
        except botocore.exceptions.UnknownRegionError:
            return "aws"  # a Region newer than botocore

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
            client = self._client(service, region)
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
        endless = ServiceError(
            "the listing does not end", service=service, operation=operation, code="Pages"
        )
        try:
            client = self._client(service, region)
            if client.can_paginate(operation):
                pages = client.get_paginator(operation).paginate(**arguments)
            else:
                pages = _followed(getattr(client, operation), arguments)
            for number, page in enumerate(pages):
                if number == _MAX_PAGES:
                    raise endless
                yield page
        except _FAULTS as error:
            raise translated(error, service, operation) from error

    def listing(
        self, service: str, operation: str, key: str, region: str | None = None, **arguments: object
    ) -> list[Any]:
        """All items of a listing: the values under `key` of every page.

        Raises:
            ServiceError: as `pages`; also for a page without `key`. botocore gives an empty answer where a proxy's page
                stands in place of JSON, and nobody must take that for "there is nothing".
        """
        found: list[Any] = []
        for page in self.pages(service, operation, region, **arguments):
            items = page.get(key)
            if not isinstance(items, list):
                raise ServiceError(
                    f"an answer without {key}",
                    service=service,
                    operation=operation,
                    code="Malformed",
                )
            found.extend(items)
        return found

    def identity(self) -> AccountId:
        """The account that the credentials belong to.

        Raises:
            ServiceError: where there are no credentials or they are refused.
        """
        answer = self.call("sts", "get_caller_identity")
        try:
            return parse_account_id(str(answer.get("Account")))
        except ParseError as error:
            raise translated(error, "sts", "get_caller_identity") from error

    def presigned(
        self, service: str, region: str, url: str, headers: Mapping[str, str], *, seconds: int
    ) -> str:
        """A URL that whoever has it may GET in this account's name, with these headers, for so long.

        Raises:
            ServiceError: where there are no credentials.
        """
        try:
            credentials = self._core.get_credentials()
            if credentials is None:
                raise botocore.exceptions.NoCredentialsError
            request = AWSRequest("GET", url, headers=headers)
            SigV4QueryAuth(credentials, service, region, expires=seconds).add_auth(request)
        except _FAULTS as error:
            raise translated(error, service, "presign") from error
        return str(request.url)

    def assume(self, account: AccountId) -> "Account":
        """The same for another account, by assuming the configured role in it; renewed before it expires.

        Raises:
            ServiceError: where the role cannot be assumed.
        """
        credentials = RefreshableCredentials.create_from_metadata(
            self._assumed(account),
            refresh_using=lambda: self._assumed(account),
            method=_METHOD,
        )
        core = botocore.session.Session()
        core.register_component("credential_provider", CredentialResolver([_Given(credentials)]))
        # parsed service models take memory: all accounts share them
        core.register_component("data_loader", self._core.get_component("data_loader"))
        return Account(core, self._settings)

    def _assumed(self, account: AccountId) -> dict[str, Any]:
        partition = self.partition(self._settings.region)
        external_id = self._settings.external_id
        answer = self.call(
            "sts",
            "assume_role",
            RoleArn=f"arn:{partition}:iam::{account}:role/{self._settings.role_name}",
            RoleSessionName="vedette",
            **({"ExternalId": external_id} if external_id else {}),
        )
        try:
            given = answer["Credentials"]
            return {
                "access_key": given["AccessKeyId"],
                "secret_key": given["SecretAccessKey"],
                "token": given["SessionToken"],
                "expiry_time": given["Expiration"].isoformat(),
            }
        except KeyError as error:
            raise ServiceError(
                f"an answer without {error}",
                service="sts",
                operation="assume_role",
                code="Malformed",
            ) from None


class _Given(CredentialProvider):
    """Credentials that are there already."""

    METHOD = _METHOD

    def __init__(self, credentials: Credentials) -> None:
        super().__init__()
        self._credentials = credentials

    def load(self) -> Credentials:
        """Give them."""
        return self._credentials


def _followed(operation: Any, arguments: Mapping[str, object]) -> Iterator[Response]:
    given: dict[str, object] = dict(arguments)
    while True:
        page = operation(**given)
        yield page
        name = "NextToken" if "NextToken" in page else "nextToken"
        if not page.get(name):
            return
        if page[name] == given.get(name):
            raise botocore.exceptions.PaginationError(message="the same token came twice")
        given[name] = page[name]


def connect(settings: AwsSettings, *, credentials: tuple[str, str] | None = None) -> Account:
    """The account of the ambient credentials (environment, shared configuration, instance role).

    Args:
        settings: how to reach AWS.
        credentials: an access key and its secret in place of the ambient ones.

    Raises:
        ServiceError: where the profile does not exist.
    """
    core = botocore.session.Session(profile=settings.profile)
    try:
        core.get_scoped_config()  # reads the configuration: a profile that is not there is found now
    except botocore.exceptions.BotoCoreError as error:
        raise translated(error, "session", "create") from error
    if credentials is not None:
        core.set_credentials(*credentials)
    return Account(core, settings)
