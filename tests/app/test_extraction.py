"""What comes of a job travels as data, failures too."""

from pathlib import Path

import pytest

from vedette.app.inventories.extraction import outcome_from, outcome_of
from vedette.app.inventories.scratch import Scratch
from vedette.app.inventories.taken import FunctionJob, Workbench
from vedette.clients.aws import Account
from vedette.clients.http import HttpClient
from vedette.errors import ConfigError, ServiceError, SourceError
from vedette.model.arn import AccountId
from vedette.model.resource import ResourceRef, ResourceType

_JOB = FunctionJob(
    ref=ResourceRef(
        type=ResourceType.LAMBDA_FUNCTION,
        id="arn:aws:lambda:eu-west-1:111122223333:function:f:1",
        account=AccountId("111122223333"),
        region="eu-west-1",
    ),
    code_sha256="c2hh",
)


def _outcome(folder: Path, error: BaseException) -> object:
    def account(_: AccountId) -> Account:
        raise error

    with HttpClient() as http:
        bench = Workbench(account=account, scratch=Scratch(folder, http))
        return outcome_from(outcome_of(_JOB, bench))


def test_a_refusal_keeps_its_code(tmp_path: Path) -> None:
    refused = ServiceError("no", service="sts", operation="assume_role", code="AccessDenied")
    with pytest.raises(ServiceError) as found:
        _outcome(tmp_path, refused)
    assert (found.value.service, found.value.operation, found.value.code, found.value.reason) == (
        "sts",
        "assume_role",
        "AccessDenied",
        "no",
    )


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (SourceError("no zip"), "no zip"),
        (ConfigError("no place"), "no place"),
        (MemoryError(), "not enough memory"),
    ],
)
def test_other_failures_keep_their_words(tmp_path: Path, error: BaseException, reason: str) -> None:
    with pytest.raises(SourceError, match=reason):
        _outcome(tmp_path, error)
