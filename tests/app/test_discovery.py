"""What is listed in one place: every kind of resource, odd items and refusals included."""

import base64
import copy
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from tests.app.test_accounts import OWN, SECOND, assumed, identity
from tests.simulators.aws_wire import (
    Reply,
    Wire,
    error,
    ok,
    query_error,
    rest_error,
    xml,
    xml_error,
)
from vedette.app.discovery import configuration
from vedette.app.discovery.configuration import record_network
from vedette.app.discovery.discover import discover
from vedette.app.discovery.functions import function_from, list_functions
from vedette.app.discovery.images import image_from, list_images
from vedette.app.discovery.instances import instance_from, list_instances, managed_instances
from vedette.app.discovery.scope import Place, Scope
from vedette.clients.aws import Response
from vedette.errors import ParseError, ServiceError
from vedette.model.arn import Arn
from vedette.model.digest import Digest, digest_of
from vedette.model.resource import (
    ContainerImage,
    Ec2Instance,
    InstanceState,
    LambdaFunction,
    Resource,
    ResourceRef,
    ResourceType,
    Tag,
)
from vedette.network import calls

HERE = Place(account=OWN, region="eu-west-1")
GOV = Place(account=OWN, region="us-gov-west-1", partition="aws-us-gov")
NOW = datetime(2026, 5, 2, tzinfo=UTC)
BERLIN = timezone(timedelta(hours=2))
MOMENT = datetime(2026, 5, 1, 14, 0, tzinfo=BERLIN)
DIGEST = digest_of(b"image")
REPOSITORY = f"arn:aws:ecr:eu-west-1:{OWN}:repository/shop"
FUNCTION = f"arn:aws:lambda:eu-west-1:{OWN}:function:hook"

INSTANCE: Response = {
    "InstanceId": "i-0a",
    "InstanceType": "t3.micro",
    "State": {"Code": 16, "Name": "running"},
    "ImageId": "ami-1",
    "LaunchTime": MOMENT,
    "VpcId": "vpc-1",
    "SubnetId": "subnet-1",
    "PublicIpAddress": "198.51.100.7",
    "KeyName": "ops",
    "IamInstanceProfile": {"Arn": f"arn:aws:iam::{OWN}:instance-profile/web", "Id": "AIPA"},
    "PlatformDetails": "Linux/UNIX",
    "NetworkInterfaces": [
        {
            "PrivateIpAddresses": [
                {"PrivateIpAddress": "10.0.0.5", "Primary": True},
                {"PrivateIpAddress": "10.0.0.6", "Primary": False},
                {},
            ],
            "Ipv6Addresses": [{"Ipv6Address": "2001:db8::7"}],
        },
        {"PrivateIpAddresses": [{"PrivateIpAddress": "10.0.0.5"}]},
    ],
    "Tags": [{"Key": "b", "Value": "2"}, {"Key": "a", "Value": ""}],
}
IMAGE: Response = {
    "registryId": OWN,
    "repositoryName": "shop",
    "imageDigest": DIGEST,
    "imageTags": ["latest", "1.0"],
    "imagePushedAt": MOMENT,
    "imageManifestMediaType": "application/vnd.oci.image.manifest.v1+json",
}
ITEM: Response = {
    "FunctionName": "hook",
    "FunctionArn": FUNCTION,
    "Runtime": "python3.12",
    "Role": f"arn:aws:iam::{OWN}:role/hook",
    "CodeSha256": "q83v",
    "Version": "$LATEST",
    "PackageType": "Zip",
    "Architectures": ["arm64"],
    "Layers": [{"Arn": f"arn:aws:lambda:eu-west-1:{OWN}:layer:deps:1", "CodeSize": 7}],
    "LastModified": "2026-05-01T12:00:00.000+0000",
}


def _instance(item: Response, place: Place = HERE) -> Resource:
    return instance_from(item, place, managed=True, platform=None)


def _image(item: Response, place: Place = HERE) -> Resource:
    return image_from(item, REPOSITORY, place, ())


def _function(item: Response, place: Place = HERE) -> Resource:
    return function_from(item, place, ())


def test_an_instance() -> None:
    assert _instance(INSTANCE) == Resource(
        ref=ResourceRef(type=ResourceType.EC2_INSTANCE, id="i-0a", account=OWN, region="eu-west-1"),
        facts=Ec2Instance(
            instance_type="t3.micro",
            image_id="ami-1",
            state=InstanceState.RUNNING,
            launched_at=datetime(2026, 5, 1, 12, 0, tzinfo=UTC),
            vpc_id="vpc-1",
            subnet_id="subnet-1",
            ipv4_addresses=("10.0.0.5", "10.0.0.6", "198.51.100.7"),
            ipv6_addresses=("2001:db8::7",),
            key_name="ops",
            iam_instance_profile_arn=Arn(f"arn:aws:iam::{OWN}:instance-profile/web"),
            platform="Linux/UNIX",
            managed_by_ssm=True,
        ),
        tags=(Tag(key="a", value=""), Tag(key="b", value="2")),
    )


