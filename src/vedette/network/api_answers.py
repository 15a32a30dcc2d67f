"""What is exposed through APIs: one answer for each API and function, over all of its doors.

Where several doors lead to one function, their callers are united: each is named in the path.
"""

from collections.abc import Iterable, Iterator

from vedette.model.network import Exposure, Hop, NotReachable, PortRange, Transport, UnknownReach
from vedette.network import names
from vedette.network.addrset import Family, to_cidrs
from vedette.network.apis import Api, Door
from vedette.network.components import APIS
from vedette.network.components._base import Doubt, Reached, Shut
from vedette.network.policy import EVERYBODY, NOBODY

EDGE = "api-gateway"
_HTTPS = PortRange(begin=443, end=443)
"""APIs answer on HTTPS alone (API Gateway developer guide, "Security policies")."""
_MOST_NAMED = 20

_Open = list[tuple[Door, Reached]]


def judge_apis(apis: Iterable[Api]) -> Iterator[Exposure | NotReachable | UnknownReach]:
    """Judge every API."""
    for api in apis:
        for component in APIS:
            yield from _answers(api, [(door, component.judge(api, door)) for door in api.doors])


def _answers(
    api: Api, passages: list[tuple[Door, Reached | Shut | Doubt]]
) -> Iterator[Exposure | NotReachable | UnknownReach]:
    opened = [(door, one) for door, one in passages if isinstance(one, Reached)]
    doubts = [one for _, one in passages if isinstance(one, Doubt)]
    doubts += [one.doubt for _, one in opened if one.doubt is not None]
    sources = NOBODY
    for _, one in opened:
        sources = sources.union(one.sources)
    if opened and not api.linked:
        yield _exposure(api, opened)
    if doubts and sources != EVERYBODY:
        first = doubts[0]
        yield UnknownReach(
            edge=EDGE,
            resource=api.target,
            code=first.code,
            component=first.component or api.id,
            reason="; ".join(dict.fromkeys(one.reason for one in doubts)),
            address=api.host,
        )
    shut = next((one for _, one in passages if isinstance(one, Shut)), None)
    if shut is not None and not opened and not doubts:
        yield NotReachable(
            edge=EDGE,
            resource=api.target,
            code=shut.code,
            component=api.id,
            reason=shut.reason,
            address=api.host,
        )


def _exposure(api: Api, opened: _Open) -> Exposure:
    sources = NOBODY
    for _, one in opened:
        sources = sources.union(one.sources)
    path = tuple(_path(api, opened))
    return Exposure(
        edge=EDGE,
        resource=api.target,
        transport=Transport.TCP,
        ports=_HTTPS,
        sources=(*to_cidrs(sources.v4, Family.V4), *to_cidrs(sources.v6, Family.V6)),
        return_path=True,
        path=path,
        address=api.host,
        inspector_path=tuple(
            Hop(component_type=hop.component_type, component_id=hop.component_id, arn=hop.arn)
            for hop in path
        ),
        whole=sources == EVERYBODY,
        account=api.account,
        region=api.region,
        through=api.id,
        labels=("api-key",) if all(door.key for door, _ in opened) else (),
    )


def _path(api: Api, opened: _Open) -> Iterator[Hop]:
    arn = names.api_arn(api.id, api.kind, api.region)
    named = [f"it answers at {api.host}"] if not api.disabled else []
    named += [f"it answers at {one}" for one in api.domains or ()]
    yield Hop(
        component_type=api.kind,
        component_id=api.id,
        arn=arn,
        because=" and ".join(named),
    )
    for door, reached in opened[:_MOST_NAMED]:
        by = ", ".join(reached.statements)
        because = f"the API's policy lets everybody call it ({by})" if by else "anybody may call it"
        yield Hop(
            component_type=names.API_METHODS[api.kind],
            component_id=f"{api.id}/{door.stage}",
            arn=arn,
            rule=door.name,
            because=f"{because}, with an API key" if door.key else because,
        )
    yield Hop(
        component_type=names.FUNCTION,
        component_id=api.target,
        arn=api.target,
        because="the function's policy lets the API invoke it",
    )
