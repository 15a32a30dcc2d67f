"""CycloneDX VEX: `vulnerabilities` with an `analysis` (https://cyclonedx.org/docs/1.6/json/#vulnerabilities)."""

from collections.abc import Iterator, Mapping
from urllib.parse import unquote

import msgspec

from vedette.advisories.formats.vex_document import VexDocument, collected, time_of
from vedette.model.advisory import AffectedStatus
from vedette.model.vex import Justification, VexProduct, VexStatement

_STATES = {
    "exploitable": AffectedStatus.AFFECTED,
    "false_positive": AffectedStatus.NOT_AFFECTED,
    "in_triage": AffectedStatus.UNDER_INVESTIGATION,
    "not_affected": AffectedStatus.NOT_AFFECTED,
    "resolved": AffectedStatus.FIXED,
    "resolved_with_pedigree": AffectedStatus.FIXED,
}
_JUSTIFICATIONS = {
    "code_not_present": Justification.CODE_NOT_PRESENT,
    "code_not_reachable": Justification.CODE_NOT_IN_EXECUTE_PATH,
    "protected_at_perimeter": Justification.MITIGATED,
    "protected_at_runtime": Justification.MITIGATED,
    "protected_by_compiler": Justification.MITIGATED,
    "protected_by_mitigating_control": Justification.MITIGATED,
    "requires_configuration": Justification.CODE_NOT_CONTROLLABLE,
    "requires_dependency": Justification.CODE_NOT_CONTROLLABLE,
    "requires_environment": Justification.CODE_NOT_CONTROLLABLE,
}
_UNAFFECTED = "unaffected"
_LINK = "urn:cdx:"


class _Component(msgspec.Struct):
    purl: str = ""
    cpe: str = ""
    bom_ref: str = msgspec.field(name="bom-ref", default="")
    components: "list[_Component] | None" = None


class _Version(msgspec.Struct):
    version: str | None = None
    range: str | None = None
    status: str = "affected"


class _Affects(msgspec.Struct):
    ref: str
    versions: list[_Version] | None = None


class _Analysis(msgspec.Struct):
    state: str | None = None
    justification: str | None = None
    detail: str | None = None
    first_issued: str | None = msgspec.field(name="firstIssued", default=None)
    last_updated: str | None = msgspec.field(name="lastUpdated", default=None)


class _Reference(msgspec.Struct):
    id: str = ""


class _Vulnerability(msgspec.Struct):
    id: str = ""
    references: list[_Reference] = []
    analysis: _Analysis | None = None
    affects: list[_Affects] = []


class _Metadata(msgspec.Struct):
    timestamp: str | None = None
    component: _Component | None = None


class _Document(msgspec.Struct):
    serial_number: str = msgspec.field(name="serialNumber", default="")
    metadata: _Metadata = msgspec.field(default_factory=_Metadata)
    components: list[_Component] | None = None
    vulnerabilities: list[_Vulnerability] | None = None


_DECODER = msgspec.json.Decoder(_Document)


def read_cyclonedx(data: bytes, name: str) -> VexDocument:
    """The statements of one document; `name` is its id where it gives none.

    Vulnerabilities without an analysis are findings, not statements, and are left out.

    Raises:
        ParseError: where there are too many statements.
        msgspec.MsgspecError: where it is not CycloneDX.
    """
    document = _DECODER.decode(data)
    problems: list[str] = []
    return collected(_statements(document, name, problems), problems)


def _statements(document: _Document, name: str, problems: list[str]) -> Iterator[VexStatement]:
    roots = [*(document.components or ()), document.metadata.component or _Component()]
    known = dict(_components(roots))
    for flaw in document.vulnerabilities or ():
        analysis = flaw.analysis
        if analysis is None or analysis.state is None:
            continue
        status = _STATES.get(analysis.state)
        if status is None or not flaw.id:
            problems.append(
                f"{flaw.id or 'a vulnerability without an id'}: {analysis.state[:80]!r}"
            )
            continue
        moment = analysis.last_updated or analysis.first_issued or document.metadata.timestamp
        aliases = {one.id for one in flaw.references} - {"", flaw.id}
        at = time_of(moment, problems)
        for given, products in _products(flaw, status, known, problems).items():
            yield VexStatement(
                vulnerability=flaw.id,
                aliases=tuple(sorted(aliases)),
                products=tuple(products),
                status=given,
                justification=_JUSTIFICATIONS.get(analysis.justification or ""),
                reason=analysis.detail or "",
                document=document.serial_number or name,
                at=at,
            )


def _components(roots: list[_Component]) -> Iterator[tuple[str, tuple[str, ...]]]:
    waiting = list(roots)
    while waiting:
        one = waiting.pop()
        identifiers = tuple(sorted({one.purl, one.cpe} - {""}))
        if one.bom_ref and identifiers:
            yield one.bom_ref, identifiers
        waiting.extend(one.components or ())


def _products(
    flaw: _Vulnerability,
    status: AffectedStatus,
    known: Mapping[str, tuple[str, ...]],
    problems: list[str],
) -> dict[AffectedStatus, list[VexProduct]]:
    """What is affected by status: a version that is listed as unaffected has a status of its own."""
    found: dict[AffectedStatus, list[VexProduct]] = {}
    for one in flaw.affects:
        identifiers = known.get(one.ref) or _linked(one.ref)
        if not one.versions:
            found.setdefault(status, []).append(VexProduct(identifiers=identifiers))
        for version in one.versions or ():
            if version.version is None:
                problems.append(f"{flaw.id}: a range of versions: {str(version.range)[:80]!r}")
                continue
            own = AffectedStatus.NOT_AFFECTED if version.status == _UNAFFECTED else status
            product = VexProduct(identifiers=_versioned(identifiers, version.version))
            found.setdefault(own, []).append(product)
    return found


def _linked(ref: str) -> tuple[str, ...]:
    """A component of another document by BOM-Link (`urn:cdx:SERIAL/VERSION#BOM-REF`), or a purl as a reference."""
    return (unquote(ref.partition("#")[2]) if ref.startswith(_LINK) else ref,)


def _versioned(identifiers: tuple[str, ...], version: str) -> tuple[str, ...]:
    """The purls with this version in place of their own."""
    found = set()
    for text in identifiers:
        bare, mark, qualifiers = text.partition("?")
        head, at, last = bare.rpartition("@")
        plain = head if at and "/" not in last else bare
        found.add(f"{plain}@{version}{mark}{qualifiers}")
    return tuple(sorted(found))
