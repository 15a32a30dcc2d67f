import json
from pathlib import Path
from typing import Any

import hypothesis.strategies as st
import msgspec
import pytest
from defusedxml import ElementTree
from hypothesis import given, settings

from tests.inventory.sbom.inventories import EMPTY, FULL, LAYER
from vedette.errors import LimitError, ParseError
from vedette.inventory.sbom import SBOM_FORMATS, SbomFormat, reading
from vedette.inventory.sbom.distribution import distro_of, distro_of_qualifier
from vedette.inventory.sbom.facts import whole_cpe
from vedette.inventory.sbom.reading import read_sbom
from vedette.model.distro import Distro
from vedette.model.inventory import FileFailure, Inventory
from vedette.model.listening import Socket
from vedette.model.network import Transport
from vedette.model.package import Location, Package, PackageManager, SchemeName, SourcePackage
from vedette.model.purl import Purl
from vedette.model.resource import ResourceRef, ResourceType

_REF = ResourceRef(type=ResourceType.LOCAL, id="an SBOM")


def _read(document: dict[str, Any]) -> Inventory:
    return read_sbom(json.dumps(document).encode(), _REF)


def _cyclonedx(*components: object, **more: object) -> dict[str, Any]:
    return {"bomFormat": "CycloneDX", "specVersion": "1.5", "components": components, **more}


def _library(purl: str, **more: object) -> dict[str, object]:
    return {"type": "library", "name": "x", "purl": purl, **more}


def _one(purl: str, **more: object) -> Package:
    inventory = _read(_cyclonedx(_library(purl, **more)))
    assert inventory.failures == ()
    (package,) = inventory.packages
    return package


@pytest.mark.parametrize("form", SBOM_FORMATS, ids=lambda form: form.name)
@pytest.mark.parametrize("inventory", [FULL, EMPTY], ids=["full", "empty"])
def test_what_is_written_is_read_back(form: SbomFormat, inventory: Inventory) -> None:
    found = read_sbom(form.write(inventory), inventory.resource)
    packages = tuple(msgspec.structs.replace(p, extractor="sbom") for p in inventory.packages)
    assert found.packages == tuple(sorted(packages, key=lambda p: (p.purl, p.owner or "")))
    assert found.resource == inventory.resource
    distro = inventory.distro
    assert found.distro == (distro and Distro(id=distro.id, version_id=distro.version_id))
    assert found.failures == ()


def test_running_kernel_is_read_back() -> None:
    assert read_sbom(SBOM_FORMATS[0].write(FULL), _REF).running_kernel == "6.1.0"


