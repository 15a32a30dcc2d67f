"""Debian's releases by code name (https://wiki.debian.org/DebianReleases)."""

from collections import Counter

_NUMBERS = {
    "potato": "2.2",
    "woody": "3.0",
    "sarge": "3.1",
    "etch": "4.0",
    "lenny": "5.0",
    "squeeze": "6.0",
    "wheezy": "7",
    "jessie": "8",
    "stretch": "9",
    "buster": "10",
    "bullseye": "11",
    "bookworm": "12",
    "trixie": "13",
    "forky": "14",
    "duke": "15",
}
_MOVING = frozenset({"sid", "experimental", "unstable"})
"""These never become a release with a number: nothing installed has them as its ecosystem."""


def ecosystem_of(codename: str, unknown: Counter[str]) -> str | None:
    """`Debian:12`; None for a moving suite, and for a name that is not known, which is counted."""
    number = _NUMBERS.get(codename)
    if number is None:
        if codename not in _MOVING:
            unknown[codename[:40]] += 1
        return None
    return f"Debian:{number.partition('.')[0]}"
