"""The patch plan: the fewest changes that remove the most risk.

A finding goes when each of its packages is mended, or its port closed. A change mends packages of many findings: an upgrade of one
package in everything that is built alike, a rebuilt layer, a newer base image, a newer machine image in a launch template or wherever
it runs, a closed way. The plan takes the change that removes the most risk, then of what is left again, and so on. That is at least 63 % of what any plan with as many
changes could remove (Nemhauser, Wolsey, Fisher, 1978).
"""

import heapq
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum

import msgspec

from vedette.errors import VersionError
from vedette.findings.bases import Base
from vedette.model.finding import (
    Finding,
    FindingStatus,
    Reachable,
    Vulnerability,
    VulnerablePackage,
)
from vedette.model.network import Exposure, NetworkChange
from vedette.model.package import PackageManager, SchemeName
from vedette.model.resource import (
    ContainerImage,
    Ec2Instance,
    LambdaFunction,
    Resource,
    ResourceRef,
)
from vedette.versions import SCHEMES

_LAUNCHED_BY = "aws:ec2launchtemplate:id"


class FixKind(StrEnum):
    """What is changed."""

    BASE_IMAGE = "base-image"
    LAUNCH_TEMPLATE = "launch-template"
    LAYER = "layer"
    MACHINE_IMAGE = "machine-image"
    NETWORK = "network"
    PACKAGE = "package"


