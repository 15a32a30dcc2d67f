"""Interfaces, instances and public addresses."""

import msgspec

from vedette.network import described as aws
from vedette.network.whatif import hosts
from vedette.network.whatif.draft import AbsentError, Draft
from vedette.network.whatif.resource import UNKNOWN, View, changed, kind

# -- interfaces and instances -----------------------------------------------------------------------------------------


def interface_of(address: str) -> str:
    """The id that stands for the primary interface of an instance that is not made yet."""
    return f"eni-({address})"


def _make_interface(
    view: View, identity: str, private: str | None, groups: tuple[str, ...]
) -> None:
    draft = view.draft
    subnet = view.needed("subnet_id")
    found = draft.find(aws.Subnet, subnet)
    place = draft.place_of(aws.Subnet, subnet)
    if private is None:
        private = hosts.free_address(draft, subnet)
        view.ledger.note(
            f"{view.address} gets a private address when it is made: {private} is taken"
        )
    draft.put(
        aws.NetworkInterface(
            network_interface_id=identity,
            subnet_id=subnet,
            vpc_id=found.vpc_id,
            owner_id=place.account,
            status="available",
            groups=tuple(aws.GroupIdentifier(group_id=one) for one in groups),
            private_ip_address=private,
            private_ip_addresses=(aws.PrivateAddress(private_ip_address=private, primary=True),),
            ipv6_addresses=tuple(
                aws.Ipv6Address(ipv6_address=one) for one in view.texts("ipv6_addresses")
            ),
        ),
        place,
    )
    if view.number("ipv6_address_count"):
        view.unclear("ipv6_address_count", UNKNOWN)
    elif found.ipv6_cidr_block_association_set and not view.texts("ipv6_addresses"):
        view.unclear("ipv6_addresses", "whether its subnet gives it one is not known")


def _put_instance(old: View | None, new: View) -> None:
    if old is not None:
        _change_instance(old, new)
        return
    draft = new.draft
    attached = new.blocks("network_interface")
    groups = _groups(new)
    if attached:
        place = draft.place_of(aws.NetworkInterface, attached[0].needed("network_interface_id"))
    else:
        subnet = new.needed("subnet_id")
        place = draft.place_of(aws.Subnet, subnet)
        own = interface_of(new.address)
        _make_interface(new, own, new.text("private_ip"), groups)
        hosts.attach(draft, own, new.identity, 0)
        _give_public(new, own)
    state = aws.InstanceState(name="running")
    draft.put(aws.Instance(instance_id=new.identity, state=state), place)
    for block in attached:
        interface = block.needed("network_interface_id")
        hosts.attach(draft, interface, new.identity, block.number("device_index"))


def _groups(view: View) -> tuple[str, ...]:
    groups = view.texts("vpc_security_group_ids") or view.texts("security_groups")
    named = tuple(one for one in groups if one.startswith("sg-"))
    if named != groups:
        view.unclear("security_groups", "groups are named, and their ids are not known")
    if not groups and not view.blocks("network_interface"):
        view.unclear(
            "vpc_security_group_ids", "it gets the default group of its VPC, which is not known"
        )
        return ("sg-default",)
    return named


def _give_public(view: View, interface: str) -> None:
    asked = view.flag("associate_public_ip_address")
    if asked is None:
        view.unclear(
            "associate_public_ip_address",
            "whether it gets a public address depends on its subnet, and is not known",
        )
    elif asked:
        public = hosts.free_stand_in(view.draft)
        hosts.associate_address(view.draft, interface, public)
        view.ledger.note(
            f"{view.address} gets a public address when it is made: {public} stands for it"
        )


def _change_instance(old: View, new: View) -> None:
    draft = new.draft
    draft.find(aws.Instance, new.identity)
    for name in ("vpc_security_group_ids", "security_groups"):
        if changed(old, new, name) and new.texts(name):
            primary = hosts.primary_interface(draft, new.identity)
            hosts.set_groups(draft, primary, new.texts(name))
    _not_modelled(
        old, new, "network_interface", "ipv6_addresses", "ipv6_address_count", "private_ip"
    )


def _remove_instance(old: View) -> None:
    hosts.drop_instance(old.draft, old.identity)


def _put_interface(old: View | None, new: View) -> None:
    if old is None:
        _new_interface(new)
    else:
        _change_interface(old, new)
    if changed(old, new, "attachment"):
        for block in new.blocks("attachment"):
            index = block.number("device_index")
            hosts.attach(new.draft, new.identity, block.needed("instance"), index)


def _new_interface(new: View) -> None:
    draft = new.draft
    groups = new.texts("security_groups")
    if not groups:
        new.unclear("security_groups", "it gets the default group of its VPC, which is not known")
        groups = ("sg-default",)
    private = new.texts("private_ips") or new.texts("private_ip")
    _make_interface(new, new.identity, private[0] if private else None, groups)
    for more in private[1:]:
        found = draft.find(aws.NetworkInterface, new.identity)
        addresses = (*found.private_ip_addresses, aws.PrivateAddress(private_ip_address=more))
        draft.put(msgspec.structs.replace(found, private_ip_addresses=addresses))


def _change_interface(old: View, new: View) -> None:
    new.draft.find(aws.NetworkInterface, new.identity)
    if changed(old, new, "security_groups"):
        hosts.set_groups(new.draft, new.identity, new.texts("security_groups"))
    _not_modelled(old, new, "private_ips", "private_ip", "ipv6_addresses", "ipv6_address_count")


def _not_modelled(old: View, new: View, *names: str) -> None:
    for name in names:
        if old.values.get(name) != new.values.get(name):
            new.unclear(name, "a change of it is not modelled")


