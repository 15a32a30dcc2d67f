"""What of a finding is in columns, and in rows of other tables."""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from vedette.findings.derived import exploit_available, finding_type, fix_available
from vedette.findings.fields import texts
from vedette.findings.query import version_parts
from vedette.model.filter import TextField
from vedette.model.finding import Finding, Reachable, Vulnerability
from vedette.model.package import Location, Package
from vedette.model.resource import ResourceType
from vedette.store.codec import digest_key, micros, ref_key
from vedette.store.schema import HEAD

Row = Mapping[str, Any]

OF_SEVERAL = (
    TextField.COMPONENT_ID,
    TextField.COMPONENT_TYPE,
    TextField.RELATED_VULNERABILITY,
)
"""Fields of which a finding may have several values."""

_PLACE_DIGITS = 15


class PackageRow(msgspec.Struct, frozen=True):
    """A package that a finding names."""

    key: bytes
    values: Mapping[str, Any]
    places: tuple[Location, ...]


def place_of(identifier: str) -> int:
    """The first 60 bits of a finding's id."""
    return int(identifier[:_PLACE_DIGITS], 16)


def finding_row(finding: Finding) -> Row:
    """The finding's columns, apart from its number and what its resource says."""
    ref = finding.key.resource
    return {
        "id": finding.id,
        "place": place_of(finding.id),
        "ref": ref_key(ref),
        "partition": ref.partition,
        "type": finding_type(finding),
        "account": ref.account,
        "region": ref.region,
        "resource_id": ref.id,
        "resource_type": ref.type,
        "ecr_registry": _of_image(TextField.ECR_REGISTRY, finding),
        "ecr_repository": _of_image(TextField.ECR_REPOSITORY, finding),
        "status": finding.status,
        "suppressed_by": finding.suppressed_by,
        "severity": finding.severity,
        "severity_rank": finding.severity.rank,
        "title": finding.title,
        "score": finding.score.value,
        "risk": finding.score.risk,
        "first_observed_at": micros(finding.first_observed_at),
        "last_observed_at": micros(finding.last_observed_at),
        "updated_at": micros(finding.updated_at),
        "closed_at": None if finding.closed_at is None else micros(finding.closed_at),
        **_vulnerability(finding),
        **_reachable(finding),
    }


def _of_image(field: TextField, finding: Finding) -> str | None:
    if finding.key.resource.type is not ResourceType.ECR_CONTAINER_IMAGE:
        return None
    return _first(field, finding)


def _first(field: TextField, finding: Finding) -> str | None:
    values = texts(field, finding, None)
    return values[0] if values else None


def _vulnerability(finding: Finding) -> Row:
    evidence = finding.evidence if isinstance(finding.evidence, Vulnerability) else None
    return {
        "vulnerability_id": evidence and evidence.id,
        "vulnerability_source": evidence and evidence.source,
        "vendor_severity": evidence and evidence.vendor_severity,
        "epss": evidence and evidence.epss and evidence.epss.probability,
        "fix_available": evidence and fix_available(evidence),
        "exploit_available": evidence and exploit_available(evidence),
    }


def _reachable(finding: Finding) -> Row:
    exposure = finding.evidence.exposure if isinstance(finding.evidence, Reachable) else None
    return {
        "edge": exposure and exposure.edge,
        "protocol": exposure and exposure.transport,
        "port_begin": exposure and exposure.ports.begin,
        "port_end": exposure and exposure.ports.end,
        "component_type": exposure and _first(TextField.COMPONENT_TYPE, finding),
    }


def resource_row(row: Row) -> Row:
    """What counting needs of the resource, from a finding's columns."""
    names = ("ref", "account", "region", "partition", "resource_type", "resource_id")
    return {name: row[name] for name in (*names, "ecr_registry", "ecr_repository")}


def heading_row(finding: Finding) -> Row:
    """The title and the flaw."""
    evidence = finding.evidence
    flaw = evidence.id if isinstance(evidence, Vulnerability) else None
    key = digest_key(finding.title, "" if flaw is None else f"={flaw}")
    return {"key": key, "title": finding.title, "vulnerability_id": flaw}


def text_rows(number: int, finding: Finding) -> Iterator[Row]:
    """A row for each value of the fields that may have several."""
    for field in OF_SEVERAL:
        for value in sorted(set(texts(field, finding, None))):
            yield {"finding": number, "field": field, "head": value[:HEAD], "value": value}


def package_rows(finding: Finding) -> Iterator[PackageRow]:
    """A row for each package."""
    if not isinstance(finding.evidence, Vulnerability):
        return
    for one in finding.evidence.packages:
        yield _package(one.package)


def _package(package: Package) -> PackageRow:
    epoch, version, release = version_parts(package)
    arch = package.arch or ""
    places = tuple(sorted(set(package.locations), key=_order))
    listed = tuple(part for place in places for part in _order(place))
    key = digest_key(package.name, str(epoch), version, release, arch, *listed)
    values = {
        "key": key,
        "head": package.name[:HEAD],
        "name": package.name,
        "epoch": epoch,
        "version": version,
        "release": release,
        "arch": arch,
    }
    return PackageRow(key, values, places)


def _order(place: Location) -> tuple[str, str]:
    return place.path, place.layer or ""
