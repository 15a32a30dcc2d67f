"""Findings: what is applied, and that filters, order and pages in SQL are those in Python."""

import base64
from collections.abc import Iterator
from datetime import timedelta

import msgspec
import pytest
from hypothesis import HealthCheck, example, given, settings, strategies as st
from sqlalchemy import delete, select

from tests.findings.make import (
    FUNCTION,
    IMAGE,
    INSTANCE,
    LOCAL,
    NOW,
    epss,
    exposure,
    finding,
    vulnerability,
    vulnerable,
)
from tests.matching.memory import package
from vedette.errors import ConfigError, StoreError
from vedette.findings.lifecycle import Change, reconcile
from vedette.findings.query import Sort, SortField, ordered, passes
from vedette.model.arn import Arn
from vedette.model.digest import digest_of
from vedette.model.filter import (
    All,
    Any,
    Filter,
    Not,
    Number,
    NumberField,
    PackageMatch,
    Ports,
    Span,
    Tagged,
    Text,
    TextField,
    TextOperator,
    TextTest,
    Time,
    TimeField,
)
from vedette.model.finding import Finding, FindingId, FindingStatus, Reachable, Score
from vedette.model.network import Hop, Transport
from vedette.model.package import Location
from vedette.model.resource import LambdaFunction, Resource
from vedette.model.severity import Severity
from vedette.store import schema
from vedette.store.filters import TooLargeError, condition_of
from vedette.store.finding_writer import forget
from vedette.store.paging import Place, token
from vedette.store.store import SqlStore

_ARN = FUNCTION.facts.layers[0] if isinstance(FUNCTION.facts, LambdaFunction) else Arn("")
_LAYERED = msgspec.structs.replace(
    FUNCTION,
    ref=msgspec.structs.replace(FUNCTION.ref, id=f"{FUNCTION.ref.id}2"),
    facts=msgspec.structs.replace(
        FUNCTION.facts,
        layers=(Arn(f"{_ARN}2"), _ARN),
        layer_digests=(digest_of(b"1"), digest_of(b"2")),
    ),
)
RESOURCES = (INSTANCE, IMAGE, FUNCTION, _LAYERED, LOCAL)


def _opened(*findings: Finding) -> list[Change]:
    return [Change(before=None, after=one) for one in findings]


def _several(count: int) -> tuple[Finding, ...]:
    return tuple(finding(vulnerability(id=f"CVE-2024-{number:04}")) for number in range(count))


def test_what_is_applied_is_known_by_its_resource(store: SqlStore) -> None:
    mine, other = finding(), finding(resource=IMAGE)
    assert store.apply(_opened(mine, other)) == 2
    assert store.apply([]) == 0
    assert store.known(INSTANCE.ref) == (mine,)
    assert store.known(IMAGE.ref) == (other,)
    assert store.known(LOCAL.ref) == ()
    assert store.get(mine.id) == mine
    assert store.get(FindingId("0" * 32)) is None
    assert store.count_active() == 2


def test_resources_whose_names_look_alike_are_others(store: SqlStore) -> None:
    twins = [
        msgspec.structs.replace(INSTANCE, ref=msgspec.structs.replace(INSTANCE.ref, **change))
        for change in (
            {"id": "I-0A1B2C3D4E5F60718"},
            {"region": "eu-west-2"},
            {"partition": "aws-cn"},
        )
    ]
    store.apply(_opened(*(finding(resource=one) for one in (INSTANCE, *twins))))
    assert store.known(INSTANCE.ref) == (finding(),)


def test_a_change_replaces_what_it_was_made_from(store: SqlStore) -> None:
    first = finding()
    store.apply(_opened(first))
    later = tuple(reconcile([first], [], now=NOW + timedelta(days=1), complete=True))
    store.apply(later)
    assert store.known(INSTANCE.ref) == (later[0].after,)
    assert store.count_active() == 0


def test_two_changes_of_one_finding_follow_one_another(store: SqlStore) -> None:
    first = finding()
    second = msgspec.structs.replace(first, status=FindingStatus.SUPPRESSED)
    assert store.apply([*_opened(first), Change(before=first, after=second)]) == 2
    assert store.get(first.id) == second
    assert [entry.change.after for entry in store.changes_since("x", 9)] == [first, second]


