"""What the advisory database answers for one (ecosystem, package name)."""

import msgspec

from vedette.model.advisory import Advisory, Affected, Range
from vedette.model.package import SchemeName

Question = tuple[str, str, SchemeName, bytes]
"""What is asked of one version of a package: ecosystem, name, the version's scheme and its key."""


class KeyedRange(msgspec.Struct, frozen=True, kw_only=True):
    """A range with the keys of its ends, computed when the database was built.

    A version with key `k` lies in it when `low <= k` and (`high` is None or `k < high`): an inclusive end is
    stored as its key followed by a zero byte, so that one comparison serves both kinds.
    """

    range: Range
    low: bytes
    high: bytes | None


class Candidate(msgspec.Struct, frozen=True, kw_only=True):
    """One `affected` entry of an advisory, ready to be compared.

    `ranges` are those of `affected` whose ends parse. `unparsed` gives the reason for each range or version
    that its scheme does not allow: where nothing else matches, the answer is `Undecided`.
    """

    advisory: Advisory
    affected: Affected
    ranges: tuple[KeyedRange, ...]
    version_keys: tuple[bytes, ...] = ()
    unparsed: tuple[str, ...] = ()
