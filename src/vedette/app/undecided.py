"""What nobody can tell about resources: which packages may have which flaws, and which packages nobody judges."""

from collections import deque
from collections.abc import Iterable, Iterator

import msgspec

from vedette.app.ports import EstateStore
from vedette.matching.index import AdvisoryIndex
from vedette.matching.match import match_many
from vedette.model.inventory import Inventory
from vedette.model.match import Undecided
from vedette.model.resource import ResourceRef


class ResourceDoubts(msgspec.Struct, frozen=True, kw_only=True):
    """Of one resource.

    Args:
        resource: whose packages they are.
        undecided: flaws that packages may have, each with the reason.
        unjudged: sentences about packages that nobody could judge.
    """

    resource: ResourceRef
    undecided: tuple[Undecided, ...]
    unjudged: tuple[str, ...]


def inventories(store: EstateStore, resource: str | None = None) -> Iterator[Inventory]:
    """What is kept of the resources that are there, or of those with this id; in the order of their ids.

    Raises:
        StoreError: where the store fails.
    """
    refs = sorted(
        (one.ref for one in store.resources() if resource is None or one.ref.id == resource),
        key=lambda ref: (ref.id, ref.account or "", ref.region or ""),
    )
    for ref in refs:
        known = store.inventory(ref)
        if known is not None:
            yield known.inventory


def doubts(given: Iterable[Inventory], index: AdvisoryIndex) -> Iterator[ResourceDoubts]:
    """Of each inventory of which not all is known, in their order."""
    waiting: deque[ResourceRef] = deque()

    def noted() -> Iterator[Inventory]:
        for one in given:
            waiting.append(one.resource)
            yield one

    for result in match_many(noted(), index):
        ref = waiting.popleft()
        if result.undecided or result.unjudged:
            yield ResourceDoubts(resource=ref, undecided=result.undecided, unjudged=result.unjudged)
