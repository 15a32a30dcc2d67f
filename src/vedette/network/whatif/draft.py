"""A snapshot that is being changed: items found by id across all places, replaced, added and taken away."""

from collections.abc import Iterator
from typing import Any, TypeVar

import msgspec

from vedette.errors import Error
from vedette.network import described as aws
from vedette.network.calls import ItemCall
from vedette.network.snapshot import Answered, FunctionPolicy, Place, PrefixBlocks, Snapshot

_Item = TypeVar("_Item", bound=aws.Described)

_FIELDS: dict[type[aws.Described], tuple[str, str]] = {
    aws.NetworkInterface: ("interfaces", "network_interface_id"),
    aws.Instance: ("instances", "instance_id"),
    aws.Address: ("addresses", "public_ip"),
    aws.Subnet: ("subnets", "subnet_id"),
    aws.Vpc: ("vpcs", "vpc_id"),
    aws.SecurityGroup: ("security_groups", "group_id"),
    aws.SecurityGroupRule: ("security_group_rules", "security_group_rule_id"),
    aws.NetworkAcl: ("network_acls", "network_acl_id"),
    aws.RouteTable: ("route_tables", "route_table_id"),
    aws.InternetGateway: ("internet_gateways", "internet_gateway_id"),
    aws.VpnGateway: ("vpn_gateways", "vpn_gateway_id"),
    aws.VpcPeeringConnection: ("peerings", "vpc_peering_connection_id"),
    aws.Function: ("functions", "function_name"),
    aws.FunctionUrl: ("function_urls", "function_arn"),
    aws.LoadBalancer: ("load_balancers", "load_balancer_arn"),
    aws.ClassicLoadBalancer: ("classic_load_balancers", "load_balancer_name"),
    aws.TargetGroup: ("target_groups", "target_group_arn"),
    aws.VpcEndpoint: ("endpoints", "vpc_endpoint_id"),
    aws.ManagedPrefixList: ("managed_prefix_lists", "prefix_list_id"),
    aws.TransitGateway: ("transit_gateways", "transit_gateway_id"),
    aws.TransitAttachment: ("transit_attachments", "transit_gateway_attachment_id"),
    aws.TransitVpcAttachment: ("transit_vpc_attachments", "transit_gateway_attachment_id"),
    aws.TransitTable: ("transit_tables", "transit_gateway_route_table_id"),
    aws.EndpointService: ("endpoint_services", "service_id"),
    aws.EndpointConnection: ("endpoint_connections", "vpc_endpoint_id"),
    aws.Distribution: ("distributions", "id"),
    aws.Accelerator: ("accelerators", "accelerator_arn"),
    aws.RestApi: ("rest_apis", "id"),
    aws.Api: ("apis", "api_id"),
}
"""Type → the field of `Place` that its items are in, and their id."""

Row = tuple[int, Any]
"""The number of the place, and the item, which is of the type that it is kept under."""


class AbsentError(Error):
    """Something that a change is about and the snapshot does not have."""

    def __init__(self, component: str, reason: str = "the snapshot does not have it") -> None:
        super().__init__(f"{component}: {reason}")
        self.component = component
        self.reason = reason