def test_an_image() -> None:
    found = image_from(IMAGE, REPOSITORY, HERE, (Tag(key="t", value="1"),))
    assert found == Resource(
        ref=ResourceRef(
            type=ResourceType.ECR_CONTAINER_IMAGE,
            id=f"{REPOSITORY}/{DIGEST}",
            account=OWN,
            region="eu-west-1",
        ),
        facts=ContainerImage(
            repository="shop",
            digest=Digest(DIGEST),
            tags=("1.0", "latest"),
            pushed_at=datetime(2026, 5, 1, 12, 0, tzinfo=UTC),
            media_type="application/vnd.oci.image.manifest.v1+json",
        ),
        tags=(Tag(key="t", value="1"),),
    )
    pulled_at = datetime(2026, 5, 2, 14, 0, tzinfo=timezone(timedelta(hours=2)))
    pulled = _image({**IMAGE, "lastRecordedPullTime": pulled_at}).facts
    assert isinstance(pulled, ContainerImage)
    assert pulled.last_pulled_at == pulled_at
    assert pulled.last_pulled_at.tzinfo is UTC
    facts = found.facts
    assert isinstance(facts, ContainerImage)
    assert facts.pushed_at is not None
    assert facts.pushed_at.tzinfo is UTC  # the machine's zone must not show in fingerprints


def test_a_function() -> None:
    assert _function(ITEM) == Resource(
        ref=ResourceRef(
            type=ResourceType.LAMBDA_FUNCTION,
            id=f"{FUNCTION}:$LATEST",
            account=OWN,
            region="eu-west-1",
        ),
        facts=LambdaFunction(
            name="hook",
            runtime="python3.12",
            architectures=("arm64",),
            code_sha256="q83v",
            version="$LATEST",
            layers=(Arn(f"arn:aws:lambda:eu-west-1:{OWN}:layer:deps:1"),),
            package_type="Zip",
            last_modified_at=datetime(2026, 5, 1, 12, 0, tzinfo=UTC),
            execution_role_arn=Arn(f"arn:aws:iam::{OWN}:role/hook"),
        ),
    )


def test_the_least_of_each() -> None:
    bare = {"InstanceId": "i-0", "InstanceType": "t", "State": {"Name": "pending"}}
    assert isinstance(_instance(bare).facts, Ec2Instance)
    assert _image({"imageDigest": DIGEST, "repositoryName": "shop"}).tags == ()
    function = _function(
        {"FunctionName": "f", "FunctionArn": FUNCTION, "CodeSha256": "x", "Version": "7"}
    )
    assert isinstance(function.facts, LambdaFunction)
    assert function.facts.architectures == ("x86_64",)
    assert function.ref.id == f"{FUNCTION}:7"


@pytest.mark.parametrize(
    ("make", "item"), [(_instance, INSTANCE), (_image, IMAGE), (_function, ITEM)]
)
def test_a_resource_is_in_the_partition_of_its_place(
    make: Callable[[Response, Place], Resource], item: Response
) -> None:
    ref = make(item, GOV).ref
    assert (ref.partition, ref.region) == ("aws-us-gov", "us-gov-west-1")


def _without(item: Response, path: str) -> Response:
    changed = copy.deepcopy(dict(item))
    place: Any = changed
    *parents, last = [int(name) if name.isdigit() else name for name in path.split(".")]
    for name in parents:
        place = place[name]
    del place[last]
    return changed


def _with(item: Response, path: str, value: object) -> Response:
    changed = copy.deepcopy(dict(item))
    place: Any = changed
    *parents, last = [int(name) if name.isdigit() else name for name in path.split(".")]
    for name in parents:
        place = place[name]
    place[last] = value
    return changed


@pytest.mark.parametrize(
    ("make", "item", "told"),
    [
        (_instance, {}, "an instance: "),
        (_instance, _without(INSTANCE, "InstanceId"), "an instance: .*`InstanceId`"),
        (_instance, _without(INSTANCE, "InstanceType"), "i-0a: .*`InstanceType`"),
        (_instance, _without(INSTANCE, "State"), "i-0a: .*`State`"),
        (_instance, _without(INSTANCE, "State.Name"), "i-0a: .*`Name`"),
        (_instance, _with(INSTANCE, "State.Name", "molten"), "i-0a: 'molten' is not a valid"),
        (_instance, _with(INSTANCE, "LaunchTime", "yesterday"), "i-0a: Invalid"),
        (_instance, _with(INSTANCE, "IamInstanceProfile.Arn", "web"), "i-0a: not an ARN"),
        (_instance, _without(INSTANCE, "Tags.0.Value"), "i-0a: .*`Value`"),
        (_instance, _with(INSTANCE, "Tags", 7), "i-0a: Expected"),
        (_instance, _with(INSTANCE, "NetworkInterfaces.0", None), "i-0a: Expected"),
        (_image, {}, "imageDigest"),
        (_image, _without(IMAGE, "imageDigest"), "imageDigest"),
        (_image, _with(IMAGE, "imageDigest", "sha256:no"), "not a digest"),
        (_image, _with(IMAGE, "imageTags", [None]), "Expected `str`"),
        (_image, _with(IMAGE, "imagePushedAt", 7), "Expected `datetime"),
        (_function, {}, "a function: "),
        (_function, _without(ITEM, "FunctionArn"), "hook: .*FunctionArn"),
        (_function, _without(ITEM, "CodeSha256"), "hook: .*CodeSha256"),
        (_function, _with(ITEM, "FunctionArn", "hook"), "hook: not an ARN"),
        (_function, _with(ITEM, "Role", "hook"), "hook: not an ARN"),
        (_function, _with(ITEM, "Layers.0.Arn", ""), "hook: not an ARN"),
        (_function, _without(ITEM, "Layers.0.Arn"), "hook: .*`Arn`"),
        (_function, _with(ITEM, "LastModified", "May"), "hook: LastModified: not a time: 'May'"),
    ],
)
def test_an_odd_item_is_a_parse_error_with_its_name(
    make: Callable[[Response], Resource], item: Response, told: str
) -> None:
    with pytest.raises(ParseError, match=told):
        make(item)


