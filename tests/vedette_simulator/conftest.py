"""One simulator with the default estate for all tests here, and clients that talk to it as to AWS."""

from collections.abc import Callable, Iterator
from typing import Any

import boto3
import httpx
import pytest
from botocore.config import Config

from vedette_simulator.process import Simulator, start

WORKLOADS = "222222222222"
DATA = "333333333333"
MANAGEMENT = "111111111111"
HOME = "eu-central-1"

_CONFIG = Config(retries={"total_max_attempts": 1}, connect_timeout=10, read_timeout=30)

Aws = Callable[..., Any]
"""(service, account name, region) → a client; without names: management, the home region."""


@pytest.fixture(scope="session")
def simulator() -> Iterator[Simulator]:
    with start() as running:
        yield running


@pytest.fixture(scope="session")
def aws(simulator: Simulator) -> Iterator[Aws]:
    session = boto3.Session()  # one, so that service models are read once
    clients: dict[tuple[str, str | None, str], Any] = {}

    def client(service: str, account: str | None = None, region: str = HOME) -> Any:
        key = service, account, region
        if key not in clients:
            keys = {**simulator.credentials(account), "region_name": region}
            clients[key] = session.client(  # type: ignore[call-overload]  # the names are data here
                service, endpoint_url=simulator.endpoint, config=_CONFIG, **keys
            )
        return clients[key]

    yield client
    for made in clients.values():
        made.close()


@pytest.fixture
def faults(simulator: Simulator) -> Iterator[Callable[..., httpx.Response]]:
    """Plan a failure; all are cleared at the end."""
    url = f"{simulator.endpoint}/simulator/faults"
    with httpx.Client() as http:
        yield lambda **fault: http.post(url, json=fault)
        http.delete(url)


@pytest.fixture(scope="session")
def instances(aws: Aws) -> dict[str, str]:
    """Name → id of every instance in the estate."""
    return {
        next(tag["Value"] for tag in instance["Tags"] if tag["Key"] == "Name"): instance[
            "InstanceId"
        ]
        for account in ("workloads", "data")
        for reservation in aws("ec2", account).describe_instances()["Reservations"]
        for instance in reservation["Instances"]
        if any(tag["Key"] == "Name" for tag in instance.get("Tags", []))
    }


def refusal(error: pytest.ExceptionInfo[Any]) -> tuple[str, int]:
    """A botocore error's code and HTTP status."""
    response = error.value.response
    return response["Error"]["Code"], response["ResponseMetadata"]["HTTPStatusCode"]