@pytest.mark.parametrize(
    ("purl", "ecosystem", "name", "version"),
    [
        ("pkg:deb/debian/a@1%3A2-1?distro=debian-12.4", "Debian:12", "a", "1:2-1"),
        ("pkg:deb/debian/a@2-1?distro=debian-12&epoch=1", "Debian:12", "a", "1:2-1"),
        ("pkg:deb/ubuntu/a@2-1?distro=ubuntu-22.04.2", "Ubuntu:22.04", "a", "2-1"),
        ("pkg:deb/ubuntu/a@2-1?distro=focal", "Ubuntu:20.04", "a", "2-1"),
        ("pkg:deb/debian/a@2-1?distro=debian-bookworm", "Debian:12", "a", "2-1"),
        ("pkg:deb/debian/a@2-1", "deb", "a", "2-1"),
        ("pkg:rpm/redhat/a@2-1.el9?epoch=3&distro=redhat-9.2", "Red Hat:9", "a", "3:2-1.el9"),
        ("pkg:rpm/amzn/a@2-1?epoch=0&distro=amazon-2023", "Amazon Linux:2023", "a", "2-1"),
        ("pkg:rpm/opensuse/a@2-1?distro=opensuse.leap-15.5", "openSUSE:15.5", "a", "2-1"),
        ("pkg:rpm/opensuse/a@2-1?distro=opensuse-tumbleweed", "openSUSE:Tumbleweed", "a", "2-1"),
        ("pkg:apk/alpine/a@2-r1?distro=3.18.4", "Alpine:v3.18", "a", "2-r1"),
        ("pkg:apk/alpine/a@2-r1?distro=alpine-edge", "Alpine:edge", "a", "2-r1"),
        ("pkg:apk/wolfi/a@2-r1?distro=wolfi-20230201", "Wolfi", "a", "2-r1"),
        ("pkg:pypi/A_b@1", "PyPI", "a-b", "1"),
        ("pkg:npm/%40s/a@1", "npm", "@s/a", "1"),
        ("pkg:maven/org.a/b@1?type=jar", "Maven", "org.a:b", "1"),
        ("pkg:golang/github.com/A/b@v1#c", "Go", "github.com/A/b", "v1"),
        ("pkg:composer/a/b@1", "Packagist", "a/b", "1"),
        ("pkg:swift/github.com/a/b@1", "SwiftURL", "github.com/a/b", "1"),
        ("pkg:conan/user/a@1?channel=stable", "ConanCenter", "a", "1"),
        ("pkg:cargo/a@1?vcs_url=git%2Bhttps://h.example/a", "GIT", "a", "1"),
        ("pkg:oci/image@sha256:00", "oci", "image", "sha256:00"),
        ("pkg:huggingface/team/model@1", "huggingface", "team/model", "1"),
    ],
)
def test_a_package_is_its_purl(purl: str, ecosystem: str, name: str, version: str) -> None:
    package = _one(purl)
    assert (package.ecosystem, package.name, package.version) == (ecosystem, name, version)


@pytest.mark.parametrize(
    ("purl", "source"),
    [
        ("pkg:deb/debian/a@2-1+b1?upstream=src%402-1", ("src", "2-1")),
        ("pkg:deb/debian/a@2-1?upstream=src", ("src", "2-1")),
        ("pkg:deb/debian/a@2-1?source=src", ("src", "2-1")),
        ("pkg:rpm/fedora/a@2-1?epoch=1&upstream=src-2-1.src.rpm", ("src", "1:2-1")),
        ("pkg:rpm/fedora/a@2-1?sourcerpm=src-3-1.src.rpm", ("src", "3-1")),
        ("pkg:apk/alpine/a@2-r1?origin=src", ("src", "2-r1")),
        ("pkg:npm/a@2?upstream=src", None),
        ("pkg:deb/debian/a@2-1", None),
    ],
)
def test_source_package_is_in_a_qualifier(purl: str, source: tuple[str, str] | None) -> None:
    found = _one(purl).source
    assert found == (SourcePackage(name=source[0], version=source[1]) if source else None)


def test_properties_of_trivy() -> None:
    names = {
        "SrcName": "src",
        "SrcVersion": "2",
        "SrcRelease": "1",
        "SrcEpoch": "3",
        "FilePath": "/a/b",
        "LayerDiffID": LAYER,
        "Modularitylabel": "m:1",
    }
    properties = [{"name": f"aquasecurity:trivy:{k}", "value": v} for k, v in names.items()]
    package = _one("pkg:rpm/centos/a@2-1?distro=centos-8", properties=properties)
    assert package == Package(
        purl=Purl("pkg:rpm/centos/a@2-1?distro=centos-8"),
        ecosystem="CentOS:8",
        name="a",
        version="2-1",
        scheme=SchemeName.RPM,
        manager=PackageManager.OS,
        source=SourcePackage(name="src", version="3:2-1"),
        module="m:1",
        locations=(Location(path="a/b", layer=LAYER),),
        extractor="sbom",
    )