# --- lists ---------------------------------------------------------------------------------------------------------


def _reservations(*items: str) -> Reply:
    listed = "".join(f"<item><instancesSet>{item}</instancesSet></item>" for item in items)
    return xml("DescribeInstances", f"<reservationSet>{listed}</reservationSet>")


def _listed(identity: str, state: str = "running") -> str:
    return (
        f"<item><instanceId>{identity}</instanceId><instanceType>t3.micro</instanceType>"
        f"<instanceState><name>{state}</name></instanceState></item>"
    )


def test_instances_that_are_terminated_are_not_there(wire: Wire) -> None:
    wire.says(
        "ec2.DescribeInstances",
        _reservations(_listed("i-1"), _listed("i-2", "terminated"), _listed("i-3", "stopped")),
    )
    managed = {"i-3": {"PlatformName": "Debian", "PlatformVersion": "12"}}
    found = list(list_instances(wire.account(), HERE, managed))
    facts = [(one.ref.id, one.facts) for one in found if isinstance(one, Resource)]
    assert [
        (name, one.managed_by_ssm, one.platform)
        for name, one in facts
        if isinstance(one, Ec2Instance)
    ] == [
        ("i-1", False, None),
        ("i-3", True, "Debian 12"),
    ]


def test_an_instance_that_is_not_understood_costs_only_itself(wire: Wire) -> None:
    wire.says(
        "ec2.DescribeInstances",
        _reservations(
            _listed("i-1"), "<item><instanceId>i-2</instanceId></item>", "<item/>", _listed("i-3")
        ),
    )
    found = list(list_instances(wire.account(), HERE, {}))
    assert [one.ref.id if isinstance(one, Resource) else one.places for one in found] == [
        "i-1",
        ("i-2",),
        ("an instance",),
        "i-3",
    ]


def test_what_ssm_manages_is_known_by_its_name(wire: Wire) -> None:
    items = [{"InstanceId": "i-1", "PingStatus": "Online"}, {"PingStatus": "Online"}]
    wire.says("ssm.DescribeInstanceInformation", ok({"InstanceInformationList": items}))
    assert managed_instances(wire.account(), "eu-west-1") == {"i-1": items[0]}


def _ecr(wire: Wire, *repositories: dict[str, str]) -> None:
    wire.says("ecr.DescribeRepositories", ok({"repositories": repositories}))
    wire.says("ecr.ListTagsForResource", ok({"tags": [{"Key": "team", "Value": "shop"}]}))
    wire.says(
        "ecr.DescribeImages", ok({"imageDetails": [_with(IMAGE, "imagePushedAt", 1777636800.0)]})
    )


def _repository(name: str) -> dict[str, str]:
    return {
        "repositoryArn": f"arn:aws:ecr:eu-west-1:{OWN}:repository/{name}",
        "repositoryName": name,
    }


def test_images_have_the_tags_of_their_repository(wire: Wire) -> None:
    _ecr(wire, _repository("shop"), _repository("base"))
    found = [one for one in list_images(wire.account(), HERE) if isinstance(one, Resource)]
    assert [one.ref.id for one in found] == [
        f"{_repository(name)['repositoryArn']}/{DIGEST}" for name in ("shop", "base")
    ]
    assert {one.tags for one in found} == {(Tag(key="team", value="shop"),)}


@pytest.mark.parametrize(
    ("repository", "place"),
    [
        ({"repositoryName": "odd"}, "odd"),
        ({"repositoryArn": REPOSITORY}, "a repository"),
        ({"repositoryArn": "odd", "repositoryName": "odd"}, "odd"),
    ],
)
def test_an_odd_repository_costs_only_itself(
    wire: Wire, repository: dict[str, str], place: str
) -> None:
    _ecr(wire, repository, _repository("shop"))
    first, second = list_images(wire.account(), HERE)
    assert isinstance(first, ParseError)
    assert first.places[0] == place
    assert isinstance(second, Resource)


def test_odd_tags_and_images_cost_only_themselves(wire: Wire) -> None:
    _ecr(wire, _repository("first"), _repository("second"))
    wire.says("ecr.ListTagsForResource", ok({"tags": [{"Key": "x"}]}), ok({"tags": []}))
    wire.says(
        "ecr.DescribeImages",
        ok({"imageDetails": [{}, {"imageDigest": DIGEST, "repositoryName": "second"}]}),
    )
    found = list(list_images(wire.account(), HERE))
    assert [type(one) for one in found] == [ParseError, ParseError, Resource]


def test_a_repository_that_is_deleted_meanwhile_is_gone(wire: Wire) -> None:
    _ecr(wire, _repository("first"), _repository("second"))
    wire.says("ecr.ListTagsForResource", error("RepositoryNotFoundException"), ok({"tags": []}))
    assert len(list(list_images(wire.account(), HERE))) == 1
    wire.says("ecr.DescribeImages", error("RepositoryNotFoundException"))
    assert list(list_images(wire.account(), HERE)) == []


def test_a_refusal_of_ecr_is_one(wire: Wire) -> None:
    _ecr(wire, _repository("first"))
    wire.says("ecr.DescribeImages", error("AccessDeniedException"))
    with pytest.raises(ServiceError, match="AccessDenied"):
        list(list_images(wire.account(), HERE))


