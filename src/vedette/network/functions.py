"""Lambda function URLs as answers: an entry at layer 7, with no interface and no packet to walk."""

from collections.abc import Iterable, Iterator

from vedette.model.network import Exposure, Hop, NotReachable, PortRange, Transport, UnknownReach
from vedette.network import names
from vedette.network.addrset import Family, to_cidrs
from vedette.network.components import LAYER7
from vedette.network.components._base import Doubt, Reached, Shut
from vedette.network.policy import EVERYBODY
from vedette.network.topology import FunctionUrl

EDGE = "lambda-url"
_HTTPS = PortRange(begin=443, end=443)
"""Function URLs answer on HTTPS alone (Lambda developer guide, "Function URLs")."""


def judge_functions(
    urls: Iterable[FunctionUrl],
) -> Iterator[Exposure | NotReachable | UnknownReach]:
    """Judge every function URL."""
    for url in urls:
        for component in LAYER7:
            yield from _answers(url, component.judge(url))


def _answers(
    url: FunctionUrl, passage: Reached | Shut | Doubt
) -> Iterator[Exposure | NotReachable | UnknownReach]:
    if isinstance(passage, Reached):
        yield _exposure(url, passage)
        doubt = passage.doubt
    elif isinstance(passage, Shut):
        yield NotReachable(
            edge=EDGE,
            resource=url.function,
            code=passage.code,
            component=url.arn,
            reason=passage.reason,
            address=host(url),
        )
        return
    else:
        doubt = passage
    if doubt is not None:
        yield _unknown(url, doubt)


def _unknown(url: FunctionUrl, doubt: Doubt) -> UnknownReach:
    return UnknownReach(
        edge=EDGE,
        resource=url.function,
        code=doubt.code,
        component=url.arn,
        reason=doubt.reason,
        address=host(url),
    )


def host(url: FunctionUrl) -> str:
    """The host name in a function's URL."""
    return url.url.removeprefix("https://").split("/", 1)[0]


def _exposure(url: FunctionUrl, reached: Reached) -> Exposure:
    sources = reached.sources
    path = (
        Hop(
            component_type=names.FUNCTION_URL,
            component_id=host(url),
            arn=url.arn,
            because="the URL's auth type is NONE",
        ),
        *(
            Hop(
                component_type=names.FUNCTION_PERMISSION,
                component_id=url.arn,
                arn=url.arn,
                rule=sid,
                because=f"statement {sid} of the resource policy lets everybody call it",
            )
            for sid in reached.statements
        ),
        Hop(
            component_type=names.FUNCTION,
            component_id=url.arn,
            arn=url.arn,
            because="the function answers its URL",
        ),
    )
    return Exposure(
        edge=EDGE,
        resource=url.function,
        transport=Transport.TCP,
        ports=_HTTPS,
        sources=(*to_cidrs(sources.v4, Family.V4), *to_cidrs(sources.v6, Family.V6)),
        return_path=True,
        path=path,
        address=host(url),
        inspector_path=tuple(
            Hop(component_type=hop.component_type, component_id=hop.component_id, arn=hop.arn)
            for hop in path
        ),
        whole=sources == EVERYBODY,
        account=url.account,
        region=url.region,
    )
