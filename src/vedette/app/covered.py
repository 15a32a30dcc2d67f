"""What is covered: every resource and scan type, with what is known of the resource and of its use."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from itertools import islice

import msgspec

from vedette.app.image_uses import all_uses
from vedette.app.ports import Store
from vedette.model.coverage import Coverage, ScanType
from vedette.model.resource import ContainerImage, Ec2Instance, Resource

_AT_ONCE = 500
_Image = tuple[str, str, str, str]


class InUse(msgspec.Struct, frozen=True, kw_only=True):
    """How much of an image runs, and when some of it was last seen to."""

    running: int
    last_in_use: datetime


class Covered(msgspec.Struct, frozen=True, kw_only=True):
    """A row of the coverage; `resource` is None where nothing more is known, `use` where nothing ran."""

    coverage: Coverage
    resource: Resource | None
    use: InUse | None = None

    @property
    def place(self) -> str:
        """A text by which rows are in order: by account, Region, type, id and scan type."""
        ref = self.coverage.resource
        whole = f"{ref.account or ''}|{ref.region or ''}|{ref.type}|{ref.partition}|{ref.id}"
        return f"{whole}\0{self.coverage.scan_type}"

    @property
    def mode(self) -> str | None:
        """How an instance's packages are read (Inspector's `ScanMode`); None where they are not.

        Snapshots are read where SSM does not manage the instance.
        """
        known = self.resource and self.resource.facts
        if not isinstance(known, Ec2Instance) or not self.coverage.active:
            return None
        if self.coverage.scan_type is not ScanType.PACKAGE:
            return None
        return "EC2_SSM_AGENT_BASED" if known.managed_by_ssm else "EC2_AGENTLESS"


def covered(store: Store) -> Iterator[Covered]:
    """Every row, in order.

    Raises:
        StoreError: where the store fails.
    """
    uses = uses_by_image(store)
    rows = store.coverage()
    while part := list(islice(rows, _AT_ONCE)):
        yield from _joined(store, part, uses)


def uses_by_image(store: Store) -> Mapping[_Image, InUse]:
    """Use of images by registry, its Region, repository and digest.

    Raises:
        StoreError: where the store fails.
    """
    found: dict[_Image, InUse] = {}
    for use in all_uses(store):
        key = (use.registry, use.registry_region, use.repository, use.digest)
        before = found.get(key)
        found[key] = InUse(
            running=use.running + (before.running if before else 0),
            last_in_use=max(use.last_in_use, before.last_in_use if before else use.last_in_use),
        )
    return found


def _joined(
    store: Store, rows: Iterable[Coverage], uses: Mapping[_Image, InUse]
) -> Iterator[Covered]:
    listed = tuple(rows)
    resources = store.resources_of(row.resource for row in listed)
    for row in listed:
        resource = resources.get(row.resource)
        yield Covered(coverage=row, resource=resource, use=_use(resource, uses))


def _use(resource: Resource | None, uses: Mapping[_Image, InUse]) -> InUse | None:
    if resource is None or not isinstance(resource.facts, ContainerImage):
        return None
    ref, facts = resource.ref, resource.facts
    return uses.get((ref.account or "", ref.region or "", facts.repository, facts.digest))
