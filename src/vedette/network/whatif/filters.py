"""Edits of security groups and network ACLs."""

from collections.abc import Iterable, Iterator

import msgspec

from vedette.errors import ParseError
from vedette.network import described as aws
from vedette.network.addrset import parse_block
from vedette.network.normalise.protocols import ANY
from vedette.network.whatif.draft import AbsentError, Draft

_NAMES = {"all": "-1", "6": "tcp", "17": "udp", "1": "icmp", "58": "icmpv6"}
_EVERY_PROTOCOL = "-1"

_Key = tuple[str, int, int, str]


def permission(protocol: str, ports: tuple[int, int] | None, source: str) -> aws.IpPermission:
    """One rule as AWS describes it; `source` is a block, or the id of a group or prefix list. ParseError if it is none."""
    first, last = ports or (None, None)
    pattern = aws.IpPermission(
        ip_protocol=_NAMES.get(protocol.lower(), protocol.lower()), from_port=first, to_port=last
    )
    if source.startswith("sg-"):
        pairs = (aws.UserIdGroupPair(group_id=source),)
        return msgspec.structs.replace(pattern, user_id_group_pairs=pairs)
    if source.startswith("pl-"):
        lists = (aws.PrefixListId(prefix_list_id=source),)
        return msgspec.structs.replace(pattern, prefix_list_ids=lists)
    parse_block(source)
    if ":" in source:
        return msgspec.structs.replace(pattern, ipv6_ranges=(aws.Ipv6Range(cidr_ipv6=source),))
    return msgspec.structs.replace(pattern, ip_ranges=(aws.IpRange(cidr_ip=source),))


def authorize(
    draft: Draft, group: str, rules: Iterable[aws.IpPermission], *, egress: bool = False
) -> None:
    """Add rules to a group. AbsentError if it is not described."""
    found = draft.find(aws.SecurityGroup, group)
    _set(draft, found, (*_rules(found, egress=egress), *rules), egress=egress)


def revoke(
    draft: Draft, group: str, rules: Iterable[aws.IpPermission], *, egress: bool = False
) -> None:
    """Take rules out of a group. AbsentError if it is not described or does not have one of them."""
    for rule in rules:
        found = draft.find(aws.SecurityGroup, group)
        for key in _keys(rule):
            kept, gone = _without(_rules(found, egress=egress), key)
            if not gone:
                raise AbsentError(group, f"it has no rule of {key[0]} from {key[3]}")
            found = _set(draft, found, kept, egress=egress)


def revoke_by_id(draft: Draft, group: str, rule: str) -> None:
    """Take out the rule with this id (`sgr-…`), or the inbound rule `GROUP/PROTOCOL/FIRST-LAST/SOURCE`."""
    if draft.has(aws.SecurityGroupRule, rule):
        recorded = draft.find(aws.SecurityGroupRule, rule)
        reference = recorded.referenced_group_info
        source = recorded.cidr_ipv4 or recorded.cidr_ipv6 or recorded.prefix_list_id
        source = source or (reference.group_id if reference else None) or ""
        ports = (recorded.from_port, recorded.to_port)
        key = _key(recorded.ip_protocol, ports, source)
        egress = recorded.is_egress
        draft.drop(aws.SecurityGroupRule, rule)
        if not draft.has(aws.SecurityGroup, recorded.group_id):
            return  # the group is known by its rules alone
    else:
        found = draft.find(aws.SecurityGroup, group)
        named = {_text(group, one, key): key for one in found.ip_permissions for key in _keys(one)}
        if rule not in named:
            raise AbsentError(group, f"it has no rule {rule}")
        key, egress = named[rule], False
    found = draft.find(aws.SecurityGroup, group)
    kept, gone = _without(_rules(found, egress=egress), key)
    if not gone:
        raise AbsentError(group, f"it has no rule of {key[0]} from {key[3]}")
    _set(draft, found, kept, egress=egress)


def put_entry(draft: Draft, acl: str, entry: aws.NetworkAclEntry) -> None:
    """Add an entry, or replace the one with its number and direction."""
    found = draft.find(aws.NetworkAcl, acl)
    entries = (*_other_entries(found, entry.rule_number, egress=entry.egress), entry)
    draft.put(msgspec.structs.replace(found, entries=entries))


def drop_entry(draft: Draft, acl: str, number: int, *, egress: bool) -> None:
    """Take an entry away. AbsentError if there is none of that number."""
    found = draft.find(aws.NetworkAcl, acl)
    kept = _other_entries(found, number, egress=egress)
    if len(kept) == len(found.entries):
        raise AbsentError(acl, f"it has no entry {number}")
    draft.put(msgspec.structs.replace(found, entries=kept))


