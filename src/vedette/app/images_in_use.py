"""Images with how much of them runs: what clusters said, added to what ECR says."""

from collections.abc import Collection, Iterable

import msgspec

from vedette.app.covered import uses_by_image
from vedette.app.ports import Store
from vedette.model.resource import ContainerImage, Resource


def with_uses(
    store: Store, resources: Iterable[Resource], looked_in: Collection[tuple[str, str]]
) -> tuple[Resource, ...]:
    """The resources in their order; of an image of which nothing runs that is said only where clusters were looked at.

    Args:
        store: holds what runs.
        resources: as they were discovered.
        looked_in: accounts and Regions whose clusters were listed.

    Raises:
        StoreError: where the store fails.
    """
    uses = uses_by_image(store)

    def used(resource: Resource) -> Resource:
        ref, facts = resource.ref, resource.facts
        if not isinstance(facts, ContainerImage):
            return resource
        place = (ref.account or "", ref.region or "")
        use = uses.get((*place, facts.repository, facts.digest))
        if use is None and place not in looked_in:
            return resource
        facts = msgspec.structs.replace(
            facts,
            in_use_count=0 if use is None else use.running,
            last_in_use_at=None if use is None else use.last_in_use,
        )
        return msgspec.structs.replace(resource, facts=facts)

    return tuple(map(used, resources))
