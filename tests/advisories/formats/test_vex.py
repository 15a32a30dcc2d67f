"""VEX documents: OpenVEX, CSAF, CycloneDX."""

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from vedette.advisories.formats import vex_document, vex_documents
from vedette.advisories.formats.vex_document import VexDocument
from vedette.advisories.formats.vex_documents import read_vex
from vedette.errors import ParseError
from vedette.model.advisory import AffectedStatus
from vedette.model.vex import Justification, VexProduct, VexStatement

_LIB = "pkg:pypi/lib@1.0"
_AT = datetime(2024, 3, 1, tzinfo=UTC)


def _read(document: object) -> VexDocument:
    return read_vex(msgspec.json.encode(document), "given.json")


def _openvex(*statements: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"@context": "https://openvex.dev/ns/v0.2.0", "statements": statements, **more}


def test_openvex() -> None:
    document = _openvex(
        {
            "vulnerability": {"name": "CVE-2024-1", "aliases": ["GHSA-1"]},
            "products": [
                {"@id": "pkg:oci/app", "subcomponents": [{"@id": _LIB}]},
                {"@id": "app", "identifiers": {"purl": "pkg:pypi/app@2"}},
            ],
            "status": "not_affected",
            "justification": "vulnerable_code_not_present",
            "impact_statement": "built without it",
        },
        {
            "vulnerability": "CVE-2024-2",
            "products": ["pkg:oci/app"],
            "subcomponents": [_LIB],
            "status": "affected",
            "action_statement": "update",
            "timestamp": "2024-04-01T00:00:00Z",
        },
        **{
            "@id": "https://example.org/vex/1",
            "author": "Gale",
            "timestamp": "2024-03-01T00:00:00Z",
        },
    )
    common: dict[str, Any] = {"document": "https://example.org/vex/1", "author": "Gale"}
    assert _read(document) == VexDocument(
        statements=(
            VexStatement(
                vulnerability="CVE-2024-1",
                aliases=("GHSA-1",),
                products=(
                    VexProduct(identifiers=("pkg:oci/app",), parts=(_LIB,)),
                    VexProduct(identifiers=("app", "pkg:pypi/app@2")),
                ),
                status=AffectedStatus.NOT_AFFECTED,
                justification=Justification.CODE_NOT_PRESENT,
                reason="built without it",
                at=_AT,
                **common,
            ),
            VexStatement(
                vulnerability="CVE-2024-2",
                products=(VexProduct(identifiers=("pkg:oci/app",), parts=(_LIB,)),),
                status=AffectedStatus.AFFECTED,
                reason="update",
                at=datetime(2024, 4, 1, tzinfo=UTC),
                **common,
            ),
        )
    )


def test_openvex_that_says_too_little() -> None:
    found = _read(
        _openvex(
            {"vulnerability": "CVE-1", "products": [_LIB], "status": "fine"},
            {"vulnerability": {"aliases": []}, "products": [_LIB], "status": "fixed"},
            {"vulnerability": "CVE-2", "products": [{"@id": ""}], "status": "fixed"},
            {
                "vulnerability": {"@id": "CVE-3"},
                "products": [_LIB],
                "status": "not_affected",
                "justification": "because",
                "timestamp": "yesterday",
            },
        )
    )
    assert found.statements == (
        VexStatement(
            vulnerability="CVE-3",
            products=(VexProduct(identifiers=(_LIB,)),),
            status=AffectedStatus.NOT_AFFECTED,
            document="given.json",
        ),
    )
    assert found.problems == (
        "not a AffectedStatus: 'fine'",
        "a statement about no vulnerability",
        "CVE-2: fixed of no product",
        "not a Justification: 'because'",
        "not a time: 'yesterday'",
    )


def _csaf(tree: dict[str, Any], *flaws: dict[str, Any]) -> dict[str, Any]:
    return {
        "document": {
            "category": "csaf_vex",
            "publisher": {"name": "Gale"},
            "tracking": {"id": "GALE-1", "current_release_date": "2024-03-01T00:00:00Z"},
        },
        "product_tree": tree,
        "vulnerabilities": flaws,
    }


