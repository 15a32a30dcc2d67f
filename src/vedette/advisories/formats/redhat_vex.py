"""Red Hat's CSAF VEX for one CVE (https://security.access.redhat.com/data/csaf/v2/vex/, profile 5 of CSAF 2.0).

A product id is `PRODUCT:COMPONENT`; a component is a build (`curl-0:7.76.1-26.el9_3.2.src`, with `::MODULE:STREAM` behind it
or, until 2025, `MODULE:STREAM:VERSION:CONTEXT:` before it) or a name (`curl`, `curl.src`, `nodejs:18/nodejs`).
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime

import msgspec

from vedette.advisories.formats.ratings import rate
from vedette.advisories.formats.redhat_builds import build_of, ecosystem_of
from vedette.advisories.formats.redhat_cve import CVE
from vedette.advisories.formats.redhat_states import Component, Statements, is_known
from vedette.advisories.formats.times import parse_time
from vedette.errors import ParseError
from vedette.model.advisory import Advisory, AdvisoryId

_DEPTH_LIMIT = 20
_REFERENCES_LIMIT = 50
_SOURCE = ".src"
_BEFORE = re.compile(r"([\w.+-]+:[\w.+-]+):[0-9]{8,}:[0-9a-z]+:(.+)")
_UPDATE = re.compile(r"RH[SBE]A-[0-9]{4}:[0-9]+")


class _Helper(msgspec.Struct):
    cpe: str | None = None


class _Product(msgspec.Struct):
    product_id: str
    product_identification_helper: _Helper | None = None


class _Branch(msgspec.Struct):
    product: _Product | None = None
    branches: list["_Branch"] | None = None


class _Relationship(msgspec.Struct):
    full_product_name: _Product
    product_reference: str
    relates_to_product_reference: str


class _Tree(msgspec.Struct):
    branches: list[_Branch] | None = None
    relationships: list[_Relationship] | None = None


class _Text(msgspec.Struct):
    category: str = ""
    text: str = ""


class _Remediation(msgspec.Struct):
    category: str = ""
    details: str = ""
    url: str = ""
    product_ids: list[str] | None = None


class _Vector(msgspec.Struct, rename="camel"):
    vector_string: str | None = None


class _Score(msgspec.Struct):
    cvss_v2: _Vector | None = None
    cvss_v3: _Vector | None = None
    cvss_v4: _Vector | None = None


class _Weakness(msgspec.Struct):
    id: str = ""


class _Reference(msgspec.Struct):
    url: str = ""


class _Vulnerability(msgspec.Struct):
    cve: str = ""
    title: str = ""
    cwe: _Weakness | None = None
    notes: list[_Text] | None = None
    product_status: dict[str, list[str]] | None = None
    remediations: list[_Remediation] | None = None
    scores: list[_Score] | None = None
    references: list[_Reference] | None = None
    release_date: str | None = None


class _Tracking(msgspec.Struct):
    current_release_date: str
    status: str = ""


class _Meta(msgspec.Struct):
    tracking: _Tracking
    category: str = ""
    aggregate_severity: _Text | None = None


class _Document(msgspec.Struct):
    document: _Meta
    product_tree: _Tree | None = None
    vulnerabilities: list[_Vulnerability] | None = None


class _Part(msgspec.Struct, frozen=True, kw_only=True):
    """A product id in its parts: the release that it is of, and the component."""

    ecosystem: str | None
    component: str


_DECODER = msgspec.json.Decoder(_Document)


def read_vex(data: bytes, left_out: Counter[str], problems: list[str]) -> Advisory | None:
    """One CVE; None where it names no package of a plain release. `left_out` counts statements on other products.

    Raises:
        ParseError: where it is not such a document.
    """
    try:
        document = _DECODER.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ParseError(f"not a CSAF document: {error}") from error
    vulnerabilities = document.vulnerabilities or []
    if document.document.category != "csaf_vex" or len(vulnerabilities) != 1:
        raise ParseError("not a VEX of one CVE")
    vulnerability = vulnerabilities[0]
    if not CVE.fullmatch(vulnerability.cve):
        raise ParseError(f"not a CVE id: {vulnerability.cve[:40]!r}")
    parts = _parts(document.product_tree or _Tree())
    statements = _statements(vulnerability, parts, left_out)
    affected = tuple(statements.affected())
    if not affected:
        return None
    tracking, severity = document.document.tracking, document.document.aggregate_severity
    ratings, bad = rate(("Red Hat", text) for text in _vectors(vulnerability))
    problems.extend(bad)
    return Advisory(
        id=AdvisoryId(vulnerability.cve),
        feed="redhat",
        modified=_time(tracking.current_release_date, problems),
        published=_time(vulnerability.release_date, problems),
        summary=vulnerability.title,
        details=_description(vulnerability),
        vendor_severity=severity.text.capitalize() if severity and severity.text else None,
        ratings=ratings,
        cwes=(vulnerability.cwe.id,) if vulnerability.cwe and vulnerability.cwe.id else (),
        references=_urls(vulnerability),
        affected=affected,
    )


def _parts(tree: _Tree) -> dict[str, _Part]:
    """Product ids of components."""
    cpes = dict(_cpes(tree.branches or (), 0))
    return {
        one.full_product_name.product_id: _Part(
            ecosystem=ecosystem_of(cpes.get(one.relates_to_product_reference, "")),
            component=one.product_reference,
        )
        for one in tree.relationships or ()
    }


def _cpes(branches: Iterable[_Branch], depth: int) -> Iterator[tuple[str, str]]:
    if depth > _DEPTH_LIMIT:
        raise ParseError(f"branches more than {_DEPTH_LIMIT} deep")
    for branch in branches:
        product = branch.product
        helper = product.product_identification_helper if product else None
        if product is not None and helper is not None and helper.cpe:
            yield product.product_id, helper.cpe
        yield from _cpes(branch.branches or (), depth + 1)


def _statements(
    vulnerability: _Vulnerability, parts: dict[str, _Part], left_out: Counter[str]
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


def _remedies(vulnerability: _Vulnerability) -> tuple[dict[str, str], dict[str, str]]:
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


def _vectors(vulnerability: _Vulnerability) -> Iterator[str]:
    for score in vulnerability.scores or ():
        for vector in (score.cvss_v2, score.cvss_v3, score.cvss_v4):
            if vector is not None and vector.vector_string:
                yield vector.vector_string


def _description(vulnerability: _Vulnerability) -> str:
    notes = vulnerability.notes or ()
    return next((note.text for note in notes if note.category == "description"), "")


def _urls(vulnerability: _Vulnerability) -> tuple[str, ...]:
    urls = dict.fromkeys(one.url for one in vulnerability.references or () if one.url)
    return tuple(urls)[:_REFERENCES_LIMIT]


def _time(text: str | None, problems: list[str]) -> datetime | None:
    try:
        return parse_time(text) if text else None
    except ParseError as error:
        problems.append(str(error))
        return None
