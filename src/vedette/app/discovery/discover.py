"""Discovery: every account by role assumption, every Region, every kind of resource, in parallel."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

from vedette.app.discovery.accounts import failure_of, malformed, open_accounts
from vedette.app.discovery.clusters import list_image_uses
from vedette.app.discovery.configuration import record_network
from vedette.app.discovery.functions import list_functions
from vedette.app.discovery.images import list_images
from vedette.app.discovery.instances import list_instances, managed_instances
from vedette.app.discovery.pods import look_at_pods
from vedette.app.discovery.scope import Discovery, Listing, Place, Scope
from vedette.app.parallel import completed
from vedette.app.progress import Progress, silent
from vedette.clients.aws import Account, Response
from vedette.errors import ParseError, ServiceError
from vedette.model.arn import AccountId
from vedette.model.coverage import ScopeFailure
from vedette.model.image_use import ImageUse
from vedette.model.resource import Resource, ResourceType

_WORKERS = 8


def _attempt(place: Place, kind: ResourceType, found: Iterator[Resource | ParseError]) -> Listing:
    """Run a lister; it is complete only where nothing was refused and every item was understood."""
    resources: list[Resource] = []
    failures: list[ScopeFailure] = []
    try:
        for one in found:
            if isinstance(one, ParseError):
                failures.append(malformed(one, place.account, place.region, f"list {kind}"))
            else:
                resources.append(one)
    except ServiceError as error:
        failures.append(failure_of(error, place.account, place.region))
    return Listing(
        resources=tuple(resources),
        complete=() if failures else (kind,),
        failures=tuple(failures),
    )


def _instances(account: Account, place: Place) -> Listing:
    managed: dict[str, Response] | None = None
    failures: tuple[ScopeFailure, ...] = ()
    try:
        managed = managed_instances(account, place.region)
    except ServiceError as error:
        failures = (failure_of(error, place.account, place.region),)
    listing = _attempt(
        place, ResourceType.EC2_INSTANCE, list_instances(account, place, managed or {})
    )
    return Listing(
        resources=listing.resources,
        complete=listing.complete,
        failures=(*failures, *listing.failures),
        managed=managed,
    )


def _images(account: Account, place: Place) -> Listing:
    return _attempt(place, ResourceType.ECR_CONTAINER_IMAGE, list_images(account, place))


def _functions(account: Account, place: Place) -> Listing:
    return _attempt(place, ResourceType.LAMBDA_FUNCTION, list_functions(account, place))


def _uses(account: Account, place: Place, now: datetime) -> Listing:
    uses: list[ImageUse] = []
    failures: list[ScopeFailure] = []
    try:
        for one in list_image_uses(account, place, now=now):
            if isinstance(one, ParseError):
                failures.append(malformed(one, place.account, place.region, "ecs:describe_tasks"))
            else:
                uses.append(one)
    except ServiceError as error:
        return Listing(failures=(failure_of(error, place.account, place.region),))
    pods = look_at_pods(account, place, now=now)
    return Listing(
        uses=(*uses, *pods.uses),
        failures=(*failures, *pods.failures),
        unseen=pods.unseen,
    )


def _network(account: Account, place: Place) -> Listing:
    answers, failures = record_network(account, place)
    return Listing(network=answers, failures=failures)


_Lister = Callable[[Account, Place], Listing]
_LISTERS: tuple[_Lister, ...] = (_instances, _images, _functions, _network)
_Work = tuple[_Lister, Account, Place]


def _joined(
    opened: dict[AccountId, Account],
    listings: Iterable[tuple[Place, Listing]],
    failures: Iterable[ScopeFailure],
) -> Discovery:
    resources: list[Resource] = []
    looked_in: list[tuple[str, str, str]] = []
    failed = set(failures)
    managed = {}
    network = {}
    uses = {}
    unseen = {}
    for place, listing in listings:
        resources.extend(listing.resources)
        looked_in.extend((place.account, place.region, kind) for kind in listing.complete)
        failed.update(listing.failures)
        if listing.managed is not None:
            managed[place.account, place.region] = listing.managed
        if listing.network:
            network[str(place.account), place.region] = listing.network
        if listing.uses is not None:
            uses[place.account, place.region] = listing.uses
        if listing.unseen:
            unseen[place.account, place.region] = listing.unseen
    return Discovery(
        accounts=opened,
        resources=tuple(sorted(resources, key=lambda resource: resource.ref)),
        looked_in=tuple(sorted(looked_in)),
        failures=tuple(sorted(failed)),
        managed=managed,
        network=network,
        uses=uses,
        unseen=unseen,
    )


def discover(
    home: Account, scope: Scope, progress: Progress = silent, *, now: datetime
) -> Discovery:
    """See what is there.

    What cannot be looked at becomes a `ScopeFailure`; everything else is still reported.

    Args:
        home: the caller's own credentials.
        scope: which accounts, Regions and tags.
        progress: told after every listing.
        now: the time of the discovery.

    Raises:
        ServiceError: where the caller's own credentials are refused.
    """
    opened, failures = open_accounts(home, scope)

    def uses(account: Account, place: Place) -> Listing:
        return _uses(account, place, now)

    work: list[_Work] = [
        (lister, account, Place(account=name, region=region, partition=account.partition(region)))
        for name, account in opened.items()
        for region in scope.regions
        for lister in (*_LISTERS, uses)
    ]
    listings: list[tuple[Place, Listing]] = []
    with ThreadPoolExecutor(_WORKERS) as pool:
        for listing in completed(pool, _listed, work, ahead=_WORKERS * 2):
            listings.append(listing)
            progress("discover", len(listings), len(work))
    return _joined(opened, listings, failures)


def _listed(work: _Work) -> tuple[Place, Listing]:
    lister, account, place = work
    return place, lister(account, place)
