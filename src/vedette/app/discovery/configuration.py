"""The network configuration of one place, as the AWS CLI would have recorded it.

The analyser (`vedette.network`) reads the same names from a directory. A call that fails is left out, and the analyser
answers "unknown" where it would have needed it.
"""

from collections.abc import Iterable

import msgspec

from vedette.app.discovery.accounts import failure_of
from vedette.app.discovery.scope import Place
from vedette.clients.aws import Account, Response
from vedette.errors import ServiceError
from vedette.model.coverage import ScopeFailure


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """A listing: the AWS CLI's name of it, boto3's method, and where the items are."""

    service: str
    operation: str
    key: str

    @property
    def method(self) -> str:
        """The method's name in boto3."""
        return self.operation.replace("-", "_")

    @property
    def name(self) -> str:
        """The name in a snapshot."""
        return f"{self.service}.{self.operation}"


def _ec2(operation: str, key: str) -> Call:
    return Call(service="ec2", operation=operation, key=key)


CALLS = (
    _ec2("describe-vpcs", "Vpcs"),
    _ec2("describe-subnets", "Subnets"),
    _ec2("describe-route-tables", "RouteTables"),
    _ec2("describe-internet-gateways", "InternetGateways"),
    _ec2("describe-egress-only-internet-gateways", "EgressOnlyInternetGateways"),
    _ec2("describe-nat-gateways", "NatGateways"),
    _ec2("describe-network-acls", "NetworkAcls"),
    _ec2("describe-security-groups", "SecurityGroups"),
    _ec2("describe-security-group-rules", "SecurityGroupRules"),
    _ec2("describe-network-interfaces", "NetworkInterfaces"),
    _ec2("describe-addresses", "Addresses"),
    _ec2("describe-instances", "Reservations"),
    _ec2("describe-managed-prefix-lists", "PrefixLists"),
    _ec2("describe-vpc-peering-connections", "VpcPeeringConnections"),
    _ec2("describe-vpn-gateways", "VpnGateways"),
    _ec2("describe-vpn-connections", "VpnConnections"),
    _ec2("describe-transit-gateways", "TransitGateways"),
    _ec2("describe-transit-gateway-attachments", "TransitGatewayAttachments"),
    _ec2("describe-vpc-endpoints", "VpcEndpoints"),
    _ec2("describe-vpc-block-public-access-exclusions", "VpcBlockPublicAccessExclusions"),
    Call(service="elbv2", operation="describe-load-balancers", key="LoadBalancers"),
    Call(service="elb", operation="describe-load-balancers", key="LoadBalancerDescriptions"),
    Call(service="lambda", operation="list-functions", key="Functions"),
)
"""The calls that list everything; the order is the one in which they are made."""

_NO_POLICY = frozenset({"ResourceNotFoundException"})


class _Recorder:
    """Makes calls in one place and keeps answers and failures."""

    def __init__(self, account: Account, place: Place) -> None:
        self._account = account
        self._place = place
        self.answers: dict[str, Response] = {}
        self.failures: list[ScopeFailure] = []

    def listing(self, call: Call, name: str, **arguments: object) -> list[Response]:
        try:
            items = self._account.listing(
                call.service, call.method, call.key, self._place.region, **arguments
            )
        except ServiceError as error:
            self.failures.append(failure_of(error, self._place.account, self._place.region))
            return []
        self.answers[name] = {call.key: items}
        return items

    def single(self, service: str, operation: str, name: str, **arguments: object) -> None:
        method = operation.replace("-", "_")
        try:
            answer = self._account.call(service, method, self._place.region, **arguments)
        except ServiceError as error:
            if error.code in _NO_POLICY:
                self.answers[name] = {}
            else:
                self.failures.append(failure_of(error, self._place.account, self._place.region))
            return
        self.answers[name] = {
            key: value for key, value in answer.items() if key != "ResponseMetadata"
        }


def _prefix_lists(recorder: _Recorder, prefix_lists: Iterable[Response]) -> None:
    entries = _ec2("get-managed-prefix-list-entries", "Entries")
    for item in prefix_lists:
        identity = item["PrefixListId"]
        recorder.listing(entries, f"{entries.name}/{identity}", PrefixListId=identity)


def _function_policies(recorder: _Recorder, functions: Iterable[Response]) -> None:
    urls = Call(service="lambda", operation="list-function-url-configs", key="FunctionUrlConfigs")
    for item in functions:
        name = item["FunctionName"]
        if recorder.listing(urls, f"{urls.name}/{name}", FunctionName=name):
            recorder.single("lambda", "get-policy", f"lambda.get-policy/{name}", FunctionName=name)


def record_network(
    account: Account, place: Place
) -> tuple[dict[str, Response], tuple[ScopeFailure, ...]]:
    """Record every call that the network analysis reads."""
    recorder = _Recorder(account, place)
    found = {call.name: recorder.listing(call, call.name) for call in CALLS}
    recorder.single(
        "ec2",
        "describe-vpc-block-public-access-options",
        "ec2.describe-vpc-block-public-access-options",
    )
    _prefix_lists(recorder, found["ec2.describe-managed-prefix-lists"])
    _function_policies(recorder, found["lambda.list-functions"])
    return recorder.answers, tuple(recorder.failures)
