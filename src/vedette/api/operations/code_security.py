"""Source code in repositories (Inspector2 API, Code Security), of which nothing is scanned."""

from collections.abc import Callable, Mapping

from vedette.api.absent import none_of, refusing, without
from vedette.api.call import Call, Handler, Input, Note, Output, Support

_WHY = "vedette does not scan source code: it has no integrations with GitHub or GitLab"
_integration = without(lambda asked: f"The integration {asked['integrationArn']}")
_configuration = without(lambda asked: f"The scan configuration {asked['scanConfigurationArn']}")
_project = without(lambda asked: f"The project {asked['resource'].get('projectId')}")


def _failing(member: str) -> Callable[[Call, Input], Output]:
    def answer(_call: Call, asked: Input) -> Output:
        return {
            "failedAssociations": [
                {
                    "scanConfigurationArn": one["scanConfigurationArn"],
                    "resource": one["resource"],
                    "statusCode": "SCAN_CONFIGURATION_NOT_FOUND",
                    "statusMessage": f"There are no scan configurations: {_WHY}",
                }
                for one in asked[member]
            ],
            "successfulAssociations": [],
        }

    return answer


HANDLERS: Mapping[str, Handler] = {
    "BatchAssociateCodeSecurityScanConfiguration": _failing("associateConfigurationRequests"),
    "BatchDisassociateCodeSecurityScanConfiguration": _failing("disassociateConfigurationRequests"),
    "CreateCodeSecurityIntegration": refusing(_WHY),
    "CreateCodeSecurityScanConfiguration": refusing(_WHY),
    "DeleteCodeSecurityIntegration": _integration,
    "DeleteCodeSecurityScanConfiguration": _configuration,
    "GetCodeSecurityIntegration": _integration,
    "GetCodeSecurityScan": _project,
    "GetCodeSecurityScanConfiguration": _configuration,
    "ListCodeSecurityIntegrations": none_of("integrations"),
    "ListCodeSecurityScanConfigurationAssociations": _configuration,
    "ListCodeSecurityScanConfigurations": none_of("configurations"),
    "StartCodeSecurityScan": _project,
    "UpdateCodeSecurityIntegration": _integration,
    "UpdateCodeSecurityScanConfiguration": _configuration,
}

NOTES: Mapping[str, Note] = {
    name: Note(
        support=Support.EMPTY
        if name in {"ListCodeSecurityIntegrations", "ListCodeSecurityScanConfigurations"}
        else Support.REFUSED,
        why="source code is not scanned",
    )
    for name in HANDLERS
}
