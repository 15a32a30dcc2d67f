"""What accounts have settled through the API, as far as it concerns a pass: what is scanned, for how long, and how."""

from collections.abc import Callable, Iterable
from datetime import datetime

import msgspec

from vedette.app.configuration import (
    Configuration,
    ImageConfiguration,
    PullMode,
    agentless_of,
    configurations,
    is_eligible,
)
from vedette.app.discovery.scope import Scope
from vedette.app.enablement import Plan, plan_of
from vedette.app.organization import note_accounts
from vedette.app.ports import RecordStore
from vedette.model.resource import ContainerImage, Resource


class Settled(msgspec.Struct, frozen=True, kw_only=True):
    """What holds for one pass."""

    plan: Plan
    configuration: Callable[[str, str], Configuration]

    def enabled(self, resources: Iterable[Resource]) -> tuple[Resource, ...]:
        """Those whose type is enabled in their account and Region, in the same order; of others nothing is kept."""
        return self.plan.wanted(resources)

    def scope_of(self, resource: Resource, scope: Scope) -> Scope:
        """The scope as it is for a resource: whether its account wants snapshots to be read."""
        how = agentless_of(self._configuration(resource), scope.agentless)
        return scope if how is scope.agentless else msgspec.structs.replace(scope, agentless=how)

    def has_expired(self, resource: Resource, *, now: datetime) -> bool:
        """Whether an image is not looked at any more: its coverage says so then, and its findings close."""
        facts = resource.facts
        if not isinstance(facts, ContainerImage):
            return False
        images = self._configuration(resource).images or ImageConfiguration()
        used = facts.last_pulled_at if images.use is PullMode.PULLED else facts.last_in_use_at
        return not is_eligible(images, pushed_at=facts.pushed_at, used_at=used, now=now)

    def _configuration(self, resource: Resource) -> Configuration:
        return self.configuration(resource.ref.account or "", resource.ref.region or "")


def settled(store: RecordStore, accounts: Iterable[str], *, now: datetime) -> Settled:
    """What holds now; a pass says which accounts it has seen.

    Raises:
        StoreError: where the store fails.
    """
    note_accounts(store, accounts, now=now)
    return Settled(plan=plan_of(store), configuration=configurations(store))
