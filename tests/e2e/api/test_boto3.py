"""The installed boto3's botocore against a served store: every operation, every paginator, every waiter."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from botocore.exceptions import ClientError, WaiterError

from tests.api.operations import found
from tests.e2e.api.asking import PAGED, everything
from tests.e2e.api.conftest import Server
from vedette.api.operations import SERVICES
from vedette.api.service_model import load_service

pytestmark = pytest.mark.loopback


def _operations() -> Iterator[tuple[str, str]]:
    for service in SERVICES:
        for operation in sorted(load_service(service).operations):
            yield service, operation


@pytest.fixture(scope="module")
def clients(server: Server) -> dict[str, Any]:
    return {service: server.client(service=service) for service in SERVICES}


@pytest.mark.parametrize(("name", "operation"), list(_operations()))
def test_every_operation_is_answered_or_refused(
    clients: dict[str, Any], name: str, operation: str
) -> None:
    client = clients[name]
    method = {api: python for python, api in client.meta.method_to_api_mapping.items()}[operation]
    try:
        answer = getattr(client, method)(**everything(name)[operation])
    except ClientError as error:
        answer = error.response
        assert answer["Error"]["Message"]
        assert answer["Error"]["Code"] in load_service(name).shapes
    assert answer["ResponseMetadata"]["HTTPStatusCode"] < 500
    assert len(answer["ResponseMetadata"]["RequestId"]) == 36


def _paginators(server: Server) -> list[str]:
    client = server.client()
    return sorted(name for name in client.meta.method_to_api_mapping if client.can_paginate(name))


def _unpaged(client: Any, name: str, asked: dict[str, Any], key: str) -> Any:
    return getattr(client, name)(**asked).get(key, [])


def test_every_paginator_gives_what_one_page_gives(server: Server) -> None:
    client = server.client()
    names = _paginators(server)
    assert len(names) == 19
    several = []
    for name in names:
        asked = PAGED.get(client.meta.method_to_api_mapping[name], {})
        paginator = client.get_paginator(name)
        key = paginator.result_keys[0].expression
        limited = paginator._limit_key is not None
        try:
            whole = _unpaged(client, name, asked, key)
        except ClientError as error:  # refused as modelled: such as a scan that is not there
            assert error.response["ResponseMetadata"]["HTTPStatusCode"] < 500  # noqa: PT017
            continue
        config = {"PageSize": 1} if limited else {}
        pages = list(paginator.paginate(**asked, PaginationConfig=config))
        assert [item for page in pages for item in page.get(key, [])] == whole, name
        several += [name] if len(pages) > 1 else []
    assert {"list_findings", "list_account_permissions"} <= set(several)


def test_a_token_is_bound_to_what_was_asked(server: Server) -> None:
    client = server.client()
    first = client.list_findings(maxResults=1)
    criteria = {"severity": [{"comparison": "EQUALS", "value": "LOW"}]}
    with pytest.raises(client.exceptions.ValidationException, match="filter parameters changed"):
        client.list_findings(maxResults=1, nextToken=first["nextToken"], filterCriteria=criteria)
    assert client.list_findings(maxResults=2, nextToken=first["nextToken"])["findings"]


_ONCE = {"Delay": 0, "MaxAttempts": 1}


def test_the_waiters(server: Server) -> None:
    client = server.client()
    assert client.waiter_names == ["connector_connected", "connector_deleted", "connector_enabled"]
    client.get_waiter("connector_deleted").wait(WaiterConfig=_ONCE)
    for name in ("connector_connected", "connector_enabled"):
        with pytest.raises(WaiterError, match="Max attempts exceeded"):
            client.get_waiter(name).wait(WaiterConfig=_ONCE)


def test_retries_are_signed_anew(server: Server) -> None:
    """Changes that are asked for twice in a second have one signature: the client tries again by itself."""
    client = server.client(attempts=5)
    answers = [
        client.update_configuration(ecrConfiguration={"rescanDuration": "DAYS_30"})
        for _ in range(2)
    ]
    assert [one["ResponseMetadata"]["HTTPStatusCode"] for one in answers] == [200, 200]


def test_a_presigned_url(server: Server) -> None:
    url = server.client().generate_presigned_url("list_findings", ExpiresIn=60)
    headers = {"content-type": "application/json"}
    assert httpx.post(url, headers=headers).status_code == 200
    changed = url.replace("X-Amz-Expires=60", "X-Amz-Expires=61")
    assert httpx.post(changed, headers=headers).status_code == 403


def test_a_reader_reads(server: Server) -> None:
    client = server.client(server.reader)
    assert client.list_findings()["findings"]
    with pytest.raises(client.exceptions.AccessDeniedException, match="a reader may not"):
        client.enable(resourceTypes=["EC2"])


def test_findings_of_other_accounts_are_not_told(server: Server) -> None:
    admin, member = server.client(), server.client(server.member)
    everything = admin.get_paginator("list_findings").paginate().build_full_result()["findings"]
    own = member.list_findings()["findings"]
    assert {one["awsAccountId"] for one in own} == {found.MEMBER}
    assert {one["awsAccountId"] for one in everything} == {found.ACCOUNT, found.MEMBER}
    others = [one["findingArn"] for one in everything if one["awsAccountId"] == found.ACCOUNT]
    details = member.batch_get_finding_details(findingArns=others[:10])
    assert details.get("findingDetails", []) == []
    assert {one["findingArn"] for one in details["errors"]} == set(others[:10])
    with pytest.raises(ClientError) as refused:
        member.list_tags_for_resource(resourceArn=others[0].replace("finding/", "filter/"))
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] in {400, 403, 404}


def test_answers_of_the_other_services(server: Server) -> None:
    sbom = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "components": [{"type": "library", "name": "x", "purl": "pkg:npm/x@1.0.0"}],
    }
    answer = server.client(service="inspector-scan").scan_sbom(
        sbom=sbom, outputFormat="CYCLONE_DX_1_5"
    )
    assert answer["sbom"]["bomFormat"] == "CycloneDX"


def test_no_operation_failed_inside(server: Server) -> None:
    """Runs last in this file: the server's log has no mistake of ours."""
    assert [line for line in server.lines if "listening" not in line] == []
