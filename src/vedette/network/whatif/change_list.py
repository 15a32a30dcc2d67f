"""Changes in our own words: `closing_changes[].changes` as they are reported, and additions.

    {"changes": [{"kind": "authorize-security-group-rule", "component": "sg-1", "protocol": "tcp", "ports": 443,
                  "source": "0.0.0.0/0"}]}

Each is an object with `kind`, `component` and what the kind needs: `rule`, `protocol`, `ports` (one, or first and
last), `source` (a block, group or prefix list), `target`, `action`, `egress`.
"""

import re
from collections.abc import Callable, Mapping

import msgspec

from vedette.errors import ParseError
from vedette.network import described as aws
from vedette.network.snapshot import Snapshot
from vedette.network.whatif import doors, entries, filters, hosts, paths
from vedette.network.whatif.change_services import SERVICES
from vedette.network.whatif.change_wanted import Wanted
from vedette.network.whatif.draft import Draft
from vedette.network.whatif.planned import Ledger, Planned

FORM = "changes"
_MOST = 10_000
_EVERYWHERE = {"ICMPV6": "::/0"}
_DENIED = re.compile(r"inbound deny (TCP|UDP|ICMP|ICMPV6) (\d+)-(\d+) from (\S+)")
"""What `deny-in-network-acl` says of itself in `note`."""


def apply_changes(snapshot: Snapshot, document: object) -> Planned:
    """Apply a list of changes. ParseError if it makes no sense."""
    listed = document.get("changes") if isinstance(document, Mapping) else document
    try:
        wanted = msgspec.convert(listed, tuple[Wanted, ...])
    except msgspec.ValidationError as error:
        raise ParseError(f"not a list of changes: {error}") from error
    if len(wanted) > _MOST:
        raise ParseError(f"more than {_MOST} changes")
    ledger = Ledger(Draft(snapshot))
    for index, change in enumerate(wanted):
        kind = KINDS.get(change.kind)
        if kind is None:
            raise ParseError(f"there is no kind {change.kind!r}", f"changes[{index}]")
        try:
            ledger.attempt(change.component, change.kind, lambda: kind(ledger.draft, change))  # noqa: B023 - called at once
        except ParseError as error:
            raise error.within(f"changes[{index}]") from None
    return ledger.planned(FORM)


def _rule(change: Wanted) -> aws.IpPermission:
    return filters.permission(change.named("protocol"), change.span, change.named("source"))


def _authorize(draft: Draft, change: Wanted) -> None:
    filters.authorize(draft, change.component, (_rule(change),), egress=change.egress)


def _revoke(draft: Draft, change: Wanted) -> None:
    if change.rule is None:
        filters.revoke(draft, change.component, (_rule(change),), egress=change.egress)
    else:
        filters.revoke_by_id(draft, change.component, change.named("rule"))


def _attach_group(draft: Draft, change: Wanted) -> None:
    known = hosts.groups_of(draft, change.component)
    hosts.set_groups(draft, change.component, (*known, change.named("rule")))


def _detach_group(draft: Draft, change: Wanted) -> None:
    hosts.detach_group(draft, change.component, change.named("rule"))


def _deny(draft: Draft, change: Wanted) -> None:
    """With its own members, or with those that the note of a closing change says."""
    said = _DENIED.fullmatch(change.note)
    if said is not None and change.protocol is None:
        protocol, first, last, block = said.groups()
        span: tuple[int, int] | None = (int(first), int(last))
    else:
        protocol, span = change.named("protocol"), change.span
        block = change.source or _EVERYWHERE.get(protocol.upper(), "0.0.0.0/0")
    entry = filters.entry(change.number, "deny", protocol, block, egress=False)
    filters.put_entry(draft, change.component, with_ports(entry, span))


def _put_entry(draft: Draft, change: Wanted) -> None:
    entry = filters.entry(
        change.number,
        change.named("action"),
        change.named("protocol"),
        change.named("source"),
        egress=change.egress,
    )
    filters.put_entry(draft, change.component, with_ports(entry, change.span))


def with_ports(entry: aws.NetworkAclEntry, span: tuple[int, int] | None) -> aws.NetworkAclEntry:
    """The entry about these ports; of ICMP about the type and code that `type * 256 + code` is."""
    if span is None:
        if entry.protocol in {"6", "17"}:
            span = (0, 65535)
        elif entry.protocol in {"1", "58"}:
            return msgspec.structs.replace(entry, icmp_type_code=aws.IcmpTypeCode(type=-1, code=-1))
        else:
            return entry
    if entry.protocol in {"1", "58"}:
        return msgspec.structs.replace(entry, icmp_type_code=_icmp(*span))
    return msgspec.structs.replace(entry, port_range=aws.PortSpan(from_=span[0], to=span[1]))


