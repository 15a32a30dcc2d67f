"""Resources, inventories, evaluations, coverage: what is seen, what has gone, what comes back."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from sqlalchemy import event, text

from tests.findings.make import FUNCTION, IMAGE, INSTANCE, LOCAL, NOW, finding
from tests.matching.memory import package
from vedette.errors import StoreError
from vedette.findings.lifecycle import Change, reconcile
from vedette.model.arn import AccountId
from vedette.model.coverage import Coverage, ScanType, ScopeFailure
from vedette.model.inventory import FileFailure, Inventory, KnownInventory
from vedette.model.network import NotReachable, UnknownReach
from vedette.model.package import Package
from vedette.model.resource import Resource, ResourceRef, ResourceType, Tag
from vedette.store.store import SqlStore

ACCOUNT = AccountId("111122223333")
SCOPES = tuple((ACCOUNT, "eu-west-1", kind) for kind in ResourceType)
LATER = NOW + timedelta(hours=1)


def _named(identity: str, like: Resource = INSTANCE, **ref: str) -> Resource:
    return msgspec.structs.replace(like, ref=msgspec.structs.replace(like.ref, id=identity, **ref))


def _package(ecosystem: str, name: str, version: str) -> Package:
    # as an extractor would make it, whatever a purl may hold
    made = package(ecosystem, "name", version)
    return msgspec.structs.replace(made, name=name)


def _inventory(resource: Resource, *packages: tuple[str, str, str], **more: object) -> Inventory:
    return Inventory(
        resource=resource.ref,
        distro=None,
        packages=tuple(_package(*one) for one in packages),
        **more,  # type: ignore[arg-type]
    )


def _seen(store: SqlStore, *resources: Resource, now: datetime = NOW) -> tuple[ResourceRef, ...]:
    return store.save_resources(resources, looked_in=SCOPES, now=now)


def test_what_was_seen_is_there_in_order(store: SqlStore) -> None:
    several = (INSTANCE, IMAGE, FUNCTION, LOCAL, _named("i-1", account="999999999999"))
    assert _seen(store, *several) == ()
    assert list(store.resources()) == [INSTANCE, IMAGE, FUNCTION, several[4], LOCAL]
    assert list(store.resources(gone=True)) == []


def test_more_resources_than_are_held_at_a_time(
    store: SqlStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vedette.store.estate._FETCHED", 3)
    several = [_named(f"i-{number}") for number in range(7)]
    _seen(store, *several)
    assert list(store.resources()) == several
    assert list(store.resources_of(one.ref for one in [*several[5:], IMAGE])) == [
        one.ref for one in several[5:]
    ]


def test_what_is_seen_again_is_replaced(store: SqlStore) -> None:
    _seen(store, INSTANCE)
    tagged = msgspec.structs.replace(INSTANCE, tags=(Tag(key="a", value="ä\0b"),))
    _seen(store, tagged, tagged, now=LATER)
    assert list(store.resources()) == [tagged]
    assert store.resources_of([INSTANCE.ref, IMAGE.ref]) == {INSTANCE.ref: tagged}


def test_what_is_not_seen_has_gone_and_may_come_back(store: SqlStore) -> None:
    _seen(store, INSTANCE, IMAGE)
    assert _seen(store, IMAGE, now=LATER) == (INSTANCE.ref,)
    assert list(store.resources()) == [IMAGE]
    assert list(store.resources(gone=True)) == [INSTANCE]
    assert _seen(store, IMAGE, now=LATER) == ()  # gone once
    assert store.resources_of([INSTANCE.ref]) == {INSTANCE.ref: INSTANCE}
    assert _seen(store, INSTANCE, IMAGE, now=LATER) == ()
    assert list(store.resources(gone=True)) == []


@pytest.mark.parametrize("now", [NOW, NOW - timedelta(days=1)])
def test_a_clock_that_stands_or_goes_back_hides_nothing(store: SqlStore, now: datetime) -> None:
    _seen(store, INSTANCE, IMAGE)
    assert _seen(store, IMAGE, now=now) == (INSTANCE.ref,)


@pytest.mark.parametrize(
    "scope",
    [
        ("999999999999", "eu-west-1", ResourceType.EC2_INSTANCE),
        (ACCOUNT, "eu-west-2", ResourceType.EC2_INSTANCE),
        (ACCOUNT, "eu-west-1", ResourceType.LAMBDA_FUNCTION),
    ],
)
def test_only_in_scopes_that_were_listed_does_anything_go(
    store: SqlStore, scope: tuple[str, str, str]
) -> None:
    _seen(store, INSTANCE)
    assert store.save_resources([], looked_in=[scope], now=LATER) == ()
    assert list(store.resources()) == [INSTANCE]


def test_many_that_have_gone_at_once(store: SqlStore) -> None:
    several = [_named(f"i-{number:04}") for number in range(1203)]
    _seen(store, *several)
    assert _seen(store, several[7], now=LATER) == tuple(
        one.ref for one in several if one is not several[7]
    )


def test_what_is_gone_lingers_until_its_findings_are_closed(store: SqlStore) -> None:
    flaw = finding()
    _seen(store, INSTANCE, IMAGE)
    store.apply([Change(before=None, after=flaw)])
    assert store.lingering() == ()
    _seen(store, now=LATER)
    assert store.lingering() == (INSTANCE.ref,)
    store.apply(reconcile([flaw], [], now=LATER, complete=True))
    assert store.lingering() == ()


def test_an_inventory_is_kept_with_its_fingerprint(store: SqlStore) -> None:
    _seen(store, INSTANCE, IMAGE)
    first = _inventory(INSTANCE, ("PyPI", "a", "1"))
    failed = _inventory(
        IMAGE, failures=(FileFailure(extractor="dpkg", path="var", reason="broken"),)
    )
    store.save_inventory("f1", first, now=NOW)
    store.save_inventory("f2", failed, now=NOW)
    assert store.inventory(INSTANCE.ref) == KnownInventory(fingerprint="f1", inventory=first)
    assert store.inventory(IMAGE.ref) == KnownInventory(fingerprint="f2", inventory=failed)
    assert store.inventory(FUNCTION.ref) is None
    assert store.fingerprints() == {INSTANCE.ref: "f1"}  # what failed is read again
    _seen(store, IMAGE, now=LATER)
    assert store.fingerprints() == {}


def test_packages_are_found_by_name(store: SqlStore) -> None:
    _seen(store, INSTANCE, IMAGE)
    store.save_inventory(
        "1",
        _inventory(INSTANCE, ("PyPI", "a", "1"), ("PyPI", "a", "2"), ("npm", "a", "1")),
        now=NOW,
    )
    store.save_inventory("2", _inventory(IMAGE, ("PyPI", "a", "1")), now=NOW)
    assert store.resources_with("PyPI", "a") == (
        (INSTANCE.ref, "1"),
        (INSTANCE.ref, "2"),
        (IMAGE.ref, "1"),
    )
    assert store.resources_with("npm", "a") == ((INSTANCE.ref, "1"),)
    assert store.resources_with("PyPI", "A") == ()
    store.save_inventory(
        "3", _inventory(INSTANCE, ("PyPI", "a", "3"), ("PyPI", "b", "1")), now=LATER
    )
    assert store.resources_with("PyPI", "a") == ((INSTANCE.ref, "3"), (IMAGE.ref, "1"))
    assert store.resources_with("PyPI", "b") == ((INSTANCE.ref, "1"),)
    assert store.resources_with("npm", "a") == ()
    _seen(store, IMAGE, now=LATER)
    assert store.resources_with("PyPI", "b") == ()  # gone
    _seen(store, IMAGE, INSTANCE, now=LATER)
    assert store.resources_with("PyPI", "b") == ((INSTANCE.ref, "1"),)


def test_hostile_names_are_names(store: SqlStore) -> None:
    _seen(store, INSTANCE)
    names = [
        "x\0y",
        "x" * 100_000,
        "'; DROP TABLE resources; --",
        "名\u2028前",
        "",
        "a|b",
        "\\0",
        "\0",
    ]
    store.save_inventory(
        "1", _inventory(INSTANCE, *(("PyPI", name, name or "1") for name in names)), now=NOW
    )
    for name in names:
        assert store.resources_with("PyPI", name) == ((INSTANCE.ref, name or "1"),), name[:10]
    assert store.resources_with("PyPI\0x", "y") == ()  # the parts of a key do not run together
    assert len(list(store.resources())) == 1


def test_an_inventory_with_many_packages(store: SqlStore) -> None:
    _seen(store, INSTANCE)
    many = [("PyPI", f"p{number}", "1") for number in range(1500)]
    store.save_inventory("1", _inventory(INSTANCE, *many), now=NOW)
    store.save_inventory("2", _inventory(INSTANCE, *many[700:]), now=NOW)
    assert store.resources_with("PyPI", "p699") == ()
    assert store.resources_with("PyPI", "p700") == ((INSTANCE.ref, "1"),)


def test_what_belongs_to_an_unknown_resource_is_refused(store: SqlStore) -> None:
    with pytest.raises(StoreError, match="does not know the resource i-0a1b"):
        store.save_inventory("1", _inventory(INSTANCE), now=NOW)
    with pytest.raises(StoreError, match="does not know the resource i-0a1b"):
        store.save_evaluation(INSTANCE.ref, "e", now=NOW)


def test_text_without_utf8_is_refused_in_our_words(store: SqlStore) -> None:
    _seen(store, INSTANCE)
    with pytest.raises(StoreError, match="a Inventory cannot be stored: surrogates not allowed"):
        store.save_inventory("1", _inventory(INSTANCE, ("PyPI", "\udc80", "1")), now=NOW)
    with pytest.raises(StoreError, match="the store cannot hold a value"):
        store.save_inventory("\udc80", _inventory(INSTANCE), now=NOW)
    assert store.inventory(INSTANCE.ref) is None


def test_evaluations_are_kept_by_resource(store: SqlStore) -> None:
    _seen(store, INSTANCE, IMAGE)
    assert store.evaluations() == {}
    store.save_evaluation(INSTANCE.ref, "e1", now=NOW)
    store.save_evaluation(INSTANCE.ref, "e2", now=LATER)
    store.save_evaluation(IMAGE.ref, "e3", now=LATER)
    assert store.evaluations() == {INSTANCE.ref: "e2", IMAGE.ref: "e3"}
    _seen(store, INSTANCE, now=LATER)
    _seen(store, INSTANCE, IMAGE, now=LATER)
    assert store.evaluations() == {INSTANCE.ref: "e2"}  # what came back is judged again


def _covered(ref: ResourceRef, scan_type: ScanType, reason: str = "SUCCESSFUL") -> Coverage:
    return Coverage(resource=ref, scan_type=scan_type, active=True, reason=reason)


def test_coverage_is_replaced_by_resource_and_scan_type(store: SqlStore) -> None:
    rows = [
        _covered(INSTANCE.ref, ScanType.NETWORK),
        _covered(INSTANCE.ref, ScanType.PACKAGE),
        _covered(IMAGE.ref, ScanType.PACKAGE),
    ]
    store.save_coverage(reversed(rows))
    assert list(store.coverage()) == rows
    newer = Coverage(
        resource=INSTANCE.ref,
        scan_type=ScanType.PACKAGE,
        active=False,
        reason="NO_INVENTORY",
        detail="none",
        last_scanned_at=NOW,
    )
    store.save_coverage([newer])
    store.save_coverage([])
    assert list(store.coverage()) == [rows[0], newer, rows[2]]


def test_failures_and_answers_are_those_of_the_last_pass(store: SqlStore) -> None:
    failures = [
        ScopeFailure(account=ACCOUNT, region="eu-west-1", operation="x:y", code="c", reason=reason)
        for reason in ("b", "a")
    ]
    answers: Iterable[NotReachable | UnknownReach] = [
        UnknownReach(edge="internet", resource="i-1", code="c", component="x", reason="r"),
        NotReachable(edge="internet", resource="i-2", code="c", component="x", reason="r"),
    ]
    store.save_scope_failures(failures)
    store.save_unreached(answers)
    assert store.scope_failures() == tuple(failures)
    assert list(store.unreached()) == answers
    store.save_scope_failures([])
    store.save_unreached([])
    assert (store.scope_failures(), list(store.unreached())) == ((), [])


@pytest.mark.parametrize(
    ("table", "read"),
    [
        ("resources", lambda store: list(store.resources())),
        ("resources", lambda store: store.resources_with("PyPI", "a")),
        ("inventories", lambda store: store.inventory(INSTANCE.ref)),
        ("coverage", lambda store: list(store.coverage())),
        ("scope_failures", lambda store: store.scope_failures()),
        ("unreached", lambda store: list(store.unreached())),
        ("finding_values", lambda store: store.known(INSTANCE.ref)),
        ("finding_values", lambda store: store.get(finding().id)),
        ("finding_values", lambda store: store.list()),
        (
            "finding_values",
            lambda store: store.apply([Change(before=finding(title="x"), after=finding())]),
        ),
    ],
)
def test_a_damaged_row_is_an_error_of_the_store(
    store: SqlStore, table: str, read: Callable[[SqlStore], object]
) -> None:
    _seen(store, INSTANCE)
    store.save_inventory("1", _inventory(INSTANCE, ("PyPI", "a", "1")), now=NOW)
    store.save_coverage([_covered(INSTANCE.ref, ScanType.PACKAGE)])
    store.save_scope_failures(
        [ScopeFailure(account=ACCOUNT, region="", operation="x", code="c", reason="r")]
    )
    store.save_unreached(
        [NotReachable(edge="internet", resource="i-2", code="c", component="x", reason="r")]
    )
    store.apply([Change(before=None, after=finding())])
    for damage in (b"", b"\xc1", b"\x80", b"\x81\xa3ref\xa1\xff", b"\xa9not a map"):
        with store._database.writing() as connection:
            connection.execute(text(f"UPDATE {table} SET value = :damage"), {"damage": damage})  # noqa: S608
        with pytest.raises(StoreError, match=r"the store holds a .* that cannot be read"):
            read(store)


def test_a_pass_asks_no_question_for_each_resource(store: SqlStore) -> None:
    several = [_named(f"i-{number}") for number in range(40)]
    _seen(store, *several)
    for one in several:
        store.save_inventory("f", _inventory(one, ("PyPI", "a", "1")), now=NOW)
        store.save_evaluation(one.ref, "e", now=NOW)
        store.apply([Change(before=None, after=finding(resource=one))])
    asked: list[str] = []

    def note(*happened: object) -> None:
        asked.append(str(happened[2]))

    engine = store._database._engine
    event.listen(engine, "before_cursor_execute", note)
    store.fingerprints()
    store.evaluations()
    store.lingering()
    store.resources_with("PyPI", "a")
    store.list(limit=40)
    store.resources_of(one.ref for one in several)
    event.remove(engine, "before_cursor_execute", note)
    assert len([one for one in asked if one.startswith("SELECT")]) == 7


def test_a_failing_engine_is_an_error_of_the_store(url: str) -> None:
    with SqlStore.open(url) as store:
        with store._database.writing() as connection:
            connection.execute(text("DROP TABLE coverage"))
        with pytest.raises(StoreError, match=r"the store failed: .*coverage"):
            list(store.coverage())
        with pytest.raises(StoreError, match=r"the store failed: .*coverage"):
            store.save_coverage([_covered(INSTANCE.ref, ScanType.PACKAGE)])


def test_times_are_kept_to_the_microsecond(store: SqlStore) -> None:
    moment = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)
    store.apply([Change(before=None, after=finding(first_observed_at=moment))])
    assert store.known(INSTANCE.ref)[0].first_observed_at == moment
