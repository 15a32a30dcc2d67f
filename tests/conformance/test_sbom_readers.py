"""Every form of SBOM that is read has a good and a malformed case, and every version says the same."""

import json
from pathlib import Path

import pytest

from tests.inventory.sbom.golden import as_json, cases, document, read
from vedette.errors import ParseError

_FORMS = (
    *(f"cyclonedx-{text}-1.{minor}" for text in ("json", "xml") for minor in range(2, 7)),
    *(f"spdx-{text}-2.{minor}" for text in ("json", "tag-value") for minor in (2, 3)),
    "attestation-statement",
    "attestation-envelope",
)
_READERS = ("cyclonedx-json", "cyclonedx-xml", "spdx-json", "spdx-tag-value", "attestation")
_CASES = [case.name for case in cases()]


def test_every_form_has_a_good_case() -> None:
    assert {name for name in _CASES if not name.startswith("malformed")} == set(_FORMS)


@pytest.mark.parametrize("reader", _READERS)
def test_every_reader_has_a_malformed_case(reader: str) -> None:
    assert any(name.startswith(f"malformed-{reader}") for name in _CASES)
    assert any(form.startswith(reader) for form in _FORMS)


@pytest.mark.parametrize("case", cases(), ids=lambda case: case.name)
def test_a_document_is_read_as_the_case_expects(case: Path) -> None:
    text = (case / "expected.json").read_text()
    assert as_json(case).decode() == text
    expected = json.loads(text)
    is_bad = bool(expected.get("error") or expected.get("failures"))
    assert is_bad == case.name.startswith("malformed")


def test_all_forms_of_cyclonedx_say_the_same() -> None:
    """Only the oldest versions of the format have no properties for places."""
    found = {case.name: read(document(case)) for case in cases() if case.name in _FORMS}
    assert found["cyclonedx-json-1.2"] == found["cyclonedx-xml-1.2"]
    newer = [name for name in found if name.startswith("cyclonedx") and not name.endswith("1.2")]
    assert all(found[name] == found["cyclonedx-json-1.6"] for name in newer)
    spdx = [name for name in found if name.startswith("spdx")]
    assert all(found[name] == found["spdx-json-2.3"] for name in spdx)


@pytest.mark.parametrize("data", [b"", b"{}", b"<", b"SPDXVersion:", b"\xff\xfe"])
def test_what_is_no_document_is_a_parse_error(data: bytes) -> None:
    with pytest.raises(ParseError):
        read(data)
