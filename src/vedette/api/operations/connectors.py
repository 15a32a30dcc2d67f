"""Connectors to other clouds (Inspector2 API), of which there are none."""

from collections.abc import Mapping

from vedette.api.absent import none_of, refusing, without
from vedette.api.call import Handler, Note, Support

_WHY = "vedette looks into AWS alone: it has no connectors to other clouds"


HANDLERS: Mapping[str, Handler] = {
    "CreateConnector": refusing(_WHY),
    "DeleteConnector": without(lambda asked: f"The connector {asked['connectorArn']}"),
    "ListConnectorScanConfigurations": none_of("scanConfigurations"),
    "ListConnectors": none_of("items"),
    "UpdateConnector": without(lambda asked: f"The connector {asked['connectorArn']}"),
    "UpdateConnectorScanConfiguration": without(
        lambda asked: f"A scan configuration of {asked['awsConfigConnectorArn']}"
    ),
}

NOTES: Mapping[str, Note] = {
    name: Note(
        support=Support.EMPTY if name.startswith("List") else Support.REFUSED,
        why="other clouds than AWS are not looked into",
    )
    for name in HANDLERS
}
