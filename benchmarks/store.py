"""How fast the store takes findings in and gives them out.

    python benchmarks/store.py [FINDINGS] [URL …]

10,000 findings unless another number is given; on a new SQLite file, and on every URL (an empty PostgreSQL database). A URL of
SQLite stands in the place of the new file. All but the last 10,000 are filled in without indexes, which are made afterwards. Prints, for
each store: findings applied a second (in batches of one resource, as a pass does, and of fifty), closed a second, the size, the time of the
first and the fiftieth page of lists as the console and the API ask for them, of what was known of one resource, and of the next 200
changes. Then, of the first and the next pages of every kind of filter in several orders together, the median and the 99th percentile, with
the slowest; and the time of counting by each thing.
"""

import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import islice
from pathlib import Path

import msgspec
from sqlalchemy import create_engine

from vedette.findings.counting import CountBy, Counting
from vedette.findings.identity import finding_id
from vedette.findings.lifecycle import Change
from vedette.findings.query import Sort, SortField
from vedette.model.advisory import AdvisoryId, Epss, FixState, Range, Rating
from vedette.model.arn import AccountId
from vedette.model.cvss import parse_vector
from vedette.model.filter import (
    All,
    Filter,
    Number,
    NumberField,
    PackageMatch,
    Ports,
    Tagged,
    Text,
    TextField,
    TextOperator,
    TextTest,
    Time,
    TimeField,
)
from vedette.model.finding import (
    Finding,
    FindingKey,
    FindingStatus,
    Proof,
    Score,
    Vulnerability,
    VulnerablePackage,
)
from vedette.model.match import MatchKind
from vedette.model.package import Location, Package, PackageManager, SchemeName
from vedette.model.purl import Purl
from vedette.model.resource import (
    Ec2Instance,
    InstanceState,
    Resource,
    ResourceRef,
    ResourceType,
    Tag,
)
from vedette.model.severity import Severity
from vedette.store import schema
from vedette.store.store import SqlStore

_NOW = datetime(2026, 1, 1, tzinfo=UTC)
_EACH = 200  # findings of one instance
_VECTOR = parse_vector("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H")
_TIMES = 5
_MEASURED = 10_000  # findings of which the rate of taking them in is measured
_AT_ONCE = 50  # resources in a large batch


def _resource(number: int) -> Resource:
    ref = ResourceRef(
        type=ResourceType.EC2_INSTANCE,
        id=f"i-{number:017x}",
        account=AccountId(f"{number % 50:012}"),
        region=("eu-west-1", "us-east-1")[number % 2],
    )
    facts = Ec2Instance(
        instance_type="m6i.large",
        image_id="ami-0123456789abcdef0",
        state=InstanceState.RUNNING,
        launched_at=_NOW,
        vpc_id=f"vpc-{number % 20}",
        subnet_id=f"subnet-{number % 60}",
    )
    tags = (Tag(key="env", value=("prod", "test", "dev")[number % 3]),)
    return Resource(ref=ref, facts=facts, tags=tags)


def _package(rng: random.Random) -> Package:
    name = f"lib{rng.randrange(900)}"
    return Package(
        purl=Purl(f"pkg:rpm/amzn/{name}@1.0-1.amzn2023?arch=x86_64&distro=amzn-2023"),
        ecosystem="Amazon Linux:2023",
        name=name,
        version="1.0-1.amzn2023",
        scheme=SchemeName.RPM,
        manager=PackageManager.OS,
        arch="x86_64",
        locations=(Location(path="usr/lib/sysimage/rpm/rpmdb.sqlite"),),
    )


def _finding(rng: random.Random, resource: Resource, number: int) -> Finding:
    cve = f"CVE-20{10 + number % 15}-{number:05}"
    key = FindingKey(resource=resource.ref, subject=cve)
    package = _package(rng)
    proof = Proof(
        kind=MatchKind.EXACT_DIRECT,
        advisory=AdvisoryId("ALAS2023-2025-001"),
        feed="amazon",
        compared=package.version,
        range=Range(fixed="1.1-1.amzn2023"),
    )
    entry = VulnerablePackage(
        package=package, fixed_in="1.1-1.amzn2023", fix=FixState.FIXED, proofs=(proof,)
    )
    evidence = Vulnerability(
        id=cve,
        source="amazon",
        packages=(entry,),
        ratings=(Rating(source="NVD", vector=_VECTOR),),
        references=tuple(f"https://example.org/{cve}/{one}" for one in range(6)),
        aliases=(f"ALAS2023-2025-{number % 300:03}",),
        vendor_severity=rng.choice(("Low", "Medium", "Important")),
        epss=Epss(cve=cve, probability=rng.random(), percentile=0.5, scored_on=_NOW.date()),
    )
    moment = _NOW + timedelta(seconds=rng.randrange(10**6))
    return Finding(
        id=finding_id(key),
        key=key,
        evidence=evidence,
        title=f"{cve} - {package.name}",
        description="A flaw in a library lets a remote attacker do what they should not. " * 6,
        remediation="Update the package.",
        severity=rng.choice(tuple(Severity)),
        score=Score(value=9.8, vector=_VECTOR, source="NVD", risk=round(rng.random() * 100, 1)),
        status=rng.choice((FindingStatus.ACTIVE,) * 4 + (FindingStatus.CLOSED,)),
        first_observed_at=moment,
        last_observed_at=moment,
        updated_at=moment,
    )


