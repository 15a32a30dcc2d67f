"""Filters and order in Python: tables, and the laws that a store must keep too."""

from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings, strategies as st

from tests.findings.make import (
    CRITICAL,
    FUNCTION,
    IMAGE,
    INSTANCE,
    LOCAL,
    NOW,
    epss,
    exposure,
    finding,
    kev,
    rating,
    vulnerability,
    vulnerable,
)
from tests.matching.memory import package
from vedette.findings.query import Sort, SortField, ordered, passes, sort_value
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
from vedette.model.finding import Finding, Reachable, Score
from vedette.model.package import Location
from vedette.model.resource import Resource
from vedette.model.severity import Severity

EQUALS, PREFIX, NOT_EQUALS = TextOperator
_LAYER = "arn:aws:lambda:eu-west-1:111122223333:layer:deps:1"


def _is(value: str, operator: TextOperator = EQUALS) -> TextTest:
    return TextTest(operator=operator, value=value)


_RPM = package(
    "Amazon Linux:2",
    "bind",
    "32:9.11.4-26.amzn2",
    arch="x86_64",
    locations=(Location(path="var/lib/rpm", layer=digest_of(b"layer")), Location(path="b")),
)
_FLAW = vulnerability(
    aliases=("GHSA-1",),
    vendor_severity="Important",
    packages=(vulnerable(_RPM), vulnerable(fixed_in=None)),
    epss=epss(0.25),
    kev=kev(),
)
_FINDING = finding(_FLAW, title="CVE-2024-0001 - bind")
_IN_IMAGE = finding(resource=IMAGE, suppressed_by="a rule")
_PORT = finding(Reachable(exposure=exposure(ports=(20, 25))))


def _text(field: TextField, value: str, operator: TextOperator = EQUALS) -> Text:
    return Text(field=field, test=_is(value, operator))


@pytest.mark.parametrize(
    ("field", "value", "given_finding", "resource"),
    [
        (TextField.ACCOUNT_ID, "111122223333", _FINDING, None),
        (TextField.FINDING_ID, _FINDING.id, _FINDING, None),
        (TextField.REGION, "eu-west-1", _FINDING, None),
        (TextField.RESOURCE_ID, INSTANCE.ref.id, _FINDING, None),
        (TextField.RESOURCE_TYPE, "AWS_EC2_INSTANCE", _FINDING, None),
        (TextField.SEVERITY, "HIGH", _FINDING, None),
        (TextField.STATUS, "ACTIVE", _FINDING, None),
        (TextField.TITLE, "CVE-2024-0001 - bind", _FINDING, None),
        (TextField.TYPE, "PACKAGE_VULNERABILITY", _FINDING, None),
        (TextField.TYPE, "NETWORK_REACHABILITY", _PORT, None),
        (TextField.EXPLOIT_AVAILABLE, "YES", _FINDING, None),
        (TextField.FIX_AVAILABLE, "PARTIAL", _FINDING, None),
        (TextField.RELATED_VULNERABILITY, "GHSA-1", _FINDING, None),
        (TextField.VENDOR_SEVERITY, "Important", _FINDING, None),
        (TextField.VULNERABILITY_ID, "CVE-2024-0001", _FINDING, None),
        (TextField.VULNERABILITY_SOURCE, "osv", _FINDING, None),
        (TextField.COMPONENT_ID, "sg-1", _PORT, None),
        (TextField.COMPONENT_TYPE, "AWS::EC2::SecurityGroup", _PORT, None),
        (TextField.EDGE, "internet-v4", _PORT, None),
        (TextField.PROTOCOL, "TCP", _PORT, None),
        (TextField.EC2_IMAGE_ID, "ami-1", _FINDING, INSTANCE),
        (TextField.EC2_SUBNET_ID, "subnet-1", _FINDING, INSTANCE),
        (TextField.EC2_VPC_ID, "vpc-1", _FINDING, INSTANCE),
        (TextField.ECR_ARCHITECTURE, "amd64", _FINDING, IMAGE),
        (TextField.ECR_DIGEST, digest_of(b"app"), _FINDING, IMAGE),
        (TextField.EC2_PLATFORM, "Linux/UNIX", _FINDING, INSTANCE),
        (TextField.ECR_REPOSITORY, "app", _IN_IMAGE, None),
        (TextField.ECR_REGISTRY, "111122223333", _IN_IMAGE, None),
        (TextField.CLOUD_PROVIDER, "AWS", _FINDING, None),
        (TextField.SUPPRESSED_BY, "a rule", _IN_IMAGE, None),
        (
            TextField.FINDING_ARN,
            f"arn:aws:inspector2:eu-west-1:111122223333:finding/{_FINDING.id}",
            _FINDING,
            None,
        ),
        (TextField.ECR_TAG, "latest", _FINDING, IMAGE),
        (
            TextField.LAMBDA_LAYER,
            _LAYER,
            _FINDING,
            FUNCTION,
        ),
        (TextField.LAMBDA_NAME, "hook", _FINDING, FUNCTION),
        (TextField.LAMBDA_ROLE, "arn:aws:iam::111122223333:role/hook", _FINDING, FUNCTION),
        (TextField.LAMBDA_RUNTIME, "python3.11", _FINDING, FUNCTION),
        (TextField.LAMBDA_RUNTIME, "PYTHON_3_11", _FINDING, FUNCTION),
    ],
)
def test_text_fields(
    field: TextField, value: str, given_finding: Finding, resource: Resource | None
) -> None:
    assert passes(_text(field, value), given_finding, resource)
    assert passes(_text(field, value[:3], PREFIX), given_finding, resource)
    assert not passes(_text(field, value, NOT_EQUALS), given_finding, resource)
    assert not passes(_text(field, value + "x"), given_finding, resource)
    assert passes(_text(field, value + "x", NOT_EQUALS), given_finding, resource)


