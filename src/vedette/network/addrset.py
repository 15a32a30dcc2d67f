"""Exact sets of IP addresses: sorted tuples of disjoint, non-adjacent `(lowest, highest)` integers.

The same code serves IPv4 and IPv6; a set never mixes the two, and its family is known from where it stands.
Every function takes and returns sets in this normal form, so equal sets are equal tuples.
"""

import ipaddress
from collections.abc import Iterable
from enum import StrEnum
from functools import lru_cache

from vedette.errors import ParseError

Span = tuple[int, int]
AddrSet = tuple[Span, ...]

NONE: AddrSet = ()


class Family(StrEnum):
    """The two kinds of addresses, which never mix."""

    V4 = "v4"
    V6 = "v6"


_BITS = {Family.V4: 32, Family.V6: 128}
_EVERYTHING: dict[Family, AddrSet] = {f: ((0, (1 << n) - 1),) for f, n in _BITS.items()}


Block = tuple[Family, Span, int]
"""One CIDR block: family, span, prefix length."""


def everything(family: Family) -> AddrSet:
    """Every address of the family."""
    return _EVERYTHING[family]


@lru_cache(maxsize=1 << 16)
def parse_block(text: str) -> Block:
    """Read a CIDR block or a bare address; host bits are cleared, as EC2 does. ParseError if it is neither."""
    if "%" in text:
        raise ParseError(f"{text!r} is not a CIDR block: it has a zone")
    try:
        network = ipaddress.ip_network(text, strict=False)
    except ValueError as error:
        raise ParseError(f"{text!r} is not a CIDR block") from error
    family = Family.V4 if network.version == 4 else Family.V6  # noqa: PLR2004 - the IP version
    low = int(network.network_address)
    return family, (low, low + network.num_addresses - 1), network.prefixlen


def cidrs(*texts: str) -> AddrSet:
    """The set of some CIDR blocks of one family."""
    return union((parse_block(text)[1],) for text in texts)


def split_families(texts: Iterable[str]) -> tuple[AddrSet, AddrSet]:
    """CIDR blocks as their IPv4 set and their IPv6 set. ParseError if one is none."""
    spans: dict[Family, list[AddrSet]] = {Family.V4: [], Family.V6: []}
    for text in texts:
        family, span, _ = parse_block(text)
        spans[family].append((span,))
    return union(spans[Family.V4]), union(spans[Family.V6])


def parse_address(text: str) -> tuple[Family, int]:
    """Read one address. ParseError if it is none."""
    family, (low, high), _ = parse_block(text)
    if low != high:
        raise ParseError(f"{text!r} is not one address")
    return family, low


def address_text(address: int, family: Family) -> str:
    """The usual text of one address."""
    return str(
        ipaddress.IPv4Address(address) if family is Family.V4 else ipaddress.IPv6Address(address)
    )


def union(sets: Iterable[AddrSet]) -> AddrSet:
    """Every address that is in any of the sets; the spans may come in any order and overlap."""
    spans = sorted(span for one in sets for span in one)
    if len(spans) < 2:  # noqa: PLR2004 - nothing to merge
        return tuple(spans)
    out: list[Span] = []
    low, high = spans[0]
    for next_low, next_high in spans:
        if next_low > high + 1:
            out.append((low, high))
            low, high = next_low, next_high
        elif next_high > high:
            high = next_high
    out.append((low, high))
    return tuple(out)


def intersect(left: AddrSet, right: AddrSet) -> AddrSet:
    """Every address that is in both."""
    if not left or not right:
        return ()
    # most sets are met with one that holds all of them
    if len(left) == 1 and left[0][0] <= right[0][0] and right[-1][1] <= left[0][1]:
        return right
    if len(right) == 1 and right[0][0] <= left[0][0] and left[-1][1] <= right[0][1]:
        return left
    return left if left == right else _overlap(left, right)


def _overlap(left: AddrSet, right: AddrSet) -> AddrSet:
    out: list[Span] = []
    i = j = 0
    while i < len(left) and j < len(right):
        low = max(left[i][0], right[j][0])
        high = min(left[i][1], right[j][1])
        if low <= high:
            out.append((low, high))
        if left[i][1] < right[j][1]:
            i += 1
        else:
            j += 1
    return tuple(out)


def subtract(left: AddrSet, right: AddrSet) -> AddrSet:
    """Every address of `left` that is not in `right`."""
    out: list[Span] = []
    j = 0
    for low, high in left:
        while j < len(right) and right[j][1] < low:
            j += 1
        start, k = low, j
        while k < len(right) and right[k][0] <= high:
            if right[k][0] > start:
                out.append((start, right[k][0] - 1))
            start = right[k][1] + 1
            k += 1
        if start <= high:
            out.append((start, high))
    return tuple(out)


def complement(addresses: AddrSet, family: Family) -> AddrSet:
    """Every address of the family that is not in the set."""
    return subtract(_EVERYTHING[family], addresses)


def contains(addresses: AddrSet, address: int) -> bool:
    """Whether one address is in the set."""
    return any(low <= address <= high for low, high in addresses)


def covers(outer: AddrSet, inner: AddrSet) -> bool:
    """Whether every address of `inner` is in `outer`."""
    return outer == inner or not subtract(inner, outer)


def to_cidrs(addresses: AddrSet, family: Family) -> tuple[str, ...]:
    """The fewest CIDR blocks that are exactly the set, in order."""
    bits = _BITS[family]
    out: list[str] = []
    for low, high in addresses:
        start = low
        while start <= high:
            # the largest block that begins here and ends within the span
            aligned = (start & -start).bit_length() - 1 if start else bits
            fitting = (high - start + 1).bit_length() - 1
            width = min(aligned, fitting)
            out.append(f"{address_text(start, family)}/{bits - width}")
            start += 1 << width
    return tuple(out)
