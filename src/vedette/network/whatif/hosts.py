"""Edits of network interfaces, their addresses and groups, and instances."""

from collections.abc import Iterable, Iterator

import msgspec

from vedette.errors import ParseError
from vedette.network import described as aws
from vedette.network.addrset import Family, address_text, parse_address, parse_block
from vedette.network.whatif.draft import AbsentError, Draft
from vedette.network.whatif.paths import spelled

_RESERVED = 4
"""The first addresses of a subnet are AWS's (VPC user guide, "Subnet CIDR blocks")."""

NO_RULES = "sg-without-rules"
"""Stands for a group that an interface keeps when its last one is detached."""

STAND_IN = "192.0.2.0"
"""Stands for public addresses that AWS gives when something is made (RFC 5737, TEST-NET-1)."""


def set_groups(draft: Draft, interface: str, groups: Iterable[str]) -> None:
    """Give an interface these security groups and no others."""
    found = draft.find(aws.NetworkInterface, interface)
    chosen = tuple(aws.GroupIdentifier(group_id=one) for one in dict.fromkeys(groups))
    draft.put(msgspec.structs.replace(found, groups=chosen))


def detach_group(draft: Draft, interface: str, group: str) -> None:
    """Take a group off an interface; instead of the last one it gets one that lets nothing in. AbsentError without it."""
    known = groups_of(draft, interface)
    if group not in known:
        raise AbsentError(interface, f"it is not in {group}")
    kept = [one for one in known if one != group]
    if not kept:
        kept = [NO_RULES]
        place = draft.place_of(aws.NetworkInterface, interface)
        draft.put(aws.SecurityGroup(group_id=NO_RULES), place)
    set_groups(draft, interface, kept)


def groups_of(draft: Draft, interface: str) -> tuple[str, ...]:
    """The security groups of an interface."""
    return tuple(one.group_id for one in draft.find(aws.NetworkInterface, interface).groups)


def primary_interface(draft: Draft, instance: str) -> str:
    """The instance's interface of device index 0. AbsentError if it is not described."""
    found = list(interfaces_of(draft, instance))
    for one in found:
        if one.attachment is not None and one.attachment.device_index == 0:
            return one.network_interface_id
    if len(found) == 1:
        return found[0].network_interface_id
    raise AbsentError(instance, "its primary network interface was not described")


def interfaces_of(draft: Draft, instance: str) -> Iterator[aws.NetworkInterface]:
    """Every interface that is attached to an instance."""
    for one in draft.every(aws.NetworkInterface):
        if one.attachment is not None and one.attachment.instance_id == instance:
            yield one


def associate_address(
    draft: Draft, interface: str, public: str, private: str | None = None
) -> None:
    """Give one private address (the primary one) of an interface a public address, which leaves any other."""
    if parse_address(public)[0] is not Family.V4:
        raise ParseError(f"{public!r} is not an IPv4 address")
    found = draft.find(aws.NetworkInterface, interface)
    addresses = private_addresses(found)
    wanted = private or next((one.private_ip_address for one in addresses if one.primary), None)
    if wanted not in {one.private_ip_address for one in addresses}:
        raise AbsentError(interface, f"it has no address {wanted}")
    release_everywhere(draft, public)
    found = draft.find(aws.NetworkInterface, interface)
    association = aws.Association(public_ip=public)
    draft.put(
        msgspec.structs.replace(
            found,
            private_ip_addresses=tuple(
                msgspec.structs.replace(one, association=association)
                if one.private_ip_address == wanted
                else one
                for one in private_addresses(found)
            ),
            association=None,
        )
    )


def release_address(draft: Draft, interface: str, address: str) -> None:
    """Take a public IPv4 address, or an IPv6 address, from an interface. AbsentError if it does not have it."""
    before = draft.find(aws.NetworkInterface, interface)
    if parse_address(address)[0] is Family.V6:
        kept = tuple(
            one for one in before.ipv6_addresses if spelled(one.ipv6_address) != spelled(address)
        )
        if kept == before.ipv6_addresses:
            raise AbsentError(interface, f"it has no address {address}")
        draft.put(msgspec.structs.replace(before, ipv6_addresses=kept))
        return
    if not release_everywhere(draft, address, interface):
        raise AbsentError(interface, f"it has no address {address}")