def _product(name: str, **helper: Any) -> dict[str, Any]:
    return {"name": name, "product_id": name, "product_identification_helper": helper}


_CPE = "cpe:/o:gale:linux:9"
_TREE = {
    "branches": [
        {"branches": [{"product": _product("lib", purl=_LIB)}]},
        {"product": _product("linux", cpe=_CPE)},
        {"product": {"name": "nameless", "product_id": "nameless"}},
    ],
    "full_product_names": [_product("plain", purl="pkg:pypi/plain@1")],
    "relationships": [
        {
            "category": "default_component_of",
            "full_product_name": {"name": "linux:lib", "product_id": "linux:lib"},
            "product_reference": "lib",
            "relates_to_product_reference": "linux",
        },
        {
            "category": "default_component_of",
            "full_product_name": {"name": "nameless:lib", "product_id": "nameless:lib"},
            "product_reference": "lib",
            "relates_to_product_reference": "nameless",
        },
        {
            "category": "default_component_of",
            "full_product_name": {"name": "nothing", "product_id": "nothing"},
            "product_reference": "nameless",
            "relates_to_product_reference": "nameless",
        },
    ],
    "product_groups": [{"group_id": "all", "product_ids": ["plain", "lib"]}],
}


def test_csaf() -> None:
    found = _read(
        _csaf(
            _TREE,
            {
                "cve": "CVE-2024-1",
                "ids": [{"system_name": "x", "text": "GALE-7"}],
                "product_status": {
                    "known_not_affected": ["plain", "linux:lib"],
                    "fixed": ["nameless:lib"],
                    "known_affected": ["nothing"],
                },
                "flags": [{"label": "component_not_present", "group_ids": ["all", "none"]}],
                "threats": [
                    {"category": "impact", "details": "never built", "product_ids": ["linux:lib"]},
                    {"category": "exploit_status", "details": "none", "product_ids": ["plain"]},
                ],
            },
            {"product_status": {"fixed": ["lib"]}},
        )
    )
    common: dict[str, Any] = {
        "vulnerability": "CVE-2024-1",
        "aliases": ("GALE-7",),
        "document": "GALE-1",
        "author": "Gale",
        "at": _AT,
    }
    assert found == VexDocument(
        statements=(
            VexStatement(
                products=(VexProduct(identifiers=("pkg:pypi/plain@1",)),),
                status=AffectedStatus.NOT_AFFECTED,
                justification=Justification.COMPONENT_NOT_PRESENT,
                **common,
            ),
            VexStatement(
                products=(VexProduct(identifiers=(_CPE,), parts=(_LIB,)),),
                status=AffectedStatus.NOT_AFFECTED,
                reason="never built",
                **common,
            ),
            VexStatement(
                products=(VexProduct(identifiers=(_LIB,)),), status=AffectedStatus.FIXED, **common
            ),
        ),
        problems=("'nothing' has neither purl nor CPE", "a vulnerability without an id"),
    )


def test_csaf_that_is_too_deep() -> None:
    branch: dict[str, Any] = {"product": _product("lib", purl=_LIB)}
    for _ in range(80):
        branch = {"branches": [branch]}
    with pytest.raises(ParseError, match="deeper than 64 branches"):
        _read(_csaf({"branches": [branch]}))


