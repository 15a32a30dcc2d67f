"""Transit gateways: what is attached, which tables decide, and where they lead."""

from vedette.network import described as aws
from vedette.network.snapshot import Place
from vedette.network.whatif import transits
from vedette.network.whatif.resource import View, changed, kind, place_of

_OFF = "disable"


def _default_table(gateway: str) -> str:
    return f"tgw-rtb-default-of-{gateway}"


def _put_gateway(old: View | None, new: View) -> None:
    draft, identity = new.draft, new.identity
    place = _place(new, (aws.TransitGateway, identity))
    associated = propagated = None
    if old is None:
        table = _default_table(identity)
        if new.text("default_route_table_association") != _OFF:
            associated = table
        if new.text("default_route_table_propagation") != _OFF:
            propagated = table
        if associated or propagated:
            transits.make_table(draft, table, identity, place)
    else:
        known = draft.find(aws.TransitGateway, identity).options or aws.TransitGatewayOptions()
        associated = known.association_default_route_table_id
        propagated = known.propagation_default_route_table_id
        for name in ("default_route_table_association", "default_route_table_propagation"):
            if changed(old, new, name):
                new.unclear(name, "a change of it is not modelled")
    options = aws.TransitGatewayOptions(
        security_group_referencing_support=new.text("security_group_referencing_support"),
        association_default_route_table_id=associated,
        propagation_default_route_table_id=propagated,
    )
    gateway = aws.TransitGateway(
        transit_gateway_id=identity, owner_id=place.account, options=options
    )
    draft.put(gateway, place)


def _place(view: View, *names: tuple[type[aws.Described], str | None]) -> Place:
    return place_of(view.draft, *names)


def _remove_gateway(old: View) -> None:
    old.draft.drop(aws.TransitGateway, old.identity)


def _put_vpc(old: View | None, new: View) -> None:
    draft = new.draft
    gateway, vpc = new.needed("transit_gateway_id"), new.needed("vpc_id")
    options = aws.TransitVpcOptions(
        ipv6_support=new.text("ipv6_support"),
        security_group_referencing_support=new.text("security_group_referencing_support"),
    )
    attachment = aws.TransitVpcAttachment(
        transit_gateway_attachment_id=new.identity,
        transit_gateway_id=gateway,
        vpc_id=vpc,
        subnet_ids=new.texts("subnet_ids"),
        options=options,
    )
    transits.attach_vpc(draft, attachment, _place(new, (aws.Vpc, vpc)))
    _defaults(old, new, gateway)


def _defaults(old: View | None, new: View, gateway: str) -> None:
    """New attachments go to the gateway's default tables, unless they say otherwise."""
    draft = new.draft
    names = (
        "transit_gateway_default_route_table_association",
        "transit_gateway_default_route_table_propagation",
    )
    if old is not None:
        for name in names:
            if changed(old, new, name):
                new.unclear(name, "a change of it is not modelled")
        return
    if not draft.has(aws.TransitGateway, gateway):
        new.unclear("transit_gateway_id", "the default tables of its gateway were not described")
        return
    options = draft.find(aws.TransitGateway, gateway).options or aws.TransitGatewayOptions()
    associated = options.association_default_route_table_id
    propagated = options.propagation_default_route_table_id
    if associated is not None and new.flag(names[0]) is not False:
        transits.associate(draft, new.identity, associated)
    if propagated is not None and new.flag(names[1]) is not False:
        transits.propagate(draft, propagated, new.identity)


def _remove_attachment(old: View) -> None:
    transits.detach(old.draft, old.identity)


def _put_table(old: View | None, new: View) -> None:
    if old is None:
        gateway = new.needed("transit_gateway_id")
        place = _place(new, (aws.TransitGateway, gateway))
        transits.make_table(new.draft, new.identity, gateway, place)


def _remove_table(old: View) -> None:
    old.draft.drop(aws.TransitTable, old.identity)


def _pair(view: View) -> tuple[str, str]:
    attachment = view.needed("transit_gateway_attachment_id")
    return view.needed("transit_gateway_route_table_id"), attachment


def _put_association(old: View | None, new: View) -> None:
    del old
    table, attachment = _pair(new)
    transits.associate(new.draft, attachment, table)


def _remove_association(old: View) -> None:
    transits.associate(old.draft, _pair(old)[1], None)


def _put_propagation(old: View | None, new: View) -> None:
    del old
    transits.propagate(new.draft, *_pair(new))


def _remove_propagation(old: View) -> None:
    transits.stop_propagation(old.draft, *_pair(old))


def _destination(view: View) -> str:
    return view.text("destination_cidr_block") or view.needed("prefix_list_id")


def _put_route(old: View | None, new: View) -> None:
    if old is not None:
        _remove_route(old)
    drops = bool(new.flag("blackhole"))
    attachment = None if drops else new.needed("transit_gateway_attachment_id")
    table = new.needed("transit_gateway_route_table_id")
    transits.put_route(new.draft, table, _destination(new), attachment)


def _remove_route(old: View) -> None:
    table = old.needed("transit_gateway_route_table_id")
    transits.drop_route(old.draft, table, _destination(old))


_PAIR = "transit_gateway_attachment_id transit_gateway_route_table_id"

KINDS = (
    kind(
        "aws_ec2_transit_gateway",
        _put_gateway,
        _remove_gateway,
        reads="default_route_table_association default_route_table_propagation"
        " security_group_referencing_support",
        harmless="amazon_side_asn association_default_route_table_id auto_accept_shared_attachments"
        " dns_support encryption_support multicast_support propagation_default_route_table_id"
        " transit_gateway_cidr_blocks vpn_ecmp_support",
    ),
    kind(
        "aws_ec2_transit_gateway_route_table",
        _put_table,
        _remove_table,
        reads="transit_gateway_id",
        harmless="default_association_route_table default_propagation_route_table",
    ),
    kind(
        "aws_ec2_transit_gateway_vpc_attachment",
        _put_vpc,
        _remove_attachment,
        reads="transit_gateway_id vpc_id subnet_ids ipv6_support security_group_referencing_support"
        " transit_gateway_default_route_table_association"
        " transit_gateway_default_route_table_propagation",
        harmless="appliance_mode_support dns_support vpc_owner_id",
    ),
    kind(
        "aws_ec2_transit_gateway_route_table_association",
        _put_association,
        _remove_association,
        reads=_PAIR,
        harmless="replace_existing_association resource_id resource_type",
    ),
    kind(
        "aws_ec2_transit_gateway_route_table_propagation",
        _put_propagation,
        _remove_propagation,
        reads=_PAIR,
        harmless="resource_id resource_type",
    ),
    kind(
        "aws_ec2_transit_gateway_route",
        _put_route,
        _remove_route,
        reads=f"{_PAIR} destination_cidr_block blackhole",
    ),
    kind(
        "aws_ec2_transit_gateway_prefix_list_reference",
        _put_route,
        _remove_route,
        reads=f"{_PAIR} prefix_list_id blackhole",
        harmless="prefix_list_owner_id",
    ),
)
