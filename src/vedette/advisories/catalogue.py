"""Every feed there is."""

from vedette.advisories.feeds import (
    alpine,
    amazon,
    arch,
    azurelinux,
    bottlerocket,
    cve5,
    debian,
    eol,
    epss,
    exploits,
    fedora,
    kev,
    local,
    nvd,
    oracle,
    osv,
    photon,
    redhat,
    suse,
    ubuntu,
)
from vedette.advisories.feeds._base import Feed

FEEDS: tuple[Feed, ...] = (
    alpine.FEED,
    amazon.FEED,
    arch.FEED,
    azurelinux.FEED,
    bottlerocket.FEED,
    cve5.FEED,
    debian.FEED,
    eol.FEED,
    epss.FEED,
    exploits.FEED,
    fedora.FEED,
    kev.FEED,
    local.FEED,
    nvd.FEED,
    oracle.FEED,
    osv.FEED,
    photon.FEED,
    redhat.FEED,
    suse.FEED,
    ubuntu.FEED,
)
"""Every feed, by name."""
