"""Address sets against Python's own sets on a small universe, and against tables."""

from itertools import pairwise

import pytest
from hypothesis import given, settings, strategies as st

from vedette.errors import ParseError
from vedette.network.addrset import (
    AddrSet,
    Family,
    address_text,
    cidrs,
    complement,
    contains,
    covers,
    everything,
    intersect,
    parse_address,
    parse_block,
    split_families,
    subtract,
    to_cidrs,
    union,
)

TOP = 40
spans = st.tuples(st.integers(0, TOP), st.integers(0, TOP)).map(lambda pair: (min(pair), max(pair)))
sets = st.lists(spans, max_size=6).map(lambda many: union((span,) for span in many))


def members(addresses: AddrSet) -> set[int]:
    return {one for low, high in addresses for one in range(low, high + 1)}


def is_normal(addresses: AddrSet) -> bool:
    pairs = pairwise(addresses)
    return all(low <= high for low, high in addresses) and all(
        one[1] + 1 < two[0] for one, two in pairs
    )


@settings(max_examples=150)
@given(sets, sets)
def test_operations_are_those_of_sets(left: AddrSet, right: AddrSet) -> None:
    for result, expected in (
        (union((left, right)), members(left) | members(right)),
        (intersect(left, right), members(left) & members(right)),
        (subtract(left, right), members(left) - members(right)),
    ):
        assert members(result) == expected
        assert is_normal(result)
    assert covers(left, right) is (members(right) <= members(left))
    assert all(contains(left, one) is (one in members(left)) for one in range(TOP + 2))


@settings(max_examples=100)
@given(sets)
def test_cidrs_are_exactly_the_set(addresses: AddrSet) -> None:
    for family in Family:
        assert cidrs(*to_cidrs(addresses, family)) == addresses
        assert intersect(complement(addresses, family), addresses) == ()
        assert union((complement(addresses, family), addresses)) == everything(family)


@pytest.mark.parametrize(
    ("addresses", "family", "expected"),
    [
        ((), Family.V4, ()),
        (everything(Family.V4), Family.V4, ("0.0.0.0/0",)),
        (everything(Family.V6), Family.V6, ("::/0",)),
        (((1, 6),), Family.V4, ("0.0.0.1/32", "0.0.0.2/31", "0.0.0.4/31", "0.0.0.6/32")),
        (((0xFFFFFFFF, 0xFFFFFFFF),), Family.V4, ("255.255.255.255/32",)),
    ],
)
def test_cidrs(addresses: AddrSet, family: Family, expected: tuple[str, ...]) -> None:
    assert to_cidrs(addresses, family) == expected


def test_the_internet_is_written_as_aws_writes_it() -> None:
    """0.0.0.0/0 without RFC 1918 and RFC 6598, as Reachability Analyzer prints it."""
    private = cidrs("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10")
    written = to_cidrs(complement(private, Family.V4), Family.V4)
    assert written[:4] == ("0.0.0.0/5", "8.0.0.0/7", "11.0.0.0/8", "12.0.0.0/6")
    assert written[-1] == "224.0.0.0/3"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("10.0.0.0/8", (Family.V4, (0x0A000000, 0x0AFFFFFF), 8)),
        ("10.1.2.3/8", (Family.V4, (0x0A000000, 0x0AFFFFFF), 8)),
        ("198.51.100.7", (Family.V4, (0xC6336407, 0xC6336407), 32)),
        ("::/0", (Family.V6, (0, (1 << 128) - 1), 0)),
    ],
)
def test_blocks(text: str, expected: object) -> None:
    assert parse_block(text) == expected


@pytest.mark.parametrize(
    "text", ["", "10.0.0.0/33", "300.0.0.1", "fe80::1%eth0", "pl-1", "10.0.0.0/8/8"]
)
def test_what_is_no_block(text: str) -> None:
    with pytest.raises(ParseError, match="is not a CIDR block"):
        parse_block(text)


def test_addresses() -> None:
    assert parse_address("127.0.0.1") == (Family.V4, 0x7F000001)
    assert address_text(1, Family.V6) == "::1"
    assert address_text(1, Family.V4) == "0.0.0.1"
    with pytest.raises(ParseError, match="is not one address"):
        parse_address("10.0.0.0/8")


def test_families_are_split() -> None:
    assert split_families(("10.0.0.0/8", "::/0")) == (cidrs("10.0.0.0/8"), everything(Family.V6))
