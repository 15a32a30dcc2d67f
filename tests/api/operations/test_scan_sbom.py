import json
from datetime import UTC, date, datetime
from typing import Any

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonValidator

from tests.api.operations.asking import Refused, ask
from tests.matching.memory import MemoryIndex, advisory, affected
from vedette.api.call import Services
from vedette.model.advisory import (
    Affected,
    CveRecord,
    Epss,
    Exploit,
    ExploitKind,
    FixState,
    Kev,
    Rating,
)
from vedette.model.cvss import parse_vector
from vedette.store.store import SqlStore

CVE = "CVE-2024-0001"
VECTOR = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"
AT = datetime(2024, 1, 2, tzinfo=UTC)
PREFIX = "amazon:inspector:sbom_scanner:"


def _fixed(ecosystem: str, name: str, version: str) -> Affected:
    return affected(ecosystem, name, f"[0, {version})", fix=FixState.FIXED)


@pytest.fixture
def services(store: SqlStore) -> Services:
    index = MemoryIndex(
        [
            advisory(
                "GHSA-1",
                _fixed("PyPI", "some-web", "2.0"),
                feed="osv",
                aliases=(CVE,),
                references=("https://example.org/a",),
                published=AT,
            ),
        ],
        cves=[
            CveRecord(
                id=CVE,
                feed="nvd",
                description="A flaw.",
                ratings=(Rating(source="NVD", vector=parse_vector(VECTOR)),),
                cwes=("CWE-79", "NVD-CWE-noinfo"),
                published=AT,
                modified=AT,
            )
        ],
        epss=[Epss(cve=CVE, probability=0.5, percentile=None, scored_on=date(2026, 1, 1))],
        kev=[Kev(cve=CVE, added_on=date(2024, 5, 6), due_on=date(2024, 5, 27), ransomware=False)],
        exploits=[
            Exploit(
                cve=CVE,
                source="x",
                reference="https://example.org/x",
                published=date(2024, 3, 4),
                kind=ExploitKind.WEAPONIZED,
            )
        ],
    )
    return Services(store=store, index=index)


def _document(*components: dict[str, Any]) -> dict[str, Any]:
    return {"bomFormat": "CycloneDX", "specVersion": "1.5", "components": list(components)}


COMPONENTS = (
    {
        "bom-ref": "a",
        "type": "application",
        "name": "outer",
        "purl": "pkg:pypi/clean@1.0",
        "components": [
            {"bom-ref": "b", "type": "library", "name": "web", "purl": "pkg:pypi/Some_Web@1.9"}
        ],
    },
    {"bom-ref": "c", "type": "library", "name": "web again", "purl": "pkg:pypi/some.web@1.9"},
    {"type": "library", "name": "strange", "purl": "pkg:pypi/some-web@what?"},
    {"bom-ref": "e", "type": "library", "name": "nothing", "version": "1"},
    {"bom-ref": "f", "type": "library", "name": "foreign", "purl": "pkg:cran/x@1"},
    {"bom-ref": "g", "type": "library", "name": "wrong", "purl": "not a purl"},
)


def _scan(services: Services, document: Any, **more: Any) -> Any:
    asked = {"sbom": document, **more}
    return ask(services, "ScanSbom", asked, service="inspector-scan")["sbom"]


def _told(component: dict[str, Any]) -> list[tuple[str, str]]:
    return [
        (one["name"].removeprefix(PREFIX), one["value"]) for one in component.get("properties", ())
    ]


def test_components_and_their_flaws(services: Services) -> None:
    scanned = _scan(services, _document(*COMPONENTS))
    assert {one["bom-ref"]: _told(one) for one in scanned["components"]} == {
        "a": [("info", "Component scanned: no vulnerabilities found.")],
        "b": [],
        "c": [],
        "comp-4": [
            (
                "info",
                _told(scanned["components"][3])[0][1],
            )
        ],
        "e": [("warning", "Component skipped: no purl provided.")],
        "f": [("info", "Component skipped: no rules found.")],
        "g": [("warning", "Component skipped: it has no package URL that can be read.")],
    }
    assert _told(scanned["components"][3])[0][1].startswith(
        "Component scanned: it cannot be decided: "
    )
    assert _told(scanned["metadata"]) == [
        ("critical_vulnerabilities", "1"),
        ("high_vulnerabilities", "0"),
        ("medium_vulnerabilities", "0"),
        ("low_vulnerabilities", "0"),
        ("other_vulnerabilities", "0"),
    ]
    (flaw,) = scanned["vulnerabilities"]
    assert flaw["id"] == CVE
    assert flaw["affects"] == [{"ref": "b"}, {"ref": "c"}]
    assert flaw["cwes"] == [79]
    assert flaw["references"] == [{"id": "GHSA-1", "source": {"name": "GHSA"}}]
    assert {"score": 9.8, "method": "CVSSv31", "vector": VECTOR, "source": {"name": "NVD"}} in flaw[
        "ratings"
    ]
    assert _told(flaw) == [
        ("exploit_available", "true"),
        ("exploit_last_seen_in_public", "2024-03-04"),
        ("cisa_kev_date_added", "2024-05-06"),
        ("cisa_kev_date_due", "2024-05-27"),
        ("fixed_version:b", "2.0"),
        ("fixed_version:c", "2.0"),
    ]
    assert scanned == _scan(services, _document(*COMPONENTS))


