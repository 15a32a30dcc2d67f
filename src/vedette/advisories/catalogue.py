"""Every feed there is."""

from vedette.advisories.feeds import (
    alpine,
    amazon,
    cve5,
    debian,
    epss,
    kev,
    local,
    nvd,
    osv,
    ubuntu,
)
from vedette.advisories.feeds._base import Feed

FEEDS: tuple[Feed, ...] = (
    alpine.FEED,
    amazon.FEED,
    cve5.FEED,
    debian.FEED,
    epss.FEED,
    kev.FEED,
    local.FEED,
    nvd.FEED,
    osv.FEED,
    ubuntu.FEED,
)
"""Every feed, by name."""
