"""Whose an interface is, by the descriptions that services write."""

import pytest

from tests.network.estates import PLACE, simple, tcp
from vedette.network.describe import snapshot_from
from vedette.network.described.gateways import Tag
from vedette.network.described.interfaces import Attachment, NetworkInterface
from vedette.network.normalise.topology import topology_of
from vedette.network.owners import Owner, owner_of
from vedette.network.reach import reach


def _interface(
    description: str, kind: str = "interface", requester: str | None = "123456789012"
) -> NetworkInterface:
    return NetworkInterface(
        network_interface_id="eni-1",
        interface_type=kind,
        description=description,
        requester_id=requester,
    )


TASK = "arn:aws:ecs:eu-west-1:111122223333:attachment/3d5a8f5e-0000-4000-8000-000000000000"


@pytest.mark.parametrize(
    ("description", "service", "resource"),
    [
        (TASK, "Amazon ECS task", TASK),
        ("Amazon EKS shop", "Amazon EKS cluster", "shop"),
        ("RDSNetworkInterface", "Amazon RDS", None),
        ("Network interface for DBProxy orders", "Amazon RDS Proxy", "orders"),
        ("RedshiftNetworkInterface", "Amazon Redshift", None),
        ("DMSNetworkInterface", "AWS DMS", None),
        ("ElastiCache sessions-001", "Amazon ElastiCache", "sessions-001"),
        ("ElastiCache+sessions-001", "Amazon ElastiCache", "sessions-001"),
        ("DAX carts", "Amazon DynamoDB Accelerator", "carts"),
        ("ES logs", "Amazon OpenSearch Service", "logs"),
        ("EFS mount target for fs-0ab (fsmt-0cd)", "Amazon EFS", "fs-0ab"),
        ("AWS created network interface for directory d-926", "AWS Directory Service", "d-926"),
        ("Attached to Glue using role: etl", "AWS Glue", "etl"),
        ("AWS ElasticMapReduce - j-2AXXXXXXGAPLF", "Amazon EMR", "j-2AXXXXXXGAPLF"),
        ("CloudHSM Managed Interface", "AWS CloudHSM", None),
        ("CloudHsm ENI hsm-1", "AWS CloudHSM", "hsm-1"),
        ("ClientVPN Endpoint resource cvpn-1", "AWS Client VPN", "cvpn-1"),
        ("Route 53 Resolver: rslvr-in-1a:rni-2", "Amazon Route 53 Resolver", "rslvr-in-1a"),
        (
            "Created By Amazon Workspaces for AWS Account ID 111122223333",
            "Amazon WorkSpaces",
            None,
        ),
    ],
)
def test_services_by_description(description: str, service: str, resource: str | None) -> None:
    assert owner_of(_interface(description)) == Owner(service=service, resource=resource)
    # anybody can write such a text on an interface of their own
    assert owner_of(_interface(description, requester=None)) is None


@pytest.mark.parametrize(
    ("kind", "description", "owner"),
    [
        ("nat_gateway", "Interface for NAT Gateway nat-0ab", ("NAT gateway", "nat-0ab")),
        ("vpc_endpoint", "VPC Endpoint Interface vpce-0ab", ("VPC endpoint", "vpce-0ab")),
        (
            "transit_gateway",
            "Network Interface for Transit Gateway Attachment tgw-attach-0ab",
            ("Transit gateway", "tgw-attach-0ab"),
        ),
        ("efs", "EFS mount target for fs-0ab (fsmt-0cd)", ("Amazon EFS", "fs-0ab")),
        ("quicksight", "", ("Amazon QuickSight", None)),
    ],
)
def test_services_by_type(kind: str, description: str, owner: tuple[str, str | None]) -> None:
    expected = Owner(service=owner[0], resource=owner[1])
    assert owner_of(_interface(description, kind)) == expected


@pytest.mark.parametrize(
    ("description", "service"),
    [
        ("aws-K8S-i-0ab", "Kubernetes pods"),
        ("aws-k8s-branch-eni", "Kubernetes pod"),
        ("aws-K8S-branch-eni", "Kubernetes pod"),
        ("aws-k8s-trunk-eni", "Kubernetes node"),
    ],
)
@pytest.mark.parametrize("node", ["i-0ab", None])
def test_interfaces_of_pods_are_the_nodes(description: str, service: str, node: str | None) -> None:
    interface = NetworkInterface(
        network_interface_id="eni-1",
        description=description,
        attachment=Attachment(instance_id=node) if node else None,
    )
    assert owner_of(interface) == Owner(service=service, resource=node)


@pytest.mark.parametrize(
    ("tags", "owner"),
    [
        ({"node.k8s.amazonaws.com/instance_id": "i-0ab"}, ("Kubernetes pods", "i-0ab")),
        (
            {"node.k8s.amazonaws.com/instance_id": "i-1", "cluster.k8s.amazonaws.com/name": "shop"},
            ("Kubernetes pods", "i-1 in shop"),
        ),
        (
            {"vpcresources.k8s.aws/trunk-eni-id": "eni-9", "kubernetes.io/cluster/shop": "owned"},
            ("Kubernetes pod", "eni-9 in shop"),
        ),
        ({"Name": "web"}, None),
    ],
)
@pytest.mark.parametrize("kind", ["interface", "branch"])
def test_interfaces_of_pods_by_their_tags(
    tags: dict[str, str], owner: tuple[str, str] | None, kind: str
) -> None:
    interface = NetworkInterface(
        network_interface_id="eni-1",
        interface_type=kind,
        tag_set=tuple(Tag(key=key, value=value) for key, value in tags.items()),
    )
    expected = Owner(service=owner[0], resource=owner[1]) if owner else None
    assert owner_of(interface) == expected


def test_secondary_addresses_of_a_node_are_its_pods() -> None:
    estate = simple(tcp(8080, v4=("0.0.0.0/0",)))
    node = estate.interfaces[0]
    node["Description"] = "aws-K8S-i-1"
    node["PrivateIpAddresses"].append(
        {"PrivateIpAddress": "10.1.0.99", "Association": {"PublicIp": "54.1.1.99"}}
    )
    found = reach(topology_of(snapshot_from({PLACE: estate.answers()}))).exposures
    assert {(one.address, one.owner) for one in found} == {
        ("54.1.1.1", "Kubernetes pods i-1"),
        ("54.1.1.99", "Kubernetes pods i-1"),
    }


@pytest.mark.parametrize("description", ["", "my database", "RDSNetworkInterface2", "ES"])
def test_what_nobody_can_tell(description: str) -> None:
    assert owner_of(_interface(description)) is None


def test_an_exposure_says_whose_the_interface_is() -> None:
    estate = simple(tcp(5432, v4=("0.0.0.0/0",)))
    database = estate.interfaces[0]
    database |= {"Description": "RDSNetworkInterface", "RequesterId": "amazon-rds"}
    del database["Attachment"]
    database["Attachment"] = {"Status": "attached", "InstanceOwnerId": "amazon-rds"}
    (exposure,) = reach(topology_of(snapshot_from({PLACE: estate.answers()}))).exposures
    assert (exposure.resource, exposure.owner) == (exposure.interface, "Amazon RDS")
    (other,) = reach(
        topology_of(snapshot_from({PLACE: simple(tcp(22, v4=("0.0.0.0/0",))).answers()}))
    ).exposures
    assert other.owner is None