def test_purl_that_names_no_package_is_skipped(services: Services) -> None:
    odd = {"type": "library", "name": "x", "purl": "pkg:pypi/some-web"}
    (component,) = _scan(services, _document(odd))["components"]
    assert _told(component) == [("warning", "Component skipped: its purl names no package.")]


def test_answer_is_cyclonedx(services: Services) -> None:
    scanned = _scan(services, _document(*COMPONENTS[:2], COMPONENTS[3]))
    assert JsonValidator(SchemaVersion.V1_5).validate_str(json.dumps(scanned)) is None


def test_flaw_of_which_little_is_known(store: SqlStore) -> None:
    index = MemoryIndex([advisory("GHSA-2", affected("PyPI", "some-web", "[0, )"))])
    scanned = _scan(Services(store=store, index=index), _document(COMPONENTS[1]))
    (flaw,) = scanned["vulnerabilities"]
    assert (flaw["id"], flaw["affects"], flaw["properties"]) == ("GHSA-2", [{"ref": "c"}], [])
    assert [one["method"] for one in flaw["ratings"]] == ["other"]
    assert "published" not in flaw
    assert _told(scanned["metadata"])[-1] == ("other_vulnerabilities", "1")


@pytest.mark.parametrize("kind", ["INSPECTOR", "INSPECTOR_ALT"])
def test_inspectors_own_shape(services: Services, kind: str) -> None:
    scanned = _scan(services, _document(*COMPONENTS[:2]), outputFormat=kind)
    assert scanned["messages"] == [
        {
            "name": "outer",
            "purl": "pkg:pypi/clean@1.0",
            "info": "Component scanned: no vulnerabilities found.",
        }
    ]
    assert scanned["vulnerability_count"] == {
        "critical": 1,
        "high": 0,
        "medium": 0,
        "low": 0,
        "other": 0,
    }
    (flaw,) = scanned["vulnerabilities"]
    assert (flaw["id"], flaw["severity"], flaw["related"]) == (CVE, "critical", ["GHSA-1"])
    assert flaw["properties"]["cvss"] == [
        {"source": "NVD", "cvss3_base_score": 9.8, "cvss3_base_vector": VECTOR}
    ]
    assert flaw["properties"]["epss"] == 0.5
    assert flaw["properties"]["exploit_available"] is True
    assert (
        flaw["affects"]
        == [{"installed_version": "pkg:pypi/some-web@1.9", "fixed_version": "2.0"}] * 2
    )


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        ([], "CANNOT_PARSE"),
        ({}, "UNSUPPORTED_SBOM_TYPE"),
        ({"spdxVersion": "SPDX-2.3"}, "UNSUPPORTED_SBOM_TYPE"),
        ({"bomFormat": "CycloneDX", "specVersion": "9.9"}, "CANNOT_PARSE"),
        ({"bomFormat": "CycloneDX", "specVersion": "1.5", "components": 3}, "CANNOT_PARSE"),
    ],
)
def test_what_is_no_sbom_is_refused(services: Services, document: Any, reason: str) -> None:
    with pytest.raises(Refused) as refused:
        _scan(services, document)
    assert (refused.value.code, refused.value.answer["reason"]) == ("ValidationException", reason)


def test_more_than_two_thousand_components(services: Services) -> None:
    many = ({"type": "library", "name": "x", "purl": f"pkg:pypi/x{n}@1.0"} for n in range(3000))
    scanned = _scan(services, _document(*many))
    assert len(scanned["components"]) == 3000
    assert scanned["vulnerabilities"] == []


def test_without_a_database_nothing_is_claimed(store: SqlStore) -> None:
    with pytest.raises(Refused) as refused:
        _scan(Services(store=store), _document())
    assert refused.value.code == "InternalServerException"
