"""Network ACLs: entries by number in both directions."""

from vedette.errors import ParseError
from vedette.network import described as aws
from vedette.network.addrset import parse_block
from vedette.network.normalise.gather import Gathered, digest_of
from vedette.network.normalise.protocols import (
    ICMP_TRANSPORTS,
    OtherProtocolError,
    icmp_span,
    port_span,
    transport_of,
)
from vedette.network.portset import ALL_PORTS
from vedette.network.topology import AclEntry, NetworkAcl

CALL = "ec2.describe-network-acls"


class Acls:
    """Which network ACL governs a subnet."""

    def __init__(self, gathered: Gathered) -> None:
        self._gathered = gathered
        self._of_subnet: dict[str, NetworkAcl] = {}
        self._default: dict[str, NetworkAcl] = {}
        for place in gathered.places:
            for described in place.network_acls:
                acl = _acl(described)
                for association in described.associations:
                    if association.subnet_id:
                        self._of_subnet[association.subnet_id] = acl
                if described.is_default and described.vpc_id:
                    self._default[described.vpc_id] = acl

    def of(self, subnet: str, vpc: str, account: str, region: str) -> NetworkAcl:
        """The subnet's ACL; the VPC's default one where it has no association; in doubt if neither is known."""
        acl = self._of_subnet.get(subnet)
        if acl is None and self._gathered.complete(CALL, account, region):
            acl = self._default.get(vpc)
        if acl is not None:
            return acl
        reason = self._gathered.reason(CALL, account, region)
        return NetworkAcl(
            id=f"network ACL of {subnet}",
            inbound=(),
            outbound=(),
            doubt=reason,
            digest=digest_of("no acl", reason),
        )


def _acl(described: aws.NetworkAcl) -> NetworkAcl:
    inbound: list[AclEntry] = []
    outbound: list[AclEntry] = []
    doubt = None
    for entry in sorted(described.entries, key=lambda one: one.rule_number):
        try:
            (outbound if entry.egress else inbound).append(_entry(entry))
        except OtherProtocolError:
            continue  # it matches no packet that is judged
        except ParseError as error:
            doubt = f"entry {entry.rule_number} is malformed: {error}"
    return NetworkAcl(
        id=described.network_acl_id,
        inbound=tuple(inbound),
        outbound=tuple(outbound),
        doubt=doubt,
        digest=digest_of(_content(inbound), _content(outbound), doubt),
    )


def _content(entries: list[AclEntry]) -> tuple[tuple[object, ...], ...]:
    return tuple((one.allow, one.transport, one.ports, one.span, one.family) for one in entries)


def _entry(entry: aws.NetworkAclEntry) -> AclEntry:
    if entry.rule_action not in {"allow", "deny"}:
        raise ParseError(f"{entry.rule_action!r} is neither allow nor deny")
    text = entry.cidr_block or entry.ipv6_cidr_block
    if text is None:
        raise ParseError("there is no CIDR block")
    transport = transport_of(entry.protocol)
    ports = ALL_PORTS
    if transport in ICMP_TRANSPORTS:
        icmp = entry.icmp_type_code or aws.IcmpTypeCode()
        ports = icmp_span(icmp.type, icmp.code)
    elif transport is not None:
        span = entry.port_range or aws.PortSpan()
        ports = port_span(span.from_, span.to)
    family, span_of_text, _ = parse_block(text)
    return AclEntry(
        number=entry.rule_number,
        allow=entry.rule_action == "allow",
        transport=transport,
        ports=ports,
        span=span_of_text,
        family=family,
        text=text,
    )
