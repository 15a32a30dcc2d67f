"""SUSE's products by name → the release whose packages they have (https://www.suse.com/lifecycle/).

A service pack is one stream of builds: when its general support ends, LTSS, ESPOS, BCL and the SAP edition go on with it.
What SUSE says of them is therefore said of the release's packages, where nothing is said of the release itself.
"""

import re
from enum import IntEnum
from functools import lru_cache

import msgspec


class Support(IntEnum):
    """How near a product is to the plain release; the smaller one speaks first."""

    GENERAL = 0
    EDITION = 1
    EXTENDED = 2


class SuseRelease(msgspec.Struct, frozen=True, kw_only=True):
    """The releases that have the product's packages, and the support that it stands for.

    One release (`SUSE:15.5`, `SUSE:Micro:5.5`, `openSUSE:15.5`, `openSUSE:Tumbleweed`), but all service packs for the
    modules of SLE 12, which have none.
    """

    ecosystems: tuple[str, ...]
    support: Support = Support.GENERAL


_RELEASE = r"(?P<major>1[0-9])(?:\.(?P<minor>[0-9])| SP(?P<pack>[1-9]))?"
_GENERAL = (
    r"(?:Server|Desktop|Software Development Kit|Workstation Extension|Live Patching"
    r"|High Availability (?:GEO )?Extension|High Availability|Module for [A-Za-z0-9 .+-]+?)"
)
_EDITION = (
    r"(?:Server for SAP [Aa]pplications|Server for Raspberry Pi"
    r"|High Performance Computing|Real Time)"
)
_TERM = r"(?:LTSS(?:[ -]EXTREME[ -]CORE)?|ESPOS|BCL|TERADATA)"

_ENTERPRISE: tuple[tuple[re.Pattern[str], Support], ...] = (
    (re.compile(rf"Linux Enterprise {_GENERAL} {_RELEASE}"), Support.GENERAL),
    (re.compile(rf"Real Time Module {_RELEASE}"), Support.GENERAL),
    (re.compile(rf"Package Hub {_RELEASE}"), Support.EDITION),
    (re.compile(rf"Linux Enterprise {_EDITION} {_RELEASE}"), Support.EDITION),
    (
        re.compile(
            rf"Linux Enterprise (?:{_GENERAL}|{_EDITION}) {_RELEASE}[ -]{_TERM}", re.IGNORECASE
        ),
        Support.EXTENDED,
    ),
    (
        re.compile(
            rf"Linux Enterprise Server (?:LTSS Extended Security|Teradata) {_RELEASE}(?:-LTSS)?",
            re.IGNORECASE,
        ),
        Support.EXTENDED,
    ),
)
_WITHOUT_PACK = re.compile(r"(?:Linux Enterprise (?:Module|Live Patching)|Package Hub)\b.* 12")
_PACKS_OF_12 = ("SUSE:12", *(f"SUSE:12.{pack}" for pack in range(1, 6)))
_OTHERS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"SUSE Linux (?:Enterprise )?Micro ([5-9]\.[0-9])"), r"SUSE:Micro:\1"),
    (re.compile(r"openSUSE Leap Micro ([5-9]\.[0-9])"), r"openSUSE:Micro:\1"),
    (re.compile(r"openSUSE Leap ([0-9]+\.[0-9])(?: NonFree)?"), r"openSUSE:\1"),
    (re.compile(r"openSUSE Tumbleweed"), r"openSUSE:Tumbleweed"),
)


@lru_cache(maxsize=4096)
def release_of(product: str) -> SuseRelease | None:
    """`SUSE Linux Enterprise Server 15 SP1-LTSS` → `SUSE:15.1`, of extended support.

    None for what is not of the distribution's own packages: Manager, Storage, OpenStack Cloud, client tools for other
    distributions, containers and images, installers.
    """
    for pattern, ecosystem in _OTHERS:
        if found := pattern.fullmatch(product):
            return SuseRelease(ecosystems=(found.expand(ecosystem),))
    publisher, _, name = product.partition(" ")
    if publisher != "SUSE":
        return None
    for pattern, support in _ENTERPRISE:
        if found := pattern.fullmatch(name):
            return SuseRelease(ecosystems=_ecosystems(name, found), support=support)
    return None


def _ecosystems(name: str, found: re.Match[str]) -> tuple[str, ...]:
    if _WITHOUT_PACK.fullmatch(name):
        return _PACKS_OF_12
    minor = found["pack"] or found["minor"]
    return (f"SUSE:{found['major']}.{minor}" if minor else f"SUSE:{found['major']}",)