def test_cyclonedx() -> None:
    lib = {
        "bom-ref": "the-lib",
        "purl": "pkg:npm/%40scope/lib@1.0?x=y",
        "components": [{"bom-ref": "in", "cpe": _CPE}, {"bom-ref": "bare"}],
    }
    found = _read(
        {
            "bomFormat": "CycloneDX",
            "serialNumber": "urn:uuid:1",
            "metadata": {"timestamp": "2024-03-01T00:00:00Z", "component": {"bom-ref": "app"}},
            "components": [lib],
            "vulnerabilities": [
                {
                    "id": "CVE-2024-1",
                    "references": [{"id": "GHSA-1"}, {"id": "CVE-2024-1"}],
                    "analysis": {
                        "state": "not_affected",
                        "justification": "code_not_reachable",
                        "detail": "never called",
                    },
                    "affects": [{"ref": "the-lib"}, {"ref": "in"}],
                },
                {
                    "id": "CVE-2024-2",
                    "analysis": {"state": "exploitable", "lastUpdated": "2024-04-01T00:00:00Z"},
                    "affects": [
                        {
                            "ref": "the-lib",
                            "versions": [
                                {"version": "2.0", "status": "unaffected"},
                                {"version": "1.0"},
                                {"range": "vers:npm/<1"},
                            ],
                        },
                        {"ref": "urn:cdx:other/1#pkg:pypi%2Flib", "versions": [{"version": "3"}]},
                    ],
                },
                {"id": "CVE-2024-3", "affects": [{"ref": "the-lib"}]},
                {"id": "CVE-2024-4", "analysis": {"state": "odd"}},
                {"analysis": {"state": "resolved"}},
            ],
        }
    )
    first = VexStatement(
        vulnerability="CVE-2024-1",
        aliases=("GHSA-1",),
        products=(
            VexProduct(identifiers=("pkg:npm/%40scope/lib@1.0?x=y",)),
            VexProduct(identifiers=(_CPE,)),
        ),
        status=AffectedStatus.NOT_AFFECTED,
        justification=Justification.CODE_NOT_IN_EXECUTE_PATH,
        reason="never called",
        document="urn:uuid:1",
        at=_AT,
    )
    second: dict[str, Any] = {
        "vulnerability": "CVE-2024-2",
        "document": "urn:uuid:1",
        "at": datetime(2024, 4, 1, tzinfo=UTC),
    }
    assert found == VexDocument(
        statements=(
            first,
            VexStatement(
                products=(VexProduct(identifiers=("pkg:npm/%40scope/lib@2.0?x=y",)),),
                status=AffectedStatus.NOT_AFFECTED,
                **second,
            ),
            VexStatement(
                products=(
                    VexProduct(identifiers=("pkg:npm/%40scope/lib@1.0?x=y",)),
                    VexProduct(identifiers=("pkg:pypi/lib@3",)),
                ),
                status=AffectedStatus.AFFECTED,
                **second,
            ),
        ),
        problems=(
            "CVE-2024-2: a range of versions: 'vers:npm/<1'",
            "CVE-2024-4: 'odd'",
            "a vulnerability without an id: 'resolved'",
        ),
    )


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "not a VEX document"),
        (b"[]", "not a VEX document"),
        (b"{}", "neither OpenVEX, CSAF nor CycloneDX"),
        (b'{"@context": 1}', "statements"),
        (b'{"document": []}', "not a VEX document"),
        (b'{"bomFormat": "CycloneDX", "vulnerabilities": 1}', "not a VEX document"),
        (b'{"@context": "' + b"\xff" + b'"}', "not a VEX document"),
        (b'{"document": ' + b"[" * 100_000, "not a VEX document"),
    ],
)
def test_what_is_no_vex_document(data: bytes, words: str) -> None:
    with pytest.raises(ParseError, match=words) as caught:
        read_vex(data, "given.json")
    assert str(caught.value).startswith("given.json")


def test_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    statement = {"vulnerability": "CVE-1", "products": [_LIB], "status": "fixed"}
    monkeypatch.setattr(vex_document, "MOST_STATEMENTS", 1)
    with pytest.raises(ParseError, match="more than 1 statements"):
        _read(_openvex(statement, statement))
    monkeypatch.setattr(vex_documents, "MOST_BYTES", 10)
    with pytest.raises(ParseError, match="more than 10 bytes"):
        _read(_openvex(statement))
