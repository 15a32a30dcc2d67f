"""SUSE's products, and what their statements say of installed packages."""

import json
import re
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.advisories.feeds import golden
from tests.advisories.records import NOW
from vedette.advisories.build import BuildOptions, build_database
from vedette.advisories.database import AdvisoryDatabase
from vedette.advisories.feeds import suse
from vedette.advisories.formats.archives import Member, members
from vedette.advisories.formats.suse_csaf import read_csaf
from vedette.advisories.formats.suse_products import Support, SuseRelease, release_of
from vedette.matching.match import match_inventory
from vedette.model.inventory import Inventory
from vedette.model.package import Package, PackageManager, SchemeName
from vedette.model.purl import make_purl
from vedette.model.resource import ResourceRef, ResourceType


@pytest.mark.parametrize(
    ("product", "ecosystem", "support"),
    [
        ("SUSE Linux Enterprise Server 15 SP5", "SUSE:15.5", Support.GENERAL),
        ("SUSE Linux Enterprise Server 15", "SUSE:15", Support.GENERAL),
        ("SUSE Linux Enterprise Server 16.0", "SUSE:16.0", Support.GENERAL),
        ("SUSE Linux Enterprise Desktop 12 SP3", "SUSE:12.3", Support.GENERAL),
        ("SUSE Linux Enterprise Software Development Kit 11 SP4", "SUSE:11.4", Support.GENERAL),
        ("SUSE Linux Enterprise Module for Basesystem 15 SP4", "SUSE:15.4", Support.GENERAL),
        ("SUSE Linux Enterprise Module for Python 3 15 SP6", "SUSE:15.6", Support.GENERAL),
        ("SUSE Linux Enterprise High Availability Extension 15 SP1", "SUSE:15.1", Support.GENERAL),
        ("SUSE Linux Enterprise Live Patching 15 SP3", "SUSE:15.3", Support.GENERAL),
        ("SUSE Real Time Module 15 SP5", "SUSE:15.5", Support.GENERAL),
        ("SUSE Linux Enterprise Micro 5.5", "SUSE:Micro:5.5", Support.GENERAL),
        ("SUSE Linux Micro 6.1", "SUSE:Micro:6.1", Support.GENERAL),
        ("openSUSE Leap Micro 5.4", "openSUSE:Micro:5.4", Support.GENERAL),
        ("openSUSE Leap 15.5", "openSUSE:15.5", Support.GENERAL),
        ("openSUSE Leap 15.2 NonFree", "openSUSE:15.2", Support.GENERAL),
        ("openSUSE Tumbleweed", "openSUSE:Tumbleweed", Support.GENERAL),
        ("SUSE Package Hub 15 SP5", "SUSE:15.5", Support.EDITION),
        ("SUSE Linux Enterprise Server for SAP Applications 15 SP2", "SUSE:15.2", Support.EDITION),
        ("SUSE Linux Enterprise Real Time 12 SP5", "SUSE:12.5", Support.EDITION),
        ("SUSE Linux Enterprise High Performance Computing 15 SP2", "SUSE:15.2", Support.EDITION),
        ("SUSE Linux Enterprise Server 15 SP1-LTSS", "SUSE:15.1", Support.EXTENDED),
        ("SUSE Linux Enterprise Server 15-LTSS", "SUSE:15", Support.EXTENDED),
        ("SUSE Linux Enterprise Server 11 SP4 LTSS", "SUSE:11.4", Support.EXTENDED),
        ("SUSE Linux Enterprise Server 11 SP4 LTSS EXTREME CORE", "SUSE:11.4", Support.EXTENDED),
        ("SUSE Linux Enterprise Server 12 SP3-BCL", "SUSE:12.3", Support.EXTENDED),
        ("SUSE Linux Enterprise Server Teradata 12 SP3-LTSS", "SUSE:12.3", Support.EXTENDED),
        (
            "SUSE Linux Enterprise Server LTSS Extended Security 12 SP5",
            "SUSE:12.5",
            Support.EXTENDED,
        ),
        (
            "SUSE Linux Enterprise High Performance Computing 15 SP3-ESPOS",
            "SUSE:15.3",
            Support.EXTENDED,
        ),
    ],
)
def test_products_that_have_a_release_s_packages(
    product: str, ecosystem: str, support: Support
) -> None:
    assert release_of(product) == SuseRelease(ecosystems=(ecosystem,), support=support)


@pytest.mark.parametrize(
    ("product", "support"),
    [
        ("SUSE Linux Enterprise Module for Web and Scripting 12", Support.GENERAL),
        ("SUSE Linux Enterprise Live Patching 12", Support.GENERAL),
        ("SUSE Package Hub 12", Support.EDITION),
    ],
)
def test_modules_of_sle_12_are_of_all_service_packs(product: str, support: Support) -> None:
    packs = ("SUSE:12", "SUSE:12.1", "SUSE:12.2", "SUSE:12.3", "SUSE:12.4", "SUSE:12.5")
    assert release_of(product) == SuseRelease(ecosystems=packs, support=support)


