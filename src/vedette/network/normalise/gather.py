"""What was recorded, found by id across all places, and why something was not."""

import hashlib
from collections.abc import Iterable
from typing import TypeVar

from vedette.errors import ParseError
from vedette.network import described as aws
from vedette.network.addrset import split_families
from vedette.network.calls import ItemCall
from vedette.network.snapshot import Place, Snapshot

_Item = TypeVar("_Item", bound=aws.Described)


def digest_of(*parts: object) -> bytes:
    """A content hash of plain values (tuples, texts, numbers, enums), the same in every run."""
    return hashlib.blake2b(repr(parts).encode(), digest_size=16).digest()


class Gathered:
    """The places of a snapshot by account and Region, and its prefix lists by id."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.places = snapshot.places
        self._by_name = {(place.account, place.region): place for place in snapshot.places}
        self._gaps = {
            (gap.account, gap.region, gap.call, gap.item): gap.reason for gap in snapshot.missing
        }
        self._faulty = {(gap.account, gap.region, gap.call) for gap in snapshot.missing}
        self.service_lists = frozenset(_service_lists(snapshot))
        self._lists = dict(_prefix_lists(snapshot))
        self._answered = {
            (place.account, place.region, one.call, one.id): one.items
            for place in snapshot.places
            for one in place.answered
        }

    def place(self, account: str, region: str) -> Place | None:
        """The place, None if nothing of it was recorded."""
        return self._by_name.get((account, region))

    def complete(self, call: str, account: str, region: str) -> bool:
        """Whether the call was answered in full, without a malformed item."""
        place = self._by_name.get((account, region))
        if place is None or call not in place.recorded:
            return False
        return (account, region, call) not in self._faulty

    def asked(self, call: str) -> bool:
        """Whether a listing was asked for anywhere, whatever became of it."""
        return any(
            call in place.recorded or any(gap.call == call for gap in place.missing)
            for place in self.places
        )

    def reason(self, call: str, account: str, region: str, item: str | None = None) -> str:
        """Why a thing that the call should have described is not known."""
        where = f"{call} of {account}/{region}"
        if (account, region) not in self._by_name:
            return f"nothing was recorded of {account}/{region}"
        for key in (item, None):
            if (account, region, call, key) in self._gaps:
                return f"{where}: {self._gaps[account, region, call, key]}"
        if (account, region, call) in self._faulty:
            return f"{where}: an item is malformed"
        return f"{where} does not have it"

    def items(
        self, call: ItemCall, kind: type[_Item], place: Place, identity: str
    ) -> tuple[_Item, ...] | None:
        """What a call for one id answered in a place; None if it was not recorded in full."""
        found = self._answered.get((place.account, place.region, call.name, identity))
        return None if found is None else tuple(one for one in found if isinstance(one, kind))

    def prefix_list(self, identity: str) -> tuple[str, ...] | str:
        """The blocks of a prefix list, or why they are not known."""
        blocks = self._lists.get(identity)
        if blocks is not None:
            return blocks
        return f"the entries of {identity} were not recorded (ec2.get-managed-prefix-list-entries)"


def _service_lists(snapshot: Snapshot) -> Iterable[str]:
    for place in snapshot.places:
        yield from (one.prefix_list_id for one in place.service_prefix_lists)
        yield from (
            one.prefix_list_id for one in place.managed_prefix_lists if _of_aws(one.owner_id)
        )


def _of_aws(owner: str | None) -> bool:
    return owner == "AWS"


def _prefix_lists(snapshot: Snapshot) -> Iterable[tuple[str, tuple[str, ...]]]:
    for place in snapshot.places:
        for one in place.service_prefix_lists:
            if _blocks_are_valid(one.cidrs):
                yield one.prefix_list_id, one.cidrs
        for entries in place.prefix_blocks:
            if _blocks_are_valid(entries.blocks):
                yield entries.id, entries.blocks


def _blocks_are_valid(blocks: Iterable[str]) -> bool:
    try:
        split_families(blocks)
    except ParseError:
        return False
    return True