def test_functions_with_their_tags(wire: Wire) -> None:
    wire.says("lambda.ListFunctions", ok({"Functions": [ITEM]}))
    wire.says("lambda.ListTags", ok({"Tags": {"b": "2", "a": "1"}}))
    (found,) = list_functions(wire.account(), HERE)
    assert isinstance(found, Resource)
    assert found.tags == (Tag(key="a", value="1"), Tag(key="b", value="2"))


def _layers(*names: str) -> Response:
    arns = (f"arn:aws:lambda:eu-west-1:{OWN}:layer:{name}:1" for name in names)
    return {**ITEM, "Layers": [{"Arn": arn, "CodeSize": 7} for arn in arns]}


def test_several_layers_are_told_apart_by_their_digests(wire: Wire) -> None:
    """Each layer is asked for once; one that Lambda refuses, or of which it tells no hash, is not known."""
    wire.says(
        "lambda.ListFunctions",
        ok({"Functions": [ITEM, _layers("a", "b"), _layers("b", "c", "d", "a")]}),
    )
    wire.says("lambda.ListTags", ok({"Tags": {}}), ok({"Tags": {}}), ok({"Tags": {}}))
    hashes = [base64.b64encode(bytes([number]) * 32).decode() for number in (1, 2)]
    wire.says(
        "lambda.GetLayerVersionByArn",
        *(ok({"Content": {"CodeSha256": text}}) for text in hashes),
        rest_error("AccessDeniedException", status=403),
        ok({"Content": {"CodeSha256": "%"}}),
    )
    found = list(list_functions(wire.account(), HERE))
    a, b = (Digest(f"sha256:{byte * 32}") for byte in ("01", "02"))
    told = [
        one.facts.layer_digests
        for one in found
        if isinstance(one, Resource) and isinstance(one.facts, LambdaFunction)
    ]
    assert told == [(), (a, b), (b, None, None, a)]


def test_odd_and_deleted_functions_cost_only_themselves(wire: Wire) -> None:
    gone = {**ITEM, "FunctionArn": f"{FUNCTION}2", "FunctionName": "hook2"}
    odd = _without(ITEM, "FunctionArn")
    wire.says(
        "lambda.ListFunctions", ok({"Functions": [odd, gone, ITEM, _without(ITEM, "Version")]})
    )
    wire.says(
        "lambda.ListTags", rest_error("ResourceNotFoundException", status=404), ok({"Tags": {}})
    )
    found = list(list_functions(wire.account(), HERE))
    assert [type(one) for one in found] == [ParseError, Resource, ParseError]


def test_a_refusal_of_lambda_is_one(wire: Wire) -> None:
    wire.says("lambda.ListFunctions", ok({"Functions": [ITEM]}))
    wire.says("lambda.ListTags", rest_error("AccessDeniedException", status=403))
    with pytest.raises(ServiceError, match="AccessDenied"):
        list(list_functions(wire.account(), HERE))


# --- network -------------------------------------------------------------------------------------------------------


def test_the_network_is_recorded_as_the_cli_would(wire: Wire) -> None:
    wire.otherwise = xml_error("UnauthorizedOperation", "no")
    wire.says(
        "ec2.DescribeVpcs",
        xml("DescribeVpcs", "<vpcSet><item><vpcId>vpc-1</vpcId></item></vpcSet>"),
    )
    prefix = "<prefixListSet><item><prefixListId>pl-1</prefixListId></item><item/></prefixListSet>"
    wire.says("ec2.DescribeManagedPrefixLists", xml("DescribeManagedPrefixLists", prefix))
    entries = "<entrySet><item><cidr>10.0.0.0/8</cidr></item></entrySet>"
    wire.says("ec2.GetManagedPrefixListEntries", xml("GetManagedPrefixListEntries", entries))
    wire.says(
        "lambda.ListFunctions",
        ok({"Functions": [{"FunctionName": "hook"}, {"FunctionName": "bare"}, {}]}),
    )
    urls = [{"FunctionUrl": "https://x.lambda-url.eu-west-1.on.aws/", "AuthType": "NONE"}]
    wire.says(
        "lambda.ListFunctionUrlConfigs",
        ok({"FunctionUrlConfigs": urls}),
        ok({"FunctionUrlConfigs": []}),
    )
    wire.says("lambda.GetPolicy", rest_error("ResourceNotFoundException", status=404))

    answers, failures = record_network(wire.account(), HERE)
    assert answers["ec2.describe-vpcs"] == {"Vpcs": [{"VpcId": "vpc-1"}]}
    assert answers["ec2.get-managed-prefix-list-entries/pl-1"] == {
        "Entries": [{"Cidr": "10.0.0.0/8"}]
    }
    assert answers["lambda.list-function-url-configs/hook"] == {"FunctionUrlConfigs": urls}
    assert answers["lambda.get-policy/hook"] == {}  # there is none: that is an answer
    assert "lambda.get-policy/bare" not in answers
    assert answers["ec2.describe-subnets"] == {
        "Error": {"Code": "UnauthorizedOperation", "Message": "no"}
    }
    assert len(wire.asked("lambda.GetPolicy")) == 1
    # what is not XML has the status alone
    assert {one.code for one in failures} == {"UnauthorizedOperation", "400"}
    assert {(one.account, one.region) for one in failures} == {(OWN, "eu-west-1")}
    refused = {name for name, answer in answers.items() if "Error" in answer}
    assert len(failures) == len(refused)


