"""A record: a small document that is kept as it is, such as a saved filter or an account's configuration."""

from datetime import datetime

import msgspec


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """A document of some kind, of an account in a Region, by its id.

    `value` is JSON, in the words of whoever keeps it. `version` is 1 for a new record and one more at each change.
    """

    kind: str
    account: str
    region: str
    id: str
    value: bytes
    version: int
    updated_at: datetime