def _remove_interface(old: View) -> None:
    old.draft.drop(aws.NetworkInterface, old.identity)


def _put_group_link(old: View | None, new: View) -> None:
    if old is not None:
        _remove_group_link(old)
    interface = new.needed("network_interface_id")
    known = hosts.groups_of(new.draft, interface)
    hosts.set_groups(new.draft, interface, (*known, new.needed("security_group_id")))


def _remove_group_link(old: View) -> None:
    interface = old.needed("network_interface_id")
    hosts.detach_group(old.draft, interface, old.needed("security_group_id"))


def _put_interface_link(old: View | None, new: View) -> None:
    if old is not None:
        _remove_interface_link(old)
    interface = new.needed("network_interface_id")
    hosts.attach(new.draft, interface, new.needed("instance_id"), new.number("device_index"))


def _remove_interface_link(old: View) -> None:
    hosts.detach(old.draft, old.needed("network_interface_id"))


# -- public addresses -------------------------------------------------------------------------------------------------


def _put_eip(old: View | None, new: View) -> None:
    draft = new.draft
    if old is None:
        public = None if new.is_unknown("public_ip") else new.text("public_ip")
        if public is None:
            public = hosts.free_stand_in(draft)
            new.ledger.note(f"{new.address} is given when it is made: {public} stands for it")
        address = aws.Address(allocation_id=new.identity, public_ip=public)
        draft.put(address, draft.only_place())
    else:
        public = _public(draft, new.identity)
        if changed(old, new, "instance") or changed(old, new, "network_interface"):
            hosts.release_everywhere(draft, public)
    _associate(new, public, new.text("network_interface"), new.text("instance"))


def _associate(view: View, public: str, interface: str | None, instance: str | None) -> None:
    if interface is None and instance is not None:
        interface = hosts.primary_interface(view.draft, instance)
    if interface is not None:
        private = view.text("associate_with_private_ip") or view.text("private_ip_address")
        hosts.associate_address(view.draft, interface, public, private)
        found = view.draft.find(aws.NetworkInterface, interface)
        known = view.draft.find(aws.Address, public)
        view.draft.put(
            msgspec.structs.replace(
                known,
                network_interface_id=interface,
                private_ip_address=private or found.private_ip_address,
            )
        )


def _public(draft: Draft, allocation: str) -> str:
    """The public address of an allocation, or of itself. AbsentError if it is not known."""
    for one in draft.every(aws.Address):
        if one.public_ip is not None and allocation in {one.allocation_id, one.public_ip}:
            return one.public_ip
    raise AbsentError(allocation)


def _remove_eip(old: View) -> None:
    public = _public(old.draft, old.identity)
    hosts.release_everywhere(old.draft, public)
    old.draft.drop(aws.Address, public)


def _put_eip_link(old: View | None, new: View) -> None:
    if old is not None:
        _remove_eip_link(old)
    public = _public(new.draft, new.text("allocation_id") or new.needed("public_ip"))
    _associate(new, public, new.text("network_interface_id"), new.text("instance_id"))


def _remove_eip_link(old: View) -> None:
    public = _public(old.draft, old.text("allocation_id") or old.needed("public_ip"))
    hosts.release_everywhere(old.draft, public)


_COMPUTED = "private_dns private_dns_name public_dns mac_address outpost_arn"

KINDS = (
    kind(
        "aws_network_interface",
        _put_interface,
        _remove_interface,
        reads="subnet_id private_ips private_ip security_groups attachment ipv6_addresses"
        " ipv6_address_count",
        harmless=f"{_COMPUTED} interface_type enable_primary_ipv6 source_dest_check",
    ),
    kind(
        "aws_instance",
        _put_instance,
        _remove_instance,
        reads="subnet_id vpc_security_group_ids security_groups associate_public_ip_address"
        " private_ip ipv6_addresses ipv6_address_count network_interface",
        harmless=f"{_COMPUTED} ami availability_zone capacity_reservation_specification cpu_options"
        " cpu_core_count cpu_threads_per_core credit_specification disable_api_stop"
        " disable_api_termination ebs_block_device ebs_optimized enable_primary_ipv6"
        " enclave_options ephemeral_block_device force_destroy get_password_data hibernation"
        " host_id host_resource_group_arn iam_instance_profile"
        " instance_initiated_shutdown_behavior instance_lifecycle instance_market_options"
        " instance_state instance_type key_name maintenance_options source_dest_check"
        " metadata_options monitoring password_data placement_group placement_group_id"
        " placement_partition_number primary_network_interface primary_network_interface_id"
        " private_dns_name_options public_ip root_block_device"
        " spot_instance_request_id tenancy user_data user_data_base64"
        " user_data_replace_on_change volume_tags",
    ),
    kind(
        "aws_network_interface_attachment",
        _put_interface_link,
        _remove_interface_link,
        reads="network_interface_id instance_id device_index",
        harmless="attachment_id status network_card_index",
    ),
    kind(
        "aws_network_interface_sg_attachment",
        _put_group_link,
        _remove_group_link,
        reads="network_interface_id security_group_id",
    ),
    kind(
        "aws_eip",
        _put_eip,
        _remove_eip,
        reads="instance network_interface associate_with_private_ip public_ip",
        harmless="address allocation_id association_id carrier_ip customer_owned_ip"
        " customer_owned_ipv4_pool domain ipam_pool_id network_border_group private_dns"
        " private_ip ptr_record public_dns public_ipv4_pool vpc",
    ),
    kind(
        "aws_eip_association",
        _put_eip_link,
        _remove_eip_link,
        reads="allocation_id public_ip instance_id network_interface_id private_ip_address",
        harmless="allow_reassociation",
    ),
)
