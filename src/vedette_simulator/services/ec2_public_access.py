"""VPC Block Public Access, which moto lacks: the account's options in a region, and exclusions from them."""

import uuid
from datetime import datetime

from vedette_simulator.errors import AwsError
from vedette_simulator.paging import page
from vedette_simulator.wire import Fields
from vedette_simulator.world import Call, Handlers, required

_MODES = {"off", "block-bidirectional", "block-ingress"}


class PublicAccess:
    """The options and exclusions of an account and region."""

    def __init__(self) -> None:
        self.mode = "off"
        self.changed_at: datetime | None = None
        self.exclusions: dict[str, Fields] = {}


def describe_options(call: Call) -> Fields:
    """The mode; `default-state` until it was first changed."""
    state = call.state(PublicAccess)
    options: Fields = {
        "AwsAccountId": call.place.account,
        "AwsRegion": call.place.region,
        "State": "default-state" if state.changed_at is None else "update-complete",
        "InternetGatewayBlockMode": state.mode,
        "ManagedBy": "account",
        "ExclusionsAllowed": "allowed",
        "LastUpdateTimestamp": state.changed_at,
    }
    return {"VpcBlockPublicAccessOptions": options}


def modify_options(call: Call) -> Fields:
    """Change the mode, at once."""
    mode = required(call.params, "InternetGatewayBlockMode")
    if mode not in _MODES:
        raise AwsError(
            "InvalidParameterValue", f"Invalid value '{mode}' for InternetGatewayBlockMode."
        )
    state = call.state(PublicAccess)
    state.mode, state.changed_at = mode, call.now
    return describe_options(call)


def create_exclusion(call: Call) -> Fields:
    """Exclude a VPC or a subnet."""
    params = call.params
    if ("VpcId" in params) == ("SubnetId" in params):
        raise AwsError(
            "InvalidParameterCombination", "Exactly one of VpcId and SubnetId must be given."
        )
    resource = f"vpc/{params['VpcId']}" if "VpcId" in params else f"subnet/{params['SubnetId']}"
    exclusion_id = "vpcbpa-exclude-" + uuid.uuid4().hex[:17]
    exclusion: Fields = {
        "ExclusionId": exclusion_id,
        "InternetGatewayExclusionMode": required(params, "InternetGatewayExclusionMode"),
        "ResourceArn": call.place.arn("ec2", resource),
        "State": "create-complete",
        "CreationTimestamp": call.now,
        "LastUpdateTimestamp": call.now,
        "Tags": [],
    }
    call.state(PublicAccess).exclusions[exclusion_id] = exclusion
    return {"VpcBlockPublicAccessExclusion": exclusion}


def describe_exclusions(call: Call) -> Fields:
    """The exclusions, in pages."""
    if call.params.get("Filters"):
        raise AwsError("InvalidParameterValue", "The simulator does not filter exclusions.")
    wanted = call.params.get("ExclusionIds")
    items = [
        item
        for key, item in sorted(call.state(PublicAccess).exclusions.items())
        if not wanted or key in wanted
    ]
    found, token = page(
        items, call.params.get("NextToken"), int(call.params.get("MaxResults", 1000))
    )
    return {"VpcBlockPublicAccessExclusions": found, "NextToken": token}


def delete_exclusion(call: Call) -> Fields:
    """Take an exclusion away."""
    found = call.state(PublicAccess).exclusions.pop(required(call.params, "ExclusionId"), None)
    if found is None:
        raise AwsError(
            "InvalidVpcBlockPublicAccessExclusionId.NotFound", "The exclusion does not exist."
        )
    return {
        "VpcBlockPublicAccessExclusion": found
        | {"State": "delete-complete", "DeletionTimestamp": call.now}
    }


HANDLERS: Handlers = {
    ("ec2", "DescribeVpcBlockPublicAccessOptions"): describe_options,
    ("ec2", "ModifyVpcBlockPublicAccessOptions"): modify_options,
    ("ec2", "CreateVpcBlockPublicAccessExclusion"): create_exclusion,
    ("ec2", "DescribeVpcBlockPublicAccessExclusions"): describe_exclusions,
    ("ec2", "DeleteVpcBlockPublicAccessExclusion"): delete_exclusion,
}
