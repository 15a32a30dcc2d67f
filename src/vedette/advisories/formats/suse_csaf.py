"""SUSE's CSAF documents (https://www.suse.com/support/security/csaf/): VEX for one CVE, and advisories for an update.

A component is a binary package: a build (`curl-7.66.0-150200.4.57.1`, in advisories with `.x86_64`), or a name alone where
the statement is about all builds. SUSE's packages have no epochs.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime

import msgspec

from vedette.advisories.formats.csaf import (
    CsafDocument,
    Tree,
    Vulnerability,
    decode_csaf,
    moment_of,
    note_of,
    urls_of,
    vectors_of,
)
from vedette.advisories.formats.ratings import rate
from vedette.advisories.formats.suse_products import Support, release_of
from vedette.errors import ParseError, VersionError
from vedette.model.advisory import (
    Advisory,
    AdvisoryId,
    Affected,
    AffectedStatus,
    FixState,
    Range,
    Rating,
)
from vedette.model.package import SchemeName
from vedette.versions import SCHEMES

_RPM = SCHEMES[SchemeName.RPM]
_CVE = re.compile(r"CVE-[0-9]{4}-[0-9]{4,19}")
_UPDATE = re.compile(r"(?:open)?SUSE-[A-Z]{2}-[\x21-\x7e][\x20-\x7e]{0,60}")
_BUILD = re.compile(r"(?P<name>[A-Za-z0-9][\w.+-]*)-(?P<version>[^-:/\s]+)-(?P<release>[^-:/\s]+)")
_NAME = re.compile(r"[A-Za-z0-9][\w.+-]*")
_LIKE_A_BUILD = re.compile(r".+-[0-9][^-]*-[0-9][^-]*")
_ARCH = re.compile(
    r"\.(?:aarch64|aarch64_ilp32|armv[67]hl|i[3-6]86|ia64|noarch|ppc|ppc64|ppc64le|riscv64|s390|s390x|x86_64)"
)
_REJECTED = re.compile(r"\s*(?:\*\* ?REJECT(?:ED)? ?\*\*|Rejected reason:)")
_FIXED = frozenset({"first_fixed", "fixed", "recommended"})
_STATES = {
    "known_affected": (AffectedStatus.AFFECTED, FixState.NOT_FIXED),
    "first_affected": (AffectedStatus.AFFECTED, FixState.NOT_FIXED),
    "last_affected": (AffectedStatus.AFFECTED, FixState.NOT_FIXED),
    "under_investigation": (AffectedStatus.UNDER_INVESTIGATION, FixState.UNKNOWN),
    "known_not_affected": (AffectedStatus.NOT_AFFECTED, FixState.UNKNOWN),
}
"""In the order in which they count where several are said of one package."""
_OF_BUILDS = frozenset({"first_affected", "known_affected", "last_affected"})
"""What is said of one build and holds until there is a fix; that one build lacks a flaw says nothing of others."""
_ORDER = {status: place for place, status in enumerate(_STATES)}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NO_FIX_PLANNED = "no_fix_planned"


class _Part(msgspec.Struct, frozen=True, kw_only=True):
    """A product id in its parts: what has the component, whether it speaks first, and the component."""

    product: str
    ecosystems: tuple[str, ...]
    support: Support
    component: str


class _Said(msgspec.Struct, frozen=True, kw_only=True):
    """One statement about a package: it is mended in a build, or it has a status."""

    product: str
    evr: str | None = None
    status: str = ""
    planned: bool = True


_Package = tuple[str, str]
"""Ecosystem and name."""


def read_csaf(data: bytes, left_out: Counter[str], problems: list[str]) -> Advisory | None:
    """One CVE or one update; None where it names no package of a release of SUSE's.

    `left_out` counts statements on other products, and those that are not understood.

    Raises:
        ParseError: where it is no such document.
    """
    document = decode_csaf(data)
    flaws = document.vulnerabilities or []
    match document.document.category:
        case "csaf_vex" if len(flaws) <= 1:
            return _flaw(document, flaws, left_out, problems)
        case "csaf_security_advisory":
            return _update(document, flaws, left_out, problems)
        case other:
            raise ParseError(f"neither a VEX of one CVE nor an advisory: {other[:40]!r}")


def _flaw(
    document: CsafDocument, flaws: list[Vulnerability], left_out: Counter[str], problems: list[str]
) -> Advisory | None:
    """SUSE has a document for every CVE that it looked at; many name no product at all."""
    meta = document.document
    if not _CVE.fullmatch(meta.tracking.id):
        raise ParseError(f"not a CVE id: {meta.tracking.id[:40]!r}")
    if flaws and flaws[0].cve != meta.tracking.id:
        raise ParseError(f"about {flaws[0].cve[:40]!r}, not about {meta.tracking.id}")
    affected = _affected(document.product_tree or Tree(), flaws, left_out)
    details = note_of(meta.notes, "description")
    modified = moment_of(meta.tracking.current_release_date, problems)
    published = moment_of(meta.tracking.initial_release_date, problems)
    rejected = _REJECTED.match(details) is not None
    if not affected and not rejected:
        return None
    return Advisory(
        id=AdvisoryId(meta.tracking.id),
        feed="suse",
        modified=modified,
        published=published,
        withdrawn=(modified or published or _EPOCH) if rejected else None,
        details=details,
        vendor_severity=_severity(document, flaws),
        ratings=_ratings(flaws, problems),
        references=urls_of(meta.references),
        affected=affected,
    )


def _update(
    document: CsafDocument, flaws: list[Vulnerability], left_out: Counter[str], problems: list[str]
) -> Advisory | None:
    meta = document.document
    if not _UPDATE.fullmatch(meta.tracking.id):
        raise ParseError(f"not the id of an update: {meta.tracking.id[:40]!r}")
    affected = _affected(document.product_tree or Tree(), flaws, left_out)
    if not affected:
        return None
    return Advisory(
        id=AdvisoryId(meta.tracking.id),
        feed="suse",
        modified=moment_of(meta.tracking.current_release_date, problems),
        published=moment_of(meta.tracking.initial_release_date, problems),
        related=tuple(sorted({flaw.cve for flaw in flaws if _CVE.fullmatch(flaw.cve)})),
        summary=meta.title,
        details=note_of(meta.notes, "description"),
        vendor_severity=_severity(document, flaws),
        ratings=_ratings(flaws, problems) if len(flaws) == 1 else (),
        references=urls_of(meta.references),
        affected=affected,
    )


def _severity(document: CsafDocument, flaws: Iterable[Vulnerability]) -> str | None:
    """SUSE's rating (https://www.suse.com/support/security/rating/): of the document, else of its flaw."""
    whole = document.document.aggregate_severity
    words = [whole.text if whole else ""]
    words += [
        one.details for flaw in flaws for one in flaw.threats or () if one.category == "impact"
    ]
    return next((word.capitalize() for word in words if word.isalpha()), None)