@pytest.mark.parametrize("stale", ["opened twice", "changed meanwhile", "never there"])
def test_a_change_of_what_is_no_more_is_refused_whole(store: SqlStore, stale: str) -> None:
    known, new = finding(), finding(vulnerability(id="CVE-2024-0009"))
    other = msgspec.structs.replace(known, title="another")
    store.apply(_opened(known))
    change = {
        "opened twice": Change(before=None, after=other),
        "changed meanwhile": Change(before=other, after=known),
        "never there": Change(before=new, after=new),
    }[stale]
    with pytest.raises(StoreError, match="was changed by somebody else meanwhile"):
        store.apply([*_opened(finding(vulnerability(id="CVE-2024-0010"))), change])
    assert store.known(INSTANCE.ref) == (known,)
    assert len(store.changes_since("x", 10)) == 1


def test_more_changes_than_are_checked_at_once(store: SqlStore) -> None:
    several = _several(1203)
    assert store.apply(_opened(*several)) == 1203
    assert len(store.known(INSTANCE.ref)) == 1203
    with pytest.raises(StoreError, match="changed by somebody else"):
        store.apply(_opened(several[-1]))


# --- lists -------------------------------------------------------------------------------------------------------

_WORDS = st.sampled_from(
    [
        "",
        "a",
        "A",
        "ab",
        "b%",
        "b_",
        "ä",
        "a\0",
        "a\1",
        "a\0b",
        "Z",
        "名",
        "\U0001f600",
        "\uffff",
        "'",
        "\\",
    ]
)
_MOMENTS = st.integers(0, 3).map(lambda step: NOW + timedelta(microseconds=step))
_AMOUNTS = st.sampled_from([0.0, 0.1, 5.0, 7.5, 10.0, 0.30000000000000004])
_SCORES = st.builds(
    lambda value, risk: Score(value=value, vector=None, source=None, risk=risk),
    st.none() | _AMOUNTS,
    _AMOUNTS,
)


_HOPS = st.builds(lambda kind, name: Hop(component_type=kind, component_id=name), _WORDS, _WORDS)
_PLACES = st.builds(
    lambda path, layer: Location(path=path, layer=layer),
    _WORDS | st.just("opt/lib"),
    st.none() | st.sampled_from([digest_of(b"1"), digest_of(b"2")]),
)
_PACKAGES = st.builds(
    lambda version, arch, places, fixed_in: vulnerable(
        package(version[0], version[1], version[2], arch=arch, locations=places), fixed_in=fixed_in
    ),
    st.sampled_from(
        [
            ("PyPI", "lib", "1.0"),
            ("PyPI", "a", "1-1"),
            ("Debian:12", "a", "3:1.0-1"),
            ("Amazon Linux:2", "ab", "32:9.11.4-26.amzn2"),
        ]
    ),
    st.none() | st.just("x86_64"),
    st.lists(_PLACES, max_size=2).map(tuple),
    st.none() | st.just("2"),
)


@st.composite
def _findings(draw: st.DrawFn) -> Finding:
    words = draw(_WORDS), draw(_WORDS)
    if draw(st.booleans()):
        evidence = vulnerability(
            id=draw(_WORDS),
            source=words[0],
            vendor_severity=draw(st.none() | _WORDS),
            epss=draw(st.none() | _AMOUNTS.map(lambda value: epss(value / 10))),
            aliases=draw(st.lists(_WORDS, max_size=2).map(tuple)),
            references=draw(st.sampled_from([(), ("https://www.exploit-db.com/exploits/1",)])),
            packages=draw(st.lists(_PACKAGES, min_size=1, max_size=2).map(tuple)),
        )
        return finding(
            evidence,
            resource=draw(st.sampled_from(RESOURCES)),
            subject=str(draw(st.integers(0, 40))),
            **_common(draw, words[1]),
        )
    ports = draw(st.sampled_from([(22, 22), (80, 443), (0, 65535)]))
    hops = draw(st.lists(_HOPS, max_size=2).map(tuple))
    return finding(
        Reachable(
            exposure=exposure(
                ports=ports,
                transport=draw(st.sampled_from(Transport)),
                edge=draw(st.sampled_from(["internet-v4", "vgw"])),
                inspector_path=hops,
            )
        ),
        resource=draw(st.sampled_from(RESOURCES)),
        subject=str(draw(st.integers(0, 40))),
        **_common(draw, words[1]),
    )