@pytest.mark.parametrize(
    "product",
    [
        "",
        "SUSE",
        "SUSE Manager Server 4.3",
        "SUSE Manager Client Tools 15",
        "SUSE Enterprise Storage 7.1",
        "SUSE OpenStack Cloud 9",
        "SUSE Linux Enterprise Installer Updates 15 SP5",
        "SUSE Linux Enterprise Server 11-SECURITY",
        "SUSE Linux Enterprise Server 11 SP4-CLIENT-TOOLS",
        "SUSE Linux Enterprise Server 15 SP10",
        "Container suse/sle15:15.5",
        "Linux Enterprise Server 15 SP5",
        "openSUSE Linux Enterprise Server 15 SP5",
    ],
)
def test_products_that_have_packages_of_their_own(product: str) -> None:
    assert release_of(product) is None


_OTHERS = re.compile(
    r"SUSE:(?:Cloud|EL-|Enterprise Storage|HPE|Lifecycle|Manager|OpenStack|Studio|Subscription|WebYast"
    r"|Linux Enterprise (?:Installer|Point of Sale|Server 11(?: SP[34]-CLIENT-TOOLS|-PUBCLOUD|-SECURITY)))"
)


@pytest.mark.slow
def test_every_product_of_a_large_list_is_placed_or_known_to_be_another(shared: Path) -> None:
    names: set[str] = set()
    for member in members(
        shared / "feeds/osv/SUSE/all.tar.xz", lambda name: name.endswith(".json")
    ):
        assert isinstance(member, Member)
        for entry in json.loads(member.data).get("affected", ()):
            names.add(entry["package"]["ecosystem"])
    unplaced = {name for name in names if release_of(name.replace(":", " ", 1)) is None}
    assert len(names) > 200
    assert {name for name in unplaced if not _OTHERS.match(name)} == set()


def _package(ecosystem: str, name: str, version: str) -> Package:
    return Package(
        purl=make_purl("rpm", name, version, namespace="suse"),
        ecosystem=ecosystem,
        name=name,
        version=version,
        scheme=SchemeName.RPM,
        manager=PackageManager.OS,
    )


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AdvisoryDatabase]:
    folder = tmp_path_factory.mktemp("suse")
    mirror = folder / "mirror"
    mirror.mkdir()
    golden.pack(golden.HERE / "suse/vex/input", mirror)
    batches = [
        ("suse", one.name, suse.FEED.read(one)) for one in golden.documents(suse.FEED, mirror)
    ]
    build_database(folder / "db", batches, options=BuildOptions(built_at=NOW))
    with AdvisoryDatabase.open(folder / "db") as opened:
        yield opened


@pytest.mark.parametrize(
    ("ecosystem", "name", "version", "verdict"),
    [
        ("SUSE:15.5", "libpear2", "2.4.1-150500.3.6.1", "fixed"),
        ("SUSE:15.5", "libpear2", "2.4.1-150500.3.9.1", None),
        ("SUSE:15.5", "pear-tools", "2.4.1-150500.3.6.1", "fixed"),
        ("SUSE:15.1", "libpear2", "2.1-1.1", "wont-fix"),
        ("SUSE:12.5", "pear-php", "2.0-7.1", "not-fixed"),
        ("SUSE:12.5", "libpear2", "2.0-7.1", "undecided"),
        ("SUSE:Micro:5.5", "libpear2", "2.4.1-1.1", "undecided"),
        ("openSUSE:15.5", "pear-doc", "1-1", "denied"),
        ("openSUSE:15.5", "libpear2", "1-1", None),
        ("openSUSE:Tumbleweed", "libpear2", "2.4.9-1.1", "fixed"),
    ],
)
def test_what_is_judged_by_suse_s_statements(
    database: AdvisoryDatabase, ecosystem: str, name: str, version: str, verdict: str | None
) -> None:
    inventory = Inventory(
        resource=ResourceRef(type=ResourceType.LOCAL, id="/"),
        distro=None,
        packages=(_package(ecosystem, name, version),),
    )
    result = match_inventory(inventory, database)
    fixes = {one.affected.fix.value for one in result.matches}
    if result.undecided:
        fixes.add("undecided")
    if verdict == "denied":
        assert [one.advisory.id for one in result.denials] == ["CVE-2024-0101"]
    assert fixes == ({verdict} if verdict not in {None, "denied"} else set())


def test_a_rejected_flaw_is_in_no_database(database: AdvisoryDatabase) -> None:
    assert database.candidates("SUSE:15.5", "pear") == ()
    assert [feed.dropped for feed in database.feeds] == [1]


def test_a_rejection_without_a_moment_counts_all_the_same() -> None:
    text = {
        "document": {
            "category": "csaf_vex",
            "notes": [{"category": "description", "text": "Rejected reason: not a flaw"}],
            "tracking": {"id": "CVE-2024-0001", "current_release_date": ""},
        }
    }
    advisory = read_csaf(json.dumps(text).encode(), Counter(), [])
    assert advisory is not None
    assert advisory.withdrawn == datetime(1970, 1, 1, tzinfo=UTC)
