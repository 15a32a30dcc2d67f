"""The process comes up and says where it is, or why not."""

import json
import os
from pathlib import Path
from typing import Any

import boto3
import httpx
import pytest

from vedette_simulator.errors import EstateError
from vedette_simulator.process import Simulator, StartError, start

pytestmark = pytest.mark.loopback

_SMALL = """
name: small
organization:
  regions: [eu-west-1]
  accounts:
    - id: "999999999999"
      name: only
      management: true
      roles:
        - {name: Guarded, trusts: ["arn:aws:iam::999999999999:user/vedette"], external_id: secret}
networks:
  - name: closed
    account: "999999999999"
    region: eu-west-1
    cidr: 10.1.0.0/16
    internet_gateway: false
    subnets: [{name: only, cidr: 10.1.1.0/24, zone: a}]
    security_groups:
      - {name: none, description: nothing in, egress: [{cidr: 10.1.0.0/16, protocol: "-1"}]}
rules:
  - {name: direct, account: "999999999999", region: eu-west-1, pattern: {source: [here]}, direct_queue: inbox}
faults:
  - {kind: throttle, service: sqs, operation: ListQueues, times: 1}
"""


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("estate") / "small.yaml"
    path.write_text(_SMALL)
    return path


def test_it_listens_on_loopback_alone_and_says_what_there_is(simulator: Simulator) -> None:
    ready = simulator.ready
    assert ready.endpoint.startswith("http://127.0.0.1:")
    assert ready.estate == "default"
    assert simulator.region == ready.regions[0] == "eu-central-1"
    assert [(account.id, account.name, account.management) for account in ready.accounts] == [
        ("111111111111", "management", True),
        ("222222222222", "workloads", False),
        ("333333333333", "data", False),
        ("444444444444", "sandbox", False),
    ]
    assert simulator.account("data").id == "333333333333"
    with pytest.raises(KeyError):
        simulator.account("nobody")
    health = httpx.get(f"{simulator.endpoint}/simulator/health")
    assert health.json() == {"status": "ok"}
    assert httpx.get(f"{simulator.endpoint}/simulator/elsewhere").status_code == 404


def test_an_estate_of_ones_own(small: Path) -> None:
    with start(small) as simulator:
        session = boto3.Session(**simulator.credentials())

        def client(service: str) -> Any:
            return session.client(service, endpoint_url=simulator.endpoint)  # type: ignore[call-overload]  # the name is data here

        ec2, events, sqs, sts = (client(name) for name in ("ec2", "events", "sqs", "sts"))
        groups = ec2.describe_security_groups(Filters=[{"Name": "group-name", "Values": ["none"]}])
        assert [
            (group["IpPermissions"], group["IpPermissionsEgress"][0]["IpRanges"])
            for group in groups["SecurityGroups"]
        ] == [([], [{"CidrIp": "10.1.0.0/16"}])]
        events.put_events(Entries=[{"Source": "here", "DetailType": "x", "Detail": "{}"}])
        listed = sqs.list_queues()
        assert listed["ResponseMetadata"]["RetryAttempts"] == 1
        received = sqs.receive_message(QueueUrl=listed["QueueUrls"][0])["Messages"]
        assert json.loads(received[0]["Body"])["source"] == "here"
        role = {"RoleArn": "arn:aws:iam::999999999999:role/Guarded", "RoleSessionName": "test"}
        assert sts.assume_role(ExternalId="secret", **role)["Credentials"]
        for used in (ec2, events, sqs, sts):
            used.close()


def test_an_unusable_estate_is_said(tmp_path: Path) -> None:
    with pytest.raises(EstateError, match="no such estate"):
        start(tmp_path / "missing.yaml")


def test_a_port_that_is_taken_is_said(simulator: Simulator, small: Path) -> None:
    port = int(simulator.endpoint.rpartition(":")[2])
    with pytest.raises(StartError, match="in use"):
        start(small, port=port)


def test_the_same_estate_has_the_same_identifiers(simulator: Simulator) -> None:
    session = boto3.Session()

    def instances(running: Simulator) -> list[tuple[str, str, str | None]]:
        keys = running.credentials("workloads")
        ec2 = session.client("ec2", endpoint_url=running.endpoint, **keys)
        found = ec2.describe_instances()["Reservations"]
        ec2.close()
        return sorted(
            (item["InstanceId"], item["SubnetId"], item.get("PublicIpAddress"))
            for reservation in found
            for item in reservation["Instances"]
        )

    with start() as other:
        assert instances(other) == instances(simulator)
    with pytest.raises(ProcessLookupError):
        os.kill(other.pid, 0)  # leaving the `with` has ended it
    other.stop()  # a second time does nothing