def _common(draw: st.DrawFn, title: str) -> dict[str, object]:
    return {
        "title": title,
        "suppressed_by": draw(st.none() | _WORDS),
        "severity": draw(st.sampled_from(Severity)),
        "status": draw(st.sampled_from(FindingStatus)),
        "score": draw(_SCORES),
        "first_observed_at": draw(_MOMENTS),
        "last_observed_at": draw(_MOMENTS),
        "updated_at": draw(_MOMENTS),
    }


_FIELD_WORDS = st.sampled_from(
    [
        "111122223333",
        "eu-west-1",
        "AWS_EC2_INSTANCE",
        "AWS",
        "ACTIVE",
        "active",
        "HIGH",
        "YES",
        "app",
        "arn",
        "TCP",
        "T",
        "AWS_",
        "arn:aws:inspector2:eu-west-1:111122223333:finding/" + finding().id,
        "arn:aws:inspector2:eu-west-1:1111",
        "PARTIAL",
        "NO",
        "lib",
        "x86_64",
        "9.11.4",
        "26.amzn2",
        digest_of(b"1"),
        "sha256:",
        "python3.11",
        "PYTHON_3",
        "Linux",
        "vpc-1",
    ]
) | st.sampled_from(
    [INSTANCE.ref.id, "i-", "PACKAGE_VULNERABILITY", "NETWORK", "latest", "\ud800", "a\udfff"]
)
_TESTS = st.builds(
    lambda operator, value: TextTest(operator=operator, value=value),
    st.sampled_from(TextOperator),
    _WORDS | _FIELD_WORDS,
)
_LAYER_TESTS = st.builds(
    lambda operator, value: TextTest(operator=operator, value=value),
    st.sampled_from(TextOperator),
    st.sampled_from([_ARN, f"{_ARN}2", "arn:", "arn:x", "\ud800"]),
)
_ENDS = st.none() | _AMOUNTS | st.sampled_from([float("nan"), float("inf"), float("-inf"), 0.05])
_LEAVES: st.SearchStrategy[Filter] = st.one_of(
    st.builds(lambda field, test: Text(field=field, test=test), st.sampled_from(TextField), _TESTS),
    st.builds(
        lambda field, lower, upper: Number(field=field, lower=lower, upper=upper),
        st.sampled_from(NumberField),
        _ENDS,
        _ENDS,
    ),
    st.builds(
        lambda field, start, end: Time(field=field, start=start, end=end),
        st.sampled_from(TimeField),
        st.none() | _MOMENTS,
        st.none() | _MOMENTS,
    ),
    st.sampled_from(
        [
            Ports(begin=20, end=30),
            Ports(),
            Ports(begin=80, end=1000),
            Tagged(key="env"),
            Tagged(key="env", value="x"),
            Tagged(key="env", value="prod"),
            Tagged(key="en"),
            Tagged(key="\ud800"),
        ]
    ),
    st.builds(
        PackageMatch,
        name=st.none() | _TESTS,
        version=st.none() | _TESTS,
        release=st.none() | _TESTS,
        arch=st.none() | _TESTS,
        path=st.none() | _TESTS,
        layer=st.none() | _TESTS,
        layer_arn=st.none() | _LAYER_TESTS,
        epoch=st.none() | st.builds(Span, lower=_ENDS, upper=_ENDS),
    ),
)
_FILTERS: st.SearchStrategy[Filter] = st.recursive(
    _LEAVES,
    lambda inner: st.one_of(
        st.builds(lambda part: Not(part=part), inner),
        st.builds(lambda parts: All(parts=tuple(parts)), st.lists(inner, max_size=3)),
        st.builds(lambda parts: Any(parts=tuple(parts)), st.lists(inner, max_size=3)),
    ),
    max_leaves=5,
)


