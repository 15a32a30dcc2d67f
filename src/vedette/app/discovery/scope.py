"""What to look at, and what was seen."""

from collections.abc import Mapping
from enum import StrEnum

import msgspec

from vedette.clients.aws import Account, Response
from vedette.model.arn import AccountId
from vedette.model.coverage import ScopeFailure
from vedette.model.image_use import ImageUse
from vedette.model.resource import Resource, ResourceRef, ResourceType, Tag


class Agentless(StrEnum):
    """Whether instances of which SSM knows no software are read from snapshots: those there are, or also made for it."""

    NONE = "none"
    EXISTING = "existing"
    CREATE = "create"


class Scope(msgspec.Struct, frozen=True, kw_only=True):
    """Which part of the estate, and what may be done to read it.

    `accounts` empty means every active account of the Organization, or the caller's own where there is none.
    `tags` empty means everything; else a resource is scanned when it has one of them.
    """

    regions: tuple[str, ...]
    accounts: tuple[AccountId, ...] = ()
    tags: tuple[Tag, ...] = ()
    agentless: Agentless = Agentless.NONE

    def wants(self, resource: Resource) -> bool:
        """Whether the tags ask for this resource."""
        return not self.tags or any(tag in self.tags for tag in resource.tags)


class Place(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """One Region of one account."""

    account: AccountId
    region: str
    partition: str = "aws"

    def ref(self, kind: ResourceType, identity: str) -> ResourceRef:
        """A resource in this place."""
        return ResourceRef(
            type=kind,
            id=identity,
            account=self.account,
            region=self.region,
            partition=self.partition,
        )


class Listing(msgspec.Struct, frozen=True, kw_only=True):
    """What one lister found in one place.

    `managed` maps instance ids to what SSM says of them, and is None where SSM was not asked or refused.
    `complete` names the resource types that were listed to the end. `uses` is None where ECS was not asked or refused,
    and has nothing of the clusters that `unseen` names, by their ARNs or what these begin with.
    """

    resources: tuple[Resource, ...] = ()
    complete: tuple[str, ...] = ()
    failures: tuple[ScopeFailure, ...] = ()
    managed: Mapping[str, Response] | None = None
    network: Mapping[str, Response] = {}
    uses: tuple[ImageUse, ...] | None = None
    unseen: tuple[str, ...] = ()


class Discovery(msgspec.Struct, frozen=True, kw_only=True):
    """The estate as it was seen.

    `network` holds, for each (account, region), the recorded describe calls by their AWS CLI names
    (`ec2.describe-subnets`; calls for one id are `ec2.get-managed-prefix-list-entries/ID`). `managed` has no entry for a
    place where SSM refused to say what it manages, `uses` none for one where ECS refused to say what runs; `unseen` has the clusters
    of a place that did not say, by their ARNs or what these begin with.
    """

    accounts: Mapping[AccountId, Account]
    resources: tuple[Resource, ...]
    looked_in: tuple[tuple[str, str, str], ...]
    failures: tuple[ScopeFailure, ...]
    managed: Mapping[tuple[AccountId, str], Mapping[str, Response]]
    network: Mapping[tuple[str, str], Mapping[str, Response]]
    uses: Mapping[tuple[AccountId, str], tuple[ImageUse, ...]] = {}
    unseen: Mapping[tuple[AccountId, str], tuple[str, ...]] = {}
