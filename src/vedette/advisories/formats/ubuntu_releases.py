"""Ubuntu's releases by code name (https://releases.ubuntu.com), and the channels that the CVE tracker prefixes."""

from functools import lru_cache

import msgspec

_NUMBERS = {
    "dapper": "6.06",
    "edgy": "6.10",
    "feisty": "7.04",
    "gutsy": "7.10",
    "hardy": "8.04",
    "intrepid": "8.10",
    "jaunty": "9.04",
    "karmic": "9.10",
    "lucid": "10.04",
    "maverick": "10.10",
    "natty": "11.04",
    "oneiric": "11.10",
    "precise": "12.04",
    "quantal": "12.10",
    "raring": "13.04",
    "saucy": "13.10",
    "trusty": "14.04",
    "utopic": "14.10",
    "vivid": "15.04",
    "wily": "15.10",
    "xenial": "16.04",
    "yakkety": "16.10",
    "zesty": "17.04",
    "artful": "17.10",
    "bionic": "18.04",
    "cosmic": "18.10",
    "disco": "19.04",
    "eoan": "19.10",
    "focal": "20.04",
    "groovy": "20.10",
    "hirsute": "21.04",
    "impish": "21.10",
    "jammy": "22.04",
    "kinetic": "22.10",
    "lunar": "23.04",
    "mantic": "23.10",
    "noble": "24.04",
    "oracular": "24.10",
    "plucky": "25.04",
    "questing": "25.10",
    "resolute": "26.04",
}
_PRO = {"esm-infra": 0, "esm-apps": 1, "esm": 2, "esm-infra-legacy": 3, "esm-apps-legacy": 4}
"""Channels that Ubuntu Pro adds; where two speak of one package the first that has a fix counts."""
_OTHERS = frozenset(
    {
        *("upstream", "devel", "snap", "product", "ubuntu-core", "stable-phone-overlay"),
        *(
            "fips",
            "fips-updates",
            "fips-preview",
            "ros-esm",
            "realtime",
            "bluefield",
            "nvidia-tegra",
        ),
    }
)
"""Not releases, or channels for certified or special builds, which are other packages than the archive's."""


class Channel(msgspec.Struct, frozen=True, kw_only=True):
    """`Ubuntu:22.04` or `Ubuntu:Pro:22.04`; `rank` orders the channels of one ecosystem, None for the archive."""

    ecosystem: str
    rank: int | None


@lru_cache(maxsize=1024)
def channel_of(prefix: str) -> Channel | str | None:
    """The channel of a row's prefix: `jammy`, `esm-infra/xenial`, `trusty/esm`.

    None for what is no archive of a release; the prefix itself where it is not known.
    """
    if prefix in _NUMBERS:
        return Channel(ecosystem=f"Ubuntu:{_NUMBERS[prefix]}", rank=None)
    first, _, second = prefix.partition("/")
    channel, codename = (second, first) if first in _NUMBERS else (first, second)
    if channel in _OTHERS:
        return None
    if channel in _PRO and codename in _NUMBERS:
        return Channel(ecosystem=f"Ubuntu:Pro:{_NUMBERS[codename]}", rank=_PRO[channel])
    return prefix
