"""Security groups: one rule for each source, with the ids of the rules where they were recorded."""

from collections.abc import Collection, Iterable, Iterator, Mapping

import msgspec

from vedette.errors import ParseError
from vedette.model.network import Transport
from vedette.network import described as aws
from vedette.network.addrset import AddrSet, Family, Span, split_families
from vedette.network.normalise.gather import Gathered, digest_of
from vedette.network.normalise.protocols import (
    ANY,
    ICMP_TRANSPORTS,
    OtherProtocolError,
    icmp_span,
    port_span,
    transport_of,
)
from vedette.network.portset import ALL_PORTS
from vedette.network.topology import GroupRule, SecurityGroup

_RULES = "ec2.describe-security-group-rules"
_RuleKey = tuple[str, str, int, int, str]


def security_groups(gathered: Gathered) -> dict[str, SecurityGroup]:
    """Every described group by id."""
    ids = dict(_rule_ids(gathered, egress=False))
    out: dict[str, SecurityGroup] = {}
    for place in gathered.places:
        for group in place.security_groups:
            out[group.group_id] = _group(
                group.group_id, group.vpc_id, group.ip_permissions, ids, gathered
            )
    for identity, permissions in _from_rules_alone(gathered, egress=False).items():
        out.setdefault(identity, _group(identity, None, permissions, ids, gathered))
    return out


def outbound_groups(gathered: Gathered, wanted: Collection[str]) -> tuple[SecurityGroup, ...]:
    """The wanted groups with their outbound rules in place of the inbound ones: sources are destinations."""
    if not wanted:
        return ()
    ids = dict(_rule_ids(gathered, egress=True))
    permissions: dict[str, Iterable[aws.IpPermission]] = {
        **_from_rules_alone(gathered, egress=True),
        **{
            group.group_id: group.ip_permissions_egress
            for place in gathered.places
            for group in place.security_groups
        },
    }
    return tuple(
        _group(identity, None, permissions[identity], ids, gathered)
        for identity in sorted(wanted)
        if identity in permissions
    )


def _from_rules_alone(gathered: Gathered, *, egress: bool) -> Mapping[str, list[aws.IpPermission]]:
    """Groups of places where only the rules were recorded, rebuilt from them."""
    out: dict[str, list[aws.IpPermission]] = {}
    for place in gathered.places:
        if place.security_groups or not gathered.complete(_RULES, place.account, place.region):
            continue
        for rule in place.security_group_rules:
            permissions = out.setdefault(rule.group_id, [])
            if rule.is_egress is egress:
                permissions.append(_permission(rule))
    return out


def _permission(rule: aws.SecurityGroupRule) -> aws.IpPermission:
    reference = rule.referenced_group_info
    return aws.IpPermission(
        ip_protocol=rule.ip_protocol,
        from_port=rule.from_port,
        to_port=rule.to_port,
        ip_ranges=(aws.IpRange(cidr_ip=rule.cidr_ipv4),) if rule.cidr_ipv4 else (),
        ipv6_ranges=(aws.Ipv6Range(cidr_ipv6=rule.cidr_ipv6),) if rule.cidr_ipv6 else (),
        prefix_list_ids=(aws.PrefixListId(prefix_list_id=rule.prefix_list_id),)
        if rule.prefix_list_id
        else (),
        user_id_group_pairs=(aws.UserIdGroupPair(group_id=reference.group_id),)
        if reference
        else (),
    )


def _rule_ids(gathered: Gathered, *, egress: bool) -> Iterator[tuple[_RuleKey, str]]:
    for place in gathered.places:
        for rule in place.security_group_rules:
            if rule.is_egress is egress:
                permission = _permission(rule)
                for source in _sources(permission):
                    yield _key(rule.group_id, permission, source), rule.security_group_rule_id


def _key(group: str, permission: aws.IpPermission, source: str) -> _RuleKey:
    first = ANY if permission.from_port is None else permission.from_port
    last = ANY if permission.to_port is None else permission.to_port
    return group, permission.ip_protocol.lower(), first, last, source


def _sources(permission: aws.IpPermission) -> Iterator[str]:
    yield from (one.cidr_ip for one in permission.ip_ranges)
    yield from (one.cidr_ipv6 for one in permission.ipv6_ranges)
    yield from (one.prefix_list_id for one in permission.prefix_list_ids)
    yield from (one.group_id or "" for one in permission.user_id_group_pairs)


def _group(
    identity: str,
    vpc: str | None,
    permissions: Iterable[aws.IpPermission],
    ids: Mapping[_RuleKey, str],
    gathered: Gathered,
) -> SecurityGroup:
    rules: list[GroupRule] = []
    others: set[str] = set()
    for permission in permissions:
        try:
            pattern = _pattern(permission)
        except OtherProtocolError:
            others.add(permission.ip_protocol)
            continue
        for source in _sources(permission):
            key = _key(identity, permission, source)
            named = msgspec.structs.replace(
                pattern,
                id=ids.get(key) or "/".join((identity, key[1], f"{key[2]}-{key[3]}", source)),
                source=source,
            )
            rules.extend(_resolved(named, gathered))
    return SecurityGroup(
        id=identity,
        vpc=vpc,
        rules=tuple(rules),
        other_protocols=tuple(sorted(others)),
        digest=digest_of(sorted({_content(rule) for rule in rules}), sorted(others)),
    )


def _pattern(permission: aws.IpPermission) -> GroupRule:
    """The rule without its source; ports that make no sense leave it in doubt."""
    try:
        transport, ports = _scope(permission)
    except OtherProtocolError:
        raise
    except ParseError as error:
        return GroupRule(id="", transport=None, ports=ALL_PORTS, source="", doubt=str(error))
    return GroupRule(id="", transport=transport, ports=ports, source="")


def _resolved(rule: GroupRule, gathered: Gathered) -> Iterator[GroupRule]:
    """The rule with its source as addresses, once for each family, or as a reference."""
    if rule.doubt is not None:
        yield rule
    elif rule.source.startswith("sg-"):
        yield msgspec.structs.replace(rule, reference=rule.source)
    else:
        try:
            v4, v6 = _addresses(rule.source, gathered)
        except ParseError as error:
            yield msgspec.structs.replace(rule, doubt=str(error))
            return
        for family, spans in ((Family.V4, v4), (Family.V6, v6)):
            if spans:
                yield msgspec.structs.replace(rule, family=family, spans=spans)


def _addresses(source: str, gathered: Gathered) -> tuple[AddrSet, AddrSet]:
    if not source.startswith("pl-"):
        return split_families((source,))
    blocks = gathered.prefix_list(source)
    if isinstance(blocks, str):
        raise ParseError(blocks)
    return split_families(blocks)


def _content(rule: GroupRule) -> tuple[str, ...]:
    parts = (rule.transport, rule.ports, rule.family, rule.spans, rule.reference, rule.doubt)
    return tuple(repr(part) for part in parts)


def _scope(permission: aws.IpPermission) -> tuple[Transport | None, Span]:
    transport = transport_of(permission.ip_protocol)
    if transport is None:
        return None, ALL_PORTS
    if transport in ICMP_TRANSPORTS:
        return transport, icmp_span(permission.from_port, permission.to_port)
    return transport, port_span(permission.from_port, permission.to_port)