def test_a_policy_that_may_not_be_read_is_a_failure(wire: Wire) -> None:
    wire.otherwise = xml_error("UnauthorizedOperation", "no")
    wire.says("lambda.ListFunctions", ok({"Functions": [{"FunctionName": "hook"}]}))
    wire.says("lambda.ListFunctionUrlConfigs", ok({"FunctionUrlConfigs": [{"FunctionUrl": "u"}]}))
    wire.says("lambda.GetPolicy", rest_error("AccessDeniedException", "not this", 403))
    answers, failures = record_network(wire.account(), HERE)
    assert answers["lambda.get-policy/hook"] == {
        "Error": {"Code": "AccessDeniedException", "Message": "not this"}
    }
    assert ("lambda:get_policy", "not this") in {(one.operation, one.reason) for one in failures}


def test_a_policy_that_is_there_is_recorded(wire: Wire) -> None:
    wire.otherwise = xml_error("UnauthorizedOperation", "no")
    wire.says("lambda.ListFunctions", ok({"Functions": [{"FunctionName": "hook"}]}))
    wire.says("lambda.ListFunctionUrlConfigs", ok({"FunctionUrlConfigs": [{"FunctionUrl": "u"}]}))
    wire.says("lambda.GetPolicy", ok({"Policy": json.dumps({"Statement": []})}))
    answers, _ = record_network(wire.account(), HERE)
    assert answers["lambda.get-policy/hook"] == {"Policy": '{"Statement": []}'}


_V2 = "elastic-load-balancing-v2."
_BALANCING = f"arn:aws:elasticloadbalancing:eu-west-1:{OWN}"


def _wrapped(operation: str, content: str) -> Reply:
    return xml(operation, f"<{operation}Result>{content}</{operation}Result>")


def _v2(wire: Wire, operation: str, member: str, *items: str) -> None:
    listed = "".join(f"<member>{item}</member>" for item in items)
    wire.says(f"{_V2}{operation}", _wrapped(operation, f"<{member}>{listed}</{member}>"))


def test_transit_gateways_are_recorded_table_by_table(wire: Wire) -> None:
    wire.otherwise = xml_error("UnauthorizedOperation", "no")
    wire.says(
        "ec2.DescribeTransitGatewayRouteTables",
        xml(
            "DescribeTransitGatewayRouteTables",
            "<transitGatewayRouteTables><item><transitGatewayRouteTableId>tgw-rtb-1"
            "</transitGatewayRouteTableId></item></transitGatewayRouteTables>",
        ),
    )
    wire.says(
        "ec2.SearchTransitGatewayRoutes",
        xml(
            "SearchTransitGatewayRoutes",
            "<routeSet><item><destinationCidrBlock>10.0.0.0/8</destinationCidrBlock></item></routeSet>",
        ),
    )
    wire.says(
        "ec2.GetTransitGatewayRouteTableAssociations",
        xml("GetTransitGatewayRouteTableAssociations", "<associations/>"),
    )
    answers, _ = record_network(wire.account(), HERE)
    assert answers["ec2.search-transit-gateway-routes/tgw-rtb-1"] == {
        "Routes": [{"DestinationCidrBlock": "10.0.0.0/8"}]
    }
    assert answers["ec2.get-transit-gateway-route-table-associations/tgw-rtb-1"] == {
        "Associations": []
    }


def test_endpoint_services_are_recorded_with_who_may_connect(wire: Wire) -> None:
    wire.otherwise = xml_error("UnauthorizedOperation", "no")
    wire.says(
        "ec2.DescribeVpcEndpointServiceConfigurations",
        xml(
            "DescribeVpcEndpointServiceConfigurations",
            "<serviceConfigurationSet><item><serviceId>vpce-svc-1</serviceId></item></serviceConfigurationSet>",
        ),
    )
    wire.says(
        "ec2.DescribeVpcEndpointServicePermissions",
        xml(
            "DescribeVpcEndpointServicePermissions",
            "<allowedPrincipals><item><principal>*</principal></item></allowedPrincipals>",
        ),
    )
    answers, _ = record_network(wire.account(), HERE)
    assert answers["ec2.describe-vpc-endpoint-service-permissions/vpce-svc-1"] == {
        "AllowedPrincipals": [{"Principal": "*"}]
    }
    # an account has these once: they are not asked for in every Region
    assert not [name for name in answers if name.startswith(("cloudfront", "globalaccelerator"))]


GLOBAL = Place(account=OWN, region="us-east-1")
_PAGE = (
    '<DistributionList xmlns="http://cloudfront.amazonaws.com/doc/2020-05-31/"><Marker></Marker>'
    "<MaxItems>1</MaxItems><IsTruncated>{more}</IsTruncated>{marker}<Quantity>1</Quantity><Items>"
    "<DistributionSummary><Id>{name}</Id><Origins><Quantity>1</Quantity><Items><Origin><Id>o</Id>{origin}"
    "</Origin></Items></Origins></DistributionSummary></Items></DistributionList>"
)
_VPC_ORIGIN = "<VpcOriginConfig><VpcOriginId>vo_1</VpcOriginId></VpcOriginConfig>"


def _distributions(name: str, *, marker: str = "", origin: str = "") -> Reply:
    text = f"<NextMarker>{marker}</NextMarker>" if marker else ""
    more = "true" if marker else "false"
    return 200, {}, _PAGE.format(name=name, more=more, marker=text, origin=origin).encode()


