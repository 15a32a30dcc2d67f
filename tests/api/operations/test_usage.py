from datetime import timedelta
from typing import Any

import msgspec

from tests.api.clients import NOW, NewClient
from tests.api.operations import estate
from vedette.app.usage import PRICES
from vedette.model.resource import ContainerImage, LambdaFunction
from vedette.store.store import SqlStore


def _estate(store: SqlStore) -> None:
    estate.settle(store)
    image, function = estate.IMAGE.facts, estate.FUNCTION.facts
    assert isinstance(image, ContainerImage)
    assert isinstance(function, LambdaFunction)
    pushed = msgspec.structs.replace(image, pushed_at=NOW - timedelta(days=3))
    changed = msgspec.structs.replace(function, last_modified_at=NOW - timedelta(days=90))
    store.save_resources(
        [
            msgspec.structs.replace(estate.IMAGE, facts=pushed),
            msgspec.structs.replace(estate.FUNCTION, facts=changed),
        ],
        looked_in=(),
        now=NOW,
    )


def test_usage_is_what_is_covered_at_published_prices(client: NewClient, store: SqlStore) -> None:
    _estate(store)
    store.save_coverage([estate.row(estate.UNMANAGED)])
    pages = client(store).get_paginator("list_usage_totals")
    found = list(pages.paginate(PaginationConfig={"PageSize": 1}).search("totals[]"))

    def usage(kind: str, total: float, cost: float | None = None) -> dict[str, Any]:
        told = {"type": kind, "total": total, "currency": "USD", "cloudProvider": "AWS"}
        return told | ({} if cost is None else {"estimatedMonthlyCost": cost})

    assert found == [
        {
            "accountId": estate.ADMIN,
            "usage": [
                usage("EC2_INSTANCE_HOURS", 6.0, 0.0104),
                usage("ECR_INITIAL_SCAN", 1.0, 0.09),
                usage("LAMBDA_FUNCTION_HOURS", 720.0),
            ],
        },
        {"accountId": estate.MEMBER, "usage": [usage("EC2_AGENTLESS_INSTANCE_HOURS", 6.0)]},
    ]


def test_usage_of_others_is_not_shown(client: NewClient, store: SqlStore) -> None:
    _estate(store)
    admin = client(store)
    assert admin.list_usage_totals(accountIds=[estate.MEMBER])["totals"] == []
    member = client(store, estate.MEMBER, accounts=frozenset({estate.MEMBER}))
    assert member.list_usage_totals()["totals"] == []
    assert member.list_usage_totals(accountIds=[estate.ADMIN])["totals"] == []


def test_what_is_not_known_is_not_counted(client: NewClient, store: SqlStore) -> None:
    estate.settle(store)
    image = estate.IMAGE.facts
    assert isinstance(image, ContainerImage)
    old = msgspec.structs.replace(image, pushed_at=NOW - timedelta(days=31))
    store.save_resources([msgspec.structs.replace(estate.IMAGE, facts=old)], looked_in=(), now=NOW)
    (admin,) = client(store).list_usage_totals()["totals"]
    assert {one["type"]: one["total"] for one in admin["usage"]} == {
        "EC2_INSTANCE_HOURS": 6.0,
        "LAMBDA_FUNCTION_HOURS": 0.0,
    }


def test_prices_say_where_they_are_from() -> None:
    assert all(price.source and price.dollars > 0 for price in PRICES.values())
