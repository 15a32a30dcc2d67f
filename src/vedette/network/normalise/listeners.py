"""Listeners and their rules: which clients' requests can be forwarded to which target groups.

Source: Application Load Balancer guide, "Listener rules": rules are tried by priority, the first whose conditions all
hold decides, the default comes last. A client chooses its host, path, headers, method and query, but not its address,
so that a `source-ip` condition narrows the clients and any other is one that some request meets. A rule whose requests
all meet an earlier one is never used.
"""

from collections.abc import Callable, Iterable, Iterator

import msgspec

from vedette.errors import ParseError
from vedette.model.network import Transport
from vedette.network import described as aws
from vedette.network.addrset import (
    AddrSet,
    Family,
    everything,
    intersect,
    split_families,
    subtract,
    union,
)
from vedette.network.balancing import Forward, Listener, TargetGroup

_BOTH = (Transport.TCP, Transport.UDP)
TRANSPORTS: dict[str, tuple[Transport, ...]] = {
    "HTTP": (Transport.TCP,),
    "HTTPS": (Transport.TCP,),
    "TCP": (Transport.TCP,),
    "SSL": (Transport.TCP,),
    "TLS": (Transport.TCP,),
    "UDP": (Transport.UDP,),
    "TCP_UDP": _BOTH,
    "QUIC": (Transport.UDP,),
    "TCP_QUIC": _BOTH,
}
"""Protocols of listeners and target groups (elbv2 API, ProtocolEnum; elb API, Listener)."""

_LAST = 1 << 31
_SOURCE = "source-ip"
_CATCH_ALL = {"path-pattern": frozenset({"*", "/*"}), "host-header": frozenset({"*"})}
_AUTHENTICATED = "authenticated"

Groups = Callable[[str], TargetGroup]
"""A target group by ARN."""


class _Condition(msgspec.Struct, frozen=True, kw_only=True):
    """A condition that the client can choose to meet: what it looks at, and which values meet it."""

    subject: str
    values: frozenset[str]


class _Match(msgspec.Struct, frozen=True, kw_only=True):
    """Which requests a rule takes: from these sources, with all of these chosen by the client."""

    chosen: tuple[_Condition, ...]
    sources: tuple[tuple[Family, AddrSet], ...]

    def takes_all_of(self, other: "_Match") -> bool:
        """Whether every request of the other rule meets this one's conditions, but for the source."""
        return all(
            any(
                theirs.subject == mine.subject and theirs.values <= mine.values
                for theirs in other.chosen
            )
            for mine in self.chosen
        )


def listener_of(
    described: aws.Listener, rules: tuple[aws.Rule, ...] | None, groups: Groups
) -> Listener:
    """One listener; without `rules` its default action alone decides. ParseError if it makes no sense."""
    if described.port is None or described.protocol not in TRANSPORTS:
        raise ParseError(f"it listens with {described.protocol} on port {described.port}")
    if rules is None:
        default = aws.Rule(rule_arn=described.listener_arn, actions=described.default_actions)
        rules = (default,)
    mutual = described.mutual_authentication
    return Listener(
        id=described.listener_arn,
        port=described.port,
        transports=TRANSPORTS[described.protocol],
        forwards=tuple(_forwards(rules, groups)),
        labels=("client-certificate",) if mutual and mutual.mode == "verify" else (),
    )


def _forwards(rules: Iterable[aws.Rule], groups: Groups) -> Iterator[Forward]:
    earlier: list[_Match] = []
    for rule in sorted(rules, key=_priority):
        match = _match(rule)
        sources = tuple(
            (family, subtract(own, _taken(earlier, match, family))) for family, own in match.sources
        )
        earlier.append(match)
        if any(part for _, part in sources):
            labels = tuple(_labels(rule.actions))
            for arn in _targets(rule.actions):
                yield Forward(rule=rule.rule_arn, group=groups(arn), sources=sources, labels=labels)


def _priority(rule: aws.Rule) -> int:
    if rule.is_default or rule.priority == "default":
        return _LAST
    try:
        return int(rule.priority)
    except ValueError as error:
        raise ParseError(f"{rule.priority!r} is not a priority", rule.rule_arn) from error


def _taken(earlier: list[_Match], match: _Match, family: Family) -> AddrSet:
    return union(dict(one.sources)[family] for one in earlier if one.takes_all_of(match))


def _match(rule: aws.Rule) -> _Match:
    chosen = []
    v4, v6 = everything(Family.V4), everything(Family.V6)
    for condition in rule.conditions:
        subject, values = _subject(condition), _values(condition)
        if subject == _SOURCE:
            four, six = split_families(values)
            v4, v6 = intersect(v4, four), intersect(v6, six)
        elif not values & _CATCH_ALL.get(subject, frozenset()):
            chosen.append(_Condition(subject=subject, values=values))
    return _Match(chosen=tuple(chosen), sources=((Family.V4, v4), (Family.V6, v6)))


def _subject(condition: aws.Condition) -> str:
    """The field; a header's name is a part of it."""
    header = condition.http_header_config
    name = f":{(header.http_header_name or '').lower()}" if header else ""
    return f"{condition.field}{name}"


def _values(condition: aws.Condition) -> frozenset[str]:
    configs = (
        condition.host_header_config,
        condition.path_pattern_config,
        condition.http_header_config,
        condition.http_request_method_config,
        condition.source_ip_config,
    )
    values = [*condition.values, *(f"regex {one}" for one in condition.regex_values)]
    values += [value for config in configs if config is not None for value in config.values]
    query = condition.query_string_config
    values += [f"{pair.key or ''}={pair.value or ''}" for pair in (query.values if query else ())]
    return frozenset(values)


def _targets(actions: Iterable[aws.Action]) -> list[str]:
    """The groups that a rule forwards to with a weight; redirects and fixed responses forward to none."""
    out: list[str] = []
    for action in actions:
        if action.type != "forward":
            continue
        weighted = action.forward_config.target_groups if action.forward_config else ()
        if weighted:
            out += [one.target_group_arn for one in weighted if one.weight != 0]
        elif action.target_group_arn:
            out.append(action.target_group_arn)
    return out


def _labels(actions: Iterable[aws.Action]) -> Iterator[str]:
    for action in actions:
        config = action.authenticate_oidc_config or action.authenticate_cognito_config
        if action.type == "jwt-validation" or (
            action.type.startswith("authenticate-")
            and (config is None or config.on_unauthenticated_request != "allow")
        ):
            yield _AUTHENTICATED
            return
