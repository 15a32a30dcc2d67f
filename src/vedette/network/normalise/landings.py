"""Where transit gateways have interfaces: the subnets of a VPC's attachment, with what governs them."""

from collections.abc import Iterable

from vedette.network.normalise.gather import Gathered, digest_of
from vedette.network.normalise.transit import VPC_ATTACHMENTS, Attached, TransitGateways
from vedette.network.topology import Landing, NetworkAcl, RouteTable, Subnet


class Landings:
    """The landings of each attachment."""

    def __init__(
        self, gathered: Gathered, transits: TransitGateways, subnets: Iterable[Subnet]
    ) -> None:
        self._gathered = gathered
        self._details = transits.details
        self._subnets = {one.id: one for one in subnets} if transits.attached else {}

    def of(self, attachment: Attached) -> tuple[Landing, ...]:
        """The subnets, in order; none if the attachment was not described in full."""
        details = self._details.get(attachment.id)
        return tuple(self._landing(one) for one in sorted(details.subnet_ids)) if details else ()

    def reason(self, attachment: Attached) -> str:
        """Why the subnets of an attachment are not known."""
        return self._gathered.reason(VPC_ATTACHMENTS, attachment.owner, attachment.region)

    def _landing(self, identity: str) -> Landing:
        subnet = self._subnets.get(identity)
        if subnet is not None:
            return Landing(subnet=identity, zone=subnet.zone, acl=subnet.acl, table=subnet.table)
        reason = f"the transit gateway's subnet {identity} was not described"
        digest = digest_of("no landing", reason)
        return Landing(
            subnet=identity,
            zone=None,
            acl=NetworkAcl(
                id=f"network ACL of {identity}",
                inbound=(),
                outbound=(),
                doubt=reason,
                digest=digest,
            ),
            table=RouteTable(
                id=f"route table of {identity}", routes=(), doubt=reason, digest=digest
            ),
        )
