"""Which changes would close what is reached above the network: function URLs and APIs.

Candidates are the auth type, each statement of the resource policy that lets somebody in, and of an API each door's
authorization and its own endpoint. Each set is judged again; sets are minimal, as with other exposures.
"""

from collections.abc import Callable, Iterable, Iterator
from itertools import combinations, islice
from typing import Generic, TypeVar

import msgspec

from vedette.model.network import ClosingChange, Exposure, NetworkChange, NotReachable, UnknownReach
from vedette.network.api_answers import judge_apis
from vedette.network.apis import Api, Authorization
from vedette.network.cuts import everything_wanted
from vedette.network.functions import host, judge_functions
from vedette.network.reach import Reach
from vedette.network.topology import FunctionUrl, Topology

_LARGEST = 3
_MOST_TRIALS = 150

_Entry = TypeVar("_Entry", FunctionUrl, Api)
_Answers = Iterator[Exposure | NotReachable | UnknownReach]


class _Candidate(msgspec.Struct, Generic[_Entry], frozen=True):
    """A change as it is reported, and what it makes of an entry."""

    change: NetworkChange
    apply: Callable[[_Entry], _Entry]


def with_entry_cuts(
    answers: Reach, topology: Topology, wanted: Callable[[str], bool] = everything_wanted
) -> Reach:
    """The answers with closing changes for the exposures of function URLs and APIs that have none, of what is wanted."""
    urls = {(url.function, host(url)): url for url in topology.function_urls}
    apis = {(api.target, api.host): api for api in topology.apis}

    def closed(one: Exposure) -> Exposure:
        key = (one.resource, one.address or "")
        if one.interface is not None or one.closing_changes or not wanted(one.resource):
            return one
        if key in urls:
            changes = tuple(_closing(urls[key], _of_url(urls[key]), judge_functions))
        elif key in apis:
            changes = tuple(_closing(apis[key], _of_api(apis[key]), judge_apis))
        else:
            return one
        return msgspec.structs.replace(one, closing_changes=changes)

    return msgspec.structs.replace(answers, exposures=tuple(map(closed, answers.exposures)))


def _closing(
    entry: _Entry,
    candidates: Iterable[_Candidate[_Entry]],
    judge: Callable[[tuple[_Entry, ...]], _Answers],
) -> Iterator[ClosingChange]:
    """The smallest sets after which nothing is let in, for certain."""

    def closes(chosen: Iterable[_Candidate[_Entry]]) -> bool:
        changed = entry
        for one in chosen:
            changed = one.apply(changed)
        return all(isinstance(answer, NotReachable) for answer in judge((changed,)))

    found: list[tuple[_Candidate[_Entry], ...]] = []
    weak: list[_Candidate[_Entry]] = []
    for candidate in candidates:
        if closes((candidate,)):
            found.append((candidate,))
        else:
            weak.append(candidate)
    for chosen in _combined(weak, _STATEMENT[type(entry)]):
        known = any(set(map(id, one)) <= set(map(id, chosen)) for one in found)
        if len(chosen) > 1 and not known and closes(chosen):
            found.append(chosen)
    for chosen in sorted(found, key=len):
        yield ClosingChange(changes=tuple(sorted(one.change for one in chosen)))


def _combined(
    weak: list[_Candidate[_Entry]], statement: str
) -> Iterator[tuple[_Candidate[_Entry], ...]]:
    """Small sets first; then all doors, and all statements, however many."""
    for size in range(2, _LARGEST + 1):
        yield from islice(combinations(weak, size), _MOST_TRIALS)
    for kind in (_AUTHORIZE, statement):
        yield tuple(one for one in weak if one.change.kind == kind)


_AUTHORIZE = "require-api-authorization"
_STATEMENT = {FunctionUrl: "remove-function-permission", Api: "remove-api-policy-statement"}


def _of_url(url: FunctionUrl) -> Iterator[_Candidate[FunctionUrl]]:
    yield _Candidate(
        NetworkChange(kind="set-function-url-auth", component=url.arn, rule="AWS_IAM"),
        lambda entry: msgspec.structs.replace(entry, auth_type="AWS_IAM"),
    )
    for sid in _allowing(url.policy):

        def without(entry: FunctionUrl, sid: str = sid) -> FunctionUrl:
            return msgspec.structs.replace(entry, policy=_without(entry.policy, sid))

        change = NetworkChange(kind=_STATEMENT[FunctionUrl], component=url.arn, rule=sid)
        yield _Candidate(change, without)


def _of_api(api: Api) -> Iterator[_Candidate[Api]]:
    yield _Candidate(
        NetworkChange(kind="disable-api-endpoint", component=api.id),
        lambda entry: msgspec.structs.replace(entry, disabled=True),
    )
    for sid in _allowing(api.policy):

        def without(entry: Api, sid: str = sid) -> Api:
            return msgspec.structs.replace(entry, policy=_without(entry.policy, sid))

        yield _Candidate(NetworkChange(kind=_STATEMENT[Api], component=api.id, rule=sid), without)
    for index, door in enumerate(api.doors):

        def asked(entry: Api, index: int = index) -> Api:
            doors = list(entry.doors)
            doors[index] = msgspec.structs.replace(doors[index], authorization=Authorization.IAM)
            return msgspec.structs.replace(entry, doors=tuple(doors))

        rule = f"{door.stage}/{door.name}"
        yield _Candidate(NetworkChange(kind=_AUTHORIZE, component=api.id, rule=rule), asked)


def _statements(policy: str | None) -> list[dict[str, object]]:
    """The statements of a policy that has been read before; none if there is none."""
    found = msgspec.json.decode(policy).get("Statement", ()) if policy else ()
    return [found] if isinstance(found, dict) else list(found)


def _allowing(policy: str | None) -> Iterator[str]:
    for statement in _statements(policy):
        sid = statement.get("Sid")
        if statement.get("Effect") == "Allow" and isinstance(sid, str):
            yield sid


def _without(policy: str | None, sid: str) -> str | None:
    kept = [one for one in _statements(policy) if one.get("Sid") != sid]
    if not kept:
        return None
    return msgspec.json.encode({"Version": "2012-10-17", "Statement": kept}).decode()
