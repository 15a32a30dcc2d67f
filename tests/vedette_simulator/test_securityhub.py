"""Security Hub: findings are checked, kept, found again and changed."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.vedette_simulator.conftest import Aws, refusal
from vedette_simulator.services.securityhub.asff import fault_of
from vedette_simulator.world import Place

PRODUCT = "arn:aws:securityhub:eu-central-1:333333333333:product/333333333333/default"


def _finding(number: int = 1, **given: Any) -> dict[str, Any]:
    return {
        "SchemaVersion": "2018-10-08",
        "Id": f"arn:aws:inspector2:eu-central-1:333333333333:finding/{number:032x}",
        "ProductArn": PRODUCT,
        "GeneratorId": "vedette",
        "AwsAccountId": "333333333333",
        "Types": ["Software and Configuration Checks/Vulnerabilities/CVE"],
        "CreatedAt": "2026-01-01T00:00:00Z",
        "UpdatedAt": "2026-01-02T00:00:00.000Z",
        "Severity": {"Label": "HIGH"},
        "Title": f"CVE-2024-{number:04} - openssl",
        "Description": "A description.",
        "Resources": [{"Type": "AwsEc2Instance", "Id": f"i-{number}"}],
    } | given


@pytest.mark.loopback
def test_findings_are_kept_and_found_again(aws: Aws) -> None:
    hub = aws("securityhub", "data")
    answer = hub.batch_import_findings(
        Findings=[
            _finding(number, Severity={"Label": "LOW" if number % 2 else "HIGH"})
            for number in range(1, 8)
        ]
    )
    assert (answer["SuccessCount"], answer["FailedCount"], answer["FailedFindings"]) == (7, 0, [])

    def titles(**filters: Any) -> list[str]:
        pages = hub.get_paginator("get_findings").paginate(
            Filters={"GeneratorId": [{"Value": "vedette", "Comparison": "EQUALS"}], **filters},
            PaginationConfig={"PageSize": 2},
        )
        return sorted(finding["Title"][9:13] for page in pages for finding in page["Findings"])

    assert titles() == ["0001", "0002", "0003", "0004", "0005", "0006", "0007"]
    assert titles(SeverityLabel=[{"Value": "HIGH", "Comparison": "EQUALS"}]) == [
        "0002",
        "0004",
        "0006",
    ]
    assert titles(Title=[{"Value": "CVE-2024-0003", "Comparison": "PREFIX"}]) == ["0003"]
    assert titles(
        ResourceId=[
            {"Value": "i-1", "Comparison": "EQUALS"},
            {"Value": "i-2", "Comparison": "EQUALS"},
        ]
    ) == ["0001", "0002"]
    assert titles(
        ResourceId=[{"Value": f"i-{number}", "Comparison": "NOT_EQUALS"} for number in range(1, 7)]
    ) == ["0007"]
    assert (
        titles(UpdatedAt=[{"Start": "2027-01-01T00:00:00Z", "End": "2028-01-01T00:00:00Z"}]) == []
    )
    assert titles(RecordState=[{"Value": "ARCHIVED", "Comparison": "EQUALS"}]) == []
    assert titles(ProductName=[{"Value": "Default", "Comparison": "EQUALS"}])[:1] == ["0001"]


@pytest.mark.loopback
def test_an_update_keeps_what_the_customer_set(aws: Aws) -> None:
    hub = aws("securityhub", "data")
    identifier = {"Id": _finding(50)["Id"], "ProductArn": PRODUCT}
    wanted = {"Id": [{"Value": identifier["Id"], "Comparison": "EQUALS"}]}
    hub.batch_import_findings(Findings=[_finding(50)])
    changed = hub.batch_update_findings(
        FindingIdentifiers=[identifier, identifier | {"Id": "nothing"}],
        Workflow={"Status": "SUPPRESSED"},
        Note={"Text": "known", "UpdatedBy": "somebody"},
    )
    assert changed["ProcessedFindings"] == [identifier]
    assert [item["ErrorCode"] for item in changed["UnprocessedFindings"]] == ["FindingNotFound"]
    later = {"UpdatedAt": "2099-01-01T00:00:00Z", "RecordState": "ARCHIVED", "Title": "later"}
    hub.batch_import_findings(Findings=[_finding(50, **later)])
    found = hub.get_findings(Filters=wanted)["Findings"][0]
    assert (found["Workflow"], found["Note"]["Text"], found["RecordState"], found["Title"]) == (
        {"Status": "SUPPRESSED"},
        "known",
        "ARCHIVED",
        "later",
    )
    # an older one changes nothing
    assert hub.batch_import_findings(Findings=[_finding(50)])["SuccessCount"] == 1
    assert hub.get_findings(Filters=wanted)["Findings"][0]["Title"] == "later"


@pytest.mark.loopback
def test_severity_may_come_from_the_provider_fields(aws: Aws) -> None:
    hub = aws("securityhub", "data")
    finding = _finding(60)
    provided = {"Severity": finding.pop("Severity"), "Types": finding.pop("Types")}
    hub.batch_import_findings(Findings=[finding | {"FindingProviderFields": provided}])
    found = hub.get_findings(Filters={"Id": [{"Value": finding["Id"], "Comparison": "EQUALS"}]})[
        "Findings"
    ][0]
    assert found["Severity"]["Label"] == "HIGH"
    assert found["FindingProviderFields"] == provided


@pytest.mark.loopback
def test_a_bad_finding_fails_alone(aws: Aws) -> None:
    answer = aws("securityhub", "data").batch_import_findings(
        Findings=[_finding(70), _finding(71, AwsAccountId="222222222222")]
    )
    assert (answer["SuccessCount"], answer["FailedCount"]) == (1, 1)
    failed = answer["FailedFindings"][0]
    assert (failed["Id"], failed["ErrorCode"]) == (_finding(71)["Id"], "InvalidInput")
    assert "AwsAccountId" in failed["ErrorMessage"]


@pytest.mark.loopback
def test_what_it_does_not_do_it_says(aws: Aws) -> None:
    hub = aws("securityhub", "data")
    for filters in ({"NetworkProtocol": [{"Value": "TCP", "Comparison": "EQUALS"}]},):
        hub.batch_import_findings(Findings=[_finding(80)])
        with pytest.raises(ClientError) as error:
            hub.get_findings(Filters=filters)
        assert refusal(error) == ("InvalidInputException", 400)
    with pytest.raises(ClientError) as error:
        hub.batch_import_findings(Findings=[_finding(number) for number in range(101)])
    assert refusal(error)[0] == "InvalidInputException"


@pytest.mark.loopback
def test_the_hub_is_on_where_the_estate_says_so(aws: Aws) -> None:
    assert aws("securityhub", "data").describe_hub()["HubArn"] == (
        "arn:aws:securityhub:eu-central-1:333333333333:hub/default"
    )
    with pytest.raises(ClientError) as error:
        aws("securityhub", "data").enable_security_hub()
    assert refusal(error) == ("ResourceConflictException", 409)
    sandbox = aws("securityhub", "sandbox")
    with pytest.raises(ClientError) as error:
        sandbox.get_findings()
    assert refusal(error) == ("InvalidAccessException", 401)
    sandbox.enable_security_hub()
    assert sandbox.get_findings()["Findings"] == []
    sandbox.disable_security_hub()


@pytest.mark.parametrize(
    ("given", "word"),
    [
        ({"SchemaVersion": "2019-01-01"}, "SchemaVersion"),
        ({"Id": ""}, "'Id'"),
        ({"Id": "x" * 513}, "Id"),
        ({"Title": "x" * 257}, "Title"),
        ({"Description": "x" * 1025}, "Description"),
        ({"ProductArn": PRODUCT.replace("default", "other")}, "ProductArn"),
        ({"Resources": []}, "'Resources'"),
        ({"Resources": [{"Type": "Other"}]}, "'Id'"),
        ({"Resources": [{"Type": "Other", "Id": "x"}] * 33}, "Resources"),
        ({"CreatedAt": "yesterday"}, "CreatedAt"),
        ({"LastObservedAt": "2026-01-01"}, "LastObservedAt"),
        ({"Types": []}, "'Types'"),
        ({"Types": ["Vulnerabilities"]}, "Types"),
        ({"Types": ["TTPs/a/b/c"]}, "Types"),
        ({"Types": ["TTPs"] * 51}, "Types"),
        ({"Severity": {}}, "'Severity'"),
        ({"Severity": {"Product": 1.0}}, "Label or Normalized"),
        ({"Severity": {"Label": "SEVERE"}}, "Severity.Label"),
        ({"Severity": {"Normalized": 101}}, "Severity.Normalized"),
        ({"RecordState": "GONE"}, "RecordState"),
        ({"Vulnerabilities": [{"Id": ""}]}, "Vulnerabilities[0]"),
        ({"Remediation": {"Recommendation": {"Text": "x" * 513}}}, "Remediation"),
        ({"Note": {"Text": "x" * 250_000}}, "240 KB"),
    ],
)
def test_each_rule_of_the_format(given: dict[str, Any], word: str) -> None:
    place = Place(account="333333333333", region="eu-central-1")
    assert fault_of(_finding(), place) is None
    assert word in (fault_of(_finding(**given), place) or "")
