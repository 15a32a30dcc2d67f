"""Failures on demand, as clients see them."""

from collections.abc import Callable
from typing import Any

import boto3
import httpx
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from tests.vedette_simulator.conftest import Aws, refusal
from vedette_simulator.faults import Asking, Fault, FaultKind, Faults
from vedette_simulator.process import Simulator

Plan = Callable[..., httpx.Response]

pytestmark = pytest.mark.loopback


@pytest.mark.parametrize(
    ("service", "operation", "expected"),
    [
        ("ssm", "describe_instance_information", ("ThrottlingException", 400)),
        ("ec2", "describe_vpcs", ("RequestLimitExceeded", 503)),
        ("lambda", "list_functions", ("TooManyRequestsException", 429)),
        ("organizations", "list_accounts", ("TooManyRequestsException", 400)),
        ("sts", "get_caller_identity", ("Throttling", 400)),
        ("sqs", "list_queues", ("ThrottlingException", 400)),
    ],
)
def test_throttling_as_each_service_says_it(
    aws: Aws, faults: Plan, service: str, operation: str, expected: tuple[str, int]
) -> None:
    faults(kind="throttle", service=service, times=1)
    with pytest.raises(ClientError) as error:
        getattr(aws(service), operation)()
    assert refusal(error) == expected
    getattr(aws(service), operation)()  # once was enough


def test_botocore_retries_through_throttling(simulator: Simulator, faults: Plan) -> None:
    session = boto3.Session(**simulator.credentials())
    client = session.client(
        "ssm",
        endpoint_url=simulator.endpoint,
        config=Config(retries={"mode": "standard", "total_max_attempts": 4}),
    )
    faults(kind="throttle", service="ssm", operation="DescribeInstanceInformation", times=2)
    answer = client.describe_instance_information()
    assert answer["ResponseMetadata"]["RetryAttempts"] == 2
    client.close()


@pytest.mark.parametrize(
    ("service", "operation", "expected"),
    [
        ("ec2", "describe_vpcs", ("UnauthorizedOperation", 403)),
        ("ecr", "describe_repositories", ("AccessDeniedException", 400)),
        ("securityhub", "describe_hub", ("AccessDeniedException", 403)),
        ("iam", "list_roles", ("AccessDenied", 403)),
    ],
)
def test_denial_is_for_one_account_alone(
    aws: Aws, faults: Plan, service: str, operation: str, expected: tuple[str, int]
) -> None:
    faults(kind="deny", service=service, account="222222222222")
    with pytest.raises(ClientError, match="is not authorized to perform") as error:
        getattr(aws(service, "workloads"), operation)()
    assert refusal(error) == expected
    getattr(aws(service, "data"), operation)()


def test_a_server_error(aws: Aws, faults: Plan) -> None:
    faults(kind="error", service="lambda", region="us-east-1")
    with pytest.raises(ClientError) as error:
        aws("lambda", "workloads", "us-east-1").list_functions()
    assert refusal(error) == ("InternalServerError", 500)
    aws("lambda", "workloads").list_functions()


@pytest.fixture
def layer(aws: Aws) -> tuple[str, str]:
    """A layer's digest and address."""
    ecr = aws("ecr", "workloads")
    image = ecr.batch_get_image(repositoryName="shop/api", imageIds=[{"imageTag": "latest"}])[
        "images"
    ][0]
    digest = image["imageManifest"].split('"layers":[{"digest":"')[1].split('"')[0]
    given = ecr.get_download_url_for_layer(repositoryName="shop/api", layerDigest=digest)
    return digest, given["downloadUrl"]


def test_a_download_breaks_off(faults: Plan, layer: tuple[str, str]) -> None:
    whole = httpx.get(layer[1]).content
    faults(kind="truncate", service="downloads", operation=layer[0], times=1)
    received = bytearray()

    def download() -> None:
        with httpx.stream("GET", layer[1]) as answer:
            assert int(answer.headers["Content-Length"]) == len(whole)
            for chunk in answer.iter_bytes():
                received.extend(chunk)

    with pytest.raises(httpx.RemoteProtocolError, match="peer closed connection"):
        download()
    assert received == whole[: len(whole) // 2]
    assert httpx.get(layer[1]).content == whole


@pytest.mark.parametrize(("kind", "status"), [("deny", 403), ("throttle", 503), ("error", 500)])
def test_a_download_is_refused(
    faults: Plan, layer: tuple[str, str], kind: str, status: int
) -> None:
    faults(kind=kind, service="downloads", times=1)
    assert [httpx.get(layer[1]).status_code for _ in range(2)] == [status, 200]


def test_faults_are_listed_and_cleared(simulator: Simulator, faults: Plan) -> None:
    url = f"{simulator.endpoint}/simulator/faults"
    planned = faults(kind="throttle", service="ssm", times=3).json()
    assert planned == [
        {
            "kind": "throttle",
            "service": "ssm",
            "operation": "*",
            "account": "*",
            "region": "*",
            "times": 3,
        }
    ]
    assert httpx.get(url).json() == planned
    assert httpx.delete(url).json() == []
    refused = faults(kind="explode", service="ssm")
    assert refused.status_code == 400
    assert "explode" in refused.json()["error"]


def test_the_first_fault_that_fits_is_used_up_first() -> None:
    asking = Asking(service="ssm", operation="SendCommand", account="1", region="r")
    other: Any = Asking(service="ssm", operation="Other", account="1", region="r")
    faults = Faults(
        (
            Fault(kind=FaultKind.DENY, service="ssm", operation="SendCommand", times=2),
            Fault(kind=FaultKind.ERROR, service="*"),
        )
    )
    assert [faults.next(asking) for _ in range(2)] == [FaultKind.DENY, FaultKind.DENY]
    assert faults.planned() == (Fault(kind=FaultKind.ERROR, service="*"),)
    assert [faults.next(asking), faults.next(other)] == [FaultKind.ERROR, FaultKind.ERROR]
    faults.clear()
    assert faults.next(asking) is None


def test_services_that_sign_alike_are_told_apart(aws: Aws, faults: Plan) -> None:
    faults(kind="deny", service="elbv2")
    assert aws("elb").describe_load_balancers()["LoadBalancerDescriptions"] == []
    with pytest.raises(ClientError) as error:
        aws("elbv2").describe_load_balancers()
    assert refusal(error)[0] == "AccessDeniedException"


@pytest.mark.parametrize(
    ("service", "operation"),
    [("ec2", "describe_network_insights_paths"), ("lambda", "list_code_signing_configs")],
)
def test_what_nobody_implements_is_an_error_that_clients_read(
    aws: Aws, service: str, operation: str
) -> None:
    with pytest.raises(ClientError, match="The simulator does not implement") as error:
        getattr(aws(service), operation)()
    assert refusal(error) == ("NotImplementedBySimulator", 501)
