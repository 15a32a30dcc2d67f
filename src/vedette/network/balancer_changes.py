"""Changes to load balancers, as overlays, and all changes as they apply to one interface."""

from collections.abc import Iterable
from typing import ClassVar

import msgspec

from vedette.model.network import NetworkChange
from vedette.network.changes import Change, DetachGroup, ReleaseAddress
from vedette.network.components._base import Situation
from vedette.network.normalise.gather import digest_of
from vedette.network.topology import EdgeKind


class DeleteListener(msgspec.Struct, frozen=True, kw_only=True):
    """Take one listener off a load balancer."""

    bluntness: ClassVar[int] = 3

    balancer: str
    listener: str

    def apply(self, situation: Situation) -> Situation:
        """The situation without the listener."""
        balancer = situation.balancer
        if balancer is None or balancer.id != self.balancer:
            return situation
        kept = tuple(one for one in balancer.listeners if one.id != self.listener)
        digest = digest_of("delete listener", balancer.digest, self.listener)
        changed = msgspec.structs.replace(balancer, listeners=kept, digest=digest)
        return msgspec.structs.replace(situation, balancer=changed)

    def described(self) -> NetworkChange:
        """The change as it is reported."""
        return NetworkChange(kind="delete-listener", component=self.balancer, rule=self.listener)


class MakeInternal(msgspec.Struct, frozen=True, kw_only=True):
    """Make a load balancer internal: one of the other scheme in its place, without public addresses."""

    bluntness: ClassVar[int] = 4

    balancer: str

    def apply(self, situation: Situation) -> Situation:
        """The situation without public addresses."""
        balancer = situation.balancer
        if balancer is None or balancer.id != self.balancer:
            return situation
        if situation.point.kind is not EdgeKind.INTERNET:
            return situation
        profile = msgspec.structs.replace(situation.profile, public=False)
        return msgspec.structs.replace(situation, profile=profile)

    def described(self) -> NetworkChange:
        """The change as it is reported."""
        return NetworkChange(
            kind="make-load-balancer-internal",
            component=self.balancer,
            rule="internal",
            note="the scheme is set when a load balancer is made: it takes a new one",
        )


class DeregisterTarget(msgspec.Struct, frozen=True, kw_only=True):
    """Take one target out of a target group."""

    bluntness: ClassVar[int] = 1

    group: str
    target: str

    def apply(self, situation: Situation) -> Situation:
        """The same situation: only what is sent on changes."""
        return situation

    def described(self) -> NetworkChange:
        """The change as it is reported."""
        return NetworkChange(kind="deregister-target", component=self.group, rule=self.target)


BalancerChange = DeleteListener | MakeInternal | DeregisterTarget
AnyChange = Change | BalancerChange


def applied(changes: Iterable[AnyChange], situation: Situation, interface: str) -> Situation:
    """All of the changes together, for a situation of this interface."""
    for change in changes:
        if isinstance(change, DetachGroup | ReleaseAddress) and change.interface != interface:
            continue
        situation = change.apply(situation)
    return situation
