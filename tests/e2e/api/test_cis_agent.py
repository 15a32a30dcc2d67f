"""CIS results from the schedule to the report, by agents on a machine that ask a served store over HTTP."""

import base64
import csv
import io
import uuid
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.api.operations import estate
from tests.e2e.api.conftest import SESSION, Server

pytestmark = pytest.mark.loopback

# of the estate's instances this Region's clients see those of theirs alone
_REGION = "us-east-1"
_RULES = 120


def _client(server: Server) -> Any:
    return SESSION.create_client(
        "inspector2",
        region_name=_REGION,
        endpoint_url=server.url,
        aws_access_key_id=server.admin.key,
        aws_secret_access_key=server.admin.secret,
    )


def _report(client: Any, job: str, token: str) -> None:
    """What an agent does: begin, say that it lives, send what it has found in parts, end."""
    client.start_cis_session(scanJobId=job, message={"sessionToken": token})
    client.send_cis_session_health(scanJobId=job, sessionToken=token)
    checks = [
        {
            "ruleId": f"1.{number // 10}.{number % 10}",
            "status": "FAILED" if number % 4 == 0 else "PASSED",
            "cisRuleDetails": f"check {number}".encode(),
        }
        for number in range(_RULES)
    ]
    for at in range(0, _RULES, 50):
        client.send_cis_session_telemetry(
            scanJobId=job, sessionToken=token, messages=checks[at : at + 50]
        )
    client.stop_cis_session(
        scanJobId=job,
        sessionToken=token,
        message={
            "status": "SUCCESS",
            "progress": {
                "totalChecks": _RULES,
                "successfulChecks": _RULES * 3 // 4,
                "failedChecks": _RULES // 4,
            },
            "computePlatform": {"vendor": "Amazon", "product": "Amazon Linux", "version": "2023"},
        },
    )


def test_from_the_schedule_to_the_report(server: Server) -> None:
    client = _client(server)
    configuration = client.create_cis_scan_configuration(
        scanName="by-agents",
        securityLevel="LEVEL_1",
        schedule={"oneTime": {}},
        targets={"accountIds": ["SELF"], "targetResourceTags": {"env": ["prod"]}},
    )["scanConfigurationArn"]
    instance = estate.INSTANCE.ref.id
    job = str(uuid.uuid5(uuid.NAMESPACE_URL, f"{configuration}/{instance}"))
    stranger = str(uuid.uuid5(uuid.NAMESPACE_URL, f"{configuration}/i-0000000000000dead"))
    token = str(uuid.uuid4())
    with pytest.raises(ClientError) as refused:
        client.start_cis_session(scanJobId=stranger, message={"sessionToken": token})
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] < 500
    _report(client, job, token)
    with pytest.raises(ClientError):
        client.send_cis_session_health(scanJobId=job, sessionToken=token)  # it is over

    named = [{"comparison": "EQUALS", "value": configuration}]
    criteria = {"scanConfigurationArnFilters": named}
    (scan,) = client.list_cis_scans(filterCriteria=criteria)["scans"]
    assert (scan["status"], scan["failedChecks"], scan["totalChecks"]) == (
        "COMPLETED",
        _RULES // 4,
        _RULES,
    )
    pages = client.get_paginator("get_cis_scan_result_details").paginate(
        scanArn=scan["scanArn"],
        targetResourceId=instance,
        accountId=estate.ADMIN,
        PaginationConfig={"PageSize": 50},
    )
    details = list(pages.search("scanResultDetails[]"))
    assert len(details) == _RULES
    assert {one["status"] for one in details} == {"FAILED", "PASSED"}
    report = client.get_cis_scan_report(scanArn=scan["scanArn"], reportFormat="CSV")
    kind, _, data = report["url"].partition(",")
    assert (report["status"], kind) == ("SUCCEEDED", "data:text/csv;charset=utf-8;base64")
    rows = list(csv.DictReader(io.StringIO(base64.b64decode(data).decode())))
    assert len(rows) >= _RULES
    client.delete_cis_scan_configuration(scanConfigurationArn=configuration)
