"""A packet, and what became of it."""

import msgspec

from vedette.model.network import Hop, Transport
from vedette.network.codes import Code


class Packet(msgspec.Struct, frozen=True, kw_only=True):
    """A packet at the edge; for ICMP `port` is `type * 256 + code` and `source_port` means nothing."""

    transport: Transport
    source: int
    source_port: int
    port: int


class Stop(msgspec.Struct, frozen=True, kw_only=True):
    """Where and why a packet was dropped."""

    code: Code
    component: str
    reason: str


class Trace(msgspec.Struct, frozen=True, kw_only=True):
    """The hops of a packet (`path`) and of its answer (`back`), and where either was stopped."""

    path: tuple[Hop, ...]
    back: tuple[Hop, ...]
    stop: Stop | None = None
    stop_back: Stop | None = None

    @property
    def delivered(self) -> bool:
        """Whether the packet arrives."""
        return self.stop is None

    @property
    def answered(self) -> bool:
        """Whether an answer arrives as well."""
        return self.stop is None and self.stop_back is None


class StoppedError(Exception):
    """Ends a walk; never leaves the tracer."""

    def __init__(self, code: Code, component: str, reason: str) -> None:
        super().__init__(reason)
        self.stop = Stop(code=code, component=component, reason=reason)