def test_properties_of_syft_inspector_and_npm() -> None:
    properties = [
        {"name": "syft:location:0:path", "value": "/a"},
        {"name": "syft:location:0:layerID", "value": LAYER},
        {"name": "syft:location:1:path", "value": "/b"},
        {"name": "syft:location:1:layerID", "value": "no digest"},
        {"name": "syft:cpe23", "value": "cpe:2"},
        {"name": "amazon:inspector:sbom_generator:source_path", "value": "/c"},
        {"name": "cdx:npm:package:development", "value": "true"},
        {"name": "empty"},
    ]
    licences = [
        {"license": {"id": "MIT"}},
        {"license": {"name": "Own"}},
        {"expression": "A OR B"},
        {},
    ]
    package = _one(
        "pkg:npm/a@1", properties=properties, licenses=licences, cpe="cpe:1", publisher="P"
    )
    assert package.locations == (
        Location(path="a", layer=LAYER),
        Location(path="b"),
        Location(path="c"),
    )
    assert (package.dev, package.cpes, package.vendor) == (True, ("cpe:1", "cpe:2"), "P")
    assert package.licenses == ("A OR B", "MIT", "Own")


def test_inspectors_duplicates_belong_to_the_package_that_has_them() -> None:
    """As Inspector's generator writes what is in a package of the distribution too."""
    name = "amazon:inspector:sbom_generator:"
    package = _one(
        "pkg:pypi/dnf@4",
        properties=[
            {"name": f"{name}source_package_collector", "value": "python-pkg"},
            {"name": f"{name}source_path", "value": "/usr/lib/dnf.dist-info/METADATA"},
            {"name": f"{name}is_duplicate_package", "value": "true"},
            {"name": f"{name}duplicate_purl", "value": "pkg:rpm/fedora/python3-dnf@4-2.fc39"},
        ],
    )
    assert package.owner == "pkg:rpm/fedora/python3-dnf@4-2.fc39"
    assert package.locations == (Location(path="usr/lib/dnf.dist-info/METADATA"),)


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("cpe:2.3:o:amazon:amazon_linux:2", "cpe:2.3:o:amazon:amazon_linux:2:*:*:*:*:*:*:*"),
        ("cpe:/o:redhat:enterprise_linux:9::baseos", "cpe:/o:redhat:enterprise_linux:9::baseos"),
        (r"cpe:2.3:a:a\:b:c:1:*:*:*:*:*:*:*", r"cpe:2.3:a:a\:b:c:1:*:*:*:*:*:*:*"),
        ("cpe:2.3:a:a b:c:1:*:*:*:*:*:*:*", None),
        ("cpe:2.3:x:a:c:1:*:*:*:*:*:*:*", None),
        ("cpe:2.3:" + "a" * 2000, None),
        ("", None),
        (None, None),
    ],
)
def test_cpes_that_a_document_may_have(text: str | None, whole: str | None) -> None:
    assert whole_cpe(text) == whole


def test_places_with_and_without_an_owner_stay_apart() -> None:
    properties = [
        {"name": "vedette:path", "value": "free"},
        {"name": "vedette:owner", "value": "pkg:deb/debian/o@1"},
        {"name": "vedette:path", "value": "owned"},
    ]
    inventory = _read(_cyclonedx(_library("pkg:pypi/a@1", properties=properties)))
    assert [(p.owner, p.locations) for p in inventory.packages] == [
        (None, (Location(path="free"),)),
        ("pkg:deb/debian/o@1", (Location(path="owned"),)),
    ]


def test_components_are_read_at_every_depth_and_once() -> None:
    inner = _library("pkg:npm/b@1", components=[_library("pkg:npm/c@1"), _library("pkg:npm/a@1")])
    inventory = _read(
        _cyclonedx(
            _library("pkg:npm/a@1", components=[inner]),
            {"type": "operating-system", "name": "debian", "version": "12"},
            {"type": "operating-system", "name": "other", "version": "1"},
            _library("pkg:deb/debian/d@1-1"),
            metadata={
                "component": {
                    "type": "container",
                    "name": "i",
                    "components": [_library("pkg:npm/m@1")],
                }
            },
        )
    )
    assert [(p.name, p.ecosystem) for p in inventory.packages] == [
        ("d", "Debian:12"),
        ("a", "npm"),
        ("b", "npm"),
        ("c", "npm"),
        ("m", "npm"),
    ]
    assert inventory.distro == Distro(id="debian", version_id="12")


