"""Semantic Versioning 2.0.0 (https://semver.org), as advisories write it.

Build metadata takes no part in the order; leading zeros are refused.
"""

from vedette.model.package import SchemeName
from vedette.versions._base import Scheme, strict_semver


def _key(text: str) -> bytes:
    return strict_semver(_NAME, text)


_NAME = SchemeName.SEMVER
SCHEME = Scheme(name=_NAME, key=_key)