class Draft:
    """The snapshot as it will be; `snapshot()` gives it as a value."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._places = list(snapshot.places)
        self._rows: dict[type[aws.Described], dict[str, list[Row]]] = {}
        self._answers: dict[int, dict[tuple[str, str], tuple[aws.Described, ...]]] = {}

    def find(self, kind: type[_Item], identity: str) -> _Item:
        """The item with this id. AbsentError if there is none."""
        rows = self._of(kind).get(identity)
        if not rows:
            raise AbsentError(identity)
        found: _Item = rows[0][1]
        return found

    def has(self, kind: type[aws.Described], identity: str) -> bool:
        """Whether there is an item with this id."""
        return bool(self._of(kind).get(identity))

    def every(self, kind: type[_Item]) -> Iterator[_Item]:
        """Each item once, in order."""
        for rows in list(self._of(kind).values()):
            found: _Item = rows[0][1]
            yield found

    def place_of(self, kind: type[aws.Described], identity: str) -> Place:
        """The first place that has the item. AbsentError if there is none."""
        rows = self._of(kind).get(identity)
        if not rows:
            raise AbsentError(identity)
        return self._places[rows[0][0]]

    def only_place(self) -> Place:
        """The place, where there is one alone. AbsentError otherwise."""
        if len(self._places) != 1:
            raise AbsentError("account and Region", "the snapshot has several, and it is in one")
        return self._places[0]

    def put(self, item: aws.Described, place: Place | None = None) -> None:
        """Replace the item with the same id wherever it is; add it to `place` if it is nowhere."""
        kind = type(item)
        identity = getattr(item, _FIELDS[kind][1])
        rows = self._of(kind)
        if rows.get(identity):
            rows[identity] = [(number, item) for number, _ in rows[identity]]
        else:
            rows[identity] = [(self._number(place or self.only_place()), item)]

    def drop(self, kind: type[aws.Described], identity: str) -> None:
        """Take the item away. AbsentError if there is none."""
        if self._of(kind).pop(identity, None) is None:
            raise AbsentError(identity)

    def answered(
        self, call: ItemCall, kind: type[_Item], place: Place, identity: str
    ) -> tuple[_Item, ...]:
        """What a call for one id answered. AbsentError if that was not recorded."""
        found = self._answers_of(self._number(place)).get((call.name, identity))
        if found is None:
            raise AbsentError(identity, f"{call.name} was not recorded for it")
        return tuple(one for one in found if isinstance(one, kind))

    def answer(
        self, call: ItemCall, place: Place, identity: str, items: tuple[aws.Described, ...]
    ) -> None:
        """Record what a call for one id would answer."""
        self._answers_of(self._number(place))[call.name, identity] = items

    def answering(self, call: ItemCall, identity: str) -> Place:
        """The first place in which a call for this id was recorded. AbsentError if that is nowhere."""
        for number, place in enumerate(self._places):
            if (call.name, identity) in self._answers_of(number):
                return place
        raise AbsentError(identity, f"{call.name} was not recorded for it")

    def prefix_blocks(self, identity: str) -> tuple[str, ...]:
        """The blocks of a prefix list. AbsentError if they were not recorded."""
        for place in self._places:
            for one in place.prefix_blocks:
                if one.id == identity:
                    return one.blocks
        raise AbsentError(identity, "the entries of the prefix list were not recorded")

    def put_prefix_blocks(self, place: Place, identity: str, blocks: tuple[str, ...]) -> None:
        """Set the blocks of a prefix list, wherever it is recorded."""
        new = PrefixBlocks(id=identity, blocks=blocks)
        for number, one in enumerate(self._places):
            known = [kept.id for kept in one.prefix_blocks]
            if identity in known or number == self._number(place):
                others = tuple(kept for kept in one.prefix_blocks if kept.id != identity)
                self._change(number, prefix_blocks=(*others, new))

    def policy(self, place: Place, function: str, qualifier: str | None) -> FunctionPolicy | None:
        """The resource policy of a function, None if none was recorded."""
        policies = self._places[self._number(place)].function_policies
        return next(
            (one for one in policies if (one.function, one.qualifier) == (function, qualifier)),
            None,
        )

    def put_policy(self, place: Place, policy: FunctionPolicy) -> None:
        """Replace or add a resource policy."""
        number = self._number(place)
        key = (policy.function, policy.qualifier)
        kept = tuple(
            one
            for one in self._places[number].function_policies
            if (one.function, one.qualifier) != key
        )
        self._change(number, function_policies=(*kept, policy))

    def record(self, place: Place, call: str) -> None:
        """Count a call as recorded: what it would answer is known."""
        number = self._number(place)
        self._change(number, recorded=self._places[number].recorded | {call})

    def block(
        self, account: str, region: str, options: aws.BlockPublicAccessOptions, call: str
    ) -> None:
        """Set VPC Block Public Access. AbsentError if nothing was recorded of the account and Region."""
        for number, place in enumerate(self._places):
            if (place.account, place.region) == (account, region):
                recorded = place.recorded | {call}
                self._change(number, block_options=options, recorded=recorded)
                return
        raise AbsentError(f"{account}/{region}")

    def snapshot(self) -> Snapshot:
        """The snapshot with everything that was changed."""
        places = list(self._places)
        for kind, rows in self._rows.items():
            columns: list[list[aws.Described]] = [[] for _ in places]
            for same in rows.values():
                for number, item in same:
                    columns[number].append(item)
            field = _FIELDS[kind][0]
            places = [
                msgspec.structs.replace(place, **{field: tuple(column)})
                for place, column in zip(places, columns, strict=True)
            ]
        for number, answers in self._answers.items():
            answered = tuple(
                Answered(call=call, id=identity, items=items)
                for (call, identity), items in answers.items()
            )
            places[number] = msgspec.structs.replace(places[number], answered=answered)
        return Snapshot(places=tuple(places))

    def _of(self, kind: type[aws.Described]) -> dict[str, list[Row]]:
        if kind not in self._rows:
            field, identity = _FIELDS[kind]
            rows: dict[str, list[Row]] = {}
            for number, place in enumerate(self._places):
                for item in getattr(place, field):
                    # an address without a public IP has no id, and no change is about it
                    rows.setdefault(getattr(item, identity) or "", []).append((number, item))
            self._rows[kind] = rows
        return self._rows[kind]

    def _answers_of(self, number: int) -> dict[tuple[str, str], tuple[aws.Described, ...]]:
        if number not in self._answers:
            self._answers[number] = {
                (one.call, one.id): one.items for one in self._places[number].answered
            }
        return self._answers[number]

    def _number(self, place: Place) -> int:
        wanted = (place.account, place.region)
        return next(
            number for number, one in enumerate(self._places) if (one.account, one.region) == wanted
        )

    def _change(self, number: int, **fields: object) -> None:
        self._places[number] = msgspec.structs.replace(self._places[number], **fields)