def test_distribution_of_all_purls_is_the_documents() -> None:
    first, other = (
        _library(f"pkg:deb/debian/a@{n}?distro=debian-{release}")
        for n, release in ((1, 12), (2, 11))
    )
    assert _read(_cyclonedx(first)).distro == Distro(id="debian", version_id="12")
    assert _read(_cyclonedx(first, other)).distro is None
    assert _read(_cyclonedx(_library("pkg:deb/debian/a@1"))).distro is None


def test_what_makes_no_package_is_a_failure() -> None:
    inventory = _read(
        _cyclonedx(
            _library("pkg:npm/good@1"),
            _library("nothing"),
            _library("pkg:npm/without"),
            _library("pkg:rpm/fedora/a@1-1?epoch=x"),
            _library("pkg:npm/a%20b@1"),
            _library("pkg:npm/owned@1", properties=[{"name": "vedette:owner", "value": "no"}]),
            {"type": "library", "name": "no purl"},
            {"type": "application", "name": "go.mod"},
            {"type": "application", "name": "tool", "version": "1"},
            {"type": "file", "name": "f", "version": "1"},
            {"type": 7},
            7,
        )
    )
    assert [package.name for package in inventory.packages] == ["good"]
    assert [(failure.extractor, failure.path) for failure in inventory.failures] == [
        ("sbom", "component 11"),
        ("sbom", "component 12"),
        ("sbom", "no purl"),
        ("sbom", "nothing"),
        ("sbom", "pkg:npm/a%20b@1"),
        ("sbom", "pkg:npm/owned@1"),
        ("sbom", "pkg:npm/without"),
        ("sbom", "pkg:rpm/fedora/a@1-1?epoch=x"),
        ("sbom", "tool"),
    ]


_XML = """<?xml version="1.0"?>
<bom xmlns="http://cyclonedx.org/schema/bom/{version}" version="1">
 <metadata><component type="container"><name>i</name></component>
  <properties><property name="vedette:running_kernel">6.1</property></properties></metadata>
 <components>
  <component type="operating-system"><name>alpine</name><version>3.18.4</version></component>
  <component type="library"><publisher>P</publisher><name>a</name><version>1-r0</version>
   <licenses><license><id>MIT</id></license><expression>A OR B</expression></licenses>
   <cpe>cpe:1</cpe><purl>pkg:apk/alpine/a@1-r0?arch=x86_64</purl>
   <components><component type="library"><name>b</name><purl>pkg:npm/b@1</purl></component></components>
   <properties><property name="syft:location:0:path">/lib/apk/db/installed</property></properties>
  </component>
  <component type="library"><name>none</name></component>
 </components>
</bom>"""


@pytest.mark.parametrize("version", ["1.2", "1.3", "1.4", "1.5", "1.6"])
def test_xml_is_read_as_json_is(version: str) -> None:
    inventory = read_sbom(_XML.format(version=version).encode(), _REF)
    assert inventory == Inventory(
        resource=_REF,
        distro=Distro(id="alpine", version_id="3.18.4"),
        packages=(
            Package(
                purl=Purl("pkg:apk/alpine/a@1-r0?arch=x86_64&distro=alpine-3.18.4"),
                ecosystem="Alpine:v3.18",
                name="a",
                version="1-r0",
                scheme=SchemeName.APK,
                manager=PackageManager.OS,
                arch="x86_64",
                vendor="P",
                locations=(Location(path="lib/apk/db/installed"),),
                licenses=("A OR B", "MIT"),
                cpes=("cpe:1",),
                extractor="sbom",
            ),
            Package(
                purl=Purl("pkg:npm/b@1"),
                ecosystem="npm",
                name="b",
                version="1",
                scheme=SchemeName.NPM,
                manager=PackageManager.NODEPKG,
                extractor="sbom",
            ),
        ),
        failures=(FileFailure(extractor="sbom", path="none", reason="no purl"),),
        running_kernel="6.1",
    )


