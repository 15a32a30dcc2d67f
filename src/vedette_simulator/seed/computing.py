"""EC2 instances and what Systems Manager knows of them."""

import hashlib
from typing import Any

from vedette_simulator.estate.model import Estate, Instance, Software
from vedette_simulator.seed.networks import Made
from vedette_simulator.services.ssm.fleet import Fleet, Managed
from vedette_simulator.world import Place, World


def make_instances(world: World, estate: Estate, networks: dict[str, Made]) -> None:
    """Run every instance; one that is to be stopped is stopped at the end."""
    software = {item.name: item for item in estate.software}
    for instance in estate.instances:
        made = networks[instance.network]
        instance_id = _run(world, instance, made, software[instance.software])
        if instance.elastic_ip:
            _elastic(world, instance_id, made.place)
        if instance.managed:
            fleet = world.state(Fleet, made.place.account, made.place.region)
            fleet.managed[instance_id] = Managed(
                instance_id, software[instance.software], world.clock()
            )
        if instance.state == "stopped":
            world.invoke("ec2", "StopInstances", {"InstanceIds": [instance_id]}, made.place)


def _run(world: World, instance: Instance, made: Made, software: Software) -> str:
    interface: dict[str, Any] = {
        "DeviceIndex": 0,
        "SubnetId": made.subnets[instance.subnet],
        "Groups": [made.groups[group] for group in instance.groups],
        "AssociatePublicIpAddress": instance.public_ip,
    }
    tags = {"Name": instance.name} | instance.tags
    run = world.invoke(
        "ec2",
        "RunInstances",
        {
            "ImageId": "ami-" + hashlib.sha256(software.name.encode()).hexdigest()[:17],
            "InstanceType": instance.instance_type,
            "MinCount": 1,
            "MaxCount": 1,
            "NetworkInterfaces": [interface],
            "TagSpecifications": [
                {
                    "ResourceType": "instance",
                    "Tags": [{"Key": key, "Value": value} for key, value in tags.items()],
                }
            ],
        },
        made.place,
    )
    instance_id: str = run["Instances"][0]["InstanceId"]
    return instance_id


def _elastic(world: World, instance_id: str, place: Place) -> None:
    allocation = world.invoke("ec2", "AllocateAddress", {"Domain": "vpc"}, place)["AllocationId"]
    world.invoke(
        "ec2", "AssociateAddress", {"AllocationId": allocation, "InstanceId": instance_id}, place
    )
