import hashlib
import json
import sys
import uuid

import msgspec
import pytest
from cyclonedx.model.bom import Bom
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from tests.inventory.sbom.inventories import EMPTY, FULL, LAYER, ZEPHYR
from vedette.inventory.sbom import SBOM_FORMATS, SbomFormat, cyclonedx
from vedette.model.inventory import Inventory

_VERSIONS = {
    "cyclonedx": SchemaVersion.V1_5,
    "cyclonedx-1.4": SchemaVersion.V1_4,
    "cyclonedx-1.6": SchemaVersion.V1_6,
}
_each = pytest.mark.parametrize(
    "form", [form for form in SBOM_FORMATS if form.name in _VERSIONS], ids=lambda form: form.name
)


@_each
@pytest.mark.filterwarnings("ignore:.*deprecated from CycloneDX v1.5")
@pytest.mark.parametrize("inventory", [FULL, EMPTY], ids=["full", "empty"])
def test_document_is_valid_and_reads_back(form: SbomFormat, inventory: Inventory) -> None:
    text = form.write(inventory).decode()
    assert JsonStrictValidator(_VERSIONS[form.name]).validate_str(text) is None
    document = json.loads(text)
    assert document["specVersion"] == _VERSIONS[form.name].to_version()
    assert form.media_type.endswith(f"version={document['specVersion']}")
    bom = Bom.from_json(document)  # type: ignore[attr-defined]
    purls = {str(component.purl) for component in bom.components if component.purl}
    assert len(purls) == len({package.purl for package in inventory.packages})


@_each
def test_equal_inventories_give_equal_bytes(form: SbomFormat) -> None:
    shuffled = msgspec.structs.replace(FULL, packages=tuple(reversed(FULL.packages)))
    assert form.write(shuffled) == form.write(FULL)
    other = msgspec.structs.replace(FULL, packages=FULL.packages[1:])
    serials = {json.loads(form.write(i))["serialNumber"] for i in (FULL, other, EMPTY)}
    assert len(serials) == 3


def test_document_says_everything_that_is_known() -> None:
    document = json.loads(SBOM_FORMATS[0].write(FULL))
    assert document["metadata"] == {
        "timestamp": "2024-05-01T00:00:00+00:00",
        "tools": {"components": [{"type": "application", "name": "vedette"}]},
        "component": {
            "type": "container",
            "name": "arn:aws:ecr:image",
            "bom-ref": "target:arn:aws:ecr:image",
        },
        "properties": [
            {"name": "vedette:resource:type", "value": "AWS_ECR_CONTAINER_IMAGE"},
            {"name": "vedette:running_kernel", "value": "6.1.0"},
            {"name": "vedette:failure", "value": "rpm: var/lib/rpm/rpmdb.sqlite: cut"},
        ],
    }
    assert document["components"] == [
        {
            "type": "operating-system",
            "name": "amzn",
            "bom-ref": "os:amzn",
            "version": "2023",
            "description": "Amazon Linux 2023",
            "cpe": "cpe:2.3:o:amazon:amazon_linux:2023:*:*:*:*:*:*:*",
        },
        {
            "type": "library",
            "name": "core",
            "bom-ref": "pkg:npm/%40babel/core@7.0.0",
            "group": "@babel",
            "version": "7.0.0",
            "hashes": [{"alg": "SHA-1", "content": "0a" * 20}],
            "licenses": [{"expression": "MIT OR Apache-2.0"}],
            "purl": "pkg:npm/%40babel/core@7.0.0?upstream=babel%407",
            "properties": [
                {"name": "vedette:ecosystem", "value": "npm"},
                {"name": "vedette:manager", "value": "NODEPKG"},
                {"name": "vedette:source:name", "value": "babel"},
                {"name": "vedette:source:version", "value": "7"},
                {"name": "vedette:dev", "value": "true"},
                {"name": "vedette:checksum", "value": "h1:bWFueSBieXRlcw=="},
            ],
        },
        {
            "type": "library",
            "name": "wind",
            "bom-ref": "pkg:pypi/wind@1",
            "version": "1",
            "licenses": [{"license": {"id": "MIT"}}],
            "purl": "pkg:pypi/wind@1",
            "properties": [
                {"name": "vedette:ecosystem", "value": "PyPI"},
                {"name": "vedette:manager", "value": "PYTHONPKG"},
                {
                    "name": "amazon:inspector:sbom_generator:source_package_collector",
                    "value": "python",
                },
                {
                    "name": "amazon:inspector:sbom_generator:source_path",
                    "value": "opt/wind.egg-info",
                },
                {
                    "name": "amazon:inspector:sbom_generator:duplicate_purl",
                    "value": "pkg:deb/debian/python3-wind@1-1",
                },
                {
                    "name": "amazon:inspector:sbom_generator:source_path",
                    "value": "usr/wind.egg-info",
                },
                {"name": "vedette:layer", "value": LAYER},
            ],
        },
        {
            "type": "library",
            "name": "libzephyr",
            "bom-ref": ZEPHYR.purl,
            "version": "1:2.4-1",
            "publisher": "Zephyr <z@example.org>",
            "licenses": [
                {"license": {"name": "ASL 2.0 with exceptions"}},
                {"license": {"id": "GPL-2.0-only"}},
            ],
            "cpe": "cpe:2.3:a:z:zephyr:2.4:*:*:*:*:*:*:*",
            "purl": "pkg:rpm/amzn/libzephyr@2.4-1?arch=x86_64&distro=amzn-2023&epoch=1&upstream=zephyr",
            "properties": [
                {"name": "vedette:ecosystem", "value": "Amazon Linux:2023"},
                {"name": "vedette:manager", "value": "OS"},
                {"name": "vedette:source:name", "value": "zephyr"},
                {"name": "vedette:source:version", "value": "1:2.4-1"},
                {"name": "vedette:module", "value": "zephyr:2"},
            ],
        },
    ]


def test_tools_are_a_list_before_1_5() -> None:
    by_name = {form.name: form for form in SBOM_FORMATS}
    document = json.loads(by_name["cyclonedx-1.4"].write(EMPTY))
    assert document["metadata"]["tools"] == [{"name": "vedette"}]
    assert "timestamp" not in document["metadata"]


@pytest.mark.parametrize("has_module", [True, False])
def test_the_serial_number_is_a_uuid_of_the_content(
    monkeypatch: pytest.MonkeyPatch, *, has_module: bool
) -> None:
    if not has_module:
        monkeypatch.setitem(sys.modules, "_sha1", None)
    name = hashlib.blake2b(b"content", digest_size=32).hexdigest()
    assert cyclonedx._serial(b"content") == uuid.uuid5(cyclonedx._SERIALS, name).urn