def _ratings(flaws: Iterable[Vulnerability], problems: list[str]) -> tuple[Rating, ...]:
    ratings, bad = rate(("SUSE", text) for flaw in flaws for text in vectors_of(flaw))
    problems.extend(bad)
    return ratings


def _affected(
    tree: Tree, flaws: Iterable[Vulnerability], left_out: Counter[str]
) -> tuple[Affected, ...]:
    parts = _parts(tree)
    said: defaultdict[_Package, defaultdict[Support, set[_Said]]] = defaultdict(
        lambda: defaultdict(set)
    )
    for identifier, status, planned in sorted(_statements(flaws)):
        part = parts.get(identifier)
        if part is None:
            left_out["statements on other products"] += 1
            continue
        found = _understood(part, status, planned=planned)
        if found is None:
            left_out["statements that are not understood"] += 1
            continue
        name, one = found
        for ecosystem in part.ecosystems:
            said[ecosystem, name][part.support].add(one)
    return tuple(_entry(package, said[package]) for package in sorted(said))


def _parts(tree: Tree) -> dict[str, _Part]:
    """Product ids of components of the releases."""
    parts: dict[str, _Part] = {}
    for one in tree.relationships or ():
        release = release_of(one.relates_to_product_reference)
        if release is not None:
            parts[one.full_product_name.product_id] = _Part(
                product=one.relates_to_product_reference,
                ecosystems=release.ecosystems,
                support=release.support,
                component=one.product_reference,
            )
    return parts


def _statements(flaws: Iterable[Vulnerability]) -> set[tuple[str, str, bool]]:
    """Product id, status, and whether a fix is planned as far as SUSE says; an update repeats its ids for each flaw."""
    found: set[tuple[str, str, bool]] = set()
    for flaw in flaws:
        unplanned = {
            identifier
            for one in flaw.remediations or ()
            if one.category == _NO_FIX_PLANNED
            for identifier in one.product_ids or ()
        }
        for status, ids in (flaw.product_status or {}).items():
            found.update((one, status, one not in unplanned) for one in ids)
    return found


def _understood(part: _Part, status: str, *, planned: bool) -> tuple[str, _Said] | None:
    """The package's name and what is said of it."""
    build = _BUILD.fullmatch(part.component) if _is_build(part.component, status) else None
    if status in _FIXED:
        if build is None:
            return None
        evr = f"{build['version']}-{_without_arch(build['release'])}"
        return build["name"], _Said(product=part.product, evr=evr)
    if build is not None and status not in _OF_BUILDS:
        return None
    name = build["name"] if build else part.component
    if status not in _STATES or not _NAME.fullmatch(name):
        return None
    return name, _Said(product=part.product, status=status, planned=planned)


def _without_arch(release: str) -> str:
    plain, dot, arch = release.rpartition(".")
    return plain if dot and _ARCH.fullmatch(f".{arch}") else release


def _is_build(component: str, status: str) -> bool:
    """`curl-7.66.0-4.1` rather than `kernel-default-base`: version and release begin with a digit, unless a fix says so."""
    return status in _FIXED or _LIKE_A_BUILD.fullmatch(component) is not None


def _entry(package: _Package, said: dict[Support, set[_Said]]) -> Affected:
    """What the nearest product says; a fix counts more than a status, which spoke of earlier builds."""
    support = min(said)
    statements = said[support]
    fixes = [one for one in statements if one.evr is not None]
    products = ", ".join(sorted({one.product for one in fixes or statements}))
    note = products if support is not Support.GENERAL else None
    if fixes:
        last = max((one.evr or "" for one in fixes), key=_key)
        return _row(package, (Range(fixed=last),), AffectedStatus.AFFECTED, FixState.FIXED, note)
    status = min((one.status for one in statements), key=lambda word: _ORDER[word])
    verdict, fix = _STATES[status]
    if verdict is AffectedStatus.AFFECTED and not any(one.planned for one in statements):
        fix = FixState.WONT_FIX
    ranges = () if verdict is AffectedStatus.NOT_AFFECTED else (Range(),)
    return _row(package, ranges, verdict, fix, note)


def _row(
    package: _Package,
    ranges: tuple[Range, ...],
    status: AffectedStatus,
    fix: FixState,
    note: str | None,
) -> Affected:
    ecosystem, name = package
    return Affected(
        ecosystem=ecosystem,
        name=name,
        scheme=SchemeName.RPM,
        ranges=ranges,
        status=status,
        fix=fix,
        note=note,
    )


def _key(evr: str) -> bytes:
    try:
        return _RPM.key(evr)
    except VersionError:
        return b""
