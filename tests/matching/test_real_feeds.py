"""Real package lists against the real feed, where they stand beside the checkout: the counts are the feed's own."""

from pathlib import Path

import pytest

from tests.matching.memory import MemoryIndex, package
from vedette.advisories.feeds import amazon
from vedette.advisories.feeds._base import LocalDocument
from vedette.matching.match import match_inventory
from vedette.model.advisory import Advisory
from vedette.model.inventory import Inventory
from vedette.model.package import Package
from vedette.model.resource import ResourceRef, ResourceType

_RESOURCE = ResourceRef(type=ResourceType.LOCAL, id="/")


def _index(shared: Path, *documents: str) -> MemoryIndex:
    return MemoryIndex(
        record
        for name in documents
        for record in amazon.FEED.read(LocalDocument(name=name, path=shared / "feeds" / name))
        if isinstance(record, Advisory)
    )


def _packages(file: Path, ecosystem: str) -> tuple[Package, ...]:
    packages = []
    for line in file.read_text().splitlines():
        epoch, name, version, release, arch, *_ = line.split("¶")
        prefix = f"{epoch}:" if epoch not in {"", "0"} else ""
        packages.append(package(ecosystem, name, f"{prefix}{version}-{release}", arch=arch))
    return tuple(packages)


def _inventory(packages: tuple[Package, ...]) -> Inventory:
    return Inventory(resource=_RESOURCE, distro=None, packages=packages)


def test_amazon_linux_2023(shared: Path) -> None:
    listing = shared / "fixtures/rpmdb/expected/amazonlinux2023-plain.csv"
    index = _index(shared, "amazon/2023/core/updateinfo.xml.gz")
    result = match_inventory(_inventory(_packages(listing, "Amazon Linux:2023")), index)
    assert len(result.matches) == 75
    assert len({one.package.name for one in result.matches}) == 30
    assert len({one.advisory.id for one in result.matches}) == 49
    assert (result.undecided, result.exempt, result.unjudged) == ((), (), ())


@pytest.mark.parametrize("extras", [(), ("docker", "kernel-5.10", "selinux-ng", "livepatch")])
def test_amazon_linux_2(shared: Path, extras: tuple[str, ...]) -> None:
    listing = shared / "fixtures/rpmdb/expected/amazonlinux2-plain.csv"
    topics = (f"amazon/2/extras/{topic}/updateinfo.xml.gz" for topic in extras)
    index = _index(shared, "amazon/2/core/updateinfo.xml.gz", *topics)
    result = match_inventory(_inventory(_packages(listing, "Amazon Linux:2")), index)
    assert len(result.matches) == 94
    doubts = {(one.package.name, one.reason) for one in result.undecided}
    topic = "nothing says whether the repository extras/selinux-ng is enabled"
    assert doubts == ({("libsepol", topic)} if extras else set())