@pytest.mark.parametrize("field", list(TextField))
def test_every_text_field_has_values_only_where_it_belongs(field: TextField) -> None:
    nothing = _text(field, "", PREFIX)
    owners = [
        (one, resource)
        for one in (_FINDING, _PORT, _IN_IMAGE)
        for resource in (None, INSTANCE, IMAGE, FUNCTION, LOCAL)
        if passes(nothing, one, resource)
    ]
    everywhere = {"account_id", "finding_id", "region", "resource_id", "resource_type"}
    everywhere |= {"severity", "status", "title", "type", "cloud_provider", "finding_arn"}
    assert (len(owners) == 15) is (field in everywhere)
    assert owners


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (Number(field=NumberField.EPSS, lower=0.25, upper=0.25), True),
        (Number(field=NumberField.EPSS, lower=0.26), False),
        (Number(field=NumberField.EPSS, upper=0.24), False),
        (Number(field=NumberField.RISK, lower=30), True),
        (Number(field=NumberField.SCORE, upper=7.5), True),
        (Number(field=NumberField.SCORE), True),
        (Time(field=TimeField.FIRST_OBSERVED_AT, start=NOW, end=NOW), True),
        (Time(field=TimeField.LAST_OBSERVED_AT, start=NOW + timedelta(seconds=1)), False),
        (Time(field=TimeField.UPDATED_AT, end=NOW - timedelta(seconds=1)), False),
        (Time(field=TimeField.ECR_PUSHED_AT), False),
        (Time(field=TimeField.LAMBDA_MODIFIED_AT), False),
        (Time(field=TimeField.LAST_IN_USE_AT), False),
        (Number(field=NumberField.IN_USE_COUNT), False),
        (Tagged(key="env"), False),
        (Ports(), False),
        (PackageMatch(), True),
        (PackageMatch(name=_is("bind")), True),
        (PackageMatch(name=_is("bin", PREFIX), version=_is("9.11.4")), True),
        (PackageMatch(name=_is("lib"), version=_is("9.11.4")), False),
        (PackageMatch(name=_is("lib"), version=_is("1.0"), release=_is("")), True),
        (PackageMatch(release=_is("26.amzn2"), epoch=Span(lower=32, upper=32)), True),
        (PackageMatch(name=_is("bind"), epoch=Span(upper=31)), False),
        (PackageMatch(arch=_is("x86_64"), path=_is("b")), True),
        (PackageMatch(layer=_is(digest_of(b"layer"))), True),
        (PackageMatch(layer=_is(digest_of(b"other"))), False),
        (PackageMatch(name=_is("bind"), layer=_is(digest_of(b"layer"), NOT_EQUALS)), False),
    ],
)
def test_other_fields_of_a_flaw(condition: Filter, expected: bool) -> None:  # noqa: FBT001
    assert passes(condition, _FINDING) is expected


