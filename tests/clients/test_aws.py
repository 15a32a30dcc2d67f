"""AWS over real botocore: pages, refusals, nonsense, and accounts behind roles."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs

import botocore.exceptions
import pytest

from tests.simulators.aws_wire import (
    Reply,
    Wire,
    error,
    ok,
    query_error,
    rest_error,
    xml,
    xml_error,
)
from vedette.clients import aws
from vedette.clients.aws import Account, AwsSettings, connect, translated
from vedette.errors import ServiceError
from vedette.model.arn import AccountId

OTHER = AccountId("222222222222")
INFORMATION = "describe_instance_information"
WIRE_INFORMATION = "ssm.DescribeInstanceInformation"


@pytest.fixture(autouse=True)
def _no_ambient_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL", "AWS_DEFAULT_REGION", "AWS_REGION"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("botocore.endpoint.time.sleep", lambda _: None)


@pytest.fixture
def wire() -> Wire:
    return Wire()


def _listed(account: Account) -> list[object]:
    return account.listing("ssm", INFORMATION, "InstanceInformationList")


def test_a_call_goes_to_the_region_and_is_ours(wire: Wire) -> None:
    wire.says("ssm.GetCommandInvocation", ok({"Status": "Success"}))
    account = wire.account()
    for region in (None, "us-east-2"):
        answer = account.call(
            "ssm", "get_command_invocation", region, CommandId="c" * 36, InstanceId="i-1"
        )
        assert answer["Status"] == "Success"
    urls = [request.url for request in wire.asked("ssm.GetCommandInvocation")]
    assert urls == [f"https://ssm.{region}.amazonaws.com/" for region in ("eu-west-1", "us-east-2")]
    (agent,) = {request.headers["User-Agent"] for _, request in wire.requests}
    assert "vedette" in str(agent)


def test_a_refusal_is_told_in_the_services_words(wire: Wire) -> None:
    wire.says(WIRE_INFORMATION, error("AccessDeniedException", "not for you"))
    with pytest.raises(ServiceError) as caught:
        wire.account().call("ssm", INFORMATION)
    assert (caught.value.service, caught.value.operation) == ("ssm", INFORMATION)
    assert (caught.value.code, caught.value.reason) == ("AccessDeniedException", "not for you")


def test_a_refusal_without_words_is_one_too(wire: Wire) -> None:
    wire.says(WIRE_INFORMATION, (403, {}, b""))
    with pytest.raises(ServiceError, match="ssm:describe_instance_information: 403: no message"):
        wire.account().call("ssm", INFORMATION)
    bare = botocore.exceptions.ClientError({}, "X")
    assert (translated(bare, "s", "o").code, translated(bare, "s", "o").reason) == (
        "Unknown",
        "no message",
    )


def test_throttling_is_waited_out_and_then_told(wire: Wire) -> None:
    throttled = error("ThrottlingException", "slow down")
    wire.says(WIRE_INFORMATION, throttled, throttled, ok({"InstanceInformationList": []}))
    assert _listed(wire.account(attempts=3)) == []
    assert len(wire.requests) == 3
    wire.says(WIRE_INFORMATION, throttled)
    with pytest.raises(ServiceError, match="ThrottlingException: slow down"):
        _listed(wire.account(attempts=2))
    assert len(wire.requests) == 5


@pytest.mark.parametrize(
    ("service", "operation", "wired", "key"),
    [
        ("ec2", "describe_instances", "ec2.DescribeInstances", "Reservations"),
        ("ssm", INFORMATION, WIRE_INFORMATION, "InstanceInformationList"),
        ("ecr", "describe_repositories", "ecr.DescribeRepositories", "repositories"),
        ("lambda", "list_functions", "lambda.ListFunctions", "Functions"),
        (
            "elbv2",
            "describe_load_balancers",
            "elastic-load-balancing-v2.DescribeLoadBalancers",
            "LoadBalancers",
        ),
    ],
)
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>Sign in to the hotel's network</html>",
        b"{}",
        b"[]",
        b'"text"',
        b"null",
        b"7",
        b"\xff\xfe",
        b'{"%KEY%": null}',
        b'{"%KEY%": 7}',
        b'{"%KEY%": "text"}',
        b"<a><b></a>",
        b"<DescribeInstancesResponse/>",
    ],
)
def test_what_is_no_answer_never_means_that_there_is_nothing(
    wire: Wire, service: str, operation: str, wired: str, key: str, body: bytes
) -> None:
    wire.says(wired, (200, {}, body.replace(b"%KEY%", key.encode())))
    with pytest.raises(ServiceError):
        wire.account().listing(service, operation, key)


def test_a_connection_that_fails_is_an_error_without_secrets(wire: Wire) -> None:
    broken = botocore.exceptions.EndpointConnectionError(endpoint_url="https://ssm.example")
    wire.says(WIRE_INFORMATION, broken)
    with pytest.raises(ServiceError, match="EndpointConnectionError: Could not connect") as caught:
        _listed(wire.account())
    assert "hush" not in str(caught.value)


def test_arguments_that_make_no_sense_are_an_error(wire: Wire) -> None:
    with pytest.raises(ServiceError, match="ParamValidationError"):
        wire.account().call("ssm", "get_command_invocation", CommandId=7)
    with pytest.raises(ServiceError, match="UnknownServiceError"):
        wire.account().call("nothing", "x")
    with pytest.raises(ServiceError, match="UnknownServiceError"):
        list(wire.account().pages("nothing", "x"))
    with pytest.raises(ServiceError, match="InvalidRegionError"):
        wire.account().call("ssm", INFORMATION, "no region!")


# --- pages ---------------------------------------------------------------------------------------------------------


def test_every_page_of_a_listing_with_a_paginator(wire: Wire) -> None:
    wire.says(
        WIRE_INFORMATION,
        ok({"InstanceInformationList": [{"InstanceId": "i-1"}], "NextToken": "t"}),
        ok({"InstanceInformationList": [], "NextToken": "u"}),
        ok({"InstanceInformationList": [{"InstanceId": "i-2"}]}),
    )
    assert _listed(wire.account()) == [{"InstanceId": "i-1"}, {"InstanceId": "i-2"}]


_ENTRIES = "ssm.ListInventoryEntries"


def _entries(account: Account) -> list[object]:
    return account.listing(
        "ssm", "list_inventory_entries", "Entries", InstanceId="i-1", TypeName="AWS:Application"
    )


def test_every_page_of_a_listing_without_one(wire: Wire) -> None:
    account = wire.account()
    assert not account._client("ssm", None).can_paginate("list_inventory_entries")
    wire.says(
        _ENTRIES,
        ok({"Entries": [{"Name": "a"}], "NextToken": "t"}),
        ok({"Entries": [{"Name": "b"}], "NextToken": ""}),
    )
    assert _entries(account) == [{"Name": "a"}, {"Name": "b"}]
    first, second = (str(request.body) for request in wire.asked(_ENTRIES))
    assert "NextToken" not in first
    assert '"NextToken": "t"' in second
    assert '"InstanceId": "i-1"' in second


def test_a_page_that_is_refused_is_an_error_after_the_others(wire: Wire) -> None:
    for operation, read in ((_ENTRIES, _entries), (WIRE_INFORMATION, _listed)):
        key = "Entries" if read is _entries else "InstanceInformationList"
        wire.says(operation, ok({key: [{}], "NextToken": "t"}), error("InternalServerError"))
        with pytest.raises(ServiceError, match="InternalServerError"):
            read(wire.account())


def test_the_same_token_twice_is_no_way_on(wire: Wire) -> None:
    wire.says(WIRE_INFORMATION, ok({"InstanceInformationList": [{}], "NextToken": "t"}))
    wire.says(_ENTRIES, ok({"Entries": [{}], "NextToken": "t"}))
    for read in (_listed, _entries):
        with pytest.raises(ServiceError, match="PaginationError"):
            read(wire.account())


@pytest.mark.parametrize("read", [_listed, _entries])
def test_a_listing_that_never_ends_is_ended(
    wire: Wire, monkeypatch: pytest.MonkeyPatch, read: object
) -> None:
    monkeypatch.setattr(aws, "_MAX_PAGES", 5)
    pages = [
        ok({"InstanceInformationList": [], "Entries": [], "NextToken": str(number)})
        for number in range(20)
    ]
    wire.says(WIRE_INFORMATION, *pages)
    wire.says(_ENTRIES, *pages)
    with pytest.raises(ServiceError, match="Pages: the listing does not end"):
        read(wire.account())  # type: ignore[operator]
    assert len(wire.requests) == 6


# --- accounts ------------------------------------------------------------------------------------------------------


def _identity(account: str) -> Reply:
    result = f"<GetCallerIdentityResult><Account>{account}</Account></GetCallerIdentityResult>"
    return xml("GetCallerIdentity", result)


def test_who_one_is(wire: Wire) -> None:
    wire.says("sts.GetCallerIdentity", _identity("111111111111"))
    assert wire.account().identity() == "111111111111"


@pytest.mark.parametrize("account", ["", "12", "x" * 50])
def test_an_identity_that_is_none_is_an_error(wire: Wire, account: str) -> None:
    wire.says("sts.GetCallerIdentity", _identity(account))
    with pytest.raises(
        ServiceError, match="sts:get_caller_identity: ParseError: not an AWS account"
    ):
        wire.account().identity()


def test_without_credentials_nothing_is_done() -> None:
    with pytest.raises(ServiceError, match="sts:get_caller_identity: NoCredentialsError"):
        connect(AwsSettings()).identity()


def test_a_profile_that_is_not_there_is_an_error() -> None:
    with pytest.raises(ServiceError, match=r"ProfileNotFound: .*\(nobody\)"):
        connect(AwsSettings(profile="nobody"))


def test_a_profile_gives_credentials(tmp_path: Path, wire: Wire) -> None:
    (tmp_path / "credentials").write_text(
        "[ops]\naws_access_key_id = AKIDOPS\naws_secret_access_key = hush\n"
    )
    wire.says("sts.GetCallerIdentity", _identity("111111111111"))
    account = wire.connect(connect(AwsSettings(profile="ops")))
    account.identity()
    assert "AKIDOPS" in str(wire.requests[0][1].headers["Authorization"])


def _assumed(
    key: str, *, lives: timedelta = timedelta(hours=1)
) -> tuple[int, dict[str, str], bytes]:
    until = datetime.now(UTC) + lives  # noqa: TID251 - botocore compares it with the clock
    body = f"""<AssumeRoleResponse><AssumeRoleResult><Credentials>
        <AccessKeyId>{key}</AccessKeyId><SecretAccessKey>whisper</SecretAccessKey>
        <SessionToken>token-{key}</SessionToken><Expiration>{until.isoformat()}</Expiration>
        </Credentials></AssumeRoleResult></AssumeRoleResponse>"""
    return 200, {}, body.encode()


def _body(request: object) -> dict[str, list[str]]:
    body = request.body  # type: ignore[attr-defined]
    return parse_qs(body.decode() if isinstance(body, bytes) else body)


def test_another_account_is_entered_by_its_role(wire: Wire) -> None:
    wire.says("sts.AssumeRole", _assumed("ASIAONE"))
    wire.says(WIRE_INFORMATION, ok({"InstanceInformationList": []}))
    other = wire.connect(wire.account(role_name="Reader").assume(OTHER))
    assert _listed(other) == []
    asked = _body(wire.asked("sts.AssumeRole")[0])
    assert asked["RoleArn"] == [f"arn:aws:iam::{OTHER}:role/Reader"]
    assert "ExternalId" not in asked
    headers = wire.asked(WIRE_INFORMATION)[0].headers
    assert "ASIAONE" in str(headers["Authorization"])
    assert headers["X-Amz-Security-Token"] in {"token-ASIAONE", b"token-ASIAONE"}


def test_the_external_id_goes_along_and_nowhere_else(wire: Wire) -> None:
    wire.says("sts.AssumeRole", query_error("AccessDenied", "not authorized", 403))
    account = wire.account(external_id="shake-hands")
    with pytest.raises(ServiceError) as caught:
        account.assume(OTHER)
    assert _body(wire.asked("sts.AssumeRole")[0])["ExternalId"] == ["shake-hands"]
    assert "shake-hands" not in str(caught.value)
    assert caught.value.code == "AccessDenied"


@pytest.mark.parametrize(
    ("region", "partition"),
    [
        ("eu-west-1", "aws"),
        ("cn-north-1", "aws-cn"),
        ("us-gov-west-1", "aws-us-gov"),
        ("xx-new-9", "aws"),
    ],
)
def test_the_partition_is_that_of_the_region(wire: Wire, region: str, partition: str) -> None:
    wire.says("sts.AssumeRole", _assumed("ASIAONE"))
    account = wire.account(region=region)
    assert account.partition(region) == partition
    account.assume(OTHER)
    assert _body(wire.asked("sts.AssumeRole")[0])["RoleArn"][0].startswith(f"arn:{partition}:iam::")


def test_credentials_are_renewed_before_they_expire(wire: Wire) -> None:
    wire.says(
        "sts.AssumeRole", _assumed("ASIAONE", lives=timedelta(seconds=5)), _assumed("ASIATWO")
    )
    wire.says(WIRE_INFORMATION, ok({"InstanceInformationList": []}))
    other = wire.connect(wire.account().assume(OTHER))
    _listed(other)
    _listed(other)
    assert len(wire.asked("sts.AssumeRole")) == 2
    assert "ASIATWO" in str(wire.asked(WIRE_INFORMATION)[1].headers["Authorization"])


def test_a_role_that_is_taken_away_meanwhile_is_a_service_error(wire: Wire) -> None:
    wire.says(
        "sts.AssumeRole",
        _assumed("ASIAONE", lives=timedelta(seconds=5)),
        query_error("AccessDenied", "no more", 403),
    )
    other = wire.connect(wire.account().assume(OTHER))
    with pytest.raises(ServiceError, match="sts:assume_role: AccessDenied: no more"):
        _listed(other)


@pytest.mark.parametrize("missing", ["Credentials", "AccessKeyId", "Expiration"])
def test_an_answer_without_credentials_is_an_error(wire: Wire, missing: str) -> None:
    status, headers, body = _assumed("ASIAONE")
    wire.says("sts.AssumeRole", (status, headers, body.replace(missing.encode(), b"Else")))
    with pytest.raises(
        ServiceError, match=f"assume_role: Malformed: an answer without '{missing}'"
    ):
        wire.account().assume(OTHER)


def test_an_account_is_used_by_many_threads(wire: Wire) -> None:
    wire.says(WIRE_INFORMATION, ok({"InstanceInformationList": [{"InstanceId": "i-1"}]}))
    account = wire.account()
    made: list[tuple[object, ...]] = []
    create = account._session.client
    inside = threading.Lock()

    def alone(*arguments: object, **named: object) -> object:
        assert inside.acquire(blocking=False), "two threads make a client at once"
        made.append((*arguments, named["region_name"]))
        try:
            return create(*arguments, **named)  # type: ignore[call-overload]
        finally:
            inside.release()

    account._session.client = alone  # type: ignore[method-assign, assignment]
    with ThreadPoolExecutor(8) as pool:
        regions = [f"eu-west-{number % 3 + 1}" for number in range(24)]
        answers = list(
            pool.map(
                lambda region: account.listing(
                    "ssm", INFORMATION, "InstanceInformationList", region
                ),
                regions,
            )
        )
    assert answers == [[{"InstanceId": "i-1"}]] * 24
    assert sorted(made) == [("ssm", f"eu-west-{number}") for number in (1, 2, 3)]


def test_service_models_are_read_once_for_all_accounts(wire: Wire) -> None:
    wire.says("sts.AssumeRole", _assumed("ASIAONE"))
    home = wire.account()
    other = home.assume(OTHER)
    assert other._core.get_component("data_loader") is home._core.get_component("data_loader")


def test_other_services_refuse_in_their_own_ways(wire: Wire) -> None:
    wire.says("ec2.DescribeInstances", xml_error("UnauthorizedOperation", "no"))
    wire.says("lambda.ListFunctions", rest_error("AccessDeniedException", "no", 403))
    account = wire.account()
    for service, operation, code in (
        ("ec2", "describe_instances", "UnauthorizedOperation"),
        ("lambda", "list_functions", "AccessDeniedException"),
    ):
        with pytest.raises(ServiceError) as caught:
            account.call(service, operation)
        assert caught.value.code == code
