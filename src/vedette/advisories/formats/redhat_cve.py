"""Red Hat's security data for one CVE (https://docs.redhat.com/en/documentation/red_hat_security_data_api)."""

import re
from collections import Counter
from datetime import datetime
from typing import Any

import msgspec

from vedette.advisories.formats.ratings import rate
from vedette.advisories.formats.redhat_builds import build_of, ecosystem_of
from vedette.advisories.formats.redhat_states import Component, Statements
from vedette.advisories.formats.times import parse_time
from vedette.errors import ParseError
from vedette.model.advisory import Advisory, AdvisoryId

CVE = re.compile(r"CVE-[0-9]{4}-[0-9]{4,19}")
_CWE = re.compile(r"CWE-[0-9]+")
_SEVERITIES = frozenset({"Low", "Moderate", "Important", "Critical"})
_MODULE_BUILD = re.compile(r"[\w.+-]+:[\w.+-]+-[0-9]{8,}\.[0-9a-z.]+")
_REFERENCES_LIMIT = 50
_STATEMENTS_LIMIT = 50_000


class _Bugzilla(msgspec.Struct):
    description: str = ""


class _Release(msgspec.Struct):
    advisory: str = ""
    cpe: str = ""
    package: str | None = None


class _State(msgspec.Struct):
    cpe: str = ""
    fix_state: str = ""
    package_name: str = ""


class _Cvss2(msgspec.Struct):
    cvss_scoring_vector: str | None = None


class _Cvss3(msgspec.Struct):
    cvss3_scoring_vector: str | None = None


class _Document(msgspec.Struct):
    name: str
    threat_severity: str | None = None
    public_date: str | None = None
    bugzilla: _Bugzilla | None = None
    cvss: _Cvss2 | None = None
    cvss3: _Cvss3 | None = None
    cwe: str | None = None
    details: list[str] | None = None
    references: list[str] | None = None
    affected_release: list[_Release] | _Release | None = None
    package_state: list[_State] | _State | None = None


_DECODER = msgspec.json.Decoder(_Document)


def read_cve(data: bytes, left_out: Counter[str], problems: list[str]) -> Advisory | None:
    """One CVE; None where it names no package of a plain release.

    `left_out` counts fixes that are not stated by package, and statements on other products.

    Raises:
        ParseError: where it is not such a document.
    """
    try:
        document = _DECODER.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ParseError(f"not a CVE of the security data API: {error}") from error
    if not CVE.fullmatch(document.name):
        raise ParseError(f"not a CVE id: {document.name[:40]!r}")
    statements = Statements()
    _releases(document, statements, left_out)
    _states(document, statements, left_out)
    problems.extend(
        f"a state that is not known: {word[:80]!r}" for word in statements.unknown_states()
    )
    affected = tuple(statements.affected())
    return _advisory(document, problems, affected) if affected else None


def _listed(value: Any) -> list[Any]:
    """The API gives a single entry without its list."""
    entries = value if isinstance(value, list) else [value] if value is not None else []
    if len(entries) > _STATEMENTS_LIMIT:
        raise ParseError(f"more than {_STATEMENTS_LIMIT} statements")
    return entries


def _releases(document: _Document, statements: Statements, left_out: Counter[str]) -> None:
    for release in _listed(document.affected_release):
        ecosystem = ecosystem_of(release.cpe)
        build = build_of(release.package or "")
        if ecosystem is None:
            left_out["fixes of other products or streams"] += 1
        elif build is not None:
            component = Component(ecosystem=ecosystem, name=build.name)
            statements.fix(component, build.evr, release.advisory)
        elif _MODULE_BUILD.fullmatch(release.package or ""):
            left_out["fixes of modules, without their packages"] += 1
        else:
            left_out["fixes without a build"] += 1


def _states(document: _Document, statements: Statements, left_out: Counter[str]) -> None:
    for state in _listed(document.package_state):
        ecosystem = ecosystem_of(state.cpe)
        if ecosystem is None or not state.package_name:
            left_out["states of other products or streams"] += 1
            continue
        module, slash, name = state.package_name.rpartition("/")
        if slash and module.count(":") != 1:
            left_out["states of containers and the like"] += 1
            continue
        component = Component(ecosystem=ecosystem, name=name, module=module or None)
        statements.state(component, state.fix_state)


def _advisory(document: _Document, problems: list[str], affected: tuple[Any, ...]) -> Advisory:
    vectors = (
        document.cvss.cvss_scoring_vector if document.cvss else None,
        document.cvss3.cvss3_scoring_vector if document.cvss3 else None,
    )
    ratings, bad = rate(("Red Hat", text) for text in vectors if text)
    problems.extend(bad)
    severity = (document.threat_severity or "").capitalize()
    urls = (line for text in document.references or () for line in text.split())
    return Advisory(
        id=AdvisoryId(document.name),
        feed="redhat",
        modified=None,
        published=_time(document.public_date, problems),
        summary=(document.bugzilla.description if document.bugzilla else "").strip(),
        details=(document.details or [""])[-1],
        vendor_severity=severity if severity in _SEVERITIES else None,
        ratings=ratings,
        cwes=tuple(sorted(set(_CWE.findall(document.cwe or "")))),
        references=tuple(dict.fromkeys(urls))[:_REFERENCES_LIMIT],
        affected=affected,
    )


def _time(text: str | None, problems: list[str]) -> datetime | None:
    try:
        return parse_time(text) if text else None
    except ParseError as error:
        problems.append(str(error))
        return None