def _icmp(first: int, last: int) -> aws.IcmpTypeCode:
    """The type and code of a span that one entry can be about. ParseError of any other."""
    kind, code = divmod(first, 256)
    if first == last:
        return aws.IcmpTypeCode(type=kind, code=code)
    if (first, last) == (0, 65535):
        return aws.IcmpTypeCode(type=-1, code=-1)
    if code == 0 and last == first + 255:
        return aws.IcmpTypeCode(type=kind, code=-1)
    raise ParseError(f"{first}-{last} is not one ICMP type with one code or all")


def _drop_entry(draft: Draft, change: Wanted) -> None:
    filters.drop_entry(draft, change.component, change.number, egress=change.egress)


def _create_route(draft: Draft, change: Wanted) -> None:
    new = paths.route(change.named("rule"), change.named("target"))
    paths.put_route(draft, change.component, new)


def _remove_route(draft: Draft, change: Wanted) -> None:
    paths.drop_route(draft, change.component, change.named("rule"))


def _associate_table(draft: Draft, change: Wanted) -> None:
    paths.associate_table(draft, change.component, change.named("target"))


def _associate_acl(draft: Draft, change: Wanted) -> None:
    filters.associate_acl(draft, change.component, change.named("target"))


def _associate_address(draft: Draft, change: Wanted) -> None:
    hosts.associate_address(draft, change.component, change.named("rule"), change.target)


def _release_address(draft: Draft, change: Wanted) -> None:
    hosts.release_address(draft, change.component, change.named("rule"))


def _attach_gateway(draft: Draft, change: Wanted) -> None:
    vpc = change.named("target")
    place = draft.place_of(aws.Vpc, vpc)
    paths.attach_internet_gateway(draft, change.component, vpc, place)


def _detach_gateway(draft: Draft, change: Wanted) -> None:
    paths.detach_internet_gateway(draft, change.component)


def _detach_vpn(draft: Draft, change: Wanted) -> None:
    paths.detach_vpn_gateway(draft, change.component)


def _delete_peering(draft: Draft, change: Wanted) -> None:
    paths.delete_peering(draft, change.component)


def _block(draft: Draft, change: Wanted) -> None:
    account, _, region = change.component.partition("/")
    paths.block_public_access(draft, account, region, change.named("rule"))


def _delete_listener(draft: Draft, change: Wanted) -> None:
    entries.drop_listener(draft, change.component, change.named("rule"))


def _make_internal(draft: Draft, change: Wanted) -> None:
    entries.make_internal(draft, change.component)


def _register(draft: Draft, change: Wanted) -> None:
    port = change.span[0] if change.span else None
    entries.register(draft, change.component, aws.Target(id=change.named("rule"), port=port))


def _deregister(draft: Draft, change: Wanted) -> None:
    entries.deregister(draft, change.component, change.named("rule"))


def _set_auth(draft: Draft, change: Wanted) -> None:
    entries.set_auth(draft, change.component, change.named("rule"))


def _drop_permission(draft: Draft, change: Wanted) -> None:
    place = entries.place_of_function(draft, change.component)
    entries.drop_statement(draft, place, change.component, change.named("rule"))


def _disable_api(draft: Draft, change: Wanted) -> None:
    doors.disable_endpoint(draft, change.component)


def _drop_api_statement(draft: Draft, change: Wanted) -> None:
    doors.drop_statement(draft, change.component, change.named("rule"))


def _authorize_api(draft: Draft, change: Wanted) -> None:
    doors.authorize(draft, change.component, change.named("rule"))


KINDS: dict[str, Callable[[Draft, Wanted], None]] = {
    **SERVICES,
    "associate-address": _associate_address,
    "associate-network-acl": _associate_acl,
    "associate-route-table": _associate_table,
    "attach-internet-gateway": _attach_gateway,
    "attach-security-group": _attach_group,
    "authorize-security-group-rule": _authorize,
    "block-public-access": _block,
    "create-network-acl-entry": _put_entry,
    "create-route": _create_route,
    "delete-listener": _delete_listener,
    "delete-network-acl-entry": _drop_entry,
    "delete-vpc-peering-connection": _delete_peering,
    "deny-in-network-acl": _deny,
    "deregister-target": _deregister,
    "detach-internet-gateway": _detach_gateway,
    "detach-security-group": _detach_group,
    "detach-vpn-gateway": _detach_vpn,
    "disable-api-endpoint": _disable_api,
    "make-load-balancer-internal": _make_internal,
    "register-target": _register,
    "release-address": _release_address,
    "remove-api-policy-statement": _drop_api_statement,
    "remove-function-permission": _drop_permission,
    "remove-route": _remove_route,
    "require-api-authorization": _authorize_api,
    "revoke-security-group-rule": _revoke,
    "set-function-url-auth": _set_auth,
    "unassign-ipv6-address": _release_address,
}
"""Every kind of change, by name."""
