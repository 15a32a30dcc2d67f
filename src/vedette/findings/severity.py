"""How bad a flaw is: which rating counts, and its word (docs/adr/0072-severity-sources.md)."""

from collections.abc import Iterable

from vedette.model.advisory import Rating
from vedette.model.cvss import base_score, version_of
from vedette.model.package import Package
from vedette.model.severity import Severity

_THRESHOLDS = (
    (9.0, Severity.CRITICAL),
    (7.0, Severity.HIGH),
    (4.0, Severity.MEDIUM),
    (0.1, Severity.LOW),
)
"""CVSS v3.1 specification, section 5."""
_VENDORS = {
    "AlmaLinux": ("almalinux",),
    "Alpine": ("alpine",),
    "Amazon Linux": ("amazon",),
    "Azure Linux": ("microsoft",),
    "CentOS": ("red hat", "redhat"),
    "Debian": ("debian",),
    "Mariner": ("microsoft",),
    "Oracle Linux": ("oracle",),
    "Photon OS": ("vmware", "photon"),
    "Red Hat": ("red hat", "redhat"),
    "Rocky Linux": ("rocky", "rocky linux"),
    "SUSE": ("suse",),
    "Ubuntu": ("ubuntu", "canonical"),
    "openSUSE": ("suse",),
}
_NVD = ("nvd", "nvd@nist.gov")
_GENERATIONS = {"3.1": (0, 0), "3.0": (0, 1), "4.0": (1, 0), "2.0": (2, 0)}
_WORDS = {
    "critical": Severity.CRITICAL,
    "high": Severity.HIGH,
    "important": Severity.HIGH,
    "medium": Severity.MEDIUM,
    "moderate": Severity.MEDIUM,
    "low": Severity.LOW,
    "negligible": Severity.INFORMATIONAL,
    "none": Severity.INFORMATIONAL,
    "unimportant": Severity.INFORMATIONAL,
}


def severity_of_score(score: float) -> Severity:
    """The word for a CVSS score."""
    return next((word for least, word in _THRESHOLDS if score >= least), Severity.INFORMATIONAL)


def severity_of_word(word: str | None) -> Severity:
    """The severity that a vendor's own word means; `UNTRIAGED` for no word, or one that means none."""
    return _WORDS.get((word or "").strip().lower(), Severity.UNTRIAGED)


def severity_of(rating: Rating | None, vendor_severity: str | None) -> Severity:
    """By the rating that counts; by the vendor's word where nobody has given a vector; else `UNTRIAGED`."""
    if rating is not None:
        return severity_of_score(base_score(rating.vector))
    return severity_of_word(vendor_severity)


def worst_word(words: Iterable[str | None]) -> str | None:
    """The worst of several publishers' words, in the publisher's spelling; words that mean nothing come last."""
    spelt = sorted({word for word in words if word})
    return min(spelt, key=lambda word: -severity_of_word(word).rank, default=None)


def vendors_of(packages: Iterable[Package]) -> frozenset[str]:
    """The sources of ratings, in lower case, that speak for the distributions of these packages."""
    names = {package.ecosystem.partition(":")[0] for package in packages}
    return frozenset(vendor for name in names for vendor in _VENDORS.get(name, ()))


def choose_rating(ratings: Iterable[Rating], vendors: frozenset[str]) -> Rating | None:
    """The rating that counts: CVSS v3 before v4 before v2; of these the vendor's, then NVD's, then any other.

    A vendor knows how it built the package; v3.1 is what Inspector's severities are made of.
    """
    return min(ratings, key=lambda rating: _rank(rating, vendors), default=None)


def _rank(rating: Rating, vendors: frozenset[str]) -> tuple[int, int, str, int, str]:
    generation, minor = _GENERATIONS[version_of(rating.vector)]
    source = rating.source.lower()
    place = 0 if source in vendors else 1 if source in _NVD else 2
    return generation, place, source, minor, rating.vector
