"""`vedette findings export`: formats, filters, and where a report goes; `answer-config`."""

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import boto3
import pytest
from moto import mock_aws

from tests.cli.conftest import Run
from tests.findings.make import IMAGE, INSTANCE, NOW, exposure, finding, vulnerability
from tests.integrations.test_aws_config import event
from vedette.findings.lifecycle import Change
from vedette.integrations import REPORTS
from vedette.model.finding import FindingStatus, Reachable
from vedette.model.severity import Severity
from vedette.store.store import SqlStore

REGION: Literal["eu-west-1"] = "eu-west-1"


@pytest.fixture
def estate(run: Run, run_main: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    del run_main
    url = f"sqlite:///{tmp_path / 'store.db'}"
    monkeypatch.setenv("VEDETTE_STORE", url)
    monkeypatch.setenv("VEDETTE_REGIONS", REGION)
    with SqlStore.open(url) as store:
        store.save_resources([INSTANCE, IMAGE], looked_in=(), now=NOW)
        store.apply(
            Change(before=None, after=one)
            for one in (
                finding(severity=Severity.CRITICAL),
                finding(resource=IMAGE, severity=Severity.LOW),
                finding(vulnerability(id="CVE-2024-0002"), status=FindingStatus.SUPPRESSED),
                finding(Reachable(exposure=exposure())),
            )
        )
    return run


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "a")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "s")
    with mock_aws():
        boto3.client("s3", region_name=REGION).create_bucket(
            Bucket="reports", CreateBucketConfiguration={"LocationConstraint": REGION}
        )
        yield "reports"


def _rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_csv_of_what_is_active_is_the_default(estate: Run) -> None:
    result = estate("findings", "export")
    rows = _rows(result.stdout_bytes.decode())
    assert result.exit_code == 0
    assert {row["Status"] for row in rows} == {"ACTIVE"}
    assert sorted(row["Severity"] for row in rows) == ["CRITICAL", "HIGH", "LOW"]


@pytest.mark.parametrize("report", REPORTS, ids=lambda report: report.name)
def test_every_format_can_be_written(estate: Run, report: object, tmp_path: Path) -> None:
    name = getattr(report, "name", "")
    path = tmp_path / "report"
    result = estate("findings", "export", "--format", name, "--output", path)
    assert (result.exit_code, result.stdout) == (0, "")
    assert path.stat().st_size > 100


@pytest.mark.parametrize(
    ("options", "count"),
    [
        (("--status", "all"), 4),
        (("--status", "suppressed"), 1),
        (("--severity", "critical", "--severity", "low"), 2),
        (("--type", "network"), 1),
        (("--resource", IMAGE.ref.id), 1),
        (("--account", "999999999999"), 0),
        (("--vulnerability", "CVE-2024-0001"), 2),
    ],
)
def test_filters(estate: Run, options: tuple[str, ...], count: int) -> None:
    result = estate("findings", "export", "--format", "json", *options)
    assert len(json.loads(result.stdout)["findings"]) == count


def _criteria(tmp_path: Path, document: object) -> Path:
    path = tmp_path / "criteria.json"
    path.write_text(document if isinstance(document, str) else json.dumps(document))
    return path


def _equals(value: str) -> list[dict[str, str]]:
    return [{"comparison": "EQUALS", "value": value}]


@pytest.mark.parametrize(
    ("document", "options", "count"),
    [
        ({}, (), 3),
        ({"severity": _equals("CRITICAL")}, (), 1),
        ({"findingStatus": _equals("SUPPRESSED")}, (), 1),
        ({"findingStatus": _equals("SUPPRESSED")}, ("--status", "active"), 0),
        ({"vulnerabilityId": _equals("CVE-2024-0001")}, ("--severity", "low"), 1),
        ({"portRange": [{"beginInclusive": 20, "endInclusive": 25}]}, (), 1),
        ({"updatedAt": [{"startInclusive": NOW.timestamp() + 1}]}, (), 0),
    ],
)
def test_criteria_of_inspectors(
    estate: Run, tmp_path: Path, document: object, options: tuple[str, ...], count: int
) -> None:
    path = _criteria(tmp_path, document)
    result = estate("findings", "export", "--format", "json", "--filter", path, *options)
    assert result.exit_code == 0
    assert len(json.loads(result.stdout)["findings"]) == count


@pytest.mark.parametrize(
    ("document", "told"),
    [
        ("", "--filter"),
        ("[]", "--filter"),
        ("{" * 100_000, "--filter"),
        ({"severety": _equals("HIGH")}, "there is no criterion severety"),
        ({"severity": [{"comparison": "LIKE", "value": "x"}]}, "failed to satisfy constraint"),
        ({"severity": "HIGH"}, "filterCriteria.severity"),
    ],
)
def test_criteria_that_are_none(
    estate: Run, run_main: Run, tmp_path: Path, document: object, told: str
) -> None:
    del estate
    result = run_main("findings", "export", "--filter", _criteria(tmp_path, document))
    assert result.exit_code == 2
    assert told in result.stderr


def test_to_s3_with_a_key(estate: Run, bucket: str) -> None:
    key = "arn:aws:kms:eu-west-1:111122223333:key/1"
    result = estate(
        *("findings", "export", "--output", f"s3://{bucket}/a/b.csv"),
        *("--kms-key", key, "--bucket-region", REGION),
    )
    assert (result.exit_code, result.stdout) == (0, "")
    kept = boto3.client("s3", region_name=REGION).get_object(Bucket=bucket, Key="a/b.csv")
    assert len(_rows(kept["Body"].read().decode())) == 3
    assert (kept["SSEKMSKeyId"], kept["ContentType"]) == (
        key,
        "text/csv; charset=utf-8; header=present",
    )


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--output", "s3://reports/../x"), "climb"),
        (("--output", "s3://Reports/x"), "not a bucket's name"),
        (("--output", "/nonexistent/x"), "cannot be written"),
    ],
)
def test_places_that_are_none(
    estate: Run, run_main: Run, options: tuple[str, ...], told: str
) -> None:
    del estate
    result = run_main("findings", "export", *options)
    assert result.exit_code == 2
    assert told in result.stderr


def test_a_key_is_for_objects_only(estate: Run) -> None:
    result = estate("findings", "export", "--kms-key", "arn:aws:kms:eu-west-1:1:key/1")
    assert result.exit_code == 2
    assert "for objects in S3" in result.stderr


def test_config_is_answered(estate: Run, bucket: str, tmp_path: Path) -> None:
    del bucket
    path = tmp_path / "event.json"
    path.write_bytes(event())
    result = estate("findings", "answer-config", path, "--test")
    assert (result.exit_code, result.stdout) == (0, "0 comply, 1 do not, 1 never scanned\n")


def test_what_is_no_event_of_config_is_an_error(estate: Run, run_main: Run, tmp_path: Path) -> None:
    del estate
    path = tmp_path / "event.json"
    path.write_bytes(b"{}")
    result = run_main("findings", "answer-config", path)
    assert result.exit_code == 2
    assert "not an event of AWS Config" in result.stderr
