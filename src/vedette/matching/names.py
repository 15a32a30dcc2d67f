"""The ids that an advisory answers to, and the CVEs that it is about."""

import re
from collections.abc import Iterable

from vedette.model.advisory import Advisory

_CVE = re.compile(r"(?:[A-Z0-9]+-)?(CVE-[0-9]{4}-[0-9]{4,19})")
"""A CVE id, or a publisher's own id for it (`UBUNTU-CVE-…`, `DEBIAN-CVE-…`)."""
_PLAIN_CVE = re.compile(r"CVE-[0-9]{4}-[0-9]{4,19}")
"""Anything else that begins so (`CVE-2013-XXXX`, of a flaw that has no number yet) is an id like any other."""
_UPDATE = re.compile(
    r"ALAS|(?:AL|CE|EL|RH|RL|RX)[BES]A-|(?:ASA|DLA|DSA|DTSA|FEDORA|LSN|MGASA|OESA|PHSA|SUSE|USN|openSUSE)-"
)


def is_update(identifier: str) -> bool:
    """Whether the id is one of an update (ALAS, DSA, USN, RHSA…), not of a flaw."""
    return _UPDATE.match(identifier) is not None


def cves_of(advisory: Advisory) -> tuple[str, ...]:
    """The CVEs that an advisory is about: those it is named after, else those that an update mends."""
    named = _cves((advisory.id, *advisory.aliases))
    if not named and is_update(advisory.id):
        named = _cves(advisory.related)
    return tuple(sorted(set(named)))


def other_ids(advisory: Advisory) -> frozenset[str]:
    """The ids of the same flaw, or of the same update, that are no CVE ids."""
    return frozenset(
        name for name in (advisory.id, *advisory.aliases) if not _PLAIN_CVE.fullmatch(name)
    )


def names_of(advisory: Advisory) -> frozenset[str]:
    """Every id that the advisory's flaws, or the update itself, are known by."""
    return other_ids(advisory).union(cves_of(advisory))


def is_about(advisory: Advisory, names: frozenset[str]) -> bool:
    """Whether the advisory is about nothing but the flaws named."""
    cves = cves_of(advisory)
    return names.issuperset(cves) if cves else not names.isdisjoint(other_ids(advisory))


def _cves(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(found[1] for name in names if (found := _CVE.fullmatch(name)))
