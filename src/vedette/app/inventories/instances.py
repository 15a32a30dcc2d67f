"""EC2 instances through SSM's inventory (`AWS:Application`), or where there is none through a snapshot."""

import msgspec

from vedette.app.discovery.scope import Agentless
from vedette.app.inventories.disks import Disks
from vedette.app.inventories.snapshots import prepare_snapshot
from vedette.app.inventories.taken import Prepared, Reading, Tools, Unread, fingerprint
from vedette.clients.aws import Response
from vedette.inventory.sockets import SSM_TYPE
from vedette.inventory.ssm import from_ssm
from vedette.model.arn import AccountId
from vedette.model.resource import Ec2Instance, InstanceState, Resource, Tag

_GATHERED_BY = "AWS:Application"
_REPORTS, _TO_SSM = "vedette:sockets", "ssm"
_WITHOUT_AGENT = frozenset({"NO_INVENTORY", "STALE_INVENTORY", "UNMANAGED_EC2_INSTANCE"})
_OUT_OF_REACH = frozenset({"ConnectionLost", "Inactive"})


def prepare_instance(
    resource: Resource, facts: Ec2Instance, tools: Tools, how: Agentless = Agentless.NONE
) -> Prepared:
    """Ask SSM what is installed; where it does not know, find a snapshot to read.

    SSM's entries themselves are the content: SSM keeps them, and asking is all the reading there is.

    Raises:
        ServiceError: where SSM or EC2 refuses.
    """
    if facts.state is not InstanceState.RUNNING:
        return Unread(reason="EC2_INSTANCE_STOPPED", detail=f"the instance is {facts.state}")
    asked = _ask_ssm(resource, tools)
    if isinstance(asked, Unread) and asked.reason in _WITHOUT_AGENT:
        account = tools.accounts[AccountId(str(resource.ref.account))]
        disks = Disks(account, str(resource.ref.region))
        return prepare_snapshot(resource, tools, disks, how, asked)
    return asked


def _ask_ssm(resource: Resource, tools: Tools) -> Prepared:
    account, region = AccountId(str(resource.ref.account)), str(resource.ref.region)
    managed = tools.managed.get((account, region))
    if managed is None:
        return Unread(reason="ACCESS_DENIED", detail="SSM did not say which instances it manages")
    information = managed.get(resource.ref.id)
    if information is None:
        return Unread(reason="UNMANAGED_EC2_INSTANCE", detail="SSM does not manage the instance")
    if information.get("PingStatus") in _OUT_OF_REACH:
        return Unread(reason="STALE_INVENTORY", detail="the SSM agent has lost its connection")
    entries = tools.accounts[account].listing(
        "ssm",
        "list_inventory_entries",
        "Entries",
        region,
        InstanceId=resource.ref.id,
        TypeName=_GATHERED_BY,
    )
    if not entries:
        return Unread(reason="NO_INVENTORY", detail="SSM has gathered no AWS:Application inventory")
    sockets = _sockets(resource, tools, account, region)
    platform = [str(information.get(key, "")) for key in ("PlatformName", "PlatformVersion")]
    stated = [platform, sorted(entries, key=_sorted_form)]
    if sockets is not None:
        stated.append(sorted(sockets, key=_sorted_form))
    content = msgspec.json.encode(stated, order="sorted")
    return Reading(
        fingerprint=fingerprint(resource.ref, content.decode()),
        read=lambda _extract: from_ssm(
            information, entries, resource=resource.ref, taken_at=tools.now, sockets=sockets
        ),
    )


def _sockets(
    resource: Resource, tools: Tools, account: AccountId, region: str
) -> list[Response] | None:
    """The listening sockets of an instance whose tag says that they are in SSM's inventory; asking is a call for each."""
    if Tag(key=_REPORTS, value=_TO_SSM) not in resource.tags:
        return None
    found = tools.accounts[account].listing(
        "ssm",
        "list_inventory_entries",
        "Entries",
        region,
        InstanceId=resource.ref.id,
        TypeName=SSM_TYPE,
    )
    # an instance that has reported none has not reported
    return list(found) or None


def _sorted_form(entry: object) -> bytes:
    return msgspec.json.encode(entry, order="sorted")