class Fix(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """One change.

    `where` is a machine image, the launch template that is to name a newer one, a repository, a function, an instance of no known image, a base image's ARN, a layer's digest, or what
    is changed of the network; `package` its ecosystem and name for an upgrade.
    """

    kind: FixKind
    where: str
    package: tuple[str, str] | None = None


class PlannedFix(msgspec.Struct, frozen=True, kw_only=True):
    """A change of the plan: what it removes of what the changes before it leave.

    `versions` are those to upgrade to: one, unless their order is not known. `findings` go whole with this change; `risk` counts each
    package of a finding for its part.
    """

    fix: Fix
    versions: tuple[str, ...]
    resources: tuple[ResourceRef, ...]
    findings: int
    risk: float


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """The changes in order; `risk` is that of all active findings, `unmended` of those that nothing mends whole."""

    fixes: tuple[PlannedFix, ...]
    findings: int
    risk: float
    unmended: int


class _Part(msgspec.Struct, frozen=True):
    """What is to be mended: a package of a finding, or a port."""

    finding: int
    resource: ResourceRef
    risk: float
    scheme: SchemeName | None
    version: str | None


class _Estate:
    """What is to be mended, and what mends it."""

    def __init__(
        self, resources: Mapping[ResourceRef, Resource], bases: Mapping[ResourceRef, Base]
    ) -> None:
        self._resources = resources
        self._bases = bases
        self.parts: list[_Part] = []
        self.mended_by: dict[Fix, list[int]] = defaultdict(list)
        self.parts_of: list[int] = []
        self.unmended = 0
        self.risk = 0.0

    def add(self, finding: Finding) -> None:
        number = len(self.parts_of)
        risk = finding.score.risk
        self.risk += risk
        fixes = list(self._fixes(finding))
        self.parts_of.append(len(fixes))
        if not all(several for several, _, _ in fixes):
            self.unmended += 1
        for several, scheme, version in fixes:
            part = _Part(number, finding.key.resource, risk / len(fixes), scheme, version)
            for fix in several:
                self.mended_by[fix].append(len(self.parts))
            self.parts.append(part)

    def _fixes(
        self, finding: Finding
    ) -> Iterator[tuple[tuple[Fix, ...], SchemeName | None, str | None]]:
        match finding.evidence:
            case Vulnerability(packages=packages):
                for one in packages:
                    fixes = tuple(self._of_package(finding.key.resource, one))
                    yield fixes, one.package.scheme, one.fixed_in
            case Reachable(exposure=exposure):  # pragma: no branch
                yield tuple(_of_exposure(exposure)), None, None

    def _of_package(self, ref: ResourceRef, one: VulnerablePackage) -> Iterator[Fix]:
        if one.fixed_in is None:
            return
        package = one.package
        resource = self._resources.get(ref)
        yield Fix(
            kind=FixKind.PACKAGE,
            where=_built_alike(ref, resource),
            package=(package.ecosystem, package.name),
        )
        facts = None if resource is None else resource.facts
        layers = {place.layer for place in package.locations}
        if isinstance(facts, Ec2Instance) and facts.image_id is not None:
            if package.manager is PackageManager.OS:
                yield Fix(kind=FixKind.MACHINE_IMAGE, where=facts.image_id)
                if template := _template_of(resource):
                    yield Fix(kind=FixKind.LAUNCH_TEMPLATE, where=template)
        elif len(layers) == 1 and None not in layers:
            (layer,) = layers
            base = self._bases.get(ref)
            if base is not None and layer in base.layers:
                yield Fix(kind=FixKind.BASE_IMAGE, where=base.image.id)
            yield Fix(kind=FixKind.LAYER, where=str(layer))


def plan(
    findings: Iterable[Finding],
    resources: Mapping[ResourceRef, Resource],
    bases: Mapping[ResourceRef, Base],
    *,
    most: int,
) -> Plan:
    """The changes that remove the most risk, the greatest first.

    Args:
        findings: any; only active ones count.
        resources: theirs, as far as they are known.
        bases: what images stand on.
        most: changes.
    """
    estate = _Estate(resources, bases)
    for finding in findings:
        if finding.status is FindingStatus.ACTIVE:
            estate.add(finding)
    return Plan(
        fixes=tuple(_greedy(estate, most)),
        findings=len(estate.parts_of),
        risk=round(estate.risk, 1),
        unmended=estate.unmended,
    )


def _greedy(estate: _Estate, most: int) -> Iterator[PlannedFix]:
    """Gains only shrink: one that was the greatest and still is needs no comparison with the others."""
    left = set(range(len(estate.parts)))
    missing = list(estate.parts_of)
    waiting = [(-_gain(estate, several, left), fix) for fix, several in estate.mended_by.items()]
    heapq.heapify(waiting)
    taken = 0
    while waiting and taken < most:
        gain, fix = heapq.heappop(waiting)
        current = -_gain(estate, estate.mended_by[fix], left)
        if current == 0:
            continue
        if current > gain and waiting and (current, fix) > waiting[0]:
            heapq.heappush(waiting, (current, fix))
            continue
        mended = [part for part in estate.mended_by[fix] if part in left]
        left.difference_update(mended)
        yield _planned(estate, fix, mended, missing)
        taken += 1


def _gain(estate: _Estate, parts: Iterable[int], left: set[int]) -> float:
    # rounded, so that the order of additions does not decide
    return round(sum(estate.parts[part].risk for part in parts if part in left), 6)


def _planned(estate: _Estate, fix: Fix, mended: list[int], missing: list[int]) -> PlannedFix:
    parts = [estate.parts[number] for number in mended]
    gone = 0
    for part in parts:
        missing[part.finding] -= 1
        gone += missing[part.finding] == 0
    return PlannedFix(
        fix=fix,
        versions=_newest(parts) if fix.kind is FixKind.PACKAGE else (),
        resources=tuple(sorted({part.resource for part in parts})),
        findings=gone,
        risk=round(sum(part.risk for part in parts), 1),
    )


def _newest(parts: Iterable[_Part]) -> tuple[str, ...]:
    """The version that mends all; where their order is not known, all of them."""
    wanted = {(part.scheme, part.version) for part in parts if part.version is not None}
    keyed: list[tuple[bytes, str]] = []
    for scheme, version in wanted:
        try:
            keyed.append((SCHEMES[scheme or SchemeName.GENERIC].key(version), version))
        except VersionError:
            return tuple(sorted({version for _, version in wanted}))
    return (max(keyed)[1],)


def _built_alike(ref: ResourceRef, resource: Resource | None) -> str:
    """What is mended once for all resources of its kind."""
    match None if resource is None else resource.facts:
        case Ec2Instance(image_id=image) if image is not None:
            return image
        case ContainerImage(repository=repository):
            return repository
        case LambdaFunction(name=name):
            return name
        case _:
            return ref.id


def _template_of(resource: Resource | None) -> str | None:
    """The launch template that an instance was launched by, which EC2 says in a tag of its own (EC2 User Guide)."""
    tags = () if resource is None else resource.tags
    return next((tag.value for tag in tags if tag.key == _LAUNCHED_BY), None)


def _of_exposure(exposure: Exposure) -> Iterator[Fix]:
    for closing in exposure.closing_changes:
        yield Fix(kind=FixKind.NETWORK, where=" and ".join(map(_in_words, closing.changes)))


def _in_words(change: NetworkChange) -> str:
    rule = "" if change.rule is None else f" {change.rule}"
    return f"{change.kind} {change.component}{rule}"
