"""What the findings were at a past moment, by the log of their changes."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from vedette.findings.lifecycle import Change
from vedette.model.finding import Finding, FindingId


def as_of(known: Iterable[Finding], log: Iterable[Change], moment: datetime) -> Iterator[Finding]:
    """The findings as they were, by id.

    Args:
        known: as they are; those that are over and were removed are missing.
        log: their changes, in order. It must reach back to the moment.
        moment: a change counts from its own time on.
    """
    states: dict[FindingId, Finding | None] = {finding.id: finding for finding in known}
    later: set[FindingId] = set()
    removed: dict[FindingId, Finding] = {}
    for change in log:
        identifier = change.after.id
        if identifier in later:
            continue
        if change.after.updated_at > moment:
            later.add(identifier)
            states[identifier] = change.before
        elif identifier not in states:
            removed[identifier] = change.after
    for identifier in sorted(states.keys() | removed.keys()):
        state = states.get(identifier, removed.get(identifier))
        if state is not None:
            yield state
