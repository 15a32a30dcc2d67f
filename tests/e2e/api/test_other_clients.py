"""An SDK of 2025, the AWS CLI and the JavaScript SDK, unchanged, against a served store."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.api.operations import found
from tests.e2e.api.clients import node_with, python_with
from tests.e2e.api.conftest import REGION, Server

pytestmark = pytest.mark.loopback

_SECONDS = 60
_FILTER = f"arn:aws:inspector2:{REGION}:{found.ACCOUNT}:owner/{found.ACCOUNT}/filter/"

_BOTO3 = """
import boto3, json, os, sys
client = boto3.client("inspector2", endpoint_url=sys.argv[1])
pages = client.get_paginator("list_findings").paginate(PaginationConfig={"PageSize": 1})
findings = pages.build_full_result()["findings"]
arn = client.create_filter(name=sys.argv[2], action="NONE", filterCriteria={}, tags={"team": "a/b"})["arn"]
client.update_filter(filterArn=arn, description="changed")
filters = client.list_filters(arns=[arn])["filters"]
client.delete_filter(arn=arn)
try:
    client.list_findings(filterCriteria={"severity": [{"comparison": "EQUALS", "value": "X" * 2000}]})
    refused = ""
except client.exceptions.ValidationException as error:
    refused = error.response["reason"]
print(json.dumps({
    "findings": len(findings),
    "observed": findings[0]["firstObservedAt"].year > 2000,
    "filter": [filters[0]["name"], filters[0]["description"], filters[0]["tags"]],
    "refused": refused,
    "coverage": len(client.list_coverage()["coveredResources"]) > 0,
    "status": client.batch_get_account_status()["accounts"][0]["state"]["status"],
    "configuration": "ecrConfiguration" in client.get_configuration(),
    "details": len(client.batch_get_finding_details(findingArns=[findings[0]["findingArn"]])["findingDetails"]),
    "usage": "totals" in client.list_usage_totals(),
    "members": client.list_members()["members"] != None,
}))
"""

_JAVASCRIPT = """
const sdk = require("@aws-sdk/client-inspector2");
const [endpoint, region, name] = process.argv.slice(1);
const client = new sdk.Inspector2Client({endpoint, region});
const send = (command, input = {}) => client.send(new sdk[command + "Command"](input));
(async () => {
  const findings = [];
  for await (const page of sdk.paginateListFindings({client, pageSize: 1}, {}))
    findings.push(...page.findings);
  const {arn} = await send("CreateFilter",
    {name, action: "NONE", filterCriteria: {}, tags: {team: "a/b"}});
  await send("UpdateFilter", {filterArn: arn, description: "changed"});
  const [filter] = (await send("ListFilters", {arns: [arn]})).filters;
  await send("DeleteFilter", {arn});
  const value = "X".repeat(2000);
  let refused = "";
  try {
    await send("ListFindings", {filterCriteria: {severity: [{comparison: "EQUALS", value}]}});
  } catch (error) {
    if (error instanceof sdk.ValidationException) refused = error.reason;
  }
  console.log(JSON.stringify({
    findings: findings.length,
    observed: findings[0].firstObservedAt.getFullYear() > 2000,
    filter: [filter.name, filter.description, filter.tags],
    refused,
    coverage: (await send("ListCoverage")).coveredResources.length > 0,
    status: (await send("BatchGetAccountStatus")).accounts[0].state.status,
    configuration: "ecrConfiguration" in await send("GetConfiguration"),
    details: (await send("BatchGetFindingDetails",
      {findingArns: [findings[0].findingArn]})).findingDetails.length,
    usage: "totals" in await send("ListUsageTotals"),
    members: (await send("ListMembers")).members !== undefined,
  }));
})();
"""

_COMMAND_LINE = """
import contextlib, io, json, sys
from awscli.clidriver import create_clidriver
texts = []
for words in json.loads(sys.argv[2]):
    with contextlib.redirect_stdout(io.StringIO()) as out:
        status = create_clidriver().main(
            ["inspector2", *words, "--endpoint-url", sys.argv[1], "--output", "json"])
    if status:
        sys.exit(f"{words}: exit status {status}")
    texts.append(out.getvalue())
