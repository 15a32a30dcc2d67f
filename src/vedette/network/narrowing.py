"""What is left of cells that pass, once changes are made.

A path lets through what all of its components let through. Changes that only narrow one of them (a rule that is
revoked, a group that is detached, an entry that denies) leave what passed before and passes that one still, so that
nothing else is judged again.
"""

from vedette.model.network import Transport
from vedette.network.balancer_changes import AnyChange
from vedette.network.changes import DenyInAcl, DetachGroup, RevokeRule
from vedette.network.components import network_acl, security_group
from vedette.network.components._base import Component, Flow, Sieve, Situation
from vedette.network.judge import Memo
from vedette.network.portset import Cells, meet

Changes = tuple[AnyChange, ...]


def surely_left(
    memo: Memo, changed: Situation, changes: Changes, cells: Cells, transport: Transport
) -> Cells:
    """What surely passes, of cells that surely do before the changes, and perhaps more beside them."""
    sieve = _narrowed(memo, changed, changes)
    if sieve is None:
        return memo.outcome(changed).least.of(transport)
    return _through(sieve.least or sieve.most, cells, transport)


def perhaps_left(
    memo: Memo, changed: Situation, changes: Changes, cells: Cells, transport: Transport
) -> Cells:
    """What perhaps passes of cells that pass before the changes."""
    sieve = _narrowed(memo, changed, changes)
    if sieve is None:
        return meet(memo.outcome(changed).most.of(transport), cells)
    return _through(sieve.most, cells, transport)


def _narrowed(memo: Memo, changed: Situation, changes: Changes) -> Sieve | None:
    """The answer of the one component that the changes narrow; None where they may touch more than one."""
    # a transit gateway's own rule reads the subnet's network ACL too
    component = None if changed.point.transit else _component(changes)
    passage = memo.passage(component, changed) if component is not None else None
    return passage if isinstance(passage, Sieve) else None


def _component(changes: Changes) -> Component | None:
    if all(isinstance(one, RevokeRule | DetachGroup) for one in changes):
        return security_group.COMPONENT
    return network_acl.COMPONENT if all(isinstance(one, DenyInAcl) for one in changes) else None


def _through(flow: Flow, cells: Cells, transport: Transport) -> Cells:
    return cells if flow.forward is None else meet(cells, flow.forward.of(transport))