_TAGS = """SPDXVersion: SPDX-2.2
DataLicense: CC0-1.0
SPDXID: SPDXRef-DOCUMENT
# a comment

PackageName: image
SPDXID: SPDXRef-ContainerImage-1

PackageName: centos
SPDXID: SPDXRef-OperatingSystem-1
PackageVersion: 7.6

PackageName: a
SPDXID: SPDXRef-Package-1
PackageVersion: 9
PackageSupplier: Organization: Team
PackageComment: <text>over
PackageName: not one
lines</text>
PackageSourceInfo: <text>built package from: src 1:2-1</text>
PackageLicenseConcluded: NOASSERTION
PackageLicenseDeclared: MIT AND LicenseRef-1
ExternalRef: PACKAGE-MANAGER purl pkg:rpm/centos/a@2-1?epoch=1
ExternalRef: SECURITY cpe23Type cpe:1
ExternalRef: odd
PackageAttributionText: FilePath: a/b
FileName: x
PackageName: none
SPDXID: SPDXRef-Package-2
LicenseID: LicenseRef-1
LicenseName: Own
Relationship: SPDXRef-DOCUMENT DESCRIBES SPDXRef-ContainerImage-1
"""


def test_tag_value_is_read_as_json_is() -> None:
    package = {
        "name": "a",
        "SPDXID": "SPDXRef-Package-1",
        "supplier": "Organization: Team",
        "sourceInfo": "built package from: src 1:2-1",
        "licenseDeclared": "MIT AND LicenseRef-1",
        "licenseConcluded": "NONE",
        "attributionTexts": ["FilePath: a/b"],
        "externalRefs": [
            {"referenceType": "purl", "referenceLocator": "pkg:rpm/centos/a@2-1?epoch=1"},
            {"referenceType": "cpe23Type", "referenceLocator": "cpe:1"},
        ],
    }
    system = {"name": "centos", "versionInfo": "7.6", "primaryPackagePurpose": "OPERATING-SYSTEM"}
    image = {"name": "image", "primaryPackagePurpose": "CONTAINER"}
    document = {
        "spdxVersion": "SPDX-2.3",
        "packages": [image, system, package, {"name": "none"}],
        "hasExtractedLicensingInfos": [{"licenseId": "LicenseRef-1", "name": "Own"}],
    }
    expected = Inventory(
        resource=_REF,
        distro=Distro(id="centos", version_id="7.6"),
        packages=(
            Package(
                purl=Purl("pkg:rpm/centos/a@2-1?distro=centos-7.6&epoch=1"),
                ecosystem="CentOS:7",
                name="a",
                version="1:2-1",
                scheme=SchemeName.RPM,
                manager=PackageManager.OS,
                source=SourcePackage(name="src", version="1:2-1"),
                vendor="Team",
                locations=(Location(path="a/b"),),
                licenses=("MIT", "Own"),
                cpes=("cpe:1",),
                extractor="sbom",
            ),
        ),
        failures=(FileFailure(extractor="sbom", path="none", reason="no purl"),),
    )
    assert _read(document) == expected
    assert read_sbom(_TAGS.encode(), _REF) == expected


def test_a_bad_package_of_spdx_is_a_failure() -> None:
    found = _read(
        {"spdxVersion": "SPDX-2.2", "packages": [{"name": 1}, {"name": "f", "SPDXID": "S"}]}
    )
    assert [failure.path for failure in found.failures] == ["f", "package 1"]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"word",
        b"[]",
        b"{",
        b'{"bomFormat": "Other", "specVersion": "1.5"}',
        b'{"bomFormat": "CycloneDX", "specVersion": "1.1"}',
        b'{"spdxVersion": "SPDX-3.0"}',
        b"SPDXVersion: SPDX-2.1\n",
        b"SPDXVersion: SPDX-2.2\nword\n",
        b"SPDXVersion: SPDX-2.2\nComment: <text>x\n",
        b'<bom xmlns="http://cyclonedx.org/schema/bom/1.1"/>',
        b"<bom/>",
        b"<other/>",
        b"<",
        b'{"bomFormat":' + b"[" * 100_000,
    ],
)
def test_what_is_no_document_is_refused(data: bytes) -> None:
    with pytest.raises(ParseError):
        read_sbom(data, _REF)