def _is(field: TextField, value: str) -> Filter:
    return Text(field=field, test=TextTest(operator=TextOperator.EQUALS, value=value))


_ACTIVE = _is(TextField.STATUS, "ACTIVE")
_LISTS: dict[str, tuple[Filter | None, Sort]] = {
    "active, by risk": (_ACTIVE, Sort()),
    "all, by update": (None, Sort(field=SortField.UPDATED_AT)),
    "active and critical, by EPSS": (
        All(parts=(_ACTIVE, _is(TextField.SEVERITY, "CRITICAL"))),
        Sort(field=SortField.EPSS),
    ),
    "one account, by title": (
        _is(TextField.ACCOUNT_ID, f"{7:012}"),
        Sort(field=SortField.TITLE, descending=False),
    ),
    "one CVE, by risk": (_is(TextField.VULNERABILITY_ID, "CVE-2012-00017"), Sort()),
    "one package, by risk": (
        PackageMatch(name=TextTest(operator=TextOperator.EQUALS, value="lib7")),
        Sort(),
    ),
}


_EQUAL: dict[TextField, str] = {
    TextField.ACCOUNT_ID: f"{7:012}",
    TextField.CLOUD_PROVIDER: "AWS",
    TextField.COMPONENT_ID: "sg-1",
    TextField.COMPONENT_TYPE: "AWS::EC2::SecurityGroup",
    TextField.EC2_IMAGE_ID: "ami-0123456789abcdef0",
    TextField.EC2_PLATFORM: "Linux/UNIX",
    TextField.EC2_SUBNET_ID: "subnet-1",
    TextField.EC2_VPC_ID: "vpc-3",
    TextField.ECR_REGISTRY: f"{7:012}",
    TextField.ECR_REPOSITORY: "app",
    TextField.ECR_TAG: "latest",
    TextField.EXPLOIT_AVAILABLE: "YES",
    TextField.FIX_AVAILABLE: "PARTIAL",
    TextField.LAMBDA_NAME: "hook",
    TextField.LAMBDA_RUNTIME: "python3.11",
    TextField.PROTOCOL: "TCP",
    TextField.REGION: "eu-west-1",
    TextField.RELATED_VULNERABILITY: "ALAS2023-2025-017",
    TextField.RESOURCE_ID: f"i-{3:017x}",
    TextField.RESOURCE_TYPE: "AWS_ECR_CONTAINER_IMAGE",
    TextField.SEVERITY: "LOW",
    TextField.STATUS: "SUPPRESSED",
    TextField.TITLE: "CVE-2012-00017 - lib7",
    TextField.TYPE: "NETWORK_REACHABILITY",
    TextField.VENDOR_SEVERITY: "Low",
    TextField.VULNERABILITY_ID: "CVE-2012-00017",
    TextField.VULNERABILITY_SOURCE: "debian",
}


def _every_filter() -> Iterator[tuple[str, Filter]]:
    for field, value in _EQUAL.items():
        for operator in TextOperator:
            text = value[:-1] if operator is TextOperator.PREFIX else value
            test = TextTest(operator=operator, value=text)
            yield f"{field} {operator}", Text(field=field, test=test)
    yield "epss", Number(field=NumberField.EPSS, lower=0.99)
    yield "score", Number(field=NumberField.SCORE, upper=1.0)
    yield "in use", Number(field=NumberField.IN_USE_COUNT, lower=1)
    for moment in TimeField:
        yield moment.value, Time(field=moment, start=_NOW + timedelta(days=11))
    yield "tag", Tagged(key="env", value="prod")
    yield "ports", Ports(begin=22, end=22)
    for name in ("lib7", "nothing"):
        test = TextTest(operator=TextOperator.EQUALS, value=name)
        yield f"package {name}", PackageMatch(name=test)
    path = TextTest(operator=TextOperator.PREFIX, value="usr/lib")
    yield "path", PackageMatch(path=path)
    yield "active and low", All(parts=(_ACTIVE, _is(TextField.SEVERITY, "LOW")))
    yield "everything", All(parts=())


_ORDERS = (
    Sort(field=SortField.FINDING_ID, descending=False),
    Sort(),
    Sort(field=SortField.SEVERITY),
    Sort(field=SortField.LAST_OBSERVED_AT),
)


