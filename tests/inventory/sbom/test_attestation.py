"""SBOMs within in-toto attestations."""

import base64
import json

import pytest

from tests.inventory.sbom.inventories import FULL
from vedette.errors import ParseError
from vedette.inventory.sbom import SBOM_FORMATS
from vedette.inventory.sbom.reading import read_sbom
from vedette.model.resource import ResourceRef, ResourceType

_REF = ResourceRef(type=ResourceType.LOCAL, id="sbom.json")
_KINDS = {"cyclonedx": "https://cyclonedx.org/bom", "spdx": "https://spdx.dev/Document"}
_BY_NAME = {form.name: form for form in SBOM_FORMATS}


def _statement(predicate: object, kind: str = _KINDS["cyclonedx"]) -> dict[str, object]:
    return {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [],
        "predicateType": kind,
        "predicate": predicate,
    }


def _envelope(payload: object, kind: str = "application/vnd.in-toto+json") -> bytes:
    encoded = base64.b64encode(json.dumps(payload).encode()).decode()
    return json.dumps({"payloadType": kind, "payload": encoded, "signatures": []}).encode()


@pytest.mark.parametrize("form", _KINDS)
def test_the_sbom_is_read_in_its_envelope(form: str) -> None:
    document = _BY_NAME[form].write(FULL)
    statement = _statement(json.loads(document), _KINDS[form])
    expected = read_sbom(document, _REF)
    assert read_sbom(json.dumps(statement).encode(), _REF) == expected
    assert read_sbom(_envelope(statement), _REF) == expected


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (_envelope({}, "text/plain"), "an envelope of 'text/plain'"),
        (b'{"payloadType": "application/vnd.in-toto+json", "payload": "%"}', "no base64"),
        (
            _envelope(_statement({}, "https://slsa.dev/provenance/v1")),
            "an attestation of 'https://slsa",
        ),
        (_envelope(_envelope({}).decode()), "SPDX"),
        (_envelope({"_type": "other", "predicate": {}}), "SPDX"),
        (json.dumps(_statement({})).encode(), "SPDX"),
    ],
)
def test_what_is_no_sbom(data: bytes, reason: str) -> None:
    with pytest.raises(ParseError, match=reason):
        read_sbom(data, _REF)
