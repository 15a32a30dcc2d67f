"""`aws discover`, `evaluate`, `findings` and `coverage` against the simulated estate, and the whole demo."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from vedette_simulator.process import Simulator, start

pytestmark = pytest.mark.loopback

HOME = "eu-central-1"


@pytest.fixture(scope="module")
def simulator() -> Iterator[Simulator]:
    with start() as running:
        yield running


@pytest.fixture
def cloud(simulator: Simulator, run: Run, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Commands with the environment that an administrator of the simulated Organization has."""
    keys = simulator.credentials()
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", keys["aws_access_key_id"])
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", keys["aws_secret_access_key"])
    monkeypatch.setenv("AWS_ENDPOINT_URL", simulator.endpoint)
    monkeypatch.setenv("AWS_REGION", HOME)
    return run


def test_discover_lists_what_there_is_and_what_cannot_be_seen(cloud: Run) -> None:
    result = cloud("aws", "discover", "--format", "json")
    document = json.loads(result.stdout)

    assert result.exit_code == 3
    assert document["accounts"] == ["111111111111", "222222222222", "333333333333"]
    assert len(document["resources"]) == 12
    assert [failure["account"] for failure in document["failures"]] == ["444444444444"]


def test_discover_by_account_and_tag(cloud: Run) -> None:
    result = cloud("aws", "discover", "--account", "333333333333", "--tag", "role=database")
    lines = result.stdout.splitlines()
    assert result.exit_code == 0
    assert lines[-1] == "1 resources in 1 accounts"
    assert "role=database" in lines[1]


def test_a_recording_is_what_reach_reads(cloud: Run, tmp_path: Path) -> None:
    folder = str(tmp_path / "recorded")
    only = ("--account", "222222222222")
    recorded = cloud("aws", "record", folder, *only, "--format", "json")
    document = json.loads(recorded.stdout)
    assert (recorded.exit_code, document["stood"]) == (0, 0)
    assert document["places"] == [
        {"account": "222222222222", "region": HOME, "partition": "aws"},
    ]
    again = cloud("aws", "record", folder, *only, "--resume")
    assert again.stdout == (
        f"0 answers of 1 places in {folder}, {document['written']} stood there already\n"
    )
    reached = json.loads(cloud("reach", "--snapshot", folder, "--format", "json").stdout)
    assert {one["resource"] for one in reached["exposures"]}


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--tag", "=x"), "not a tag"),
        (("--account", "42"), "not an AWS account id"),
    ],
)
def test_options_that_make_no_sense(
    options: tuple[str, ...], told: str, cloud: Run, run_main: Run
) -> None:
    del cloud
    result = run_main("aws", "discover", *options)
    assert result.exit_code == 2
    assert told in result.stderr


def test_refused_credentials_are_a_clear_error(
    cloud: Run, run_main: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    del cloud
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAUNKNOWN000000000")
    result = run_main("evaluate")
    assert result.exit_code == 2
    assert result.stderr.splitlines()[-1].startswith("vedette: sts:get_caller_identity: ")
    assert "Traceback" not in result.stderr


def test_a_pass_and_what_it_left_behind(cloud: Run) -> None:
    first = cloud("evaluate", "--sink", "security-hub", "--sink", "eventbridge", "--format", "json")
    document = json.loads(first.stdout)
    assert first.exit_code == 3  # one account cannot be entered
    assert document["schema"] == "vedette-pass/1"
    assert document["pass"]["opened"] == document["pass"]["active"] > 200
    assert {one["sink"]: one["delivered"] for one in document["deliveries"]} == {
        "security-hub": document["pass"]["active"],
        "eventbridge": document["pass"]["active"],
    }

    second = cloud("evaluate")
    assert re.search(
        r"inventories: 0 read, 10 unchanged, 2 without; 0 resources judged", second.stdout
    )
    assert re.search(r"findings: 0 opened, 0 updated, 0 closed", second.stdout)

    _check_lists(cloud)
    _check_coverage(cloud)


def _check_lists(cloud: Run) -> None:
    listed = json.loads(cloud("findings", "list", "--format", "json", "--limit", "5").stdout)
    risks = [finding["score"]["risk"] for finding in listed["findings"]]
    assert len(risks) == 5
    assert risks == sorted(risks, reverse=True)
    following = json.loads(
        cloud(
            "findings", "list", "--format", "json", "--limit", "5", "--after", listed["next"]
        ).stdout
    )
    ids = {finding["id"] for finding in listed["findings"]}
    assert not ids & {finding["id"] for finding in following["findings"]}

    network = cloud("findings", "list", "--type", "network").stdout
    assert "exposes port 22 to the internet (0.0.0.0/0)" in network
    critical = json.loads(
        cloud("findings", "list", "--severity", "critical", "--format", "json").stdout
    )
    assert {finding["severity"] for finding in critical["findings"]} == {"CRITICAL"}

    identifier = listed["findings"][0]["id"]
    shown = json.loads(cloud("findings", "show", identifier).stdout)
    assert shown == listed["findings"][0]
    explained = cloud("findings", "explain", identifier[:10]).stdout
    assert "risk:" in explained
    assert "what to do:" in explained


def _check_coverage(cloud: Run) -> None:
    result = cloud("coverage", "--format", "json")
    document = json.loads(result.stdout)
    assert result.exit_code == 3
    reasons = {row["reason"] for row in document["coverage"]}
    assert {"SUCCESSFUL", "UNMANAGED_EC2_INSTANCE", "EC2_INSTANCE_STOPPED"} <= reasons
    assert document["failures"][0]["account"] == "444444444444"
    table = cloud("coverage").stdout
    assert "Not looked at:" in table
    assert "AccessDenied" in table


def test_a_function_whose_runtime_has_ended(cloud: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VEDETTE_REGIONS", "us-east-1")
    cloud("evaluate")
    flaw = "EOL-aws-lambda-nodejs18.x"
    listed = cloud("findings", "list", "--vulnerability", flaw, "--format", "json").stdout
    (found,) = json.loads(listed)["findings"]
    assert found["key"]["resource"]["id"].endswith(":function:price-feed:$LATEST")
    assert found["severity"] == "HIGH"
    assert found["remediation"].startswith("Change the function's runtime from nodejs18.x")


def test_a_finding_that_is_not_there(run_main: Run) -> None:
    result = run_main("findings", "show", "0" * 32)
    assert result.exit_code == 2
    assert "there is no finding" in result.stderr


def test_a_token_of_another_list(cloud: Run, run_main: Run) -> None:
    del cloud
    result = run_main("findings", "list", "--after", "rubbish")
    assert result.exit_code == 2
    assert "token" in result.stderr


def test_the_demo_from_discovery_to_a_patched_instance(run: Run) -> None:
    result = run("demo")
    text = result.stdout

    assert result.exit_code == 0, text
    assert "judged with the starter set of" in text
    assert re.search(
        r"EC2 instance i-[0-9a-f]+ exposes port 22 to the internet \(0\.0\.0\.0/0\)", text
    )
    assert "known to be exploited since" in text
    assert "the queue security-team received: Inspector2 Finding" in text
    assert "inventories: 0 read, 10 unchanged, 2 without; 0 resources judged" in text
    assert re.search(r"i-[0-9a-f]+: Success", text)
    closed = re.findall(r"findings: \d+ opened, \d+ updated, (\d+) closed", text)
    assert [int(number) > 0 for number in closed] == [False, False, True]
    assert "export VEDETTE_STORE=sqlite:///" in text
    assert "credentials create --role reader --account 111111111111 --accounts all" in text
