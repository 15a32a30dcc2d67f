"""Severities in OSV records: vectors, words, and where each publisher puts the word."""

import re
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

_VECTORS = frozenset({"CVSS_V2", "CVSS_V3", "CVSS_V4"})
_SOURCES = {
    "ALBA": "AlmaLinux",
    "ALEA": "AlmaLinux",
    "ALPINE": "Alpine",
    "ALSA": "AlmaLinux",
    "BIT": "Bitnami",
    "CURL": "curl",
    "DLA": "Debian",
    "DRUPAL": "Drupal",
    "DSA": "Debian",
    "DEBIAN": "Debian",
    "GHSA": "GitHub",
    "GO": "Go",
    "GSD": "GSD",
    "HSEC": "Haskell",
    "JLSEC": "Julia",
    "MAL": "OpenSSF",
    "PSF": "PSF",
    "PYSEC": "PyPA",
    "RHBA": "Red Hat",
    "RHEA": "Red Hat",
    "RHSA": "Red Hat",
    "RLSA": "Rocky Linux",
    "RSEC": "R Consortium",
    "RUSTSEC": "RustSec",
    "RXSA": "Rocky Linux",
    "SUSE": "SUSE",
    "UBUNTU": "Ubuntu",
    "USN": "Ubuntu",
    "openSUSE": "SUSE",
}
_WORD = re.compile(r"[A-Za-z][A-Za-z-]{1,30}")
_IN_SUMMARY = re.compile(r"(Critical|Important|Moderate|Low): ")
_IN_URL = re.compile(r"https://access\.redhat\.com/security/updates/classification/?#(\w+)")


class Severity(msgspec.Struct):
    """A `severity` entry; `score` is a vector, or a word for the types that distributions add."""

    type: str = ""
    score: str = ""


class SpecificSeverity(msgspec.Struct, frozen=True, kw_only=True):
    """Every place of a record where a severity's word may stand."""

    said: Any
    scores: tuple[Severity, ...]
    summary: str
    urls: tuple[str, ...]


def source_of(identifier: str) -> str:
    """Who rates in a record with such an id; the id's own prefix where we do not know the publisher."""
    prefix = re.split(r"[-:]", identifier, maxsplit=1)[0]
    return _SOURCES.get(prefix, "OSV" if prefix == "CVE" else prefix)


def vectors(severities: Iterable[Severity]) -> Iterator[str]:
    """The texts that should be CVSS vectors."""
    return (entry.score for entry in severities if entry.type in _VECTORS)


def severity_word(places: SpecificSeverity) -> str | None:
    """The publisher's own word, capitalised (`Moderate`); None where he has none."""
    for word in _words(places):
        if _WORD.fullmatch(word):
            return word.capitalize()
    return None


def _words(places: SpecificSeverity) -> Iterator[str]:
    if isinstance(places.said, str):
        yield places.said
    yield from (entry.score for entry in places.scores if entry.type not in _VECTORS)
    if match := _IN_SUMMARY.match(places.summary):
        yield match[1]
    for url in places.urls:
        if match := _IN_URL.fullmatch(url):
            yield match[1]
