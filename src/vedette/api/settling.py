"""Suppression rules take effect before the answer is given, up to a number of findings; what is left is for a pass."""

from vedette.api.call import Call
from vedette.app.saved_filters import Action, SavedFilter, rule_of
from vedette.app.suppression import settle_change
from vedette.findings.suppress import SuppressionRule

_AT_ONCE = 20_000
"""Findings that a rule sets aside or free before the answer is given."""


def settle_rule(call: Call, before: SavedFilter | None, after: SavedFilter | None) -> None:
    """Apply a filter's change to what is stored, where it is a rule or was one; the filter is kept already."""
    was, now = _rule(before), _rule(after)
    if was == now:
        return
    settled = settle_change(call.services.store, was, now, now=call.now, most=_AT_ONCE)
    if not settled.complete:
        call.services.look_now(())


def _rule(saved: SavedFilter | None) -> SuppressionRule | None:
    if saved is None or saved.action is not Action.SUPPRESS:
        return None
    return rule_of(saved)