def test_a_document_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "_MOST", 10)
    with pytest.raises(LimitError, match="11 bytes, more than 10"):
        read_sbom(b"{" + b" " * 10, _REF)


@pytest.mark.parametrize(
    ("name", "version", "distro"),
    [
        ("Amazon Linux", "2023", ("amzn", "2023")),
        ("ubuntu", "22.04.3", ("ubuntu", "22.04")),
        ("Debian GNU/Linux", "bookworm", ("debian", "12")),
        ("photon", "", ("photon", None)),
        ("Plan9", "4", ("plan9", "4")),
    ],
)
def test_distributions_by_tools_names(
    name: str, version: str, distro: tuple[str, str | None]
) -> None:
    assert distro_of(name, version) == Distro(id=distro[0], version_id=distro[1])


def test_distribution_of_no_qualifier_is_none() -> None:
    assert distro_of_qualifier("debian", None) is None
    assert distro_of_qualifier(None, "opensuse-leap-15.5") == Distro(
        id="opensuse-leap", version_id="15.5"
    )


_DOCUMENTS = [
    *(form.write(FULL) for form in SBOM_FORMATS),
    _XML.format(version="1.4").encode(),
    _TAGS.encode(),
]


@given(st.sampled_from(_DOCUMENTS), st.data())
@settings(max_examples=150, deadline=None)
def test_damaged_documents_are_read_or_a_parse_error(content: bytes, data: st.DataObject) -> None:
    damaged = bytearray(content)
    for place in data.draw(st.lists(st.integers(0, len(content) * 8 - 1), max_size=8)):
        damaged[place // 8] ^= 1 << place % 8
    try:
        read_sbom(bytes(damaged[: data.draw(st.integers(0, len(content)))]), _REF)
    except ParseError:
        return


def test_real_documents_are_read_whole(shared: Path) -> None:
    for path in sorted((shared / "fixtures" / "sbom" / "trivy").glob("*cyclonedx.json")):
        content = path.read_bytes()
        purls = {one["purl"] for one in json.loads(content)["components"] if "purl" in one}
        inventory = read_sbom(content, _REF)
        assert len(inventory.packages) == len(purls), path.name
        assert inventory.failures == (), path.name
    texts = [
        shared / "fixtures" / "sbom" / "trivy" / f"centos-7-{end}"
        for end in ("spdx.json", "spdx.txt")
    ]
    first, second = (read_sbom(path.read_bytes(), _REF) for path in texts)
    assert first == second
    assert len(first.packages) == 2


def test_the_oracle_for_xml_reads_the_sample() -> None:
    root = ElementTree.fromstring(_XML.format(version="1.4"))
    assert len(list(root.iter("{http://cyclonedx.org/schema/bom/1.4}purl"))) == 2


def test_listening_sockets_are_read_back() -> None:
    web = Socket(transport=Transport.TCP, port=443, program="nginx", package="nginx-core")
    for sockets in ((web,), (), None):
        document = SBOM_FORMATS[0].write(msgspec.structs.replace(FULL, sockets=sockets))
        assert read_sbom(document, _REF).sockets == sockets


def test_a_component_that_listens() -> None:
    def read(value: str) -> Inventory:
        component = {
            "type": "library",
            "name": "nginx",
            "purl": "pkg:deb/debian/nginx@1?distro=debian-12",
            "properties": [{"name": "vedette:listening", "value": value}],
        }
        document = {"bomFormat": "CycloneDX", "specVersion": "1.6", "components": [component]}
        return read_sbom(msgspec.json.encode(document), _REF)

    assert read("tcp/80").sockets == (Socket(transport=Transport.TCP, port=80, package="nginx"),)
    odd = read("everywhere")
    assert (odd.sockets, [one.path for one in odd.failures]) == (None, ["vedette:listening"])