@pytest.fixture
def furnished(store: SqlStore, monkeypatch: pytest.MonkeyPatch) -> SqlStore:
    """A store that knows the resources but one, and reads findings in small pieces."""
    store.save_resources(RESOURCES[:4], looked_in=(), now=NOW)
    monkeypatch.setattr("vedette.store.listing._CHUNK", 3)
    monkeypatch.setattr("vedette.store.listing._NEAR", 2)
    monkeypatch.setattr("vedette.store.listing._WALKED", 4)
    monkeypatch.setattr("vedette.store.listing._FARTHEST", 10)
    return store


def _pages(
    store: SqlStore, condition: Filter | None, sort: Sort, limit: int
) -> Iterator[tuple[Finding, ...]]:
    after: str | None = None
    while True:
        page = store.list(condition, sort=sort, limit=limit, after=after)
        yield page.findings
        if page.next is None:
            return
        after = page.next


_KNOWN = {known.ref: known for known in RESOURCES[:4]}


def _resource(one: Finding) -> Resource | None:
    return _KNOWN.get(one.key.resource)


@settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    several=st.lists(_findings(), max_size=12, unique_by=lambda one: one.id),
    condition=st.none() | _FILTERS,
    field=st.sampled_from(SortField),
    descending=st.booleans(),
    limit=st.integers(1, 5),
)
@example(
    several=[finding(title=title, subject=title) for title in ("a\1", "a\0", "a\2", "a")],
    condition=Not(
        part=Text(field=TextField.TITLE, test=TextTest(operator=TextOperator.PREFIX, value="a\0"))
    ),
    field=SortField.TITLE,
    descending=False,
    limit=2,
)
def test_filter_order_and_pages_in_sql_are_those_in_python(
    furnished: SqlStore,
    several: list[Finding],
    condition: Filter | None,
    field: SortField,
    *,
    descending: bool,
    limit: int,
) -> None:
    with furnished._database.writing() as connection:
        numbers = connection.execute(select(schema.findings.c.number)).scalars().all()
        forget(connection, numbers)
        connection.execute(delete(schema.findings))
        connection.execute(delete(schema.finding_counts))
    furnished.apply(_opened(*several))
    sort = Sort(field=field, descending=descending)
    wanted = [one for one in several if condition is None or passes(condition, one, _resource(one))]
    pages = list(_pages(furnished, condition, sort, limit))
    assert [one for page in pages for one in page] == ordered(wanted, sort, _KNOWN)
    assert all(len(page) == limit for page in pages[:-1])


@pytest.mark.parametrize("field", SortField)
def test_every_order_is_made_by_the_database(store: SqlStore, field: SortField) -> None:
    store.apply(_opened(*_several(3)))
    for descending in (True, False):
        assert len(store.list(sort=Sort(field=field, descending=descending), limit=2).findings) == 2


def test_a_filter_may_be_too_large_for_the_database() -> None:
    test = TextTest(operator=TextOperator.EQUALS, value="x")
    title = Text(field=TextField.TITLE, test=test)
    alias = Text(field=TextField.RELATED_VULNERABILITY, test=test)
    condition_of(Any(parts=(title,) * 10_000))
    for large in (
        Any(parts=(title,) * 10_001),
        All(parts=(title,) * 200),
        Any(parts=(alias,) * 200),
    ):
        with pytest.raises(TooLargeError):
            condition_of(large)


def test_a_filter_that_is_too_large_finds_the_same(furnished: SqlStore) -> None:
    several = _several(9)
    furnished.apply(_opened(*several))
    large = All(parts=(Number(field=NumberField.RISK, lower=1),) * 300)
    pages = list(_pages(furnished, large, Sort(), 2))
    assert [one for page in pages for one in page] == ordered(several, Sort())


def test_all_fields_may_be_asked_for_at_once(store: SqlStore) -> None:
    store.apply(_opened(*_several(3)))
    test = TextTest(operator=TextOperator.NOT_EQUALS, value="x")
    texts = [Text(field=field, test=test) for field in TextField]
    assert len(store.list(All(parts=tuple(texts))).findings) == 3
    numbers = [Not(part=Number(field=field, lower=1e9)) for field in NumberField]
    times: list[Filter] = [Time(field=TimeField.UPDATED_AT, start=NOW), Not(part=Ports())]
    wanted = All(parts=(*texts, *numbers, *times))
    for field in SortField:
        assert len(store.list(wanted, sort=Sort(field=field)).findings) == 3