def test_global_services_are_recorded_once(wire: Wire) -> None:
    wire.otherwise = xml_error("UnauthorizedOperation", "no")
    wire.says(
        "cloudfront.ListDistributions",
        _distributions("E1", marker="next", origin=_VPC_ORIGIN),
        _distributions("E2"),
    )
    wire.says(
        "cloudfront.GetVpcOrigin",
        (
            200,
            {},
            b'<VpcOrigin xmlns="http://cloudfront.amazonaws.com/doc/2020-05-31/"><Id>vo_1</Id></VpcOrigin>',
        ),
    )
    speed = f"arn:aws:globalaccelerator::{OWN}:accelerator/abcd"
    wire.says(
        "global-accelerator.ListAccelerators", ok({"Accelerators": [{"AcceleratorArn": speed}]})
    )
    wire.says(
        "global-accelerator.ListListeners",
        ok({"Listeners": [{"ListenerArn": f"{speed}/listener/ef"}]}),
    )
    wire.says("global-accelerator.ListEndpointGroups", ok({"EndpointGroups": []}))
    answers, _ = record_network(wire.account(), GLOBAL)
    listed = answers["cloudfront.list-distributions"]["DistributionList"]["Items"]
    assert [one["Id"] for one in listed] == ["E1", "E2"]
    assert answers["cloudfront.get-vpc-origin/vo_1"]["VpcOrigin"] == {"Id": "vo_1"}
    assert answers["globalaccelerator.list-accelerators"] == {
        "Accelerators": [{"AcceleratorArn": speed}]
    }
    assert answers["globalaccelerator.list-listeners/abcd"] == {
        "Listeners": [{"ListenerArn": f"{speed}/listener/ef"}]
    }
    assert answers["globalaccelerator.list-endpoint-groups/ef"] == {"EndpointGroups": []}


