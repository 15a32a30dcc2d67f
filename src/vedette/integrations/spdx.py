"""SPDX 2.3 with the flaws of each package as its external references (https://spdx.github.io/spdx-spec/v2.3/external-repository-identifiers/).

SPDX has no element for a vulnerability: a reference of category SECURITY and type `advisory` is the page about it, and its comment the
flaw's id and severity. What is set aside is left out: SPDX cannot say so.
"""

import uuid
from collections import defaultdict
from typing import Any

import msgspec

from vedette.integrations._base import ScanFormat, source_url
from vedette.inventory.sbom import SBOM_FORMATS
from vedette.model.finding import Finding, FindingStatus, Vulnerability
from vedette.model.scan import ScanReport
from vedette.model.severity import Severity

_NAMESPACES = uuid.UUID("d5a7ad0a-7c0a-5b8e-8d0b-2f6a3d4c9b17")
_PURL = "purl"

(_SBOM,) = (one for one in SBOM_FORMATS if one.name == "spdx")

_Json = dict[str, Any]


def _render(report: ScanReport, _least: Severity) -> bytes:
    return spdx_document(report)


def spdx_document(report: ScanReport, *, name: str | None = None) -> bytes:
    """The inventory with its flaws.

    Args:
        report: both.
        name: of the document; None is the resource's id.
    """
    document: _Json = msgspec.json.decode(_SBOM.write(report.inventory))
    if name is not None:
        document["name"] = name
    flaws = _flaws(report.findings)
    for package in document["packages"]:
        _refer(package, flaws)
    document.pop("documentNamespace")
    content = msgspec.json.encode(document).decode()
    document["documentNamespace"] = (
        f"https://spdx.org/spdxdocs/vedette-{uuid.uuid5(_NAMESPACES, content)}"
    )
    return msgspec.json.format(msgspec.json.encode(document), indent=1) + b"\n"


def _flaws(findings: tuple[Finding, ...]) -> dict[str, list[_Json]]:
    """References by purl, by the flaw's id."""
    found: dict[str, dict[str, _Json]] = defaultdict(dict)
    for finding in findings:
        evidence = finding.evidence
        if not isinstance(evidence, Vulnerability) or finding.status is not FindingStatus.ACTIVE:
            continue
        for one in evidence.packages:
            if one.waived is None:
                found[one.package.purl][evidence.id] = {
                    "referenceCategory": "SECURITY",
                    "referenceType": "advisory",
                    "referenceLocator": source_url(evidence) or evidence.id,
                    "comment": f"{evidence.id} {finding.severity}",
                }
    return {purl: [named[name] for name in sorted(named)] for purl, named in found.items()}


def _refer(package: _Json, flaws: dict[str, list[_Json]]) -> None:
    for reference in list(package.get("externalRefs", ())):
        if reference["referenceType"] == _PURL:
            package["externalRefs"] += flaws.get(reference["referenceLocator"], [])


SCAN_FORMAT = ScanFormat(
    name="spdx",
    title="SPDX 2.3 with advisories",
    media_type="application/spdx+json; version=2.3",
    render=_render,
)
