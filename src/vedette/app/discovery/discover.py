"""Discovery: every account by role assumption, every Region, every kind of resource, in parallel."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor, as_completed

from vedette.app.discovery.accounts import failure_of, open_accounts
from vedette.app.discovery.configuration import record_network
from vedette.app.discovery.functions import list_functions
from vedette.app.discovery.images import list_images
from vedette.app.discovery.instances import list_instances, managed_instances
from vedette.app.discovery.scope import Discovery, Listing, Place, Scope
from vedette.app.progress import Progress, silent
from vedette.clients.aws import Account, Response
from vedette.errors import ParseError, ServiceError
from vedette.model.arn import AccountId
from vedette.model.coverage import ScopeFailure
from vedette.model.resource import Resource, ResourceType

_WORKERS = 8


def _attempt(
    place: Place, kind: ResourceType, lister: Callable[[], tuple[Resource, ...]]
) -> Listing:
    try:
        return Listing(resources=lister(), complete=(kind,))
    except ServiceError as error:
        return Listing(failures=(failure_of(error, place.account, place.region),))
    except ParseError as error:
        failure = ScopeFailure(
            account=place.account,
            region=place.region,
            operation=f"list {kind}",
            code="Malformed",
            reason=str(error),
        )
        return Listing(failures=(failure,))


def _instances(account: Account, place: Place) -> Listing:
    managed: dict[str, Response] | None = None
    failures: tuple[ScopeFailure, ...] = ()
    try:
        managed = managed_instances(account, place.region)
    except ServiceError as error:
        failures = (failure_of(error, place.account, place.region),)
    listing = _attempt(
        place, ResourceType.EC2_INSTANCE, lambda: list_instances(account, place, managed or {})
    )
    return Listing(
        resources=listing.resources,
        complete=listing.complete,
        failures=(*failures, *listing.failures),
        managed=managed,
    )


def _images(account: Account, place: Place) -> Listing:
    return _attempt(place, ResourceType.ECR_CONTAINER_IMAGE, lambda: list_images(account, place))


def _functions(account: Account, place: Place) -> Listing:
    return _attempt(place, ResourceType.LAMBDA_FUNCTION, lambda: list_functions(account, place))


def _network(account: Account, place: Place) -> Listing:
    answers, failures = record_network(account, place)
    return Listing(network=answers, failures=failures)


_LISTERS = (_instances, _images, _functions, _network)


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
    for place, listing in listings:
        resources.extend(listing.resources)
        looked_in.extend((place.account, place.region, kind) for kind in listing.complete)
        failed.update(listing.failures)
        if listing.managed is not None:
            managed[place.account, place.region] = listing.managed
        if listing.network:
            network[str(place.account), place.region] = listing.network
    return Discovery(
        accounts=opened,
        resources=tuple(sorted(resources, key=lambda resource: resource.ref)),
        looked_in=tuple(sorted(looked_in)),
        failures=tuple(sorted(failed)),
        managed=managed,
        network=network,
    )


def discover(home: Account, scope: Scope, progress: Progress = silent) -> Discovery:
    """See what is there.

    What cannot be looked at becomes a `ScopeFailure`; everything else is still reported.

    Args:
        home: the caller's own credentials.
        scope: which accounts, Regions and tags.
        progress: told after every listing.

    Raises:
        ServiceError: where the caller's own credentials are refused.
    """
    opened, failures = open_accounts(home, scope)
    places = [
        Place(account=account, region=region) for account in opened for region in scope.regions
    ]
    total = len(places) * len(_LISTERS)
    listings: list[tuple[Place, Listing]] = []
    with ThreadPoolExecutor(_WORKERS) as pool:
        waiting = {
            pool.submit(lister, opened[place.account], place): place
            for place in places
            for lister in _LISTERS
        }
        for future in as_completed(waiting):
            listings.append((waiting[future], future.result()))
            progress("discover", len(listings), total)
    return _joined(opened, listings, failures)
