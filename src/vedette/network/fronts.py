"""Services that stand before one load balancer or instance, and reach it whether it has a public address or not."""

import msgspec

from vedette.model.network import Transport
from vedette.network.addrset import Span


class Front(msgspec.Struct, frozen=True, kw_only=True):
    """What a service sends to one target (a load balancer's ARN, an instance's id), in `words`.

    `ports` are all that it sends to. `filtered`: security groups meet it; `screened`: network ACLs do; `blocked`: VPC
    Block Public Access stops it; `preserves`: what a load balancer sends on may keep the source. `partial`: not
    everybody may have the service send, whatever its own addresses are.
    """

    id: str
    target: str
    words: str
    ports: tuple[tuple[Transport, Span], ...]
    filtered: bool = True
    screened: bool = True
    blocked: bool = True
    preserves: bool = True
    partial: bool = False
