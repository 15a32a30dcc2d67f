"""On what others made: this machine's packages, and the shared fixtures."""

import json
import shutil
import subprocess
from importlib.metadata import distributions
from pathlib import Path

import pytest

from tests.simulators.tree import files_below, live
from vedette.inventory.catalogue.whole import EXTRACTORS
from vedette.inventory.collect import collect
from vedette.inventory.index import compile_index
from vedette.model.inventory import Inventory
from vedette.model.resource import ResourceRef, ResourceType

_HERE = ResourceRef(type=ResourceType.LOCAL, id="here")
_INDEX = compile_index(EXTRACTORS)


def _collect(files: dict[str, bytes]) -> Inventory:
    return collect(live(files), resource=_HERE)


def _folder(folder: Path) -> dict[str, bytes]:
    """What the extractors read below a folder of this machine, by its path from the root."""
    return {
        path.relative_to("/").as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if _INDEX.wanted(path.relative_to("/").as_posix()) and path.is_file()
    }


def test_debian_packages_are_those_of_dpkg_query() -> None:
    if not shutil.which("dpkg-query") or not Path("/var/lib/dpkg/status").is_file():
        pytest.skip("needs a machine with dpkg")
    status = Path("/var/lib/dpkg/status").read_bytes()
    form = "${db:Status-Status}\t${Package}\t${Version}\t${Architecture}\t${source:Package}\t${source:Version}\n"
    query = ["dpkg-query", "-W", "-f", form]
    done = subprocess.run(query, check=True, capture_output=True, text=True, timeout=60)
    lines = [line.split("\t") for line in done.stdout.splitlines()]
    absent = {"config-files", "half-installed", "not-installed"}
    expected = {tuple(line[1:]) for line in lines if line[0] not in absent}
    inventory = _collect({"var/lib/dpkg/status": status})
    if Path("/var/lib/dpkg/status").read_bytes() != status:
        pytest.skip("packages were being installed")
    ours = {
        (p.name, p.version, p.arch, p.source.name, p.source.version)
        for p in inventory.packages
        if p.source
    }
    assert inventory.failures == ()
    assert ours == expected


def _site_folders() -> list[Path]:
    places = ("/usr/lib/python3", "/usr/local/lib", "/opt", str(Path(json.__file__).parents[1]))
    found = {
        folder
        for place in places
        for name in ("site-packages", "dist-packages")
        for folder in Path(place).rglob(name)
    }
    return sorted({*found, *(Path(d._path).parent for d in distributions())})  # type: ignore[attr-defined]


def test_python_packages_are_those_that_pip_lists() -> None:
    compared = 0
    for folder in _site_folders():
        if not folder.is_absolute() or not folder.is_dir():
            continue
        expected = {(d.metadata["Name"], d.version) for d in distributions(path=[str(folder)])}
        inventory = _collect(_folder(folder))
        ours = {(p.name, p.version) for p in inventory.packages if p.ecosystem == "PyPI"}
        normal = {(name.lower().replace("_", "-").replace(".", "-"), v) for name, v in expected}
        assert ours == normal, folder
        compared += len(ours)
    assert compared > 10


def test_amazon_linux_2023(shared: Path) -> None:
    fixtures = shared / "fixtures" / "rpmdb"
    files = {**files_below(fixtures / "amazonlinux-2023")}
    files["etc/os-release"] = b"ID=amzn\nVERSION_ID=2023\n"
    inventory = _collect(files)
    rows = (fixtures / "expected" / "amazonlinux2023-plain.csv").read_text().splitlines()
    # epoch, name, version, release, architecture, source package, size, licence, vendor, …
    columns = (0, 1, 2, 3, 4, 5, 7, 8)
    expected = {tuple(row.split("¶")[column] for column in columns) for row in rows}
    ours = set()
    for package in inventory.packages:
        epoch, _, rest = package.version.rpartition(":")
        version, _, release = rest.rpartition("-")
        source = package.source
        named = f"{source.name}-{source.version.rpartition(':')[2]}.src.rpm" if source else "(none)"
        arch, vendor = package.arch or "", package.vendor or ""
        ours.add((epoch, package.name, version, release, arch, named, *package.licenses, vendor))
    assert inventory.failures == ()
    assert len(inventory.packages) == 103
    assert ours == expected
    assert {p.ecosystem for p in inventory.packages} == {"Amazon Linux:2023"}


@pytest.mark.parametrize(
    ("folder", "ecosystem", "count", "failures"),
    [
        ("rpmdb/cbl-mariner-2.0", "Mariner:2.0", 129, 0),
        ("apk/alpine-trivy", "apk", 15, 2),
        ("apk/osv-scalibr", "apk", 15, 0),
        ("apk/syft/multiple-1", "apk", 4, 0),
        ("apk/syft/multiple-2", "apk", 14, 0),
        ("dpkg/syft/image-distroless-deb", "deb", 1, 0),
        ("dpkg/syft/image-dpkg", "deb", 1, 2),
        ("dpkg/texlive", "Ubuntu:18.04", 357, 0),
        ("dpkg/trivy", "Ubuntu:18.04", 90, 0),
    ],
)
def test_real_database_is_read(
    shared: Path, folder: str, ecosystem: str, count: int, failures: int
) -> None:
    inventory = _collect(files_below(shared / "fixtures" / folder))
    assert {p.ecosystem for p in inventory.packages} == {ecosystem}
    assert len(inventory.packages) == count
    assert len(inventory.failures) == failures
