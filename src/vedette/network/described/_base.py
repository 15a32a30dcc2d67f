"""What every described item has in common."""

import msgspec


class Described(msgspec.Struct, frozen=True, kw_only=True, rename="pascal", gc=False):
    """An item of an answer; the members keep AWS's spelling on the wire."""