def _all_lists(store: SqlStore) -> None:
    taken: list[tuple[float, str]] = []
    for name, condition in _every_filter():
        for sort in _ORDERS:
            after: str | None = None
            for page in ("first", "second"):
                start = time.perf_counter()
                after = store.list(condition, sort=sort, after=after).next
                spent = (time.perf_counter() - start) * 1000
                taken.append((spent, f"{name} by {sort.field}, {page}"))
                if after is None:
                    break
    taken.sort()
    median, late = taken[len(taken) // 2][0], taken[len(taken) * 99 // 100][0]
    print(f"  {median:8.1f} ms {late:8.1f} ms  median and 99th percentile of {len(taken)} pages")
    for spent, name in taken[-3:]:
        print(f"  {spent:8.1f} ms  {name}")


def _all_counts(store: SqlStore) -> None:
    for by in CountBy:
        counted = partial(store.count_by, Counting(by=by), limit=100)
        print(f"  {_median(counted)}  count by {by}")


def _median(work: Callable[[], object]) -> str:
    taken = []
    for _ in range(_TIMES):
        start = time.perf_counter()
        work()
        taken.append(time.perf_counter() - start)
    return f"{statistics.median(taken) * 1000:8.1f} ms"


def _fill(store: SqlStore, url: str, count: int) -> Resource:
    rng = random.Random(7)  # noqa: S311 - the same estate every time
    resources = [_resource(number) for number in range(max(3, count // _EACH))]
    store.save_resources(resources, looked_in=(), now=_NOW)
    measured = min(len(resources) - 1, _MEASURED // _EACH)
    earlier, last = resources[:-measured], resources[-measured:]
    start = time.perf_counter()
    with _unindexed(url):
        for some in _batched(earlier, _AT_ONCE):
            store.apply([change for one in some for change in _changes(rng, one)])
    spent = time.perf_counter() - start
    print(f"  {len(earlier) * _EACH / spent:10,.0f} findings filled in a second, in {spent:.0f} s")
    store.purge(_NOW)
    half = len(last) // 2
    for each, some in ((1, last[:half]), (_AT_ONCE, last[half:])):
        batches = [
            [change for one in several for change in _changes(rng, one)]
            for several in _batched(some, each)
        ]
        print(f"  {_rate(store, batches)} findings applied a second, {each * _EACH} at once")
        closed = [[_closed(change) for change in batch] for batch in batches]
        print(f"  {_rate(store, closed)} findings closed a second, {each * _EACH} at once")
    return resources[-1]


def _batched(resources: list[Resource], size: int) -> Iterator[list[Resource]]:
    rest = iter(resources)
    while some := list(islice(rest, size)):
        yield some


def _changes(rng: random.Random, resource: Resource) -> list[Change]:
    return [Change(before=None, after=_finding(rng, resource, number)) for number in range(_EACH)]


def _closed(change: Change) -> Change:
    after = msgspec.structs.replace(
        change.after, status=FindingStatus.CLOSED, updated_at=_NOW, closed_at=_NOW
    )
    return Change(before=change.after, after=after)


def _rate(store: SqlStore, batches: list[list[Change]]) -> str:
    start = time.perf_counter()
    for batch in batches:
        store.apply(batch)
    spent = time.perf_counter() - start
    return f"{sum(map(len, batches)) / spent:10,.0f}"


@contextmanager
def _unindexed(url: str) -> Iterator[None]:
    """Without the indexes that only searches need."""
    tables = (schema.findings, schema.finding_packages)
    indexes = [
        one for table in tables for one in sorted(table.indexes, key=lambda one: str(one.name))
    ]
    engine = create_engine(url)
    try:
        with engine.begin() as connection:
            for index in indexes:
                if not index.unique:
                    index.drop(connection)
        yield
        with engine.begin() as connection:
            for index in indexes:
                if not index.unique:
                    index.create(connection)
    finally:
        engine.dispose()


def _page(
    store: SqlStore, condition: Filter | None, sort: Sort, number: int
) -> Callable[[], object]:
    after: str | None = None
    for _ in range(number):
        after = store.list(condition, sort=sort, after=after).next
        if after is None:
            break
    return lambda: store.list(condition, sort=sort, after=after)


def _measure(url: str, count: int) -> None:
    with SqlStore.open(url) as store:
        print(url.partition(":")[0])
        last = _fill(store, url, count)
        print(f"  {_median(lambda: store.known(last.ref))}  what is known of one resource")
        print(f"  {_median(store.count_active)}  count of the active ones")
        place = store.places_behind("hub")[0]
        print(f"  {_median(lambda: store.places_behind('hub'))}  places that are behind")
        print(f"  {_median(lambda: store.changes_at('hub', place, 200))}  200 changes of a place")
        for name, (condition, sort) in _LISTS.items():
            first = _median(_page(store, condition, sort, 0))
            later = _median(_page(store, condition, sort, 50))
            print(f"  {first} {later}  first and fiftieth page: {name}")
        _all_lists(store)
        _all_counts(store)


def _urls(given: list[str]) -> Iterator[str]:
    if not any(url.startswith("sqlite") for url in given):
        with tempfile.TemporaryDirectory(prefix="vedette-store-") as folder:
            path = Path(folder) / "store.db"
            yield f"sqlite:///{path}"
            print(f"  {path.stat().st_size / 1e6:10,.0f} MB on disk")
    yield from given


def main() -> None:
    """Measure each store."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    for url in _urls(sys.argv[2:]):
        _measure(url, count)


if __name__ == "__main__":
    main()
