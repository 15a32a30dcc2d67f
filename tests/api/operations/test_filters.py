"""Filters: kept as they are given; rules take effect at once."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from botocore.exceptions import ClientError

from tests.api.clients import NOW, NewClient
from tests.api.operations import found
from tests.findings.make import finding, vulnerability
from vedette.app.saved_filters import (
    KIND,
    Action,
    SavedFilter,
    keep,
    saved_filters,
    suppression_rules,
)
from vedette.app.suppression import settle_all
from vedette.findings.lifecycle import Change
from vedette.model.filter import All
from vedette.model.finding import FindingStatus
from vedette.store.store import SqlStore

LOW = {"severity": [{"comparison": "EQUALS", "value": "LOW"}]}
DATED = {
    "updatedAt": [{"startInclusive": datetime(2020, 1, 1, tzinfo=UTC)}],
    "inspectorScore": [{"lowerInclusive": 1.5}],
}


@pytest.fixture
def admin(client: NewClient, store: SqlStore) -> Any:
    found.settle(store)
    return client(store, region=found.REGION)


def _status(store: SqlStore) -> dict[str, FindingStatus]:
    known = store.several(one.id for one in found.ALL.values())
    return {name: known[one.id].status for name, one in found.ALL.items()}


def _code(failed: pytest.ExceptionInfo[ClientError]) -> str:
    return str(failed.value.response["Error"]["Code"])


def _filters(caller: Any, **asked: Any) -> list[dict[str, Any]]:
    return list(caller.list_filters(**asked)["filters"])


def test_a_filter_is_given_back(admin: Any) -> None:
    arn = admin.create_filter(
        name="dated",
        action="NONE",
        filterCriteria=DATED,
        description="d",
        reason="r",
        tags={"team": "web"},
    )["arn"]
    assert arn.startswith(f"arn:aws:inspector2:{found.REGION}:{found.ACCOUNT}:owner/")
    assert _filters(admin) == [
        {
            "arn": arn,
            "ownerId": found.ACCOUNT,
            "name": "dated",
            "action": "NONE",
            "criteria": DATED,
            "createdAt": NOW,
            "updatedAt": NOW,
            "description": "d",
            "reason": "r",
            "tags": {"team": "web"},
        }
    ]
    admin.update_filter(filterArn=arn, name="other", description="e", filterCriteria=LOW)
    (told,) = _filters(admin)
    assert (told["name"], told["description"], told["criteria"]) == ("other", "e", LOW)
    assert admin.delete_filter(arn=arn)["arn"] == arn
    assert _filters(admin) == []


def test_a_rule_takes_effect_at_once_and_ends_at_once(admin: Any, store: SqlStore) -> None:
    before = _status(store)
    arn = admin.create_filter(name="low", action="SUPPRESS", filterCriteria=LOW)["arn"]
    assert _status(store) == {**before, "layered": FindingStatus.SUPPRESSED}
    (change,) = [
        entry.change
        for entry in store.changes_since("x", 99)
        if entry.change.after.suppressed_by == "low"
    ]
    assert change.before == found.LAYERED
    assert change.after == msgspec.structs.replace(
        found.LAYERED, status=FindingStatus.SUPPRESSED, suppressed_by="low", updated_at=NOW
    )
    admin.update_filter(
        filterArn=arn, filterCriteria={"severity": [{"comparison": "EQUALS", "value": "MEDIUM"}]}
    )
    assert _status(store) == {**before, "port": FindingStatus.SUPPRESSED}
    admin.update_filter(filterArn=arn, name="renamed")
    assert store.several([found.PORT.id])[found.PORT.id].suppressed_by == "renamed"
    admin.update_filter(filterArn=arn, action="NONE")
    assert _status(store) == before
    admin.update_filter(filterArn=arn, action="SUPPRESS")
    admin.delete_filter(arn=arn)
    assert _status(store) == before
    assert settle_all(store, suppression_rules(store), now=NOW).changed == 0


def test_rules_are_of_their_region_and_accounts(
    admin: Any, client: NewClient, store: SqlStore
) -> None:
    member = client(store, found.MEMBER, accounts=frozenset({found.MEMBER}), region=found.REGION)
    everything = {"findingStatus": [{"comparison": "NOT_EQUALS", "value": "x"}]}
    before = _status(store)
    member.create_filter(name="mine", action="SUPPRESS", filterCriteria=everything)
    assert _status(store) == before  # theirs is closed
    assert _filters(admin) == []
    far = client(store, region="us-east-1")
    far.create_filter(name="far", action="SUPPRESS", filterCriteria=everything)
    assert _status(store) == before
    arn = _filters(member)[0]["arn"]
    calls: tuple[Callable[[], Any], ...] = (
        lambda: admin.delete_filter(arn=arn),
        lambda: admin.update_filter(filterArn=arn, name="x"),
    )
    for call in calls:
        with pytest.raises(ClientError) as failed:
            call()
        assert _code(failed) == "AccessDeniedException"


def test_what_is_refused(admin: Any) -> None:
    arn = admin.create_filter(name="one", action="NONE", filterCriteria=LOW)["arn"]
    admin.create_filter(name="two", action="NONE", filterCriteria=LOW)
    missing = arn[:-16] + "0" * 16
    elsewhere = arn.replace(found.REGION, "us-east-1")
    tried: list[tuple[Callable[[], Any], str]] = [
        (lambda: admin.create_filter(name="one", action="NONE", filterCriteria=LOW), "Validation"),
        (lambda: admin.update_filter(filterArn=arn, name="two"), "Validation"),
        (lambda: admin.update_filter(filterArn=missing, name="x"), "ResourceNotFound"),
        (lambda: admin.delete_filter(arn=elsewhere), "ResourceNotFound"),
        (lambda: admin.delete_filter(arn="arn:aws:inspector2:x"), "Validation"),
        (lambda: _tagged(admin, {"aws:x": "y"}), "BadRequest"),
        (lambda: _tagged(admin, {"vedette:expires-at": "soon"}), "BadRequest"),
        (lambda: _tagged(admin, {"vedette:expires-at": "2030-01-01T00:00:00"}), "BadRequest"),
        (lambda: _tagged(admin, {str(n): "" for n in range(51)}), "BadRequest"),
    ]
    for call, code in tried:
        with pytest.raises(ClientError) as failed:
            call()
        assert _code(failed) == f"{code}Exception"
    assert len(_filters(admin)) == 2


def _tagged(caller: Any, tags: dict[str, str]) -> Any:
    return caller.create_filter(name="t", action="NONE", filterCriteria=LOW, tags=tags)


def _rule(number: int) -> SavedFilter:
    return SavedFilter(
        id=f"{number:016x}",
        account=found.ACCOUNT,
        region=found.REGION,
        name=f"rule {number}",
        action=Action.SUPPRESS,
        criteria={},
        condition=All(parts=()),
        created_at=NOW,
        updated_at=NOW,
    )


def test_there_are_at_most_500_rules(admin: Any, store: SqlStore) -> None:
    for number in range(500):
        keep(store, _rule(number))
    with pytest.raises(ClientError) as failed:
        admin.create_filter(name="one more", action="SUPPRESS", filterCriteria=LOW)
    assert _code(failed) == "ServiceQuotaExceededException"
    arn = admin.create_filter(name="no rule", action="NONE", filterCriteria=LOW)["arn"]
    with pytest.raises(ClientError) as failed:
        admin.update_filter(filterArn=arn, action="SUPPRESS")
    assert _code(failed) == "ValidationException"  # UpdateFilter has no other in the model


def test_lists_are_paged_and_chosen_from(admin: Any) -> None:
    arns = {
        admin.create_filter(name=f"f{number}", action="NONE", filterCriteria=LOW)["arn"]
        for number in range(5)
    }
    pages = admin.get_paginator("list_filters").paginate(PaginationConfig={"PageSize": 2})
    assert {one["arn"] for page in pages for one in page["filters"]} == arns
    some = sorted(arns)[:2]
    assert sorted(one["arn"] for one in _filters(admin, arns=some)) == some
    assert _filters(admin, action="SUPPRESS") == []


def test_a_rule_expires_and_its_findings_are_free_at_the_next_pass(
    admin: Any, store: SqlStore
) -> None:
    before = _status(store)
    end = NOW + timedelta(hours=1)
    admin.create_filter(
        name="low",
        action="SUPPRESS",
        filterCriteria=LOW,
        tags={"vedette:expires-at": end.isoformat(), "vedette:owner": "web"},
    )
    (rule,) = suppression_rules(store)
    assert (rule.owner, rule.expires_at) == ("web", end)
    assert _status(store)["layered"] is FindingStatus.SUPPRESSED
    settle_all(store, (rule,), now=end - timedelta(seconds=1))
    assert _status(store)["layered"] is FindingStatus.SUPPRESSED
    assert settle_all(store, (rule,), now=end).changed == 1
    assert _status(store) == before


def test_more_than_can_be_done_at_once_is_left_to_a_pass(
    client: NewClient, store: SqlStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    several = [finding(vulnerability(id=f"CVE-2024-{number:04}")) for number in range(7)]
    store.apply([Change(before=None, after=one) for one in several])
    monkeypatch.setattr("vedette.api.settling._AT_ONCE", 3)
    monkeypatch.setattr("vedette.app.suppression._PIECE", 2)
    looked: list[tuple[str, ...]] = []
    admin = client(store, region=found.REGION, look_now=looked.append)
    high = {"severity": [{"comparison": "EQUALS", "value": "HIGH"}]}
    admin.create_filter(name="high", action="SUPPRESS", filterCriteria=high)
    assert looked == [()]
    assert store.count_active() == 3
    assert settle_all(store, suppression_rules(store), now=NOW).changed == 3
    assert store.count_active() == 0


def test_a_rule_of_everything_is_the_administrators(
    admin: Any, client: NewClient, store: SqlStore
) -> None:
    keep(store, msgspec.structs.replace(_rule(1), account="", region=""))
    (told,) = _filters(admin)
    assert told["arn"].endswith(f"{found.ACCOUNT}/filter/{1:016x}")
    member = client(store, found.MEMBER, accounts=frozenset({found.MEMBER}), region=found.REGION)
    assert _filters(member) == []
    settle_all(store, suppression_rules(store), now=NOW)
    assert FindingStatus.ACTIVE not in _status(store).values()
    admin.delete_filter(arn=told["arn"])
    assert list(saved_filters(store, "", "")) == []
    assert FindingStatus.ACTIVE in _status(store).values()
    assert store.records(KIND) == ()
