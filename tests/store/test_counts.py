"""Counts in SQL are those of Python."""

import base64
from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings, strategies as st
from sqlalchemy import delete

from tests.findings.make import (
    FUNCTION,
    IMAGE,
    INSTANCE,
    NOW,
    exposure,
    finding,
    vulnerability,
    vulnerable,
)
from tests.matching.memory import package
from vedette.findings.aggregate import SeverityCounts, count
from vedette.findings.counting import CountBy, Counted, Counting, CountOrder
from vedette.findings.layers import layer_arn
from vedette.findings.lifecycle import Change
from vedette.findings.query import passes
from vedette.model.arn import Arn
from vedette.model.digest import digest_of
from vedette.model.filter import Filter, Tagged, Text, TextField, TextOperator, TextTest
from vedette.model.finding import Finding, FindingStatus, Reachable, Vulnerability
from vedette.model.package import Location
from vedette.model.resource import LambdaFunction, Resource
from vedette.model.severity import Severity
from vedette.store import schema
from vedette.store.store import SqlStore

DIGESTS = (digest_of(b"1"), digest_of(b"2"))
_ARN = FUNCTION.facts.layers[0] if isinstance(FUNCTION.facts, LambdaFunction) else Arn("")
OF_ONE = msgspec.structs.replace(
    FUNCTION,
    facts=msgspec.structs.replace(
        FUNCTION.facts,
        code_sha256=base64.b64encode(bytes.fromhex(DIGESTS[0].partition(":")[2])).decode(),
    ),
)
OF_TWO = msgspec.structs.replace(
    FUNCTION,
    ref=msgspec.structs.replace(FUNCTION.ref, id=f"{FUNCTION.ref.id}2"),
    facts=msgspec.structs.replace(
        FUNCTION.facts,
        name="other",
        layers=(_ARN, Arn(f"{_ARN}2"), Arn(f"{_ARN}3")),
        layer_digests=(*DIGESTS, None),
    ),
)
RESOURCES = (INSTANCE, IMAGE, OF_ONE, OF_TWO)
_KNOWN = {one.ref: one for one in RESOURCES}
Parts = Callable[[Finding, Resource], Iterable[tuple[str | None, ...]]]


def _account(one: Finding) -> str | None:
    return one.key.resource.account


def _packages(one: Finding) -> tuple[Any, ...]:
    return one.evidence.packages if isinstance(one.evidence, Vulnerability) else ()


def _layers(one: Finding, resource: Resource) -> set[tuple[str | None, ...]]:
    if resource is not IMAGE:
        return set()
    places = [place for entry in _packages(one) for place in entry.package.locations]
    owner = (_account(one), "app", one.key.resource.id)
    return {(*owner, place.layer) for place in places if place.layer is not None}


def _function_layers(one: Finding, resource: Resource) -> set[tuple[str | None, ...]]:
    places = [place for entry in _packages(one) for place in entry.package.locations]
    named = "hook" if resource is OF_ONE else "other"
    found = {layer_arn(resource, place) for place in places}
    return {(_account(one), named, one.key.resource.id, arn) for arn in found if arn is not None}


def _flaw(one: Finding) -> str | None:
    return one.evidence.id if isinstance(one.evidence, Vulnerability) else None


_PARTS: dict[CountBy, Parts] = {
    CountBy.ACCOUNT: lambda one, _: [(_account(one),)],
    CountBy.FUNCTION_LAYER: _function_layers,
    CountBy.IMAGE_LAYER: _layers,
    CountBy.MACHINE_IMAGE: lambda one, known: (
        [(_account(one), "ami-1")] if known is INSTANCE else []
    ),
    CountBy.PACKAGE: lambda one, _: {
        (_account(one), entry.package.name) for entry in _packages(one)
    },
    CountBy.REPOSITORY: lambda one, known: [(_account(one), "app")] if known is IMAGE else [],
    CountBy.RESOURCE: lambda one, _: [(_account(one), one.key.resource.id)],
    CountBy.TITLE: lambda one, _: [(_account(one), one.title, _flaw(one))],
}


def _in_python(findings: Iterable[Finding], asked: Counting) -> dict[Any, SeverityCounts]:
    groups: dict[Any, list[Finding]] = defaultdict(list)
    for one in findings:
        resource = _KNOWN[one.key.resource]
        if one.status is not FindingStatus.ACTIVE or not passes(asked.resources, one, resource):
            continue
        for parts in _PARTS[asked.by](one, resource):
            groups[parts].append(one)
    return {parts: count(found) for parts, found in groups.items()}


_PLACES = st.builds(
    lambda path, layer: Location(path=path, layer=layer),
    st.sampled_from(["opt/p", "opt/p", "p"]),
    st.none() | st.sampled_from([*DIGESTS, digest_of(b"3")]),
)
_ENTRIES = st.builds(
    lambda name, arch, places: vulnerable(package("PyPI", name, "1", arch=arch, locations=places)),
    st.sampled_from(["a", "b"]),
    st.none() | st.just("x86_64"),
    st.lists(_PLACES, max_size=2).map(tuple),
)
_EVIDENCE = st.one_of(
    st.just(Reachable(exposure=exposure())),
    st.builds(
        lambda name, entries: vulnerability(id=name, packages=tuple(entries)),
        st.sampled_from(["CVE-1", "CVE-2"]),
        st.lists(_ENTRIES, min_size=1, max_size=3),
    ),
)
_FINDINGS = st.builds(
    lambda evidence, resource, subject, title, severity, status: finding(
        evidence,
        resource=resource,
        subject=str(subject),
        title=title,
        severity=severity,
        status=status,
    ),
    _EVIDENCE,
    st.sampled_from(RESOURCES),
    st.integers(0, 30),
    st.sampled_from(["one", "two\0"]),
    st.sampled_from(Severity),
    st.sampled_from([FindingStatus.ACTIVE, FindingStatus.ACTIVE, FindingStatus.CLOSED]),
)


