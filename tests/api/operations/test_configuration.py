from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.api.clients import NOW, NewClient
from vedette.app.configuration import (
    DEFAULT,
    Configuration,
    Duration,
    ImageConfiguration,
    ScanMode,
    agentless_of,
    configuration_of,
    is_eligible,
)
from vedette.app.discovery.scope import Agentless
from vedette.app.organization import note_accounts
from vedette.store.store import SqlStore

ADMIN, MEMBER = "111122223333", "222233334444"


@pytest.fixture
def admin(client: NewClient, store: SqlStore) -> Any:
    note_accounts(store, [ADMIN, MEMBER], now=NOW)
    return client(store)


def _refusal(refused: pytest.ExceptionInfo[ClientError]) -> tuple[str, Any]:
    response: Any = refused.value.response
    return response["Error"]["Code"], response.get("fields")


def test_default_is_for_ever_and_by_agent(admin: Any) -> None:
    answer = admin.get_configuration()
    answer.pop("ResponseMetadata")
    assert answer == {
        "ecrConfiguration": {
            "rescanDurationState": {
                "rescanDuration": "LIFETIME",
                "status": "SUCCESS",
                "pullDateRescanMode": "LAST_IN_USE_AT",
            }
        },
        "ec2Configuration": {
            "scanModeState": {"scanMode": "EC2_SSM_AGENT_BASED", "scanModeStatus": "SUCCESS"},
            "vmScannerState": {"activated": False, "status": "SUCCESS"},
        },
    }


def test_administrators_configuration_is_everybodys_who_has_none(
    admin: Any, store: SqlStore
) -> None:
    images = {
        "rescanDuration": "DAYS_30",
        "pullDateRescanDuration": "DAYS_14",
        "pullDateRescanMode": "LAST_PULL_DATE",
    }
    admin.update_configuration(ecrConfiguration=images)
    admin.update_configuration(accountId=MEMBER, ec2Configuration={"scanMode": "EC2_HYBRID"})
    member = admin.get_configuration(accountId=MEMBER)
    assert member["ecrConfiguration"]["rescanDurationState"] == {
        **images,
        "status": "SUCCESS",
        "updatedAt": NOW,
    }
    assert member["ec2Configuration"]["scanModeState"]["scanMode"] == "EC2_HYBRID"
    assert configuration_of(store, ADMIN, "us-east-1").instances is None
    assert configuration_of(store, MEMBER, "eu-west-1") == DEFAULT
    admin.update_configuration(
        accountId=MEMBER,
        updateConfigurationInheritance={"ec2Configuration": "INHERIT_FROM_ADMIN"},
    )
    assert configuration_of(store, MEMBER, "us-east-1").instances is None
    assert configuration_of(store, MEMBER, "us-east-1").images is not None
    for_ever = {"rescanDuration": "LIFETIME"}
    admin.update_configuration(accountId=MEMBER, ecrConfiguration=for_ever)
    inherited = {"ec2Configuration": "INHERIT_FROM_ADMIN"}
    admin.update_configuration(accountId=MEMBER, updateConfigurationInheritance=inherited)
    own = configuration_of(store, MEMBER, "us-east-1").images
    assert own == ImageConfiguration(updated_at=NOW)


def test_what_is_not_there_is_refused(admin: Any, client: NewClient, store: SqlStore) -> None:
    tag = {"key": "scan", "value": "yes"}
    for asked, field in (
        ({}, None),
        (
            {"ec2Configuration": {"scanMode": "EC2_HYBRID", "activateVMScanner": True}},
            "ec2Configuration.activateVMScanner",
        ),
        (
            {"amiConfiguration": {"scanModeConfiguration": {"scanMode": "SCAN_ALL"}}},
            "amiConfiguration",
        ),
        (
            {
                "amiConfiguration": {
                    "scanModeConfiguration": {"scanMode": "TARGET_SCANNING", "tags": [tag]}
                }
            },
            "amiConfiguration",
        ),
        (
            {"updateConfigurationInheritance": {"ec2Configuration": "INHERIT_FROM_ADMIN"}},
            "accountId",
        ),
    ):
        with pytest.raises(ClientError) as refused:
            admin.update_configuration(**asked)
        code, fields = _refusal(refused)
        assert code == "ValidationException"
        assert [one["name"] for one in fields or ()] == ([field] if field else [])
    with pytest.raises(ClientError) as refused:
        admin.get_configuration(accountId="999999999999")
    assert _refusal(refused)[0] == "AccessDeniedException"
    admin.enable_delegated_admin_account(delegatedAdminAccountId=ADMIN)
    member = client(store, MEMBER, accounts=frozenset({MEMBER}))
    with pytest.raises(ClientError) as refused:
        member.update_configuration(ec2Configuration={"scanMode": "EC2_HYBRID"})
    assert _refusal(refused)[0] == "AccessDeniedException"


@pytest.mark.parametrize(
    ("pushed", "used", "eligible"),
    [
        (10, None, True),
        (30, None, True),
        (31, None, False),
        (31, 14, True),
        (31, 15, False),
        (None, None, True),
    ],
)
def test_images_are_eligible_while_pushed_or_used_lately(
    *, pushed: int | None, used: int | None, eligible: bool
) -> None:
    images = ImageConfiguration(since_push=Duration.DAYS_30, since_use=Duration.DAYS_14)

    def ago(days: int | None) -> Any:
        return None if days is None else NOW - timedelta(days=days)

    found = is_eligible(images, pushed_at=ago(pushed), used_at=ago(used), now=NOW)
    assert found is eligible


def test_use_does_not_matter_where_nothing_is_said_of_it() -> None:
    images = ImageConfiguration(since_push=Duration.DAYS_3)
    old = NOW - timedelta(days=4)
    assert not is_eligible(images, pushed_at=old, used_at=NOW, now=NOW)
    assert is_eligible(ImageConfiguration(), pushed_at=old, used_at=None, now=NOW)


def test_snapshots_are_read_as_the_mode_and_the_server_have_it() -> None:
    hybrid = Configuration(instances=ScanMode.HYBRID)
    agent = Configuration(instances=ScanMode.AGENT)
    assert agentless_of(Configuration(), Agentless.CREATE) is Agentless.CREATE
    assert agentless_of(agent, Agentless.CREATE) is Agentless.NONE
    assert agentless_of(hybrid, Agentless.NONE) is Agentless.EXISTING
    assert agentless_of(hybrid, Agentless.CREATE) is Agentless.CREATE
