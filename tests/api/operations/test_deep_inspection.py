from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.api.clients import NOW, NewClient
from vedette.app.organization import note_accounts
from vedette.store.store import SqlStore

ADMIN, MEMBER, OFF = "111122223333", "222233334444", "333344445555"


def _without_metadata(answer: Any) -> Any:
    return {name: value for name, value in answer.items() if name != "ResponseMetadata"}


def test_paths_of_account_and_organization(client: NewClient, store: SqlStore) -> None:
    admin = client(store)
    assert _without_metadata(admin.get_ec2_deep_inspection_configuration()) == {
        "packagePaths": [],
        "orgPackagePaths": [],
        "status": "ACTIVATED",
    }
    admin.update_org_ec2_deep_inspection_configuration(orgPackagePaths=["/srv/shared"])
    admin.update_ec2_deep_inspection_configuration(packagePaths=["/opt/app"])
    answer = admin.update_ec2_deep_inspection_configuration(activateDeepInspection=False)
    assert _without_metadata(answer) == {
        "packagePaths": ["/opt/app"],
        "orgPackagePaths": ["/srv/shared"],
        "status": "DEACTIVATED",
    }
    member = client(store, MEMBER, accounts=frozenset({MEMBER}))
    assert _without_metadata(member.get_ec2_deep_inspection_configuration()) == {
        "packagePaths": [],
        "orgPackagePaths": ["/srv/shared"],
        "status": "ACTIVATED",
    }
    with pytest.raises(ClientError) as refused:
        member.update_org_ec2_deep_inspection_configuration(orgPackagePaths=[])
    error: Any = refused.value.response["Error"]
    assert error["Code"] == "AccessDeniedException"


def test_members_are_switched(client: NewClient, store: SqlStore) -> None:
    note_accounts(store, [ADMIN, MEMBER, OFF], now=NOW)
    admin = client(store)
    admin.disable(accountIds=[OFF], resourceTypes=["EC2"])
    assert _without_metadata(
        admin.batch_update_member_ec2_deep_inspection_status(accountIds=[])
    ) == {"accountIds": [], "failedAccountIds": []}
    wanted = [
        {"accountId": account, "activateDeepInspection": False}
        for account in (MEMBER, OFF, "999999999999")
    ]
    answer = admin.batch_update_member_ec2_deep_inspection_status(accountIds=wanted)
    assert _without_metadata(answer) == {
        "accountIds": [{"accountId": MEMBER, "status": "DEACTIVATED"}],
        "failedAccountIds": [
            {
                "accountId": "999999999999",
                "errorMessage": "Invoking account does not have access to this account",
            },
            {
                "accountId": OFF,
                "ec2ScanStatus": "DISABLED",
                "errorMessage": "Scanning of EC2 is disabled in this account",
            },
        ],
    }
    asked = admin.batch_get_member_ec2_deep_inspection_status(accountIds=[MEMBER, OFF])
    assert asked["accountIds"] == [
        {"accountId": MEMBER, "status": "DEACTIVATED"},
        {"accountId": OFF, "status": "ACTIVATED"},
    ]
