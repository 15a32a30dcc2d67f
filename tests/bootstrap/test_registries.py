"""Who we are at Amazon's registry."""

import base64

import pytest

from tests.simulators.aws_wire import Reply, Wire, error, ok
from vedette.bootstrap import registries
from vedette.bootstrap.registries import ecr_credentials
from vedette.clients.oci import Credentials
from vedette.errors import SourceError

_TOKEN = base64.b64encode(b"AWS:hush").decode()


def test_a_token_is_a_user_and_a_password() -> None:
    wire = Wire()
    wire.says(
        "ecr.GetAuthorizationToken", ok({"authorizationData": [{"authorizationToken": _TOKEN}]})
    )
    found = ecr_credentials(wire.account().call, "111111111111", "eu-west-1")
    assert found == Credentials(user="AWS", password="hush")  # noqa: S106 - not one
    (asked,) = wire.asked("ecr.GetAuthorizationToken")
    assert "111111111111" in str(asked.body)


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (error("AccessDeniedException"), "AccessDenied"),
        (ok({"authorizationData": []}), "length"),
        (
            ok({"authorizationData": [{"authorizationToken": "%"}]}),
            "base64|Incorrect padding|Only base64",
        ),
    ],
)
def test_no_token_is_an_error_with_its_reason(reply: Reply, reason: str) -> None:
    wire = Wire()
    wire.says("ecr.GetAuthorizationToken", reply)
    with pytest.raises(SourceError, match=f"111111111111 in eu-west-1: .*({reason})"):
        ecr_credentials(wire.account().call, "111111111111", "eu-west-1")


@pytest.mark.parametrize(
    ("host", "is_ecr"),
    [
        ("111111111111.dkr.ecr.eu-west-1.amazonaws.com", True),
        ("111111111111.dkr.ecr-fips.us-east-1.amazonaws.com", True),
        ("111111111111.dkr.ecr.cn-north-1.amazonaws.com.cn", True),
        ("111111111111.dkr.ecr.eu-west-1.amazonaws.com.example.org", False),
        ("ghcr.io", False),
    ],
)
def test_which_hosts_are_amazon_s(host: str, *, is_ecr: bool) -> None:
    assert bool(registries._ECR.fullmatch(host)) is is_ecr
