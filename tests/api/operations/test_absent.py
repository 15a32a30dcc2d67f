"""What vedette does not have is empty, or refused with the reason."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.api.clients import NewClient
from vedette.api.call import Support
from vedette.api.operations import NOTES
from vedette.store.store import SqlStore

HERE = "us-east-1:111122223333"
CONFIG = f"arn:aws:config:{HERE}:connector/azure/main/x"
CONNECTOR = f"arn:aws:inspector2:{HERE}:connector/0a1b2c3d-1111-4222-8333-444455556666"
UUID = "0a1b2c3d-1111-4222-8333-444455556666"
INTEGRATION = f"arn:aws:inspector2:{HERE}:codesecurity-integration/{UUID}"
CONFIGURATION = f"arn:aws:inspector2:{HERE}:owner/111122223333/codesecurity-configuration/{UUID}"
PROJECT = {"projectId": f"project-{UUID}"}
RULES = {"ruleSetCategories": ["SCA"]}
DENIED, ABSENT = "AccessDeniedException", "ResourceNotFoundException"
REFUSED: list[tuple[str, dict[str, Any], str]] = [
    (
        "create_connector",
        {
            "name": "x",
            "provider": "AZURE",
            "providerDetail": {
                "azure": {
                    "awsConfigConnectorArn": CONFIG,
                    "scopeConfiguration": {"vmScanning": {"scopeType": "TENANT"}},
                    "azureRegions": ["westeurope"],
                }
            },
        },
        DENIED,
    ),
    ("delete_connector", {"connectorArn": CONNECTOR}, ABSENT),
    ("update_connector", {"connectorArn": CONNECTOR}, ABSENT),
    (
        "update_connector_scan_configuration",
        {"awsConfigConnectorArn": CONFIG, "scanConfiguration": {}},
        ABSENT,
    ),
    ("create_code_security_integration", {"name": "x", "type": "GITHUB"}, DENIED),
    (
        "create_code_security_scan_configuration",
        {"name": "x", "level": "ACCOUNT", "configuration": RULES},
        DENIED,
    ),
    ("delete_code_security_integration", {"integrationArn": INTEGRATION}, ABSENT),
    ("get_code_security_integration", {"integrationArn": INTEGRATION}, ABSENT),
    (
        "delete_code_security_scan_configuration",
        {"scanConfigurationArn": CONFIGURATION},
        ABSENT,
    ),
    ("get_code_security_scan_configuration", {"scanConfigurationArn": CONFIGURATION}, ABSENT),
    (
        "update_code_security_scan_configuration",
        {"scanConfigurationArn": CONFIGURATION, "configuration": RULES},
        ABSENT,
    ),
    (
        "list_code_security_scan_configuration_associations",
        {"scanConfigurationArn": CONFIGURATION},
        ABSENT,
    ),
    ("start_code_security_scan", {"resource": PROJECT}, ABSENT),
    ("get_code_security_scan", {"resource": PROJECT, "scanId": UUID}, ABSENT),
    (
        "update_code_security_integration",
        {
            "integrationArn": INTEGRATION,
            "details": {"github": {"code": "x", "installationId": "1"}},
        },
        ABSENT,
    ),
]


def test_refusals_are_modelled(client: NewClient, store: SqlStore) -> None:
    caller = client(store)
    for name, asked, code in REFUSED:
        with pytest.raises(ClientError) as refused:
            getattr(caller, name)(**asked)
        response: Any = refused.value.response
        assert (name, response["Error"]["Code"]) == (name, code)
        assert response["Error"]["Message"]


def test_lists_are_truthfully_empty(client: NewClient, store: SqlStore) -> None:
    caller = client(store)
    for name, member in (
        ("list_connectors", "items"),
        ("list_connector_scan_configurations", "scanConfigurations"),
        ("list_code_security_integrations", "integrations"),
        ("list_code_security_scan_configurations", "configurations"),
    ):
        assert getattr(caller, name)()[member] == []
        with pytest.raises(ClientError, match="Pagination token exception"):
            getattr(caller, name)(nextToken="nonsense")


def test_connectors_are_gone_at_once(client: NewClient, store: SqlStore) -> None:
    client(store).get_waiter("connector_deleted").wait()


def test_associations_fail_one_by_one(client: NewClient, store: SqlStore) -> None:
    caller = client(store)
    one = {"scanConfigurationArn": CONFIGURATION, "resource": PROJECT}
    for answer in (
        caller.batch_associate_code_security_scan_configuration(
            associateConfigurationRequests=[one]
        ),
        caller.batch_disassociate_code_security_scan_configuration(
            disassociateConfigurationRequests=[one]
        ),
    ):
        (failed,) = answer["failedAssociations"]
        assert failed["statusCode"] == "SCAN_CONFIGURATION_NOT_FOUND"
        assert {name: failed[name] for name in one} == one
        assert answer["successfulAssociations"] == []


def test_the_reference_says_so() -> None:
    notes = NOTES["inspector2"]
    assert notes["CreateConnector"].support is Support.REFUSED
    assert notes["ListConnectors"].support is Support.EMPTY
