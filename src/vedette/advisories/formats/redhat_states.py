"""Red Hat's statements on a flaw in its packages → `affected` entries.

The states are explained at https://access.redhat.com/articles/product_security_states.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator

import msgspec

from vedette.advisories.formats.redhat_builds import ranges_of
from vedette.model.advisory import Affected, AffectedStatus, FixState, Range
from vedette.model.package import SchemeName

_STATES = {
    "affected": (AffectedStatus.AFFECTED, FixState.NOT_FIXED),
    "fix deferred": (AffectedStatus.AFFECTED, FixState.NOT_FIXED),
    "not affected": (AffectedStatus.NOT_AFFECTED, FixState.UNKNOWN),
    "out of support scope": (AffectedStatus.AFFECTED, FixState.WONT_FIX),
    "under investigation": (AffectedStatus.UNDER_INVESTIGATION, FixState.UNKNOWN),
    "will not fix": (AffectedStatus.AFFECTED, FixState.WONT_FIX),
}
_NOT_UNDERSTOOD = (AffectedStatus.UNDER_INVESTIGATION, FixState.UNKNOWN)


def is_known(word: str) -> bool:
    """Whether it is one of Red Hat's words for a state."""
    return word.casefold() in _STATES


class Component(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """A source package of a release; `module` is `NAME:STREAM`."""

    ecosystem: str
    name: str
    module: str | None = None


class Statements:
    """What is said of one flaw, gathered component by component."""

    def __init__(self) -> None:
        self._fixes: defaultdict[Component, set[tuple[str, str]]] = defaultdict(set)
        self._states: dict[Component, str] = {}

    def fix(self, component: Component, evr: str, update: str) -> None:
        """An update (`RHSA-2023:6745`) has a build with the fix."""
        self._fixes[component].add((evr, update))

    def state(self, component: Component, word: str) -> None:
        """There is no fix, for this reason; of several reasons the first in the alphabet, so that their order is nothing."""
        self._states[component] = min(word, self._states.get(component, word))

    def unknown_states(self) -> Iterable[str]:
        """Words that are not understood."""
        return sorted({word for word in self._states.values() if not is_known(word)})

    def affected(self) -> Iterator[Affected]:
        """The entries; where there is a fix, a state beside it speaks of builds that have since been replaced."""
        for component in sorted({*self._fixes, *self._states}, key=_order):
            if component in self._fixes:
                yield _fixed(component, self._fixes[component])
            else:
                yield _unfixed(component, self._states[component])


def _order(component: Component) -> tuple[str, str, str]:
    return component.ecosystem, component.name, component.module or ""


def _fixed(component: Component, fixes: set[tuple[str, str]]) -> Affected:
    return Affected(
        ecosystem=component.ecosystem,
        name=component.name,
        scheme=SchemeName.RPM,
        ranges=ranges_of(evr for evr, _ in fixes),
        module=component.module,
        fix=FixState.FIXED,
        by_source=True,
        note=", ".join(sorted({update for _, update in fixes if update})) or None,
    )


def _unfixed(component: Component, word: str) -> Affected:
    status, fix = _STATES.get(word.casefold(), _NOT_UNDERSTOOD)
    return Affected(
        ecosystem=component.ecosystem,
        name=component.name,
        scheme=SchemeName.RPM,
        ranges=() if status is AffectedStatus.NOT_AFFECTED else (Range(),),
        module=component.module,
        status=status,
        fix=fix,
        by_source=True,
        note=word,
    )