def test_few_among_many_are_found_by_what_they_have(store: SqlStore) -> None:
    several = _several(3100)
    rare = finding(vulnerability(id="CVE-2025-1", aliases=("GHSA-1",)))
    store.apply(_opened(*several, rare))
    for wanted in (
        Text(
            field=TextField.RELATED_VULNERABILITY,
            test=TextTest(operator=TextOperator.EQUALS, value="GHSA-1"),
        ),
        Text(
            field=TextField.VULNERABILITY_ID,
            test=TextTest(operator=TextOperator.PREFIX, value="CVE-2025"),
        ),
    ):
        for field in SortField:
            assert store.list(wanted, sort=Sort(field=field), limit=2).findings == (rare,)


@pytest.mark.parametrize(
    ("operator", "found"),
    [(TextOperator.EQUALS, 0), (TextOperator.PREFIX, 0), (TextOperator.NOT_EQUALS, 3)],
)
def test_text_that_cannot_be_stored_equals_nothing(
    store: SqlStore, operator: TextOperator, found: int
) -> None:
    store.apply(_opened(*_several(3)))
    test = TextTest(operator=operator, value="a\ud800")
    assert len(store.list(Text(field=TextField.TITLE, test=test)).findings) == found
    assert len(store.list(Not(part=Text(field=TextField.TITLE, test=test))).findings) == 3 - found


@pytest.mark.parametrize("kind", [All, Any])
def test_a_filter_with_thousands_of_parts_is_no_trouble(
    store: SqlStore, kind: type[All | Any]
) -> None:
    several = _several(3)
    store.apply(_opened(*several))
    parts = tuple(
        Text(
            field=TextField.VULNERABILITY_ID,
            test=TextTest(
                operator=TextOperator.EQUALS if kind is Any else TextOperator.NOT_EQUALS,
                value=f"CVE-2024-{number:04}",
            ),
        )
        for number in range(1, 5000)
    )
    found = store.list(kind(parts=parts)).findings
    assert {one.key.subject for one in found} == (
        {"CVE-2024-0001", "CVE-2024-0002"} if kind is Any else {"CVE-2024-0000"}
    )


def test_pages_end_where_the_findings_end(store: SqlStore) -> None:
    assert store.list() == msgspec.structs.replace(store.list(), findings=(), next=None)
    store.apply(_opened(*_several(4)))
    assert [len(page) for page in _pages(store, None, Sort(), 2)] == [2, 2]
    assert [len(page) for page in _pages(store, None, Sort(), 3)] == [3, 1]


def test_a_token_belongs_to_its_filter_and_order(store: SqlStore) -> None:
    store.apply(_opened(*_several(3)))
    active = Text(
        field=TextField.STATUS, test=TextTest(operator=TextOperator.EQUALS, value="ACTIVE")
    )
    made = store.list(active, limit=1).next
    assert made is not None
    assert len(store.list(active, after=made).findings) == 2
    assert len(store.list(active, after=made, limit=1).findings) == 1  # the size is free
    for other in (
        {"condition": None},
        {"condition": Not(part=active)},
        {"condition": active, "sort": Sort(field=SortField.TITLE)},
        {"condition": active, "sort": Sort(descending=False)},
    ):
        with pytest.raises(ConfigError, match="belongs to a list with another filter or order"):
            store.list(**other, after=made)


def _forged(sort: Sort, value: object, number: object = 1) -> str:
    from vedette.store.paging import question_of  # noqa: PLC0415

    content = [question_of(None, sort), value, number]
    return base64.urlsafe_b64encode(msgspec.msgpack.encode(content)).decode().rstrip("=")


