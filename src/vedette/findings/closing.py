"""What would close an exposure, in words."""

from vedette.model.network import ClosingChange, NetworkChange

_LISTED = 4
_TRACKED = " Connections that are tracked already go on after a change to security groups; a network ACL entry cuts them."
"""EC2 user guide, "Security group connection tracking"."""

_OF_GROUPS = frozenset({"detach-security-group", "revoke-security-group-rule"})


def closing_text(closing: ClosingChange) -> str:
    """A set of changes in words, and how much else goes with it."""
    changes = " and ".join(map(_change, closing.changes))
    return f"{changes} (closes or narrows {closing.broken} others)" if closing.broken else changes


def closed_by(closing: tuple[ClosingChange, ...]) -> str:
    """The smallest sets of changes as a sentence; empty where none is known."""
    if not closing:
        return ""
    shown, more = closing[:_LISTED], len(closing) - _LISTED
    listed = "; ".join(map(closing_text, shown))
    tracked = any(change.kind in _OF_GROUPS for one in shown for change in one.changes)
    any_one = "any one of: " if len(closing) > 1 else ""
    return f"Closed by {any_one}{listed}{f'; and {more} more' if more > 0 else ''}.{_TRACKED if tracked else ''}"


def _change(change: NetworkChange) -> str:
    verb = change.kind.replace("-", " ")
    rule = f" {change.rule} of" if change.rule is not None else ""
    note = f" ({change.note})" if change.note else ""
    return f"{verb}{rule} {change.component}{note}"
