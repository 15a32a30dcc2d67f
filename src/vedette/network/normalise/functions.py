"""Lambda function URLs with the resource policy that goes with each."""

from collections.abc import Iterator

from vedette.network import described as aws
from vedette.network.calls import GET_POLICY, GET_URL, LIST_URLS
from vedette.network.codes import Code
from vedette.network.normalise.gather import Gathered
from vedette.network.snapshot import Place
from vedette.network.topology import FunctionUrl, Gap

EDGE = "lambda-url"
_ARN_PARTS = 7
"""`arn:aws:lambda:REGION:ACCOUNT:function:NAME`; a qualifier comes after it (Lambda API, FunctionArn)."""
_LATEST = "$LATEST"
_LIST = "lambda.list-functions"


def function_urls(gathered: Gathered) -> tuple[FunctionUrl, ...]:
    """Every recorded function URL, by ARN."""
    out = [_url(gathered, place, url) for place in gathered.places for url in place.function_urls]
    return tuple(sorted(out, key=lambda one: one.arn))


def function_gaps(gathered: Gathered) -> Iterator[Gap]:
    """Functions of which it was not recorded whether they have a URL, and places without a list of functions."""
    for place in gathered.places:
        for gap in place.missing:
            if gap.call == _LIST:
                where = f"{place.account}/{place.region}"
                yield _gap(gap.about, _LIST, f"{_LIST} of {where}: {gap.reason}")
        for function in place.functions:
            name = function.function_name
            known = {f"{LIST_URLS}/{name}", f"{GET_URL}/{name}"} & place.recorded
            if not known:
                yield _gap(
                    function.function_arn,
                    name,
                    gathered.reason(LIST_URLS, place.account, place.region, name),
                )


def _gap(resource: str, component: str, reason: str) -> Gap:
    return Gap(
        edge=EDGE,
        resource=resource,
        code=Code.UNKNOWN_RESOURCE,
        component=component,
        reason=reason,
    )


def _url(gathered: Gathered, place: Place, url: aws.FunctionUrl) -> FunctionUrl:
    parts = url.function_arn.split(":")
    base = ":".join(parts[:_ARN_PARTS])
    name = parts[_ARN_PARTS - 1] if len(parts) >= _ARN_PARTS else url.function_arn
    qualifier = parts[_ARN_PARTS] if len(parts) > _ARN_PARTS else _LATEST
    alias = None if qualifier == _LATEST else qualifier
    states = {one.state for one in place.functions if one.function_arn == base}
    found = [
        policy
        for policy in place.function_policies
        if policy.function in {name, base} and policy.qualifier in {alias, qualifier}
    ]
    item = name if alias is None else f"{name}:{alias}"
    return FunctionUrl(
        arn=url.function_arn,
        function=base,
        url=url.function_url,
        auth_type=url.auth_type,
        account=place.account,
        region=place.region,
        created=url.creation_time,
        policy=found[0].document if found else None,
        doubt=None if found else gathered.reason(GET_POLICY, place.account, place.region, item),
        failed="Failed" in states,
    )