def test_a_listing_of_distributions_that_does_not_end_is_cut(
    wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(configuration, "_MOST_PAGES", 2)
    wire.otherwise = xml_error("UnauthorizedOperation", "no")
    page = _distributions("E1", marker="next")
    wire.says("cloudfront.ListDistributions", page, page)
    answers, _ = record_network(wire.account(), GLOBAL)
    assert answers["cloudfront.list-distributions"]["NextMarker"] == "more"


def test_global_services_may_be_refused(wire: Wire) -> None:
    wire.otherwise = xml_error("UnauthorizedOperation", "no")
    answers, failures = record_network(wire.account(), GLOBAL)
    assert "Error" in answers["cloudfront.list-distributions"]
    assert "globalaccelerator:list_accelerators" in {one.operation for one in failures}


def test_the_policies_of_functions_behind_load_balancers_are_recorded(wire: Wire) -> None:
    wire.otherwise = xml_error("UnauthorizedOperation", "no")
    group = f"{_BALANCING}:targetgroup/hook/1"
    _v2(
        wire,
        "DescribeTargetGroups",
        "TargetGroups",
        f"<TargetGroupArn>{group}</TargetGroupArn><TargetGroupName>hook</TargetGroupName>",
    )
    target = f"arn:aws:lambda:eu-west-1:{OWN}:function:hook"
    _v2(
        wire,
        "DescribeTargetHealth",
        "TargetHealthDescriptions",
        f"<Target><Id>{target}</Id></Target>",
        "<TargetHealth/>",
    )
    wire.says("lambda.ListFunctions", ok({"Functions": [{"FunctionName": "hook"}]}))
    wire.says("lambda.ListFunctionUrlConfigs", ok({"FunctionUrlConfigs": []}))
    wire.says("lambda.GetPolicy", ok({"Policy": "{}"}))
    answers, _ = record_network(wire.account(), HERE)
    assert answers["lambda.get-policy/hook"] == {"Policy": "{}"}


def test_apis_are_recorded_with_the_policies_of_their_functions(wire: Wire) -> None:
    wire.otherwise = xml_error("UnauthorizedOperation", "no")
    called = f"arn:aws:lambda:eu-west-1:{OWN}:function"
    uri = f"arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/{called}:hook/invocations"
    method = {"httpMethod": "GET", "methodIntegration": {"type": "AWS_PROXY", "uri": uri}}
    wire.says("api-gateway.GetRestApis", ok({"item": [{"id": "api1"}]}))
    wire.says(
        "api-gateway.GetResources",
        ok({"item": [{"id": "r", "path": "/", "resourceMethods": {"GET": method}}, {"id": "s"}]}),
    )
    wire.says("api-gateway.GetStages", ok({"item": [{"stageName": "prod"}]}))
    wire.says("apigatewayv2.GetApis", ok({"items": [{"apiId": "api2"}]}))
    wire.says("apigatewayv2.GetRoutes", ok({"items": [{"routeKey": "$default"}]}))
    wire.says("apigatewayv2.GetStages", ok({"items": []}))
    elsewhere = called.replace("eu-west-1", "us-east-1")
    wire.says(
        "apigatewayv2.GetIntegrations",
        ok(
            {
                "items": [
                    {"integrationUri": f"{called}:other:live"},
                    {"integrationUri": f"{elsewhere}:far"},
                    {"integrationUri": f"arn:aws:servicediscovery:eu-west-1:{OWN}:service/srv-1"},
                    {},
                ]
            }
        ),
    )
    registered = {"Id": "task", "Attributes": {"AWS_INSTANCE_IPV4": "10.0.0.9"}}
    wire.says("servicediscovery.ListInstances", ok({"Instances": [registered]}))
    wire.says("api-gateway.GetVpcLinks", ok({"item": []}))
    wire.says("apigatewayv2.GetVpcLinks", ok({"items": [{"vpcLinkId": "link1"}]}))
    wire.says("apigatewayv2.GetDomainNames", ok({"items": [{"domainName": "api.example.com"}]}))
    wire.says("apigatewayv2.GetApiMappings", ok({"items": [{"apiId": "api2"}]}))
    wire.says(
        "lambda.ListFunctions",
        ok({"Functions": [{"FunctionName": "hook"}, {"FunctionName": "bare"}]}),
    )
    wire.says(
        "lambda.ListFunctionUrlConfigs",
        ok({"FunctionUrlConfigs": []}),
        ok({"FunctionUrlConfigs": []}),
    )
    wire.says("lambda.GetPolicy", ok({"Policy": "{}"}), ok({"Policy": "[]"}))
    answers, _ = record_network(wire.account(), HERE)
    recorded = {name for name in answers if name.startswith(("api", "lambda.get-policy"))}
    assert recorded == {
        "apigateway.get-rest-apis",
        "apigateway.get-resources/api1",
        "apigateway.get-stages/api1",
        "apigatewayv2.get-apis",
        "apigatewayv2.get-routes/api2",
        "apigatewayv2.get-stages/api2",
        "apigatewayv2.get-integrations/api2",
        "apigatewayv2.get-domain-names",
        "apigatewayv2.get-api-mappings/api.example.com",
        "apigateway.get-vpc-links",
        "apigatewayv2.get-vpc-links",
        "lambda.get-policy/hook",
        "lambda.get-policy/other:live",
    }
    assert answers["lambda.get-policy/other:live"] == {"Policy": "[]"}
    assert answers["servicediscovery.list-instances/srv-1"] == {"Instances": [registered]}
    assert answers["apigatewayv2.get-vpc-links"] == {"Items": [{"VpcLinkId": "link1"}]}
    assert answers["apigateway.get-stages/api1"] == {"item": [{"stageName": "prod"}]}


def test_load_balancers_are_recorded_with_all_that_the_analysis_asks_for(wire: Wire) -> None:
    wire.otherwise = xml_error("UnauthorizedOperation", "no")
    balancers = [
        f"<LoadBalancerArn>{_BALANCING}:loadbalancer/{kind}/{name}/1</LoadBalancerArn>"
        f"<LoadBalancerName>{name}</LoadBalancerName><Type>{word}</Type>"
        for kind, name, word in (("app", "shop", "application"), ("net", "raw", "network"))
    ]
    _v2(wire, "DescribeLoadBalancers", "LoadBalancers", *balancers, "<Type>network</Type>")
    listener = f"{_BALANCING}:listener/app/shop/1/abc"
    _v2(wire, "DescribeListeners", "Listeners", f"<ListenerArn>{listener}</ListenerArn>")
    _v2(wire, "DescribeRules", "Rules", "<Priority>default</Priority>")
    _v2(wire, "DescribeLoadBalancerAttributes", "Attributes", "<Key>k</Key><Value>v</Value>")
    group = f"{_BALANCING}:targetgroup/web/1"
    _v2(
        wire,
        "DescribeTargetGroups",
        "TargetGroups",
        f"<TargetGroupArn>{group}</TargetGroupArn><TargetGroupName>web</TargetGroupName>",
    )
    _v2(wire, "DescribeTargetHealth", "TargetHealthDescriptions", "<Target><Id>i-1</Id></Target>")
    _v2(wire, "DescribeTargetGroupAttributes", "Attributes", "<Key>k</Key><Value>v</Value>")
    classic = "elastic-load-balancing."
    wire.says(
        f"{classic}DescribeLoadBalancers",
        _wrapped(
            "DescribeLoadBalancers",
            "<LoadBalancerDescriptions><member><LoadBalancerName>old</LoadBalancerName></member>"
            "</LoadBalancerDescriptions>",
        ),
    )
    wire.says(
        f"{classic}DescribeLoadBalancerAttributes",
        _wrapped(
            "DescribeLoadBalancerAttributes",
            "<LoadBalancerAttributes><CrossZoneLoadBalancing><Enabled>true</Enabled>"
            "</CrossZoneLoadBalancing></LoadBalancerAttributes>",
        ),
    )
    answers, _ = record_network(wire.account(), HERE)
    by_id = {
        name: answer for name, answer in answers.items() if name.startswith("elb") and "/" in name
    }
    attribute = {"Attributes": [{"Key": "k", "Value": "v"}]}
    assert by_id == {
        "elbv2.describe-load-balancer-attributes/shop": attribute,
        "elbv2.describe-load-balancer-attributes/raw": attribute,
        "elbv2.describe-listeners/shop": {"Listeners": [{"ListenerArn": listener}]},
        "elbv2.describe-listeners/raw": {"Listeners": [{"ListenerArn": listener}]},
        "elbv2.describe-rules/abc": {"Rules": [{"Priority": "default"}]},
        "elbv2.describe-target-health/web": {
            "TargetHealthDescriptions": [{"Target": {"Id": "i-1"}}]
        },
        "elbv2.describe-target-group-attributes/web": attribute,
        "elb.describe-load-balancer-attributes/old": {
            "LoadBalancerAttributes": {"CrossZoneLoadBalancing": {"Enabled": True}}
        },
    }
    assert len(wire.asked(f"{_V2}DescribeRules")) == 1


def test_every_call_that_the_analysis_reads_is_recorded() -> None:
    source = Path(configuration.__file__).read_text()
    known = {name: value for name, value in vars(calls).items() if name.isupper()}
    for name, value in known.items():
        call = value if isinstance(value, str) else getattr(value, "name", None)
        if isinstance(call, str) and name != "GET_URL":  # listing them tells the same
            assert name in source, call


# --- all of it -----------------------------------------------------------------------------------------------------


def _estate(wire: Wire) -> None:
    wire.otherwise = xml_error("UnauthorizedOperation", "no")
    wire.says("sts.GetCallerIdentity", identity())
    wire.says("organizations.ListAccounts", error("AWSOrganizationsNotInUseException"))
    wire.says("ec2.DescribeInstances", _reservations(_listed("i-2"), _listed("i-1")))
    wire.says(
        "ssm.DescribeInstanceInformation", ok({"InstanceInformationList": [{"InstanceId": "i-1"}]})
    )
    _ecr(wire, _repository("shop"))
    wire.says("lambda.ListFunctions", ok({"Functions": [ITEM]}))
    wire.says("lambda.ListTags", ok({"Tags": {}}))
    wire.says("lambda.ListFunctionUrlConfigs", ok({"FunctionUrlConfigs": []}))
    wire.says("ecs.ListClusters", ok({"clusterArns": []}))


def test_everything_of_every_region_sorted_and_complete(wire: Wire) -> None:
    _estate(wire)
    told: list[tuple[str, int, int | None]] = []
    scope = Scope(regions=("eu-west-1", "cn-north-1"))
    found = discover(wire.account(), scope, lambda *progress: told.append(progress), now=NOW)
    names = [
        (one.ref.type.value, one.ref.id, one.ref.region, one.ref.partition)
        for one in found.resources
    ]
    assert names == sorted(names)
    assert len(names) == 8
    assert {one.ref.partition for one in found.resources if one.ref.region == "cn-north-1"} == {
        "aws-cn"
    }
    kinds = ("AWS_EC2_INSTANCE", "AWS_ECR_CONTAINER_IMAGE", "AWS_LAMBDA_FUNCTION")
    assert found.looked_in == tuple(
        (OWN, region, kind) for region in ("cn-north-1", "eu-west-1") for kind in kinds
    )
    assert set(found.network) == set(found.managed) == {(OWN, "eu-west-1"), (OWN, "cn-north-1")}
    assert dict(found.uses) == {(OWN, "eu-west-1"): (), (OWN, "cn-north-1"): ()}
    assert told == [("discover", number, 10) for number in range(1, 11)]


def test_a_kind_that_was_refused_or_not_understood_is_not_complete(wire: Wire) -> None:
    _estate(wire)
    wire.says("ssm.DescribeInstanceInformation", error("AccessDeniedException", "not ssm"))
    wire.says("lambda.ListFunctions", ok({"Functions": [ITEM, {}]}))
    wire.says("ecr.DescribeImages", error("ServerException"))
    wire.says("ecs.ListClusters", error("AccessDeniedException", "not ecs"))
    found = discover(wire.account(), Scope(regions=("eu-west-1",)), now=NOW)
    assert found.looked_in == ((OWN, "eu-west-1", "AWS_EC2_INSTANCE"),)
    assert found.managed == {}  # nobody says "unmanaged"
    assert found.uses == {}  # nor "not in use"
    assert [one.ref.type for one in found.resources] == [
        ResourceType.EC2_INSTANCE,
        ResourceType.EC2_INSTANCE,
        ResourceType.LAMBDA_FUNCTION,
    ]
    told = {(one.operation, one.code) for one in found.failures}
    assert {
        ("ssm:describe_instance_information", "AccessDeniedException"),
        ("list AWS_LAMBDA_FUNCTION", "Malformed"),
        ("ecr:describe_images", "ServerException"),
        ("ecs:list_clusters", "AccessDeniedException"),
    } <= told
    assert found.failures == tuple(sorted(set(found.failures)))


def test_an_account_that_cannot_be_entered_does_not_hide_the_others(wire: Wire) -> None:
    _estate(wire)
    members = [{"Id": one, "Status": "ACTIVE"} for one in (OWN, SECOND)]
    wire.says("organizations.ListAccounts", ok({"Accounts": members}))
    wire.says("sts.AssumeRole", query_error("AccessDenied", "not you", 403))
    found = discover(wire.account(), Scope(regions=("eu-west-1",)), now=NOW)
    assert list(found.accounts) == [OWN]
    assert len(found.resources) == 4
    assert (SECOND, "sts:assume_role") in {(one.account, one.operation) for one in found.failures}


def test_a_scope_wants_what_has_one_of_its_tags() -> None:
    tagged = _instance(INSTANCE)
    assert Scope(regions=()).wants(tagged)
    assert Scope(regions=(), tags=(Tag(key="b", value="2"), Tag(key="x", value="y"))).wants(tagged)
    assert not Scope(regions=(), tags=(Tag(key="b", value="3"),)).wants(tagged)


def test_variables_of_functions_are_not_in_what_was_discovered(wire: Wire) -> None:
    _estate(wire)
    secret = {**ITEM, "Environment": {"Variables": {"PASSWORD": "swordfish"}}}
    wire.says("lambda.ListFunctions", ok({"Functions": [secret]}))
    found = discover(wire.account(), Scope(regions=("eu-west-1",)), now=NOW)
    assert found.network[OWN, "eu-west-1"]["lambda.list-functions"] == {"Functions": [ITEM]}
    assert "swordfish" not in repr(found)


def test_credentials_of_roles_are_not_in_what_was_discovered(wire: Wire) -> None:
    _estate(wire)
    wire.says("organizations.ListAccounts", ok({"Accounts": [{"Id": SECOND, "Status": "ACTIVE"}]}))
    wire.says("sts.AssumeRole", assumed())
    found = discover(wire.account(external_id="shake-hands"), Scope(regions=()), now=NOW)
    assert list(found.accounts) == [SECOND]
    assert "shake-hands" not in repr(found)
    assert "hush" not in repr(found)
