"""Every operation, every paginator and every waiter by an SDK of 2025, the AWS CLI and the JavaScript SDK, against a served store.

Each client knows the operations of its own model. What it is answered it has read by that model; what it is refused is an
error that the model has.
"""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.api.asking import PAGED, everything, timed
from tests.e2e.api.clients import node_with, python_with
from tests.e2e.api.conftest import REGION, SESSION, Server
from vedette.api.service_model import load_service

pytestmark = pytest.mark.loopback

_SECONDS = 120
_OPERATIONS = frozenset(load_service("inspector2").operations)
_ON_DEMAND = frozenset({"GetOnDemandScanStatus", "ListOnDemandScans", "StartOnDemandScan"})
"""What only the newest models have."""
_PAGINATORS = frozenset(
    SESSION.get_paginator_model("inspector2")._paginator_config  # type: ignore[attr-defined] # has no other list
)
_OF_2026 = _ON_DEMAND | {name for name in _OPERATIONS if "Connector" in name}

_KNOWN = """
def known(value, shape):
    if shape.type_name == "structure":
        return {k: known(v, shape.members[k]) for k, v in value.items() if k in shape.members}
    if shape.type_name == "list":
        return [known(one, shape.member) for one in value]
    return value
"""
"""A request without what the client's model does not have yet."""

_BOTO3 = """
import base64, boto3, json, sys
from datetime import datetime
from botocore.exceptions import ClientError, WaiterError
def timed(value):
    if isinstance(value, dict):
        if "$bytes" in value:
            return base64.b64decode(value["$bytes"])
        return datetime.fromisoformat(value["$time"]) if "$time" in value else {k: timed(v) for k, v in value.items()}
    return [timed(one) for one in value] if isinstance(value, list) else value
client = boto3.client("inspector2", endpoint_url=sys.argv[1])
given = json.load(open(sys.argv[2]))
told = {"operations": {}, "paginators": {}, "waiters": {}}
def asked(call):
    try:
        call()
        return "ok"
    except ClientError as error:
        answer = error.response
        modelled = error.response["Error"]["Code"] in client.meta.service_model.shape_names
        return answer["Error"]["Code"] if modelled and answer["ResponseMetadata"]["HTTPStatusCode"] < 500 else repr(error)
    except Exception as error:
        return repr(error)
for name in client.meta.service_model.operation_names:
    shape = client.meta.service_model.operation_model(name).input_shape
    values = known(timed(given["operations"].get(name, {})), shape) if shape else {}
    method = {v: k for k, v in client.meta.method_to_api_mapping.items()}[name]
    told["operations"][name] = asked(lambda: getattr(client, method)(**values))
    if client.can_paginate(method):
        values = given["pages"].get(name, {})
        told["paginators"][name] = asked(lambda: client.get_paginator(method).paginate(**values).build_full_result())
for name in client.waiter_names:
    try:
        client.get_waiter(name).wait(WaiterConfig={"Delay": 0, "MaxAttempts": 1})
        told["waiters"][name] = "ok"
    except WaiterError:
        told["waiters"][name] = "not yet"
print(json.dumps(told))
"""

_JAVASCRIPT = """
const sdk = require("@aws-sdk/client-inspector2");
const fs = require("fs");
const [endpoint, region, path] = process.argv.slice(1);
const timed = (_key, value) =>
  value && value["$time"] ? new Date(value["$time"]) :
  value && value["$bytes"] ? Uint8Array.from(Buffer.from(value["$bytes"], "base64")) : value;
const given = JSON.parse(fs.readFileSync(path, "utf8"), timed);
const client = new sdk.Inspector2Client({endpoint, region, maxAttempts: 1});
const asked = async (call) => {
  try {
    await call();
    return "ok";
  } catch (error) {
    const modelled = error instanceof sdk.Inspector2ServiceException && error.name in sdk;
    return modelled && error.$metadata.httpStatusCode < 500 ? error.name : String(error.stack);
  }
};
(async () => {
  const told = {operations: {}, paginators: {}, waiters: {}};
  for (const command of Object.keys(sdk).filter((name) => /^[A-Z].*Command$/.test(name) && name !== "$Command")) {
    const name = command.slice(0, -"Command".length);
    told.operations[name] = await asked(() => client.send(new sdk[command](given.operations[name] || {})));
    const paginate = sdk["paginate" + name];
    if (paginate)
      told.paginators[name] = await asked(async () => {
        for await (const _page of paginate({client}, given.pages[name] || {}));
      });
  }
  for (const name of Object.keys(sdk).filter((name) => name.startsWith("waitUntil"))) {
    const waiting = {client, maxWaitTime: 0.5, minDelay: 0.1, maxDelay: 0.1};
    try {
      told.waiters[name.slice("waitUntil".length)] = (await sdk[name](waiting, {})).state;
    } catch (error) {
      told.waiters[name.slice("waitUntil".length)] = error.name;
    }
  }
  console.log(JSON.stringify(told));
})();
"""