def release_everywhere(draft: Draft, public: str, interface: str | None = None) -> bool:
    """Take a public address from the interface that has it; whether there was one."""
    found = False
    for one in draft.every(aws.NetworkInterface):
        if interface not in {None, one.network_interface_id}:
            continue
        fewer = _without_public(one, public)
        if fewer != one:
            draft.put(fewer)
            found = True
    for address in draft.every(aws.Address):
        if address.public_ip == public and address.network_interface_id is not None:
            draft.put(
                msgspec.structs.replace(address, network_interface_id=None, private_ip_address=None)
            )
            found = True
    return found


def without_public(one: aws.NetworkInterface) -> aws.NetworkInterface:
    """The interface with private addresses alone."""
    return msgspec.structs.replace(
        one,
        association=None,
        private_ip_addresses=tuple(
            msgspec.structs.replace(address, association=None)
            for address in one.private_ip_addresses
        ),
    )


def _without_public(one: aws.NetworkInterface, public: str) -> aws.NetworkInterface:
    def kept(association: aws.Association | None) -> aws.Association | None:
        return None if association and association.public_ip == public else association

    return msgspec.structs.replace(
        one,
        association=kept(one.association),
        private_ip_addresses=tuple(
            msgspec.structs.replace(address, association=kept(address.association))
            for address in one.private_ip_addresses
        ),
    )


def private_addresses(one: aws.NetworkInterface) -> tuple[aws.PrivateAddress, ...]:
    """The private addresses; of an interface that lists none, its one address with its association."""
    if one.private_ip_addresses or one.private_ip_address is None:
        listed = one.private_ip_addresses
        return tuple(
            msgspec.structs.replace(address, association=address.association or one.association)
            if address.private_ip_address == one.private_ip_address
            else address
            for address in listed
        )
    return (
        aws.PrivateAddress(
            private_ip_address=one.private_ip_address, primary=True, association=one.association
        ),
    )


def free_address(draft: Draft, subnet: str) -> str:
    """The first private IPv4 address of a subnet that no described interface has."""
    found = draft.find(aws.Subnet, subnet)
    if found.cidr_block is None:
        raise AbsentError(subnet, "it has no IPv4 block")
    _, (low, high), _ = parse_block(found.cidr_block)
    taken = {
        address.private_ip_address
        for one in draft.every(aws.NetworkInterface)
        if one.subnet_id == subnet
        for address in private_addresses(one)
    }
    for value in range(low + _RESERVED, high):
        text = address_text(value, Family.V4)
        if text not in taken:
            return text
    raise AbsentError(subnet, "it has no free address")


def free_stand_in(draft: Draft) -> str:
    """A stand-in for a public address, another one each time."""
    _, first = parse_address(STAND_IN)
    taken = {
        address.association.public_ip
        for one in draft.every(aws.NetworkInterface)
        for address in private_addresses(one)
        if address.association is not None
    }
    value = first + 1
    while address_text(value, Family.V4) in taken:
        value += 1
    return address_text(value, Family.V4)


def drop_instance(draft: Draft, instance: str) -> None:
    """Terminate an instance: it goes with the interfaces that are attached to it."""
    draft.drop(aws.Instance, instance)
    for one in list(interfaces_of(draft, instance)):
        draft.drop(aws.NetworkInterface, one.network_interface_id)


def attach(draft: Draft, interface: str, instance: str, index: int | None) -> None:
    """Attach an interface to an instance."""
    found = draft.find(aws.NetworkInterface, interface)
    attachment = aws.Attachment(instance_id=instance, status="attached", device_index=index)
    draft.put(msgspec.structs.replace(found, attachment=attachment, status="in-use"))


def detach(draft: Draft, interface: str) -> None:
    """Detach an interface."""
    found = draft.find(aws.NetworkInterface, interface)
    draft.put(msgspec.structs.replace(found, attachment=None, status="available"))
