"""Security groups, their rules, and network ACLs."""

from collections.abc import Iterator

import msgspec

from vedette.errors import ParseError
from vedette.network import described as aws
from vedette.network.whatif import filters
from vedette.network.whatif.draft import AbsentError
from vedette.network.whatif.resource import View, changed, kind, place_of

_EVERY = frozenset({"-1", "all"})
_SOURCES = ("cidr_blocks", "ipv6_cidr_blocks", "prefix_list_ids", "security_groups")
_DIRECTIONS = (("ingress", False), ("egress", True))


def _put_group(old: View | None, new: View) -> None:
    draft = new.draft
    if old is None:
        vpc = new.text("vpc_id")
        place = place_of(draft, (aws.Vpc, vpc))
        draft.put(aws.SecurityGroup(group_id=new.identity, vpc_id=vpc), place)
    draft.find(aws.SecurityGroup, new.identity)
    for name, egress in _DIRECTIONS:
        if changed(old, new, name):
            before = set(_inline(old, name)) if old is not None else set()
            after = set(_inline(new, name))
            filters.revoke(draft, new.identity, _sorted(before - after), egress=egress)
            filters.authorize(draft, new.identity, _sorted(after - before), egress=egress)


def _sorted(rules: set[aws.IpPermission]) -> list[aws.IpPermission]:
    return sorted(rules, key=repr)


def _inline(view: View, name: str) -> Iterator[aws.IpPermission]:
    for block in view.blocks(name):
        yield from _rules(block, view.identity)


def _rules(view: View, group: str) -> Iterator[aws.IpPermission]:
    """One rule for each source."""
    protocol, ports = _scope(view, "protocol")
    sources = [one for name in _SOURCES for one in _listed(view, name)]
    if view.flag("self"):
        sources.append(group)
    single = view.text("source_security_group_id")
    if single is not None:
        sources.append(_group(view, single))
    for source in sources:
        yield filters.permission(protocol, ports, source)


def _listed(view: View, name: str) -> Iterator[str]:
    for one in view.texts(name):
        yield _group(view, one) if name == "security_groups" else one


def _group(view: View, text: str) -> str:
    """The id of a group, which may stand behind its account. ParseError of a name."""
    identity = text.rpartition("/")[2]
    if not identity.startswith("sg-"):
        raise ParseError(f"{text!r} is not the id of a security group", view.address)
    return identity


def _scope(view: View, name: str) -> tuple[str, tuple[int, int] | None]:
    protocol = view.needed(name)
    first, last = view.number("from_port"), view.number("to_port")
    if protocol.lower() in _EVERY or (first is None and last is None):
        return protocol, None
    if first is None or last is None:
        raise AbsentError(view.address, "one of its ports is not known")
    return protocol, (first, last)


def _remove_group(old: View) -> None:
    old.draft.drop(aws.SecurityGroup, old.identity)


def _put_rule(old: View | None, new: View) -> None:
    if old is not None:
        _remove_rule(old)
    group = new.needed("security_group_id")
    filters.authorize(new.draft, group, _rules(new, group), egress=_is_egress(new))


def _remove_rule(old: View) -> None:
    group = old.needed("security_group_id")
    filters.revoke(old.draft, group, _rules(old, group), egress=_is_egress(old))


def _is_egress(view: View) -> bool:
    direction = view.needed("type")
    if direction not in {"ingress", "egress"}:
        raise ParseError(f"{direction!r} is neither ingress nor egress", view.address)
    return direction == "egress"


_ONE_SOURCE = ("cidr_ipv4", "cidr_ipv6", "prefix_list_id", "referenced_security_group_id")


def _single(view: View) -> aws.IpPermission:
    protocol, ports = _scope(view, "ip_protocol")
    sources = [one for one in map(view.text, _ONE_SOURCE) if one is not None]
    if len(sources) != 1:
        raise AbsentError(view.address, "its source is not known")
    source = sources[0]
    if view.text("referenced_security_group_id") is not None:
        source = _group(view, source)
    return filters.permission(protocol, ports, source)


def _put_ingress(old: View | None, new: View) -> None:
    if old is not None:
        _remove_ingress(old)
    filters.authorize(new.draft, new.needed("security_group_id"), (_single(new),))


def _remove_ingress(old: View) -> None:
    filters.revoke(old.draft, old.needed("security_group_id"), (_single(old),))


def _put_egress(old: View | None, new: View) -> None:
    if old is not None:
        _remove_egress(old)
    filters.authorize(new.draft, new.needed("security_group_id"), (_single(new),), egress=True)


def _remove_egress(old: View) -> None:
    filters.revoke(old.draft, old.needed("security_group_id"), (_single(old),), egress=True)


# -- network ACLs -----------------------------------------------------------------------------------------------------


