"""Credentials: what is refused, and in whose words."""

from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from tests.vedette_simulator.conftest import Aws, refusal
from vedette_simulator.process import Simulator

pytestmark = pytest.mark.loopback

ROLE = "arn:aws:iam::{}:role/VedetteScanner"


_SESSION = boto3.Session()


def _call(simulator: Simulator, service: str, operation: str, **keys: str) -> Any:
    client = _SESSION.client(  # type: ignore[call-overload]  # the service's name is data here
        service, endpoint_url=simulator.endpoint, region_name="eu-central-1", **keys
    )
    try:
        return getattr(client, operation)()
    finally:
        client.close()


@pytest.mark.parametrize(
    ("service", "operation", "code"),
    [
        ("ec2", "describe_vpcs", ("AuthFailure", 401)),
        ("sts", "get_caller_identity", ("InvalidClientTokenId", 403)),
        ("ssm", "describe_instance_information", ("UnrecognizedClientException", 400)),
        ("lambda", "list_functions", ("UnrecognizedClientException", 403)),
        ("sqs", "list_queues", ("UnrecognizedClientException", 400)),
        ("s3", "list_buckets", ("InvalidAccessKeyId", 403)),
    ],
)
def test_an_unknown_key_is_refused(
    simulator: Simulator, service: str, operation: str, code: tuple[str, int]
) -> None:
    keys = {"aws_access_key_id": "AKIAUNKNOWNUNKNOWNUN", "aws_secret_access_key": "x" * 40}
    with pytest.raises(ClientError) as error:
        _call(simulator, service, operation, **keys)
    assert refusal(error) == code


@pytest.mark.parametrize(
    ("service", "operation", "code"),
    [
        ("ec2", "describe_vpcs", "AuthFailure"),
        ("sts", "get_caller_identity", "SignatureDoesNotMatch"),
        ("ecr", "describe_repositories", "InvalidSignatureException"),
        ("s3", "list_buckets", "SignatureDoesNotMatch"),
    ],
)
def test_a_wrong_secret_is_refused(
    simulator: Simulator, service: str, operation: str, code: str
) -> None:
    key = simulator.account().access_key_id
    with pytest.raises(ClientError) as error:
        _call(simulator, service, operation, aws_access_key_id=key, aws_secret_access_key="x" * 40)
    assert refusal(error)[0] == code


def test_a_role_gives_credentials_of_its_account(aws: Aws, simulator: Simulator) -> None:
    assumed = aws("sts").assume_role(
        RoleArn=ROLE.format("222222222222"), RoleSessionName="test", DurationSeconds=900
    )
    given = assumed["Credentials"]
    keys = {
        "aws_access_key_id": given["AccessKeyId"],
        "aws_secret_access_key": given["SecretAccessKey"],
    }
    who = _call(
        simulator, "sts", "get_caller_identity", aws_session_token=given["SessionToken"], **keys
    )
    assert (who["Account"], who["Arn"]) == (
        "222222222222",
        "arn:aws:sts::222222222222:assumed-role/VedetteScanner/test",
    )
    assert who["Arn"] == assumed["AssumedRoleUser"]["Arn"]
    with pytest.raises(ClientError) as error:
        _call(simulator, "sts", "get_caller_identity", **keys)
    assert refusal(error) == ("InvalidClientTokenId", 403)


@pytest.mark.parametrize(
    "arn",
    [
        ROLE.format("444444444444"),  # the account has no such role
        ROLE.format("555555555555"),  # there is no such account
        "arn:aws:iam::222222222222:role/OrganizationAccountAccessRole2",
    ],
)
def test_a_role_that_is_not_there_is_denied(aws: Aws, arn: str) -> None:
    with pytest.raises(ClientError, match="is not authorized to perform: sts:AssumeRole") as error:
        aws("sts").assume_role(RoleArn=arn, RoleSessionName="test")
    assert refusal(error) == ("AccessDenied", 403)


def test_a_role_does_not_trust_everybody(aws: Aws) -> None:
    with pytest.raises(ClientError) as error:
        aws("sts", "data").assume_role(
            RoleArn=ROLE.format("222222222222"), RoleSessionName="from-data"
        )
    assert refusal(error) == ("AccessDenied", 403)


@pytest.mark.parametrize(
    "given",
    [
        {"RoleArn": "arn:aws:iam::222222222222:user/somebody", "RoleSessionName": "test"},
        {"RoleArn": ROLE.format("222222222222"), "RoleSessionName": "not allowed!"},
    ],
)
def test_bad_arguments_are_a_validation_error(aws: Aws, given: dict[str, Any]) -> None:
    with pytest.raises(ClientError) as error:
        aws("sts").assume_role(**given)
    assert refusal(error)[0] == "ValidationError"


def test_an_external_id_is_asked_for(aws: Aws) -> None:
    policy = (
        '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"111111111111"},'
        '"Action":["sts:AssumeRole"],"Condition":{"StringEquals":{"sts:ExternalId":"secret"}}}]}'
    )
    aws("iam", "data").create_role(RoleName="External", AssumeRolePolicyDocument=policy)
    asked = {"RoleArn": "arn:aws:iam::333333333333:role/External", "RoleSessionName": "test"}
    assert aws("sts").assume_role(ExternalId="secret", **asked)["Credentials"]
    with pytest.raises(ClientError):
        aws("sts").assume_role(ExternalId="guess", **asked)
    with pytest.raises(ClientError):
        aws("sts").assume_role(**asked)


def test_the_organization_is_seen_by_its_management_account_alone(aws: Aws) -> None:
    pages = (
        aws("organizations")
        .get_paginator("list_accounts")
        .paginate(PaginationConfig={"PageSize": 3})
    )
    found = [
        [(account["Id"], account["Name"], account["Status"]) for account in page["Accounts"]]
        for page in pages
    ]
    assert found == [
        [
            ("111111111111", "management", "ACTIVE"),
            ("222222222222", "workloads", "ACTIVE"),
            ("333333333333", "data", "ACTIVE"),
        ],
        [("444444444444", "sandbox", "ACTIVE")],
    ]
    described = aws("organizations").describe_account(AccountId="111111111111")["Account"]
    assert described["Name"] == "management"
    assert (
        aws("organizations").describe_organization()["Organization"]["MasterAccountId"]
        == "111111111111"
    )
    with pytest.raises(ClientError) as error:
        aws("organizations", "data").list_accounts()
    assert refusal(error)[0] == "AccessDeniedException"
