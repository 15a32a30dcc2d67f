"""How fast the store takes findings in and gives them out.

    python benchmarks/store.py [FINDINGS] [URL …]

10,000 findings unless another number is given; on a new SQLite file, and on every URL (an empty PostgreSQL database). Prints, for
each store: findings applied a second (in batches of one resource, as a pass does), the size, the time of the first and the hundredth
page of lists as the console and the API ask for them, of what was known of one resource, and of the next 200 changes.
"""

import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from vedette.findings.identity import finding_id
from vedette.findings.lifecycle import Change
from vedette.findings.query import Sort, SortField
from vedette.model.advisory import AdvisoryId, Epss, FixState, Range, Rating
from vedette.model.arn import AccountId
from vedette.model.cvss import parse_vector
from vedette.model.filter import All, Filter, PackageMatch, Text, TextField, TextOperator, TextTest
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
from vedette.model.resource import Ec2Instance, InstanceState, Resource, ResourceRef, ResourceType
from vedette.model.severity import Severity
from vedette.store.store import SqlStore

_NOW = datetime(2026, 1, 1, tzinfo=UTC)
_EACH = 200  # findings of one instance
_VECTOR = parse_vector("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H")
_TIMES = 5


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
    )
    return Resource(ref=ref, facts=facts)


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
    "one package (in Python), by risk": (
        PackageMatch(name=TextTest(operator=TextOperator.EQUALS, value="lib7")),
        Sort(),
    ),
}


def _median(work: Callable[[], object]) -> str:
    taken = []
    for _ in range(_TIMES):
        start = time.perf_counter()
        work()
        taken.append(time.perf_counter() - start)
    return f"{statistics.median(taken) * 1000:8.1f} ms"


def _fill(store: SqlStore, count: int) -> Resource:
    rng = random.Random(7)  # noqa: S311 - the same estate every time
    resources = [_resource(number) for number in range(max(1, count // _EACH))]
    store.save_resources(resources, looked_in=(), now=_NOW)
    spent = 0.0
    for resource in resources:
        changes = [
            Change(before=None, after=_finding(rng, resource, number)) for number in range(_EACH)
        ]
        start = time.perf_counter()
        store.apply(changes)
        spent += time.perf_counter() - start
    print(f"  {len(resources) * _EACH / spent:10,.0f} findings applied a second, in {spent:.1f} s")
    return resources[-1]


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
        last = _fill(store, count)
        print(f"  {_median(lambda: store.known(last.ref))}  what is known of one resource")
        print(f"  {_median(store.count_active)}  count of the active ones")
        place = store.places_behind("hub")[0]
        print(f"  {_median(lambda: store.places_behind('hub'))}  places that are behind")
        print(f"  {_median(lambda: store.changes_at('hub', place, 200))}  200 changes of a place")
        for name, (condition, sort) in _LISTS.items():
            first = _median(_page(store, condition, sort, 0))
            later = _median(_page(store, condition, sort, 50))
            print(f"  {first} {later}  first and fiftieth page: {name}")


def _urls(given: list[str]) -> Iterator[str]:
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