def _put_acl(old: View | None, new: View) -> None:
    draft = new.draft
    if old is None and not draft.has(aws.NetworkAcl, new.identity):
        vpc = new.text("vpc_id")
        draft.put(
            aws.NetworkAcl(network_acl_id=new.identity, vpc_id=vpc), place_of(draft, (aws.Vpc, vpc))
        )
    draft.find(aws.NetworkAcl, new.identity)
    for name, egress in _DIRECTIONS:
        if changed(old, new, name):
            _set_entries(old, new, name, egress=egress)
    if changed(old, new, "subnet_ids"):
        before = frozenset(old.texts("subnet_ids")) if old is not None else frozenset()
        after = frozenset(new.texts("subnet_ids"))
        for subnet in sorted(before - after):
            filters.associate_acl(draft, None, subnet)
        for subnet in sorted(after - before):
            filters.associate_acl(draft, new.identity, subnet)


def _set_entries(old: View | None, new: View, name: str, *, egress: bool) -> None:
    before = {
        _entry(block, "rule_no", "action", egress=egress)
        for block in (old.blocks(name) if old is not None else ())
    }
    after = {_entry(block, "rule_no", "action", egress=egress) for block in new.blocks(name)}
    for entry in sorted(before - after, key=repr):
        filters.drop_entry(new.draft, new.identity, entry.rule_number, egress=egress)
    for entry in sorted(after - before, key=repr):
        filters.put_entry(new.draft, new.identity, entry)


def _entry(view: View, number: str, action: str, *, egress: bool) -> aws.NetworkAclEntry:
    found = view.number(number)
    block = view.text("cidr_block") or view.text("ipv6_cidr_block")
    if found is None or block is None:
        raise AbsentError(view.address, "its number or its block is not known")
    entry = filters.entry(
        found, view.needed(action).lower(), view.needed("protocol"), block, egress=egress
    )
    if entry.protocol in {"1", "58"}:
        code = aws.IcmpTypeCode(
            type=_or_all(view.number("icmp_type")), code=_or_all(view.number("icmp_code"))
        )
        return msgspec.structs.replace(entry, icmp_type_code=code)
    if entry.protocol in {"6", "17"}:
        span = aws.PortSpan(from_=view.number("from_port"), to=view.number("to_port"))
        return msgspec.structs.replace(entry, port_range=span)
    return entry


def _or_all(number: int | None) -> int:
    return -1 if number is None else number


def _remove_acl(old: View) -> None:
    old.draft.drop(aws.NetworkAcl, old.identity)


def _put_acl_rule(old: View | None, new: View) -> None:
    if old is not None:
        _remove_acl_rule(old)
    egress = bool(new.flag("egress"))
    entry = _entry(new, "rule_number", "rule_action", egress=egress)
    filters.put_entry(new.draft, new.needed("network_acl_id"), entry)


def _remove_acl_rule(old: View) -> None:
    number = old.number("rule_number")
    if number is None:
        raise AbsentError(old.address, "its number is not known")
    egress = bool(old.flag("egress"))
    filters.drop_entry(old.draft, old.needed("network_acl_id"), number, egress=egress)


def _put_acl_link(old: View | None, new: View) -> None:
    if old is not None:
        _remove_acl_link(old)
    filters.associate_acl(new.draft, new.needed("network_acl_id"), new.needed("subnet_id"))


def _remove_acl_link(old: View) -> None:
    filters.associate_acl(old.draft, None, old.needed("subnet_id"))


_RULE = "from_port to_port security_group_id"

KINDS = (
    kind(
        "aws_security_group",
        _put_group,
        _remove_group,
        reads="vpc_id ingress egress",
        harmless="revoke_rules_on_delete",
    ),
    kind(
        "aws_security_group_rule",
        _put_rule,
        _remove_rule,
        reads=f"{_RULE} type protocol self source_security_group_id {' '.join(_SOURCES)}",
        harmless="security_group_rule_id",
    ),
    kind(
        "aws_vpc_security_group_ingress_rule",
        _put_ingress,
        _remove_ingress,
        reads=f"{_RULE} ip_protocol {' '.join(_ONE_SOURCE)}",
        harmless="security_group_rule_id",
    ),
    kind(
        "aws_vpc_security_group_egress_rule",
        _put_egress,
        _remove_egress,
        reads=f"{_RULE} ip_protocol {' '.join(_ONE_SOURCE)}",
        harmless="security_group_rule_id",
    ),
    kind("aws_network_acl", _put_acl, _remove_acl, reads="vpc_id ingress egress subnet_ids"),
    kind(
        "aws_default_network_acl",
        _put_acl,
        _remove_acl,
        reads="vpc_id ingress egress subnet_ids",
        harmless="default_network_acl_id",
    ),
    kind(
        "aws_network_acl_rule",
        _put_acl_rule,
        _remove_acl_rule,
        reads="network_acl_id rule_number rule_action egress protocol cidr_block ipv6_cidr_block"
        " from_port to_port icmp_type icmp_code",
    ),
    kind(
        "aws_network_acl_association",
        _put_acl_link,
        _remove_acl_link,
        reads="network_acl_id subnet_id",
    ),
)