print(json.dumps(texts))
"""
"""The program `aws`, all commands in one process: it takes a second to start."""


def _ran(command: list[str], server: Server, cwd: Path | None = None) -> str:
    done = subprocess.run(
        command,
        env=server.environment(),
        capture_output=True,
        text=True,
        check=False,
        timeout=_SECONDS,
        cwd=cwd,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def _expected(server: Server, name: str) -> dict[str, Any]:
    client = server.client()
    findings = client.get_paginator("list_findings").paginate().build_full_result()
    client.enable(resourceTypes=["EC2", "ECR", "LAMBDA"], clientToken=name or "cli")
    return {
        "findings": len(findings["findings"]),
        "observed": True,
        "filter": [name, "changed", {"team": "a/b"}],
        "refused": "FIELD_VALIDATION_FAILED",
        "coverage": True,
        "status": "ENABLED",
        "configuration": True,
        "details": 1,
        "usage": True,
        "members": True,
    }


def test_boto3_of_2025(server: Server) -> None:
    python = str(python_with("boto3==1.40.61") / "python")
    expected = _expected(server, "by-boto3")
    told = json.loads(_ran([python, "-c", _BOTO3, server.url, "by-boto3"], server))
    assert told == expected


def test_javascript(server: Server) -> None:
    folder = node_with("@aws-sdk/client-inspector2", "3.1085.0")
    node = shutil.which("node")
    assert node is not None
    command = [node, "-e", _JAVASCRIPT, server.url, REGION, "by-javascript"]
    expected = _expected(server, "by-javascript")
    assert json.loads(_ran(command, server, folder)) == expected


def _commands(filter_arn: str, finding_arn: str) -> list[list[str]]:
    tags = ["--tags", "team=a/b"]
    return [
        ["list-findings", "--page-size", "1"],
        ["create-filter", "--name", "by-cli", "--action", "NONE", "--filter-criteria", "{}", *tags],
        ["list-filters", "--action", "NONE", "--query", "filters[?name=='by-cli']"],
        ["update-filter", "--filter-arn", filter_arn, "--description", "changed"],
        ["list-filters", "--arns", filter_arn],
        ["delete-filter", "--arn", filter_arn],
        ["list-coverage"],
        ["batch-get-account-status"],
        ["get-configuration"],
        ["batch-get-finding-details", "--finding-arns", finding_arn],
        ["list-usage-totals"],
    ]


def test_command_line(server: Server) -> None:
    python = str(python_with("awscli==1.46.3") / "python")
    client = server.client()
    expected = _expected(server, "")
    finding = client.list_findings(maxResults=1)["findings"][0]["findingArn"]
    saved = client.create_filter(name="of-cli", action="NONE", filterCriteria={})["arn"]
    given = json.dumps(_commands(saved, finding))
    answers = [
        json.loads(text) if text.strip() else {}
        for text in json.loads(_ran([python, "-c", _COMMAND_LINE, server.url, given], server))
    ]
    assert len(answers[0]["findings"]) == expected["findings"]
    assert answers[1]["arn"].startswith(_FILTER)
    assert [one["tags"] for one in answers[2]] == [{"team": "a/b"}]
    assert answers[3] == {"arn": saved}
    assert [one["description"] for one in answers[4]["filters"]] == ["changed"]
    assert answers[5] == {"arn": saved}
    assert answers[6]["coveredResources"]
    assert answers[7]["accounts"][0]["state"]["status"] == "ENABLED"
    assert "ecrConfiguration" in answers[8]
    assert len(answers[9]["findingDetails"]) == 1
    assert "totals" in answers[10]
    client.delete_filter(arn=answers[1]["arn"])