def _is(field: TextField, value: str) -> Filter:
    return Text(field=field, test=TextTest(operator=TextOperator.EQUALS, value=value))


_EMPTIED = (schema.finding_packages, schema.finding_counts, schema.finding_values, schema.findings)
_RESOURCES: list[Filter] = [
    Counting(by=CountBy.ACCOUNT).resources,
    _is(TextField.REGION, "eu-west-1"),
    _is(TextField.RESOURCE_TYPE, "AWS_EC2_INSTANCE"),
    _is(TextField.ECR_TAG, "latest"),
    _is(TextField.LAMBDA_NAME, "other"),
    Tagged(key="env"),
]


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    several=st.lists(_FINDINGS, max_size=10, unique_by=lambda one: one.id),
    question=st.tuples(st.sampled_from(CountBy), st.sampled_from(_RESOURCES)),
    order=st.sampled_from(CountOrder),
    descending=st.booleans(),
    changed=st.lists(
        st.tuples(st.sampled_from(FindingStatus), st.sampled_from(Severity)), max_size=6
    ),
)
def test_counts_in_sql_are_those_in_python(
    store: SqlStore,
    several: list[Finding],
    question: tuple[CountBy, Filter],
    order: CountOrder,
    changed: list[tuple[FindingStatus, Severity]],
    *,
    descending: bool,
) -> None:
    with store._database.writing() as connection:
        for table in _EMPTIED:
            connection.execute(delete(table))
    store.save_resources(RESOURCES, looked_in=(), now=NOW)
    store.apply([Change(before=None, after=one) for one in several])
    turned = [
        msgspec.structs.replace(one, status=status, severity=severity)
        for one, (status, severity) in zip(several, changed, strict=False)
    ]
    store.apply(
        [Change(before=one, after=after) for one, after in zip(several, turned, strict=False)]
    )
    several = [*turned, *several[len(turned) :]]
    assert store.count_active() == sum(one.status is FindingStatus.ACTIVE for one in several)
    by, resources = question
    asked = Counting(by=by, order=order, descending=descending, resources=resources)
    found = store.count_by(asked, limit=100)
    expected = _in_python(several, asked)
    assert {_key(by, one): one.counts for one in found} == expected
    amounts = [_amount(order, one) for one in found]
    assert amounts == sorted(amounts, reverse=descending)
    assert store.count_by(asked, limit=1, offset=1) == found[1:2]


def _key(by: CountBy, one: Counted) -> tuple[str | None, ...]:
    return one.parts[:2] if by is CountBy.RESOURCE else one.parts


def _amount(order: CountOrder, one: Counted) -> int:
    match order:
        case CountOrder.ALL:
            return one.counts.all
        case CountOrder.CRITICAL:
            return one.counts.critical
        case CountOrder.HIGH:
            return one.counts.high
        case CountOrder.NETWORK:
            return one.network
        case CountOrder.RESOURCES:
            return one.resources


def test_what_is_counted_follows_the_findings(store: SqlStore) -> None:
    first = finding()
    store.apply([Change(before=None, after=first)])
    asked = Counting(by=CountBy.PACKAGE)
    (before,) = store.count_by(asked, limit=9)
    assert before.parts == ("111122223333", "lib")
    assert before.counts == SeverityCounts(all=1, high=1)
    second = msgspec.structs.replace(first, severity=Severity.LOW)
    store.apply([Change(before=first, after=second)])
    assert store.count_by(asked, limit=9)[0].counts == SeverityCounts(all=1, low=1)
    closed = msgspec.structs.replace(second, status=FindingStatus.CLOSED)
    store.apply([Change(before=second, after=closed)])
    assert store.count_by(asked, limit=9) == ()


@pytest.mark.parametrize(
    ("tests", "found"),
    [
        ([("EQUALS", "a")], ["a"]),
        ([("PREFIX", "a"), ("EQUALS", "b")], ["a", "ab", "b"]),
        ([("NOT_EQUALS", "a")], ["ab", "b"]),
        ([("PREFIX", "a"), ("NOT_EQUALS", "a")], ["ab"]),
        ([("EQUALS", "\ud800")], []),
    ],
)
def test_groups_are_chosen_by_their_parts(
    store: SqlStore, tests: list[tuple[str, str]], found: list[str]
) -> None:
    several = [
        finding(vulnerability(id=f"CVE-{name}", packages=(vulnerable(package("PyPI", name, "1")),)))
        for name in ("a", "ab", "b")
    ]
    store.apply([Change(before=None, after=one) for one in several])
    wanted = tuple(TextTest(operator=TextOperator(kind), value=value) for kind, value in tests)
    asked = Counting(by=CountBy.PACKAGE, tests=(("package", wanted),))
    assert [one.parts[1] for one in store.count_by(asked, limit=9)] == found
