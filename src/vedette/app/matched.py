"""Inventories of a pass matched together: what many hosts have in common is asked of the advisories once."""

from collections.abc import Iterable, Iterator

from vedette.app.judge import Case, Matched
from vedette.app.ports import EstateStore
from vedette.matching.index import AdvisoryIndex
from vedette.matching.match import match_many
from vedette.model.inventory import Inventory

_MOST_PACKAGES = 20_000
_MOST_CASES = 200

_Portion = list[Inventory | None]


def matched_cases(
    store: EstateStore, index: AdvisoryIndex, cases: Iterable[Case]
) -> Iterator[Matched | None]:
    """The stored inventory of each case and what matching says of it, in order; None where it has none that could be read.

    Some `_MOST_PACKAGES` packages are held at once.

    Raises:
        StoreError: where the store fails.
    """
    for portion in _portions(store, cases):
        results = match_many(filter(None, portion), index)
        for inventory in portion:
            yield None if inventory is None else Matched(inventory=inventory, result=next(results))


def _portions(store: EstateStore, cases: Iterable[Case]) -> Iterator[_Portion]:
    portion: _Portion = []
    packages = 0
    for case in cases:
        known = None if case.read_as is None else store.inventory(case.resource.ref)
        portion.append(None if known is None else known.inventory)
        packages += 0 if known is None else len(known.inventory.packages)
        if packages >= _MOST_PACKAGES or len(portion) >= _MOST_CASES:
            yield portion
            portion, packages = [], 0
    if portion:
        yield portion