@pytest.mark.parametrize(
    ("condition", "resource", "expected"),
    [
        (PackageMatch(layer_arn=_is(_LAYER)), FUNCTION, True),
        (PackageMatch(layer_arn=_is("arn:", PREFIX)), FUNCTION, True),
        (PackageMatch(layer_arn=_is(_LAYER, NOT_EQUALS)), FUNCTION, False),
        (PackageMatch(layer_arn=_is("arn:x")), FUNCTION, False),
        (PackageMatch(layer_arn=_is("arn:x", NOT_EQUALS)), FUNCTION, True),
        (PackageMatch(layer_arn=_is(_LAYER)), None, False),
        (PackageMatch(layer_arn=_is(_LAYER, NOT_EQUALS)), None, True),
        (PackageMatch(layer_arn=_is(_LAYER)), IMAGE, False),
    ],
)
def test_a_package_is_in_a_layer_of_a_function(
    condition: Filter,
    resource: Resource | None,
    expected: bool,  # noqa: FBT001
) -> None:
    places = (Location(path="opt/lib", layer=digest_of(b"layer")),)
    entry = vulnerable(package("PyPI", "lib", "1", locations=places))
    one = finding(vulnerability(packages=(entry,)), resource=FUNCTION)
    assert passes(condition, one, resource) is expected


@pytest.mark.parametrize(
    ("version", "epoch", "number", "release"),
    [
        ("1.0-1", 0, "1.0", "1"),
        ("1.0-rc-1", 0, "1.0-rc", "1"),
        ("3:1.0", 3, "1.0", ""),
        ("x:1.0-1", 0, "x:1.0", "1"),
        ("99999999999:1.0-1", 0, "99999999999:1.0", "1"),
    ],
)
def test_parts_of_a_debian_version(version: str, epoch: int, number: str, release: str) -> None:
    one = finding(vulnerability(packages=(vulnerable(package("Debian:12", "a", version)),)))
    wanted = PackageMatch(
        version=_is(number), release=_is(release), epoch=Span(lower=epoch, upper=epoch)
    )
    assert passes(wanted, one)


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (Ports(begin=20, end=25), True),
        (Ports(), True),
        (Ports(begin=21, end=25), False),
        (Ports(begin=20, end=24), False),
        (PackageMatch(), False),
        (Number(field=NumberField.EPSS), False),
    ],
)
def test_fields_of_an_open_port(condition: Filter, expected: bool) -> None:  # noqa: FBT001
    assert passes(condition, _PORT) is expected


def test_fields_of_the_resource() -> None:
    assert passes(Time(field=TimeField.ECR_PUSHED_AT, start=NOW), _FINDING, IMAGE)
    assert passes(Time(field=TimeField.LAMBDA_MODIFIED_AT, end=NOW), _FINDING, FUNCTION)
    assert passes(Time(field=TimeField.LAST_IN_USE_AT, start=NOW), _FINDING, IMAGE)
    assert passes(Number(field=NumberField.IN_USE_COUNT, lower=2, upper=2), _FINDING, IMAGE)
    assert not passes(Number(field=NumberField.IN_USE_COUNT, lower=3), _FINDING, IMAGE)
    assert passes(Tagged(key="env"), _FINDING, INSTANCE)
    assert passes(Tagged(key="env", value="prod"), _FINDING, INSTANCE)
    assert not passes(Tagged(key="env", value="test"), _FINDING, INSTANCE)
    assert not passes(Tagged(key="owner"), _FINDING, INSTANCE)


def test_without_an_account_there_is_none() -> None:
    local = finding(resource=LOCAL)
    assert not passes(_text(TextField.ACCOUNT_ID, "", PREFIX), local)
    assert passes(_text(TextField.ACCOUNT_ID, "111122223333", NOT_EQUALS), local)


_LEAVES: list[Filter] = [
    _text(TextField.SEVERITY, "HIGH"),
    _text(TextField.VULNERABILITY_ID, "CVE-", PREFIX),
    _text(TextField.ECR_TAG, "latest", NOT_EQUALS),
    Number(field=NumberField.RISK, lower=10),
    Ports(begin=0, end=1024),
    PackageMatch(name=_is("bind")),
    Tagged(key="env"),
]
_FILTERS = st.recursive(
    st.sampled_from(_LEAVES),
    lambda parts: st.one_of(
        parts.map(lambda part: Not(part=part)),
        st.lists(parts, max_size=3).map(lambda some: All(parts=tuple(some))),
        st.lists(parts, max_size=3).map(lambda some: Any(parts=tuple(some))),
    ),
    max_leaves=6,
)
_ROWS = [
    (one, resource)
    for one in (_FINDING, _PORT, finding(severity=Severity.LOW))
    for resource in (None, INSTANCE, IMAGE)
]


