"""VPCs and subnets."""

import msgspec

from vedette.network import described as aws
from vedette.network.whatif import filters
from vedette.network.whatif.resource import View, changed, kind, place_of
from vedette.network.whatif.resources.paths import local_routes

_EVERYWHERE = ("0.0.0.0/0", "::/0")


def _put_vpc(old: View | None, new: View) -> None:
    draft = new.draft
    if old is not None:
        if changed(old, new, "ipv6_cidr_block"):
            new.unclear("ipv6_cidr_block", "a change of the VPC's blocks is not modelled")
        return
    block, six = new.needed("cidr_block"), new.text("ipv6_cidr_block")
    if new.flag("assign_generated_ipv6_cidr_block"):
        new.unclear("ipv6_cidr_block", "AWS chooses it when the VPC is made")
    place = draft.only_place()
    draft.put(
        aws.Vpc(
            vpc_id=new.identity,
            owner_id=place.account,
            cidr_block=block,
            ipv6_cidr_block_association_set=(aws.VpcIpv6Block(ipv6_cidr_block=six),) if six else (),
        ),
        place,
    )
    # every VPC is made with a main route table and an open default network ACL (VPC user guide)
    draft.put(
        aws.RouteTable(
            route_table_id=f"rtb-main of {new.identity}",
            vpc_id=new.identity,
            routes=local_routes(draft, new.identity),
            associations=(aws.RouteTableAssociation(main=True),),
        ),
        place,
    )
    draft.put(
        aws.NetworkAcl(
            network_acl_id=f"acl-default of {new.identity}",
            vpc_id=new.identity,
            is_default=True,
            entries=tuple(
                filters.entry(100 + index, "allow", "-1", text, egress=egress)
                for egress in (False, True)
                for index, text in enumerate(_EVERYWHERE)
            ),
        ),
        place,
    )


def _remove_vpc(old: View) -> None:
    old.draft.drop(aws.Vpc, old.identity)


def _put_subnet(old: View | None, new: View) -> None:
    draft = new.draft
    six = new.text("ipv6_cidr_block")
    blocks = (aws.SubnetIpv6Block(ipv6_cidr_block=six),) if six else ()
    if old is not None:
        found = draft.find(aws.Subnet, new.identity)
        if changed(old, new, "ipv6_cidr_block"):
            draft.put(msgspec.structs.replace(found, ipv6_cidr_block_association_set=blocks))
        return
    vpc = new.needed("vpc_id")
    place = place_of(draft, (aws.Vpc, vpc))
    draft.put(
        aws.Subnet(
            subnet_id=new.identity,
            vpc_id=vpc,
            owner_id=place.account,
            availability_zone=new.text("availability_zone"),
            cidr_block=new.text("cidr_block"),
            ipv6_cidr_block_association_set=blocks,
        ),
        place,
    )


def _remove_subnet(old: View) -> None:
    old.draft.drop(aws.Subnet, old.identity)


KINDS = (
    kind(
        "aws_vpc",
        _put_vpc,
        _remove_vpc,
        reads="cidr_block ipv6_cidr_block assign_generated_ipv6_cidr_block",
        harmless="default_network_acl_id default_route_table_id"
        " default_security_group_id dhcp_options_id enable_dns_hostnames enable_dns_support"
        " enable_network_address_usage_metrics instance_tenancy ipv4_ipam_pool_id"
        " ipv4_netmask_length ipv6_association_id ipv6_cidr_block_network_border_group"
        " ipv6_ipam_pool_id ipv6_netmask_length main_route_table_id",
    ),
    kind(
        "aws_subnet",
        _put_subnet,
        _remove_subnet,
        reads="vpc_id cidr_block ipv6_cidr_block availability_zone",
        harmless="assign_ipv6_address_on_creation availability_zone_id customer_owned_ipv4_pool"
        " enable_dns64 enable_lni_at_device_index enable_resource_name_dns_a_record_on_launch"
        " enable_resource_name_dns_aaaa_record_on_launch ipv6_cidr_block_association_id"
        " ipv6_native map_customer_owned_ip_on_launch map_public_ip_on_launch outpost_arn"
        " private_dns_hostname_type_on_launch",
    ),
)
