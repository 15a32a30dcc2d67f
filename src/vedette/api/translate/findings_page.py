"""Orders and pages of findings in the words of the service model."""

from collections.abc import Iterable, Mapping
from typing import Any

from vedette.api.call import Call, Input, Output
from vedette.api.paging import seal, unseal, wrong_token
from vedette.errors import ConfigError
from vedette.findings.query import Sort, SortField
from vedette.integrations.inspector_finding import inspector_findings
from vedette.model.filter import All, Any as AnyOf, Filter, Text, TextField, TextOperator, TextTest
from vedette.model.finding import Finding

SORTS: Mapping[str, SortField] = {
    "AWS_ACCOUNT_ID": SortField.ACCOUNT_ID,
    "COMPONENT_TYPE": SortField.COMPONENT_TYPE,
    "ECR_IMAGE_PUSHED_AT": SortField.ECR_PUSHED_AT,
    "ECR_IMAGE_REGISTRY": SortField.ECR_REGISTRY,
    "ECR_IMAGE_REPOSITORY_NAME": SortField.ECR_REPOSITORY,
    "EPSS_SCORE": SortField.EPSS,
    "FINDING_STATUS": SortField.STATUS,
    "FINDING_TYPE": SortField.TYPE,
    "FIRST_OBSERVED_AT": SortField.FIRST_OBSERVED_AT,
    "INSPECTOR_SCORE": SortField.SCORE,
    "LAST_OBSERVED_AT": SortField.LAST_OBSERVED_AT,
    "NETWORK_PROTOCOL": SortField.PROTOCOL,
    "RESOURCE_TYPE": SortField.RESOURCE_TYPE,
    "SEVERITY": SortField.SEVERITY,
    "VENDOR_SEVERITY": SortField.VENDOR_SEVERITY,
    "VULNERABILITY_ID": SortField.VULNERABILITY_ID,
    "VULNERABILITY_SOURCE": SortField.VULNERABILITY_SOURCE,
}
_UNSORTED = Sort(field=SortField.FINDING_ID, descending=False)
"""Ids never change: who reads all pages gets every finding once, whatever happens to them meanwhile."""


def sort_of(criteria: Mapping[str, Any] | None) -> Sort:
    """The order asked for; by id where none is."""
    if not criteria:
        return _UNSORTED
    return Sort(field=SORTS[criteria["field"]], descending=criteria["sortOrder"] == "DESC")


def in_sight(call: Call, condition: Filter) -> Filter:
    """What of it the caller may see: in the Region asked, of their accounts."""
    parts: list[Filter] = [condition, _equals(TextField.REGION, call.region)]
    accounts = call.caller.accounts
    if accounts is not None:
        owned = tuple(_equals(TextField.ACCOUNT_ID, account) for account in sorted(accounts))
        parts.append(AnyOf(parts=owned))
    return All(parts=tuple(parts))


def listed(call: Call, asked: Input, condition: Filter, limit: int) -> Output:
    """A page of findings.

    Raises:
        ApiError: where the token is of another list.
    """
    try:
        page = call.services.store.list(
            in_sight(call, condition),
            sort=sort_of(asked.get("sortCriteria")),
            limit=limit,
            after=unseal(call, asked),
        )
    except ConfigError:
        raise wrong_token("it is not one of this list") from None
    answer: Output = {"findings": whole(call, page.findings)}
    if page.next is not None:
        answer["nextToken"] = seal(call, asked, page.next)
    return answer


def whole(call: Call, findings: Iterable[Finding]) -> list[Output]:
    """Findings with their resources."""
    several = tuple(findings)
    resources = call.services.store.resources_of({one.key.resource for one in several})
    return inspector_findings(several, resources, partition=call.partition)


def _equals(field: TextField, value: str) -> Filter:
    return Text(field=field, test=TextTest(operator=TextOperator.EQUALS, value=value))
