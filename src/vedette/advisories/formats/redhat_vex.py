"""Red Hat's CSAF VEX for one CVE (https://security.access.redhat.com/data/csaf/v2/vex/, profile 5 of CSAF 2.0).

A product id is `PRODUCT:COMPONENT`; a component is a build (`curl-0:7.76.1-26.el9_3.2.src`, with `::MODULE:STREAM` behind it
or, until 2025, `MODULE:STREAM:VERSION:CONTEXT:` before it) or a name (`curl`, `curl.src`, `nodejs:18/nodejs`).
"""

import re
from collections import Counter

import msgspec

from vedette.advisories.formats.csaf import (
    Tree,
    Vulnerability,
    cpes_of,
    decode_csaf,
    moment_of,
    note_of,
    urls_of,
    vectors_of,
)
from vedette.advisories.formats.ratings import rate
from vedette.advisories.formats.redhat_builds import build_of, ecosystem_of
from vedette.advisories.formats.redhat_cve import CVE
from vedette.advisories.formats.redhat_states import Component, Statements, is_known
from vedette.errors import ParseError
from vedette.model.advisory import Advisory, AdvisoryId

_SOURCE = ".src"
_BEFORE = re.compile(r"([\w.+-]+:[\w.+-]+):[0-9]{8,}:[0-9a-z]+:(.+)")
_UPDATE = re.compile(r"RH[SBE]A-[0-9]{4}:[0-9]+")


class _Part(msgspec.Struct, frozen=True, kw_only=True):
    """A product id in its parts: the release that it is of, and the component."""

    ecosystem: str | None
    component: str


def read_vex(data: bytes, left_out: Counter[str], problems: list[str]) -> Advisory | None:
    """One CVE; None where it names no package of a plain release. `left_out` counts statements on other products.

    Raises:
        ParseError: where it is not such a document.
    """
    document = decode_csaf(data)
    vulnerabilities = document.vulnerabilities or []
    if document.document.category != "csaf_vex" or len(vulnerabilities) != 1:
        raise ParseError("not a VEX of one CVE")
    vulnerability = vulnerabilities[0]
    if not CVE.fullmatch(vulnerability.cve):
        raise ParseError(f"not a CVE id: {vulnerability.cve[:40]!r}")
    parts = _parts(document.product_tree or Tree())
    statements = _statements(vulnerability, parts, left_out)
    affected = tuple(statements.affected())
    if not affected:
        return None
    tracking, severity = document.document.tracking, document.document.aggregate_severity
    ratings, bad = rate(("Red Hat", text) for text in vectors_of(vulnerability))
    problems.extend(bad)
    return Advisory(
        id=AdvisoryId(vulnerability.cve),
        feed="redhat",
        modified=moment_of(tracking.current_release_date, problems),
        published=moment_of(vulnerability.release_date, problems),
        summary=vulnerability.title,
        details=note_of(vulnerability.notes, "description"),
        vendor_severity=severity.text.capitalize() if severity and severity.text else None,
        ratings=ratings,
        cwes=(vulnerability.cwe.id,) if vulnerability.cwe and vulnerability.cwe.id else (),
        references=urls_of(vulnerability.references),
        affected=affected,
    )


def _parts(tree: Tree) -> dict[str, _Part]:
    """Product ids of components."""
    cpes = cpes_of(tree)
    return {
        one.full_product_name.product_id: _Part(
            ecosystem=ecosystem_of(cpes.get(one.relates_to_product_reference, "")),
            component=one.product_reference,
        )
        for one in tree.relationships or ()
    }


def _statements(
    vulnerability: Vulnerability, parts: dict[str, _Part], left_out: Counter[str]
) -> Statements:
    statements = Statements()
    updates, words = _remedies(vulnerability)
    for status, ids in (vulnerability.product_status or {}).items():
        known = {one: part for one in ids if (part := parts.get(one)) and part.ecosystem}
        left_out["statements on other products or streams"] += len(ids) - len(known)
        sources = any(_plain(part.component).endswith(_SOURCE) for part in known.values())
        for identifier, part in known.items():
            if sources and not _plain(part.component).endswith(_SOURCE):
                continue
            if status == "fixed":
                understood = _fix(statements, part, updates.get(identifier, ""))
            else:
                word = words.get(identifier) if status == "known_affected" else None
                understood = _state(statements, part, word or _WORDS.get(status, ""))
            if not understood:
                left_out["statements that are not understood"] += 1
    return statements


_WORDS = {
    "known_affected": "Affected",
    "known_not_affected": "Not affected",
    "under_investigation": "Under investigation",
}


def _plain(component: str) -> str:
    return component.partition("::")[0]


def _fix(statements: Statements, part: _Part, update: str) -> bool:
    plain, _, module = part.component.partition("::")
    if before := _BEFORE.fullmatch(plain):
        module, plain = before[1], before[2]
    build = build_of(plain.removesuffix(_SOURCE))
    if build is None or part.ecosystem is None:
        return False
    component = Component(ecosystem=part.ecosystem, name=build.name, module=module or None)
    statements.fix(component, build.evr, update)
    return True


def _state(statements: Statements, part: _Part, word: str) -> bool:
    plain, _, behind = part.component.partition("::")
    before, slash, name = plain.removesuffix(_SOURCE).rpartition("/")
    module = behind or before
    if not word or not name or part.ecosystem is None or (slash and module.count(":") != 1):
        return False
    component = Component(ecosystem=part.ecosystem, name=name, module=module or None)
    statements.state(component, word)
    return True


_UNFIXED = {"no_fix_planned": "Will not fix", "none_available": "Affected"}


def _remedies(vulnerability: Vulnerability) -> tuple[dict[str, str], dict[str, str]]:
    """By product id: the update that mends it, and the word for why there is none."""
    updates: dict[str, str] = {}
    words: dict[str, str] = {}
    for one in vulnerability.remediations or ():
        if one.category == "vendor_fix" and (found := _UPDATE.search(one.url)):
            updates.update(dict.fromkeys(one.product_ids or (), found[0]))
        elif one.category in _UNFIXED:
            word = one.details if is_known(one.details) else _UNFIXED[one.category]
            words.update(dict.fromkeys(one.product_ids or (), word))
    return updates, words
