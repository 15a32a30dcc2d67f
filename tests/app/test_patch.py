"""Patching: which instances, and SSM as the simulator has it."""

import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import msgspec
import pytest

from tests.findings.make import IMAGE, INSTANCE, exposure, finding, vulnerability, vulnerable
from tests.matching.memory import package
from vedette.app.patch import patch, patchable
from vedette.clients.aws import Account, AwsSettings, connect
from vedette.errors import ServiceError
from vedette.integrations.patch_manager import Waiting
from vedette.model.advisory import FixState
from vedette.model.arn import AccountId
from vedette.model.finding import Finding, FindingStatus, Reachable
from vedette.model.resource import ResourceRef, ResourceType
from vedette_simulator.process import Simulator

OS = package("Debian:12", "bash", "1")
LANGUAGE = package("PyPI", "a", "1")
WAITING = Waiting(pause=lambda: time.sleep(0.1), looks=200)


def _finding(**more: Any) -> Finding:
    packages = more.pop("packages", (vulnerable(OS),))
    return finding(vulnerability(packages=packages), **more)


@pytest.mark.parametrize(
    ("one", "wanted"),
    [
        (_finding(), True),
        (_finding(packages=(vulnerable(LANGUAGE), vulnerable(OS))), True),
        (_finding(packages=(vulnerable(LANGUAGE),)), False),
        (_finding(packages=(vulnerable(OS, fixed_in=None, fix=FixState.NOT_FIXED),)), False),
        (_finding(packages=(vulnerable(OS, fix=FixState.WONT_FIX),)), False),
        (_finding(packages=(msgspec.structs.replace(vulnerable(OS), waived="not here"),)), False),
        (_finding(status=FindingStatus.CLOSED), False),
        (_finding(status=FindingStatus.SUPPRESSED), False),
        (_finding(resource=IMAGE), False),
        (finding(Reachable(exposure=exposure())), False),
    ],
)
def test_an_instance_is_patched_for_a_flaw_that_an_update_mends(
    one: Finding, *, wanted: bool
) -> None:
    assert patchable([one]) == ((INSTANCE.ref,) if wanted else ())


def test_an_instance_is_named_once_and_in_order() -> None:
    other = msgspec.structs.replace(INSTANCE, ref=msgspec.structs.replace(INSTANCE.ref, id="i-00"))
    several = [_finding(), _finding(subject="x"), _finding(resource=other)]
    assert patchable(several) == (other.ref, INSTANCE.ref)


# --- with the simulator --------------------------------------------------------------------------------------------

WORKLOADS, DATA = AccountId("222222222222"), AccountId("333333333333")


@pytest.fixture(scope="module")
def home(simulator: Simulator) -> Account:
    keys = simulator.credentials()
    settings = AwsSettings(region=simulator.region, endpoint_url=simulator.endpoint, attempts=1)
    return connect(settings, credentials=(keys["aws_access_key_id"], keys["aws_secret_access_key"]))


@pytest.fixture(scope="module")
def outlet(home: Account) -> Callable[[str | None], Account]:
    def enter(account: str | None) -> Account:
        return home.assume(AccountId(str(account)))

    return enter


@pytest.fixture
def faults(simulator: Simulator) -> Iterator[Callable[..., httpx.Response]]:
    url = f"{simulator.endpoint}/simulator/faults"
    with httpx.Client() as http:
        yield lambda **fault: http.post(url, json=fault)
        http.delete(url)


@pytest.fixture(scope="module")
def instances(simulator: Simulator) -> dict[str, ResourceRef]:
    found = {}
    for account, number in (("workloads", WORKLOADS), ("data", DATA)):
        keys = simulator.credentials(account)
        settings = AwsSettings(region=simulator.region, endpoint_url=simulator.endpoint)
        theirs = connect(
            settings, credentials=(keys["aws_access_key_id"], keys["aws_secret_access_key"])
        )
        for reservation in theirs.listing("ec2", "describe_instances", "Reservations"):
            for one in reservation["Instances"]:
                tags = {tag["Key"]: tag["Value"] for tag in one.get("Tags", [])}
                found[tags.get("Name", "")] = ResourceRef(
                    type=ResourceType.EC2_INSTANCE,
                    id=one["InstanceId"],
                    account=number,
                    region=simulator.region,
                )
    return found


@pytest.mark.loopback
def test_instances_are_patched_each_in_its_own_account(
    outlet: Callable[[str | None], Account], instances: dict[str, ResourceRef]
) -> None:
    wanted = [instances["shop-1"], instances["ledger-1"], instances["shop-1"]]
    outcomes = patch(wanted, outlet, WAITING)
    assert [(one.instance, one.status) for one in outcomes] == [
        (instances[name].id, "Success") for name in ("shop-1", "ledger-1")
    ]
    assert all(one.output and one.succeeded for one in outcomes)


@pytest.mark.loopback
def test_what_ssm_cannot_reach_keeps_no_other_back(
    outlet: Callable[[str | None], Account], instances: dict[str, ResourceRef]
) -> None:
    outcomes = patch([instances["legacy-1"], instances["shop-1"]], outlet, WAITING)
    by_id = {one.instance: one for one in outcomes}
    assert by_id[instances["legacy-1"].id].status == "NotSent"
    assert "InvalidInstanceId" in by_id[instances["legacy-1"].id].output
    assert by_id[instances["shop-1"].id].succeeded


@pytest.mark.loopback
def test_where_looking_is_denied_the_outcome_is_unknown(
    outlet: Callable[[str | None], Account],
    instances: dict[str, ResourceRef],
    faults: Callable[..., httpx.Response],
) -> None:
    faults(kind="deny", service="ssm", operation="GetCommandInvocation")
    (outcome,) = patch([instances["shop-1"]], outlet, Waiting(pause=lambda: None, looks=2))
    assert (outcome.status, outcome.succeeded) == ("Unknown", False)
    assert "AccessDenied" in outcome.output


def test_an_account_that_cannot_be_entered_is_the_outcome_of_its_instances() -> None:
    def closed(account: str | None) -> Account:
        raise ServiceError(f"not {account}", service="sts", operation="assume_role", code="Denied")

    (outcome,) = patch([INSTANCE.ref], closed, WAITING)
    assert (outcome.instance, outcome.status) == (INSTANCE.ref.id, "NotSent")
    assert outcome.output == "sts:assume_role: Denied: not 111122223333"