def associate_acl(draft: Draft, acl: str | None, subnet: str) -> None:
    """Put a subnet under a network ACL; None: under its VPC's default one."""
    if acl is not None:
        draft.find(aws.NetworkAcl, acl)
    for one in draft.every(aws.NetworkAcl):
        kept = tuple(link for link in one.associations if link.subnet_id != subnet)
        if one.network_acl_id == acl:
            kept = (*kept, aws.NetworkAclAssociation(subnet_id=subnet))
        if kept != one.associations:
            draft.put(msgspec.structs.replace(one, associations=kept))


def entry(
    number: int, action: str, protocol: str, block: str, *, egress: bool
) -> aws.NetworkAclEntry:
    """An entry about every port; ParseError if the block is none."""
    if action not in {"allow", "deny"}:
        raise ParseError(f"{action!r} is neither allow nor deny")
    parse_block(block)
    six = ":" in block
    return aws.NetworkAclEntry(
        rule_number=number,
        rule_action=action,
        protocol={"tcp": "6", "udp": "17", "icmp": "1", "icmpv6": "58", "all": "-1"}.get(
            protocol.lower(), protocol
        ),
        egress=egress,
        cidr_block=None if six else block,
        ipv6_cidr_block=block if six else None,
    )


def _other_entries(
    acl: aws.NetworkAcl, number: int, *, egress: bool
) -> tuple[aws.NetworkAclEntry, ...]:
    return tuple(one for one in acl.entries if (one.rule_number, one.egress) != (number, egress))


def _rules(group: aws.SecurityGroup, *, egress: bool) -> tuple[aws.IpPermission, ...]:
    return group.ip_permissions_egress if egress else group.ip_permissions


def _set(
    draft: Draft,
    group: aws.SecurityGroup,
    rules: tuple[aws.IpPermission, ...],
    *,
    egress: bool,
) -> aws.SecurityGroup:
    field = "ip_permissions_egress" if egress else "ip_permissions"
    changed = msgspec.structs.replace(group, **{field: rules})
    draft.put(changed)
    return changed


def _keys(rule: aws.IpPermission) -> Iterator[_Key]:
    """One key for each source, whatever the spelling."""
    for source in _sources(rule):
        yield _key(rule.ip_protocol, (rule.from_port, rule.to_port), source)


def _key(protocol: str, ports: tuple[int | None, int | None], source: str) -> _Key:
    name = _NAMES.get(protocol.lower(), protocol.lower())
    first, last = (ANY if one is None else one for one in ports)
    if name == _EVERY_PROTOCOL:
        first = last = ANY
    return name, first, last, _spelled(source)


def _spelled(source: str) -> str:
    """A block without host bits and in one spelling; anything else as it is."""
    try:
        family, span, length = parse_block(source)
    except ParseError:
        return source
    return f"{family}/{span[0]}/{length}"


def _text(group: str, rule: aws.IpPermission, key: _Key) -> str:
    """The name that the analysis gives a rule without an id."""
    first = ANY if rule.from_port is None else rule.from_port
    last = ANY if rule.to_port is None else rule.to_port
    source = next(one for one in _sources(rule) if _spelled(one) == key[3])
    return "/".join((group, rule.ip_protocol.lower(), f"{first}-{last}", source))


def _sources(rule: aws.IpPermission) -> Iterator[str]:
    yield from (one.cidr_ip for one in rule.ip_ranges)
    yield from (one.cidr_ipv6 for one in rule.ipv6_ranges)
    yield from (one.prefix_list_id for one in rule.prefix_list_ids)
    yield from (one.group_id or "" for one in rule.user_id_group_pairs)


def _without(
    rules: Iterable[aws.IpPermission], key: _Key
) -> tuple[tuple[aws.IpPermission, ...], bool]:
    """The rules without one source of one of them, and whether there was one."""
    out: list[aws.IpPermission] = []
    gone = False
    for rule in rules:
        ports = (rule.from_port, rule.to_port)
        if _key(rule.ip_protocol, ports, "")[:3] != key[:3]:
            out.append(rule)
            continue
        fewer = _stripped(rule, key[3])
        gone = gone or fewer != rule
        if any(_sources(fewer)):
            out.append(fewer)
    return tuple(out), gone


def _stripped(rule: aws.IpPermission, source: str) -> aws.IpPermission:
    return msgspec.structs.replace(
        rule,
        ip_ranges=tuple(one for one in rule.ip_ranges if _spelled(one.cidr_ip) != source),
        ipv6_ranges=tuple(one for one in rule.ipv6_ranges if _spelled(one.cidr_ipv6) != source),
        prefix_list_ids=tuple(one for one in rule.prefix_list_ids if one.prefix_list_id != source),
        user_id_group_pairs=tuple(
            one for one in rule.user_id_group_pairs if one.group_id != source
        ),
    )
