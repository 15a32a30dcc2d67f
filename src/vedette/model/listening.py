"""Listening sockets of a resource."""

import msgspec

from vedette.model.network import Transport

_LOOPBACK = ("127.", "::1", "[::1]", "localhost")


class Socket(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """A listening socket: `address` empty for every address, `package` the name of the one that owns the program."""

    transport: Transport
    port: int
    address: str = ""
    program: str | None = None
    package: str | None = None

    @property
    def is_local(self) -> bool:
        """Whether only the machine itself can connect."""
        return self.address.startswith(_LOOPBACK)