_COMMAND_LINE = """
import contextlib, io, json, re, sys
from awscli.clidriver import create_clidriver
from botocore import xform_name
given = json.load(open(sys.argv[2]))
driver = create_clidriver()
model = driver.session.get_service_model("inspector2")
pages = driver.session.get_paginator_model("inspector2")._paginator_config
def asked(*words):
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            status = driver.main(["inspector2", *words, "--endpoint-url", sys.argv[1], "--output", "json"])
        except SystemExit as error:
            status = error.code
    if not status:
        return "ok"
    found = re.search(r"An error occurred [(](\\w+)[)] when calling", err.getvalue())
    return found[1] if found and found[1] in model.shape_names else err.getvalue()
told = {"operations": {}, "paginators": {}, "waiters": {}}
for name in model.operation_names:
    words = xform_name(name, "-")
    shape = model.operation_model(name).input_shape
    values = known(given["operations"].get(name, {}), shape) if shape else {}
    told["operations"][name] = asked(words, *(["--cli-input-json", json.dumps(values)] if shape else []))
    if name in pages:
        sized = ["--page-size", "1"] if pages[name].get("limit_key") else []
        values = json.dumps(given["pages"].get(name, {}))
        told["paginators"][name] = asked(words, *sized, "--cli-input-json", values)
print(json.dumps(told))
"""
"""The program `aws`, all commands in one process: it takes a second to start."""


def _told(command: list[str], server: Server, given: Path, cwd: Path | None = None) -> Any:
    done = subprocess.run(
        [*command, str(given)],
        env={**server.environment(), "AWS_MAX_ATTEMPTS": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=_SECONDS,
        cwd=cwd,
    )
    # what the tests beside this one need
    server.client().enable(resourceTypes=["EC2", "ECR", "LAMBDA"])
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def _given(folder: Path, *, tagged: bool) -> Path:
    path = folder / "given.json"
    asked = {"operations": everything("inspector2"), "pages": PAGED}
    path.write_text(json.dumps(timed(asked, tagged=tagged)))
    return path


def _modelled(told: dict[str, str]) -> dict[str, str]:
    """What was answered or refused as the model has it, apart from what was not."""
    shapes = load_service("inspector2").shapes
    return {name: what for name, what in told.items() if what != "ok" and what not in shapes}


def test_boto3_of_2025(server: Server, tmp_path: Path) -> None:
    python = str(python_with("boto3==1.40.61") / "python")
    told = _told([python, "-c", _KNOWN + _BOTO3, server.url], server, _given(tmp_path, tagged=True))
    assert set(told["operations"]) == _OPERATIONS - _OF_2026
    assert _modelled(told["operations"]) == {}
    assert _modelled(told["paginators"]) == {}
    assert set(told["paginators"]) == _PAGINATORS - _OF_2026
    assert told["waiters"] == {}


def test_javascript(server: Server, tmp_path: Path) -> None:
    folder = node_with("@aws-sdk/client-inspector2", "3.1085.0")
    node = shutil.which("node")
    assert node is not None
    command = [node, "-e", _JAVASCRIPT, server.url, REGION]
    told = _told(command, server, _given(tmp_path, tagged=True), folder)
    assert set(told["operations"]) == _OPERATIONS - _ON_DEMAND
    assert _modelled(told["operations"]) == {}
    assert _modelled(told["paginators"]) == {}
    assert set(told["paginators"]) == _PAGINATORS - _ON_DEMAND
    assert told["waiters"] == {
        "ConnectorConnected": "TimeoutError",
        "ConnectorDeleted": "SUCCESS",
        "ConnectorEnabled": "TimeoutError",
    }


def test_command_line(server: Server, tmp_path: Path) -> None:
    python = str(python_with("awscli==1.46.3") / "python")
    command = [python, "-c", _KNOWN + _COMMAND_LINE, server.url]
    told = _told(command, server, _given(tmp_path, tagged=False))
    assert set(told["operations"]) == _OPERATIONS - _ON_DEMAND
    assert _modelled(told["operations"]) == {}
    assert _modelled(told["paginators"]) == {}
    assert set(told["paginators"]) == _PAGINATORS - _ON_DEMAND
    assert told["waiters"] == {}
