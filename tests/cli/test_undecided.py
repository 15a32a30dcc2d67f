"""What nobody can tell about the estate: listed with its reasons, and why a resource is not reported."""

import json
from pathlib import Path

import msgspec
import pytest

from tests.advisories.records import NOW, advisory, affected, built
from tests.cli.conftest import Run
from tests.findings.make import INSTANCE, LOCAL
from tests.matching.memory import package
from vedette.model.advisory import AffectedStatus, Range
from vedette.model.inventory import Inventory
from vedette.model.package import Package
from vedette.model.resource import Resource
from vedette.store.store import SqlStore

_DEBIAN = "Debian:12"
_NGINX = package(_DEBIAN, "nginx", "1.22.1-9")
_CURL = package(_DEBIAN, "curl", "7.88.1-10")
_VENDORS = package(_DEBIAN, "nodejs", "18.19.0-1nodesource1")
_INVESTIGATED = msgspec.structs.replace(
    affected("nginx"), status=AffectedStatus.UNDER_INVESTIGATION, ranges=()
)


@pytest.fixture
def database(run: Run, tmp_path: Path) -> Path:
    """Two resources, of which not all is known of one, and advisories of which one is investigated."""
    path = tmp_path / "advisories.sqlite"
    built(
        path,
        *(
            advisory(
                f"CVE-2024-{number}",
                _INVESTIGATED,
            )
            for number in range(1000, 1052)
        ),
        advisory("CVE-2024-2000", affected("curl", Range(fixed="7.88.1-10+deb12u4"))),
    )
    assert run("coverage").exit_code == 0  # makes the store where the settings say
    folder = tmp_path / "data"
    with SqlStore.open(f"sqlite:///{folder / 'store.db'}") as store:
        for resource, packages in ((INSTANCE, (_NGINX, _VENDORS)), (LOCAL, (_CURL,))):
            _keep(store, resource, packages)
    return path


def _keep(store: SqlStore, resource: Resource, packages: tuple[Package, ...]) -> None:
    store.save_resources([resource], looked_in=(), now=NOW)
    inventory = Inventory(resource=resource.ref, distro=None, packages=packages)
    store.save_inventory("f", inventory, now=NOW)


def test_what_is_undecided_is_listed_with_its_reason(run: Run, database: Path) -> None:
    told = run("findings", "undecided", "--db", database)
    assert told.exit_code == 0
    lines = told.stdout.splitlines()
    assert lines[:3] == [
        f"{INSTANCE.ref.id}:",
        "  1 package not judged: built by others than the distribution (NodeSource)",
        "  nginx 1.22.1-9: CVE-2024-1000: the publisher is still investigating",
    ]
    assert lines[-1] == "  and 2 more (--format json lists them all)"
    assert LOCAL.ref.id not in told.stdout


def test_a_line_of_json_for_each_resource(run: Run, database: Path) -> None:
    told = run("findings", "undecided", INSTANCE.ref.id, "--format", "json", "--db", database)
    (document,) = map(json.loads, told.stdout.splitlines())
    assert document["resource"] == INSTANCE.ref.id
    assert (document["account"], document["region"]) == (
        INSTANCE.ref.account,
        INSTANCE.ref.region,
    )
    assert len(document["undecided"]) == 52
    assert document["undecided"][0] == {
        "package": _NGINX.purl,
        "advisory": "CVE-2024-1000",
        "feed": "debian",
        "reason": "the publisher is still investigating",
    }
    assert run("findings", "undecided", LOCAL.ref.id, "--db", database).stdout == ""
    assert run("findings", "undecided", "nothing", "--db", database).stdout == ""


def test_why_a_resource_of_the_estate_is_not_reported(run: Run, database: Path) -> None:
    there = run("findings", "explain", "--not", "CVE-2024-2000", LOCAL.ref.id, "--db", database)
    assert there.stdout.splitlines()[-1] == "reported for curl"
    absent = run("findings", "explain", "--not", "CVE-2024-2000", INSTANCE.ref.id, "--db", database)
    assert absent.stdout.splitlines()[-1].startswith("not reported:")
    doubt = run("findings", "explain", "--not", "CVE-2024-1000", INSTANCE.ref.id, "--db", database)
    assert doubt.stdout.splitlines()[-1] == "undecided for nginx"
    unknown = run("findings", "explain", "--not", "CVE-2024-2000", "i-none", "--db", database)
    assert unknown.exit_code == 2
    assert "nothing is kept of a resource i-none" in unknown.stderr