@settings(max_examples=60, deadline=None)
@given(_FILTERS, _FILTERS)
def test_filters_are_an_algebra(one: Filter, other: Filter) -> None:
    for row in _ROWS:
        left, right = passes(one, *row), passes(other, *row)
        assert passes(Not(part=one), *row) is (not left)
        assert passes(All(parts=(one, other)), *row) is (left and right)
        assert passes(Any(parts=(one, other)), *row) is (left or right)
        de_morgan = Any(parts=(Not(part=one), Not(part=other)))
        assert passes(Not(part=All(parts=(one, other))), *row) is passes(de_morgan, *row)


def test_no_parts() -> None:
    assert passes(All(parts=()), _FINDING)
    assert not passes(Any(parts=()), _FINDING)


def _numbered(number: int, **more: object) -> Finding:
    return finding(vulnerability(id=f"CVE-2024-{number:04}", **more))


def test_the_worst_come_first_and_what_has_no_value_last() -> None:
    scores = [(1, 90.0, None), (2, 10.0, 5.0), (3, 90.0, 9.8)]
    rows = [
        finding(
            vulnerability(id=f"CVE-2024-{number:04}"),
            score=Score(value=value, vector=rating(CRITICAL).vector, source="NVD", risk=risk),
        )
        for number, risk, value in scores
    ]
    one, two, three = rows
    assert ordered(rows, Sort()) == [three, one, two]
    assert ordered(rows, Sort(descending=False)) == [two, one, three]
    assert ordered(rows, Sort(field=SortField.SCORE)) == [three, two, one]
    assert ordered(rows, Sort(field=SortField.SCORE, descending=False)) == [two, three, one]


def test_severities_by_their_rank() -> None:
    rows = [
        finding(vulnerability(id=f"CVE-2024-{number:04}"), severity=severity)
        for number, severity in enumerate(Severity)
    ]
    found = ordered(reversed(rows), Sort(field=SortField.SEVERITY))
    assert [row.severity for row in found] == list(Severity)


def test_times_and_texts() -> None:
    early = finding(first_observed_at=NOW - timedelta(days=1))
    late = finding(vulnerability(id="CVE-2025-0001"))
    for field in (SortField.FIRST_OBSERVED_AT, SortField.VULNERABILITY_ID):
        assert ordered([late, early], Sort(field=field, descending=False)) == [early, late]
        assert ordered([early, late], Sort(field=field)) == [late, early]
    assert ordered([_PORT, late], Sort(field=SortField.VULNERABILITY_ID)) == [late, _PORT]


def test_what_only_the_resource_has_orders_too() -> None:
    rows = [finding(), _IN_IMAGE]
    sort = Sort(field=SortField.ECR_PUSHED_AT)
    assert ordered(rows, sort, {IMAGE.ref: IMAGE}) == [_IN_IMAGE, rows[0]]
    assert ordered(rows, Sort(field=SortField.ECR_REPOSITORY))[0] == _IN_IMAGE


def test_texts_count_by_their_beginning() -> None:
    long = [finding(subject=str(end), title="t" * 64 + str(end)) for end in range(6)]
    assert ordered(long, Sort(field=SortField.TITLE, descending=False)) == long
    assert ordered(long, Sort(field=SortField.TITLE)) == long[::-1]


_SORTS = st.builds(Sort, field=st.sampled_from(SortField), descending=st.booleans())
_PILE = [
    _FINDING,
    _PORT,
    *(_numbered(number, epss=epss(number / 10)) for number in range(2, 5)),
    finding(resource=LOCAL),
]


@settings(max_examples=60, deadline=None)
@given(_SORTS, st.permutations(_PILE))
def test_what_is_equal_goes_as_it_came(sort: Sort, rows: list[Finding]) -> None:
    found = ordered(rows, sort)
    for before, after in pairwise(found):
        one, other = (sort_value(sort.field, finding) for finding in (before, after))
        if one is None or other is None:
            assert other is None
        else:
            assert one >= other if sort.descending else one <= other
        if one == other:
            upwards = rows.index(before) < rows.index(after)
            assert upwards is (one is None or not sort.descending)
    assert sorted(one.id for one in found) == sorted(one.id for one in _PILE)
