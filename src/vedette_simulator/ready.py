"""What the simulator says when it answers; shared by the process and whoever starts it."""

import msgspec


class ReadyAccount(msgspec.Struct, frozen=True, kw_only=True):
    """An account with the keys of its user."""

    id: str
    name: str
    management: bool
    access_key_id: str
    secret_access_key: str


class Ready(msgspec.Struct, frozen=True, kw_only=True):
    """The line that the process prints; the first region is the estate's home."""

    endpoint: str
    estate: str
    regions: tuple[str, ...]
    accounts: tuple[ReadyAccount, ...]
