"""Whose an interface is: services say it in the description of the interfaces that they make.

AWS documents few of these descriptions (for example Amazon EKS User Guide, "Cluster network interfaces": `Amazon EKS CLUSTER`); the
others are as `DescribeNetworkInterfaces` shows them. A description can be written by anyone who makes an interface of their own, so a
service is believed only where the interface is managed by a requester.
"""

import re
from typing import NamedTuple

import msgspec

from vedette.network.described.interfaces import NetworkInterface


class Owner(msgspec.Struct, frozen=True, kw_only=True):
    """A service, and which of its resources, as far as the interface tells."""

    service: str
    resource: str | None = None

    @property
    def text(self) -> str:
        """Both in words."""
        return f"{self.service} {self.resource}" if self.resource else self.service


class _Sign(NamedTuple):
    """A description, with the resource as its group, where it names one."""

    service: str
    pattern: re.Pattern[str]


def _sign(service: str, pattern: str) -> _Sign:
    return _Sign(service, re.compile(pattern))


_SIGNS = (
    _sign("Amazon ECS task", r"(arn:aws[a-z-]*:ecs:[^ ]+:attachment/[^ ]+)"),
    _sign("Amazon EKS cluster", r"Amazon EKS (.+)"),
    _sign("Amazon RDS", r"RDSNetworkInterface"),
    _sign("Amazon RDS Proxy", r"Network interface for DBProxy (.+)"),
    _sign("Amazon Redshift", r"RedshiftNetworkInterface"),
    _sign("AWS DMS", r"DMSNetworkInterface"),
    _sign("Amazon ElastiCache", r"ElastiCache[ +](.+)"),
    _sign("Amazon DynamoDB Accelerator", r"DAX (.+)"),
    _sign("Amazon OpenSearch Service", r"ES (.+)"),
    _sign("Amazon MSK", r"DO NOT DELETE - Amazon MSK network interface for cluster (.+)"),
    _sign("Amazon EFS", r"EFS mount target for (fs-[0-9a-f]+).*"),
    _sign("AWS Directory Service", r"AWS created network interface for directory (d-[0-9a-f]+).*"),
    _sign("AWS Glue", r"Attached to Glue using role: (.+)"),
    _sign("Amazon EMR", r"AWS ElasticMapReduce.*?(?: - )?(j-[0-9A-Z]+)?"),
    _sign("AWS CloudHSM", r"CloudHSM Managed Interface|CloudHsm ENI(?: (.+))?"),
    _sign("AWS Client VPN", r"ClientVPN Endpoint resource (.+)"),
    _sign("Amazon Route 53 Resolver", r"Route 53 Resolver: (rslvr-(?:in|out)-[0-9a-f]+).*"),
    _sign("Amazon WorkSpaces", r"Created By Amazon Workspaces for AWS Account ID .*"),
)

_TYPES = {
    "api_gateway_managed": "Amazon API Gateway",
    "aws_codestar_connections_managed": "AWS CodeConnections",
    "efs": "Amazon EFS",
    "gateway_load_balancer": "Gateway Load Balancer",
    "gateway_load_balancer_endpoint": "Gateway Load Balancer endpoint",
    "global_accelerator_managed": "AWS Global Accelerator",
    "interface_endpoint": "VPC endpoint",
    "iot_rules_managed": "AWS IoT",
    "lambda": "AWS Lambda",
    "load_balancer": "Elastic Load Balancing",
    "nat_gateway": "NAT gateway",
    "natGateway": "NAT gateway",
    "network_load_balancer": "Network Load Balancer",
    "quicksight": "Amazon QuickSight",
    "transit_gateway": "Transit gateway",
    "vpc_endpoint": "VPC endpoint",
}
"""`NetworkInterfaceType` (EC2 API Reference) of interfaces that only a service makes: no description is needed."""

_NAMED = re.compile(r"((?:vpce|nat|tgw-attach)-[0-9a-f]+)")
_POD_INTERFACE = re.compile(r"aws-k8s-(?P<kind>branch-eni|trunk-eni|i-[0-9a-f]+)", re.IGNORECASE)
"""Made by the Amazon VPC CNI plugin or the VPC resource controller for Kubernetes (sources: their `config` packages), with
the node's or cluster's own permissions: nobody manages it for its owner."""

_KUBERNETES = {"branch-eni": "Kubernetes pod", "trunk-eni": "Kubernetes node"}
_NODE, _CLUSTER, _CLUSTER_OWNED, _TRUNK = (
    "node.k8s.amazonaws.com/instance_id",
    "cluster.k8s.amazonaws.com/name",
    "kubernetes.io/cluster/",
    "vpcresources.k8s.aws/trunk-eni-id",
)
"""Tags that they put on interfaces."""


def owner_of(interface: NetworkInterface) -> Owner | None:
    """Whose an interface is; None for what people made, and where nobody can tell."""
    if interface.requester_id is None and interface.interface_type == "interface":
        return _of_pods(interface)
    service = _TYPES.get(interface.interface_type)
    if service is not None:
        named = _NAMED.search(interface.description)
        return _described(interface) or Owner(service=service, resource=named[1] if named else None)
    return _described(interface) or _of_pods(interface)


def _of_pods(interface: NetworkInterface) -> Owner | None:
    """A pod's own interface, one with the addresses of a node's pods, or a node's trunk; by its description, or tags alone."""
    tags = {one.key: one.value for one in interface.tag_set}
    found = _POD_INTERFACE.fullmatch(interface.description)
    kind = found["kind"].lower() if found is not None else ""
    if found is None and not {_NODE, _TRUNK} & tags.keys():
        return None
    if _TRUNK in tags:
        kind = "branch-eni"
    attachment = interface.attachment
    node = attachment.instance_id if attachment is not None else None
    owned = (key.removeprefix(_CLUSTER_OWNED) for key in tags if key.startswith(_CLUSTER_OWNED))
    cluster = tags.get(_CLUSTER) or next(owned, None)
    names = [node or tags.get(_NODE) or tags.get(_TRUNK), cluster and f"in {cluster}"]
    return Owner(
        service=_KUBERNETES.get(kind, "Kubernetes pods"),
        resource=" ".join(filter(None, names)) or None,
    )


def _described(interface: NetworkInterface) -> Owner | None:
    if interface.requester_id is None:
        return None
    for sign in _SIGNS:
        found = sign.pattern.fullmatch(interface.description)
        if found is not None:
            return Owner(service=sign.service, resource=found[1] if found.re.groups else None)
    return None
