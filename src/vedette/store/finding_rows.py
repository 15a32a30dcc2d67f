"""What of a finding is in columns, and in rows of other tables."""

from collections.abc import Iterator
from hashlib import sha256
from typing import Any

import msgspec

from vedette.findings.derived import exploit_available, finding_type, fix_available
from vedette.findings.fields import texts
from vedette.findings.query import version_parts
from vedette.model.filter import TextField
from vedette.model.finding import Finding, Reachable, Vulnerability
from vedette.model.package import Location, Package
from vedette.model.resource import ResourceRef, ResourceType
from vedette.model.severity import Severity
from vedette.store.codec import micros, ref_key
from vedette.store.schema import HEAD

COLUMNS = (
    "id",
    "account",
    "resource_type",
    "ecr_registry",
    "status",
    "suppressed_by",
    "severity_rank",
    "score",
    "risk",
    "first_observed_at",
    "last_observed_at",
    "updated_at",
    "closed_at",
    "type",
    "epss",
    "vulnerability_source",
    "vendor_severity",
    "fix_available",
    "exploit_available",
    "edge",
    "protocol",
    "port_begin",
    "port_end",
    "component_type",
)
"""A finding's own, but for its number, resource and heading."""

OWNER_COLUMNS = (
    "ref",
    "account",
    "region",
    "partition",
    "resource_type",
    "resource_id",
    "ecr_registry",
    "ecr_repository",
    "ecr_pushed_at",
)
HEADING_COLUMNS = ("key", "title", "vulnerability_id")
PACKAGE_COLUMNS = ("key", "head", "name", "epoch", "version", "release", "arch")

OF_SEVERAL = (
    TextField.COMPONENT_ID,
    TextField.COMPONENT_TYPE,
    TextField.RELATED_VULNERABILITY,
)
"""Fields of which a finding may have several values."""
PACKAGE = "package"
"""What the names of a finding's packages are called among them."""

_RANKS = {severity: severity.rank for severity in Severity}
_KEY_BYTES = 16


Texts = tuple[tuple[str, str], ...]
"""Fields and values."""


class Shared(msgspec.Struct, frozen=True):
    """What many findings say alike: the title and the flaw, and what they have several of, with their keys."""

    heading: bytes
    values: tuple[object, ...]
    text_set: bytes
    texts: Texts


class PackageRow(msgspec.Struct, frozen=True):
    """A package that a finding names."""

    key: bytes
    values: tuple[object, ...]
    places: tuple[Location, ...]


def finding_row(finding: Finding) -> tuple[object, ...]:
    """The values of `COLUMNS`."""
    ref = finding.key.resource
    seen = micros(finding.first_observed_at)
    score = finding.score
    return (
        finding.id,
        ref.account,
        ref.type.value,
        ref.account if ref.type is ResourceType.ECR_CONTAINER_IMAGE else None,
        finding.status.value,
        finding.suppressed_by,
        _RANKS[finding.severity],
        score.value,
        score.risk,
        seen,
        micros(finding.last_observed_at),
        micros(finding.updated_at),
        None if finding.closed_at is None else micros(finding.closed_at),
        finding_type(finding).value,
        *_evidence(finding),
    )


def _evidence(finding: Finding) -> tuple[object, ...]:
    match finding.evidence:
        case Vulnerability() as evidence:
            return (
                None if evidence.epss is None else evidence.epss.probability,
                evidence.source,
                evidence.vendor_severity,
                fix_available(evidence).value,
                exploit_available(evidence).value,
                *(None,) * 5,
            )
        case Reachable(exposure=exposure):  # pragma: no branch
            types = texts(TextField.COMPONENT_TYPE, finding, None)
            return (
                *(None,) * 5,
                exposure.edge,
                exposure.transport.value,
                exposure.ports.begin,
                exposure.ports.end,
                types[0] if types else None,
            )


def owner_row(finding: Finding) -> tuple[object, ...]:
    """The values of `OWNER_COLUMNS` but the first and the last, which only the resource says."""
    ref: ResourceRef = finding.key.resource
    image = ref.type is ResourceType.ECR_CONTAINER_IMAGE
    repositories = texts(TextField.ECR_REPOSITORY, finding, None)
    return (
        ref.account,
        ref.region,
        ref.partition,
        ref.type.value,
        ref.id,
        ref.account if image else None,
        repositories[0] if repositories else None,
    )


def shared_by(finding: Finding) -> Shared:
    """What of the finding many say alike."""
    evidence = finding.evidence
    flaw = evidence.id if isinstance(evidence, Vulnerability) else None
    several = tuple(sorted(set(_several(finding))))
    values = finding.title, flaw
    return Shared(_key(values), values, _key(several), several)


def _several(finding: Finding) -> Iterator[tuple[str, str]]:
    match finding.evidence:
        case Vulnerability() as evidence:
            for alias in evidence.aliases:
                yield TextField.RELATED_VULNERABILITY.value, alias
            for one in evidence.packages:
                yield PACKAGE, one.package.name
        case Reachable():  # pragma: no branch
            for field in (TextField.COMPONENT_ID, TextField.COMPONENT_TYPE):
                for text in texts(field, finding, None):
                    yield field.value, text


def packages_of(finding: Finding) -> tuple[Package, ...]:
    """The packages that have the flaw."""
    if not isinstance(finding.evidence, Vulnerability):
        return ()
    return tuple([one.package for one in finding.evidence.packages])


def package_rows(finding: Finding) -> tuple[PackageRow, ...]:
    """A row for each package."""
    rows = map(_package, packages_of(finding))
    return tuple({row.key: row for row in rows}.values())


def _package(package: Package) -> PackageRow:
    epoch, version, release = version_parts(package)
    places = package.locations
    if len(places) > 1:
        places = tuple(sorted(set(places), key=_order))
    values = (package.name[:HEAD], package.name, epoch, version, release, package.arch or "")
    return PackageRow(_key((values, places)), values, places)


def _order(place: Location) -> tuple[str, str]:
    return place.path, place.layer or ""


def _key(content: Any) -> bytes:
    """16 bytes that stand for anything."""
    return sha256(msgspec.msgpack.encode(content)).digest()[:_KEY_BYTES]


def ref_of(finding: Finding) -> str:
    """The key of the finding's resource."""
    return ref_key(finding.key.resource)
