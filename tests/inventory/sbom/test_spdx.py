import json

import msgspec
import pytest
from spdx_tools.spdx.parser.jsonlikedict.json_like_dict_parser import JsonLikeDictParser
from spdx_tools.spdx.validation.document_validator import validate_full_spdx_document

from tests.inventory.sbom.inventories import EMPTY, FULL, LAYER, ZEPHYR
from vedette.inventory.sbom import SBOM_FORMATS
from vedette.model.inventory import Inventory

_SPDX = next(form for form in SBOM_FORMATS if form.name == "spdx")


@pytest.mark.parametrize("inventory", [FULL, EMPTY], ids=["full", "empty"])
def test_document_is_valid(inventory: Inventory) -> None:
    parser = JsonLikeDictParser()  # type: ignore[no-untyped-call]
    document = parser.parse(json.loads(_SPDX.write(inventory)))
    assert validate_full_spdx_document(document, "SPDX-2.3") == []
    purls = {package.purl for package in inventory.packages}
    assert len(document.packages) == 1 + bool(inventory.distro) + len(purls)


def test_equal_inventories_give_equal_bytes() -> None:
    shuffled = msgspec.structs.replace(FULL, packages=tuple(reversed(FULL.packages)))
    assert _SPDX.write(shuffled) == _SPDX.write(FULL)
    other = msgspec.structs.replace(FULL, packages=FULL.packages[1:])
    names = {json.loads(_SPDX.write(i))["documentNamespace"] for i in (FULL, other, EMPTY)}
    assert len(names) == 3


def test_document_says_everything_that_is_known() -> None:
    document = json.loads(_SPDX.write(FULL))
    assert document["name"] == "arn:aws:ecr:image"
    assert document["creationInfo"] == {
        "created": "2024-05-01T00:00:00Z",
        "creators": ["Tool: vedette"],
    }
    assert document["comment"] == (
        "Not everything could be read.\nrpm: var/lib/rpm/rpmdb.sqlite: cut"
    )
    target, system, *packages = document["packages"]
    assert target["attributionTexts"] == ["vedette:running_kernel: 6.1.0"]
    assert (system["name"], system["versionInfo"], system["primaryPackagePurpose"]) == (
        "amzn",
        "2023",
        "OPERATING-SYSTEM",
    )
    licence = document["hasExtractedLicensingInfos"][0]
    assert licence["extractedText"] == "ASL 2.0 with exceptions"
    assert packages[2] == {
        "name": "libzephyr",
        "SPDXID": packages[2]["SPDXID"],
        "versionInfo": "1:2.4-1",
        "supplier": "Organization: Zephyr <z@example.org>",
        "downloadLocation": "NOASSERTION",
        "filesAnalyzed": False,
        "sourceInfo": "built package from: zephyr 1:2.4-1",
        "licenseConcluded": "NOASSERTION",
        "licenseDeclared": f"{licence['licenseId']} AND GPL-2.0-only",
        "copyrightText": "NOASSERTION",
        "attributionTexts": [
            "vedette:ecosystem: Amazon Linux:2023",
            "vedette:manager: OS",
            "vedette:source:name: zephyr",
            "vedette:source:version: 1:2.4-1",
            "vedette:module: zephyr:2",
        ],
        "externalRefs": [
            {
                "referenceCategory": "PACKAGE-MANAGER",
                "referenceType": "purl",
                "referenceLocator": ZEPHYR.purl,
            },
            {
                "referenceCategory": "SECURITY",
                "referenceType": "cpe23Type",
                "referenceLocator": ZEPHYR.cpes[0],
            },
        ],
    }
    assert packages[1]["attributionTexts"][-3:] == [
        "vedette:owner: pkg:deb/debian/python3-wind@1-1",
        "vedette:path: usr/wind.egg-info",
        f"vedette:layer: {LAYER}",
    ]
    assert packages[0]["licenseDeclared"] == "MIT OR Apache-2.0"
    assert {one["relationshipType"] for one in document["relationships"]} == {
        "DESCRIBES",
        "CONTAINS",
    }


def test_a_time_that_nobody_knows_is_said_to_be_none() -> None:
    created = json.loads(_SPDX.write(EMPTY))["creationInfo"]
    assert created["created"] == "1970-01-01T00:00:00Z"
    assert created["comment"] == "The time of the inventory is not known."


def test_of_several_licences_expressions_are_in_parentheses() -> None:
    package = msgspec.structs.replace(
        FULL.packages[0], licenses=("A OR MIT", "BSD-3-Clause OR MIT", "MIT")
    )
    document = json.loads(_SPDX.write(msgspec.structs.replace(FULL, packages=(package,))))
    (own,) = document["hasExtractedLicensingInfos"]
    assert own["name"] == "A OR MIT"
    declared = document["packages"][-1]["licenseDeclared"]
    assert declared == f"{own['licenseId']} AND (BSD-3-Clause OR MIT) AND MIT"
