from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.api.clients import NOW, NewClient
from tests.api.operations import found
from vedette.errors import ConflictError
from vedette.model.finding import FindingStatus
from vedette.store.store import SqlStore

SEVERITY = {"severity": [{"comparison": "EQUALS", "value": "LOW"}]}


def _code(refused: pytest.ExceptionInfo[ClientError]) -> str:
    response: Any = refused.value.response
    return str(response["Error"]["Code"])


def _filter(caller: Any) -> str:
    answer = caller.create_filter(
        name="low", action="NONE", filterCriteria=SEVERITY, tags={"owner": "me"}
    )
    return str(answer["arn"])


def _configuration(caller: Any) -> str:
    answer = caller.create_cis_scan_configuration(
        scanName="x",
        securityLevel="LEVEL_1",
        schedule={"oneTime": {}},
        targets={"accountIds": ["SELF"], "targetResourceTags": {"env": ["prod"]}},
        tags={"owner": "me"},
    )
    return str(answer["scanConfigurationArn"])


@pytest.mark.parametrize("make", [_filter, _configuration])
def test_tags_are_set_and_removed(client: NewClient, store: SqlStore, make: Any) -> None:
    caller = client(store)
    arn = make(caller)
    caller.tag_resource(resourceArn=arn, tags={"team": "a/b c", "owner": "you"})
    assert caller.list_tags_for_resource(resourceArn=arn)["tags"] == {
        "owner": "you",
        "team": "a/b c",
    }
    caller.untag_resource(resourceArn=arn, tagKeys=["team", "absent"])
    assert caller.list_tags_for_resource(resourceArn=arn)["tags"] == {"owner": "you"}
    caller.untag_resource(resourceArn=arn, tagKeys=["owner"])
    assert caller.list_tags_for_resource(resourceArn=arn)["tags"] == {}
    with pytest.raises(ClientError) as refused:
        caller.tag_resource(resourceArn=arn, tags={"aws:x": "y"})
    assert _code(refused) == "BadRequestException"
    other = client(store, "222233334444", accounts=frozenset({"222233334444"}))
    with pytest.raises(ClientError) as refused:
        other.list_tags_for_resource(resourceArn=arn)
    assert _code(refused) == "ResourceNotFoundException"


def test_tags_of_filters_are_told_with_them(client: NewClient, store: SqlStore) -> None:
    caller = client(store)
    arn = _filter(caller)
    caller.tag_resource(resourceArn=arn, tags={"team": "x"})
    (told,) = caller.list_filters()["filters"]
    assert told["tags"] == {"owner": "me", "team": "x"}


def test_who_is_slower_tries_again(
    client: NewClient, store: SqlStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    caller = client(store)
    arn = _filter(caller)

    def refuse(*_arguments: object, **_more: object) -> None:
        raise ConflictError("somebody else was faster")

    monkeypatch.setattr(store, "put_record", refuse)
    with pytest.raises(ClientError) as refused:
        caller.tag_resource(resourceArn=arn, tags={"a": "b"})
    assert _code(refused) == "ThrottlingException"


@pytest.mark.parametrize(
    ("arn", "code"),
    [
        ("arn:aws:ec2:us-east-1:111122223333:instance/i-0", "ValidationException"),
        (
            "arn:aws:inspector2:us-east-1:111122223333:owner/111122223333/filter/0123456789abcdef",
            "ResourceNotFoundException",
        ),
        (
            "arn:aws:inspector2:us-east-1:111122223333:owner/111122223333/cis-configuration/ab",
            "ResourceNotFoundException",
        ),
    ],
)
def test_what_has_no_tags(client: NewClient, store: SqlStore, arn: str, code: str) -> None:
    with pytest.raises(ClientError) as refused:
        client(store).list_tags_for_resource(resourceArn=arn)
    assert _code(refused) == code


def _suppressed(store: SqlStore) -> set[str]:
    known = store.several(one.id for one in found.ALL.values())
    return {
        name for name, one in found.ALL.items() if known[one.id].status is FindingStatus.SUPPRESSED
    }


def test_a_tag_ends_a_rule_at_once(client: NewClient, store: SqlStore) -> None:
    found.settle(store)
    looked: list[tuple[str, ...]] = []
    caller = client(store, region=found.REGION, look_now=looked.append)
    before = _suppressed(store)
    arn = caller.create_filter(name="low", action="SUPPRESS", filterCriteria=SEVERITY)["arn"]
    set_aside = _suppressed(store)
    assert set_aside > before
    ended = {"vedette:expires-at": (NOW - timedelta(hours=1)).isoformat()}
    caller.tag_resource(resourceArn=arn, tags=ended)
    assert caller.list_tags_for_resource(resourceArn=arn)["tags"] == ended
    assert _suppressed(store) == before
    caller.tag_resource(
        resourceArn=arn, tags={"vedette:expires-at": (NOW + timedelta(hours=1)).isoformat()}
    )
    assert _suppressed(store) == set_aside
    caller.tag_resource(resourceArn=arn, tags=ended)
    caller.untag_resource(resourceArn=arn, tagKeys=["vedette:expires-at"])
    assert _suppressed(store) == set_aside
    assert looked == []
    with pytest.raises(ClientError) as refused:
        caller.tag_resource(resourceArn=arn, tags={"vedette:expires-at": "soon"})
    assert _code(refused) == "BadRequestException"
    assert _suppressed(store) == set_aside


def test_what_findings_matter_is_for_a_pass(client: NewClient, store: SqlStore) -> None:
    looked: list[tuple[str, ...]] = []
    caller = client(store, look_now=looked.append)
    arn = _filter(caller)
    caller.tag_resource(resourceArn=arn, tags={"team": "x"})
    assert looked == []
    caller.tag_resource(resourceArn=arn, tags={"vedette:importance": "high"})
    assert looked == [()]
