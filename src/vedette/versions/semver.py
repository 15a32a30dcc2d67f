"""Semantic Versioning 2.0.0 (https://semver.org), as advisories write it.

A leading `v` and fewer than three numbers (`1`, `1.2`, read as padded with zeros) are allowed; leading zeros are not. Build
metadata takes no part in the order.
"""

import re

from vedette.model.package import SchemeName
from vedette.versions._base import (
    PRERELEASE,
    STRICT_NUMBER as _N,
    STRICT_PRERELEASE,
    Scheme,
    matched,
    precedence,
)

_VERSION = re.compile(
    rf"[vV]?({_N})(?:\.({_N}))?(?:\.({_N}))?(?:-({STRICT_PRERELEASE}))?(?:\+{PRERELEASE})?",
)


def _key(text: str) -> bytes:
    major, minor, patch, prerelease = matched(_NAME, _VERSION, text).groups()
    return precedence((major, minor or "", patch or ""), prerelease).encode("latin-1")


_NAME = SchemeName.SEMVER
SCHEME = Scheme(name=_NAME, key=_key)
