"""What an estate may say. The YAML files have the same names; unknown ones are an error."""

from typing import Literal

import msgspec

from vedette_simulator.faults import Fault

Tags = dict[str, str]


class Role(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An IAM role; `trusts` are the accounts or ARNs that may assume it."""

    name: str
    trusts: tuple[str, ...]
    external_id: str | None = None


class Account(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An account of the organization; exactly one is the management account."""

    id: str
    name: str
    management: bool = False
    roles: tuple[Role, ...] = ()
    tags: Tags = {}
    security_hub: bool = True


class Organization(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The accounts, the regions they may use and the user that the demo begins with."""

    accounts: tuple[Account, ...]
    regions: tuple[str, ...]
    user: str = "vedette"


class Route(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A route to an IPv4 CIDR."""

    to: str
    via: Literal["internet-gateway"]


class RouteTable(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A route table with its routes besides the local one."""

    name: str
    routes: tuple[Route, ...] = ()


class AclEntry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An entry of a network ACL; `protocol` as AWS numbers it, `-1` all."""

    rule: int
    direction: Literal["in", "out"]
    action: Literal["allow", "deny"]
    cidr: str
    protocol: str = "-1"
    ports: tuple[int, int] | None = None


class NetworkAcl(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A network ACL; what no entry allows is denied."""

    name: str
    entries: tuple[AclEntry, ...]


class Subnet(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A subnet; without a route table or ACL it has the VPC's main and default ones."""

    name: str
    cidr: str
    zone: str
    route_table: str | None = None
    network_acl: str | None = None
    map_public_ip: bool = False


class PrefixList(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A customer-managed prefix list of IPv4 CIDRs."""

    name: str
    cidrs: tuple[str, ...]


class GroupRule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A rule of a security group; exactly one of `cidr`, `group` and `prefix_list` is the peer."""

    protocol: str = "tcp"
    ports: tuple[int, int] | None = None
    cidr: str | None = None
    group: str | None = None
    prefix_list: str | None = None
    description: str = ""


class SecurityGroup(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A security group; without `egress` it has AWS's default of everything out."""

    name: str
    description: str
    ingress: tuple[GroupRule, ...] = ()
    egress: tuple[GroupRule, ...] | None = None


class Network(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A VPC."""

    name: str
    account: str
    region: str
    cidr: str
    internet_gateway: bool
    subnets: tuple[Subnet, ...]
    route_tables: tuple[RouteTable, ...] = ()
    network_acls: tuple[NetworkAcl, ...] = ()
    prefix_lists: tuple[PrefixList, ...] = ()
    security_groups: tuple[SecurityGroup, ...] = ()


class SoftwarePackage(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A package as its manager names it; `patched` is the version that fixes what is known of it.

    Versions are `epoch:version-release` for rpm (no epoch: none) and as dpkg writes them for deb.
    """

    name: str
    version: str
    arch: str
    patched: str | None = None
    publisher: str = ""
    summary: str = ""
    url: str = ""
    severity: str = "Important"
    cves: tuple[str, ...] = ()
    source: str | None = None


class Software(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What runs on an instance: the system and its packages, as `AWS:InstanceInformation` and `AWS:Application` say."""

    name: str
    platform_name: str
    platform_version: str
    manager: Literal["rpm", "deb"]
    kernel: str
    agent_version: str
    packages: tuple[SoftwarePackage, ...]


class Instance(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An EC2 instance; `managed` means that its SSM agent reports."""

    name: str
    network: str
    subnet: str
    groups: tuple[str, ...]
    software: str
    instance_type: str = "t3.small"
    architecture: Literal["x86_64", "arm64"] = "x86_64"
    public_ip: bool = False
    elastic_ip: bool = False
    managed: bool = True
    state: Literal["running", "stopped"] = "running"
    tags: Tags = {}


class PythonPackage(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A Python distribution with its dist-info."""

    name: str
    version: str


class NodePackage(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A Node package under node_modules."""

    name: str
    version: str


class ImageLayer(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A layer of an image: files, package databases, and what it deletes.

    `delete` are paths that get a whiteout; `opaque` are directories whose lower content is hidden. `dpkg` and `apk`
    write the package database, `root` is where `python` and `node` put their trees.
    """

    comment: str
    compression: Literal["gzip", "zstd"] = "gzip"
    files: dict[str, str] = {}
    dpkg: tuple[SoftwarePackage, ...] = ()
    apk: tuple[SoftwarePackage, ...] = ()
    python: tuple[PythonPackage, ...] = ()
    python_root: str = "usr/local/lib/python3.11/site-packages"
    node: tuple[NodePackage, ...] = ()
    node_root: str = "app/node_modules"
    delete: tuple[str, ...] = ()
    opaque: tuple[str, ...] = ()


class Image(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An OCI image."""

    tags: tuple[str, ...]
    layers: tuple[ImageLayer, ...]
    architecture: str = "amd64"
    author: str = ""


class Repository(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An ECR repository with its images, the oldest first."""

    name: str
    account: str
    region: str
    tags: Tags = {}
    images: tuple[Image, ...] = ()


class Service(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An ECS service that runs so many tasks of an image in the cluster's own account and region."""

    name: str
    repository: str
    tag: str
    tasks: int = 1


class Cluster(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An ECS cluster."""

    name: str
    account: str
    region: str
    services: tuple[Service, ...] = ()


class LambdaLayer(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A Lambda layer with Python distributions under `python/`."""

    name: str
    account: str
    region: str
    python: tuple[PythonPackage, ...]
    runtimes: tuple[str, ...]


class Function(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A Lambda function of Python or Node; `url` is the AuthType of its function URL, `public` its public policy."""

    name: str
    account: str
    region: str
    runtime: str
    handler: str
    source: str
    python: tuple[PythonPackage, ...] = ()
    node: tuple[NodePackage, ...] = ()
    layers: tuple[str, ...] = ()
    url: Literal["NONE", "AWS_IAM"] | None = None
    public: bool = False
    tags: Tags = {}


class Rule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An EventBridge rule on the default bus; targets are made with it.

    `topic` is an SNS topic with the queue `queue` subscribed; `function` a Lambda function of the same account and
    region; `direct_queue` an SQS queue.
    """

    name: str
    account: str
    region: str
    pattern: dict[str, object]
    topic: str | None = None
    queue: str | None = None
    direct_queue: str | None = None
    function: str | None = None


class Estate(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything. `seed` fixes moto's random identifiers."""

    name: str
    organization: Organization
    seed: int = 7
    command_seconds: float = 0.6
    networks: tuple[Network, ...] = ()
    software: tuple[Software, ...] = ()
    instances: tuple[Instance, ...] = ()
    repositories: tuple[Repository, ...] = ()
    clusters: tuple[Cluster, ...] = ()
    lambda_layers: tuple[LambdaLayer, ...] = ()
    functions: tuple[Function, ...] = ()
    rules: tuple[Rule, ...] = ()
    faults: tuple[Fault, ...] = ()

    @property
    def management(self) -> Account:
        """The management account (`load` makes sure that there is one)."""
        return next(account for account in self.organization.accounts if account.management)
