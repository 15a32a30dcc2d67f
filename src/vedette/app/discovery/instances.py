"""EC2 instances, and which of them SSM manages."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

import msgspec

from vedette.app.discovery.scope import Place
from vedette.clients.aws import Account, Response
from vedette.errors import ParseError
from vedette.model.arn import parse_arn
from vedette.model.resource import (
    Ec2Instance,
    InstanceState,
    Resource,
    ResourceType,
    Tag,
)


class _Named(msgspec.Struct, rename="pascal"):
    name: str


class _Profile(msgspec.Struct, rename="pascal"):
    arn: str


class _TagItem(msgspec.Struct, rename="pascal"):
    key: str
    value: str


class _PrivateAddress(msgspec.Struct, rename="pascal"):
    private_ip_address: str | None = None


class _V6Address(msgspec.Struct):
    address: str = msgspec.field(name="Ipv6Address")


class _Interface(msgspec.Struct, rename="pascal"):
    private_ip_addresses: list[_PrivateAddress] = []
    v6: list[_V6Address] = msgspec.field(default_factory=list, name="Ipv6Addresses")


class _Instance(msgspec.Struct, rename="pascal"):
    instance_id: str
    instance_type: str
    state: _Named
    image_id: str | None = None
    launch_time: datetime | None = None
    vpc_id: str | None = None
    subnet_id: str | None = None
    public_ip_address: str | None = None
    key_name: str | None = None
    iam_instance_profile: _Profile | None = None
    platform_details: str | None = None
    network_interfaces: list[_Interface] = []
    tags: list[_TagItem] = []


def _addresses(instance: _Instance) -> tuple[str, ...]:
    private = [
        address.private_ip_address
        for interface in instance.network_interfaces
        for address in interface.private_ip_addresses
        if address.private_ip_address
    ]
    public = [instance.public_ip_address] if instance.public_ip_address else []
    return tuple(dict.fromkeys([*private, *public]))


def instance_from(item: Response, place: Place, *, managed: bool, platform: str | None) -> Resource:
    """One item of `DescribeInstances` as a resource.

    Raises:
        ParseError: where the item lacks what every instance has.
    """
    name = str(item.get("InstanceId", "an instance"))
    try:
        instance = msgspec.convert(item, _Instance)
        state = InstanceState(instance.state.name)
        profile = instance.iam_instance_profile
        profile_arn = parse_arn(profile.arn) if profile else None
    except (msgspec.ValidationError, ValueError) as error:
        raise ParseError(str(error), name) from error
    except ParseError as error:
        raise error.within(name) from error
    launched_at = instance.launch_time
    return Resource(
        ref=place.ref(ResourceType.EC2_INSTANCE, instance.instance_id),
        facts=Ec2Instance(
            instance_type=instance.instance_type,
            image_id=instance.image_id,
            state=state,
            launched_at=launched_at.astimezone(UTC) if launched_at else None,
            vpc_id=instance.vpc_id,
            subnet_id=instance.subnet_id,
            ipv4_addresses=_addresses(instance),
            ipv6_addresses=tuple(
                v6.address for nic in instance.network_interfaces for v6 in nic.v6
            ),
            key_name=instance.key_name,
            iam_instance_profile_arn=profile_arn,
            platform=platform or instance.platform_details,
            managed_by_ssm=managed,
        ),
        tags=tuple(sorted(Tag(key=tag.key, value=tag.value) for tag in instance.tags)),
    )


def managed_instances(account: Account, region: str) -> dict[str, Response]:
    """Instance id → `DescribeInstanceInformation`'s item, for what SSM manages.

    Raises:
        ServiceError: where SSM refuses.
    """
    listed = account.listing(
        "ssm", "describe_instance_information", "InstanceInformationList", region
    )
    return {str(item["InstanceId"]): item for item in listed if item.get("InstanceId")}


def list_instances(
    account: Account, place: Place, managed: Mapping[str, Response]
) -> Iterator[Resource | ParseError]:
    """Every instance that is not terminated; an error for each item that cannot be understood.

    Raises:
        ServiceError: where EC2 refuses.
    """
    for reservation in account.listing("ec2", "describe_instances", "Reservations", place.region):
        for item in reservation.get("Instances", ()):
            if item.get("State", {}).get("Name") == InstanceState.TERMINATED:
                continue  # it stays in the list for an hour
            information = managed.get(str(item.get("InstanceId")))
            try:
                yield instance_from(
                    item,
                    place,
                    managed=information is not None,
                    platform=_platform(information) if information else None,
                )
            except ParseError as error:
                yield error


def _platform(information: Response) -> str:
    names = (information.get(key) for key in ("PlatformName", "PlatformVersion"))
    return " ".join(str(name) for name in names if name)