@pytest.mark.parametrize(
    "text", ["", "x", "====", "ä", "\ud800", "AAAA", "a" * 100_000, "\0", "gg==", "kA"]
)
def test_what_is_no_token_is_refused(store: SqlStore, text: str) -> None:
    with pytest.raises(ConfigError, match="not a token of this list"):
        store.list(after=text)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        (SortField.RISK, "text"),
        (SortField.RISK, 7),
        (SortField.RISK, float("nan")),
        (SortField.SEVERITY, 1.5),
        (SortField.UPDATED_AT, 1 << 63),
        (SortField.UPDATED_AT, True),
        (SortField.TITLE, 1),
        (SortField.TITLE, b"x"),
        (SortField.TITLE, [1]),
    ],
)
def test_a_forged_token_is_refused(store: SqlStore, field: SortField, value: object) -> None:
    sort = Sort(field=field)
    with pytest.raises(ConfigError, match="not a token of this list"):
        store.list(sort=sort, after=_forged(sort, value))
    with pytest.raises(ConfigError, match="not a token of this list"):
        store.list(sort=sort, after=_forged(sort, None, "7"))
    with pytest.raises(ConfigError, match="not a token of this list"):
        store.list(sort=sort, after=_forged(sort, None, 1 << 63))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        (SortField.RISK, float("inf")),
        (SortField.RISK, None),
        (SortField.TITLE, "\0'; DROP TABLE findings; --"),
        (SortField.UPDATED_AT, -(1 << 63)),
        (SortField.EPSS, None),
    ],
)
def test_a_forged_token_of_the_right_kind_is_only_a_place(
    store: SqlStore, field: SortField, value: object
) -> None:
    store.apply(_opened(*_several(2)))
    sort = Sort(field=field)
    page = store.list(sort=sort, after=_forged(sort, value, -(1 << 63)))
    assert set(page.findings) <= set(_several(2))
    assert len(store.list().findings) == 2


def test_a_token_has_no_more_than_it_needs() -> None:
    assert len(token(Place(question="q" * 16, value=9.9, number=1 << 40))) < 60


def test_what_changes_between_pages_costs_nothing_else(store: SqlStore) -> None:
    several = _several(6)
    store.apply(_opened(*several))
    first = store.list(sort=Sort(field=SortField.TITLE), limit=3)
    gone = first.findings[-1]  # the finding that the token stands on
    store.apply([Change(before=gone, after=msgspec.structs.replace(gone, title="zzz"))])
    rest = store.list(sort=Sort(field=SortField.TITLE), limit=9, after=first.next)
    assert {one.id for one in several} <= {one.id for one in (*first.findings, *rest.findings)}


@pytest.mark.parametrize("field", [TextField.TITLE, TextField.RESOURCE_ID, TextField.REGION])
def test_order_and_filter_may_be_of_one_table(furnished: SqlStore, field: TextField) -> None:
    several = [finding(subject=str(number), title=f"t{number:02}") for number in range(12)]
    furnished.apply(_opened(*several))
    value = {"title": "t11", "resource_id": INSTANCE.ref.id, "region": "eu-west-1"}[field.value]
    condition = Text(field=field, test=TextTest(operator=TextOperator.EQUALS, value=value))
    for sort in (SortField.TITLE, SortField.RESOURCE_ID):
        page = furnished.list(condition, sort=Sort(field=sort, descending=False))
        wanted = [one for one in several if passes(condition, one, INSTANCE)]
        assert list(page.findings) == wanted


def _titled(start: str) -> Filter:
    return Text(field=TextField.TITLE, test=TextTest(operator=TextOperator.PREFIX, value=start))


@pytest.mark.parametrize(
    "condition",
    [
        None,
        _titled("a\0"),
        _titled("a\1"),
        Any(parts=(_titled("a"), _titled("\ud800"))),
        Any(parts=(_titled("a"), _titled("x" * 9000))),
    ],
    ids=["all", "U+0000", "U+0001", "no UTF-8", "large"],
)
def test_a_list_asked_again_is_that_of_what_is_there_by_then(
    store: SqlStore, condition: Filter | None
) -> None:
    sort = Sort(field=SortField.TITLE, descending=False)
    there: list[Finding] = []
    for letter in "abcd":
        more = [f"a{end}{letter}" for end in ("\0", "\1", "\2", "")]
        there += [finding(title=title, subject=title) for title in more]
        store.apply(_opened(*there[-4:]))
        passing = [one for one in there if condition is None or passes(condition, one, None)]
        expected = tuple(sorted(passing, key=lambda one: one.title))
        for limit in range(1, 9):  # more than there are statements kept
            pages = tuple(_pages(store, condition, sort, limit))
            assert sum(pages, ()) == expected
