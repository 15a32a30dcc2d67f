"""What was read of a file of changes: the snapshot as it would be, and what could not be applied."""

from collections.abc import Callable, Mapping

import msgspec

from vedette.network.snapshot import Snapshot
from vedette.network.whatif.draft import AbsentError, Draft


class Unclear(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """A part of a change that could not be applied; `attribute` is empty where it is all of it."""

    component: str
    attribute: str
    reason: str


class Planned(msgspec.Struct, frozen=True, kw_only=True):
    """The snapshot after the changes that could be applied.

    `ignored` counts resources by type that have no part in reachability; `notes` are sentences about what was taken
    for granted.
    """

    form: str
    snapshot: Snapshot
    applied: int
    unknown: tuple[Unclear, ...] = ()
    ignored: tuple[tuple[str, int], ...] = ()
    notes: tuple[str, ...] = ()


class Ledger:
    """Collects what happens while changes are applied to a draft."""

    def __init__(self, draft: Draft) -> None:
        self.draft = draft
        self.applied = 0
        self._unknown: set[Unclear] = set()
        self._ignored: dict[str, int] = {}
        self._notes: set[str] = set()

    def unclear(self, component: str, attribute: str, reason: str) -> None:
        """Say that a part of a change could not be applied."""
        self._unknown.add(Unclear(component=component, attribute=attribute, reason=reason))

    def ignore(self, kind: str) -> None:
        """Count a resource that has no part in reachability."""
        self._ignored[kind] = self._ignored.get(kind, 0) + 1

    def note(self, text: str) -> None:
        """Say what is taken for granted."""
        self._notes.add(text)

    def attempt(self, component: str, attribute: str, change: Callable[[], None]) -> None:
        """Apply a change; what the snapshot does not have makes it unclear."""
        try:
            change()
        except AbsentError as error:
            self.unclear(component, attribute, str(error))
        else:
            self.applied += 1

    def planned(self, form: str) -> Planned:
        """Everything that was collected."""
        return Planned(
            form=form,
            snapshot=self.draft.snapshot(),
            applied=self.applied,
            unknown=tuple(sorted(self._unknown)),
            ignored=tuple(sorted(self._ignored.items())),
            notes=tuple(sorted(self._notes)),
        )


Document = Mapping[str, object]
"""A file of changes, decoded."""
