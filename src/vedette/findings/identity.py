"""A finding's id and ARN: the same claim has the same ones for ever."""

from hashlib import sha256

from vedette.model.arn import Arn, ArnParts, make_arn
from vedette.model.finding import FindingId, FindingKey
from vedette.model.network import Exposure

_DIGITS = 32
_SEPARATOR = "\0"


def finding_id(key: FindingKey) -> FindingId:
    """32 hex digits of the SHA-256 of the key's parts, a zero byte between them (docs/adr/0071-finding-identity.md)."""
    resource = key.resource
    parts = (
        resource.type.value,
        resource.partition,
        resource.account or "",
        resource.region or "",
        resource.id,
        key.subject,
    )
    digest = sha256(_SEPARATOR.join(parts).encode("utf-8", "surrogatepass"))
    return FindingId(digest.hexdigest()[:_DIGITS])


def finding_arn(key: FindingKey) -> Arn | None:
    """The ARN in Inspector's form; None for a target outside AWS, which has no account or region."""
    resource = key.resource
    if resource.account is None or resource.region is None:
        return None
    return make_arn(
        ArnParts(
            partition=resource.partition,
            service="inspector2",
            region=resource.region,
            account=resource.account,
            resource=f"finding/{finding_id(key)}",
        )
    )


def exposure_subject(exposure: Exposure) -> str:
    """`network/EDGE/INTERFACE/PROTOCOL/BEGIN-END`; edges of the two address families are two (`internet-v4`, `internet-v6`).

    What is reached through a load balancer or an API is told apart from what is reached directly, by its id at the end:
    another change closes it. Addresses are no part of it: an instance that is stopped and started keeps its findings.
    """
    ports = f"{exposure.ports.begin}-{exposure.ports.end}"
    way = f"/{exposure.through}" if exposure.through else ""
    return f"network/{exposure.edge}/{exposure.interface or '-'}/{exposure.transport}/{ports}{way}"
