"""Passes over a small estate at the wire: only what differs is done, and what was broken off is made good."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from tests.app.test_accounts import OWN, identity
from tests.app.test_discovery import _ecr, _listed, _repository, _reservations
from tests.app.test_take import BASH, ENTRIES, MANAGED, _entries
from tests.matching.memory import MemoryIndex, advisory, affected
from tests.simulators.aws_wire import Wire, error, ok, xml_error
from vedette.app.configuration import (
    Configuration,
    Duration,
    ImageConfiguration,
    ScanMode,
    configure,
)
from vedette.app.discovery.scope import Agentless, Scope
from vedette.app.enablement import ScanKind, disable, enable
from vedette.app.evaluate import Means, PassReport, run_pass
from vedette.app.inventories.scratch import Scratch
from vedette.app.saved_filters import Action, SavedFilter, keep
from vedette.app.vex_documents import drop_document, keep_statements, kept_documents
from vedette.clients.http import HttpClient
from vedette.errors import ServiceError, StoreError
from vedette.findings.lifecycle import Change
from vedette.model.advisory import AffectedStatus, CveRecord
from vedette.model.candidate import Candidate
from vedette.model.coverage import ScanType
from vedette.model.filter import All
from vedette.model.finding import Finding, FindingId, FindingStatus
from vedette.model.resource import ResourceRef, ResourceType, Tag
from vedette.model.vex import VexProduct, VexStatement
from vedette.store.store import SqlStore

REGION = "eu-west-1"
START = datetime(2026, 5, 1, tzinfo=UTC)
FIRST = ResourceRef(type=ResourceType.EC2_INSTANCE, id="i-1", account=OWN, region=REGION)


class WatchedIndex(MemoryIndex):
    """One flaw in bash; tells when it is asked, so that a test can do something meanwhile."""

    def __init__(self) -> None:
        super().__init__(
            [
                advisory(
                    "ALAS-1",
                    affected("Amazon Linux:2023", "bash", "[0,6)"),
                    aliases=("CVE-2024-0001",),
                )
            ]
        )
        self.asked = 0
        self.meanwhile: Callable[[], None] = lambda: None

    def candidates(self, ecosystem: str, name: str) -> tuple[Candidate, ...]:
        self.asked += 1
        return super().candidates(ecosystem, name)

    def cve(self, cve: str) -> tuple[CveRecord, ...]:
        self.meanwhile()
        return super().cve(cve)


class Estate:
    """One account with instances, and a clock that goes on by an hour with each pass."""

    def __init__(self, wire: Wire, store: SqlStore, folder: Path, http: HttpClient) -> None:
        self.wire = wire
        self.store = store
        self.index = WatchedIndex()
        self.now = START
        self._means = Means(
            home=wire.account(), store=store, index=self.index, scratch=Scratch(folder, http)
        )

    def has(self, *names: str, state: str = "running") -> None:
        self.wire.says(
            "ec2.DescribeInstances", _reservations(*(_listed(name, state) for name in names))
        )

    def look(self, **scope: object) -> PassReport:
        self.now += timedelta(hours=1)
        wanted = msgspec.structs.replace(Scope(regions=(REGION,)), **scope)
        return run_pass(self._means, wanted, now=self.now)

    def coverage(self) -> dict[tuple[str, ScanType], str]:
        return {(row.resource.id, row.scan_type): row.reason for row in self.store.coverage()}

    def statuses(self, ref: ResourceRef = FIRST) -> list[FindingStatus]:
        return [one.status for one in self.store.known(ref)]


@pytest.fixture
def estate(wire: Wire, tmp_path: Path) -> Iterator[Estate]:
    wire.otherwise = xml_error("UnauthorizedOperation", "no")
    wire.says("sts.GetCallerIdentity", identity())
    wire.says("organizations.ListAccounts", error("AWSOrganizationsNotInUseException"))
    managed = [{**MANAGED, "InstanceId": name} for name in ("i-1", "i-2")]
    wire.says("ssm.DescribeInstanceInformation", ok({"InstanceInformationList": managed}))
    wire.says("ecr.DescribeRepositories", ok({"repositories": []}))
    wire.says("lambda.ListFunctions", ok({"Functions": []}))
    wire.says(ENTRIES, _entries(BASH))
    with (
        SqlStore.open(f"sqlite:///{tmp_path / 'store.db'}") as store,
        HttpClient(sleep=lambda _: None) as http,
    ):
        made = Estate(wire, store, tmp_path, http)
        made.has("i-1", "i-2")
        yield made


def test_a_pass_says_what_it_did(estate: Estate) -> None:
    report = estate.look()
    assert (report.accounts, report.resources) == ((OWN,), 2)
    assert (report.read, report.reused, report.unread, report.judged) == (2, 0, 0, 2)
    assert (report.opened, report.updated, report.closed, report.active) == (2, 0, 0, 2)
    assert not report.complete  # the network may not be described here
    again = estate.look()
    assert (again.read, again.reused, again.judged, again.opened) == (0, 2, 0, 0)
    assert estate.index.asked == 1  # both have the same package


def test_while_a_pass_looks_what_is_new_is_pending(estate: Estate) -> None:
    seen: list[dict[tuple[str, ScanType], str]] = []
    estate.index.meanwhile = lambda: seen.append(estate.coverage())
    estate.has("i-1")
    estate.look()
    estate.has("i-1", "i-2")
    estate.look()
    assert set(seen[0].values()) == {"PENDING_INITIAL_SCAN"}
    assert {name for name, _ in seen[0]} == {"i-1"}
    assert seen[-1]["i-1", ScanType.PACKAGE] == "SUCCESSFUL"
    assert seen[-1]["i-2", ScanType.PACKAGE] == "PENDING_INITIAL_SCAN"
    assert estate.coverage()["i-2", ScanType.PACKAGE] == "SUCCESSFUL"


def test_what_has_gone_is_closed_and_covered_as_such(estate: Estate) -> None:
    estate.look()
    estate.has("i-2")
    report = estate.look()
    assert (report.closed, report.active) == (1, 1)
    assert estate.statuses() == [FindingStatus.CLOSED]
    coverage = estate.coverage()
    assert (
        coverage["i-1", ScanType.PACKAGE]
        == coverage["i-1", ScanType.NETWORK]
        == "RESOURCE_TERMINATED"
    )
    assert coverage["i-2", ScanType.PACKAGE] == "SUCCESSFUL"


def test_what_has_gone_in_a_pass_that_was_broken_off_is_closed_by_the_next(estate: Estate) -> None:
    estate.look()
    scope = (OWN, REGION, ResourceType.EC2_INSTANCE)
    there = [one for one in estate.store.resources() if one.ref != FIRST]
    estate.store.save_resources(
        there, looked_in=[scope], now=estate.now
    )  # … and then the power failed
    estate.has("i-2")
    assert estate.look().closed == 1
    assert estate.statuses() == [FindingStatus.CLOSED]
    assert estate.coverage()["i-1", ScanType.PACKAGE] == "RESOURCE_TERMINATED"


def test_what_was_read_but_not_judged_in_a_broken_pass_is_judged_by_the_next(
    estate: Estate,
) -> None:
    def power_fails() -> None:
        raise KeyboardInterrupt

    estate.index.meanwhile = power_fails
    with pytest.raises(KeyboardInterrupt):
        estate.look()
    estate.index.meanwhile = lambda: None
    report = estate.look()
    assert (report.reused, report.judged, report.opened) == (2, 2, 2)


def test_what_comes_back_is_the_same_finding(estate: Estate) -> None:
    estate.look()
    (before,) = estate.store.known(FIRST)
    estate.has("i-2")
    estate.look()
    estate.has("i-1", "i-2")
    report = estate.look()
    (after,) = estate.store.known(FIRST)
    assert (report.opened, after.id, after.status) == (1, before.id, FindingStatus.ACTIVE)
    assert after.first_observed_at == before.first_observed_at


def test_what_is_gone_for_days_is_removed(estate: Estate) -> None:
    estate.look()
    estate.has("i-2")
    estate.look()
    estate.now += timedelta(days=4)
    estate.look()
    assert estate.store.known(FIRST) == ()
    assert ("i-1", ScanType.PACKAGE) not in estate.coverage()


def test_an_inventory_with_failures_is_read_and_judged_again_until_it_is_whole(
    estate: Estate,
) -> None:
    estate.has("i-1")
    estate.wire.says(ENTRIES, _entries({"Name": "odd"}))
    first = estate.look()
    assert (first.read, first.judged, first.opened) == (1, 1, 0)
    assert [row.reason for row in first.partial if row.scan_type is ScanType.PACKAGE] == [
        "INTERNAL_ERROR"
    ]
    second = estate.look()
    assert (second.read, second.judged) == (1, 0)  # the same failure is no news
    estate.wire.says(ENTRIES, _entries(BASH))
    third = estate.look()
    assert (third.read, third.judged, third.opened) == (1, 1, 1)


def test_a_refused_inventory_closes_nothing(estate: Estate) -> None:
    estate.look()
    estate.wire.says(ENTRIES, error("AccessDeniedException", "no"))
    report = estate.look()
    assert (report.closed, report.unread, report.active) == (0, 2, 2)
    assert estate.coverage()["i-1", ScanType.PACKAGE] == "ACCESS_DENIED"
    assert estate.store.inventory(FIRST) is not None  # the last one stays


def test_a_finding_that_somebody_changes_meanwhile_is_judged_anew(estate: Estate) -> None:
    estate.has("i-1")
    estate.look()
    estate.wire.says(ENTRIES, _entries({**BASH, "Version": "5.3"}))

    def suppress() -> None:
        estate.index.meanwhile = lambda: None
        (known,) = estate.store.known(FIRST)
        after = msgspec.structs.replace(known, title="changed by hand")
        estate.store.apply([Change(before=known, after=after)])

    # judged on what was known before, and applied afterwards
    estate.index.meanwhile = suppress
    report = estate.look()
    (after,) = estate.store.known(FIRST)
    assert report.judged == 1
    assert after.title != "changed by hand"
    assert len(estate.store.changes_since("x", 10)) == 3


def test_a_store_that_always_fails_ends_the_pass(estate: Estate) -> None:
    estate.look()

    def change() -> None:
        (known,) = estate.store.known(FIRST)
        after = msgspec.structs.replace(known, updated_at=known.updated_at + timedelta(seconds=1))
        estate.store.apply([Change(before=known, after=after)])

    estate.wire.says(ENTRIES, _entries({**BASH, "Version": "5.3"}))
    estate.index.meanwhile = change
    with pytest.raises(StoreError, match="changed by somebody else meanwhile"):
        estate.look()


def test_tags_leave_out_both_kinds_of_scan_and_close_nothing(estate: Estate) -> None:
    estate.look()
    report = estate.look(tags=(Tag(key="a", value="b"),))
    assert (report.unread, report.judged, report.closed, report.active) == (2, 0, 0, 2)
    assert set(estate.coverage().values()) == {"EXCLUDED_BY_TAG"}


def test_a_stopped_instance_keeps_its_findings(estate: Estate) -> None:
    estate.look()
    estate.has("i-1", "i-2", state="stopped")
    report = estate.look()
    assert (report.closed, report.active) == (0, 2)
    assert estate.coverage()["i-1", ScanType.PACKAGE] == "EC2_INSTANCE_STOPPED"


def test_a_network_that_may_not_be_described_is_not_covered(estate: Estate) -> None:
    report = estate.look()
    assert estate.coverage()["i-1", ScanType.NETWORK] == "INTERNAL_ERROR"
    assert {row.scan_type for row in report.partial} == {ScanType.NETWORK}
    assert "ec2:describe_network_interfaces" in {one.operation for one in report.failures}
    assert estate.store.scope_failures() == report.failures
    assert list(estate.store.unreached())


def test_refused_credentials_end_the_pass_before_anything_is_written(estate: Estate) -> None:
    estate.look()
    estate.wire.says("sts.GetCallerIdentity", xml_error("InvalidClientTokenId", "unknown", 403))
    with pytest.raises(ServiceError):
        estate.look()
    assert len(list(estate.store.resources())) == 2


def test_nothing_secret_is_stored(estate: Estate, tmp_path: Path) -> None:
    estate.wire.says(ENTRIES, error("AccessDeniedException", "no"))
    estate.look()
    estate.store.close()
    content = b"".join(path.read_bytes() for path in tmp_path.glob("store.db*"))
    assert b"hush" not in content
    assert b"AKIDEXAMPLE" not in content


def _subjects(findings: tuple[Finding, ...]) -> list[str]:
    return [one.key.subject for one in findings]


def test_findings_are_those_of_the_matching(estate: Estate) -> None:
    estate.look()
    assert _subjects(estate.store.known(FIRST)) == ["CVE-2024-0001"]


def test_what_is_disabled_is_left_alone_and_a_day_later_closed(estate: Estate) -> None:
    estate.look()
    disable(estate.store, OWN, REGION, [ScanKind.EC2], now=estate.now)
    report = estate.look()
    assert (report.resources, report.judged, report.closed, report.active) == (0, 0, 0, 2)
    assert estate.coverage()["i-1", ScanType.NETWORK] == "PENDING_DISABLE"
    estate.now += timedelta(hours=23)
    report = estate.look()
    assert (report.closed, report.active) == (2, 0)
    assert estate.look().closed == 0
    enable(estate.store, OWN, REGION, [ScanKind.EC2], now=estate.now)
    report = estate.look()
    assert (report.judged, report.opened, report.active) == (2, 2, 2)


def test_an_image_is_looked_at_as_long_as_its_account_says(estate: Estate) -> None:
    _ecr(estate.wire, _repository("shop"))  # pushed on the day on which the clock starts
    estate.look()
    (image,) = (
        one for one in estate.store.resources() if one.ref != FIRST and "shop" in one.ref.id
    )
    (mine,) = estate.store.known(FIRST)
    key = msgspec.structs.replace(mine.key, resource=image.ref)
    told = msgspec.structs.replace(mine, id=FindingId("f" * 32), key=key)
    estate.store.apply([Change(before=None, after=told)])
    fortnight = Configuration(images=ImageConfiguration(since_push=Duration.DAYS_14))
    configure(estate.store, OWN, REGION, fortnight, now=estate.now)
    asked = len(estate.wire.asked("ecr.BatchGetImage"))
    estate.look()
    assert len(estate.wire.asked("ecr.BatchGetImage")) == asked + 1
    assert estate.statuses(image.ref) == [FindingStatus.ACTIVE]
    estate.now += timedelta(days=15)
    report = estate.look()
    assert len(estate.wire.asked("ecr.BatchGetImage")) == asked + 1
    assert estate.statuses(image.ref) == [FindingStatus.CLOSED]
    assert (report.closed, estate.look().closed) == (1, 0)
    assert estate.coverage()[image.ref.id, ScanType.PACKAGE] == "SCAN_ELIGIBILITY_EXPIRED"
    assert estate.store.evaluations()[image.ref] == ""  # judged anew, should it be used again
    assert estate.statuses() == [FindingStatus.ACTIVE]


def test_an_account_says_whether_its_snapshots_are_read(estate: Estate) -> None:
    estate.wire.says("ssm.DescribeInstanceInformation", ok({"InstanceInformationList": []}))

    def described(**scope: object) -> int:
        before = len(estate.wire.asked("ec2.DescribeInstances"))
        estate.look(**scope)
        return len(estate.wire.asked("ec2.DescribeInstances")) - before

    listed = described()
    with_volumes = listed + 2  # each instance is asked for its volume
    assert described(agentless=Agentless.EXISTING) == with_volumes
    with_agent = Configuration(instances=ScanMode.AGENT)
    configure(estate.store, OWN, REGION, with_agent, now=estate.now)
    assert described(agentless=Agentless.EXISTING) == listed
    configure(estate.store, OWN, REGION, Configuration(instances=ScanMode.HYBRID), now=estate.now)
    assert described() == with_volumes


def test_rules_hold_in_a_pass_and_end_in_one(estate: Estate) -> None:
    end = START + timedelta(hours=2, minutes=30)
    rule = SavedFilter(
        id="0" * 16,
        account="",
        region="",
        name="bash",
        action=Action.SUPPRESS,
        criteria={},
        condition=All(parts=()),
        created_at=START,
        updated_at=START,
        tags={"vedette:expires-at": end.isoformat()},
    )
    keep(estate.store, rule)
    estate.look()
    assert estate.statuses() == [FindingStatus.SUPPRESSED]
    estate.look()
    assert estate.statuses() == [FindingStatus.SUPPRESSED]
    estate.look()
    assert estate.statuses() == [FindingStatus.ACTIVE]


def test_a_vex_document_that_is_kept_holds_from_the_next_pass_on(estate: Estate) -> None:
    estate.look()
    statement = VexStatement(
        vulnerability="CVE-2024-0001",
        products=(VexProduct(identifiers=("pkg:rpm/amzn/bash",)),),
        status=AffectedStatus.NOT_AFFECTED,
        document="vex-1",
        author="us",
    )
    kept = keep_statements(estate.store, (statement,), now=estate.now)
    assert (kept.id, kept.author, kept.statements) == ("vex-1", "us", 1)
    assert list(kept_documents(estate.store)) == [kept]
    assert estate.statuses() == [FindingStatus.ACTIVE]
    report = estate.look()
    assert (report.judged, report.updated, report.active) == (2, 2, 0)
    assert estate.statuses() == [FindingStatus.SUPPRESSED]
    assert estate.look().judged == 0
    assert drop_document(estate.store, "vex-1")
    assert not drop_document(estate.store, "vex-1")
    assert (estate.look().updated, estate.statuses()) == (2, [FindingStatus.ACTIVE])
