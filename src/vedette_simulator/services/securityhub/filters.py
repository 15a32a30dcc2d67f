"""`GetFindings`' filters: within one field any positive and every negative comparison must hold; fields are joined by and."""

from collections.abc import Callable, Iterable, Mapping

from vedette_simulator.errors import AwsError
from vedette_simulator.wire import Fields

Values = Callable[[Fields], Iterable[str]]


def _field(*path: str) -> Values:
    def values(finding: Fields) -> Iterable[str]:
        found: object = finding
        for name in path:
            found = found.get(name) if isinstance(found, dict) else None
        return () if found is None else (str(found),)

    return values


_STRINGS: Mapping[str, Values] = {
    "AwsAccountId": _field("AwsAccountId"),
    "CompanyName": _field("CompanyName"),
    "Description": _field("Description"),
    "GeneratorId": _field("GeneratorId"),
    "Id": _field("Id"),
    "ProductArn": _field("ProductArn"),
    "ProductName": _field("ProductName"),
    "RecordState": _field("RecordState"),
    "Region": _field("Region"),
    "ResourceId": lambda finding: (resource["Id"] for resource in finding["Resources"]),
    "ResourceType": lambda finding: (resource["Type"] for resource in finding["Resources"]),
    "SeverityLabel": _field("Severity", "Label"),
    "Title": _field("Title"),
    "Type": lambda finding: finding.get("Types", ()),
    "WorkflowStatus": _field("Workflow", "Status"),
}
_DATES = ("CreatedAt", "UpdatedAt", "FirstObservedAt", "LastObservedAt")
_NEGATIVE = {"NOT_EQUALS", "PREFIX_NOT_EQUALS", "NOT_CONTAINS"}
_TESTS: Mapping[str, Callable[[str, str], bool]] = {
    "EQUALS": lambda value, wanted: value == wanted,
    "PREFIX": lambda value, wanted: value.startswith(wanted),
    "CONTAINS": lambda value, wanted: wanted in value,
    "NOT_EQUALS": lambda value, wanted: value != wanted,
    "PREFIX_NOT_EQUALS": lambda value, wanted: not value.startswith(wanted),
    "NOT_CONTAINS": lambda value, wanted: wanted not in value,
}


def selects(filters: Mapping[str, list[Fields]], finding: Fields) -> bool:
    """Whether a finding passes all filters.

    Raises:
        AwsError: a filter that this simulator does not know; none is ignored.
    """
    return all(_passes(field, comparisons, finding) for field, comparisons in filters.items())


def _passes(field: str, comparisons: list[Fields], finding: Fields) -> bool:
    if field in _DATES:
        return any(_within(str(finding.get(field, "")), item) for item in comparisons)
    if field not in _STRINGS:
        raise AwsError("InvalidInputException", f"The simulator does not filter by {field}.", 400)
    values = tuple(_STRINGS[field](finding))
    positive = [item for item in comparisons if item["Comparison"] not in _NEGATIVE]
    negative = [item for item in comparisons if item["Comparison"] in _NEGATIVE]
    return (not positive or any(_holds(item, values, any) for item in positive)) and all(
        _holds(item, values, all) for item in negative
    )


def _holds(item: Fields, values: tuple[str, ...], of: Callable[[Iterable[bool]], bool]) -> bool:
    test = _TESTS.get(item["Comparison"])
    if test is None:
        raise AwsError(
            "InvalidInputException", f"The simulator does not compare by {item['Comparison']}.", 400
        )
    return of(test(value, item["Value"]) for value in values)


def _within(value: str, item: Fields) -> bool:
    if "DateRange" in item:
        raise AwsError("InvalidInputException", "The simulator does not filter by DateRange.", 400)
    return str(item.get("Start", "")) <= value <= str(item.get("End", "9999"))
