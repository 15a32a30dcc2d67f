"""Inventories that SBOMs are made of."""

from datetime import datetime, timedelta, timezone

import msgspec

from vedette.model.digest import Digest
from vedette.model.distro import Distro
from vedette.model.inventory import FileFailure, Inventory
from vedette.model.package import Location, Package, PackageManager, SchemeName, SourcePackage
from vedette.model.purl import Purl
from vedette.model.resource import ResourceRef, ResourceType

LAYER = Digest("sha256:" + "a" * 64)
WIND = Package(
    purl=Purl("pkg:pypi/wind@1"),
    ecosystem="PyPI",
    name="wind",
    version="1",
    scheme=SchemeName.PEP440,
    manager=PackageManager.PYTHONPKG,
    locations=(Location(path="opt/wind.egg-info"),),
    licenses=("MIT",),
    extractor="python",
)
OWNED = msgspec.structs.replace(
    WIND,
    owner=Purl("pkg:deb/debian/python3-wind@1-1"),
    locations=(Location(path="usr/wind.egg-info", layer=LAYER),),
)
ZEPHYR = Package(
    purl=Purl("pkg:rpm/amzn/libzephyr@2.4-1?arch=x86_64&distro=amzn-2023&epoch=1"),
    ecosystem="Amazon Linux:2023",
    name="libzephyr",
    version="1:2.4-1",
    scheme=SchemeName.RPM,
    manager=PackageManager.OS,
    arch="x86_64",
    source=SourcePackage(name="zephyr", version="1:2.4-1"),
    module="zephyr:2",
    vendor="Zephyr <z@example.org>",
    licenses=("ASL 2.0 with exceptions", "GPL-2.0-only"),
    cpes=("cpe:2.3:a:z:zephyr:2.4:*:*:*:*:*:*:*",),
)
CORE = Package(
    purl=Purl("pkg:npm/%40babel/core@7.0.0"),
    ecosystem="npm",
    name="@babel/core",
    version="7.0.0",
    scheme=SchemeName.NPM,
    manager=PackageManager.NODEPKG,
    licenses=("MIT OR Apache-2.0",),
    dev=True,
    checksums=("h1:bWFueSBieXRlcw==", "sha1:" + "0a" * 20),
    source=SourcePackage(name="babel", version="7"),
)
FULL = Inventory(
    resource=ResourceRef(type=ResourceType.ECR_CONTAINER_IMAGE, id="arn:aws:ecr:image"),
    distro=Distro(
        id="amzn",
        version_id="2023",
        pretty_name="Amazon Linux 2023",
        cpe="cpe:2.3:o:amazon:amazon_linux:2023",
    ),
    packages=(CORE, OWNED, WIND, ZEPHYR),
    failures=(FileFailure(extractor="rpm", path="var/lib/rpm/rpmdb.sqlite", reason="cut"),),
    running_kernel="6.1.0",
    taken_at=datetime(2024, 5, 1, 2, tzinfo=timezone(timedelta(hours=2))),
)
EMPTY = Inventory(resource=ResourceRef(type=ResourceType.LOCAL, id="/"), distro=None, packages=())
